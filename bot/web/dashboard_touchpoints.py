"""The touchpoint catalogue with its figures, and a QR poster for each."""

import asyncio

from aiohttp import web

from bot import i18n, posters
from bot.posters import PosterUnavailable
from bot.web import dashboard_texts as texts
from bot.web import pages
from bot.web.dashboard_forms import STAGES, TRIGGERS
from bot.web.dashboard_page import owners, page, period_of, period_query, read, shop_of
from bot.web.house import HOUSE, WebHouse
from care import kpi
from care.kpi import AtTouchpoint, Period
from care.shop import Shop
from storage import reports
from storage.database import Database

_drawing = asyncio.Semaphore(1)  # one picture at a time: the library takes 90 MB


@owners
async def touchpoints(request: web.Request) -> web.StreamResponse:
    """`/dashboard/touchpoints`."""
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, Period, tuple[AtTouchpoint, ...]]:
        shop = await house.house.shop(db)
        period = period_of(request.query, shop, request)
        ratings = await reports.ratings(db, period.since, period.until)
        asked = await reports.surveys(db, period.since, period.until)
        return shop, period, kpi.at_touchpoints(shop, ratings, asked)

    shop, period, figures = await read(request, look)
    return page(
        request,
        "touchpoints.html",
        shop,
        period=period,
        within=period_query(period),
        figures={one.id: one for one in figures},
        phases=[(phase, [one for one in shop.touchpoints if one.phase == phase]) for phase in texts.PHASES],
        triggers=dict(TRIGGERS),
        stages=dict(STAGES),
        kinds=[kind for kind in posters.KINDS if posters.available(kind)],
        base=_base(request),
        is_public=bool(house.public_url),
    )


def _base(request: web.Request) -> str:
    """Where customers reach us: the public address, or the one this page was opened with."""
    return request.app[HOUSE].public_url.rstrip("/") or f"{request.scheme}://{request.host}"


@owners
async def poster(request: web.Request) -> web.StreamResponse:
    """`/dashboard/touchpoints/<id>/poster.<kind>`."""
    shop, name, kind = await shop_of(request), request.match_info["id"], request.match_info["kind"]
    touchpoint = shop.touchpoint(name)
    if touchpoint is None or kind not in posters.KINDS:
        raise web.HTTPNotFound
    gettext = i18n.catalog(shop.language).gettext
    url = f"{_base(request)}/t/{touchpoint.id}"
    try:
        async with _drawing:
            body = await asyncio.to_thread(posters.poster, shop.shop, touchpoint, url, kind, gettext)
    except PosterUnavailable as error:
        _ = pages.texts_of(request).gettext
        return web.Response(text=_(error.message), status=501)
    headers = {"Content-Disposition": f'attachment; filename="qr-{touchpoint.id}.{kind}"'}
    return web.Response(body=body, content_type=posters.CONTENT_TYPES[kind], headers=headers)


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard/touchpoints", touchpoints)
    app.router.add_get("/dashboard/touchpoints/{id}/poster.{kind}", poster)
