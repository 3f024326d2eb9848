"""Migrations: all or nothing, a copy before, and never backwards."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from storage import schema
from storage.database import StorageError


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(str(path))
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


def add_table(connection: Any) -> None:
    connection.execute("CREATE TABLE added (id INTEGER PRIMARY KEY)")


def breaks(connection: Any) -> None:
    connection.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")
    raise RuntimeError("power cut")


def orphans(connection: Any) -> None:
    connection.execute("INSERT INTO cases (customer_id, conversation_id, kind, state, opened_at, changed_at) "
                       "VALUES (99, 99, 'question', 'open', 0, 0)")  # fmt: skip


def test_an_empty_file_gets_everything_and_a_second_start_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cham.db"
    assert schema.migrate(str(path)) == 0
    assert {"events", "outbox", "cases", "ratings", "lines"} <= tables(path)
    assert schema.migrate(str(path)) == schema.LATEST
    assert list(path.parent.glob("*before*")) == []


def test_an_upgrade_leaves_a_copy_of_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    assert schema.migrate(str(path), steps=(*schema.MIGRATIONS, add_table)) == schema.LATEST
    assert "added" in tables(path)
    copy = tmp_path / f"cham.db.before-{schema.LATEST + 1}"
    assert "added" not in tables(copy)
    assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("step", [breaks, orphans])
def test_a_migration_that_fails_changes_nothing(tmp_path: Path, step: schema.Step) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    with pytest.raises((RuntimeError, StorageError)):
        schema.migrate(str(path), steps=(*schema.MIGRATIONS, add_table, step))
    assert tables(path) & {"added", "half"} == set()
    assert schema.migrate(str(path)) == schema.LATEST


def test_a_file_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path), steps=(*schema.MIGRATIONS, add_table))
    with pytest.raises(StorageError, match="newer Chạm"):
        schema.migrate(str(path))
    assert "added" in tables(path)
