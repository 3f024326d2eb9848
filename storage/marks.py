"""Small things a channel account remembers between starts, such as which menus it has set."""

from storage.database import Database


async def get(db: Database, channel: str, account: str) -> str:
    """What was remembered; "" for nothing."""
    row = await db.one(
        "SELECT value FROM poll_offsets WHERE channel = :channel AND account = :account",
        {"channel": channel, "account": account},
    )
    return "" if row is None else str(row["value"])


async def put(db: Database, channel: str, account: str, value: str) -> None:
    """Remember something instead."""
    await db.execute(
        """
        INSERT INTO poll_offsets (channel, account, value) VALUES (:channel, :account, :value)
        ON CONFLICT (channel, account) DO UPDATE SET value = excluded.value
        """,
        {"channel": channel, "account": account, "value": value},
    )
