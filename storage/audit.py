"""The audit log: who did what. Only added to."""

from datetime import datetime
from typing import Any

from storage.database import Database
from storage.records import AuditEntry, to_json, to_ms


async def add(
    db: Database,
    *,
    at: datetime,
    staff_id: int | None,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down an act. Subject: "case:12", "settings:hours", "customer:7"."""
    await db.execute(
        "INSERT INTO audit (at, staff_id, action, subject, detail) VALUES (:at, :staff_id, :action, :subject, :detail)",
        {"at": to_ms(at), "staff_id": staff_id, "action": action, "subject": subject, "detail": to_json(detail or {})},
    )


async def newest(db: Database, limit: int = 200, before: int | None = None) -> list[AuditEntry]:
    """The newest entries, or those before an entry."""
    rows = await db.query(
        "SELECT * FROM audit WHERE (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit",
        {"before": before, "limit": limit},
    )
    return [AuditEntry.of(row) for row in rows]


async def has(db: Database, action: str, subject: str) -> bool:
    """Such an act was written down before."""
    sql = "SELECT id FROM audit WHERE action = :action AND subject = :subject LIMIT 1"
    return await db.one(sql, {"action": action, "subject": subject}) is not None
