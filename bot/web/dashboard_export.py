"""The audit log, and everything the shop keeps as one file for its owner."""

import asyncio
import tempfile
import zipfile
from collections.abc import Callable
from datetime import tzinfo
from io import TextIOWrapper
from typing import Any, BinaryIO

from aiohttp import web

from bot.web import dashboard_texts as texts
from bot.web.dashboard_page import owners, page, read, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care import exports, kpi
from care.shop import Shop
from storage import audit as stored_audit
from storage import exports as stored
from storage import staff
from storage.database import Database, Row
from storage.records import AuditEntry

AUDIT_PAGE = 100
CHUNK = 256 * 1024  # bytes
KINDS = {"csv": ("zip", "application/zip"), "xlsx": ("xlsx", exports.XLSX)}

Piece = Callable[[list[Row]], None]


@owners
async def audit(request: web.Request) -> web.StreamResponse:
    """`/dashboard/audit`: who did what, newest first."""
    text = request.query.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else None
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, list[AuditEntry], dict[int, str]]:
        people = {one.id: one.name for one in await staff.everybody(db)}
        return await house.house.shop(db), await stored_audit.newest(db, AUDIT_PAGE, before), people

    shop, entries, people = await read(request, look)
    return page(
        request,
        "audit.html",
        shop,
        entries=entries,
        people=people,
        actions=texts.ACTIONS,
        older=entries[-1].id if len(entries) == AUDIT_PAGE else None,
        newer=before is not None,
    )


@owners
async def export(request: web.Request) -> web.StreamResponse:
    """`/dashboard/export`."""
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, dict[str, int]]:
        return await house.house.shop(db), {name: await stored.count(db, name) for name in stored.TABLES}

    shop, counts = await read(request, look)
    return page(request, "export.html", shop, counts=counts, names=texts.TABLES)


@owners
async def download(request: web.Request) -> web.StreamResponse:
    """Everything as CSV files in a zip, or as one workbook. Written down in the audit log before it goes out."""
    form, house = await request.post(), request.app[HOUSE]
    kind = str(form.get("kind", "csv"))
    if kind not in KINDS:
        raise web.HTTPNotFound
    now, by = house.now(), staff_id(request)

    async def note(db: Database) -> None:
        await stored_audit.add(db, at=now, staff_id=by, action="export", subject="all", detail={"kind": kind})

    await write(request, note)
    zone = kpi.zone_of(await read(request, house.house.shop))
    ending, content_type = KINDS[kind]
    headers = {"Content-Disposition": f'attachment; filename="cham-{now.astimezone(zone):%Y-%m-%d}.{ending}"'}
    response = web.StreamResponse(headers={"Content-Type": content_type, **headers})
    with tempfile.TemporaryFile() as file:
        await (_csv if kind == "csv" else _xlsx)(request, file, zone)
        file.seek(0)
        await response.prepare(request)
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            await response.write(chunk)
    return response


async def _pieces(request: web.Request, table: str, take: Piece) -> None:
    """Read a table piece by piece, so that no snapshot is held for long, and hand each piece on in a thread."""
    after: int | str | None = None
    while rows := await read(request, lambda db: stored.piece(db, table, after)):  # noqa: B023
        await asyncio.to_thread(take, rows)
        after = rows[-1]["id"]


async def _csv(request: web.Request, file: BinaryIO, zone: tzinfo) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for table in stored.TABLES:
            names = stored.columns(table)
            with TextIOWrapper(packed.open(f"{table}.csv", "w"), "utf-8", newline="") as out:
                out.write(exports.BOM + "".join(exports.csv_lines([names], zone)))
                await _pieces(request, table, lambda rows: _write_csv(out, names, rows, zone))  # noqa: B023


def _write_csv(out: TextIOWrapper, names: list[str], rows: list[Row], zone: tzinfo) -> None:
    for line in exports.csv_lines(([row[name] for name in names] for row in rows), zone):
        out.write(line)


async def _xlsx(request: web.Request, file: BinaryIO, zone: tzinfo) -> None:
    book = exports.Workbook(file, zone)
    for table in stored.TABLES:
        names = stored.columns(table)
        book.sheet(table, names)
        await _pieces(request, table, lambda rows: _write_xlsx(book, names, rows))  # noqa: B023
    await asyncio.to_thread(book.close)


def _write_xlsx(book: exports.Workbook, names: list[str], rows: list[dict[str, Any]]) -> None:
    for row in rows:
        book.add([row[name] for name in names])


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard/audit", audit)
    app.router.add_get("/dashboard/export", export)
    app.router.add_post("/dashboard/export", download)
