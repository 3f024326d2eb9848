"""Points as a ledger that is only added to, personal referral codes, and testimonials with their permission."""

from datetime import datetime

from .database import Database
from .records import to_ms


async def add_points(
    db: Database, customer_id: int, points: int, reason: str, key: str, at: datetime, staff_id: int | None = None
) -> bool:
    """Add an entry. False: this key was booked before."""
    sql = """
        INSERT INTO points_ledger (customer_id, points, reason, key, staff_id, at)
        VALUES (:customer_id, :points, :reason, :key, :staff_id, :at) ON CONFLICT (key) DO NOTHING
    """
    values = {"customer_id": customer_id, "points": points, "reason": reason, "key": key, "staff_id": staff_id}
    return await db.execute(sql, values | {"at": to_ms(at)}) == 1


async def points_of(db: Database, customer_id: int) -> int:
    """The balance: the sum of the entries."""
    row = await db.one(
        "SELECT COALESCE(sum(points), 0) AS total FROM points_ledger WHERE customer_id = :id", {"id": customer_id}
    )
    return 0 if row is None else int(row["total"])


async def referral_code(db: Database, customer_id: int, fresh: str, at: datetime) -> str:
    """The personal code of a customer: the one they have, or `fresh`."""
    await db.execute(
        """
        INSERT INTO referrals (code, customer_id, created_at) VALUES (:code, :customer_id, :at)
        ON CONFLICT (customer_id) DO NOTHING
        """,
        {"code": fresh, "customer_id": customer_id, "at": to_ms(at)},
    )
    row = await db.one("SELECT code FROM referrals WHERE customer_id = :id", {"id": customer_id})
    return fresh if row is None else str(row["code"])


async def add_testimonial(db: Database, customer_id: int, rating_id: int | None, line_id: int, at: datetime) -> int:
    """Keep what a customer told or showed; it may be used only after they allow it. Returns its number."""
    rows = await db.query(
        """
        INSERT INTO testimonials (customer_id, rating_id, line_id, at) VALUES (:customer_id, :rating_id, :line_id, :at)
        RETURNING id
        """,
        {"customer_id": customer_id, "rating_id": rating_id, "line_id": line_id, "at": to_ms(at)},
    )
    return int(rows[0]["id"])


async def answer_permission(db: Database, testimonial_id: int, customer_id: int, allowed: bool, at: datetime) -> bool:
    """Keep a yes or no; the last word counts. False: not this customer's."""
    sql = """
        UPDATE testimonials SET permission = :permission, answered_at = :at
        WHERE id = :id AND customer_id = :customer_id
    """
    permission = "given" if allowed else "refused"
    values = {"id": testimonial_id, "customer_id": customer_id, "permission": permission, "at": to_ms(at)}
    return await db.execute(sql, values) == 1
