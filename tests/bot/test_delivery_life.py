"""Any mix of messages, lost answers, refusals, crashes and waiting: the promises hold (reliability P3, P4, P5)."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.channel import Ambiguous, Down, Rejected, Rendered, Throttled, Unreachable
from storage import outbox, schema
from storage.database import Database
from storage.records import Delivery
from storage.sqlite import SqliteEngine
from tests.bot.conftest import Post
from tests.bot.network import FakeNetwork, Fate

T = TypeVar("T")
PEOPLE = ("lan", "huy", "bà tư")
FATES = ("taken", "taken", "lost", "down", "throttled", "rejected", "gone", "doubt")


def fate(name: str) -> Fate | None:
    """A fresh error of a kind."""
    errors: dict[str, Fate] = {
        "lost": "lost",
        "down": Down(),
        "throttled": Throttled(3),
        "rejected": Rejected(),
        "gone": Unreachable(),
        "doubt": Ambiguous("reset before anything arrived"),
    }
    return errors.get(name)


class DeliveryLife(RuleBasedStateMachine):
    """The delivery loop under everything at once."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="cham-life-"))
        self.fates: list[str] = []
        self.said: dict[int, tuple[str, str, bool]] = {}  # number → (person, purpose, planned for later)
        self.post = self.do(self._open())
        self.post.network.choose = self._fate

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _open(self) -> Post:
        path = self.folder / "cham.db"
        schema.migrate(str(path))
        engine = SqliteEngine(path)
        await engine.start()
        return Post(engine, FakeNetwork())

    def _fate(self, message: Rendered) -> Fate | None:
        return fate(self.fates.pop(0)) if self.fates else None

    @rule(person=st.sampled_from(PEOPLE), purpose=st.sampled_from(("reply", "relay", "marketing")), later=st.booleans())
    def say(self, person: str, purpose: str, later: bool) -> None:
        text = f"{len(self.said):03}"
        number = self.do(self.post.say(text, person, purpose=purpose, due_in=20 if later else 0))
        self.said[number] = (person, purpose, later)

    @rule(names=st.lists(st.sampled_from(FATES), max_size=4))
    def trouble_ahead(self, names: list[str]) -> None:
        self.fates += names

    @rule(seconds=st.sampled_from((1, 5, 30, 120)))
    def time_passes(self, seconds: int) -> None:
        self.do(self.post.wait(seconds=seconds))

    @rule(arrives=st.booleans())
    def crash_while_sending(self, arrives: bool) -> None:
        """The process dies after it took a message: perhaps it went out, perhaps not."""
        now = self.post.clock.now()

        async def take(db: Database) -> list[Delivery]:
            due = await outbox.due(db, "fake", "main", now, 2, mailbox=False)
            return [one for one in due if await outbox.claim(db, one.id, now)]

        for one in self.do(self.post.engine.write(take)):
            if arrives:
                self.fates.insert(0, "taken")
                self.do(self.post.network.send(Rendered(one.id, 0, one.address, one.payload["text"])))
        self.post.sender = self.post.new_sender()
        self.do(self._restart())

    async def _restart(self) -> None:
        await self.post.sender._adopt_orphans()

    @invariant()
    def copies_match_states(self) -> None:
        for number, (_, purpose, _) in self.said.items():
            row = self.do(self.post.row(number))
            copies = sum(one.delivery_id == number for one in self.post.network.arrived)
            most = 1 if purpose == "marketing" else 2
            assert copies <= most, f"{copies} copies of a {purpose} message"
            if row.state == "sent":
                assert copies >= 1
                assert copies == 1 or row.ambiguous
            if row.state in ("failed", "cancelled", "expired"):
                assert copies == 0, f"{row.state} but it arrived"

    @invariant()
    def first_copies_keep_their_order(self) -> None:
        for person in PEOPLE:
            arrived = [one.delivery_id for one in self.post.network.arrived if one.address == person]
            firsts = [number for number in dict.fromkeys(arrived) if not self.said[number][2]]
            assert firsts == sorted(firsts)

    def teardown(self) -> None:
        self.fates.clear()
        for _ in range(80):  # once the faults stop, everything drains
            self.do(self.post.wait(seconds=30))
        states = {self.do(self.post.state(number)) for number in self.said}
        self.do(self.post.engine.stop())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert states <= set(outbox.ENDED), states


TestDeliveryLife = DeliveryLife.TestCase
TestDeliveryLife.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
