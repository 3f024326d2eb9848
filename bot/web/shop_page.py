"""The shop's own small page with the chat on it: `/`, a touchpoint's `/t/<id>`, a friend's `/g/<code>`."""

from aiohttp import web

from bot.i18n import LANGUAGES
from bot.web import pages
from bot.web.house import HOUSE, WebHouse
from care import settings as shop_settings
from care.shop import Shop

TOPICS = 8  # questions shown
RATED = 4  # touchpoint links shown


def add_routes(app: web.Application, house: WebHouse) -> None:
    """Open to everybody."""
    app.router.add_get("/", front)
    app.router.add_get("/t/{touchpoint}", touchpoint)
    app.router.add_get("/g/{code}", friend)


async def front(request: web.Request) -> web.Response:
    """The page as it is."""
    return await _page(request, "")


async def touchpoint(request: web.Request) -> web.Response:
    """From a QR poster: the chat opens with that touchpoint's question."""
    shop = await _shop(request)
    found = shop.touchpoint(request.match_info["touchpoint"])
    if found is None or not found.enabled:
        raise web.HTTPNotFound
    return await _page(request, f"t_{found.id}")


async def friend(request: web.Request) -> web.Response:
    """From a friend's personal link."""
    code = request.match_info["code"]
    if not (code.isascii() and code.isalnum() and len(code) <= 16):
        raise web.HTTPNotFound
    return await _page(request, f"g_{code}")


async def _shop(request: web.Request) -> Shop:
    return await request.app[HOUSE].engine.read(shop_settings.load)


async def _page(request: web.Request, start: str) -> web.Response:
    shop = await _shop(request)
    asked = request.query.get("lang", "")
    language = asked if asked in LANGUAGES else shop.language
    facts = shop.facts
    about = {
        "name": shop.shop,
        "hours": facts.get("gio_mo_cua", ""),
        "address": facts.get("dia_chi", ""),
        "phone": facts.get("hotline", ""),
        "email": facts.get("email", ""),
    }
    rated = [one for one in shop.touchpoints if one.enabled and one.trigger in ("link", "visit", "order_delivered")]
    return pages.html(
        request,
        "shop.html",
        language=language,
        shop=about,
        topics=_topics(shop),
        touchpoints=[(f"/t/{one.id}", one.title) for one in rated[:RATED]],
        start=start,
    )


def _topics(shop: Shop) -> list[tuple[str, str]]:
    """The first question of each category, so that the page shows the breadth of what can be asked."""
    first: dict[str, str] = {}
    for entry in shop.entries:
        if entry.active and entry.category not in first:
            first[entry.category] = entry.question
    return list(first.items())[:TOPICS]
