"""Money, days, hours and durations as people here write them. Pure: languages are "vi" and "en"."""

from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

SHOP_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NEAR = {  # days from today; written by Vietnamese and English speakers, not found in Babel
    "vi": {-1: "hôm qua", 0: "hôm nay", 1: "ngày mai"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
ABOUT = {"vi": "khoảng %s", "en": "about %s"}
UNITS: tuple[tuple[Literal["day", "hour", "minute"], int], ...] = (
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
)  # seconds
NEVER = 1e9  # a threshold no duration reaches: Babel must keep the unit it is given


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse("vi_VN" if lang == "vi" else "en_GB")


def money(amount: int, lang: str = "vi") -> str:
    """1250000 → `1.250.000 ₫` with a no-break space before the sign; the amount is whole đồng."""
    if lang == "vi":
        return format_currency(amount, "VND", locale=_locale(lang))
    return format_currency(amount, "VND", format="#,##0 ¤", locale=_locale(lang)).replace(" ", "\u00a0")


def number(value: float, lang: str = "vi") -> str:
    """12345.5 → `12.345,5` in Vietnamese, `12,345.5` in English."""
    return format_decimal(value, locale=_locale(lang))


def percent(share: float, lang: str = "vi") -> str:
    """0.874 → `87%`."""
    return format_percent(share, locale=_locale(lang))


def day(value: date) -> str:
    """24/11/2026, the same in both languages. A datetime must already be in local time."""
    return value.strftime("%d/%m/%Y")


def hour(at: datetime, lang: str = "vi", tz: tzinfo = SHOP_ZONE) -> str:
    """`11 giờ 30` or `9 giờ` in Vietnamese, `11:30` in English."""
    local = at.astimezone(tz)
    if lang != "vi":
        return local.strftime("%H:%M")
    return f"{local.hour} giờ {local.minute:02d}" if local.minute else f"{local.hour} giờ"


def day_phrase(at: datetime, now: datetime, lang: str = "vi", tz: tzinfo = SHOP_ZONE) -> str:
    """`hôm nay`, `ngày mai`, `thứ Hai 24/11`, with the year when it is another one."""
    local, today = at.astimezone(tz).date(), now.astimezone(tz).date()
    near = NEAR[lang].get((local - today).days)
    if near:
        return near
    pattern = "EEEE dd/MM" if local.year == today.year else "EEEE dd/MM/yyyy"
    named = format_date(local, pattern, locale=_locale(lang))
    return _in_a_sentence(named) if lang == "vi" else named


def _in_a_sentence(named: str) -> str:
    """Babel's `Thứ Hai`, `Chủ Nhật` stand alone; inside a sentence one writes `thứ Hai`, `Chủ nhật`."""
    return named.replace("Thứ", "thứ").replace("Chủ Nhật", "Chủ nhật")


def moment(at: datetime, now: datetime, lang: str = "vi", tz: tzinfo = SHOP_ZONE) -> str:
    """`11 giờ 30 hôm nay`, `9 giờ thứ Hai 24/11`; in English `11:30 today`."""
    return f"{hour(at, lang, tz)} {day_phrase(at, now, lang, tz)}"


def stamp(at: datetime, tz: tzinfo = SHOP_ZONE) -> str:
    """`24/11/2026 11:30`, for tables and the desk."""
    return at.astimezone(tz).strftime("%d/%m/%Y %H:%M")


def duration(length: timedelta, lang: str = "vi") -> str:
    """`5 phút`, `2 giờ`, `1 giờ 30 phút`, `3 ngày 2 giờ`: the two largest units; less than a minute counts as one."""
    left = max(round(abs(length).total_seconds() / 60), 1) * 60
    parts = []
    for unit, seconds in UNITS:
        count, left = divmod(left, seconds)
        if count:
            exact = timedelta(seconds=count * seconds)
            parts.append(format_timedelta(exact, granularity=unit, threshold=NEVER, locale=_locale(lang)))
        elif parts:
            break
    return " ".join(parts[:2])


def about(length: timedelta, lang: str = "vi") -> str:
    """`khoảng 5 phút`."""
    return ABOUT[lang] % duration(length, lang)
