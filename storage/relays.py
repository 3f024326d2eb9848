"""Which message in a staff chat shows which line of which case, so that a reply finds its customer."""

from datetime import datetime

from storage.database import Database
from storage.records import to_ms


async def add(
    db: Database,
    channel: str,
    account: str,
    address: str,
    external_id: str,
    at: datetime,
    *,
    line_id: int | None,
    case_id: int | None,
) -> None:
    """Remember what a message in a staff chat shows."""
    await db.execute(
        """
        INSERT INTO relays (channel, account, address, external_id, line_id, case_id, at)
        VALUES (:channel, :account, :address, :external_id, :line_id, :case_id, :at)
        ON CONFLICT (channel, account, address, external_id) DO NOTHING
        """,
        {
            "channel": channel,
            "account": account,
            "address": address,
            "external_id": external_id,
            "line_id": line_id,
            "case_id": case_id,
            "at": to_ms(at),
        },
    )


async def case_of(db: Database, channel: str, account: str, address: str, external_id: str) -> int | None:
    """The case a message belongs to."""
    row = await db.one(
        """
        SELECT case_id FROM relays
        WHERE channel = :channel AND account = :account AND address = :address AND external_id = :external_id
        """,
        {"channel": channel, "account": account, "address": address, "external_id": external_id},
    )
    return None if row is None else row["case_id"]


async def is_customers(db: Database, channel: str, account: str, address: str, external_id: str) -> bool:
    """The message shows a customer's words: a reply to it is for the customer."""
    row = await db.one(
        """
        SELECT r.id FROM relays r JOIN lines l ON l.id = r.line_id
        WHERE r.channel = :channel AND r.account = :account AND r.address = :address
            AND r.external_id = :external_id AND l.author = 'customer'
        """,
        {"channel": channel, "account": account, "address": address, "external_id": external_id},
    )
    return row is not None


async def line_of(db: Database, channel: str, account: str, address: str, external_id: str) -> int | None:
    """The line a message shows."""
    row = await db.one(
        """
        SELECT line_id FROM relays
        WHERE channel = :channel AND account = :account AND address = :address AND external_id = :external_id
        """,
        {"channel": channel, "account": account, "address": address, "external_id": external_id},
    )
    return None if row is None else row["line_id"]


async def case_of_topic(db: Database, channel: str, account: str, address: str, thread: str) -> int | None:
    """The case whose topic this is."""
    row = await db.one(
        """
        SELECT t.case_id FROM topics t JOIN staff_groups g ON g.id = t.group_id
        WHERE g.channel = :channel AND g.account = :account AND g.address = :address AND t.thread = :thread
        ORDER BY t.id DESC LIMIT 1
        """,
        {"channel": channel, "account": account, "address": address, "thread": thread},
    )
    return None if row is None else int(row["case_id"])


async def of_line(db: Database, channel: str, account: str, address: str, line_id: int) -> str | None:
    """The message in a staff chat that shows a line."""
    row = await db.one(
        """
        SELECT external_id FROM relays
        WHERE line_id = :line_id AND channel = :channel AND account = :account AND address = :address ORDER BY id
        """,
        {"channel": channel, "account": account, "address": address, "line_id": line_id},
    )
    return None if row is None else str(row["external_id"])
