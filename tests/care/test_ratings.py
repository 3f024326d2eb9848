"""Whatever is pressed, in any order and however often: one level for each question, and books that add up."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from care import cases, ratings, surveys
from care.shop import Shop
from storage import cases as stored_cases
from storage import conversations, loyalty, schema, staff, timers
from storage import ratings as stored
from storage.database import Database, Work
from storage.records import Conversation, Rating
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock

SHOP = Shop(shop="Nhà Mây")
POINTS = {1: 0, 2: 0, 3: 0, 4: 20, 5: 30, 6: 50}
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
places = st.integers(0, 3)
levels = st.integers(1, 6)
people = st.integers(0, 1)


class Levels(RuleBasedStateMachine):
    """Two customers, one of them a tester, answer questions again and again; colleagues rescue."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "cham.db"
        schema.migrate(str(path))
        self.clock = FakeClock()
        self.engine = SqliteEngine(path)
        self.runner.run(self.engine.start())
        self.threads: list[Conversation] = [self.do(partial(self._begin, name=name)) for name in ("lan", "huy")]
        self.do(lambda db: conversations.change_customer(db, self.threads[1].customer_id, is_test=1))
        self.minh = self.do(lambda db: staff.add(db, "Minh", "staff", self.clock.now())).id
        self.asked: dict[int, int] = {}  # question → thread
        self.given: dict[int, int] = {}  # question → its first level

    async def _begin(self, db: Database, name: str) -> Conversation:
        thread, _ = await conversations.begin(db, "website", "", name, name=name, language="vi", at=self.clock.now())
        return thread

    def teardown(self) -> None:
        self.runner.run(self.engine.stop())
        self.runner.close()
        self.folder.cleanup()

    def do(self, work: Work[Any]) -> Any:
        return self.runner.run(self.engine.write(work))

    @rule(who=people, place=places)
    def a_question_is_asked(self, who: int, place: int) -> None:
        day = f"day-{place}"
        thread = self.threads[who]
        survey = self.do(lambda db: surveys.ask_once_a_day(db, thread, "giao_hang", day, self.clock.now()))
        again = self.do(lambda db: surveys.ask_once_a_day(db, thread, "giao_hang", day, self.clock.now()))
        assert again.id == survey.id
        self.asked[survey.id] = who

    @rule(place=places, level=levels)
    def a_level_is_given(self, place: int, level: int) -> None:
        if not self.asked:
            return
        number = sorted(self.asked)[place % len(self.asked)]
        rated = self.do(lambda db: ratings.record(db, SHOP, number, level, self.clock.now()))
        assert (rated is None) == (number in self.given)
        if rated is not None:
            self.given[number] = level
            assert (rated.case is not None) == (level <= 2)
            assert rated.points == POINTS[level]
            assert bool(rated.referral) == (level == 6)

    @rule(who=people)
    def a_rescue_is_resolved_and_asked_about(self, who: int) -> None:
        customer = self.threads[who].customer_id
        case = self.do(lambda db: stored_cases.active_of_kind(db, customer, "rescue"))
        if case is None:
            return
        self.do(lambda db: cases.resolve(db, SHOP, case.id, self.minh, "san_pham", "", self.clock.now()))
        thread = self.threads[who]
        ask = self.do(lambda db: surveys.ask_after_case(db, thread, case.id, "ho_tro", self.clock.now()))
        assert ask is not None
        assert ask.rerates_id == case.rating_id
        assert self.do(lambda db: surveys.ask_after_case(db, thread, case.id, "ho_tro", self.clock.now())) is None
        self.asked[ask.id] = who

    @rule()
    def time_passes(self) -> None:
        self.clock.forward(hours=5)

    @invariant()
    def every_question_has_at_most_its_first_level(self) -> None:
        async def look(db: Database) -> list[Rating]:
            return [Rating.of(row) for row in await db.query("SELECT * FROM ratings ORDER BY id")]

        kept: list[Rating] = self.do(look)
        assert {one.survey_id: one.level for one in kept} == self.given
        assert len(kept) == len(self.given)
        assert all(one.counts == (one.customer_id != self.threads[1].customer_id) for one in kept)

    @invariant()
    def points_are_the_sum_of_the_levels(self) -> None:
        for who, thread in enumerate(self.threads):
            expected = sum(POINTS[level] for number, level in self.given.items() if self.asked[number] == who)
            assert self.do(partial(loyalty.points_of, customer_id=thread.customer_id)) == expected

    @invariant()
    def there_is_one_open_rescue_at_most_and_a_recovered_one_is_closed(self) -> None:
        for thread in self.threads:
            found = self.do(partial(stored_cases.of_customer, customer_id=thread.customer_id))
            assert all(one.kind == "rescue" for one in found)
            assert sum(one.is_active for one in found) <= 1
            assert not any(one.recovered_at and one.state == "resolved" for one in found)

    @invariant()
    def a_personal_code_never_changes(self) -> None:
        for who, thread in enumerate(self.threads):
            sixes = [number for number, level in self.given.items() if level == 6 and self.asked[number] == who]
            if sixes:
                kept = partial(loyalty.referral_code, customer_id=thread.customer_id, fresh="X", at=self.clock.now())
                first = self.do(kept)
                assert len(first) == ratings.CODE_LENGTH
                assert set(first) <= set(ratings.CODE_LETTERS)


TestLevels = Levels.TestCase
TestLevels.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
async def engine(tmp_path: Path) -> Any:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    yield engine
    await engine.stop()


async def test_eight_answers_at_once_are_one(engine: SqliteEngine) -> None:
    now = FakeClock().now()

    async def begin(db: Database) -> int:
        thread, _ = await conversations.begin(db, "website", "", "lan", name="", language="vi", at=now)
        survey = await surveys.ask(db, thread, "giao_hang", "link:1", now)
        assert survey is not None
        return survey.id

    number = await engine.write(begin)
    answers = await asyncio.gather(
        *(
            engine.write(partial(ratings.record, shop=SHOP, survey_id=number, level=1 + n % 6, now=now))
            for n in range(8)
        )
    )
    assert [one is not None for one in answers].count(True) == 1
    kept = await engine.read(lambda db: stored.of_survey(db, number))
    assert kept is not None
    points = await engine.read(lambda db: loyalty.points_of(db, kept.customer_id))
    assert points == POINTS[kept.level]


async def test_a_survey_nobody_made_is_not_rated(engine: SqliteEngine) -> None:
    assert await engine.write(lambda db: ratings.record(db, SHOP, 99, 5, FakeClock().now())) is None


@pytest.mark.parametrize("level", [0, 7, -1, 100])
async def test_a_level_outside_one_to_six_changes_nothing(engine: SqliteEngine, level: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 6"):
        await engine.write(lambda db: ratings.record(db, SHOP, 1, level, FakeClock().now()))


async def test_points_are_booked_once_for_each_key(engine: SqliteEngine) -> None:
    now = FakeClock().now()

    async def book(db: Database) -> tuple[list[bool], int]:
        _, lan = await conversations.begin(db, "website", "", "lan", name="", language="vi", at=now)
        booked = [await loyalty.add_points(db, lan.id, 20, "rating", key, now) for key in ("r:1", "r:1", "r:2")]
        return booked, await loyalty.points_of(db, lan.id)

    assert await engine.write(book) == ([True, False, True], 40)


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        ("2026-11-21 07:59", "2026-11-21 08:00"),
        ("2026-11-21 08:00", "2026-11-21 08:00"),
        ("2026-11-21 20:59", "2026-11-21 20:59"),
        ("2026-11-21 21:00", "2026-11-22 08:00"),
        ("2026-11-21 23:59", "2026-11-22 08:00"),
        ("2026-11-22 00:00", "2026-11-22 08:00"),
        ("2026-12-31 22:00", "2027-01-01 08:00"),
    ],
)
def test_questions_wait_for_the_morning(hour: str, expected: str) -> None:
    now = datetime.fromisoformat(hour).replace(tzinfo=HANOI).astimezone(UTC)
    polite = surveys.polite_time(now, HANOI)
    assert polite.tzinfo is UTC
    assert polite.astimezone(HANOI).strftime("%Y-%m-%d %H:%M") == expected


async def test_a_question_is_given_up_when_trouble_lasts_too_long(engine: SqliteEngine) -> None:
    """A complaint that stays open for weeks: the question about an older case is not looked at for ever."""
    now = FakeClock().now()

    async def begin(db: Database) -> tuple[int, int]:
        thread, lan = await conversations.begin(db, "website", "", "lan", name="", language="vi", at=now)
        minh = await staff.add(db, "Minh", "staff", now)
        opened = await cases.open_case(db, SHOP, lan.id, thread.id, "question", now)
        await cases.open_case(db, SHOP, lan.id, thread.id, "complaint", now)
        await cases.resolve(db, SHOP, opened.case.id, minh.id, "chi_hoi", "", now)
        return opened.case.id, lan.id

    case_id, _ = await engine.write(begin)
    touchpoint = SHOP.triggered_by("case_resolved")[0]

    async def look(db: Database, at: datetime) -> tuple[bool, int]:
        case = await stored_cases.get(db, case_id)
        timer = next(one for one in await timers.due(db, at) if one.kind == "ask_rating")
        await timers.finish(db, timer.id, at)
        assert case is not None
        held = await surveys.postpone(db, SHOP, case, touchpoint, timer, at)
        return held, len([one for one in await timers.due(db, at + timedelta(days=1)) if one.kind == "ask_rating"])

    assert await engine.write(lambda db: look(db, now + timedelta(hours=1))) == (True, 1)
    assert await engine.write(lambda db: look(db, now + timedelta(days=8))) == (True, 0)
