"""Backups: one archive with the database, the files people sent, and a list with checksums. Readable by its owner only.

The database is copied by SQLite itself from one snapshot, so a running bot can be backed up; never by copying files.
"""

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from sqlite_utils.utils import sqlite3

from . import quarantine, schema, selfcheck
from .database import StorageError

FORMAT = 1
KEEP = 14  # archives
PREFIX, ENDING = "cham-", ".tar.gz"
DATABASE, MANIFEST = "cham.db", "manifest.json"
COMPRESSION = 3  # of 9: pictures do not get smaller, and nobody likes to wait
CHUNK = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds: SHA-256 by name inside it."""

    format: int
    made_at: str  # ISO, UTC
    schema: int
    files: dict[str, str]
    missing: list[str] = []  # files the database knows that were not on disk


@dataclass(frozen=True)
class Backup:
    """An archive on disk."""

    path: Path
    size: int  # bytes
    manifest: Manifest


class BadBackup(StorageError):
    """An archive cannot be used; the text says why."""


def folder_of(database: Path) -> Path:
    """Where the backups of a database lie."""
    return database.parent / "backups"


def listed(folder: Path) -> list[Path]:
    """The archives in a folder, newest first."""
    return sorted(folder.glob(f"{PREFIX}*{ENDING}"), key=lambda path: path.name.removesuffix(ENDING), reverse=True)


def make(database: Path, media: Path, folder: Path, at: datetime, *, keep: int = KEEP) -> Backup:
    """Back up a database that may be in use, check the copy, and drop the oldest archives. Blocks."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = _free_name(folder, at)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as making:
        copy = Path(making) / DATABASE
        _copy_database(database, copy)
        found = selfcheck.look(copy)
        if not found.whole:
            raise BadBackup(f"the copy of {database} is damaged: {'; '.join(found.problems)}")
        unfinished = Path(making) / target.name
        manifest = _pack(copy, media, unfinished, at)
        unfinished.replace(target)
    _sync_folder(folder)
    drop_old(folder, keep)
    return Backup(target, target.stat().st_size, manifest)


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Delete all archives but the newest; never the last one. Returns what is gone."""
    old = listed(folder)[max(keep, 1) :]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def check(path: Path) -> Manifest:
    """Read a whole archive and compare it with its list. Raises BadBackup."""
    with tempfile.TemporaryDirectory(prefix="cham-check-") as place:
        return unpack(path, Path(place))


def newest_good(folder: Path) -> Path | None:
    """The newest archive that can be restored."""
    for path in listed(folder):
        with contextlib.suppress(BadBackup, OSError):
            check(path)
            return path
    return None


def unpack(path: Path, place: Path) -> Manifest:
    """Unpack the database of an archive into `place` and compare everything with the list. Raises BadBackup."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            manifest = _manifest(archive)
            seen = {name: _take(archive, member, name, place) for name, member in _members(archive)}
    except FileNotFoundError:
        raise
    except (OSError, EOFError, tarfile.TarError, msgspec.MsgspecError, ValueError) as error:
        raise BadBackup(f"{path} cannot be read as a backup of Chạm: {error}") from error
    if seen != manifest.files:
        wrong = sorted(name for name in {*seen, *manifest.files} if seen.get(name) != manifest.files.get(name))
        raise BadBackup(f"{path} is damaged: {', '.join(wrong[:3])} differ from the list inside")
    _check_database(path, place / DATABASE, manifest)
    return manifest


def _check_database(path: Path, copy: Path, manifest: Manifest) -> None:
    if manifest.schema > schema.LATEST:
        raise BadBackup(f"{path} was made by a newer Chạm (schema {manifest.schema}): install that version first")
    found = selfcheck.look(copy)
    if not found.whole:
        raise BadBackup(f"the database in {path} is damaged: {'; '.join(found.problems)}")


def _free_name(folder: Path, at: datetime) -> Path:
    stem = f"{PREFIX}{at:%Y%m%d-%H%M%S}"
    taken = [path.name.removesuffix(ENDING) for path in listed(folder) if path.name.startswith(stem)]
    if not taken:
        return folder / (stem + ENDING)
    number = taken[0].removeprefix(stem).lstrip("-")  # the newest of this second
    return folder / f"{stem}-{int(number or 1) + 1:03}{ENDING}"


def _copy_database(database: Path, copy: Path) -> None:
    if not database.exists():
        raise StorageError(f"there is no database at {database} yet: run `cham run` first")
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30)
    try:
        source.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{database} could not be copied: {error}") from error
    finally:
        source.close()
    copy.chmod(0o600)


def _pack(copy: Path, media: Path, target: Path, at: datetime) -> Manifest:
    number, wanted = _known_files(copy)
    files = {DATABASE: copy} | {f"media/{name}": media / name for name in wanted if (media / name).is_file()}
    missing = [name for name in wanted if not (media / name).is_file()]
    sums = {name: _sum(path) for name, path in files.items()}
    manifest = Manifest(FORMAT, at.isoformat(), number, sums, missing)
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=COMPRESSION) as archive:
            _add_bytes(archive, MANIFEST, msgspec.json.encode(manifest))
            for name, path in files.items():
                archive.add(path, name, recursive=False, filter=_without_owner)
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _known_files(copy: Path) -> tuple[int, list[str]]:
    """The schema's number, and the files below the media folder that the database knows."""
    connection = sqlite3.connect(str(copy), isolation_level=None)
    try:
        rows = connection.execute("SELECT DISTINCT path FROM attachments WHERE path <> '' ORDER BY path").fetchall()
        return schema.version(connection), [row[0] for row in rows if _is_inside(row[0])]
    finally:
        connection.close()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    source = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if source is None:
        raise ValueError("it does not begin with a list of its contents")
    manifest = msgspec.json.decode(source.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, this Chạm reads {FORMAT}")
    return manifest


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    while (member := archive.next()) is not None:
        fits = member.name == DATABASE or (member.name.startswith("media/") and _is_inside(member.name))
        if not member.isfile() or not fits:
            raise ValueError(f"it holds {member.name!r}, which does not belong there")
        yield member.name, member


def _is_inside(name: str) -> bool:
    """A relative name that leads nowhere else."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name and bool(path.parts)


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, place: Path) -> str:
    """Read one member and return its checksum; the database is kept."""
    source: Any = archive.extractfile(member)
    digest = hashlib.sha256()
    with _new_file(place / DATABASE) if name == DATABASE else contextlib.nullcontext() as file:
        while data := source.read(CHUNK):
            digest.update(data)
            if file is not None:
                file.write(data)
    return digest.hexdigest()


def _unpack_media(path: Path, media: Path) -> None:
    """Put back the files that are gone. Names are random and never used twice: one that is there is the same."""
    with tarfile.open(path, "r:gz") as archive:
        _manifest(archive)
        for name, member in _members(archive):
            target = media / name.removeprefix("media/")
            if name == DATABASE or target.exists():
                continue
            source: Any = archive.extractfile(member)
            with _new_file(target) as file:
                shutil.copyfileobj(source, file, CHUNK)


def _new_file(path: Path) -> Any:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- Restore ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """What a restore did. `aside`: where the database from before is kept."""

    manifest: Manifest
    aside: Path | None


def restore(path: Path, database: Path, media: Path, at: datetime) -> Restored:
    """Put the database of an archive in place, in quarantine. The one from before is kept beside it. Blocks.

    Call it only with the lock on the database. Raises BadBackup; nothing is changed then.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=database.parent, prefix=".restoring-") as place:
        manifest = unpack(path, Path(place))
        copy = Path(place) / DATABASE
        schema.migrate(str(copy))
        quarantine.begin(copy, at)
        _unpack_media(path, media)
        _sync_file(copy)
        aside = _put_aside(database, at)
        copy.replace(database)
    _sync_folder(database.parent)
    selfcheck.mark_closed(database)
    return Restored(manifest, aside)


def _put_aside(database: Path, at: datetime) -> Path | None:
    """Move the file with its log: a log next to another file would be read into it."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.before-restore-{at:%Y%m%d-%H%M%S}")
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + ending).rename(aside.with_name(aside.name + ending))
    database.rename(aside)
    aside.chmod(0o600)
    return aside


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
