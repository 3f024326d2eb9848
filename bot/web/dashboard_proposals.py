"""Wordings that customers' taps and colleagues propose for the FAQ: the owner approves or declines each."""

from aiohttp import web

from bot.web.dashboard_page import go, owners, page, read, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care.faq import proposals
from care.faq.proposals import Proposed
from care.shop import Shop, ShopFileError
from handlers.messages import N_
from storage import staff
from storage.database import Database

PLACE = "/dashboard/proposals"
SOURCES = {
    "tap": N_("Customers typed this and then tapped the question they meant"),
    "helped": N_("The bot was not sure, and 👍 said it was right"),
    "staff": N_("%(name)s proposed it"),
}


@owners
async def waiting(request: web.Request) -> web.StreamResponse:
    """`/dashboard/proposals`."""
    return await _page(request)


async def _page(request: web.Request, wrong: str = "") -> web.Response:
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, list[Proposed], dict[int, str]]:
        names = {one.id: one.name for one in await staff.all_active(db)}
        return await house.house.shop(db), await proposals.open_proposals(db), names

    shop, found, names = await read(request, look)
    values = {"proposals": found, "names": names, "sources": SOURCES, "wrong": wrong}
    return page(request, "proposals.html", shop, status=422 if wrong else 200, **values)


@owners
async def decide(request: web.Request) -> web.StreamResponse:
    """Approve or decline one."""
    form, house = await request.post(), request.app[HOUSE]
    text, approve = str(form.get("id", "")), form.get("act") == "approve"
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0

    async def work(db: Database) -> bool:
        return await proposals.decide(db, number, approve, staff_id(request), house.now())

    try:
        done = await write(request, work)
    except ShopFileError as error:
        return await _page(request, error.say())
    return go(PLACE, done=("approved" if approve else "declined") if done else "same")


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get(PLACE, waiting)
    app.router.add_post(PLACE, decide)
