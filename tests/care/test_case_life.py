"""Whatever colleagues and customers do, in any order, a case keeps its promises."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from care import cases
from care.shop import Shop
from storage import cases as stored
from storage import clocks, conversations, schema, staff, timers
from storage.database import Database, Work
from storage.records import Case, Clock
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock

SHOP = Shop(shop="Nhà Mây")
ACTIVE = ("open", "claimed", "pending", "reopened")
kinds = st.sampled_from(["question", "complaint"])
places = st.integers(0, 5)
people = st.integers(0, 1)


@dataclass
class Known:
    """What must be true of a case, by our own simple book-keeping."""

    kind: str
    state: str
    assignee: int | None = None
    reopened: int = 0


class CaseLife(RuleBasedStateMachine):
    """Random lives of the cases of one customer with two colleagues."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "cham.db"
        schema.migrate(str(path))
        self.clock = FakeClock()
        self.engine = SqliteEngine(path)
        self.runner.run(self.engine.start())
        self.customer, self.conversation, self.staff = self.do(self._begin)
        self.known: dict[int, Known] = {}

    def teardown(self) -> None:
        self.runner.run(self.engine.stop())
        self.runner.close()
        self.folder.cleanup()

    def do(self, work: Work[Any]) -> Any:
        return self.runner.run(self.engine.write(work))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def _begin(self, db: Database) -> tuple[int, int, list[int]]:
        thread, person = await conversations.begin(db, "website", "", "lan", name="", language="vi", at=self.now)
        colleagues = [(await staff.add(db, name, "staff", self.now)).id for name in ("Minh", "Hoa")]
        return person.id, thread.id, colleagues

    def case(self, number: int) -> Case:
        found = self.do(lambda db: stored.get(db, number))
        assert isinstance(found, Case)
        return found

    def clocks(self, number: int) -> list[Clock]:
        found: list[Clock] = self.do(lambda db: clocks.of_case(db, number))
        return found

    def pick(self, place: int) -> int | None:
        return list(self.known)[place % len(self.known)] if self.known else None

    @rule(kind=kinds)
    def opens(self, kind: str) -> None:
        opened = self.do(lambda db: cases.open_case(db, SHOP, self.customer, self.conversation, kind, self.now))
        expected = [number for number, one in self.known.items() if one.kind == kind and one.state in ACTIVE]
        assert opened.is_new == (not expected)
        if expected:
            assert opened.case.id == expected[0]
        self.known.setdefault(opened.case.id, Known(kind, "open"))

    @rule(place=places, person=people)
    def claims(self, place: int, person: int) -> None:
        if (number := self.pick(place)) is None:
            return
        one, who = self.known[number], self.staff[person]
        may = one.state in ("open", "reopened") or (one.state in ("claimed", "pending") and one.assignee == who)
        got = self.do(lambda db: cases.claim(db, SHOP, number, who, self.now))
        assert (got is not None) == may
        if may:
            one.state, one.assignee = "claimed", who

    @rule(place=places, person=people)
    def transfers(self, place: int, person: int) -> None:
        if (number := self.pick(place)) is None:
            return
        one, who = self.known[number], self.staff[person]
        may = one.state in ACTIVE and not (one.state in ("claimed", "pending") and one.assignee == who)
        got = self.do(lambda db: cases.transfer(db, SHOP, number, who, self.staff[0], self.now))
        assert (got is not None) == may
        if may:
            one.state, one.assignee = "claimed", who

    @rule(place=places)
    def releases(self, place: int) -> None:
        if (number := self.pick(place)) is None:
            return
        one = self.known[number]
        may = one.state in ("claimed", "pending", "reopened") and one.assignee is not None
        got = self.do(lambda db: self._release(db, number))
        assert (got is not None) == may
        if may:
            one.state, one.assignee = "open", None

    async def _release(self, db: Database, number: int) -> Case | None:
        case = await stored.get(db, number)
        assert case is not None
        return await cases.release(db, SHOP, case, self.now, by=self.staff[0])

    @rule(place=places)
    def replies(self, place: int) -> None:
        if (number := self.pick(place)) is not None and self.known[number].state == "claimed":
            self.do(lambda db: self._reply(db, number))

    async def _reply(self, db: Database, number: int) -> None:
        case = await stored.get(db, number)
        assert case is not None
        await cases.replied(db, case, self.staff[0], self.now)

    @rule(place=places)
    def customer_writes(self, place: int) -> None:
        if (number := self.pick(place)) is None or self.known[number].state not in ACTIVE:
            return
        self.do(lambda db: self._hear(db, number))
        if self.known[number].state == "pending":
            self.known[number].state = "claimed"

    async def _hear(self, db: Database, number: int) -> None:
        case = await stored.get(db, number)
        assert case is not None
        await cases.customer_wrote(db, SHOP, case, self.now)

    @rule(place=places)
    def waits_for_customer(self, place: int) -> None:
        if (number := self.pick(place)) is None:
            return
        got = self.do(lambda db: cases.wait_for_customer(db, number, self.staff[0], self.now))
        assert (got is not None) == (self.known[number].state == "claimed")
        if got is not None:
            self.known[number].state = "pending"

    @rule(place=places)
    def resolves(self, place: int) -> None:
        if (number := self.pick(place)) is None:
            return
        got = self.do(lambda db: cases.resolve(db, SHOP, number, self.staff[0], "chi_hoi", "", self.now))
        assert (got is not None) == (self.known[number].state in ACTIVE)
        if got is not None:
            self.known[number].state = "resolved"

    @rule(place=places)
    def confirms(self, place: int) -> None:
        if (number := self.pick(place)) is None:
            return
        got = self.do(lambda db: cases.confirm(db, number, self.now))
        assert (got is not None) == (self.known[number].state == "resolved")
        if got is not None:
            self.known[number].state = "confirmed"

    @rule(place=places)
    def reopens(self, place: int) -> None:
        if (number := self.pick(place)) is None:
            return
        one = self.known[number]
        busy = any(other.kind == one.kind and other.state in ACTIVE for other in self.known.values())
        got = self.do(lambda db: cases.reopen(db, SHOP, number, self.now))
        assert (got is not None) == (one.state in ("resolved", "confirmed") and not busy)
        if got is not None:
            one.state, one.reopened = "reopened", one.reopened + 1

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @invariant()
    def cases_are_as_expected(self) -> None:
        for number, one in self.known.items():
            case = self.case(number)
            assert (case.state, case.assignee_id, case.reopened) == (one.state, one.assignee, one.reopened)
            assert (case.resolved_at is not None) == (case.state in ("resolved", "confirmed"))
            assert (case.confirmed_at is not None) == (case.state == "confirmed")
            assert not case.resolved_at or case.root_cause
            assert not case.claimed_at or case.assignee_id

    @invariant()
    def clocks_run_only_for_open_cases(self) -> None:
        for number, one in self.known.items():
            running = [clock for clock in self.clocks(number) if not clock.stopped_at]
            if one.state in ACTIVE:
                assert "resolution" in [clock.kind for clock in running]
                assert len({clock.kind for clock in running}) == len(running)
            else:
                assert not running

    @invariant()
    def nobody_is_comforted_after_an_answer(self) -> None:
        far = self.now + timedelta(days=400)
        waiting = self.do(lambda db: timers.due(db, far, 1000))
        for timer in waiting:
            if timer.kind in ("ladder", "take_back"):
                case = self.case(timer.subject_id)
                assert case.is_active
                assert timer.kind != "ladder" or case.replied_at is None


CaseLife.TestCase.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCaseLife = CaseLife.TestCase
