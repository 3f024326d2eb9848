"""Files made at the moment of sending: the report's picture and workbook, and the export."""

import asyncio
import json
import logging
import secrets
from datetime import tzinfo
from pathlib import Path
from typing import Any

from care import exports, kpi, settings
from care.kpi import Overview
from care.levels import LEVELS
from storage import exports as stored
from storage.database import Database, Row

from . import i18n
from .channel import Tools

log = logging.getLogger(__name__)

COLOURS = ("#b3261e", "#e2725b", "#d9b44a", "#7aa874", "#3f8f6b", "#1f6f54")  # levels 1 to 6
FOLDER = "reports"


async def files(tools: Tools, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a report or export as media with a `path`; a picture only where charts are installed."""
    if wanted["kind"] == "export":
        return [await _export(tools)]
    return await _report(tools, int(wanted["days"]), str(wanted.get("language", "vi")))


async def _report(tools: Tools, days: int, language: str) -> list[dict[str, Any]]:
    async def look(db: Database) -> Overview:
        shop = await settings.load(db)
        now = tools.clock.now()
        return await kpi.overview(db, shop, kpi.last_days(days, now, kpi.zone_of(shop)), now)

    seen = await tools.engine.read(look)
    folder = tools.settings.media_dir / FOLDER
    name = f"{seen.period.first:%Y-%m-%d}-{seen.period.last:%Y-%m-%d}"
    made = []
    if (picture := await asyncio.to_thread(chart, seen, language)) is not None:
        made.append(await _kept(folder, "image", f"cham-{name}.png", picture))
    path = folder / f"{secrets.token_hex(8)}.xlsx"
    await asyncio.to_thread(_workbook, path, seen, language)
    made.append({"kind": "file", "name": f"cham-{name}.xlsx", "path": str(path)})
    return made


def chart(seen: Overview, language: str) -> bytes | None:
    """Levels per day, and the share of successes over seven days. None: charts are not installed."""
    try:
        import vl_convert  # type: ignore[import-not-found,unused-ignore]  # an extra
    except ImportError:
        log.info("no picture: charts are not installed")
        return None
    _ = i18n.catalog(language).gettext
    picture: bytes = vl_convert.vegalite_to_png(json.dumps(_spec(seen, _)), scale=2)
    return picture


def _spec(seen: Overview, _: Any) -> dict[str, Any]:
    names = [f"{one.number} {_(one.button)}" for one in LEVELS]
    bars = [
        {"day": day.day.isoformat(), "level": names[at], "n": n, "order": at}
        for day in seen.days
        for at, n in enumerate(day.mix.levels)
    ]
    line = [{"day": day.day.isoformat(), "csat": day.csat} for day in seen.days if day.csat is not None]
    x = {"field": "day", "type": "temporal", "title": None, "timeUnit": "yearmonthdate", "axis": {"format": "%d/%m"}}
    stack = {
        "data": {"values": bars},
        "mark": "bar",
        "encoding": {
            "x": x,
            "y": {"field": "n", "type": "quantitative", "title": _("ratings")},
            "color": {"field": "level", "type": "nominal", "scale": {"domain": names, "range": list(COLOURS)},
                      "title": _("level")},
            "order": {"field": "order"},
        },
    }  # fmt: skip
    share = {
        "data": {"values": line},
        "mark": {"type": "line", "color": "#333", "point": True},
        "encoding": {"x": x, "y": {"field": "csat", "type": "quantitative", "title": "CSAT",
                                   "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}},
    }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 640, "height": 300, "background": "white",
        "layer": [stack, share], "resolve": {"scale": {"y": "independent"}},
    }  # fmt: skip


def _workbook(path: Path, seen: Overview, language: str) -> None:
    _ = i18n.catalog(language).gettext
    path.parent.mkdir(parents=True, exist_ok=True)
    book = exports.Workbook(str(path), seen.period.zone)
    book.sheet(_("days"), [_("day"), *(str(one.number) for one in LEVELS), "CSAT"])
    for day in seen.days:
        book.add([day.day.isoformat(), *day.mix.levels, None if day.csat is None else round(day.csat, 3)])
    book.sheet(_("touchpoints"), [_("touchpoint"), _("asked"), _("ratings"), *(str(one.number) for one in LEVELS)])
    for one in seen.touchpoints:
        book.add([one.title, one.asked, one.mix.total, *one.mix.levels])
    book.sheet(_("root causes"), [_("root cause"), _("cases")])
    for cause, count in seen.root_causes:
        book.add([cause, count])
    book.close()


async def _export(tools: Tools) -> dict[str, Any]:
    shop = await tools.engine.read(settings.load)
    zone: tzinfo = kpi.zone_of(shop)
    now = tools.clock.now().astimezone(zone)
    path = tools.settings.media_dir / FOLDER / f"{secrets.token_hex(8)}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book = exports.Workbook(str(path), zone)
    for table in stored.TABLES:
        names = stored.columns(table)
        book.sheet(table, names)
        after: int | str | None = None
        while rows := await tools.engine.read(lambda db: stored.piece(db, table, after)):  # noqa: B023
            await asyncio.to_thread(_add, book, names, rows)
            after = rows[-1]["id"]
    await asyncio.to_thread(book.close)
    return {"kind": "file", "name": f"cham-{now:%Y-%m-%d}.xlsx", "path": str(path)}


def _add(book: exports.Workbook, names: list[str], rows: list[Row]) -> None:
    for row in rows:
        book.add([row[name] for name in names])


async def _kept(folder: Path, kind: str, name: str, data: bytes) -> dict[str, Any]:
    path = folder / f"{secrets.token_hex(8)}{Path(name).suffix}"

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    await asyncio.to_thread(write)
    return {"kind": kind, "name": name, "path": str(path)}


def discard(made: list[dict[str, Any]]) -> None:
    """Nothing of a report stays behind once it is sent."""
    for one in made:
        Path(one["path"]).unlink(missing_ok=True)
