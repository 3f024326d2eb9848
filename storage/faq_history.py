"""The history of the FAQ by batch: what changed together and can be taken back together."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .records import Record


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
