"""Codes that confirm or bind: bound to a person (and a place), short-lived, used once. Only hashes are kept."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import Record, to_ms


@dataclass(frozen=True, slots=True)
class Confirmation(Record):
    """What a code confirms. `place` is empty when it may be used anywhere."""

    code_hash: str
    staff_id: int
    place: str
    action: str
    expires_at: datetime
    used_at: datetime | None
    tries: int


async def add(db: Database, code_hash: str, *, staff_id: int, place: str, action: str, expires_at: datetime) -> None:
    """Keep a fresh code; older ones of this person for the same place are void."""
    values = {
        "code_hash": code_hash,
        "staff_id": staff_id,
        "place": place,
        "action": action,
        "expires_at": to_ms(expires_at),
    }
    await db.execute(
        "DELETE FROM confirmations WHERE staff_id = :staff_id AND place = :place AND used_at IS NULL", values
    )
    await db.execute(
        """
        INSERT INTO confirmations (code_hash, staff_id, place, action, expires_at)
        VALUES (:code_hash, :staff_id, :place, :action, :expires_at)
        """,
        values,
    )


async def use(db: Database, code_hash: str, *, staff_id: int, place: str, now: datetime, tries: int) -> str | None:
    """Take the one use of a code and return its action. None: wrong, late, used, or somebody else's."""
    row = await db.one(
        """
        UPDATE confirmations SET used_at = :now
        WHERE code_hash = :code_hash AND staff_id = :staff_id AND place = :place AND used_at IS NULL
            AND expires_at > :now AND tries < :tries
        RETURNING action
        """,
        {"code_hash": code_hash, "staff_id": staff_id, "place": place, "now": to_ms(now), "tries": tries},
    )
    return None if row is None else str(row["action"])


async def missed(db: Database, staff_id: int) -> None:
    """A wrong code: the open ones of this person lose a try."""
    await db.execute(
        "UPDATE confirmations SET tries = tries + 1 WHERE staff_id = :id AND used_at IS NULL", {"id": staff_id}
    )


async def forget_before(db: Database, at: datetime) -> None:
    """Drop codes that ran out before a time."""
    await db.execute("DELETE FROM confirmations WHERE expires_at < :at", {"at": to_ms(at)})
