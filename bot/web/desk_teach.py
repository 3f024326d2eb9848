"""A colleague picks the FAQ entry a customer's words belong to; the owner decides about it on the dashboard."""

from aiohttp import web

from bot.web import pages
from bot.web.house import HOUSE, WebHouse
from bot.web.signin import login_of, signed_in
from care import access
from care.faq import proposals
from care.shop import Shop
from handlers.staff import teaching
from storage import conversations
from storage.database import Database
from storage.records import Case, Line


@signed_in
async def choose(request: web.Request) -> web.StreamResponse:
    """`/desk/case/<id>/teach?line=<id>`: the words, and the entries they may belong to, likely ones first."""
    house, staff = request.app[HOUSE], login_of(request).staff
    case_id, line_id = _number(request.match_info["case"]), _number(request.query.get("line", ""))

    async def look(db: Database) -> tuple[Case | None, Line | None, Shop]:
        case, line = await access.access_case(db, staff, case_id), await conversations.line(db, line_id)
        return case, line, await house.house.shop(db)

    case, line, shop = await house.engine.read(look)
    if case is None or line is None or not _may_teach(line, case):
        raise web.HTTPNotFound
    likely = teaching.alike(house.house.answers(), shop, line.text)
    titles = {one.id: one.question for one in shop.entries}
    return pages.html(
        request,
        "desk_teach.html",
        case=case,
        line=line,
        words=proposals.wording_of(line.text),
        likely={one: titles[one] for one in likely},
        others={one: title for one, title in titles.items() if one not in likely},
    )


def _may_teach(line: Line, case: Case) -> bool:
    of_case = line.conversation_id == case.conversation_id and line.case_id in (None, case.id)
    return of_case and line.author == "customer" and line.recalled_at is None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The page of this room."""
    app.router.add_get("/desk/case/{case}/teach", choose)
