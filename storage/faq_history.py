"""The history of the FAQ by batch: what changed together and can be taken back together."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .records import Record, to_ms


@dataclass(frozen=True, slots=True)
class Batch(Record):
    """Changes that were made together. `first_id` is an entry of it; `undone_at` says it was taken back."""

    batch: str
    changes: int
    first_id: str
    added: int
    removed: int
    staff_id: int | None
    at: datetime
    undone_at: datetime | None


async def batches(db: Database, limit: int = 20) -> list[Batch]:
    """The newest batches, newest first."""
    rows = await db.query(
        """
        SELECT batch, count(*) AS changes, min(entry_id) AS first_id,
            sum(CASE WHEN before = '' THEN 1 ELSE 0 END) AS added,
            sum(CASE WHEN after = '' THEN 1 ELSE 0 END) AS removed, max(staff_id) AS staff_id, max(at) AS at,
            max(undone_at) AS undone_at
        FROM faq_changes GROUP BY batch ORDER BY max(id) DESC LIMIT :limit
        """,
        {"limit": limit},
    )
    return [Batch.of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Tapped(Record):
    """A wording customers used when they meant an entry, as their taps on "do you mean" say."""

    entry_id: str
    folded: str
    wording: str
    times: int


async def tapped(db: Database, since: datetime, limit: int = 100) -> list[Tapped]:
    """Wordings nobody has decided about yet, most used first. A 👎 afterwards takes its tap out."""
    rows = await db.query(
        """
        SELECT a.entry_id, a.folded, max(a.text) AS wording, count(*) AS times FROM faq_asks a
        WHERE a.at >= :since AND a.handled = 'chosen' AND a.entry_id <> '' AND (a.helped IS NULL OR a.helped = 1)
            AND NOT EXISTS (
                SELECT 1 FROM faq_proposals p
                WHERE p.entry_id = a.entry_id AND p.folded = a.folded AND p.state <> 'open')
        GROUP BY a.entry_id, a.folded ORDER BY times DESC, a.entry_id, a.folded LIMIT :limit
        """,
        {"since": to_ms(since), "limit": limit},
    )
    return [Tapped.of(row) for row in rows]


async def decide(db: Database, one: Tapped, state: str, staff_id: int | None, at: datetime) -> None:
    """Keep what the owner said about a wording: approved or declined. It is not proposed again."""
    await db.execute(
        """
        INSERT INTO faq_proposals (entry_id, wording, folded, source, times, state, staff_id, at, decided_at)
        VALUES (:entry_id, :wording, :folded, 'tap', :times, :state, :staff_id, :at, :at)
        ON CONFLICT (entry_id, folded) DO UPDATE SET state = excluded.state, times = excluded.times,
            staff_id = excluded.staff_id, decided_at = excluded.decided_at
        """,
        {
            "entry_id": one.entry_id,
            "wording": one.wording,
            "folded": one.folded,
            "times": one.times,
            "state": state,
            "staff_id": staff_id,
            "at": to_ms(at),
        },
    )
