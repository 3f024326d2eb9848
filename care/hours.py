"""When the shop is open, and how much working time lies between two moments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from care.cleaning import N_, fold

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = 24 * 60  # minutes
ALL_DAY = ((0, DAY),)
SEARCH_DAYS = 1100  # how far ahead an opening is looked for; longer closed means for ever

Periods = tuple[tuple[int, int], ...]  # minutes after midnight; an end beyond 1440 is after midnight
Week = tuple[Periods, Periods, Periods, Periods, Periods, Periods, Periods]  # Monday first
ALWAYS: Week = (ALL_DAY,) * 7


class HoursError(ValueError):
    """Hours nobody can read; `message % params` is a text for the catalogs."""

    def __init__(self, message: str, **params: object) -> None:
        self.message = message
        self.params = params
        super().__init__(message % params)


@dataclass(frozen=True)
class Closed:
    """Days without opening: solar `first` … `last`, or lunar (day, month) … (day, month) every year."""

    name: str = ""
    first: date | None = None
    last: date | None = None
    lunar: tuple[tuple[int, int], tuple[int, int]] | None = None

    def covers(self, day: date) -> bool:
        """Whether the shop is closed on this day for this reason."""
        if self.lunar is not None:
            return _within_lunar(day, *self.lunar)
        return self.first is not None and self.first <= day <= (self.last or self.first)


@dataclass(frozen=True)
class Opening:
    """When people are back: today, tomorrow or on a date; `at` is the shop's local time."""

    when: Literal["now", "today", "tomorrow", "date"]
    at: datetime


@dataclass(frozen=True)
class Hours:
    """The shop's working time. The default is always open."""

    week: Week = ALWAYS
    closed: tuple[Closed, ...] = ()
    public_holidays: bool = False
    work_on: frozenset[date] = frozenset()
    zone: ZoneInfo = VIETNAM

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is expected to be at work."""
        if self._never_closes:
            return True
        return any(start <= at < end for start, end in self._spans(at, days=1))

    def next_open(self, at: datetime) -> datetime | None:
        """`at` itself when open, else the next opening in UTC. None: closed for years."""
        if self._never_closes:
            return at
        for start, end in self._spans(at):
            if at < end:
                return max(start, at)
        return None

    def opening_phrase(self, at: datetime) -> Opening | None:
        """When people return, as data for a sentence. None: closed for years."""
        opens = self.next_open(at)
        if opens is None:
            return None
        local = opens.astimezone(self.zone)
        if opens == at:
            return Opening("now", local)
        days = (local.date() - at.astimezone(self.zone).date()).days
        return Opening("today" if days == 0 else "tomorrow" if days == 1 else "date", local)

    def add_working(self, start: datetime, duration: timedelta) -> datetime:
        """The moment when `duration` of working time has passed since `start`, in UTC."""
        start = start.astimezone(UTC)
        if self._never_closes or duration <= timedelta(0):
            return start + max(duration, timedelta(0))
        left, reached = duration, start
        while True:
            before = left
            for opens, closes in self._spans(reached):
                begins = max(opens, reached)
                if begins >= closes:
                    continue
                if left <= closes - begins:
                    return begins + left
                left -= closes - begins
                reached = closes
            if left == before:  # closed for years: a promise in working time has no meaning, keep calendar time
                return reached + left

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments; zero when `end` comes first."""
        if end <= start:
            return timedelta(0)
        if self._never_closes:
            return end - start
        days = (end - start).days + 2
        spans = self._spans(start, days)
        return sum((max(min(b, end) - max(a, start), timedelta(0)) for a, b in spans), timedelta(0))

    def is_closed_day(self, day: date) -> bool:
        """Whether a holiday or closure keeps the shop closed all day."""
        if day in self.work_on:
            return False
        if any(each.covers(day) for each in self.closed):
            return True
        return self.public_holidays and day in _public_holidays(day.year)

    @property
    def _never_closes(self) -> bool:
        return self.week == ALWAYS and not self.closed and not self.public_holidays

    def _spans(self, at: datetime, days: int = SEARCH_DAYS) -> Iterator[tuple[datetime, datetime]]:
        """Open spans in UTC, in order and never overlapping, from the day before `at` on."""
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        held: tuple[datetime, datetime] | None = None
        for offset in range(days + 1):
            for start, end in self._day_spans(first + timedelta(days=offset)):
                if held is not None and start <= held[1]:  # meets or overlaps yesterday's night shift
                    held = (held[0], max(held[1], end))
                    continue
                if held is not None:
                    yield held
                held = (start, end)
        if held is not None:
            yield held

    def _day_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if self.is_closed_day(day):
            return
        for start, end in self.week[day.weekday()]:
            opens, closes = self._moment(day, start), self._moment(day, end)
            if opens < closes:  # a clock change may swallow a short period
                yield opens, closes

    def _moment(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, DAY)
        local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(UTC)


@lru_cache(maxsize=32)
def _public_holidays(year: int) -> frozenset[date]:
    import holidays  # heavy, and only shops that close on them need it

    return frozenset(holidays.country_holidays("VN", years=year, language="vi"))


@lru_cache(maxsize=4096)
def _lunar(day: date) -> tuple[int, int, bool]:
    """Lunar (month, day, is it a leap month)."""
    from lunar_vn import solar_to_lunar

    found = solar_to_lunar(day)
    return found.month, found.day, bool(found.leap)


def _within_lunar(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    month, number, leap = _lunar(day)
    start, end, here = first[::-1], last[::-1], (month, number)
    if leap and start == end:
        return False  # a yearly day is kept once, in the ordinary month
    return start <= here <= end if start <= end else here >= start or here <= end


# --- Reading what an owner writes -------------------------------------------------------------------------------

_CLOCK = r"(\d{1,2})(?:\s*(?:[:.]|h|g|giờ|gio)\s*(\d{2})?)?"
_PERIOD = re.compile(rf"^{_CLOCK}\s*(?:-|–|—|đến|den|tới|toi)\s*{_CLOCK}$", re.IGNORECASE)
_DAY_NAMES = {
    "mon": 0, "t2": 0, "thu 2": 0, "thu hai": 0, "tue": 1, "t3": 1, "thu 3": 1, "thu ba": 1, "wed": 2, "t4": 2,
    "thu 4": 2, "thu tu": 2, "thu": 3, "t5": 3, "thu 5": 3, "thu nam": 3, "fri": 4, "t6": 4, "thu 6": 4, "thu sau": 4,
    "sat": 5, "t7": 5, "thu 7": 5, "thu bay": 5, "sun": 6, "cn": 6, "chu nhat": 6,
}  # fmt: skip
_EVERY_DAY = ("all", "daily", "hang ngay", "moi ngay")
_CLOSED_WORDS = ("", "nghi", "closed", "off", "dong cua")


def parse_periods(text: str) -> Periods:
    """ "8:30-12:00, 13:30-21:30" as minutes; "nghỉ" is (). Raises HoursError."""
    if fold(text.strip()) in _CLOSED_WORDS:
        return ()
    if text.strip() in ("24/24", "24/7", "24h"):
        return ALL_DAY
    found = sorted(_period(part.strip()) for part in re.split(r"[,;]", text))
    for (_, end), (start, _) in zip(found, found[1:], strict=False):
        if start < end:
            raise HoursError(N_("The periods in “%(text)s” overlap. Separate them."), text=text)
    if found[-1][1] - found[0][0] > DAY:
        raise HoursError(N_("The periods in “%(text)s” overlap. Separate them."), text=text)
    return tuple(found)


def _period(text: str) -> tuple[int, int]:
    found = _PERIOD.match(text)
    if found is None:
        raise HoursError(N_("Cannot read the hours “%(text)s”. Write them as 8:30-12:00, 13:30-21:30."), text=text)
    start, end = _minutes(found[1], found[2], text), _minutes(found[3], found[4], text)
    if start in (end, DAY):
        raise HoursError(N_("The period “%(text)s” is empty: opening and closing are the same."), text=text)
    return start, end if end > start else end + DAY


def _minutes(hour: str, minute: str | None, text: str) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or minutes > DAY:
        raise HoursError(N_("There is no such time in “%(text)s”. Hours go from 0:00 to 24:00."), text=text)
    return minutes


def parse_week(hours: str | Mapping[str, str]) -> Week:
    """Hours for every day, or per weekday ("mon-fri", "t7", "cn"). Empty: always open. Raises HoursError."""
    if not hours:
        return ALWAYS
    days: list[Periods] = [()] * 7
    given = {"all": hours} if isinstance(hours, str) else hours
    for name, text in given.items():
        periods = parse_periods(text)
        for weekday in _weekdays(name):
            days[weekday] = periods
    if not any(days):
        raise HoursError(N_("The shop is never open: give hours for at least one day."))
    return (days[0], days[1], days[2], days[3], days[4], days[5], days[6])


def _weekdays(name: str) -> list[int]:
    said = " ".join(fold(name).split())
    if said in _EVERY_DAY:
        return list(range(7))
    ends = [_DAY_NAMES.get(part.strip()) for part in re.split(r"[-–]", said)]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or first is None or last is None:
        raise HoursError(N_("Unknown day “%(name)s”. Use mon … sun, mon-fri, t2 … t7, cn or all."), name=name)
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def parse_lunar(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """ "29/12-4/1" as lunar (day, month) pairs; one day alone is fine. Raises HoursError."""
    found = re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})\s*(?:[-–]\s*(\d{1,2})/(\d{1,2}))?\s*", text)
    parts = [int(part) for part in found.groups() if part] if found else []
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    if not pairs or not all(1 <= day <= 30 and 1 <= month <= 12 for day, month in pairs):
        raise HoursError(N_("Cannot read the lunar days “%(text)s”. Write them as 29/12-4/1."), text=text)
    return pairs[0], pairs[-1]
