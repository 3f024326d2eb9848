"""Working time: several periods a day, over midnight, holidays, Tết."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.hours import ALL_DAY, Closed, Hours, HoursError, parse_lunar, parse_periods, parse_week

VN = ZoneInfo("Asia/Ho_Chi_Minh")
SHOP = Hours(week=parse_week("8:30-12:00, 13:30-21:30"))
TET = Closed("Tết", lunar=((29, 12), (4, 1)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VN)


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("8:30-12:00, 13:30-21:30", ((510, 720), (810, 1290))),
        ("13:30-21:30; 8:30–12:00", ((510, 720), (810, 1290))),
        ("8h30-12h", ((510, 720),)),
        ("8 - 17", ((480, 1020),)),
        ("8 giờ 30 đến 21 giờ 30", ((510, 1290),)),
        ("0:00-24:00", ALL_DAY),
        ("24/7", ALL_DAY),
        ("18:00-2:00", ((1080, 1560),)),
        ("nghỉ", ()),
        ("", ()),
    ],
)
def test_hours_are_read_as_owners_write_them(text: str, periods: tuple[tuple[int, int], ...]) -> None:
    assert parse_periods(text) == periods


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("8:30", "Cannot read"),
        ("sáng-tối", "Cannot read"),
        ("25:00-26:00", "no such time"),
        ("8:70-9:00", "no such time"),
        ("8:00-8:00", "empty"),
        ("8:00-12:00, 11:00-14:00", "overlap"),
        ("8:00-12:00, 18:00-9:00", "overlap"),
    ],
)
def test_unreadable_hours_say_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(HoursError, match=reason):
        parse_periods(text)


def test_each_weekday_can_have_its_own_hours() -> None:
    week = parse_week({"t2-t6": "8-17", "cn": "9-12"})
    assert week[0] == week[4] == ((480, 1020),)
    assert week[5] == ()
    assert week[6] == ((540, 720),)
    assert parse_week({"sat-mon": "8-9"})[1:5] == ((),) * 4


@pytest.mark.parametrize("hours", [{"thứ tám": "8-9"}, {"mon-fri-sun": "8-9"}, {"all": "nghỉ"}])
def test_an_impossible_week_is_refused(hours: dict[str, str]) -> None:
    with pytest.raises(HoursError):
        parse_week(hours)


@pytest.mark.parametrize("text", ["", "Tết", "31/1", "1/13", "1/1-", "0/1"])
def test_impossible_lunar_days_are_refused(text: str) -> None:
    with pytest.raises(HoursError):
        parse_lunar(text)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20 08:29:59", False),
        ("2026-11-20 08:30", True),
        ("2026-11-20 12:00", False),
        ("2026-11-20 13:30", True),
        ("2026-11-20 21:30", False),
    ],
)
def test_a_period_includes_its_start_and_not_its_end(moment: str, is_open: bool) -> None:
    assert SHOP.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "when", "opens"),
    [
        ("2026-11-20 10:00", "now", "2026-11-20 10:00"),
        ("2026-11-20 12:15", "today", "2026-11-20 13:30"),
        ("2026-11-20 22:00", "tomorrow", "2026-11-21 08:30"),
        ("2026-11-21 01:00", "today", "2026-11-21 08:30"),
    ],
)
def test_people_return_today_or_tomorrow(moment: str, when: str, opens: str) -> None:
    opening = SHOP.opening_phrase(at(moment))
    assert opening is not None
    assert (opening.when, opening.at) == (when, at(opens))


@pytest.mark.parametrize(
    ("closed_from", "opens"),
    [
        ("2026-02-15 21:30", "2026-02-21 08:30"),  # mùng 1 is 17 February; 29 Tết is the 16th
        ("2027-02-04 21:30", "2027-02-10 08:30"),  # mùng 1 is 6 February; 29 Tết is the 5th
        ("2030-01-31 22:00", "2030-02-06 08:30"),  # Vietnam's Tết, a day before China's
    ],
)
def test_tet_is_kept_by_the_lunar_calendar(closed_from: str, opens: str) -> None:
    shop = Hours(week=parse_week("8:30-21:30"), closed=(TET,))
    reached = shop.next_open(at(closed_from))
    assert reached == at(opens)


def test_a_shop_is_closed_from_the_29th_to_the_4th() -> None:
    shop = Hours(closed=(TET,))
    closed = [date(2026, 2, day) for day in range(10, 26) if shop.is_closed_day(date(2026, 2, day))]
    assert closed == [date(2026, 2, day) for day in range(16, 21)]


def test_public_holidays_close_only_when_the_owner_says_so_and_can_be_worked() -> None:
    national_day = date(2026, 9, 2)
    assert not Hours().is_closed_day(national_day)
    assert Hours(public_holidays=True).is_closed_day(national_day)
    assert not Hours(public_holidays=True, work_on=frozenset({national_day})).is_closed_day(national_day)


def test_a_night_shift_belongs_to_the_evening_it_began() -> None:
    bar = Hours(week=parse_week({"fri": "18:00-2:00"}))
    assert bar.is_open(at("2026-11-21 01:59"))
    assert not bar.is_open(at("2026-11-21 02:00"))
    assert not bar.is_open(at("2026-11-20 01:00"))
    assert bar.working_between(at("2026-11-20 12:00"), at("2026-11-21 12:00")) == timedelta(hours=8)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20 11:30", 60, "2026-11-20 14:00"),
        ("2026-11-20 11:30", 30, "2026-11-20 12:00"),
        ("2026-11-20 21:00", 60, "2026-11-21 09:00"),
        ("2026-11-20 23:00", 15, "2026-11-21 08:45"),
    ],
)
def test_promises_are_counted_in_working_time(start: str, minutes: int, end: str) -> None:
    assert SHOP.add_working(at(start), timedelta(minutes=minutes)) == at(end)


def test_a_shop_closed_for_years_has_no_opening_and_still_an_end() -> None:
    shop = Hours(week=parse_week("8-17"), closed=(Closed("", date(2020, 1, 1), date(2099, 1, 1)),))
    moment = at("2026-01-01 10:00")
    assert shop.next_open(moment) is None
    assert shop.opening_phrase(moment) is None
    assert shop.add_working(moment, timedelta(hours=1)) == moment + timedelta(hours=1)


def test_an_always_open_shop_counts_calendar_time() -> None:
    assert Hours().is_open(at("2026-02-17 03:00"))
    assert Hours().add_working(at("2026-02-17 03:00"), timedelta(days=9)) == at("2026-02-26 03:00")


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    def periods() -> str:
        edges = sorted(draw(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        return ", ".join(f"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for a, b in pairs)

    week = {day: periods() for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    week["wed"] = week["wed"] or "22:00-3:00"
    zone = ZoneInfo(draw(st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin"])))
    closed = (TET,) if draw(st.booleans()) else ()
    return Hours(parse_week(week), closed, draw(st.booleans()), zone=zone)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it
durations = st.timedeltas(timedelta(0), timedelta(days=4))


@settings(deadline=None, max_examples=60)
@given(some_hours(), moments, durations)
def test_adding_and_measuring_working_time_are_inverse(hours: Hours, start: datetime, duration: timedelta) -> None:
    assert hours.working_between(start, hours.add_working(start, duration)) == duration


@settings(deadline=None, max_examples=60)
@given(some_hours(), moments, durations, durations)
def test_more_working_time_never_ends_earlier(hours: Hours, start: datetime, one: timedelta, two: timedelta) -> None:
    assert hours.add_working(start, min(one, two)) <= hours.add_working(start, max(one, two))
    assert hours.add_working(start, one) <= hours.add_working(start + two, one)


@settings(deadline=None, max_examples=60)
@given(some_hours(), moments)
def test_nothing_is_worked_before_the_next_opening(hours: Hours, start: datetime) -> None:
    opens = hours.next_open(start)
    assert opens is not None
    assert hours.is_open(opens)
    assert hours.working_between(start, opens) == timedelta(0)
