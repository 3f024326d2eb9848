"""Raw events as the platforms sent them: kept before they are acknowledged, acted on once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .records import Event, to_ms


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event as it came in. `lane` orders it: events of one lane are acted on one after another."""

    event_id: str
    lane: str
    raw: str


async def add(db: Database, channel: str, account: str, raw: RawEvent, at: datetime) -> Event | None:
    """Keep an event. None: this one is already known."""
    row = await db.one(
        """
        INSERT INTO events (channel, account, event_id, lane, raw, received_at)
        VALUES (:channel, :account, :event_id, :lane, :raw, :at)
        ON CONFLICT (channel, account, event_id) DO NOTHING RETURNING *
        """,
        {
            "channel": channel,
            "account": account,
            "event_id": raw.event_id,
            "lane": raw.lane,
            "raw": raw.raw,
            "at": to_ms(at),
        },
    )
    return None if row is None else Event.of(row)


async def add_all(db: Database, channel: str, account: str, raws: Sequence[RawEvent], at: datetime) -> list[Event]:
    """Keep the events of one delivery; returns those that are new."""
    kept = [await add(db, channel, account, raw, at) for raw in raws]
    return [event for event in kept if event is not None]


async def once(db: Database, channel: str, account: str, event_id: str, at: datetime) -> bool:
    """Mark something as done once and for all. False: it was done before."""
    sql = """
        INSERT INTO events (channel, account, event_id, lane, raw, received_at, state, done_at)
        VALUES (:channel, :account, :event_id, '', '{}', :at, 'done', :at)
        ON CONFLICT (channel, account, event_id) DO NOTHING
    """
    params = {"channel": channel, "account": account, "event_id": event_id, "at": to_ms(at)}
    return await db.execute(sql, params) == 1


async def waiting(db: Database, after: int = 0, limit: int = 1000) -> list[Event]:
    """Events not yet acted on, oldest first."""
    rows = await db.query(
        "SELECT * FROM events WHERE state = 'new' AND id > :after ORDER BY id LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [Event.of(row) for row in rows]


async def waiting_in(db: Database, lane: str, first: int, limit: int = 50) -> list[Event]:
    """Events of one lane not yet acted on, from an event on, oldest first."""
    rows = await db.query(
        "SELECT * FROM events WHERE state = 'new' AND id >= :first AND lane = :lane ORDER BY id LIMIT :limit",
        {"lane": lane, "first": first, "limit": limit},
    )
    return [Event.of(row) for row in rows]


async def finish(db: Database, event_id: int, at: datetime) -> bool:
    """Mark an event as acted on. False: somebody did before."""
    sql = "UPDATE events SET state = 'done', done_at = :at WHERE id = :id AND state = 'new'"
    return await db.execute(sql, {"id": event_id, "at": to_ms(at)}) == 1


async def fail(db: Database, event_id: int, error: str, tries: int) -> bool:
    """Count a failed try. True: that was the last one, the event is set aside."""
    row = await db.one(
        """
        UPDATE events SET tries = tries + 1, error = :error,
            state = CASE WHEN tries + 1 >= :most THEN 'aside' ELSE state END
        WHERE id = :id RETURNING state
        """,
        {"id": event_id, "error": error, "most": tries},
    )
    return row is not None and row["state"] == "aside"


async def set_aside(db: Database, limit: int = 200) -> list[Event]:
    """The events that failed too often, newest first."""
    rows = await db.query("SELECT * FROM events WHERE state = 'aside' ORDER BY id DESC LIMIT :limit", {"limit": limit})
    return [Event.of(row) for row in rows]


async def replay(db: Database, event_id: int | None = None) -> int:
    """Give events that were set aside a fresh start: one, or all. Returns how many."""
    sql = "UPDATE events SET state = 'new', tries = 0 WHERE state = 'aside' AND (:all = 1 OR id = :id)"
    return await db.execute(sql, {"all": int(event_id is None), "id": event_id or 0})


async def count_by_state(db: Database) -> dict[str, int]:
    """How many events wait (`new`) and how many were set aside (`aside`)."""
    rows = await db.query("SELECT state, count(*) AS n FROM events WHERE state <> 'done' GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


async def forget_before(db: Database, at: datetime, limit: int = 2000) -> int:
    """Drop the texts of events acted on before a time; their keys stay, so that repeats are still known."""
    sql = """
        UPDATE events SET raw = '' WHERE id IN (
            SELECT id FROM events WHERE state = 'done' AND done_at < :at AND raw <> '' LIMIT :limit)
    """
    return await db.execute(sql, {"at": to_ms(at), "limit": limit})
