"""The desk: one page with the list of cases, the thread of one case and its customer's card, kept live."""

import asyncio
import secrets
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.web import desk_acts, desk_teach, desk_texts, desk_view, pages
from bot.web.desk_view import CaseView, ListView
from bot.web.house import HOUSE, HUB, WebHouse
from bot.web.signin import login_of, signed_in
from care import access
from care.address import PRONOUNS
from care.levels import LEVELS
from storage.database import Database
from storage.records import Case, to_ms

PART = "X-Part"  # which part of the page a script wants instead of the whole
MOST_ID = 2**53


def number(request: web.Request, name: str) -> int:
    """A number in the address. Raises 404: no such thing exists."""
    text = request.match_info[name]
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0
    if not 0 < value < MOST_ID:
        raise web.HTTPNotFound
    return value


def words(request: web.Request) -> dict[str, Any]:
    """Names of states and kinds, for the templates."""
    return {
        "KINDS": desk_texts.KINDS,
        "STATES": desk_texts.STATES,
        "STATE_LOOKS": desk_texts.STATE_LOOKS,
        "CHANNELS": desk_texts.CHANNELS,
        "STEPS": desk_texts.STEPS,
        "CLOCKS": desk_texts.CLOCKS,
        "FILTERS": desk_texts.FILTERS,
        "ASKED": desk_texts.ASKED,
        "LEVELS": {level.number: level.button for level in LEVELS},
        "MEDIA": desk_texts.MEDIA,
        "preview": desk_view.preview,
        "preview_media": desk_view.preview_media,
        "to_ms": to_ms,
        "pronouns": PRONOUNS,
        "accept": desk_acts.ACCEPT,
        "fresh_id": fresh_id,
        "query": f"?{request.query_string}" if request.query_string else "",
    }


@signed_in
async def overview(request: web.Request) -> web.StreamResponse:
    """`/desk`: the list, and a place where a case will open."""
    return await _page(request, None)


@signed_in
async def one_case(request: web.Request) -> web.StreamResponse:
    """`/desk/case/<id>`: the same with a case open."""
    return await _page(request, number(request, "case"))


async def _page(request: web.Request, case_id: int | None) -> web.StreamResponse:
    house, login, part = request.app[HOUSE], login_of(request), request.headers.get(PART, "")
    asked, before = desk_view.wanted(request.query), _before(request)

    async def look(db: Database) -> tuple[ListView | None, CaseView | None, tzinfo]:
        listed = None if part in ("case", "older") else await desk_view.case_list(db, login, asked)
        opened = None
        if case_id is not None and part != "list":
            opened = await desk_view.case_page(db, house.house, login, case_id, house.now(), before)
            if opened is None:
                raise web.HTTPNotFound
        return listed, opened, ZoneInfo((await house.house.shop(db)).timezone)

    listed, opened, zone = await house.engine.read(look)
    template = {"list": "desk_list.html", "case": "desk_case.html", "older": "desk_thread.html"}.get(part, "desk.html")
    return pages.html(
        request,
        template,
        zone=zone,
        listed=listed,
        view=opened,
        case_id=case_id,
        titles=titles(opened),
        **words(request),
    )


def fresh_id() -> str:
    """For one form: sending it twice sends one message."""
    return secrets.token_urlsafe(12)


def titles(view: CaseView | None) -> dict[str, str]:
    """What the shop calls its categories, root causes and touchpoints, by id."""
    if view is None:
        return {}
    shop = view.shop
    choices = {one.id: one.title for one in (*shop.categories, *shop.roots)}
    return choices | {one.id: one.title for one in shop.touchpoints}


def _before(request: web.Request) -> int | None:
    text = request.query.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else None


@signed_in
async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: "list" and "case" mean: ask anew; "gone": this login has ended."""
    house, hub, login = request.app[HOUSE], request.app[HUB], login_of(request)
    watched = await house.engine.read(lambda db: _watched(db, request, login.staff))
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    stream = hub.open(login, watched)
    try:
        await response.prepare(request)
        await hub.still_counts(stream)  # it may have ended before we began to listen
        await response.write(b"retry: 2000\nevent: hello\ndata: 1\n\n")
        while (news := await stream.next()) is not None:
            if not news and not await hub.still_counts(stream):
                break
            await response.write(b"".join(f"event: {name}\ndata: 1\n\n".encode() for name in news) or b": alive\n\n")
        await response.write(b"event: gone\ndata: 1\n\n")
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        hub.close(stream)
    return response


async def _watched(db: Database, request: web.Request, staff: Any) -> frozenset[tuple[str, int]]:
    """What the open case is made of; nothing when it is not for this colleague."""
    text = request.query.get("case", "")
    case: Case | None = None
    if text.isascii() and text.isdecimal() and len(text) < 17:
        case = await access.access_case(db, staff, int(text))
    if case is None:
        return frozenset()
    return frozenset(
        {
            ("case", case.id),
            ("conversation", case.conversation_id),
            ("line", case.conversation_id),
            ("customer", case.customer_id),
        }
    )


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/desk", overview)
    app.router.add_get("/desk/events", events)
    app.router.add_get("/desk/case/{case}", one_case)
    desk_teach.add_routes(app, house)
    desk_acts.add_routes(app, house)
