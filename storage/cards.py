"""Small sums over a customer's history, for the card of a case."""

from datetime import datetime

from storage.database import Database
from storage.records import from_json, from_ms


async def ratings(db: Database, customer_id: int, limit: int = 3) -> list[tuple[int, datetime]]:
    """Level and time of the newest ratings."""
    rows = await db.query(
        "SELECT level, at FROM ratings WHERE customer_id = :id ORDER BY at DESC, id DESC LIMIT :limit",
        {"id": customer_id, "limit": limit},
    )
    return [(row["level"], from_ms(row["at"])) for row in rows]


async def media_of_case(db: Database, case_id: int) -> int:
    """How many pictures and files the customer sent for a case."""
    rows = await db.query(
        "SELECT extra FROM lines WHERE case_id = :id AND author = 'customer' AND extra <> '{}'", {"id": case_id}
    )
    return sum(len(from_json(row["extra"]).get("media", ())) for row in rows)


async def points(db: Database, customer_id: int) -> int:
    """The sum of a customer's points."""
    sql = "SELECT COALESCE(sum(points), 0) AS n FROM points_ledger WHERE customer_id = :id"
    row = await db.one(sql, {"id": customer_id})
    return 0 if row is None else int(row["n"])
