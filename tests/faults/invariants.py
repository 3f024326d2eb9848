"""What must hold in a database after any fault. Reliability: every promise names the rows that prove it."""

from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from tests.faults.visitor import SMALL_TALK, Visitor


def rows(database: Path, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        return list(connection.execute(sql, values).fetchall())
    finally:
        connection.close()


def check(database: Path, visitors: list[Visitor]) -> None:
    """Everything at once, so that a failing run says all that is wrong."""
    wrong = [fault for visitor in visitors for fault in visitor.faults]
    wrong += whole(database)
    wrong += in_order(database)
    for visitor in visitors:
        wrong += kept_once(database, visitor)
    assert not wrong, "\n".join(wrong[:40])


def whole(database: Path) -> list[str]:
    found = [row[0] for row in rows(database, "PRAGMA integrity_check")]
    broken = rows(database, "PRAGMA foreign_key_check")
    return [text for text in found if text != "ok"] + [f"foreign key: {row}" for row in broken]


def in_order(database: Path) -> list[str]:
    """Places are without gaps, and the conversation knows the last one."""
    gaps = rows(
        database,
        """
        SELECT c.id, c.last_seq, count(l.seq), min(l.seq), max(l.seq), count(DISTINCT l.seq)
        FROM conversations c JOIN lines l ON l.conversation_id = c.id AND l.seq IS NOT NULL GROUP BY c.id
        HAVING count(l.seq) <> max(l.seq) OR min(l.seq) <> 1 OR max(l.seq) <> c.last_seq
            OR count(DISTINCT l.seq) <> count(l.seq)
        """,
    )
    return [f"places of conversation {row}" for row in gaps]


def kept_once(database: Path, visitor: Visitor) -> list[str]:
    """What was acknowledged is there once, in the order it was said, with one answer, and was seen."""
    found = rows(
        database,
        """
        SELECT author, external_id, id, seq FROM lines WHERE conversation_id = (
            SELECT conversation_id FROM lines WHERE external_id = :first) AND author <> 'note' ORDER BY id
        """,
        first=visitor.sent[0] if visitor.sent else "",
    )
    wrong: list[str] = []
    heard = [row[1] for row in found if row[0] == "customer"]
    if missing := visitor.acked - set(heard):
        wrong.append(f"{visitor.name}: acknowledged and lost: {sorted(missing)[:5]}")
    if len(heard) != len(set(heard)):
        wrong.append(f"{visitor.name}: a message stands twice")
    if heard != [number for number in visitor.sent if number in set(heard)]:
        wrong.append(f"{visitor.name}: messages are out of order")
    wrong += _answers(visitor, found)
    if visitor.cursor != len(found):
        wrong.append(f"{visitor.name}: saw {visitor.cursor} of {len(found)} lines")
    return wrong


def _answers(visitor: Visitor, found: list[tuple[Any, ...]]) -> list[str]:
    """A turn writes the customer's line and then its answers, so they follow each other by number."""
    answers: dict[str, int] = {}
    last = ""
    for author, number, *_ in found:
        if author == "customer":
            last = number
            answers[last] = 0
        elif last:
            answers[last] += 1
    wrong = []
    for number, count in answers.items():
        most = 1 if visitor.said[number] in SMALL_TALK else 2  # after an answer the bot may ask for a name, once
        if not 1 <= count <= most:
            wrong.append(f"{visitor.name}: {number} ({visitor.said[number]!r}) has {count} answers")
    return wrong


def unfinished(database: Path) -> dict[str, int]:
    """What still waits: events without their turn, messages that are due."""
    asked = {
        "events": "SELECT count(*) FROM events WHERE state <> 'done'",
        "outbox": """
            SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending')
                AND due_at <= 1000 * CAST(strftime('%s', 'now') AS INTEGER)
        """,
    }
    return {name: count for name, sql in asked.items() if (count := rows(database, sql)[0][0])}
