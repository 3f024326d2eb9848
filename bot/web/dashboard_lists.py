"""The lists behind the numbers: ratings, cases, questions, and what was not delivered."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.web import dashboard_texts as texts
from bot.web.dashboard_page import PAGE, owners, page, page_number, period_of, period_query, read
from bot.web.house import HOUSE, WebHouse
from care.kpi import Period
from care.shop import Shop
from storage import events, reports, staff
from storage.database import Database
from storage.records import Staff, to_ms

UNDELIVERED = ("failed", "uncertain", "expired", "cancelled")
FILTERS = frozenset(
    "level touchpoint channel reason staff first again words state kind root show clock outcome entry helped"
    " days from to".split()
)
LISTED = 200  # deliveries and events on one page

Chosen = tuple[list[str], dict[str, Any]]
Find = Callable[..., Awaitable[list[Any]]]
Count = Callable[..., Awaitable[int]]


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    shop: Shop
    period: Period
    rows: list[Any]
    total: int
    at: int
    people: list[Staff]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def wanted_ratings(query: Mapping[str, str]) -> Chosen:
    """The filters of the list of ratings, from its address. Unknown ones are left out."""
    chosen: list[str] = []
    values: dict[str, Any] = {}
    level = query.get("level", "")
    if level in ("success", "unhappy"):
        chosen.append(level)
    elif level in "123456" and len(level) == 1:
        chosen.append("level")
        values["level"] = int(level)
    for name in ("touchpoint", "channel", "reason"):
        if query.get(name):
            chosen.append(name)
            values[name] = query[name]
    chosen += [name for name in ("first", "again", "words") if query.get(name)]
    return _with_staff(query, chosen, values)


def wanted_cases(query: Mapping[str, str]) -> Chosen:
    """The filters of the list of cases, from its address."""
    chosen: list[str] = []
    values: dict[str, Any] = {}
    for name in ("state", "kind", "root"):
        if query.get(name):
            chosen.append(name)
            values[name] = query[name]
    show = query.get("show", "")
    if show in ("active", "urgent", "overdue", "recovered", "finished", "replied", "resolved"):
        chosen += ["active", "urgent"] if show == "urgent" else [show]
    if show in ("kept", "broken"):
        chosen.append(show)
        values["clock"] = "promise" if query.get("clock") == "promise" else "first_reply"
    return _with_staff(query, chosen, values)


def wanted_asks(query: Mapping[str, str]) -> Chosen:
    """The filters of the list of questions, from its address."""
    chosen: list[str] = []
    values: dict[str, Any] = {}
    for name in ("outcome", "entry"):
        if query.get(name):
            chosen.append(name)
            values[name] = query[name]
    helped = {"1": "helped", "0": "not_helped", "said": "said"}.get(query.get("helped", ""))
    return ([*chosen, helped] if helped else chosen), values


def _with_staff(query: Mapping[str, str], chosen: list[str], values: dict[str, Any]) -> Chosen:
    person = _number(query.get("staff", ""))
    if person is not None:
        return [*chosen, "staff"], values | {"staff": person}
    return chosen, values


async def _listing(request: web.Request, wanted: Chosen, find: Find, count: Count) -> Listing:
    house, at = request.app[HOUSE], page_number(request.query)
    chosen, values = wanted
    values = values | {"now": to_ms(house.now())}

    async def look(db: Database) -> Listing:
        shop = await house.house.shop(db)
        period = period_of(request.query, shop, request)
        total = await count(db, chosen, values, period.since, period.until)
        rows = await find(db, chosen, values, period.since, period.until, PAGE, (at - 1) * PAGE)
        return Listing(shop, period, rows, total, at, await staff.everybody(db))

    listing: Listing = await read(request, look)
    return listing


def _show(request: web.Request, template: str, listing: Listing, **values: Any) -> web.Response:
    kept = {name: value for name, value in request.query.items() if name in FILTERS and value}
    return page(
        request,
        template,
        listing.shop,
        listing=listing,
        period=listing.period,
        within=period_query(listing.period),
        query=defaultdict(str, request.query),
        kept=kept,
        titles={one.id: one.title for one in listing.shop.touchpoints},
        roots={one.id: one.title for one in listing.shop.roots},
        **values,
    )


@owners
async def ratings(request: web.Request) -> web.StreamResponse:
    """`/dashboard/ratings`."""
    wanted = wanted_ratings(request.query)
    return _show(request, "ratings.html", await _listing(request, wanted, reports.rating_list, reports.rating_count))


@owners
async def cases(request: web.Request) -> web.StreamResponse:
    """`/dashboard/cases`."""
    wanted = wanted_cases(request.query)
    listing = await _listing(request, wanted, reports.case_list, reports.case_count)
    return _show(request, "cases.html", listing, shows=texts.SHOWS)


@owners
async def questions(request: web.Request) -> web.StreamResponse:
    """`/dashboard/questions`."""
    wanted = wanted_asks(request.query)
    listing = await _listing(request, wanted, reports.ask_list, reports.ask_count)
    entries = {one.id: one.question for one in listing.shop.entries}
    return _show(request, "questions.html", listing, entries=entries)


@owners
async def deliveries(request: web.Request) -> web.StreamResponse:
    """`/dashboard/deliveries`: what was not delivered and why, and the events set aside."""
    house = request.app[HOUSE]
    state = request.query.get("state", "")
    states = (state,) if state in UNDELIVERED else UNDELIVERED[:2]

    async def look(db: Database) -> tuple[Shop, Period, list[Any], list[Any]]:
        shop = await house.house.shop(db)
        period = period_of(request.query, shop, request)
        since = min(period.since, house.now() - timedelta(days=1))
        return shop, period, await reports.delivery_list(db, states, since, LISTED), await events.set_aside(db)

    shop, period, rows, aside = await read(request, look)
    return page(
        request,
        "deliveries.html",
        shop,
        rows=rows,
        aside=aside,
        state=state,
        period=period,
        within=period_query(period),
        states=UNDELIVERED,
    )


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard/ratings", ratings)
    app.router.add_get("/dashboard/cases", cases)
    app.router.add_get("/dashboard/questions", questions)
    app.router.add_get("/dashboard/deliveries", deliveries)
