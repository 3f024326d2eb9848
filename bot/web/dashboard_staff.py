"""Who works here: take people on, hand out sign-in links, change roles, sign people out."""

from typing import Any

from aiohttp import web

from bot.web.dashboard_page import go, owners, page, read, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care import logins
from care.shop import Shop
from care.text import clean
from storage import audit, staff
from storage import logins as stored_logins
from storage.database import Database
from storage.records import Staff

PLACE = "/dashboard/staff"
NAME_LIMIT = 60  # characters
ROLES = ("staff", "owner")
LANGUAGES = ("vi", "en")


@owners
async def people(request: web.Request) -> web.StreamResponse:
    """`/dashboard/staff`."""
    return await _page(request)


async def _page(request: web.Request, link: str = "", link_for: str = "") -> web.Response:
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, list[Staff], dict[int, int]]:
        everybody = await staff.everybody(db)
        now = house.now()
        sessions = {one.id: len(await stored_logins.open_sessions(db, one.id, now)) for one in everybody if one.active}
        return await house.house.shop(db), everybody, sessions

    shop, everybody, sessions = await read(request, look)
    return page(
        request,
        "staff.html",
        shop,
        people=sorted(everybody, key=lambda one: (not one.active, one.id)),
        sessions=sessions,
        link=link,
        link_for=link_for,
        me=staff_id(request),
        minutes=int(logins.LINK_LIFE.total_seconds() // 60),
    )


@owners
async def hire(request: web.Request) -> web.StreamResponse:
    """Take on a colleague."""
    form, now = await request.post(), request.app[HOUSE].now()
    name = " ".join(clean(str(form.get("name", "")), NAME_LIMIT).split())
    role, language = str(form.get("role", "staff")), str(form.get("language", "vi"))
    if not name or role not in ROLES or language not in LANGUAGES:
        return go(PLACE)

    async def work(db: Database) -> None:
        person = await staff.add(db, name, role, now, language=language)
        await _note(db, request, "staff.add", person.id, name=name, role=role)

    await write(request, work)
    return go(PLACE, done="hired")


@owners
async def link(request: web.Request) -> web.StreamResponse:
    """Make a sign-in link. It is shown on this page once and kept nowhere."""
    person = await _person(request)
    now = request.app[HOUSE].now()

    async def work(db: Database) -> str:
        await _note(db, request, "staff.link", person.id)
        return await logins.new_link(db, person.id, now, page="dashboard" if person.role == "owner" else "desk")

    if not person.active:
        raise web.HTTPNotFound
    secret = await write(request, work)
    base = request.app[HOUSE].public_url.rstrip("/") or f"{request.scheme}://{request.host}"
    return await _page(request, f"{base}/login/{secret}", person.name)


@owners
async def change(request: web.Request) -> web.StreamResponse:
    """Change a role, the lead, the language; let somebody go or come back; sign somebody out everywhere."""
    form, person, now = await request.post(), await _person(request), request.app[HOUSE].now()
    act = str(form.get("act", ""))
    wanted = _wanted(act, form)
    if wanted is None and act != "sign_out":
        raise web.HTTPNotFound

    async def work(db: Database) -> str:
        if wanted is not None and await _is_last_owner(db, person, wanted):
            return "last_owner"
        if act == "sign_out":
            await logins.sign_out_everywhere(db, person.id, now)
        else:
            await staff.change(db, person.id, **(wanted or {}))
        if act in ("leave", "role"):
            await logins.sign_out_everywhere(db, person.id, now)
        await _note(db, request, f"staff.{act}", person.id, **(wanted or {}))
        return {"leave": "left", "return": "back", "sign_out": "signed_out"}.get(act, "saved")

    done = await write(request, work)
    return go(PLACE, done=done)


def _wanted(act: str, form: Any) -> dict[str, Any] | None:
    role, language = str(form.get("role", "")), str(form.get("language", ""))
    match act:
        case "role" if role in ROLES:
            return {"role": role}
        case "language" if language in LANGUAGES:
            return {"language": language}
        case "lead":
            return {"lead": form.get("lead") == "1"}
        case "leave" | "return":
            return {"active": act == "return"}
        case _:
            return None


async def _is_last_owner(db: Database, person: Staff, wanted: dict[str, Any]) -> bool:
    """Whether nobody could open these pages any more."""
    stays = wanted.get("role", person.role) == "owner" and wanted.get("active", person.active)
    owners_now = [one for one in await staff.all_active(db) if one.role == "owner"]
    return not stays and [one.id for one in owners_now] == [person.id]


async def _person(request: web.Request) -> Staff:
    text = request.match_info["id"]
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0
    person: Staff | None = await read(request, lambda db: staff.get(db, number))
    if person is None:
        raise web.HTTPNotFound
    return person


async def _note(db: Database, request: web.Request, action: str, subject: int, **detail: Any) -> None:
    at, by = request.app[HOUSE].now(), staff_id(request)
    await audit.add(db, at=at, staff_id=by, action=action, subject=f"staff:{subject}", detail=detail)


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get(PLACE, people)
    app.router.add_post(PLACE, hire)
    app.router.add_post(PLACE + "/{id}/link", link)
    app.router.add_post(PLACE + "/{id}", change)
