"""Visitors of the website chat: known by a key that only their browser holds; we keep its hash."""

from datetime import datetime

from .database import Database
from .records import to_ms


async def add(db: Database, key_hash: str, visitor: str, origin: str, language: str, at: datetime) -> None:
    """Keep a new visitor."""
    await db.execute(
        """
        INSERT INTO visitors (key_hash, visitor, origin, language, created_at, seen_at)
        VALUES (:key_hash, :visitor, :origin, :language, :at, :at)
        """,
        {"key_hash": key_hash, "visitor": visitor, "origin": origin, "language": language, "at": to_ms(at)},
    )


async def by_key(db: Database, key_hash: str) -> str | None:
    """The visitor of a key, or None."""
    row = await db.one("SELECT visitor FROM visitors WHERE key_hash = :hash", {"hash": key_hash})
    return None if row is None else str(row["visitor"])
