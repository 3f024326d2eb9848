"""The owner's dashboard: the first page with the shop's figures, and the doors to the other pages."""

from aiohttp import web

from bot.web import (
    dashboard_export,
    dashboard_faq,
    dashboard_faq_files,
    dashboard_gaps,
    dashboard_lists,
    dashboard_proposals,
    dashboard_settings,
    dashboard_staff,
    dashboard_touchpoints,
)
from bot.web.dashboard_page import go, owners, page, period_of, period_query, read, staff_id, write
from bot.web.dashboard_texts import PHASES
from bot.web.house import HOUSE, WebHouse
from care import kpi
from care.kpi import Overview, Period
from care.shop import Shop
from storage import audit, events
from storage.database import Database


@owners
async def overview(request: web.Request) -> web.StreamResponse:
    """`/dashboard`: everything at a glance; each number leads to what it counts."""
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, Period, Overview]:
        shop = await house.house.shop(db)
        period = period_of(request.query, shop, request)
        return shop, period, await kpi.overview(db, shop, period, house.now())

    shop, period, seen = await read(request, look)
    return page(
        request,
        "overview.html",
        shop,
        period=period,
        seen=seen,
        within=period_query(period),
        roots={one.id: one.title for one in shop.roots},
        phases=[(phase, [one for one in seen.touchpoints if one.phase == phase]) for phase in PHASES],
    )


@owners
async def replay(request: web.Request) -> web.StreamResponse:
    """Give events that were set aside a fresh start: one, or all."""
    house, form = request.app[HOUSE], await request.post()
    text = str(form.get("event", ""))
    event_id = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else None
    now = house.now()

    async def note(db: Database) -> None:
        subject = f"event:{event_id}" if event_id else "events"
        await audit.add(db, at=now, staff_id=staff_id(request), action="events.replay", subject=subject)

    await write(request, note)
    if house.replay is not None:
        await house.replay(event_id)
    else:
        await write(request, lambda db: events.replay(db, event_id))
    return go("/dashboard/deliveries", done="replayed")


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard", overview)
    app.router.add_post("/dashboard/replay", replay)
    for room in ROOMS:
        room.add_routes(app, house)


ROOMS = (
    dashboard_lists,
    dashboard_gaps,
    dashboard_proposals,
    dashboard_faq,
    dashboard_faq_files,
    dashboard_settings,
    dashboard_touchpoints,
    dashboard_staff,
    dashboard_export,
)
