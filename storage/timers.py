"""Things to do at a time: reminders, clocks, surveys. Rows, so that they outlive a restart."""

from datetime import datetime
from typing import Any

from .database import Database
from .records import Timer, to_json, to_ms


async def add(
    db: Database,
    kind: str,
    subject_id: int,
    due_at: datetime,
    *,
    key: str | None = None,
    payload: dict[str, Any] | None = None,
) -> bool:
    """Plan something. With a key it is planned once for ever. False: it was."""
    sql = """
        INSERT INTO timers (kind, subject_id, key, payload, due_at) VALUES (:kind, :subject_id, :key, :payload, :due_at)
        ON CONFLICT (key) DO NOTHING
    """
    values = {
        "kind": kind,
        "subject_id": subject_id,
        "key": key,
        "payload": to_json(payload or {}),
        "due_at": to_ms(due_at),
    }
    return await db.execute(sql, values) == 1


async def due(db: Database, now: datetime, limit: int = 100) -> list[Timer]:
    """What has come due, oldest first."""
    rows = await db.query(
        "SELECT * FROM timers WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id LIMIT :limit",
        {"now": to_ms(now), "limit": limit},
    )
    return [Timer.of(row) for row in rows]


async def finish(db: Database, timer_id: int, at: datetime) -> bool:
    """Mark a timer as done. False: it was done or cancelled before."""
    sql = "UPDATE timers SET state = 'done', done_at = :at WHERE id = :id AND state = 'waiting'"
    return await db.execute(sql, {"id": timer_id, "at": to_ms(at)}) == 1


async def fail(db: Database, timer_id: int, error: str, tries: int, again_at: datetime) -> bool:
    """Count a failed try and plan the next. True: that was the last one, it is set aside."""
    row = await db.one(
        """
        UPDATE timers SET tries = tries + 1, error = :error, due_at = :again_at,
            state = CASE WHEN tries + 1 >= :most THEN 'aside' ELSE state END
        WHERE id = :id RETURNING state
        """,
        {"id": timer_id, "error": error, "most": tries, "again_at": to_ms(again_at)},
    )
    return row is not None and row["state"] == "aside"


async def cancel(db: Database, kind: str, subject_id: int) -> int:
    """Cancel what waits for a subject. Returns how many."""
    sql = "UPDATE timers SET state = 'cancelled' WHERE state = 'waiting' AND kind = :kind AND subject_id = :subject_id"
    return await db.execute(sql, {"kind": kind, "subject_id": subject_id})


async def next_due(db: Database) -> int | None:
    """When the next one is due (ms), or None."""
    row = await db.one("SELECT min(due_at) AS at FROM timers WHERE state = 'waiting'")
    return None if row is None else row["at"]
