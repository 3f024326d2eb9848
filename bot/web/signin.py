"""Signing in with a one-time link. Looking at the page uses nothing up: chat apps open links for previews."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web

from bot.web import pages
from bot.web.house import HOUSE, LOGIN, WebHouse
from care import logins
from care.logins import Login, SignedIn

AUTOMATIC = "X-Live"  # sent with what a page asks by itself: it does not keep a session from going idle
PAGES = {"desk": "/desk", "dashboard": "/dashboard"}
STATUS = {"used": 410, "expired": 410, "unknown": 404}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def cookie_name(house: WebHouse) -> str:
    """`__Host-` makes browsers insist on https and on this very host."""
    return "__Host-cham" if house.is_https else "cham"


@web.middleware
async def recognise(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who is signed in, and remember that they are there."""
    house = request.app[HOUSE]
    token = request.cookies.get(cookie_name(house), "")
    if token and not request.path.startswith("/static/"):
        login = await house.engine.read(lambda db: logins.login(db, token, house.now()))
        if login is not None:
            request[LOGIN] = login
            await _keep_awake(request, login)
    return await handler(request)


async def _keep_awake(request: web.Request, login: Login) -> None:
    house = request.app[HOUSE]
    if AUTOMATIC not in request.headers and logins.needs_seeing(login, house.now()):
        await house.engine.write(lambda db: logins.seen(db, login, house.now()))


def login_of(request: web.Request) -> Login:
    """Who is signed in, inside a `signed_in` handler."""
    return request[LOGIN]


def signed_in(handler: Handler) -> Handler:
    """Only for staff and owners; others are told how to get in."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.get(LOGIN) is not None:
            return await handler(request)
        if request.method in ("GET", "HEAD") and not pages.wants_json(request):
            raise web.HTTPFound("/login")
        raise web.HTTPUnauthorized

    return guarded


def owner_only(handler: Handler) -> Handler:
    """Only for owners; for anybody else the page does not exist."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not login_of(request).is_owner:
            raise web.HTTPNotFound
        return await handler(request)

    return signed_in(guarded)


async def how_to(request: web.Request) -> web.StreamResponse:
    """Without a link: say where links come from."""
    if (login := request.get(LOGIN)) is not None:
        raise web.HTTPFound("/dashboard" if login.is_owner else "/desk")
    return pages.html(request, "login.html", state="none", staff=None)


async def look(request: web.Request) -> web.StreamResponse:
    """Show a link's page with its one button, or what is wrong with the link."""
    house, secret = request.app[HOUSE], request.match_info["token"]
    state, person = await house.engine.read(lambda db: logins.link_state(db, secret, house.now()))
    return pages.html(request, "login.html", status=STATUS.get(state, 200), state=state, staff=person)


async def enter(request: web.Request) -> web.StreamResponse:
    """The button: use the link up and start a session of this browser, under a new cookie."""
    house, secret = request.app[HOUSE], request.match_info["token"]
    old = request.cookies.get(cookie_name(house), "")
    device = request.headers.get("User-Agent", "")
    done = await house.engine.write(lambda db: logins.sign_in(db, secret, house.now(), device=device, old=old))
    if not isinstance(done, SignedIn):
        return pages.html(request, "login.html", status=STATUS.get(done, 410), state=done, staff=None)
    response = web.Response(status=303, headers={"Location": PAGES.get(done.page, "/desk")})
    set_cookie(response, house, done.token, logins.SESSION_LIFE)
    return response


def set_cookie(response: web.StreamResponse, house: WebHouse, token: str, life: timedelta) -> None:
    """Hand the session's secret to the browser, out of reach of scripts and of other sites' posts."""
    response.set_cookie(
        cookie_name(house),
        token,
        max_age=int(life.total_seconds()),
        path="/",
        httponly=True,
        secure=house.is_https,
        samesite="Lax",
    )


@signed_in
async def leave(request: web.Request) -> web.StreamResponse:
    """Sign out: the session ends in the database, and with it every open stream."""
    house, login = request.app[HOUSE], login_of(request)
    await house.engine.write(lambda db: logins.sign_out(db, login.session.token_hash, house.now()))
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(cookie_name(house), path="/", secure=house.is_https, httponly=True, samesite="Lax")
    return response


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/login", how_to)
    app.router.add_get("/login/{token}", look)
    app.router.add_post("/login/{token}", enter)
    app.router.add_post("/logout", leave)
