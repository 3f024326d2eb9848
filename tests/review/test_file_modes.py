"""What customers wrote is for our own account only, on disk too, and from the first byte."""

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from bot import control
from bot.media import MediaStore
from storage import schema
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_copy_before_an_upgrade_is_never_anybody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    seen: list[int] = []
    real = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> Any:
        connection = real(*args, **kwargs)
        copy = tmp_path / f"cham.db.before-{schema.LATEST + 1}"
        connection.set_progress_handler(lambda: seen.append(mode(copy)) if copy.exists() else None, 20)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)
    schema.migrate(str(path), steps=(*schema.MIGRATIONS, lambda connection: None))
    assert seen
    assert set(seen) == {0o600}


async def test_database_and_files_are_for_our_own_account_only(engine: SqliteEngine, tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media", engine)
    kept = await store.keep(b"\x89PNG\r\n\x1a\n" + b"0" * 64, "hình.png", FakeClock().now())
    assert mode(store.path(kept)) == 0o600
    assert mode(store.path(kept).parent) == 0o700
    for path in Path(engine.path).parent.glob("cham.db*"):
        assert mode(path) == 0o600, path.name


async def test_the_command_lines_socket_is_private_and_changes_nobody_elses_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[int] = []

    def umask(mask: int) -> int:
        changed.append(mask)
        return 0o022

    monkeypatch.setattr(os, "umask", umask)
    path = tmp_path / "cham.db.sock"
    desk: Any = None
    server = await control.serve(desk, {}, path)
    try:
        assert mode(path) == 0o600
        assert changed == []
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b'{"do": "nothing", "with": {}}\n')
        assert b'"ok":false' in await reader.readline()
        writer.close()
    finally:
        server.close()
