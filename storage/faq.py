"""The shop's FAQ: entries, what customers asked, and the history of changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.records import FaqAsk, FaqEntry, to_json, to_ms

SAME_AGAIN = 200  # unanswered questions looked at for a group


async def entries(db: Database, *, only_active: bool = True) -> list[FaqEntry]:
    """The entries in the owner's order."""
    rows = await db.query(
        "SELECT * FROM faq_entries WHERE (:all = 1 OR active = 1) ORDER BY position, id", {"all": int(not only_active)}
    )
    return [FaqEntry.of(row) for row in rows]


async def entry(db: Database, entry_id: str) -> FaqEntry | None:
    """An entry by its name."""
    row = await db.one("SELECT * FROM faq_entries WHERE id = :id", {"id": entry_id})
    return None if row is None else FaqEntry.of(row)


async def put(db: Database, new: FaqEntry, at: datetime) -> None:
    """Keep an entry, new or changed."""
    await db.execute(
        """
        INSERT INTO faq_entries (id, position, category, question, phrasings, answer, media, topics, checked_on,
            valid_from, valid_to, active, changed_at)
        VALUES (:id, :position, :category, :question, :phrasings, :answer, :media, :topics, :checked_on,
            :valid_from, :valid_to, :active, :at)
        ON CONFLICT (id) DO UPDATE SET position = excluded.position, category = excluded.category,
            question = excluded.question, phrasings = excluded.phrasings, answer = excluded.answer,
            media = excluded.media, topics = excluded.topics, checked_on = excluded.checked_on,
            valid_from = excluded.valid_from, valid_to = excluded.valid_to, active = excluded.active,
            changed_at = excluded.changed_at
        """,
        {
            "id": new.id,
            "position": new.position,
            "category": new.category,
            "question": new.question,
            "phrasings": to_json(list(new.phrasings)),
            "answer": new.answer,
            "media": to_json(list(new.media)),
            "topics": to_json(list(new.topics)),
            "checked_on": new.checked_on,
            "valid_from": new.valid_from,
            "valid_to": new.valid_to,
            "active": int(new.active),
            "at": to_ms(at),
        },
    )


async def remove(db: Database, entry_id: str) -> bool:
    """Delete an entry; its history stays. False: there is none."""
    return await db.execute("DELETE FROM faq_entries WHERE id = :id", {"id": entry_id}) == 1


async def count(db: Database) -> int:
    """How many entries there are."""
    row = await db.one("SELECT count(*) AS n FROM faq_entries")
    return 0 if row is None else int(row["n"])


async def add_change(
    db: Database, batch: str, entry_id: str, before: str, after: str, staff_id: int | None, at: datetime
) -> None:
    """Write down how an entry changed; empty JSON text: it did not exist before, or does not after."""
    await db.execute(
        """
        INSERT INTO faq_changes (batch, entry_id, before, after, staff_id, at)
        VALUES (:batch, :entry_id, :before, :after, :staff_id, :at)
        """,
        {
            "batch": batch,
            "entry_id": entry_id,
            "before": before,
            "after": after,
            "staff_id": staff_id,
            "at": to_ms(at),
        },
    )


async def changes_in(db: Database, batch: str) -> list[dict[str, Any]]:
    """The changes of a batch that were not taken back: entry_id, before, after."""
    return await db.query(
        """
        SELECT id, entry_id, before, after FROM faq_changes
        WHERE batch = :batch AND undone_at IS NULL ORDER BY id DESC
        """,
        {"batch": batch},
    )


async def mark_undone(db: Database, batch: str, at: datetime) -> int:
    """Remember that a batch was taken back. Returns how many changes it held."""
    sql = "UPDATE faq_changes SET undone_at = :at WHERE batch = :batch AND undone_at IS NULL"
    return await db.execute(sql, {"batch": batch, "at": to_ms(at)})


async def add_ask(
    db: Database,
    conversation_id: int,
    *,
    text: str,
    folded: str,
    outcome: str,
    entry_id: str = "",
    confidence: int = 0,
    offered: Sequence[str] = (),
    at: datetime,
) -> int:
    """Keep what a customer asked and what became of it: answered, suggested, unknown. Returns its number."""
    row = await db.one(
        """
        INSERT INTO faq_asks (conversation_id, text, folded, outcome, entry_id, confidence, offered, at)
        VALUES (:conversation_id, :text, :folded, :outcome, :entry_id, :confidence, :offered, :at) RETURNING id
        """,
        {
            "conversation_id": conversation_id,
            "text": text,
            "folded": folded,
            "outcome": outcome,
            "entry_id": entry_id,
            "confidence": confidence,
            "offered": to_json(list(offered)),
            "at": to_ms(at),
        },
    )
    if row is None:
        raise LookupError("a question was not kept")
    return int(row["id"])


async def ask(db: Database, ask_id: int) -> FaqAsk | None:
    """A question by its number."""
    row = await db.one("SELECT * FROM faq_asks WHERE id = :id", {"id": ask_id})
    return None if row is None else FaqAsk.of(row)


async def chose(db: Database, ask_id: int, entry_id: str) -> None:
    """The customer said which of the offered entries they meant; "": none of them."""
    await db.execute(
        "UPDATE faq_asks SET entry_id = :entry_id, handled = :handled WHERE id = :id",
        {"id": ask_id, "entry_id": entry_id, "handled": "chosen" if entry_id else ""},
    )


async def help_said(db: Database, ask_id: int, conversation_id: int, helped: bool) -> bool:
    """Keep whether the answer helped; only the first word counts. False: said before, or another's question."""
    changed = await db.execute(
        """
        UPDATE faq_asks SET helped = :helped
        WHERE id = :id AND conversation_id = :conversation_id AND helped IS NULL
        """,
        {"id": ask_id, "conversation_id": conversation_id, "helped": int(helped)},
    )
    return changed == 1


async def mark_handled(db: Database, folded: Sequence[str], handled: str) -> int:
    """Take questions off the list of gaps, by their folded words. Returns how many."""
    done = 0
    for words in folded:
        done += await db.execute(
            "UPDATE faq_asks SET handled = :handled WHERE folded = :folded AND handled = ''",
            {"handled": handled, "folded": words},
        )
    return done


async def help_by_entry(db: Database, since: datetime) -> list[dict[str, Any]]:
    """Per entry: entry_id, answered, helped, not_helped; those that helped least first."""
    return await db.query(
        """
        SELECT entry_id, count(*) AS answered, sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END) AS helped,
            sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END) AS not_helped
        FROM faq_asks WHERE at >= :since AND entry_id <> ''
        GROUP BY entry_id ORDER BY not_helped DESC, answered DESC, entry_id
        """,
        {"since": to_ms(since)},
    )


async def unanswered(db: Database, since: datetime, limit: int = SAME_AGAIN) -> list[dict[str, Any]]:
    """Questions without an answer, the same words together: folded, example, times, last_at (ms); most asked first."""
    return await db.query(
        """
        SELECT folded, max(text) AS example, count(*) AS times, max(at) AS last_at FROM faq_asks
        WHERE at >= :since AND handled = '' AND folded <> ''
            AND (outcome = 'unknown' OR (outcome = 'suggested' AND entry_id = ''))
        GROUP BY folded ORDER BY times DESC, last_at DESC LIMIT :limit
        """,
        {"since": to_ms(since), "limit": limit},
    )
