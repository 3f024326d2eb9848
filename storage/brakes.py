"""The owner's brakes: "paused" holds what the bot sends by itself, "stopped" everything to customers."""

from datetime import datetime

from storage.database import Database
from storage.records import to_ms

REASONS = {"paused": "paused by the owner", "stopped": "stopped by the owner"}


async def pulled(db: Database) -> frozenset[str]:
    """The brakes that are on."""
    rows = await db.query("SELECT name FROM versions WHERE name IN ('paused', 'stopped')")
    return frozenset(str(row["name"]) for row in rows)


async def pull(db: Database, name: str, at: datetime) -> bool:
    """Put a brake on. False: it was on."""
    sql = "INSERT INTO versions (name, number) VALUES (:name, :at) ON CONFLICT (name) DO NOTHING"
    return await db.execute(sql, {"name": name, "at": to_ms(at)}) == 1


async def release(db: Database, name: str, at: datetime) -> int:
    """Take it off; what it held may go now. Returns how many messages waited."""
    await db.execute("DELETE FROM versions WHERE name = :name", {"name": name})
    waited = await db.execute(
        "UPDATE outbox SET due_at = :at, reason = '' WHERE state = 'ready' AND reason = :reason",
        {"at": to_ms(at), "reason": REASONS[name]},
    )
    db.touch("outbox", 0)
    return waited
