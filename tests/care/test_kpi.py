"""The shop's figures: each is what its definition says, and test customers never count."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from care import kpi
from care import settings as shop_settings
from care.kpi import Mix, Overview, Share
from care.shop import Shop
from storage import schema
from storage.database import Database
from storage.sqlite import SqliteEngine
from tests.clock import START
from tests.web.dashboard_house import Past, demo_shop

NOON = START + timedelta(hours=2)  # Saturday 21 November, 12:00 in Vietnam
YESTERDAY = NOON - timedelta(days=1)


class Figures:
    """A database, its past, and the figures over it."""

    def __init__(self, engine: SqliteEngine) -> None:
        self.engine = engine

    async def past(self, work: Callable[[Past], Awaitable[Any]]) -> None:
        async def write(db: Database) -> None:
            await work(Past(db, NOON, random.Random(1)))

        await self.engine.write(write)

    async def seen(self, days: int = 30) -> Overview:
        async def read(db: Database) -> Overview:
            shop = await shop_settings.load(db)
            return await kpi.overview(db, shop, kpi.last_days(days, NOON, kpi.zone_of(shop)), NOON)

        return await self.engine.read(read)


@pytest.fixture
async def figures(tmp_path: Path) -> AsyncIterator[Figures]:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    shop: Shop = msgspec.structs.replace(demo_shop())
    await engine.write(lambda db: shop_settings.seed(db, shop, NOON))
    yield Figures(engine)
    await engine.stop()


def test_a_period_is_whole_days_of_the_shop() -> None:
    period = kpi.last_days(7, NOON, kpi.zone_of(demo_shop()))
    assert (period.first, period.last, period.days) == (date(2026, 11, 15), date(2026, 11, 21), 7)
    assert period.since == datetime(2026, 11, 14, 17, 0, tzinfo=UTC)
    assert period.until == datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


def test_a_period_in_the_wrong_order_or_too_long_is_put_right() -> None:
    zone = kpi.zone_of(demo_shop())
    assert kpi.from_to(date(2026, 2, 1), date(2026, 1, 1), zone).days == 32
    assert kpi.from_to(date(2020, 1, 1), date(2026, 1, 1), zone).days == kpi.LONGEST


def test_nothing_has_no_rate() -> None:
    assert Share(0, 0).rate is None
    assert Mix().csat.rate is None


async def test_an_empty_shop_has_figures_without_numbers(figures: Figures) -> None:
    seen = await figures.seen()
    assert seen.mix.total == 0
    assert seen.first_response is None
    assert seen.recovered.rate is None
    assert seen.open.total == 0
    assert len(seen.days) == 30
    assert {one.id for one in seen.silent} == {one.id for one in demo_shop().touchpoints if one.enabled}


async def test_level_4_is_the_lowest_success(figures: Figures) -> None:
    async def work(past: Past) -> None:
        for level in (1, 2, 3, 4, 5, 6, 4, 4):
            await past.rating("giao_hang", level, YESTERDAY)

    await figures.past(work)
    seen = await figures.seen()
    assert seen.mix.levels == (1, 1, 1, 3, 1, 1)
    assert (seen.mix.csat.part, seen.mix.csat.whole) == (5, 8)
    at = next(one for one in seen.touchpoints if one.id == "giao_hang")
    assert (at.asked, at.mix.total) == (8, 8)
    assert "giao_hang" not in {one.id for one in seen.silent}


async def test_ratings_of_test_customers_and_re_ratings_stay_out(figures: Figures) -> None:
    async def work(past: Past) -> None:
        first = await past.rating("giao_hang", 1, YESTERDAY)
        await past.rating("giao_hang", 6, NOON, rerates=first)
        await past.rating("giao_hang", 6, YESTERDAY, counts=False, who=await past.customer(YESTERDAY, is_test=True))

    await figures.past(work)
    seen = await figures.seen()
    assert seen.mix.levels == (1, 0, 0, 0, 0, 0)
    assert next(one.asked for one in seen.touchpoints if one.id == "giao_hang") == 1


async def test_a_rating_belongs_to_the_shops_calendar_day(figures: Figures) -> None:
    just_after_midnight = datetime(2026, 11, 19, 17, 5, tzinfo=UTC)  # 00:05 on the 20th in Vietnam

    async def work(past: Past) -> None:
        await past.rating("giao_hang", 5, just_after_midnight)
        await past.rating("giao_hang", 2, just_after_midnight - timedelta(minutes=10))

    await figures.past(work)
    by_day = {one.day: one.mix.levels for one in (await figures.seen(7)).days}
    assert by_day[date(2026, 11, 20)] == (0, 0, 0, 0, 1, 0)
    assert by_day[date(2026, 11, 19)] == (0, 1, 0, 0, 0, 0)
    last = (await figures.seen(7)).days[-1]
    assert last.csat == 0.5  # both are within the seven days that end today


async def test_won_back_counts_finished_rescues_only(figures: Figures) -> None:
    async def work(past: Past) -> None:
        await past.case("rescue", YESTERDAY, state="confirmed", recovered_at=NOON)
        await past.case("rescue", YESTERDAY, state="resolved")
        await past.case("rescue", YESTERDAY)
        await past.case("rescue", YESTERDAY, state="confirmed", who=await past.customer(YESTERDAY, is_test=True))

    await figures.past(work)
    seen = await figures.seen()
    assert (seen.recovered.part, seen.recovered.whole, seen.rescues) == (1, 2, 3)


async def test_promises_that_passed_unkept_are_broken(figures: Figures) -> None:
    async def work(past: Past) -> None:
        case = await past.case("question", YESTERDAY)
        await past.clock(case, "promise", YESTERDAY + timedelta(hours=1), "met")
        await past.clock(case, "promise", YESTERDAY + timedelta(hours=2), "missed")
        await past.clock(case, "promise", YESTERDAY + timedelta(hours=3), "late")
        await past.clock(case, "promise", NOON + timedelta(hours=3), "running")

    await figures.past(work)
    assert (await figures.seen()).promises == Share(1, 3)


async def test_waiting_is_told_in_working_time_and_by_the_clock(figures: Figures) -> None:
    night = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # 22:00; people are there from 8:30

    async def work(past: Past) -> None:
        await past.case("question", night, replied_at=night + timedelta(hours=11), state="claimed")
        await past.case("question", YESTERDAY)

    await figures.past(work)
    wait = (await figures.seen()).first_response
    assert wait is not None
    assert (wait.working, wait.calendar, wait.cases) == (timedelta(minutes=30), timedelta(hours=11), 1)


async def test_the_bot_solved_what_no_person_had_to_answer(figures: Figures) -> None:
    async def work(past: Past) -> None:
        await past.ask("ship bao nhiêu", "answered", YESTERDAY, helped=1)
        passed_on = await past.customer(YESTERDAY)
        await past.ask("ship bao nhiêu", "answered", YESTERDAY, who=passed_on, helped=0)
        await past.case("question", YESTERDAY, who=passed_on)
        await past.ask("có bán buôn không", "unknown", YESTERDAY)

    await figures.past(work)
    asked = (await figures.seen()).questions
    assert (asked.asked, asked.answered, asked.unknown) == (3, 2, 1)
    assert asked.solved == Share(1, 3)
    assert asked.help == Share(1, 2)


async def test_what_is_open_now_does_not_depend_on_the_period(figures: Figures) -> None:
    long_ago = NOON - timedelta(days=80)

    async def work(past: Past) -> None:
        await past.case("complaint", long_ago, urgent=1, due_at=NOON - timedelta(minutes=1))
        await past.case("question", long_ago, state="claimed", due_at=NOON + timedelta(minutes=1))
        await past.case("question", long_ago, state="resolved")

    await figures.past(work)
    seen = (await figures.seen(7)).open
    assert (seen.total, seen.urgent, seen.overdue) == (2, 1, 1)
    assert dict(seen.by_state) == {"open": 1, "claimed": 1}


def test_every_figure_says_how_it_is_counted() -> None:
    assert all(text.endswith(".") and len(text) > 30 for text in kpi.HOW.values())
