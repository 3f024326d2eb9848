"""One-time login links and the sessions of signed-in browsers. Only hashes of their secrets are kept."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .records import Record, Session, Staff, to_ms


@dataclass(frozen=True, slots=True)
class Link(Record):
    """A login link. purpose: the page it leads to."""

    token_hash: str
    staff_id: int | None
    role: str
    purpose: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    tries: int


async def add_link(
    db: Database, token_hash: str, *, staff_id: int, role: str, purpose: str, at: datetime, expires_at: datetime
) -> None:
    """Keep a link that may be used once until `expires_at`."""
    await db.execute(
        """
        INSERT INTO login_links (token_hash, staff_id, role, purpose, created_at, expires_at)
        VALUES (:token_hash, :staff_id, :role, :purpose, :at, :expires_at)
        """,
        {
            "token_hash": token_hash,
            "staff_id": staff_id,
            "role": role,
            "purpose": purpose,
            "at": to_ms(at),
            "expires_at": to_ms(expires_at),
        },
    )


async def link(db: Database, token_hash: str) -> Link | None:
    """A link by the hash of its secret."""
    row = await db.one("SELECT * FROM login_links WHERE token_hash = :token_hash", {"token_hash": token_hash})
    return None if row is None else Link.of(row)


async def use_link(db: Database, token_hash: str, at: datetime, tries: int) -> bool:
    """Take the link's one use. False: used, expired or tried too often."""
    sql = """
        UPDATE login_links SET used_at = :at
        WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :at AND tries <= :tries
    """
    return await db.execute(sql, {"token_hash": token_hash, "at": to_ms(at), "tries": tries}) == 1


async def count_try(db: Database, token_hash: str) -> None:
    """Count an attempt to use a link."""
    await db.execute(
        "UPDATE login_links SET tries = tries + 1 WHERE token_hash = :token_hash", {"token_hash": token_hash}
    )


async def count_misses(db: Database, purpose: str) -> None:
    """A wrong code was tried: every open link of this purpose loses a try."""
    await db.execute(
        "UPDATE login_links SET tries = tries + 1 WHERE purpose = :purpose AND used_at IS NULL", {"purpose": purpose}
    )


async def close_links(db: Database, staff_id: int, at: datetime) -> None:
    """Make the unused links of a colleague useless."""
    await db.execute(
        "UPDATE login_links SET used_at = :at WHERE staff_id = :staff_id AND used_at IS NULL",
        {"staff_id": staff_id, "at": to_ms(at)},
    )


async def add_session(
    db: Database, token_hash: str, *, staff_id: int, csrf: str, device: str, at: datetime, expires_at: datetime
) -> None:
    """Keep a new session."""
    await db.execute(
        """
        INSERT INTO sessions (token_hash, staff_id, csrf, created_at, seen_at, expires_at, device)
        VALUES (:token_hash, :staff_id, :csrf, :at, :at, :expires_at, :device)
        """,
        {
            "token_hash": token_hash,
            "staff_id": staff_id,
            "csrf": csrf,
            "at": to_ms(at),
            "expires_at": to_ms(expires_at),
            "device": device,
        },
    )


async def session(db: Database, token_hash: str, now: datetime, seen_after: datetime) -> tuple[Session, Staff] | None:
    """A session that still counts, and whose it is: not revoked, not idle, its owner still active."""
    found = await db.one(
        """
        SELECT * FROM sessions WHERE token_hash = :token_hash AND revoked_at IS NULL
            AND expires_at > :now AND seen_at > :seen_after
        """,
        {"token_hash": token_hash, "now": to_ms(now), "seen_after": to_ms(seen_after)},
    )
    if found is None:
        return None
    person = await db.one("SELECT * FROM staff WHERE id = :id AND active = 1", {"id": found["staff_id"]})
    return None if person is None else (Session.of(found), Staff.of(person))


async def staff(db: Database, staff_id: int) -> Staff | None:
    """A colleague who may still sign in."""
    row = await db.one("SELECT * FROM staff WHERE id = :id AND active = 1", {"id": staff_id})
    return None if row is None else Staff.of(row)


async def see(db: Database, token_hash: str, at: datetime) -> None:
    """Remember that the session was in use."""
    await db.execute(
        "UPDATE sessions SET seen_at = :at WHERE token_hash = :token_hash AND seen_at < :at",
        {"token_hash": token_hash, "at": to_ms(at)},
    )


async def revoke(db: Database, token_hash: str, at: datetime) -> bool:
    """End one session. Its open streams hear of it. False: it had ended."""
    rows = await db.query(
        """
        UPDATE sessions SET revoked_at = :at WHERE token_hash = :token_hash AND revoked_at IS NULL
        RETURNING staff_id
        """,
        {"token_hash": token_hash, "at": to_ms(at)},
    )
    for row in rows:
        db.touch("staff", row["staff_id"])
    return bool(rows)


async def revoke_all(db: Database, staff_id: int, at: datetime) -> int:
    """End every session of a colleague: a role changed, or they left. Returns how many."""
    sql = "UPDATE sessions SET revoked_at = :at WHERE staff_id = :staff_id AND revoked_at IS NULL"
    ended = await db.execute(sql, {"staff_id": staff_id, "at": to_ms(at)})
    db.touch("staff", staff_id)
    return ended


async def end_all(db: Database, staff_id: int) -> None:
    """Void every session and unused link of a colleague, as of their last use: a role or a person changed."""
    who = {"staff_id": staff_id}
    await db.execute("UPDATE sessions SET revoked_at = seen_at WHERE staff_id = :staff_id AND revoked_at IS NULL", who)
    await db.execute("UPDATE login_links SET used_at = created_at WHERE staff_id = :staff_id AND used_at IS NULL", who)
    db.touch("staff", staff_id)


async def open_sessions(db: Database, staff_id: int, now: datetime) -> list[Session]:
    """The sessions of a colleague that were neither revoked nor ran out, newest first."""
    rows = await db.query(
        """
        SELECT * FROM sessions WHERE staff_id = :staff_id AND revoked_at IS NULL AND expires_at > :now
        ORDER BY seen_at DESC
        """,
        {"staff_id": staff_id, "now": to_ms(now)},
    )
    return [Session.of(row) for row in rows]


async def forget_before(db: Database, at: datetime) -> None:
    """Drop links and sessions that ended before a time."""
    values = {"at": to_ms(at)}
    await db.execute("DELETE FROM login_links WHERE expires_at < :at", values)
    await db.execute("DELETE FROM sessions WHERE expires_at < :at OR revoked_at < :at OR seen_at < :at", values)
