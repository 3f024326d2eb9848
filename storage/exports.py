"""Everything a shop keeps, table by table and piece by piece, for its owner to take away. Only looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .database import Database, Row
from .records import from_ms

PIECE = 2_000  # rows read at once

# Table of the export → the query of a piece: rows behind :after, in the order of their numbers.
TABLES: Mapping[str, str] = {
    "customers": """
        SELECT id, name, pronoun, phone, email, language, remark, is_test, created_at, seen_at FROM customers""",
    "identities": """
        SELECT id, customer_id, channel, account, external_id, name, reachable, created_at FROM identities""",
    "conversations": """
        SELECT id, customer_id, channel, account, address, language, created_at, last_in_at, last_out_at
        FROM conversations""",
    "lines": """
        SELECT id, conversation_id, seq, case_id, author, staff_id, text, at, edited_at, recalled_at FROM lines""",
    "cases": """
        SELECT id, customer_id, conversation_id, kind, state, urgent, owner_only, subject, category, order_code,
            touchpoint, assignee_id, root_cause, rating_id, opened_at, due_at, claimed_at, replied_at, resolved_at,
            confirmed_at, reopened, recovered_at FROM cases""",
    "case_events": "SELECT id, case_id, at, staff_id, what, detail FROM case_events",
    "clocks": """
        SELECT id, case_id, kind, started_at, due_at, stopped_at, outcome, staff_id, note FROM clocks""",
    "surveys": """
        SELECT id, customer_id, conversation_id, touchpoint, case_id, rerates_id, asked_at FROM surveys""",
    "ratings": """
        SELECT id, survey_id, customer_id, conversation_id, touchpoint, channel, level, reason, comment, staff_id,
            case_id, rerates_id, points, counts, at FROM ratings""",
    "testimonials": "SELECT id, customer_id, rating_id, line_id, permission, at, answered_at FROM testimonials",
    "points": "SELECT id, customer_id, points, reason, staff_id, at FROM points_ledger",
    "faq": """
        SELECT id, category, question, phrasings, answer, media, checked_on, valid_from, valid_to, active, position
        FROM faq_entries""",
    "faq_asks": """
        SELECT id, conversation_id, text, outcome, entry_id, confidence, helped, handled, at FROM faq_asks""",
    "faq_changes": "SELECT id, batch, entry_id, before, after, staff_id, at, undone_at FROM faq_changes",
    "deliveries": """
        SELECT id, channel, account, address, conversation_id, line_id, case_id, purpose, state, reason, tries, due_at,
            created_at, settled_at FROM outbox""",
    "staff": "SELECT id, name, role, language, active, lead, created_at FROM staff",
    "settings": "SELECT section AS id, value FROM settings",
    "settings_changes": "SELECT id, section, before, after, staff_id, at, undone_at FROM settings_changes",
    "audit": "SELECT id, at, staff_id, action, subject, detail FROM audit",
}
TRUTHS = frozenset({"is_test", "reachable", "urgent", "owner_only", "counts", "active", "lead"})
TIMES = frozenset(
    "at created_at seen_at last_in_at last_out_at edited_at recalled_at opened_at due_at claimed_at replied_at"
    " resolved_at confirmed_at recovered_at started_at stopped_at asked_at answered_at undone_at settled_at".split()
)
NAMED = frozenset({"faq", "settings"})  # their ids are names


def columns(table: str) -> list[str]:
    """The columns of a table of the export, in order."""
    said = TABLES[table].split("FROM")[0].replace("SELECT", "").split(",")
    return [one.split(" AS ")[-1].strip() for one in said]


async def piece(db: Database, table: str, after: int | str | None = None, limit: int = PIECE) -> list[Row]:
    """The rows behind an id, at most `limit`; times are aware."""
    start: int | str = ("" if table in NAMED else 0) if after is None else after
    name = "section" if table == "settings" else "id"
    sql = f"{TABLES[table]} WHERE {name} > :after ORDER BY {name} LIMIT :limit"
    return [_readable(row) for row in await db.query(sql, {"after": start, "limit": limit})]


def _readable(row: Row) -> Row:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> datetime | Any:
    if value is None:
        return None
    if name in TIMES:
        return from_ms(value)
    return bool(value) if name in TRUTHS else value


async def count(db: Database, table: str) -> int:
    """How many rows a table has."""
    inner = TABLES[table].partition("FROM")[2]
    row = await db.one(f"SELECT count(*) AS n FROM {inner}")  # noqa: S608
    return 0 if row is None else int(row["n"])
