"""What a visitor of the website chat may fetch: the lines in their places, with buttons and names."""

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .records import Json, Record, to_ms

LATELY = 6  # lines: a button further up was chosen long ago
COLUMNS = """
    l.id, l.conversation_id, l.seq, l.author, l.text, l.extra, l.external_id, l.at, l.edited_at, l.recalled_at,
    o.id AS outbox_id, o.chosen, s.name AS staff_name
    FROM lines l LEFT JOIN outbox o ON o.line_id = l.id AND o.state = 'sent' AND o.payload LIKE '%"choices"%'
    LEFT JOIN staff s ON s.id = l.staff_id
"""


@dataclass(frozen=True, slots=True)
class Mail(Record):
    """One line as the customer sees it. `outbox_id` is set when it has buttons."""

    id: int
    conversation_id: int
    seq: int
    author: str
    text: str
    extra: Json
    external_id: str | None
    at: datetime
    edited_at: datetime | None
    recalled_at: datetime | None
    outbox_id: int | None
    chosen: int | None
    staff_name: str | None


async def since(db: Database, conversation_id: int, seq: int, limit: int = 200) -> list[Mail]:
    """The lines after a place, in order; of a longer history only the newest."""
    rows = await db.query(
        f"""
        SELECT {COLUMNS} WHERE l.conversation_id = :id AND l.seq > :seq AND l.author <> 'note'
        ORDER BY l.seq DESC LIMIT :limit
        """,
        {"id": conversation_id, "seq": seq, "limit": limit},
    )
    return [Mail.of(row) for row in reversed(rows)]


async def changed(db: Database, conversation_id: int, after: datetime, up_to_seq: int) -> list[Mail]:
    """The lines up to a place that were edited or taken back since a time, or answered by a button lately."""
    rows = await db.query(
        f"""
        SELECT {COLUMNS} WHERE l.conversation_id = :id AND l.seq <= :seq AND l.author <> 'note'
            AND (l.edited_at >= :after OR l.recalled_at >= :after OR (o.chosen IS NOT NULL AND l.seq > :lately))
        ORDER BY l.seq LIMIT 200
        """,
        {"id": conversation_id, "seq": up_to_seq, "lately": up_to_seq - LATELY, "after": to_ms(after)},
    )
    return [Mail.of(row) for row in rows]


async def conversation_of(db: Database, channel: str, account: str, address: str) -> int | None:
    """The number of the conversation at an address, or None while there is none."""
    row = await db.one(
        """
        SELECT c.id FROM identities i JOIN conversations c ON c.identity_id = i.id
        WHERE i.channel = :channel AND i.account = :account AND i.external_id = :address
        """,
        {"channel": channel, "account": account, "address": address},
    )
    return None if row is None else int(row["id"])


async def visitor_of(db: Database, conversation_id: int, channel: str, account: str) -> str | None:
    """The address of a conversation, when it is one of this channel."""
    row = await db.one(
        "SELECT address FROM conversations WHERE id = :id AND channel = :channel AND account = :account",
        {"id": conversation_id, "channel": channel, "account": account},
    )
    return None if row is None else str(row["address"])
