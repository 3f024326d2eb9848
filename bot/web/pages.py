"""Pages are Jinja templates with every value escaped; texts come in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.i18n import known
from bot.web.house import HOUSE, LOGIN, STATIC, TEMPLATES
from care import formats
from handlers.turn import Texts

FOLDER = Path(__file__).parent / "templates"
Filter = Callable[..., str]


def environment() -> Environment:
    """The one template environment: autoescape for everything, a missing value is an error."""
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= FILTERS
    return env


@dataclass(frozen=True)
class Reader:
    """Whose eyes a page is for: language, time zone and the present moment."""

    texts: Texts
    zone: tzinfo
    now: datetime


def _reader(context: Context) -> Reader:
    reader: Reader = context["reader"]
    return reader


@pass_context
def clock(context: Context, at: datetime) -> str:
    """`14:05`, as a thread shows it."""
    return at.astimezone(_reader(context).zone).strftime("%H:%M")


@pass_context
def stamp(context: Context, at: datetime) -> str:
    """`24/11/2026 11:30`."""
    return formats.stamp(at, _reader(context).zone)


@pass_context
def short_stamp(context: Context, at: datetime) -> str:
    """`14:05` today, `21/11` this year, `21/11/2025` before."""
    reader = _reader(context)
    local, today = at.astimezone(reader.zone), reader.now.astimezone(reader.zone)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%d/%m" if local.year == today.year else "%d/%m/%Y")


@pass_context
def day_phrase(context: Context, at: datetime) -> str:
    """`hôm nay`, `thứ Hai 24/11`."""
    reader = _reader(context)
    return formats.day_phrase(at, reader.now, reader.texts.language, reader.zone)


@pass_context
def moment(context: Context, at: datetime) -> str:
    """`11 giờ 30 hôm nay`."""
    reader = _reader(context)
    return formats.moment(at, reader.now, reader.texts.language, reader.zone)


@pass_context
def span(context: Context, length: timedelta) -> str:
    """`1 giờ 30 phút`."""
    return formats.duration(length, _reader(context).texts.language)


@pass_context
def money(context: Context, amount: int) -> str:
    """`1.250.000 ₫`."""
    return formats.money(amount, _reader(context).texts.language)


@pass_context
def number(context: Context, value: float) -> str:
    """`12.345,5`."""
    return formats.number(value, _reader(context).texts.language)


@pass_context
def percent(context: Context, share: float) -> str:
    """`87%`."""
    return formats.percent(share, _reader(context).texts.language)


def iso(at: datetime) -> str:
    """For `<time datetime>`."""
    return at.isoformat(timespec="seconds")


def initial(name: str) -> str:
    """The letter in a round picture: of the given name, which stands last."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return words[-1][0].upper() if words else "?"


FILTERS: dict[str, Filter] = {
    "clock": clock,
    "stamp": stamp,
    "short_stamp": short_stamp,
    "day_phrase": day_phrase,
    "moment": moment,
    "span": span,
    "money": money,
    "number": number,
    "percent": percent,
    "iso": iso,
    "initial": initial,
}


def language_of(request: web.Request) -> str:
    """The signed-in colleague's language, or the browser's first one we speak."""
    login = request.get(LOGIN)
    if login is not None:
        return known(login.staff.language)
    wanted = request.headers.get("Accept-Language", "")
    return "en" if wanted.strip().lower().startswith("en") else "vi"


def texts_of(request: web.Request) -> Texts:
    """The catalog for whoever asks."""
    return request.app[HOUSE].house.texts(language_of(request))


def html(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    zone: tzinfo = formats.SHOP_ZONE,
    language: str | None = None,
    **values: Any,
) -> web.Response:
    """A page, or a part of one, from a template. `language` None: the reader's."""
    texts = texts_of(request) if language is None else request.app[HOUSE].house.texts(language)
    now = request.app[HOUSE].now()
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            _=texts.gettext,
            ngettext=texts.ngettext,
            lang=texts.language,
            reader=Reader(texts, zone, now),
            now=now,
            login=request.get(LOGIN),
            path=request.path,
            static=request.app[STATIC].url,
            **values,
        )
    )
    return web.Response(text=text, content_type="text/html", status=status)


def wants_json(request: web.Request) -> bool:
    """Asked by a script, not by a person's browser bar."""
    return "application/json" in request.headers.get("Accept", "")
