"""Files people send: typed by their content, kept under random names, never decoded here."""

import asyncio
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from care.text import clean
from storage import attachments
from storage.database import Engine
from storage.records import Attachment

LIMIT = 10 * 1024 * 1024  # bytes

# (offset, magic bytes, kind, MIME type, ending). No SVG, HTML or office files: they can carry programs.
MAGIC: tuple[tuple[int, bytes, str, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image", "image/png", "png"),
    (0, b"GIF87a", "image", "image/gif", "gif"),
    (0, b"GIF89a", "image", "image/gif", "gif"),
    (8, b"WEBP", "image", "image/webp", "webp"),
    (4, b"ftypheic", "file", "image/heic", "heic"),
    (4, b"ftypmif1", "file", "image/heif", "heif"),
    (4, b"ftypM4A", "audio", "audio/mp4", "m4a"),
    (4, b"ftypqt", "video", "video/quicktime", "mov"),
    (4, b"ftyp", "video", "video/mp4", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video", "video/webm", "webm"),
    (0, b"OggS", "audio", "audio/ogg", "ogg"),
    (0, b"ID3", "audio", "audio/mpeg", "mp3"),
    (0, b"\xff\xfb", "audio", "audio/mpeg", "mp3"),
    (0, b"%PDF-", "file", "application/pdf", "pdf"),
)
ACCEPTED = tuple(dict.fromkeys(mime for _, _, _, mime, _ in MAGIC))


class UnwantedFile(Exception):
    """A file we do not take. `why`: "type" or "size"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class FileType:
    """What a file is by its content."""

    kind: str
    mime: str
    ending: str


def type_of(head: bytes) -> FileType | None:
    """The type by the first bytes, whatever the name says. None: not one we take."""
    for offset, magic, kind, mime, ending in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return FileType(kind, mime, ending)
    return None


def safe_name(name: str, ending: str) -> str:
    """A name to show and to download under: no folders, no control characters, the true ending."""
    stem = re.sub(r'[\\/:*?"<>|\n]+', " ", clean(name)).rsplit(".", 1)[0].strip(" .")
    return f"{stem[:80] or 'file'}.{ending}"


class MediaStore:
    """The folder of stored files and their rows."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self._engine = engine

    async def keep(self, data: bytes, name: str, at: datetime, *, limit: int = LIMIT) -> Attachment:
        """Store a file on disk, then its row. Raises UnwantedFile."""
        if len(data) > limit:
            raise UnwantedFile("size")
        found = type_of(data[:64])
        if found is None:
            raise UnwantedFile("type")
        token = secrets.token_urlsafe(24)
        path = f"{token[:2]}/{token}.{found.ending}"
        await asyncio.to_thread(_write, self.folder / path, data)
        digest = hashlib.sha256(data).hexdigest()
        return await self._engine.write(
            lambda db: attachments.add(
                db,
                token=token,
                kind=found.kind,
                mime=found.mime,
                name=safe_name(name, found.ending),
                size=len(data),
                sha256=digest,
                path=path,
                at=at,
            )
        )

    async def find(self, token: str) -> Attachment | None:
        """The stored file behind a token."""
        return await self._engine.read(lambda db: attachments.by_token(db, token))

    def path(self, attachment: Attachment) -> Path:
        """Where a stored file lies."""
        return self.folder / attachment.path


def _write(path: Path, data: bytes) -> None:
    """Write and flush, so that a committed row never names a file that a crash took away."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # a file's name is the secret that opens it
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
