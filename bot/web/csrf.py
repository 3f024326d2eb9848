"""Requests that change something must come from our own pages: right origin, and the session's token.

Paths in `WITHOUT_COOKIES` prove who they are in another way and must never look at the session.
"""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.web.house import HOUSE, LOGIN

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_COOKIES = ("/chat/", "/webhooks/", "/api/")
FIELD = "csrf"
HEADER = "X-CSRF-Token"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_ours(request: web.Request) -> bool:
    """The browser says that one of our own pages sends this. A browser that says nothing is refused."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None:
        return site is not None
    return origin.lower() == request.app[HOUSE].origin or urlsplit(origin).netloc.lower() == request.host.lower()


async def has_token(request: web.Request, expected: str) -> bool:
    """The session's token came along: as a header, or in a form that is not a file upload."""
    given = request.headers.get(HEADER, "")
    if not given and request.content_type == "application/x-www-form-urlencoded":
        given = str((await request.post()).get(FIELD, ""))
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


@web.middleware
async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site made the browser send."""
    if request.method in SAFE or request.path.startswith(WITHOUT_COOKIES):
        return await handler(request)
    if not is_ours(request):
        raise web.HTTPForbidden(reason="foreign origin")
    login = request.get(LOGIN)
    signing_in = request.path.startswith("/login/")  # the link's secret is the proof
    if login is not None and not signing_in and not await has_token(request, login.session.csrf):
        raise web.HTTPForbidden(reason="missing token")
    return await handler(request)
