"""Sums for the owner's pages. Only looks, never writes. Test customers and ratings that do not count are left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .database import Database, Row
from .outbox import ENDED
from .records import Record, from_ms, to_ms

ACTIVE = "('open', 'claimed', 'pending', 'reopened')"
REAL = "customer_id NOT IN (SELECT id FROM customers WHERE is_test = 1)"
REAL_THREAD = """conversation_id NOT IN (
    SELECT t.id FROM conversations t JOIN customers p ON p.id = t.customer_id WHERE p.is_test = 1)"""
DAY_MS = 86_400_000
Values = Mapping[str, Any]


def between(since: datetime, until: datetime) -> dict[str, int]:
    """The parameters of a period; `until` no longer belongs to it."""
    return {"since": to_ms(since), "until": to_ms(until)}


async def open_cases(db: Database, now: datetime) -> list[Row]:
    """What is open now, a row per state: state, cases, urgent, overdue."""
    return await db.query(
        f"""
        SELECT state, count(*) AS cases, sum(urgent) AS urgent,
            sum(CASE WHEN due_at < :now THEN 1 ELSE 0 END) AS overdue
        FROM cases WHERE state IN {ACTIVE} AND {REAL} GROUP BY state
        """,  # noqa: S608
        {"now": to_ms(now)},
    )


async def ratings(db: Database, since: datetime, until: datetime) -> list[Row]:
    """How many ratings: touchpoint, level, day (0 is the first 24 hours of the period), ratings.

    A rating given again after a rescue is told apart as again = 1.
    """
    return await db.query(
        """
        SELECT touchpoint, level, (at - :since) / :day AS day, CASE WHEN rerates_id IS NULL THEN 0 ELSE 1 END AS again,
            count(*) AS ratings
        FROM ratings WHERE at >= :since AND at < :until AND counts = 1 GROUP BY 1, 2, 3, 4
        """,
        {**between(since, until), "day": DAY_MS},
    )


async def surveys(db: Database, since: datetime, until: datetime) -> dict[str, int]:
    """How often customers were asked, by touchpoint."""
    rows = await db.query(
        f"""
        SELECT touchpoint, count(*) AS asked FROM surveys
        WHERE asked_at >= :since AND asked_at < :until AND rerates_id IS NULL AND {REAL} GROUP BY touchpoint
        """,  # noqa: S608
        between(since, until),
    )
    return {row["touchpoint"]: row["asked"] for row in rows}


async def rescues(db: Database, since: datetime, until: datetime) -> Row:
    """Rescue cases opened in a period: opened, finished, recovered."""
    row = await db.one(
        f"""
        SELECT count(*) AS opened,
            COALESCE(sum(CASE WHEN recovered_at IS NOT NULL OR state IN ('resolved', 'confirmed') THEN 1 ELSE 0 END), 0)
                AS finished,
            COALESCE(sum(CASE WHEN recovered_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS recovered
        FROM cases WHERE kind = 'rescue' AND opened_at >= :since AND opened_at < :until AND {REAL}
        """,  # noqa: S608
        between(since, until),
    )
    return row or {"opened": 0, "finished": 0, "recovered": 0}


async def clocks(db: Database, since: datetime, until: datetime, now: datetime) -> list[Row]:
    """Promised times that ended or passed in a period: kind, kept, broken."""
    return await db.query(
        f"""
        SELECT k.kind, sum(CASE WHEN k.outcome = 'met' THEN 1 ELSE 0 END) AS kept,
            sum(CASE WHEN k.outcome = 'missed' OR (k.stopped_at IS NULL AND k.due_at < :now) THEN 1 ELSE 0 END)
                AS broken
        FROM clocks k JOIN cases c ON c.id = k.case_id
        WHERE k.due_at >= :since AND k.due_at < :until AND c.{REAL} GROUP BY k.kind
        """,  # noqa: S608
        {**between(since, until), "now": to_ms(now)},
    )


async def waits(
    db: Database, since: datetime, until: datetime, end: str, limit: int
) -> list[tuple[datetime, datetime]]:
    """From when until when the newest cases of a period waited. end: "replied_at" or "resolved_at"."""
    if end not in ("replied_at", "resolved_at"):
        raise ValueError(end)
    rows = await db.query(
        f"""
        SELECT opened_at, {end} AS ended_at FROM cases
        WHERE opened_at >= :since AND opened_at < :until AND {end} IS NOT NULL AND {REAL}
        ORDER BY opened_at DESC LIMIT :limit
        """,  # noqa: S608
        {**between(since, until), "limit": limit},
    )
    return [(from_ms(row["opened_at"]), from_ms(row["ended_at"])) for row in rows]


async def root_causes(db: Database, since: datetime, until: datetime) -> list[Row]:
    """Why cases came up that were resolved in a period, the commonest first: root_cause, cases."""
    return await db.query(
        f"""
        SELECT root_cause, count(*) AS cases FROM cases
        WHERE resolved_at >= :since AND resolved_at < :until AND root_cause <> '' AND {REAL}
        GROUP BY root_cause ORDER BY cases DESC, root_cause
        """,  # noqa: S608
        between(since, until),
    )


async def asks(db: Database, since: datetime, until: datetime) -> Row:
    """Questions to the FAQ: asked, answered, suggested, unknown, helped, not_helped."""
    row = await db.one(
        f"""
        SELECT count(*) AS asked, COALESCE(sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END), 0) AS answered,
            COALESCE(sum(CASE WHEN outcome = 'suggested' THEN 1 ELSE 0 END), 0) AS suggested,
            COALESCE(sum(CASE WHEN outcome = 'unknown' THEN 1 ELSE 0 END), 0) AS unknown,
            COALESCE(sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END), 0) AS helped,
            COALESCE(sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END), 0) AS not_helped
        FROM faq_asks WHERE at >= :since AND at < :until AND {REAL_THREAD}
        """,  # noqa: S608
        between(since, until),
    )
    return row or {}


async def bot_solved(db: Database, since: datetime, until: datetime) -> tuple[int, int]:
    """Threads in which the bot answered a question without a case following, and threads with any question."""
    row = await db.one(
        f"""
        SELECT count(*) AS threads, COALESCE(sum(CASE WHEN told = 1 AND NOT EXISTS (
            SELECT 1 FROM cases c WHERE c.conversation_id = asked.conversation_id
                AND c.kind IN ('question', 'complaint', 'staff_complaint')
                AND c.opened_at >= :since AND c.opened_at < :until) THEN 1 ELSE 0 END), 0) AS solved
        FROM (
            SELECT conversation_id, max(CASE WHEN entry_id <> '' THEN 1 ELSE 0 END) AS told
            FROM faq_asks WHERE at >= :since AND at < :until AND {REAL_THREAD} GROUP BY conversation_id
        ) AS asked
        """,  # noqa: S608
        between(since, until),
    )
    return (0, 0) if row is None else (int(row["solved"]), int(row["threads"]))


async def outbox_waiting(db: Database, now: datetime) -> Row:
    """What waits to be sent: ready, sending, oldest (ms) among what is due."""
    row = await db.one(
        """
        SELECT COALESCE(sum(CASE WHEN state = 'ready' AND due_at <= :now THEN 1 ELSE 0 END), 0) AS ready,
            COALESCE(sum(CASE WHEN state = 'ready' AND due_at > :now THEN 1 ELSE 0 END), 0) AS planned,
            COALESCE(sum(CASE WHEN state = 'sending' THEN 1 ELSE 0 END), 0) AS sending,
            min(CASE WHEN state = 'ready' AND due_at <= :now THEN due_at END) AS oldest
        FROM outbox WHERE state IN ('ready', 'sending')
        """,
        {"now": to_ms(now)},
    )
    return row or {"ready": 0, "planned": 0, "sending": 0, "oldest": None}


async def outbox_ended(db: Database, since: datetime, until: datetime) -> dict[str, int]:
    """How what was said ended in a period, by state."""
    sums = ", ".join(f"sum(CASE WHEN state = '{one}' THEN 1 ELSE 0 END) AS {one}" for one in ENDED)  # grouping sorts
    row = await db.one(
        f"""
        SELECT {sums} FROM outbox WHERE settled_at IS NOT NULL AND settled_at >= :since AND settled_at < :until
        """,  # noqa: S608
        between(since, until),
    )
    return {state: count for state, count in (row or {}).items() if count}


async def timers_aside(db: Database) -> int:
    """How many planned acts failed too often."""
    row = await db.one("SELECT count(*) AS n FROM timers WHERE state = 'aside'")
    return 0 if row is None else int(row["n"])


# --- Lists behind the numbers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RatingRow(Record):
    """A rating in a list."""

    id: int
    level: int
    touchpoint: str
    channel: str
    reason: str
    comment: str
    case_id: int | None
    rerates_id: int | None
    counts: bool
    at: datetime
    name: str
    customer_id: int
    staff_name: str | None


@dataclass(frozen=True, slots=True)
class CaseRow(Record):
    """A case in a list."""

    id: int
    kind: str
    state: str
    urgent: bool
    subject: str
    touchpoint: str
    root_cause: str
    opened_at: datetime
    due_at: datetime | None
    replied_at: datetime | None
    resolved_at: datetime | None
    recovered_at: datetime | None
    reopened: int
    name: str
    staff_name: str | None


RATING_CONDITIONS = {
    "level": "r.level = :level",
    "success": "r.level >= 4",
    "unhappy": "r.level <= 2",
    "touchpoint": "r.touchpoint = :touchpoint",
    "channel": "r.channel = :channel",
    "reason": "r.reason = :reason",
    "staff": "r.staff_id = :staff",
    "first": "r.rerates_id IS NULL",
    "again": "r.rerates_id IS NOT NULL",
    "words": "r.comment <> ''",
}
CASE_CONDITIONS = {
    "state": "c.state = :state",
    "active": f"c.state IN {ACTIVE}",
    "urgent": "c.urgent = 1",
    "overdue": f"c.due_at < :now AND c.state IN {ACTIVE}",
    "kind": "c.kind = :kind",
    "staff": "c.assignee_id = :staff",
    "root": "c.root_cause = :root",
    "recovered": "c.recovered_at IS NOT NULL",
    "finished": "(c.recovered_at IS NOT NULL OR c.state IN ('resolved', 'confirmed'))",
    "replied": "c.replied_at IS NOT NULL",
    "resolved": "c.resolved_at IS NOT NULL",
    "kept": "EXISTS (SELECT 1 FROM clocks k WHERE k.case_id = c.id AND k.kind = :clock AND k.outcome = 'met'"
    " AND k.due_at >= :since AND k.due_at < :until)",
    "broken": "EXISTS (SELECT 1 FROM clocks k WHERE k.case_id = c.id AND k.kind = :clock AND"
    " (k.outcome = 'missed' OR (k.stopped_at IS NULL AND k.due_at < :now))"
    " AND k.due_at >= :since AND k.due_at < :until)",
}  # the only conditions a page can choose from


def _where(chosen: list[str], known: Mapping[str, str], *always: str) -> str:
    return " AND ".join([*always, *(known[name] for name in chosen)])


async def rating_list(
    db: Database, chosen: list[str], values: Values, since: datetime, until: datetime, limit: int, skip: int = 0
) -> list[RatingRow]:
    """Ratings of a period, newest first. `chosen`: names of RATING_CONDITIONS, `values` for them."""
    where = _where(chosen, RATING_CONDITIONS, "r.at >= :since", "r.at < :until", "r.counts = 1")
    rows = await db.query(
        f"""
        SELECT r.*, p.name, s.name AS staff_name FROM ratings r JOIN customers p ON p.id = r.customer_id
            LEFT JOIN staff s ON s.id = r.staff_id
        WHERE {where} ORDER BY r.at DESC, r.id DESC LIMIT :limit OFFSET :skip
        """,  # noqa: S608
        {**values, **between(since, until), "limit": limit, "skip": skip},
    )
    return [RatingRow.of(row) for row in rows]


async def rating_count(db: Database, chosen: list[str], values: Values, since: datetime, until: datetime) -> int:
    """How many ratings `rating_list` has in all."""
    where = _where(chosen, RATING_CONDITIONS, "r.at >= :since", "r.at < :until", "r.counts = 1")
    row = await db.one(f"SELECT count(*) AS n FROM ratings r WHERE {where}", {**values, **between(since, until)})  # noqa: S608
    return 0 if row is None else int(row["n"])


def _cases_where(chosen: list[str]) -> str:
    """Cases that are open now are listed whenever they were opened; promises count by when they were due."""
    timeless = {"active", "overdue", "kept", "broken"} & {*chosen}
    when = [] if timeless else ["c.opened_at >= :since", "c.opened_at < :until"]
    return _where(chosen, CASE_CONDITIONS, *when, f"c.{REAL}")


async def case_list(
    db: Database, chosen: list[str], values: Values, since: datetime, until: datetime, limit: int, skip: int = 0
) -> list[CaseRow]:
    """Cases, newest first. `chosen`: names of CASE_CONDITIONS, `values` for them."""
    rows = await db.query(
        f"""
        SELECT c.*, p.name, s.name AS staff_name FROM cases c JOIN customers p ON p.id = c.customer_id
            LEFT JOIN staff s ON s.id = c.assignee_id
        WHERE {_cases_where(chosen)} ORDER BY c.opened_at DESC, c.id DESC LIMIT :limit OFFSET :skip
        """,  # noqa: S608
        {**values, **between(since, until), "limit": limit, "skip": skip},
    )
    return [CaseRow.of(row) for row in rows]


async def case_count(db: Database, chosen: list[str], values: Values, since: datetime, until: datetime) -> int:
    """How many cases `case_list` has in all."""
    sql = f"SELECT count(*) AS n FROM cases c WHERE {_cases_where(chosen)}"  # noqa: S608
    row = await db.one(sql, {**values, **between(since, until)})
    return 0 if row is None else int(row["n"])


ASK_CONDITIONS = {
    "outcome": "a.outcome = :outcome",
    "entry": "a.entry_id = :entry",
    "helped": "a.helped = 1",
    "not_helped": "a.helped = 0",
    "said": "a.helped IS NOT NULL",
}


async def ask_list(
    db: Database, chosen: list[str], values: Values, since: datetime, until: datetime, limit: int, skip: int = 0
) -> list[Row]:
    """Questions of customers, newest first, with `name` and `channel`. `chosen`: names of ASK_CONDITIONS."""
    where = _where(chosen, ASK_CONDITIONS, "a.at >= :since", "a.at < :until", f"a.{REAL_THREAD}")
    rows = await db.query(
        f"""
        SELECT a.id, a.text, a.outcome, a.entry_id, a.confidence, a.helped, a.at, p.name, t.channel FROM faq_asks a
            JOIN conversations t ON t.id = a.conversation_id JOIN customers p ON p.id = t.customer_id
        WHERE {where} ORDER BY a.at DESC, a.id DESC LIMIT :limit OFFSET :skip
        """,  # noqa: S608
        {**values, **between(since, until), "limit": limit, "skip": skip},
    )
    return [row | {"at": from_ms(row["at"])} for row in rows]


async def ask_count(db: Database, chosen: list[str], values: Values, since: datetime, until: datetime) -> int:
    """How many questions `ask_list` has in all."""
    where = _where(chosen, ASK_CONDITIONS, "a.at >= :since", "a.at < :until", f"a.{REAL_THREAD}")
    row = await db.one(f"SELECT count(*) AS n FROM faq_asks a WHERE {where}", {**values, **between(since, until)})  # noqa: S608
    return 0 if row is None else int(row["n"])


async def delivery_list(db: Database, states: tuple[str, ...], since: datetime, limit: int) -> list[Row]:
    """What was not delivered, newest first: id, state, reason, channel, purpose, text, name, case_id, settled_at."""
    names = {f"state{place}": state for place, state in enumerate(states)}
    places = ", ".join(f":{name}" for name in names)
    rows = await db.query(
        f"""
        SELECT o.id, o.state, o.reason, o.channel, o.purpose, o.case_id, o.settled_at, o.tries, l.text, p.name
        FROM outbox o LEFT JOIN lines l ON l.id = o.line_id LEFT JOIN conversations t ON t.id = o.conversation_id
            LEFT JOIN customers p ON p.id = t.customer_id
        WHERE o.settled_at IS NOT NULL AND o.settled_at >= :since AND o.state IN ({places})
        ORDER BY o.settled_at DESC, o.id DESC LIMIT :limit
        """,  # noqa: S608
        {**names, "since": to_ms(since), "limit": limit},
    )
    return [row | {"settled_at": from_ms(row["settled_at"])} for row in rows]
