"""One application for all rooms: who is signed in, protection, errors a person can read, static files."""

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress

from aiohttp import web

from bot.web import csrf, pages, signin
from bot.web.house import HOUSE, HUB, STATIC, TEMPLATES, WebHouse
from bot.web.live import Hub
from bot.web.static_files import StaticFiles
from storage.database import StorageError

__all__ = ["HOUSE", "HUB", "STATIC", "WebHouse", "make_app"]

log = logging.getLogger(__name__)

Room = Callable[[web.Application, WebHouse], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not "no-referrer": browsers would then send forms with the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}


def make_app(house: WebHouse, rooms: Sequence[Room] = ()) -> web.Application:
    """The web application with signing in and static files; each room adds its own routes."""
    app = web.Application(
        middlewares=[explain_errors, signin.recognise, csrf.protect], client_max_size=house.media_limit + 64 * 1024
    )
    app[HOUSE] = house
    app[STATIC] = StaticFiles()
    app[TEMPLATES] = pages.environment()
    app[HUB] = Hub(house.engine, house.now)
    app.on_response_prepare.append(_harden)
    app.cleanup_ctx.append(_live)
    app.on_shutdown.append(_close_streams)
    app.router.add_get("/static/{name}", app[STATIC].serve)
    for room in (signin.add_routes, *rooms):
        room(app, house)
    return app


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer carries the headers; a room that needs others sets its own before."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[HOUSE].is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


async def _live(app: web.Application) -> AsyncIterator[None]:
    app[HUB].start()
    yield
    await app[HUB].stop()


async def _close_streams(app: web.Application) -> None:
    """Before the server waits for open requests: streams would keep it waiting."""
    await app[HUB].stop()


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors with a sentence for people, and give unexpected ones a number that is in the log."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or request.path.startswith(csrf.WITHOUT_COOKIES):
            raise
        return _error(request, error.status)
    except StorageError:  # overloaded, or the disk is full
        return _error(request, 503)
    except ConnectionResetError:  # the browser went away: nobody is left to answer
        raise
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("request failed, reference %s", reference)
        return _error(request, 500, reference)


def _error(request: web.Request, status: int, reference: str = "") -> web.Response:
    title, advice = error_texts(request, status)
    if pages.wants_json(request):
        return web.json_response({"ok": False, "text": f"{title} {advice}", "reference": reference}, status=status)
    with suppress(Exception):
        return pages.html(
            request, "error.html", status=status, code=status, title=title, advice=advice, reference=reference
        )
    return web.Response(text=f"{title} {advice}", status=status)


def error_texts(request: web.Request, status: int) -> tuple[str, str]:
    """What happened and what to do, in the reader's language."""
    _ = pages.texts_of(request).gettext
    match status:
        case 401:
            return _("You are signed out."), _("Ask for a new sign-in link to go on.")
        case 403:
            return _("This was not sent from a page of ours."), _("Reload the page and try again.")
        case 404:
            return _("There is nothing here."), _("It may have been closed, or you may not be allowed to see it.")
        case 405:
            return _("This address does not work that way."), _("Go back and use the buttons on the page.")
        case 413:
            return _("That file is too large."), _("Send a smaller one.")
        case 429 | 503:
            return _("Too much is going on right now."), _("Please try again in a moment.")
        case _ if status < 500:
            return _("Something in the request is not right."), _("Reload the page and try again.")
        case _:
            return _("Something went wrong on our side."), _("Nothing was lost. Please try again in a moment.")
