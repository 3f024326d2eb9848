"""Backups: whole, private, checked; restores: in quarantine, beside what was there before, all or nothing."""

import io
import tarfile
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlite_utils.utils import sqlite3

from storage import attachments, backup, conversations, outbox, quarantine, schema, selfcheck
from storage.backup import BadBackup
from storage.database import Database, StorageError
from storage.outbox import NewDelivery
from storage.sqlite import SqliteEngine
from tests.clock import START


class Shop:
    """A database with a customer, a picture and an unsent message, in use."""

    def __init__(self, folder: Path) -> None:
        self.database, self.media, self.backups = folder / "cham.db", folder / "media", folder / "backups"
        self.engine = SqliteEngine(self.database)

    async def open(self) -> None:
        schema.migrate(str(self.database))
        await self.engine.start()
        await self.engine.write(self._fill)
        (self.media / "ab").mkdir(parents=True)
        (self.media / "ab" / "picture.png").write_bytes(b"a picture")

    async def _fill(self, db: Database) -> None:
        conversation, _ = await conversations.begin(db, "fake", "main", "lan", name="Lan", language="vi", at=START)
        for purpose in ("marketing", "relay"):
            new = NewDelivery("fake", "main", "lan", purpose, {"text": purpose}, START, conversation_id=conversation.id)
            await outbox.add(db, new, START)
        await attachments.add(
            db,
            token="ab",
            kind="image",
            mime="image/png",
            name="a.png",
            size=9,
            sha256="",
            path="ab/picture.png",
            at=START,
        )

    def make(self, **more: int) -> backup.Backup:
        return backup.make(self.database, self.media, self.backups, START, **more)

    def look(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(str(self.database))
        try:
            return list(connection.execute(sql).fetchall())
        finally:
            connection.close()


@pytest.fixture
async def shop(tmp_path: Path):  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path)
    await shop.open()
    yield shop
    await shop.engine.stop()


async def test_a_backup_of_a_database_in_use_can_be_restored(shop: Shop, tmp_path: Path) -> None:
    made = shop.make()
    assert set(made.manifest.files) == {"cham.db", "media/ab/picture.png"}
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert backup.check(made.path) == made.manifest
    elsewhere = tmp_path / "elsewhere"
    done = backup.restore(made.path, elsewhere / "cham.db", elsewhere / "media", START)
    assert done.aside is None
    assert (elsewhere / "media" / "ab" / "picture.png").read_bytes() == b"a picture"
    assert (elsewhere / "cham.db").stat().st_mode & 0o777 == 0o600
    assert selfcheck.look(elsewhere / "cham.db", thorough=True).whole
    restored = Shop(elsewhere)
    assert restored.look("SELECT name FROM customers") == [("Lan",)]


async def test_only_the_newest_are_kept_and_strangers_files_stay(shop: Shop) -> None:
    shop.backups.mkdir()
    other = shop.backups / "notes.txt"
    other.write_text("mine")
    made = [shop.make(keep=3).path for _ in range(5)]
    assert len({path.name for path in made}) == 5
    assert len(backup.listed(shop.backups)) == 3
    assert other.exists()
    assert not list(shop.backups.glob(".making-*"))


async def test_a_file_that_is_gone_is_named_and_the_rest_is_backed_up(shop: Shop) -> None:
    (shop.media / "ab" / "picture.png").unlink()
    manifest = shop.make().manifest
    assert manifest.missing == ["ab/picture.png"]
    assert list(manifest.files) == ["cham.db"]


async def test_a_backup_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cham run"):
        backup.make(tmp_path / "none.db", tmp_path / "media", tmp_path / "backups", START)


async def test_the_database_from_before_is_kept_beside(shop: Shop) -> None:
    made = shop.make()
    await shop.engine.write(lambda db: db.execute("UPDATE customers SET name = 'Lan Anh'"))
    await shop.engine.stop()
    done = backup.restore(made.path, shop.database, shop.media, START)
    assert done.aside is not None
    assert shop.look("SELECT name FROM customers") == [("Lan",)]
    shop.database = done.aside
    assert shop.look("SELECT name FROM customers") == [("Lan Anh",)]


async def test_what_was_not_sent_before_the_backup_is_never_sent(shop: Shop) -> None:
    made = shop.make()
    await shop.engine.stop()
    backup.restore(made.path, shop.database, shop.media, START + timedelta(days=3))
    assert shop.look("SELECT DISTINCT state, reason FROM outbox") == [("cancelled", quarantine.CANCELLED)]
    assert shop.look("SELECT count(*) FROM versions WHERE name = 'quarantine'") == [(1,)]


def rewritten(path: Path, target: Path, change: dict[str, bytes | None], extra: dict[str, bytes] | None = None) -> Path:
    """The same archive with some members changed, left out or added."""
    with tarfile.open(path) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = change.get(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
        for name, data in (extra or {}).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return target


async def test_a_bad_archive_is_refused_and_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    good = shop.make().path
    with tarfile.open(good) as archive:
        manifest = msgspec.json.decode(archive.extractfile("manifest.json").read())  # type: ignore[union-attr]
    newer = msgspec.json.encode(manifest | {"schema": 10_000})
    strange = msgspec.json.encode(manifest | {"format": 99})
    flipped = bytearray(good.read_bytes())
    flipped[len(flipped) // 2] ^= 0xFF
    (tmp_path / "flipped.tar.gz").write_bytes(flipped)
    (tmp_path / "short.tar.gz").write_bytes(good.read_bytes()[:-200])
    (tmp_path / "text.tar.gz").write_text("not an archive")
    bad = [tmp_path / f"{name}.tar.gz" for name in ("flipped", "short", "text")]
    bad += [
        rewritten(good, tmp_path / "newer.tar.gz", {"manifest.json": newer}),
        rewritten(good, tmp_path / "strange.tar.gz", {"manifest.json": strange}),
        rewritten(good, tmp_path / "nolist.tar.gz", {"manifest.json": None}),
        rewritten(good, tmp_path / "nodb.tar.gz", {"cham.db": None}),
        rewritten(good, tmp_path / "other.tar.gz", {"media/ab/picture.png": b"another picture"}),
        rewritten(good, tmp_path / "outside.tar.gz", {}, {"media/../../evil": b"x"}),
        rewritten(good, tmp_path / "absolute.tar.gz", {}, {"/etc/evil": b"x"}),
        rewritten(good, tmp_path / "more.tar.gz", {}, {"media/ab/more.png": b"x"}),
    ]
    await shop.engine.stop()
    (shop.media / "ab" / "picture.png").unlink()
    before = shop.database.read_bytes()
    for path in bad:
        with pytest.raises(BadBackup):
            backup.restore(path, shop.database, shop.media, START)
    assert shop.database.read_bytes() == before
    assert not list(tmp_path.glob("*before-restore*"))
    assert not list(tmp_path.glob(".restoring-*"))
    assert not (shop.media / "ab" / "picture.png").exists()
    assert not (tmp_path.parent / "evil").exists()


async def test_the_newest_good_backup_is_found_behind_damaged_ones(shop: Shop) -> None:
    good = shop.make().path
    (shop.backups / "cham-99990101-000000.tar.gz").write_bytes(b"newer, but nothing")
    assert backup.newest_good(shop.backups) == good
    good.unlink()
    assert backup.newest_good(shop.backups) is None
