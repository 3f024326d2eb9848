"""The FAQ in and out of files: a dry run that shows every change and every wrong row, then all or nothing."""

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

import msgspec
import yaml
from aiohttp import BodyPartReader, web

from bot.web import pages
from bot.web.dashboard_page import go, owners, page, read, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care import exports, kpi
from care.faq import editing, importing
from care.faq.importing import Plan, Row
from care.settings import NotNow
from care.shop import Shop, ShopFileError
from care.shop_yaml import SIZE_LIMIT
from storage import audit, faq
from storage.database import Database
from storage.records import FaqEntry

PLACE = "/dashboard/faq/files"
KEPT = 8  # files between dry run and import
KEPT_FOR = timedelta(minutes=20)
TYPES = {
    "yaml": "application/yaml",
    "csv": "text/csv",
    "xlsx": exports.XLSX,
}


@dataclass(frozen=True)
class Waiting:
    """A file that was read and waits for the owner's word; `wrong` says why it cannot be used."""

    staff_id: int
    name: str
    until: datetime
    rows: tuple[Row, ...] = ()
    remove_others: bool = False
    wrong: ShopFileError | None = None


FILES = web.AppKey("faq_files", OrderedDict[str, Waiting])


@owners
async def files(request: web.Request) -> web.StreamResponse:
    """`/dashboard/faq/files`: take a file out or bring one in; `?file=` shows what it would change."""
    shop, known = await read(request, lambda db: _look(request, db))
    token = request.query.get("file", "")
    waiting = _waiting(request, token)
    planned = None
    if waiting is not None and waiting.wrong is None:
        rows, others = waiting.rows, waiting.remove_others
        planned = await asyncio.to_thread(importing.plan, shop, known, rows, remove_others=others)
    return _page(request, shop, token, waiting, planned)


async def _look(request: web.Request, db: Database) -> tuple[Shop, list[FaqEntry]]:
    return await request.app[HOUSE].house.shop(db), await faq.entries(db, only_active=False)


def _page(request: web.Request, shop: Shop, token: str, waiting: Waiting | None, planned: Plan | None) -> web.Response:
    _ = pages.texts_of(request).gettext
    wrong = [(one.number, one.error.field, _(one.error.message) % one.error.params) for one in _wrong(planned)]
    broken = waiting.wrong.say(_) if waiting and waiting.wrong else ""
    status = 422 if broken or wrong else 200
    return page(
        request, "faq_files.html", shop, status=status, token_=token, waiting=waiting, plan=planned, wrong=wrong,
        broken=broken, is_gone=bool(token) and waiting is None,
    )  # fmt: skip


def _wrong(planned: Plan | None) -> tuple[importing.Wrong, ...]:
    return () if planned is None else planned.wrong


def _waiting(request: web.Request, token: str) -> Waiting | None:
    found = request.app[FILES].get(token)
    fits = found is not None and found.staff_id == staff_id(request) and found.until > request.app[HOUSE].now()
    return found if fits else None


@owners
async def upload(request: web.Request) -> web.StreamResponse:
    """Read a file; nothing is changed yet."""
    name, data, remove_others = await _received(request)
    wrong, rows = None, []
    try:
        rows = await asyncio.to_thread(importing.rows_of, name, data)
    except ShopFileError as error:
        wrong = error
    token, kept = secrets.token_urlsafe(16), request.app[FILES]
    until = request.app[HOUSE].now() + KEPT_FOR
    kept[token] = Waiting(staff_id(request), name[:120], until, tuple(rows), remove_others, wrong)
    while len(kept) > KEPT:
        kept.popitem(last=False)
    return go(PLACE, file=token)


async def _received(request: web.Request) -> tuple[str, bytes, bool]:
    name, data, remove_others = "", b"", False
    if not request.content_type.startswith("multipart/"):
        raise web.HTTPBadRequest
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            name, data = part.filename or "", bytes(await _limited(part))
        elif isinstance(part, BodyPartReader) and part.name == "remove_others":
            remove_others = (await part.text()) == "1"
    return name, data, remove_others


async def _limited(part: BodyPartReader) -> bytearray:
    """At most a little more than the limit: whoever reads the file says that it is too large."""
    data = bytearray()
    while len(data) <= SIZE_LIMIT and (chunk := await part.read_chunk(65_536)):
        data += chunk
    return data


@owners
async def apply(request: web.Request) -> web.StreamResponse:
    """Do what the dry run showed."""
    form, house = await request.post(), request.app[HOUSE]
    token = str(form.get("file", ""))
    waiting = _waiting(request, token)
    if waiting is None:
        return go(PLACE, file=token or "gone")
    shop, known = await read(request, lambda db: _look(request, db))
    rows, others = waiting.rows, waiting.remove_others
    planned = await asyncio.to_thread(importing.plan, shop, known, rows, remove_others=others)
    if not planned.is_ready:
        return _page(request, shop, token, waiting, planned)
    try:
        await write(request, lambda db: importing.carry_out(db, planned, staff_id(request), house.now()))
    except NotNow:
        return go(PLACE, file=token)  # somebody changed an entry meanwhile: show anew what would happen
    del request.app[FILES][token]
    return go("/dashboard/faq", done="imported")


@owners
async def export(request: web.Request) -> web.StreamResponse:
    """The FAQ as YAML, CSV or XLSX."""
    form, house = await request.post(), request.app[HOUSE]
    kind = str(form.get("kind", "yaml"))
    if kind not in TYPES:
        raise web.HTTPNotFound
    shop, known = await read(request, lambda db: _look(request, db))
    body = await asyncio.to_thread(_written, kind, shop, known)
    now, by = house.now(), staff_id(request)

    async def note(db: Database) -> None:
        await audit.add(db, at=now, staff_id=by, action="faq.export", subject="faq", detail={"kind": kind})

    await write(request, note)
    name = f"faq-{now.astimezone(kpi.zone_of(shop)):%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=TYPES[kind], headers=headers)


def _written(kind: str, shop: Shop, known: list[FaqEntry]) -> bytes:
    entries = [editing.shop_entry(row) for row in known]
    if kind == "yaml":
        values = {"entries": [msgspec.to_builtins(one) for one in entries]}
        return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=110).encode()
    if kind == "csv":
        return exports.csv_text([importing.COLUMNS, *importing.table(entries)], kpi.zone_of(shop))
    file = BytesIO()
    book = exports.Workbook(file, kpi.zone_of(shop))
    book.sheet("FAQ", importing.COLUMNS)
    for row in importing.table(entries):
        book.add(row)
    book.close()
    return file.getvalue()


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app[FILES] = OrderedDict()
    app.router.add_get(PLACE, files)
    app.router.add_post(PLACE, upload)
    app.router.add_post("/dashboard/faq/import", apply)
    app.router.add_post("/dashboard/faq/export", export)
