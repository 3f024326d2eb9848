"""What the desk shows: lists of cases, threads and a customer's history. Only looks, never writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .database import Database
from .records import Case, Delivery, Json, Rating, Record

ACTIVE = "c.state IN ('open', 'claimed', 'pending', 'reopened')"
SHOWN = {
    "all": ACTIVE,
    "waiting": "c.state IN ('open', 'reopened') AND c.assignee_id IS NULL",
    "mine": f"{ACTIVE} AND c.assignee_id = :me",
    "resolved": "c.state IN ('resolved', 'confirmed')",
}  # the only conditions a page can choose from
ORDER = {
    "resolved": "c.changed_at DESC, c.id DESC",
}
URGENT_FIRST = "c.urgent DESC, CASE WHEN c.due_at IS NULL THEN 1 ELSE 0 END, c.due_at, c.opened_at, c.id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a page asks for. `folded` is the search text without marks; `number` a case number."""

    show: str = "all"
    kind: str = ""
    text: str = ""
    folded: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class CaseRow(Record):
    """A case in a list. `unanswered` counts what the customer said since a colleague last answered."""

    id: int
    kind: str
    state: str
    urgent: bool
    owner_only: bool
    subject: str
    assignee_id: int | None
    assignee_name: str | None
    opened_at: datetime
    due_at: datetime | None
    changed_at: datetime
    name: str
    pronoun: str
    channel: str
    last_text: str | None
    last_author: str | None
    last_extra: str | None
    last_at: datetime | None
    unanswered: int
    undelivered: bool


@dataclass(frozen=True, slots=True)
class ThreadLine(Record):
    """One line of a thread with the name of the colleague who wrote it."""

    id: int
    conversation_id: int
    seq: int | None
    case_id: int | None
    author: str
    staff_id: int | None
    staff_name: str | None
    text: str
    extra: Json
    at: datetime
    edited_at: datetime | None
    recalled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step(Record):
    """One step in the life of a case, with the name of who took it."""

    id: int
    at: datetime
    staff_id: int | None
    staff_name: str | None
    what: str
    detail: Json


async def cases(db: Database, wanted: Wanted, me: int, *, sees_all: bool, limit: int = 80) -> list[CaseRow]:
    """The cases of a list, the most pressing first. `sees_all`: also those that are for owners only."""
    conditions = [SHOWN[wanted.show], "(:sees_all = 1 OR c.owner_only = 0)"]
    if wanted.kind:
        conditions.append("c.kind = :kind")
    if wanted.number or wanted.text:
        conditions.append(
            "(c.id = :number OR p.search LIKE :folded ESCAPE '!' OR p.name LIKE :text ESCAPE '!'"
            " OR (:number > 99 AND p.phone LIKE :text ESCAPE '!') OR c.order_code LIKE :text ESCAPE '!')"
        )
    order = ORDER.get(wanted.show, URGENT_FIRST)
    people = "JOIN customers p ON p.id = c.customer_id" if wanted.number or wanted.text else ""
    rows = await db.query(
        f"""
        SELECT c.id, c.kind, c.state, c.urgent, c.owner_only, c.subject, c.assignee_id, s.name AS assignee_name,
            c.opened_at, c.due_at, c.changed_at, p.name, p.pronoun, v.channel, l.text AS last_text,
            l.author AS last_author, l.extra AS last_extra, l.at AS last_at,
            (SELECT count(*) FROM lines u WHERE u.case_id = c.id AND u.author = 'customer' AND u.id > COALESCE(
                (SELECT max(r.id) FROM lines r WHERE r.case_id = c.id AND r.author = 'staff'), 0)) AS unanswered,
            (SELECT count(*) FROM outbox o WHERE o.case_id = c.id AND o.purpose = 'relay' AND o.state IN ('failed',
                'uncertain', 'expired') AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.line_id = o.line_id
                AND n.id > o.id)) > 0 AS undelivered
        FROM (
            SELECT c.* FROM cases c {people}
            WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT :limit
        ) c
        JOIN customers p ON p.id = c.customer_id JOIN conversations v ON v.id = c.conversation_id
        LEFT JOIN staff s ON s.id = c.assignee_id
        LEFT JOIN lines l ON l.conversation_id = v.id AND l.seq = v.last_seq
            AND (:sees_all = 1 OR l.case_id IS NULL OR l.case_id NOT IN (SELECT h.id FROM cases h
                WHERE h.conversation_id = v.id AND h.owner_only = 1))
        ORDER BY {order}
        """,  # noqa: S608 - both from the lists above; the inner part picks rows before anything is counted for them
        {
            "me": me,
            "sees_all": int(sees_all),
            "kind": wanted.kind,
            "number": wanted.number,
            "text": f"%{_literal(wanted.text)}%",
            "folded": f"%{_literal(wanted.folded)}%",
            "limit": limit,
        },
    )
    return [CaseRow.of(row) for row in rows]


def _literal(text: str) -> str:
    """For LIKE … ESCAPE '!': signs with a meaning stand for themselves."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


async def counts(db: Database, me: int, *, sees_all: bool) -> dict[str, int]:
    """How many cases are open (`all`), held by nobody (`waiting`) and held by a colleague (`mine`)."""
    row = await db.one(
        f"""
        SELECT count(*) AS open_now,
            COALESCE(sum(CASE WHEN {SHOWN["waiting"]} THEN 1 ELSE 0 END), 0) AS waiting,
            COALESCE(sum(CASE WHEN c.assignee_id = :me THEN 1 ELSE 0 END), 0) AS mine
        FROM cases c WHERE {ACTIVE} AND (:sees_all = 1 OR c.owner_only = 0)
        """,  # noqa: S608
        {"me": me, "sees_all": int(sees_all)},
    )
    found = row or {"open_now": 0, "waiting": 0, "mine": 0}
    return {"all": found["open_now"], "waiting": found["waiting"], "mine": found["mine"]}


async def thread(
    db: Database, conversation_id: int, *, sees_all: bool, before: int | None = None, limit: int = 80
) -> list[ThreadLine]:
    """The newest lines of a conversation with notes, oldest first; or those before a line.

    What belongs to a case for owners only is left out for others.
    """
    rows = await db.query(
        """
        SELECT l.id, l.conversation_id, l.seq, l.case_id, l.author, l.staff_id, s.name AS staff_name, l.text, l.extra,
            l.at, l.edited_at, l.recalled_at
        FROM lines l LEFT JOIN staff s ON s.id = l.staff_id LEFT JOIN cases c ON c.id = l.case_id
        WHERE l.conversation_id = :id AND (:before IS NULL OR l.id < :before)
            AND (:sees_all = 1 OR c.owner_only IS NULL OR c.owner_only = 0)
        ORDER BY l.id DESC LIMIT :limit
        """,
        {"id": conversation_id, "before": before, "sees_all": int(sees_all), "limit": limit},
    )
    return [ThreadLine.of(row) for row in reversed(rows)]


async def deliveries(db: Database, line_ids: Sequence[int]) -> dict[int, Delivery]:
    """The newest attempt to send each line, by line. Later edits and recalls of a line do not count as such."""
    if not line_ids:
        return {}
    names = {f"line{place}": line_id for place, line_id in enumerate(line_ids)}
    places = ", ".join(f":{name}" for name in names)
    rows = await db.query(f"SELECT * FROM outbox WHERE line_id IN ({places}) ORDER BY id", names)  # noqa: S608
    found = [Delivery.of(row) for row in rows]
    return {one.line_id: one for one in found if one.line_id is not None and "operation" not in one.payload}


async def steps(db: Database, case_id: int) -> list[Step]:
    """The life of a case, in order."""
    rows = await db.query(
        """
        SELECT e.id, e.at, e.staff_id, s.name AS staff_name, e.what, e.detail
        FROM case_events e LEFT JOIN staff s ON s.id = e.staff_id WHERE e.case_id = :id ORDER BY e.id
        """,
        {"id": case_id},
    )
    return [Step.of(row) for row in rows]


async def history(db: Database, customer_id: int, *, sees_all: bool, limit: int = 12) -> list[Case]:
    """The newest cases of a customer."""
    rows = await db.query(
        """
        SELECT * FROM cases WHERE customer_id = :id AND (:sees_all = 1 OR owner_only = 0)
        ORDER BY id DESC LIMIT :limit
        """,
        {"id": customer_id, "sees_all": int(sees_all), "limit": limit},
    )
    return [Case.of(row) for row in rows]


async def ratings(db: Database, customer_id: int, limit: int = 5) -> list[Rating]:
    """The last ratings of a customer, newest first."""
    rows = await db.query(
        "SELECT * FROM ratings WHERE customer_id = :id ORDER BY at DESC, id DESC LIMIT :limit",
        {"id": customer_id, "limit": limit},
    )
    return [Rating.of(row) for row in rows]


async def asked(db: Database, conversation_id: int, *, sees_all: bool, limit: int = 5) -> list[dict[str, Any]]:
    """What the customer last asked the bot and what came of it, newest first: text, outcome, entry_id.

    What was said in a case for owners only is left out for others.
    """
    return await db.query(
        """
        SELECT text, outcome, entry_id, at FROM faq_asks a
        WHERE conversation_id = :id AND (:sees_all = 1 OR NOT EXISTS (
            SELECT 1 FROM lines l JOIN cases c ON c.id = l.case_id
            WHERE l.conversation_id = a.conversation_id AND c.owner_only = 1
            AND substr(l.text, 1, length(a.text)) = a.text))
        ORDER BY id DESC LIMIT :limit
        """,
        {"id": conversation_id, "sees_all": int(sees_all), "limit": limit},
    )


async def colleagues(db: Database) -> list[dict[str, Any]]:
    """Everybody who works here: id, name, role."""
    return await db.query("SELECT id, name, role FROM staff WHERE active = 1 ORDER BY name, id")
