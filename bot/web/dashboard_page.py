"""What all pages of the dashboard share: who may come in, the period, the menu, messages after a form."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.web import dashboard_texts as texts
from bot.web import desk_texts, pages
from bot.web.house import HOUSE, LOGIN
from bot.web.signin import login_of, signed_in
from care import kpi
from care.kpi import Period
from care.levels import LEVELS, REASONS
from care.shop import Shop
from storage.database import Database

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PERIODS = (7, 30, 90)  # days
USUAL = 30
EARLIEST = 2000  # the year before which no shop had a bot
PAGE = 50  # rows of a list
MOST_PAGE = 10_000
MENU = (
    ("/dashboard", texts.OVERVIEW),
    ("/dashboard/ratings", texts.RATINGS),
    ("/dashboard/cases", texts.CASES),
    ("/dashboard/unanswered", texts.UNANSWERED),
    ("/dashboard/proposals", texts.PROPOSALS),
    ("/dashboard/faq", texts.FAQ),
    ("/dashboard/touchpoints", texts.TOUCHPOINTS),
    ("/dashboard/settings", texts.SETTINGS),
    ("/dashboard/staff", texts.STAFF),
    ("/dashboard/audit", texts.AUDIT),
    ("/dashboard/export", texts.EXPORT),
)


def owners(handler: Handler) -> Handler:
    """Only for owners; a colleague is told so, a stranger is sent to the sign-in page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if login_of(request).is_owner:
            return await handler(request)
        if pages.wants_json(request) or request.method not in ("GET", "HEAD"):
            raise web.HTTPNotFound
        return pages.html(request, "dashboard/refused.html", status=403)

    return signed_in(guarded)


async def shop_of(request: web.Request) -> Shop:
    """The shop as it is now."""
    house = request.app[HOUSE]
    return await house.engine.read(house.house.shop)


def period_of(query: Mapping[str, str], shop: Shop, request: web.Request) -> Period:
    """The period a page asks for: `?days=30`, or `?from=2026-11-01&to=2026-11-21`."""
    now, zone = request.app[HOUSE].now(), kpi.zone_of(shop)
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    today = kpi.last_days(1, now, zone).last
    if first is not None or last is not None:
        last = min(last or today, today)
        return kpi.from_to(min(first or last, today), last, zone)
    days = query.get("days", "")
    return kpi.last_days(int(days) if days in ("7", "30", "90") else USUAL, now, zone)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= EARLIEST else None


def period_query(period: Period) -> dict[str, str]:
    """The same period in an address."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def page(request: web.Request, template: str, shop: Shop, *, status: int = 200, **values: Any) -> web.Response:
    """A page of the dashboard."""
    zone = kpi.zone_of(shop)
    today = request.app[HOUSE].now().astimezone(zone).date()
    return pages.html(
        request, f"dashboard/{template}", status=status, zone=zone, shop=shop, today=today, **common(request), **values
    )


def common(request: web.Request) -> dict[str, Any]:
    """What every template of the dashboard may use."""
    _ = pages.texts_of(request).gettext
    code = request.query.get("done", "")
    return {
        "menu": [(path, _(text)) for path, text in MENU],
        "done": _(texts.DONE[code]) if code in texts.DONE else "",
        "address": address,
        "HOW": kpi.HOW,
        "STATES": desk_texts.STATES,
        "STATE_LOOKS": desk_texts.STATE_LOOKS,
        "KINDS": desk_texts.KINDS,
        "CHANNELS": desk_texts.CHANNELS,
        "ASKED": desk_texts.ASKED,
        "REASONS": {one.id: one.label for one in REASONS},
        "LEVELS": LEVELS,
        "PHASES": texts.PHASES,
        "why_not": desk_texts.reason,
        "texts": texts,
        "PERIODS": PERIODS,
        "period_query": period_query,
        "without": without,
    }


def address(path: str, **query: object) -> str:
    """A path with its query; values that say nothing are left out."""
    said = {name.rstrip("_"): str(value) for name, value in query.items() if value not in ("", None, False)}
    return f"{path}?{urlencode(said)}" if said else path


def without(query: Mapping[str, str], *names: str) -> dict[str, str]:
    """A query without some of its words."""
    return {name: value for name, value in query.items() if name not in names}


def go(path: str, **query: object) -> web.Response:
    """After a form: the page that shows what became of it."""
    return web.Response(status=303, headers={"Location": address(path, **query)})


def page_number(query: Mapping[str, str]) -> int:
    """`?page=2`; 1 when it is no sensible number."""
    text = query.get("page", "1")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return max(1, min(number, MOST_PAGE))


async def write(request: web.Request, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """One unit of work that changes something."""
    return await request.app[HOUSE].engine.write(work)


async def read(request: web.Request, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """One unit of work that only looks."""
    return await request.app[HOUSE].engine.read(work)


def staff_id(request: web.Request) -> int:
    """Who does it, for the audit log."""
    return request[LOGIN].staff.id
