"""Money, days, hours and durations, as tables of values."""

from datetime import UTC, datetime, timedelta

import pytest

from care import formats

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)  # Sunday, 9:30 in Hồ Chí Minh City


@pytest.mark.parametrize(
    ("amount", "vi", "en"),
    [
        (1_250_000, "1.250.000\u00a0₫", "1,250,000\u00a0₫"),
        (0, "0\u00a0₫", "0\u00a0₫"),
        (-5_000, "-5.000\u00a0₫", "-5,000\u00a0₫"),
    ],
)
def test_money(amount: int, vi: str, en: str) -> None:
    assert (formats.money(amount, "vi"), formats.money(amount, "en")) == (vi, en)


def test_numbers_and_shares() -> None:
    assert (formats.number(12345.5, "vi"), formats.number(12345.5, "en")) == ("12.345,5", "12,345.5")
    assert formats.percent(0.874) == "87%"


@pytest.mark.parametrize(
    ("hour", "minute", "vi", "en"),
    [(2, 30, "9 giờ 30", "09:30"), (2, 0, "9 giờ", "09:00"), (17, 5, "0 giờ 05", "00:05")],
)
def test_hours_are_local(hour: int, minute: int, vi: str, en: str) -> None:
    at = NOW.replace(hour=hour, minute=minute)
    assert (formats.hour(at, "vi"), formats.hour(at, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("later", "vi", "en"),
    [
        (timedelta(days=-1), "hôm qua", "yesterday"),
        (timedelta(), "hôm nay", "today"),
        (timedelta(hours=14), "hôm nay", "today"),
        (timedelta(hours=14, minutes=30), "ngày mai", "tomorrow"),  # local midnight, not UTC's
        (timedelta(days=2), "thứ Ba 24/11", "Tuesday 24/11"),
        (timedelta(days=7), "Chủ nhật 29/11", "Sunday 29/11"),
        (timedelta(days=60), "thứ Năm 21/01/2027", "Thursday 21/01/2027"),
    ],
)
def test_days_are_named_from_today(later: timedelta, vi: str, en: str) -> None:
    assert (formats.day_phrase(NOW + later, NOW, "vi"), formats.day_phrase(NOW + later, NOW, "en")) == (vi, en)


def test_a_moment_names_hour_and_day() -> None:
    assert formats.moment(NOW + timedelta(days=1), NOW, "vi") == "9 giờ 30 ngày mai"
    assert formats.moment(NOW + timedelta(days=1), NOW, "en") == "09:30 tomorrow"
    assert formats.stamp(NOW) == "22/11/2026 09:30"
    assert formats.day(NOW) == "22/11/2026"


@pytest.mark.parametrize(
    ("length", "vi", "en"),
    [
        (timedelta(seconds=5), "1 phút", "1 minute"),
        (timedelta(seconds=100), "2 phút", "2 minutes"),
        (timedelta(minutes=59, seconds=59), "1 giờ", "1 hour"),
        (timedelta(minutes=90), "1 giờ 30 phút", "1 hour 30 minutes"),
        (timedelta(hours=24), "1 ngày", "1 day"),
        (timedelta(days=9, minutes=1), "9 ngày", "9 days"),
        (timedelta(days=2, hours=3, minutes=4), "2 ngày 3 giờ", "2 days 3 hours"),
        (timedelta(minutes=-5), "5 phút", "5 minutes"),
    ],
)
def test_durations(length: timedelta, vi: str, en: str) -> None:
    assert (formats.duration(length, "vi"), formats.duration(length, "en")) == (vi, en)
    assert formats.about(length) == f"khoảng {vi}"
