"""Stored files: where they lie and the random token that opens them."""

from datetime import datetime

from .database import Database
from .records import Attachment, to_ms


async def add(
    db: Database,
    *,
    token: str,
    kind: str,
    mime: str,
    name: str,
    size: int,
    sha256: str,
    path: str,
    at: datetime,
    conversation_id: int | None = None,
) -> Attachment:
    """Keep where a file lies."""
    rows = await db.query(
        """
        INSERT INTO attachments (token, conversation_id, kind, mime, name, size, sha256, path, created_at)
        VALUES (:token, :conversation_id, :kind, :mime, :name, :size, :sha256, :path, :at) RETURNING *
        """,
        {
            "token": token,
            "conversation_id": conversation_id,
            "kind": kind,
            "mime": mime,
            "name": name,
            "size": size,
            "sha256": sha256,
            "path": path,
            "at": to_ms(at),
        },
    )
    return Attachment.of(rows[0])


async def by_token(db: Database, token: str) -> Attachment | None:
    """The file behind a token, or None."""
    row = await db.one("SELECT * FROM attachments WHERE token = :token", {"token": token})
    return None if row is None else Attachment.of(row)
