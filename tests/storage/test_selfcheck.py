"""The look before a start: versions, damage, marks, and that looking changes nothing."""

from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from storage import schema, selfcheck
from storage.database import StorageError


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 53, 4), True), ((3, 51, 3), True), ((3, 50, 7), True), ((3, 44, 6), True), ((3, 44, 9), True),
        ((3, 51, 2), False), ((3, 50, 6), False), ((3, 45, 1), False), ((3, 40, 0), False),
    ],
)  # fmt: skip
def test_only_versions_without_the_race_are_safe(version: tuple[int, int, int], safe: bool) -> None:
    assert selfcheck.is_safe(version) is safe


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    connection = sqlite3.connect(str(path))
    connection.executemany("INSERT INTO customers (name, created_at, seen_at) VALUES (?, 0, 0)", [("Lan" * 50,)] * 5000)
    connection.commit()
    connection.close()
    return path


def test_a_whole_file_is_whole(database: Path) -> None:
    assert selfcheck.look(database).whole
    assert selfcheck.look(database, thorough=True).whole


def test_no_file_and_an_empty_file_are_fine(tmp_path: Path) -> None:
    assert selfcheck.look(tmp_path / "none.db").whole
    (tmp_path / "empty.db").touch()
    assert selfcheck.look(tmp_path / "empty.db").whole


@pytest.mark.parametrize("place", [0, 40, 4096, 8192, 49 * 4096])
def test_turned_over_bytes_are_found_and_the_file_stays_as_it_is(database: Path, place: int) -> None:
    data = bytearray(database.read_bytes())
    data[place : place + 400] = bytes(byte ^ 0xFF for byte in data[place : place + 400])
    database.write_bytes(data)
    found = selfcheck.look(database)
    assert found.whole is False
    assert found.problems
    with pytest.raises(StorageError, match="damaged"):
        selfcheck.refuse_broken(database, lambda: None)
    assert database.read_bytes() == data


def test_a_cut_file_is_found(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: 64 * 4096])
    assert selfcheck.look(database).whole is False


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    path.write_text("this is a letter, not a database " * 200)
    assert selfcheck.look(path).whole is False


def test_a_large_file_is_looked_at_no_longer_than_agreed(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "STEPS", 10)
    assert selfcheck.look(database, 0).whole is None
    selfcheck.refuse_broken(database, lambda: None)


def test_a_row_without_what_it_refers_to_is_found_by_the_thorough_look(database: Path) -> None:
    connection = sqlite3.connect(str(database))
    connection.execute("INSERT INTO points_ledger (customer_id, points, reason, key, at) VALUES (99999, 1, '', 'x', 0)")
    connection.commit()
    connection.close()
    assert selfcheck.look(database).whole
    assert selfcheck.look(database, thorough=True).whole is False


def test_the_mark_says_whether_the_last_process_closed_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    assert not selfcheck.was_left_open(path)
    selfcheck.mark_open(path)
    assert selfcheck.was_left_open(path)
    selfcheck.mark_closed(path)
    selfcheck.mark_closed(path)
    assert not selfcheck.was_left_open(path)
