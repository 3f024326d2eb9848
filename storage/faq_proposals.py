"""Wordings that somebody proposes for an entry: once per entry and words, counted, live only when the owner says so."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import Record, to_ms


@dataclass(frozen=True, slots=True)
class Proposal(Record):
    """A wording for an entry. source: tap, helped, staff. state: open, approved, declined.

    `times` counts the customers' questions behind it; `staff_id` is who taught it, later who decided.
    """

    id: int
    entry_id: str
    wording: str
    folded: str
    source: str
    times: int
    state: str
    staff_id: int | None
    at: datetime
    decided_at: datetime | None


async def add(
    db: Database, entry_id: str, wording: str, folded: str, source: str, at: datetime, staff_id: int | None = None
) -> Proposal | None:
    """Propose a wording, or count it once more. A colleague's word outweighs taps. None: it was decided before."""
    row = await db.one(
        """
        INSERT INTO faq_proposals (entry_id, wording, folded, source, staff_id, at)
        VALUES (:entry_id, :wording, :folded, :source, :staff_id, :at)
        ON CONFLICT (entry_id, folded) DO UPDATE SET times = faq_proposals.times + 1,
            source = CASE WHEN excluded.source = 'staff' THEN 'staff' ELSE faq_proposals.source END,
            staff_id = COALESCE(excluded.staff_id, faq_proposals.staff_id)
        WHERE faq_proposals.state = 'open'
        RETURNING *
        """,
        {
            "entry_id": entry_id,
            "wording": wording,
            "folded": folded,
            "source": source,
            "staff_id": staff_id,
            "at": to_ms(at),
        },
    )
    return None if row is None else Proposal.of(row)


async def withdraw(db: Database, entry_id: str, folded: str) -> None:
    """Count a customer's wording once less; one that nobody is behind any more is gone. Staff's words stay."""
    values = {"entry_id": entry_id, "folded": folded}
    where = "entry_id = :entry_id AND folded = :folded AND state = 'open' AND source <> 'staff'"
    await db.execute(f"UPDATE faq_proposals SET times = times - 1 WHERE {where}", values)  # noqa: S608  (fixed text)
    await db.execute(f"DELETE FROM faq_proposals WHERE {where} AND times <= 0", values)  # noqa: S608


async def get(db: Database, proposal_id: int) -> Proposal | None:
    """A proposal by its number."""
    row = await db.one("SELECT * FROM faq_proposals WHERE id = :id", {"id": proposal_id})
    return None if row is None else Proposal.of(row)


async def waiting(db: Database, limit: int = 200) -> list[Proposal]:
    """What the owner has not decided about, most used first."""
    rows = await db.query(
        "SELECT * FROM faq_proposals WHERE state = 'open' ORDER BY times DESC, at DESC, id LIMIT :limit",
        {"limit": limit},
    )
    return [Proposal.of(row) for row in rows]


async def decide(db: Database, proposal_id: int, state: str, staff_id: int | None, at: datetime) -> bool:
    """Settle an open proposal. False: a colleague was faster."""
    changed = await db.execute(
        """
        UPDATE faq_proposals SET state = :state, staff_id = :staff_id, decided_at = :at
        WHERE id = :id AND state = 'open'
        """,
        {"id": proposal_id, "state": state, "staff_id": staff_id, "at": to_ms(at)},
    )
    return changed == 1
