"""What colleagues do at the desk. Forms work without a script too: then they lead back to the case."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import BodyPartReader, web

from bot.media import ACCEPTED, MediaStore, UnwantedFile
from bot.web import pages
from bot.web.house import HOUSE, WebHouse
from bot.web.signin import login_of, signed_in
from care import access, customers
from care.text import clean
from handlers.dispatch import staff_acts
from handlers.messages import Media
from handlers.staff import Refused
from storage import attachments, clocks, conversations
from storage.database import Database
from storage.records import Case

TEXT_LIMIT = 4000  # characters of one reply
FILES_LIMIT = 10
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

Form = Mapping[str, Any]
Arguments = dict[str, Any]
Reader = Callable[[web.Request, Form], Awaitable[Arguments]]


class Unusable(Exception):
    """Something in the form cannot be used; the text is for the colleague, in their language."""


def _texts(request: web.Request) -> Callable[[str], str]:
    return pages.texts_of(request).gettext


def _text(request: web.Request, form: Form, name: str = "text", *, required: bool = True) -> str:
    _ = _texts(request)
    text = clean(str(form.get(name, ""))).strip()
    if required and not text:
        raise Unusable(_("There is nothing written yet."))
    if len(text) > TEXT_LIMIT:
        raise Unusable(_("This is too long: at most %(limit)s characters.") % {"limit": TEXT_LIMIT})
    return text


def _id(request: web.Request, form: Form, name: str) -> int:
    _, text = _texts(request), str(form.get(name, ""))
    if not (text.isascii() and text.isdecimal() and len(text) < 17):
        raise Unusable(_("Choose one from the list."))
    return int(text)


async def _nothing(request: web.Request, form: Form) -> Arguments:
    return {}


async def _transfer(request: web.Request, form: Form) -> Arguments:
    return {"to_staff_id": _id(request, form, "to")}


async def _resolve(request: web.Request, form: Form) -> Arguments:
    _, root = _texts(request), clean(str(form.get("root_cause", ""))).strip()
    if not root:
        raise Unusable(_("Choose why this case came up: the shop learns from it."))
    return {"root_cause": root, "note": _text(request, form, "note", required=False)}


async def _note(request: web.Request, form: Form) -> Arguments:
    return {"text": _text(request, form)}


async def _reply(request: web.Request, form: Form) -> Arguments:
    media = await _media(request, form)
    return {"text": _text(request, form, required=not media), "media": media, "client_id": _client_id(form)}


def _client_id(form: Form) -> str | None:
    """The number of this very form: sent twice, it counts once."""
    given = str(form.get("client_id", ""))
    return given if TOKEN.fullmatch(given) else None


async def _promise(request: web.Request, form: Form) -> Arguments:
    return {"due": await _time(request, form, "due"), "note": _text(request, form, "note", required=False)}


async def _schedule(request: web.Request, form: Form) -> Arguments:
    return {"text": _text(request, form), "at": await _time(request, form, "at"), "client_id": _client_id(form)}


async def _line(request: web.Request, form: Form) -> Arguments:
    return {"line_id": _id(request, form, "line_id")}


async def _teach(request: web.Request, form: Form) -> Arguments:
    return {"line_id": _id(request, form, "line_id"), "entry_id": _text(request, form, "entry_id")}


async def _clock(request: web.Request, form: Form) -> Arguments:
    return {"clock_id": _id(request, form, "clock_id")}


async def _time(request: web.Request, form: Form, name: str) -> datetime:
    """A local time such as 2026-11-24T17:00, in the shop's time zone; it must lie ahead."""
    house, _ = request.app[HOUSE], _texts(request)
    shop = await house.engine.read(house.house.shop)
    try:
        local = datetime.fromisoformat(str(form.get(name, "")))
        at = local.replace(tzinfo=local.tzinfo or ZoneInfo(shop.timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unusable(_("Choose a day and an hour.")) from None
    if at <= house.now():
        raise Unusable(_("This time has already passed. Choose a later one."))
    return at


async def _media(request: web.Request, form: Form) -> tuple[Media, ...]:
    """The uploaded files that go with a reply, in order."""
    tokens = [token for token in str(form.get("files", "")).split(",") if TOKEN.fullmatch(token)][:FILES_LIMIT]
    if not tokens:
        return ()

    async def look(db: Database) -> list[Media]:
        found = [await attachments.by_token(db, token) for token in tokens]
        return [Media(one.kind, one.token, one.name, one.mime, one.size) for one in found if one is not None]

    return tuple(await request.app[HOUSE].engine.read(look))


CASE_ACTS: dict[str, Reader] = {
    "claim": _nothing,
    "transfer": _transfer,
    "release": _nothing,
    "pending": _nothing,
    "resolve": _resolve,
    "reopen": _nothing,
    "promise": _promise,
    "schedule": _schedule,
    "reply": _reply,
    "note": _note,
    "teach": _teach,
}
CLOCK_ACTS: dict[str, Reader] = {"kept": _clock}
LINE_ACTS: dict[str, Reader] = {"recall": _line, "send_again": _line}


@signed_in
async def act(request: web.Request) -> web.StreamResponse:
    """`POST /desk/case/<id>/<act>`: do it, or say why not."""
    name, case_id = request.match_info["act"], _case_id(request)
    reader = (CASE_ACTS | LINE_ACTS | CLOCK_ACTS).get(name)
    if reader is None or await _case(request, case_id) is None:
        raise web.HTTPNotFound
    try:
        arguments = await reader(request, await request.post())
        if name in LINE_ACTS:
            await _is_of(request, case_id, arguments["line_id"])
        elif name in CLOCK_ACTS:
            await _runs_in(request, case_id, arguments["clock_id"])
        else:
            arguments["case_id"] = case_id
        await _do(request, name, arguments)
    except (Refused, Unusable) as error:
        return _refused(request, case_id, str(error))
    return _done(request, case_id)


async def _do(request: web.Request, name: str, arguments: Arguments) -> None:
    house, staff = request.app[HOUSE], login_of(request).staff
    await house.engine.write(lambda db: staff_acts(house.house, db, house.now(), staff.id, name, arguments))


async def _case(request: web.Request, case_id: int) -> Case | None:
    staff = login_of(request).staff
    return await request.app[HOUSE].engine.read(lambda db: access.access_case(db, staff, case_id))


async def _is_of(request: web.Request, case_id: int, line_id: int) -> None:
    """A line is acted on only through a case of its own thread. Raises 404."""
    case = await _case(request, case_id)
    line = await request.app[HOUSE].engine.read(lambda db: conversations.line(db, line_id))
    if case is None or line is None or line.conversation_id != case.conversation_id:
        raise web.HTTPNotFound


async def _runs_in(request: web.Request, case_id: int, clock_id: int) -> None:
    """A promise is settled only through its own case. Raises 404."""
    clock = await request.app[HOUSE].engine.read(lambda db: clocks.get(db, clock_id))
    if clock is None or clock.case_id != case_id:
        raise web.HTTPNotFound


def _case_id(request: web.Request) -> int:
    text = request.match_info["case"]
    if not (text.isascii() and text.isdecimal() and len(text) < 17):
        raise web.HTTPNotFound
    return int(text)


def _done(request: web.Request, case_id: int) -> web.StreamResponse:
    if pages.wants_json(request):
        return web.json_response({"ok": True})
    raise web.HTTPSeeOther(f"/desk/case/{case_id}")


def _refused(request: web.Request, case_id: int, text: str) -> web.StreamResponse:
    if pages.wants_json(request):
        return web.json_response({"ok": False, "text": text}, status=409)
    return pages.html(request, "desk_refused.html", status=409, text=text, case_id=case_id)


@signed_in
async def correct_card(request: web.Request) -> web.StreamResponse:
    """`POST /desk/case/<id>/customer`: put name, pronoun, phone and remark right."""
    house, staff, case_id = request.app[HOUSE], login_of(request).staff, _case_id(request)
    case = await _case(request, case_id)
    if case is None:
        raise web.HTTPNotFound
    form = await request.post()
    given = customers.Correction(*(str(form.get(name, "")) for name in ("name", "pronoun", "phone", "remark")))
    customer_id = case.customer_id
    try:
        await house.engine.write(lambda db: customers.correct(db, customer_id, given, staff.id, house.now()))
    except customers.WrongValue as error:
        return _refused(request, case_id, _texts(request)(error.message))
    return _done(request, case_id)


@signed_in
async def upload(request: web.Request) -> web.StreamResponse:
    """`POST /desk/upload`: keep one file; its token goes with the reply."""
    house, _ = request.app[HOUSE], _texts(request)
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise web.HTTPBadRequest
    try:
        data = await _read(part, house.media_limit)
        store = MediaStore(house.media_dir, house.engine)
        kept = await store.keep(data, part.filename or "", house.now(), limit=house.media_limit)
    except UnwantedFile as error:
        text = {
            "size": _("That file is too large: at most %(size)s MB.") % {"size": house.media_limit // (1024 * 1024)},
            "type": _("Only pictures, videos, sound and PDF can be sent."),
        }
        return web.json_response({"ok": False, "text": text[error.why]}, status=413 if error.why == "size" else 415)
    return web.json_response({"ok": True, "file": kept.token, "kind": kept.kind, "name": kept.name, "size": kept.size})


async def _read(part: BodyPartReader, limit: int) -> bytes:
    """The file, never more of it in memory than the limit. Raises UnwantedFile."""
    data = bytearray()
    while chunk := await part.read_chunk(65536):
        data += chunk
        if len(data) > limit:
            raise UnwantedFile("size")
    return bytes(data)


@signed_in
async def typing(request: web.Request) -> web.StreamResponse:
    """`POST /desk/case/<id>/typing`: let the customer see that somebody writes, where the channel can."""
    house, case = request.app[HOUSE], await _case(request, _case_id(request))
    if case is None:
        raise web.HTTPNotFound
    if house.show_typing is not None and case.is_active:
        await house.show_typing(case.conversation_id, login_of(request).staff.name)
    return web.json_response({"ok": True})


def add_routes(app: web.Application, house: WebHouse) -> None:
    """What can be done at the desk."""
    app.router.add_post("/desk/upload", upload)
    app.router.add_post("/desk/case/{case}/customer", correct_card)
    app.router.add_post("/desk/case/{case}/typing", typing)
    app.router.add_post("/desk/case/{case}/{act}", act)


ACCEPT = ",".join(ACCEPTED)
