"""Cases: what someone must finish for a customer. Each step is one conditional update; the database settles races."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.records import Case, CaseEvent, from_ms, to_json, to_ms

ACTIVE = "('open', 'claimed', 'pending', 'reopened')"


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known when a case is opened."""

    customer_id: int
    conversation_id: int
    kind: str
    subject: str = ""
    category: str = ""
    order_code: str = ""
    touchpoint: str = ""
    tried: Sequence[str] = ()
    urgent: bool = False
    owner_only: bool = False
    rating_id: int | None = None


async def add(db: Database, new: NewCase, at: datetime) -> Case | None:
    """Open a case. None: this customer has an open one of this kind."""
    row = await db.one(
        """
        INSERT INTO cases (customer_id, conversation_id, kind, state, urgent, owner_only, subject, category, order_code,
            touchpoint, tried, rating_id, opened_at, changed_at)
        VALUES (:customer_id, :conversation_id, :kind, 'open', :urgent, :owner_only, :subject, :category, :order_code,
            :touchpoint, :tried, :rating_id, :at, :at)
        ON CONFLICT DO NOTHING RETURNING *
        """,
        {
            "customer_id": new.customer_id,
            "conversation_id": new.conversation_id,
            "kind": new.kind,
            "urgent": int(new.urgent),
            "owner_only": int(new.owner_only),
            "subject": new.subject,
            "category": new.category,
            "order_code": new.order_code,
            "touchpoint": new.touchpoint,
            "tried": to_json(list(new.tried)),
            "rating_id": new.rating_id,
            "at": to_ms(at),
        },
    )
    return _case(db, row)


async def get(db: Database, case_id: int) -> Case | None:
    """A case by its number."""
    row = await db.one("SELECT * FROM cases WHERE id = :id", {"id": case_id})
    return None if row is None else Case.of(row)


async def active_of_kind(db: Database, customer_id: int, kind: str) -> Case | None:
    """The open case of a customer of this kind; there is at most one."""
    sql = f"SELECT * FROM cases WHERE customer_id = :customer_id AND kind = :kind AND state IN {ACTIVE}"  # noqa: S608
    row = await db.one(sql, {"customer_id": customer_id, "kind": kind})
    return None if row is None else Case.of(row)


async def active_in(db: Database, conversation_id: int) -> Case | None:
    """The open case of a conversation; one that a colleague holds comes first."""
    row = await db.one(
        f"""
        SELECT * FROM cases WHERE conversation_id = :id AND state IN {ACTIVE}
        ORDER BY CASE WHEN state IN ('claimed', 'pending') THEN 0 ELSE 1 END, opened_at DESC, id DESC LIMIT 1
        """,  # noqa: S608
        {"id": conversation_id},
    )
    return None if row is None else Case.of(row)


async def all_active_in(db: Database, conversation_id: int) -> list[Case]:
    """Every open case of a conversation, oldest first."""
    sql = f"SELECT * FROM cases WHERE conversation_id = :id AND state IN {ACTIVE} ORDER BY id"  # noqa: S608
    return [Case.of(row) for row in await db.query(sql, {"id": conversation_id})]


async def of_conversation(db: Database, conversation_id: int) -> list[Case]:
    """Every case of a conversation, newest first."""
    rows = await db.query("SELECT * FROM cases WHERE conversation_id = :id ORDER BY id DESC", {"id": conversation_id})
    return [Case.of(row) for row in rows]


async def of_customer(db: Database, customer_id: int, limit: int = 20) -> list[Case]:
    """The newest cases of a customer."""
    sql = "SELECT * FROM cases WHERE customer_id = :id ORDER BY id DESC LIMIT :limit"
    return [Case.of(row) for row in await db.query(sql, {"id": customer_id, "limit": limit})]


async def listed(
    db: Database, states: Sequence[str], *, with_owner_only: bool, assignee_id: int | None = None, limit: int = 200
) -> list[Case]:
    """Cases in these states, urgent first, then the oldest."""
    names = {f"state{place}": state for place, state in enumerate(states)}
    places = ", ".join(f":{name}" for name in names)
    rows = await db.query(
        f"""
        SELECT * FROM cases WHERE state IN ({places}) AND (:all = 1 OR owner_only = 0)
            AND (:assignee IS NULL OR assignee_id = :assignee)
        ORDER BY urgent DESC, opened_at, id LIMIT :limit
        """,  # noqa: S608
        {**names, "all": int(with_owner_only), "assignee": assignee_id, "limit": limit},
    )
    return [Case.of(row) for row in rows]


async def claim(db: Database, case_id: int, staff_id: int, at: datetime) -> Case | None:
    """Take a case nobody holds, or keep one's own. None: a colleague holds it, or it is closed."""
    row = await db.one(
        """
        UPDATE cases SET state = 'claimed', assignee_id = :staff_id, claimed_at = :at, changed_at = :at
        WHERE id = :id AND (state IN ('open', 'reopened')
            OR (state IN ('claimed', 'pending') AND assignee_id = :staff_id))
        RETURNING *
        """,
        {"id": case_id, "staff_id": staff_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def transfer(db: Database, case_id: int, to_staff_id: int, at: datetime) -> Case | None:
    """Give a case to a colleague. None: it is closed, or they have it already."""
    row = await db.one(
        f"""
        UPDATE cases SET state = 'claimed', assignee_id = :staff_id, claimed_at = :at, changed_at = :at
        WHERE id = :id AND state IN {ACTIVE} AND NOT (state IN ('claimed', 'pending') AND assignee_id = :staff_id)
        RETURNING *
        """,  # noqa: S608
        {"id": case_id, "staff_id": to_staff_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def release(db: Database, case_id: int, held_by: int, at: datetime) -> Case | None:
    """Put a case back for everybody. None: this colleague does not hold it."""
    row = await db.one(
        """
        UPDATE cases SET state = 'open', assignee_id = NULL, claimed_at = NULL, changed_at = :at
        WHERE id = :id AND state IN ('claimed', 'pending', 'reopened') AND assignee_id = :staff_id RETURNING *
        """,
        {"id": case_id, "staff_id": held_by, "at": to_ms(at)},
    )
    return _case(db, row)


async def pending(db: Database, case_id: int, at: datetime) -> Case | None:
    """Wait for the customer. None: nobody holds the case."""
    row = await db.one(
        "UPDATE cases SET state = 'pending', changed_at = :at WHERE id = :id AND state = 'claimed' RETURNING *",
        {"id": case_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def go_on(db: Database, case_id: int, at: datetime) -> Case | None:
    """The customer answered: what waited for them is with the colleague again."""
    row = await db.one(
        "UPDATE cases SET state = 'claimed', changed_at = :at WHERE id = :id AND state = 'pending' RETURNING *",
        {"id": case_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def first_reply(db: Database, case_id: int, at: datetime) -> bool:
    """Remember when a person first answered. False: they had before."""
    changed = await db.execute(
        "UPDATE cases SET replied_at = :at, changed_at = :at WHERE id = :id AND replied_at IS NULL",
        {"id": case_id, "at": to_ms(at)},
    )
    return changed == 1


async def resolve(db: Database, case_id: int, root_cause: str, at: datetime) -> Case | None:
    """Say a case is finished, and why it came up. None: it was closed already."""
    row = await db.one(
        f"""
        UPDATE cases SET state = 'resolved', root_cause = :root_cause, resolved_at = :at, changed_at = :at
        WHERE id = :id AND state IN {ACTIVE} RETURNING *
        """,  # noqa: S608
        {"id": case_id, "root_cause": root_cause, "at": to_ms(at)},
    )
    return _case(db, row)


async def confirm(db: Database, case_id: int, at: datetime) -> Case | None:
    """The customer says it is fine. None: it is not resolved (any more)."""
    row = await db.one(
        """
        UPDATE cases SET state = 'confirmed', confirmed_at = :at, changed_at = :at
        WHERE id = :id AND state = 'resolved' RETURNING *
        """,
        {"id": case_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def reopen(db: Database, case_id: int, at: datetime) -> Case | None:
    """Start again, with the same person. None: it is open, or the customer has a newer open case of this kind."""
    row = await db.one(
        f"""
        UPDATE cases SET state = 'reopened', reopened = reopened + 1, resolved_at = NULL, confirmed_at = NULL,
            changed_at = :at
        WHERE id = :id AND state IN ('resolved', 'confirmed') AND NOT EXISTS (
            SELECT 1 FROM cases AS newer WHERE newer.customer_id = cases.customer_id AND newer.kind = cases.kind
                AND newer.state IN {ACTIVE})
        RETURNING *
        """,  # noqa: S608
        {"id": case_id, "at": to_ms(at)},
    )
    return _case(db, row)


async def change(db: Database, case_id: int, at: datetime, **values: Any) -> None:
    """Set columns: urgent, subject, category, order_code, due_at (ms), recovered_at (ms), rating_id, …"""
    names = ", ".join(f"{name} = :{name}" for name in values)
    sql = f"UPDATE cases SET {names}, changed_at = :at WHERE id = :id"  # noqa: S608
    await db.execute(sql, values | {"id": case_id, "at": to_ms(at)})
    db.touch("case", case_id)


async def add_event(
    db: Database,
    case_id: int,
    what: str,
    at: datetime,
    *,
    staff_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Keep one step of a case's life."""
    await db.execute(
        """
        INSERT INTO case_events (case_id, at, staff_id, what, detail)
        VALUES (:case_id, :at, :staff_id, :what, :detail)
        """,
        {
            "case_id": case_id,
            "at": to_ms(at),
            "staff_id": staff_id,
            "what": what,
            "detail": to_json(detail or {}),
        },
    )
    db.touch("case", case_id)


async def events(db: Database, case_id: int) -> list[CaseEvent]:
    """The life of a case, in order."""
    rows = await db.query("SELECT * FROM case_events WHERE case_id = :id ORDER BY id", {"id": case_id})
    return [CaseEvent.of(row) for row in rows]


async def recent_waits(db: Database, since: datetime, limit: int = 20) -> list[float]:
    """How many seconds the newest cases waited for a person, since a time."""
    rows = await db.query(
        """
        SELECT replied_at - opened_at AS ms FROM cases
        WHERE opened_at >= :since AND replied_at IS NOT NULL ORDER BY opened_at DESC LIMIT :limit
        """,
        {"since": to_ms(since), "limit": limit},
    )
    return [row["ms"] / 1000 for row in rows]


async def last_customer_line_at(db: Database, case_id: int) -> datetime | None:
    """When the customer last wrote something that belongs to a case."""
    row = await db.one("SELECT max(at) AS at FROM lines WHERE case_id = :id AND author = 'customer'", {"id": case_id})
    return None if row is None or row["at"] is None else from_ms(row["at"])


def _case(db: Database, row: dict[str, Any] | None) -> Case | None:
    if row is None:
        return None
    db.touch("case", row["id"])
    return Case.of(row)
