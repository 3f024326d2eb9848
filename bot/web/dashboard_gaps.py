"""Unanswered questions: teach the bot, or take them off the list."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.web.dashboard_page import go, owners, page, read, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care.faq import gaps, proposals
from care.faq.store import Gap
from care.shop import Shop, ShopFileError
from storage.database import Database

PLACE = "/dashboard/unanswered"
GROUPS = 40
EXAMPLES = 6  # wordings shown of a group; the rest is counted


@owners
async def unanswered(request: web.Request) -> web.StreamResponse:
    """`/dashboard/unanswered`."""
    return await _page(request)


async def _page(request: web.Request, wrong: str = "") -> web.Response:
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, list[Gap], int]:
        waiting = len(await proposals.open_proposals(db))
        return await house.house.shop(db), await gaps.unanswered(db, house.now()), waiting

    shop, found, proposed = await read(request, look)
    index: Any = house.house.answers()
    groups = await asyncio.to_thread(gaps.group, found, index)
    return page(
        request,
        "unanswered.html",
        shop,
        status=422 if wrong else 200,
        groups=groups[:GROUPS],
        more=max(0, len(groups) - GROUPS),
        proposed=proposed,
        titles={one.id: one.question for one in shop.entries},
        examples=EXAMPLES,
        wrong=wrong,
    )


@owners
async def decide(request: web.Request) -> web.StreamResponse:
    """Attach the chosen wordings to an entry, begin a new entry with them, or take them off the list."""
    form, house = await request.post(), request.app[HOUSE]
    chosen = [str(one) for one in form.getall("gap", [])]
    act, entry_id = str(form.get("act", "")), str(form.get("entry", ""))
    if act == "new":
        place = "/dashboard/faq/entry?" + urlencode([("gap", one) for one in chosen])
        return web.Response(status=303, headers={"Location": place})

    async def work(db: Database) -> bool:
        now, by = house.now(), staff_id(request)
        if act == "ignore":
            return await gaps.ignore(db, chosen, by, now) > 0
        known = {gap.folded: gap.example for gap in await gaps.unanswered(db, now)}
        said = [(known[one], one) for one in chosen if one in known]
        return bool(said) and await gaps.attach(db, await house.house.shop(db), entry_id, said, by, now)

    try:
        done = await write(request, work)
    except ShopFileError as error:
        return await _page(request, error.say())
    return go(PLACE, done={"ignore": "ignored"}.get(act, "attached") if done else "same")


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get(PLACE, unanswered)
    app.router.add_post(PLACE, decide)
