"""What must be said, and what became of it: ready, sending, sent, failed, uncertain, cancelled, expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .conversations import place_line, set_reachable
from .database import Database
from .records import Delivery, from_ms, to_json, to_ms

ENDED = ("sent", "failed", "uncertain", "cancelled", "expired")
# SQLite uses an index of unsent rows only where its very condition is repeated: without it these queries would read
# everything ever sent. A row that was tried, or held back for its pace, still holds its lane; one planned for later
# does not.
FIRST_IN_LANE = """
    NOT EXISTS (
        SELECT 1 FROM outbox AS before WHERE before.lane = outbox.lane AND before.id < outbox.id
        AND before.state IN ('ready', 'sending')
        AND (before.state = 'sending' OR (before.state = 'ready'
            AND (before.due_at <= :now OR before.tries > 0 OR before.lease_until IS NOT NULL))))
    AND NOT EXISTS (SELECT 1 FROM outbox AS busy WHERE busy.lane = outbox.lane
        AND busy.state IN ('ready', 'sending') AND busy.state = 'sending')
"""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to send. `lane` orders it: one lane is sent one after another."""

    channel: str
    account: str
    address: str
    purpose: str
    payload: dict[str, Any]
    due_at: datetime
    lane: str = ""
    conversation_id: int | None = None
    line_id: int | None = None
    case_id: int | None = None
    key: str | None = None
    expires_at: datetime | None = None


async def add(db: Database, new: NewDelivery, at: datetime) -> int | None:
    """Keep a message to send and return its number. None: its key was used before."""
    row = await db.one(
        """
        INSERT INTO outbox (channel, account, address, lane, conversation_id, line_id, case_id, purpose, payload, key,
            due_at, expires_at, created_at)
        VALUES (:channel, :account, :address, :lane, :conversation_id, :line_id, :case_id, :purpose, :payload, :key,
            :due_at, :expires_at, :created_at)
        ON CONFLICT (key) DO NOTHING RETURNING id
        """,
        {
            "channel": new.channel,
            "account": new.account,
            "address": new.address,
            "lane": new.lane or f"{new.channel}:{new.account}:{new.address}",
            "conversation_id": new.conversation_id,
            "line_id": new.line_id,
            "case_id": new.case_id,
            "purpose": new.purpose,
            "payload": to_json(new.payload),
            "key": new.key,
            "due_at": to_ms(new.due_at),
            "expires_at": None if new.expires_at is None else to_ms(new.expires_at),
            "created_at": to_ms(at),
        },
    )
    if row is None:
        return None
    db.touch("outbox", 0)
    return int(row["id"])


async def get(db: Database, delivery_id: int) -> Delivery | None:
    """A row by its number."""
    row = await db.one("SELECT * FROM outbox WHERE id = :id", {"id": delivery_id})
    return None if row is None else Delivery.of(row)


async def used(db: Database, key: str) -> bool:
    """A message with this key was already said."""
    return await db.one("SELECT id FROM outbox WHERE key = :key", {"key": key}) is not None


async def by_key(db: Database, key: str) -> Delivery | None:
    """The row with this key."""
    row = await db.one("SELECT * FROM outbox WHERE key = :key", {"key": key})
    return None if row is None else Delivery.of(row)


async def waiting_for(db: Database, channel: str, account: str, address: str, case_id: int) -> list[Delivery]:
    """What surely was not sent yet of a case to a chat, oldest first."""
    rows = await db.query(
        """
        SELECT * FROM outbox WHERE case_id = :case_id AND state = 'ready' AND ambiguous = 0 AND part = 0
            AND channel = :channel AND account = :account AND address = :address ORDER BY id
        """,
        {"channel": channel, "account": account, "address": address, "case_id": case_id},
    )
    return [Delivery.of(row) for row in rows]


async def rewrite(db: Database, delivery_id: int, payload: dict[str, Any]) -> bool:
    """Say something else instead. False: it is on its way."""
    sql = "UPDATE outbox SET payload = :payload WHERE id = :id AND state = 'ready' AND ambiguous = 0"
    return await db.execute(sql, {"id": delivery_id, "payload": to_json(payload)}) == 1


async def of_line(db: Database, line_id: int) -> Delivery | None:
    """The newest attempt to deliver a line."""
    row = await db.one("SELECT * FROM outbox WHERE line_id = :id ORDER BY id DESC LIMIT 1", {"id": line_id})
    return None if row is None else Delivery.of(row)


async def of_lines(db: Database, first_line_id: int, conversation_id: int) -> dict[int, Delivery]:
    """The newest attempt for each line of a conversation from a line on, by line number."""
    rows = await db.query(
        "SELECT * FROM outbox WHERE conversation_id = :id AND line_id >= :first ORDER BY id",
        {"id": conversation_id, "first": first_line_id},
    )
    return {row["line_id"]: Delivery.of(row) for row in rows}


async def due(db: Database, channel: str, account: str, now: datetime, limit: int, *, mailbox: bool) -> list[Delivery]:
    """Rows that may be sent now. Except into a mailbox, only the first of each lane: order is kept."""
    sql = """
        SELECT * FROM outbox WHERE channel = :channel AND account = :account AND state IN ('ready', 'sending')
            AND state = 'ready' AND due_at <= :now
    """
    if not mailbox:
        sql += f" AND {FIRST_IN_LANE}"
    values = {"channel": channel, "account": account, "now": to_ms(now), "limit": limit}
    rows = await db.query(sql + " ORDER BY id LIMIT :limit", values)
    return [Delivery.of(row) for row in rows]


async def claim(db: Database, delivery_id: int, lease_until: datetime) -> bool:
    """Take a row for sending. False: somebody else has it, or it ended."""
    sql = """
        UPDATE outbox SET state = 'sending', tries = tries + 1, lease_until = :until
        WHERE id = :id AND state = 'ready'
    """
    return await db.execute(sql, {"id": delivery_id, "until": to_ms(lease_until)}) == 1


async def post(db: Database, delivery: Delivery, at: datetime) -> bool:
    """Put a row into a mailbox of ours: taken and sent in one. False: it is not ready any more."""
    sql = """
        UPDATE outbox SET state = 'sent', tries = tries + 1, settled_at = :at WHERE id = :id AND state = 'ready'
    """
    if await db.execute(sql, {"id": delivery.id, "at": to_ms(at)}) != 1:
        return False
    await _place(db, delivery, at)
    return True


async def sent(db: Database, delivery: Delivery, external_ids: Sequence[str], at: datetime) -> None:
    """The channel took it. Its line gets its place in what the customer sees."""
    await db.execute(
        """
        UPDATE outbox SET state = 'sent', reason = '', external_ids = :ids, settled_at = :at, lease_until = NULL
        WHERE id = :id AND state IN ('sending', 'uncertain')
        """,
        {"id": delivery.id, "ids": to_json(list(external_ids)), "at": to_ms(at)},
    )
    await _place(db, delivery, at)
    _tell(db, delivery)


async def _place(db: Database, delivery: Delivery, at: datetime) -> None:
    """Give the line of a sent row its place, once."""
    if delivery.line_id is None or delivery.conversation_id is None:
        return
    placed = await db.one("SELECT seq FROM lines WHERE id = :id", {"id": delivery.line_id})
    if placed is not None and placed["seq"] is None:
        await place_line(db, delivery.line_id, delivery.conversation_id)
    await db.execute(
        "UPDATE conversations SET last_out_at = :at WHERE id = :id",
        {"id": delivery.conversation_id, "at": to_ms(at)},
    )


async def progress(db: Database, delivery_id: int, part: int, external_ids: Sequence[str]) -> None:
    """Remember which parts of a long message are out, so that they are never repeated."""
    await db.execute(
        "UPDATE outbox SET part = :part, external_ids = :ids WHERE id = :id",
        {"id": delivery_id, "part": part, "ids": to_json(list(external_ids))},
    )


async def again(db: Database, delivery: Delivery, due_at: datetime, reason: str, *, ambiguous: bool = False) -> None:
    """Put a row back for another try."""
    await db.execute(
        """
        UPDATE outbox SET state = 'ready', due_at = :due_at, reason = :reason, lease_until = NULL,
            ambiguous = CASE WHEN :ambiguous = 1 THEN 1 ELSE ambiguous END
        WHERE id = :id AND state = 'sending'
        """,
        {"id": delivery.id, "due_at": to_ms(due_at), "reason": reason, "ambiguous": int(ambiguous)},
    )
    _tell(db, delivery)


async def unclaim(db: Database, delivery_id: int, due_at: datetime) -> None:
    """Put back a row that was taken but never tried: the try does not count."""
    await db.execute(
        """
        UPDATE outbox SET state = 'ready', tries = tries - 1, due_at = :due_at, lease_until = NULL
        WHERE id = :id AND state = 'sending'
        """,
        {"id": delivery_id, "due_at": to_ms(due_at)},
    )


async def hold(db: Database, delivery_id: int, until: datetime, reason: str, *, keeps_place: bool = False) -> None:
    """Let a ready row wait, with the reason a person can read. `keeps_place`: what is behind it waits, too."""
    await db.execute(
        """
        UPDATE outbox SET due_at = :until, reason = :reason,
            lease_until = CASE WHEN :keeps_place = 1 THEN :until ELSE lease_until END
        WHERE id = :id AND state = 'ready'
        """,
        {"id": delivery_id, "until": to_ms(until), "reason": reason, "keeps_place": int(keeps_place)},
    )


async def end(db: Database, delivery: Delivery, state: str, reason: str, at: datetime) -> bool:
    """End a row as failed, uncertain, cancelled or expired. False: it had ended.

    What may have arrived in an earlier try is never said to be unsent.
    """
    changed = await db.execute(
        """
        UPDATE outbox SET state = CASE WHEN ambiguous = 1 THEN 'uncertain' ELSE :state END, reason = :reason,
            settled_at = :at, lease_until = NULL
        WHERE id = :id AND state IN ('ready', 'sending')
        """,
        {"id": delivery.id, "state": state, "reason": reason, "at": to_ms(at)},
    )
    _tell(db, delivery)
    return changed == 1


async def orphans(db: Database, channel: str, account: str) -> list[Delivery]:
    """Rows taken by a process that is gone: nobody knows whether they went out."""
    rows = await db.query(
        """
        SELECT * FROM outbox WHERE channel = :channel AND account = :account AND state IN ('ready', 'sending')
            AND state = 'sending' ORDER BY id
        """,
        {"channel": channel, "account": account},
    )
    return [Delivery.of(row) for row in rows]


async def readdress(db: Database, channel: str, account: str, old: str, new: str) -> None:
    """A chat has moved: everything unsent, its group and its conversation go to the new address."""
    place = "channel = :channel AND account = :account AND address = :old"
    lanes = {"old_lane": f"{channel}:{account}:{old}", "new_lane": f"{channel}:{account}:{new}"}
    values = {"channel": channel, "account": account, "old": old, "new": new}
    await db.execute(f"UPDATE conversations SET address = :new WHERE {place}", values)  # noqa: S608
    await db.execute(
        f"""
        UPDATE outbox SET address = :new, lane = CASE WHEN lane = :old_lane THEN :new_lane ELSE lane END WHERE {place}
        """,  # noqa: S608
        values | lanes,
    )
    for table, same in (("staff_groups", ""), ("relays", "AND there.external_id = relays.external_id")):
        await db.execute(  # what is known at the new address already stays as it is
            f"""
            UPDATE {table} SET address = :new WHERE {place} AND NOT EXISTS (
                SELECT 1 FROM {table} AS there WHERE there.channel = :channel AND there.account = :account
                AND there.address = :new {same})
            """,  # noqa: S608
            values,
        )


async def unreachable(db: Database, delivery: Delivery) -> None:
    """The person does not want to hear from us there, or is gone."""
    await set_reachable(db, delivery.channel, delivery.account, delivery.address, False)


async def cancel_ready(db: Database, conversation_id: int, purpose: str, reason: str, at: datetime) -> int:
    """Cancel what waits for a conversation and was not yet tried. Returns how many."""
    return await db.execute(
        """
        UPDATE outbox SET state = 'cancelled', reason = :reason, settled_at = :at
        WHERE conversation_id = :id AND purpose = :purpose AND state = 'ready' AND ambiguous = 0
        """,
        {"id": conversation_id, "purpose": purpose, "reason": reason, "at": to_ms(at)},
    )


async def send_again(db: Database, delivery: Delivery, at: datetime) -> int | None:
    """Make a new attempt of a row that failed or is uncertain. None: it was already made."""
    return await add(
        db,
        NewDelivery(
            channel=delivery.channel,
            account=delivery.account,
            address=delivery.address,
            lane=delivery.lane,
            purpose=delivery.purpose,
            payload=delivery.payload,
            due_at=at,
            conversation_id=delivery.conversation_id,
            line_id=delivery.line_id,
            case_id=delivery.case_id,
            key=f"again:{delivery.id}",
        ),
        at,
    )


async def press(db: Database, ref: str, channel: str, account: str, address: str) -> tuple[Delivery, int] | None:
    """The row and place behind "<outbox id>.<index>", if it was sent to this very chat. None: forged or forgotten."""
    number, _, place = ref.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (number, place)):
        return None
    delivery = await get(db, int(number))
    if delivery is None or (delivery.channel, delivery.account, delivery.address) != (channel, account, address):
        return None
    return (delivery, int(place)) if int(place) < len(delivery.payload.get("choices", ())) else None


async def last_said(db: Database, conversation_id: int) -> Delivery | None:
    """What the customer last heard, from anybody."""
    row = await db.one(
        """
        SELECT o.* FROM lines l JOIN outbox o ON o.line_id = l.id AND o.conversation_id = l.conversation_id
        WHERE l.conversation_id = :id AND l.seq IS NOT NULL AND l.author <> 'customer' ORDER BY l.seq DESC LIMIT 1
        """,
        {"id": conversation_id},
    )
    return None if row is None else Delivery.of(row)


async def choose(db: Database, delivery: Delivery, index: int) -> bool:
    """Remember which button was pressed first. False: one was pressed before."""
    sql = "UPDATE outbox SET chosen = :index WHERE id = :id AND chosen IS NULL"
    first = await db.execute(sql, {"id": delivery.id, "index": index}) == 1
    if first and delivery.conversation_id is not None:
        db.touch("line", delivery.conversation_id)
    _tell(db, delivery)
    return first


async def next_due(
    db: Database, channel: str, account: str, now: datetime | None = None, *, mailbox: bool = False
) -> datetime | None:
    """When the next ready row of a channel may be sent; given `now`, what waits behind another row does not count."""
    row = await db.one(
        f"""
        SELECT due_at FROM outbox WHERE channel = :channel AND account = :account AND state IN ('ready', 'sending')
            AND state = 'ready'
            {"" if mailbox or now is None else f"AND {FIRST_IN_LANE}"} ORDER BY due_at, id LIMIT 1
        """,  # noqa: S608
        {"channel": channel, "account": account, "now": 0 if now is None else to_ms(now)},
    )
    return None if row is None else from_ms(row["due_at"])


async def count_by_state(db: Database, since: datetime) -> dict[str, int]:
    """How many rows wait, and how many ended since a time, by state."""
    rows = await db.query(
        """
        SELECT state, count(*) AS n FROM outbox WHERE state IN ('ready', 'sending') GROUP BY state
        UNION ALL
        SELECT state, count(*) AS n FROM outbox WHERE settled_at >= :since GROUP BY state
        """,
        {"since": to_ms(since)},
    )
    return {row["state"]: row["n"] for row in rows}


async def quarantine(db: Database, at: datetime, reason: str) -> int:
    """Cancel everything unsent, after a restore. Returns how many rows."""
    return await db.execute(
        """
        UPDATE outbox SET state = CASE WHEN state = 'sending' OR ambiguous = 1 THEN 'uncertain' ELSE 'cancelled' END,
            reason = :reason, settled_at = :at, lease_until = NULL
        WHERE state IN ('ready', 'sending')
        """,
        {"reason": reason, "at": to_ms(at)},
    )


def _tell(db: Database, delivery: Delivery) -> None:
    db.touch("outbox", 0)
    if delivery.conversation_id is not None:
        db.touch("conversation", delivery.conversation_id)
