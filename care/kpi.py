"""The shop's figures: what each one means is written once, here, and shown beside it on the page.

Test customers never count. Days are the shop's calendar days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from statistics import median
from zoneinfo import ZoneInfo

from care.faq import store
from care.faq.store import Gap
from care.levels import LEVELS, is_success
from care.settings import hours_of
from care.shop import Shop
from care.text import N_
from storage import events, reports
from storage.database import Database, Row
from storage.records import from_ms

LONGEST = 366  # days of a period
SMOOTHED = 7  # days behind each point of the CSAT line
TIMED = 500  # the newest cases a median is taken of
GAPS_SHOWN = 8

HOW = {
    "open": N_("Cases that are waiting, in progress, waiting for the customer or reopened at this moment."),
    "overdue": N_("Open cases whose next promised time has passed."),
    "csat": N_(
        "Ratings of level 4, 5 or 6 among all ratings of the period. Ratings given again after a rescue are counted "
        "under “Won back” only."
    ),
    "levels": N_("How many first ratings of the period chose each of the six levels."),
    "recovered": N_(
        "Of the low ratings of the period whose case is finished: how many customers gave level 4 or better later. "
        "A customer who does not rate again counts as not won back."
    ),
    "promises": N_("Promises of staff that fell due in the period: kept in time, of all that were kept or broken."),
    "first_reply_kept": N_("First answers that fell due in the period and came within the promised working time."),
    "first_response": N_(
        "The median time from opening a case to a person's first answer, in working hours, for cases opened in the "
        "period. Half of the customers waited less. Cases nobody has answered yet are not in it."
    ),
    "resolution": N_(
        "The median time from opening a case to its solution, in working hours, for cases opened in the period. Cases "
        "that are still open are not in it."
    ),
    "bot_solved": N_(
        "Conversations with a question in the period in which the bot answered and no question or complaint had to be "
        "opened for staff, of all conversations with a question."
    ),
    "help": N_("👍 among all who tapped 👍 or 👎 under an answer in the period."),
    "unanswered": N_("Questions of the last 30 days the bot had no answer to, those with the same words together."),
    "asked": N_("How many times customers were asked at this touchpoint, and how many of them chose a level."),
    "queue": N_("Messages waiting to be sent now, and how messages of the period ended."),
    "silent": N_("Touchpoints that are switched on, but at which nobody was asked in the period."),
    "root_causes": N_("The causes staff chose when they resolved cases in the period."),
}


@dataclass(frozen=True)
class Period:
    """Whole days of the shop, both ends included."""

    first: date
    last: date
    zone: tzinfo

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        """The first moment, UTC."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it, UTC."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)


def last_days(days: int, now: datetime, zone: tzinfo) -> Period:
    """The period of so many days that ends today."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=days - 1), today, zone)


def from_to(first: date, last: date, zone: tzinfo) -> Period:
    """The period between two days in either order, at most `LONGEST` days."""
    first, last = min(first, last), max(first, last)
    return Period(max(first, last - timedelta(days=LONGEST - 1)), last, zone)


@dataclass(frozen=True)
class Share:
    """A part of a whole. `rate` is None when there is nothing to count."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """0 to 1."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Mix:
    """How many ratings chose each level."""

    levels: tuple[int, ...] = (0,) * len(LEVELS)

    @property
    def total(self) -> int:
        """All ratings."""
        return sum(self.levels)

    @property
    def csat(self) -> Share:
        """The share of successes."""
        return Share(sum(n for level, n in enumerate(self.levels, 1) if is_success(level)), self.total)

    def plus(self, level: int, count: int) -> "Mix":
        """With more ratings of a level."""
        return Mix(tuple(n + count * (at == level) for at, n in enumerate(self.levels, 1)))


@dataclass(frozen=True)
class Day:
    """One day of the charts. `csat` is the share of the last seven days, None when nobody rated in them."""

    day: date
    mix: Mix
    csat: float | None


@dataclass(frozen=True)
class AtTouchpoint:
    """A touchpoint's figures."""

    id: str
    title: str
    phase: str
    enabled: bool
    asked: int
    mix: Mix

    @property
    def answered(self) -> Share:
        """How many of those asked chose a level."""
        return Share(min(self.mix.total, self.asked), self.asked)


@dataclass(frozen=True)
class Wait:
    """The median of waiting: in working time, and by the clock on the wall. `cases` is how many it is taken of."""

    working: timedelta
    calendar: timedelta
    cases: int


@dataclass(frozen=True)
class OpenNow:
    """What is open at this moment."""

    by_state: Mapping[str, int]
    urgent: int
    overdue: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())


@dataclass(frozen=True)
class Queue:
    """What waits to be sent or to be acted on, and how messages ended."""

    ready: int
    planned: int
    sending: int
    oldest: datetime | None
    ended: Mapping[str, int]
    events_waiting: int
    events_aside: int
    timers_aside: int

    @property
    def undelivered(self) -> int:
        """What failed or may not have arrived."""
        return self.ended.get("failed", 0) + self.ended.get("uncertain", 0)


@dataclass(frozen=True)
class Asked:
    """What became of customers' questions."""

    asked: int
    answered: int
    suggested: int
    unknown: int
    help: Share
    solved: Share


@dataclass(frozen=True)
class Overview:
    """Everything the first page shows."""

    period: Period
    open: OpenNow
    mix: Mix
    days: tuple[Day, ...]
    touchpoints: tuple[AtTouchpoint, ...]
    silent: tuple[AtTouchpoint, ...]
    recovered: Share
    rescues: int
    promises: Share
    first_reply_kept: Share
    first_response: Wait | None
    resolution: Wait | None
    questions: Asked
    gaps: tuple[Gap, ...]
    queue: Queue
    root_causes: tuple[tuple[str, int], ...]


async def overview(db: Database, shop: Shop, period: Period, now: datetime) -> Overview:
    """All figures of a period."""
    since, until = period.since, period.until
    ratings = await reports.ratings(db, since, until)
    touchpoints = at_touchpoints(shop, ratings, await reports.surveys(db, since, until))
    clocks = {row["kind"]: row for row in await reports.clocks(db, since, until, now)}
    rescued = await reports.rescues(db, since, until)
    return Overview(
        period=period,
        open=await open_now(db, now),
        mix=mix_of(ratings),
        days=by_day(period, ratings),
        touchpoints=touchpoints,
        silent=tuple(one for one in touchpoints if one.enabled and not one.asked and not one.mix.total),
        recovered=Share(rescued["recovered"], rescued["finished"]),
        rescues=rescued["opened"],
        promises=kept(clocks.get("promise")),
        first_reply_kept=kept(clocks.get("first_reply")),
        first_response=await wait(db, shop, period, "replied_at"),
        resolution=await wait(db, shop, period, "resolved_at"),
        questions=await questions(db, period),
        gaps=tuple(await store.gaps(db, now - store.GAPS_SINCE, GAPS_SHOWN)),
        queue=await queue(db, period, now),
        root_causes=tuple((row["root_cause"], row["cases"]) for row in await reports.root_causes(db, since, until)),
    )


async def open_now(db: Database, now: datetime) -> OpenNow:
    """See HOW["open"] and HOW["overdue"]."""
    rows = await reports.open_cases(db, now)
    return OpenNow(
        {row["state"]: row["cases"] for row in rows},
        sum(row["urgent"] for row in rows),
        sum(row["overdue"] for row in rows),
    )


def mix_of(rows: list[Row]) -> Mix:
    """See HOW["levels"]: first ratings only."""
    mix = Mix()
    for row in rows:
        if not row["again"]:
            mix = mix.plus(row["level"], row["ratings"])
    return mix


def by_day(period: Period, rows: list[Row]) -> tuple[Day, ...]:
    """The levels of each day, and the CSAT of the seven days that end with it. See HOW["csat"]."""
    mixes = [Mix() for _ in range(period.days)]
    for row in rows:
        if not row["again"] and row["day"] < period.days:
            mixes[row["day"]] = mixes[row["day"]].plus(row["level"], row["ratings"])
    days = []
    for at, mix in enumerate(mixes):
        week = [one.csat for one in mixes[max(0, at - SMOOTHED + 1) : at + 1]]
        smooth = Share(sum(one.part for one in week), sum(one.whole for one in week))
        days.append(Day(period.first + timedelta(days=at), mix, smooth.rate))
    return tuple(days)


def at_touchpoints(shop: Shop, rows: list[Row], asked: Mapping[str, int]) -> tuple[AtTouchpoint, ...]:
    """Every touchpoint of the shop, and those that were taken off but still have figures. See HOW["asked"]."""
    mixes: dict[str, Mix] = {}
    for row in rows:
        if not row["again"]:
            mixes[row["touchpoint"]] = mixes.get(row["touchpoint"], Mix()).plus(row["level"], row["ratings"])
    found = [
        AtTouchpoint(one.id, one.title, one.phase, one.enabled, asked.get(one.id, 0), mixes.get(one.id, Mix()))
        for one in shop.touchpoints
    ]
    gone = sorted({*asked, *mixes} - {one.id for one in shop.touchpoints})
    others = [AtTouchpoint(one, one, "after", False, asked.get(one, 0), mixes.get(one, Mix())) for one in gone]
    return (*found, *others)


def kept(row: Row | None) -> Share:
    """See HOW["promises"] and HOW["first_reply_kept"]."""
    return Share(0, 0) if row is None else Share(row["kept"], row["kept"] + row["broken"])


async def wait(db: Database, shop: Shop, period: Period, end: str) -> Wait | None:
    """See HOW["first_response"] and HOW["resolution"]. None: no case has come that far."""
    waits = await reports.waits(db, period.since, period.until, end, TIMED)
    if not waits:
        return None
    hours = hours_of(shop)
    working = median(hours.working_between(start, stop).total_seconds() for start, stop in waits)
    calendar = median((stop - start).total_seconds() for start, stop in waits)
    return Wait(timedelta(seconds=working), timedelta(seconds=calendar), len(waits))


async def questions(db: Database, period: Period) -> Asked:
    """See HOW["bot_solved"] and HOW["help"]."""
    row = await reports.asks(db, period.since, period.until)
    solved, threads = await reports.bot_solved(db, period.since, period.until)
    return Asked(
        asked=row["asked"],
        answered=row["answered"],
        suggested=row["suggested"],
        unknown=row["unknown"],
        help=Share(row["helped"], row["helped"] + row["not_helped"]),
        solved=Share(solved, threads),
    )


async def queue(db: Database, period: Period, now: datetime) -> Queue:
    """See HOW["queue"]."""
    waiting = await reports.outbox_waiting(db, now)
    stored = await events.count_by_state(db)
    return Queue(
        ready=waiting["ready"],
        planned=waiting["planned"],
        sending=waiting["sending"],
        oldest=None if waiting["oldest"] is None else from_ms(waiting["oldest"]),
        ended=await reports.outbox_ended(db, period.since, period.until),
        events_waiting=stored.get("new", 0),
        events_aside=stored.get("aside", 0),
        timers_aside=await reports.timers_aside(db),
    )


def zone_of(shop: Shop) -> ZoneInfo:
    """The shop's time zone."""
    return ZoneInfo(shop.timezone)
