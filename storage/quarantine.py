"""After a restore nothing is sent until the owner says so: what is true now may differ from what the backup knew."""

from datetime import datetime
from pathlib import Path

from sqlite_utils.utils import sqlite3

from . import outbox
from .database import Database, drive
from .records import from_ms, to_ms
from .sqlite import Unit

NAME = "quarantine"  # its row in `versions`: the number is the time of the restore
REASON = "restored from a backup: waits for the owner"
CANCELLED = "not sent before the backup was restored"


async def since(db: Database) -> datetime | None:
    """When the quarantine began; None: there is none."""
    row = await db.one("SELECT number FROM versions WHERE name = :name", {"name": NAME})
    return None if row is None else from_ms(int(row["number"]))


async def enter(db: Database, at: datetime) -> int:
    """Begin, and cancel everything unsent from before the backup. Returns how many messages."""
    await db.execute(
        """
        INSERT INTO versions (name, number) VALUES (:name, :at)
        ON CONFLICT (name) DO UPDATE SET number = excluded.number
        """,
        {"name": NAME, "at": to_ms(at)},
    )
    return await outbox.quarantine(db, at, CANCELLED)


async def lift(db: Database, at: datetime) -> int:
    """End it: what waited may be sent, as far as it is not too late. Returns how many messages waited."""
    if await since(db) is None:
        return 0
    await db.execute("DELETE FROM versions WHERE name = :name", {"name": NAME})
    await db.execute(
        "UPDATE outbox SET due_at = created_at, reason = '' WHERE state = 'ready' AND reason = :reason",
        {"reason": REASON},
    )
    db.touch("outbox", 0)
    waiting = await db.one(
        "SELECT count(*) AS n FROM outbox WHERE state = 'ready' AND due_at <= :at", {"at": to_ms(at)}
    )
    return 0 if waiting is None else int(waiting["n"])


def begin(path: Path, at: datetime) -> None:
    """Put a database file that nobody has open into quarantine."""
    connection = sqlite3.connect(str(path), isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        drive(enter(Unit(connection), at))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
