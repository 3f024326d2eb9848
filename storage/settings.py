"""The shop's live settings by section, the history of their changes, and version numbers of what is cached."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.records import Record, from_json, to_json, to_ms


@dataclass(frozen=True, slots=True)
class Change(Record):
    """One change of a section; `before` and `after` are JSON texts."""

    id: int
    section: str
    before: str
    after: str
    staff_id: int | None
    at: datetime
    undone_at: datetime | None


async def version(db: Database, name: str = "settings") -> int:
    """The number of what is stored now; 0 before anything was."""
    row = await db.one("SELECT number FROM versions WHERE name = :name", {"name": name})
    return 0 if row is None else int(row["number"])


async def renew(db: Database, name: str = "settings") -> int:
    """Give what is stored a new number. Random, so that caches of a process never mix up two databases."""
    number = secrets.randbits(53)
    await db.execute(
        """
        INSERT INTO versions (name, number) VALUES (:name, :number)
        ON CONFLICT (name) DO UPDATE SET number = excluded.number
        """,
        {"name": name, "number": number},
    )
    db.touch(name, 0)
    return number


async def sections(db: Database) -> dict[str, Any]:
    """Every section with its value."""
    return {row["section"]: from_json(row["value"]) for row in await db.query("SELECT section, value FROM settings")}


async def section(db: Database, name: str) -> str | None:
    """The JSON text of a section."""
    row = await db.one("SELECT value FROM settings WHERE section = :section", {"section": name})
    return None if row is None else str(row["value"])


async def put(db: Database, name: str, value: Any) -> None:
    """Keep a section. Call `renew` when all are kept."""
    await db.execute(
        """
        INSERT INTO settings (section, value) VALUES (:section, :value)
        ON CONFLICT (section) DO UPDATE SET value = excluded.value
        """,
        {"section": name, "value": to_json(value)},
    )


async def add_change(db: Database, name: str, before: str, after: str, staff_id: int | None, at: datetime) -> Change:
    """Write a change down."""
    row = await db.one(
        """
        INSERT INTO settings_changes (section, before, after, staff_id, at)
        VALUES (:section, :before, :after, :staff_id, :at) RETURNING *
        """,
        {"section": name, "before": before, "after": after, "staff_id": staff_id, "at": to_ms(at)},
    )
    if row is None:
        raise LookupError("a change was not kept")
    return Change.of(row)


async def change(db: Database, change_id: int) -> Change | None:
    """A change by its number."""
    row = await db.one("SELECT * FROM settings_changes WHERE id = :id", {"id": change_id})
    return None if row is None else Change.of(row)


async def changes(db: Database, limit: int = 50) -> list[Change]:
    """The newest changes."""
    rows = await db.query("SELECT * FROM settings_changes ORDER BY id DESC LIMIT :limit", {"limit": limit})
    return [Change.of(row) for row in rows]


async def mark_undone(db: Database, change_id: int, at: datetime) -> bool:
    """Remember that a change was taken back. False: it was before."""
    sql = "UPDATE settings_changes SET undone_at = :at WHERE id = :id AND undone_at IS NULL"
    return await db.execute(sql, {"id": change_id, "at": to_ms(at)}) == 1
