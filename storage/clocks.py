"""Clocks: promised times of a case, and whether they were kept. Of each kind but `promise` one runs at a time."""

from datetime import datetime

from storage.database import Database
from storage.records import Clock, to_ms


async def start(
    db: Database,
    case_id: int,
    kind: str,
    *,
    started_at: datetime,
    warn_at: datetime,
    due_at: datetime,
    staff_id: int | None = None,
    note: str = "",
) -> Clock | None:
    """Start a clock. None: one of this kind runs already."""
    row = await db.one(
        """
        INSERT INTO clocks (case_id, kind, started_at, warn_at, due_at, staff_id, note)
        VALUES (:case_id, :kind, :started_at, :warn_at, :due_at, :staff_id, :note)
        ON CONFLICT DO NOTHING RETURNING *
        """,
        {
            "case_id": case_id,
            "kind": kind,
            "started_at": to_ms(started_at),
            "warn_at": to_ms(warn_at),
            "due_at": to_ms(due_at),
            "staff_id": staff_id,
            "note": note,
        },
    )
    return None if row is None else Clock.of(row)


async def get(db: Database, clock_id: int) -> Clock | None:
    """A clock by its number."""
    row = await db.one("SELECT * FROM clocks WHERE id = :id", {"id": clock_id})
    return None if row is None else Clock.of(row)


async def of_case(db: Database, case_id: int) -> list[Clock]:
    """All clocks of a case, in the order they were started."""
    rows = await db.query("SELECT * FROM clocks WHERE case_id = :id ORDER BY id", {"id": case_id})
    return [Clock.of(row) for row in rows]


async def stop(db: Database, case_id: int, kind: str, at: datetime) -> int:
    """Stop the running clocks of a kind: met when in time, else missed. Returns how many."""
    return await db.execute(
        """
        UPDATE clocks SET stopped_at = :at, outcome = CASE WHEN :at <= due_at THEN 'met' ELSE 'missed' END
        WHERE case_id = :case_id AND kind = :kind AND stopped_at IS NULL
        """,
        {"case_id": case_id, "kind": kind, "at": to_ms(at)},
    )


async def stop_one(db: Database, clock_id: int, at: datetime) -> bool:
    """Stop one clock. False: it had stopped."""
    changed = await db.execute(
        """
        UPDATE clocks SET stopped_at = :at, outcome = CASE WHEN :at <= due_at THEN 'met' ELSE 'missed' END
        WHERE id = :id AND stopped_at IS NULL
        """,
        {"id": clock_id, "at": to_ms(at)},
    )
    return changed == 1


async def mark(db: Database, clock_id: int, outcome: str) -> bool:
    """Say that a running clock has warned, or is late. False: it has stopped, or was marked so before."""
    changed = await db.execute(
        "UPDATE clocks SET outcome = :outcome WHERE id = :id AND stopped_at IS NULL AND outcome <> :outcome",
        {"id": clock_id, "outcome": outcome},
    )
    return changed == 1


async def break_promise(db: Database, clock_id: int, at: datetime) -> bool:
    """A promise whose time has passed is broken for good. False: it was kept before."""
    changed = await db.execute(
        "UPDATE clocks SET outcome = 'missed', stopped_at = :at WHERE id = :id AND stopped_at IS NULL",
        {"id": clock_id, "at": to_ms(at)},
    )
    return changed == 1


async def show_next_due(db: Database, case_id: int) -> None:
    """Put the earliest running time of a case on the case itself, where lists sort by it."""
    await db.execute(
        """
        UPDATE cases SET due_at = (SELECT min(due_at) FROM clocks WHERE case_id = :id AND stopped_at IS NULL)
        WHERE id = :id
        """,
        {"id": case_id},
    )
