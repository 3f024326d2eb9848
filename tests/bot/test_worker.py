"""The worker: order, tries, events set aside, and a fresh start for them; on a real database."""

import asyncio
from collections.abc import Callable

import pytest

from bot.intake import Intake
from bot.metrics import Metrics
from bot.worker import TRIES, Worker
from care import settings as shop_settings
from care import shop as shop_file
from handlers.messages import Incoming
from handlers.turn import House
from storage import events
from storage.database import Database
from storage.events import RawEvent
from storage.records import Event
from storage.sqlite import SqliteEngine
from tests.bot.network import FakeNetwork
from tests.clock import FakeClock

SHOP = "shop: Nhà Thử\n"


class Parrot(FakeNetwork):
    """Every raw event is a message; some cannot be read, as long as `poison` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.poison: Callable[[str], bool] = lambda raw: False
        self.read_order: list[str] = []

    def parse(self, raw: str) -> list[Incoming]:
        if self.poison(raw):
            raise ValueError(f"cannot read {raw}")
        self.read_order.append(raw)
        return [Incoming(raw, chat="lan", sender="lan", text="cảm ơn shop")]


class Bench:
    """A worker with its intake, on a database."""

    def __init__(self, engine: SqliteEngine) -> None:
        from bot import i18n
        from care.faq import FaqIndex

        self.engine, self.clock, self.metrics, self.network = engine, FakeClock(), Metrics(), Parrot()
        self.pauses: list[float] = []
        self.told: list[tuple[int, str]] = []
        index = FaqIndex.build(())
        self.house = House(i18n.catalog, lambda: index, shop_settings.load)
        self.worker = self.new_worker()
        self.intake = Intake(engine, self.clock, self.metrics, lambda new: self.worker.feed(new))  # noqa: PLW0108  (the worker changes)

    def new_worker(self) -> Worker:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)
            await asyncio.sleep(0)

        return Worker(
            self.engine,
            self.house,
            {("fake", "main"): self.network},
            self.clock,
            self.metrics,
            pause=pause,
            on_aside=lambda event, reason: self.told.append((event.id, reason)),
        )

    async def hear(self, *ids: str, lane: str = "lan") -> None:
        for one in ids:
            await self.intake.accept("fake", "main", [RawEvent(one, f"fake:{lane}", one)])

    async def event(self, name: str) -> Event:
        async def look(db: Database) -> Event:
            row = await db.one("SELECT * FROM events WHERE event_id = :name", {"name": name})
            assert row is not None
            return Event.of(row)

        return await self.engine.read(look)

    async def lines(self) -> list[str]:
        async def look(db: Database) -> list[str]:
            rows = await db.query("SELECT external_id FROM lines WHERE author = 'customer' ORDER BY id")
            return [row["external_id"] for row in rows]

        return await self.engine.read(look)


@pytest.fixture
async def bench(engine: SqliteEngine) -> Bench:
    clock = FakeClock()
    await engine.write(lambda db: shop_settings.seed(db, shop_file.parse(SHOP), clock.now()))
    return Bench(engine)


async def test_a_poison_event_is_set_aside_after_five_tries_and_those_behind_it_go_on(bench: Bench) -> None:
    bench.network.poison = lambda raw: raw == "bad"
    await bench.hear("a", "bad", "b")
    await bench.worker.idle()
    bad = await bench.event("bad")
    assert (bad.state, bad.tries) == ("aside", TRIES)
    assert "cannot read bad" in bad.error
    assert len(bench.pauses) == TRIES - 1
    assert await bench.lines() == ["a", "b"]
    assert bench.told == [(bad.id, "ValueError: cannot read bad")]


async def test_set_aside_events_are_listed_and_handled_when_replayed(bench: Bench) -> None:
    bench.network.poison = lambda raw: True
    await bench.hear("a")
    await bench.worker.idle()
    listed = await bench.engine.read(events.set_aside)
    assert [one.event_id for one in listed] == ["a"]
    bench.network.poison = lambda raw: False
    assert await bench.worker.replay(listed[0].id) == 1
    await bench.worker.idle()
    assert (await bench.event("a")).state == "done"
    assert await bench.lines() == ["a"]
    assert await bench.worker.replay() == 0


async def test_a_restart_keeps_count_of_the_tries(bench: Bench) -> None:
    bench.network.poison = lambda raw: True
    await bench.hear("bad")
    await asyncio.sleep(0)
    await bench.worker.stop()
    tries = (await bench.event("bad")).tries
    assert tries < TRIES
    bench.worker = bench.new_worker()
    bench.pauses.clear()
    await bench.worker.start()
    await bench.worker.idle()
    assert (await bench.event("bad")).state == "aside"
    assert len(bench.pauses) == TRIES - tries - 1


async def test_repeats_are_known_and_act_once(bench: Bench) -> None:
    await bench.hear("a", "a", "b", "a")
    await bench.worker.idle()
    assert await bench.lines() == ["a", "b"]


async def test_what_comes_in_before_the_start_waits_and_keeps_its_order(bench: Bench) -> None:
    bench.worker.hold()
    await bench.hear("a", "b", "c")
    assert await bench.lines() == []
    starting = asyncio.create_task(bench.worker.start())
    await bench.hear("d", "e")
    await starting
    await bench.hear("f")
    await bench.worker.idle()
    assert await bench.lines() == list("abcdef")
    assert bench.network.read_order[:3] == ["a", "b", "c"]


async def test_a_backlog_larger_than_memory_is_done_whole_and_in_order(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.IN_MEMORY", 5)  # a limit of memory, not a rule
    bench.worker.hold()
    names = [f"n{number:03}" for number in range(37)]
    await bench.hear(*names)
    await bench.worker.start()
    for _ in range(100):
        await bench.worker.idle()
        await asyncio.sleep(0)
    assert await bench.lines() == names


async def test_a_database_in_trouble_makes_events_wait_not_vanish(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = bench.engine
    sick = 3 * TRIES
    write = engine.write

    async def failing(work: object) -> object:
        nonlocal sick
        if sick > 0:
            sick -= 1
            raise OSError("the disk is away")
        return await write(work)  # type: ignore[arg-type]

    await bench.hear("a")
    await bench.worker.idle()
    bench.worker.hold()
    await bench.hear("b")
    monkeypatch.setattr(engine, "write", failing)
    await bench.worker.start()
    await bench.worker.idle()
    assert (await bench.event("b")).state == "done"
    assert await bench.lines() == ["a", "b"]
