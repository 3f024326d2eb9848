"""The engine: units of work are whole, alone, and told about after their commit."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from storage import schema
from storage.database import Database, Overloaded, StorageError, Touched, WaitedInTurn
from storage.sqlite import SqliteEngine, open_reader


async def add_staff(db: Database, name: str) -> int:
    rows = await db.query(
        "INSERT INTO staff (name, role, created_at) VALUES (:name, 'staff', 0) RETURNING id", {"name": name}
    )
    return int(rows[0]["id"])


async def names(db: Database) -> list[str]:
    return [row["name"] for row in await db.query("SELECT name FROM staff ORDER BY id")]


async def test_a_unit_of_work_is_on_disk_when_its_caller_goes_on(engine: SqliteEngine) -> None:
    await engine.write(lambda db: add_staff(db, "Minh"))
    other = open_reader(engine.path)
    assert other.execute("SELECT name FROM staff").fetchall() == [("Minh",)]
    other.close()


async def test_a_unit_that_fails_leaves_nothing_and_the_others_stay(engine: SqliteEngine) -> None:
    async def half(db: Database) -> None:
        await add_staff(db, "nobody")
        raise ValueError("changed my mind")

    results = await asyncio.gather(
        engine.write(lambda db: add_staff(db, "Minh")),
        engine.write(half),
        engine.write(lambda db: add_staff(db, "Hoa")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, ValueError, int]
    assert await engine.read(names) == ["Minh", "Hoa"]


async def test_units_run_in_the_order_they_were_asked(engine: SqliteEngine) -> None:
    await asyncio.gather(*(engine.write(partial(add_staff, name=f"{n:04}")) for n in range(700)))
    assert await engine.read(names) == [f"{n:04}" for n in range(700)]


async def test_listeners_hear_after_the_commit_and_never_of_what_was_rolled_back(engine: SqliteEngine) -> None:
    heard: list[Touched] = []
    stop = engine.subscribe(heard.append)

    async def touch(db: Database, number: int, *, fail: bool) -> None:
        db.touch("case", number)
        if fail:
            raise ValueError

    await asyncio.gather(
        engine.write(lambda db: touch(db, 1, fail=False)),
        engine.write(lambda db: touch(db, 2, fail=True)),
        return_exceptions=True,
    )
    stop()
    await engine.write(lambda db: touch(db, 3, fail=False))
    assert frozenset[tuple[str, int]]().union(*heard) == {("case", 1)}


async def test_a_listener_that_fails_does_not_disturb_the_writer(engine: SqliteEngine) -> None:
    def broken(touched: Touched) -> None:
        raise RuntimeError("not my day")

    async def touch(db: Database) -> None:
        db.touch("case", 1)

    engine.subscribe(broken)
    await engine.write(touch)
    assert await engine.write(lambda db: add_staff(db, "Minh")) == 1


async def test_a_turn_that_waits_for_something_else_is_refused_and_undone(engine: SqliteEngine) -> None:
    async def naps(db: Database) -> None:
        await add_staff(db, "sleeper")
        await asyncio.sleep(0)

    with pytest.raises(WaitedInTurn, match="naps"):
        await engine.write(naps)
    assert await engine.read(names) == []


async def test_a_reader_cannot_write(engine: SqliteEngine) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await engine.read(lambda db: add_staff(db, "Minh"))


async def test_a_reader_sees_one_moment(engine: SqliteEngine) -> None:
    first = open_reader(engine.path)
    first.execute("BEGIN")
    assert first.execute("SELECT count(*) FROM staff").fetchone() == (0,)
    await engine.write(lambda db: add_staff(db, "Minh"))
    assert first.execute("SELECT count(*) FROM staff").fetchone() == (0,)
    first.execute("ROLLBACK")
    assert first.execute("SELECT count(*) FROM staff").fetchone() == (1,)
    first.close()


async def test_too_much_waiting_work_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path, waiting=3)
    await engine.start()
    results = await asyncio.gather(
        *(engine.write(partial(add_staff, name=str(n))) for n in range(10)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert len(refused) == 7
    assert len(await engine.read(names)) == 3
    await engine.write(lambda db: add_staff(db, "later"))  # room again
    await engine.stop()


async def test_a_caller_who_gives_up_does_not_stop_the_work(engine: SqliteEngine) -> None:
    task = asyncio.create_task(engine.write(lambda db: add_staff(db, "Minh")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await engine.write(lambda db: add_staff(db, "Hoa")) == 2


async def test_another_process_that_holds_the_file_for_a_while_is_waited_for(engine: SqliteEngine) -> None:
    other = sqlite3.connect(engine.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(engine.write(lambda db: add_staff(db, "Minh")))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    other.execute("COMMIT")
    other.close()
    assert await waiting == 1


async def test_a_full_disk_is_told_and_work_goes_on_when_there_is_room(engine: SqliteEngine) -> None:
    async def limit(db: Database, pages: int) -> None:
        await db.query(f"PRAGMA max_page_count={pages}")

    async def large(db: Database) -> int:
        return await add_staff(db, "x" * 2_000_000)

    await engine.write(lambda db: limit(db, 1))  # SQLite keeps at least the pages in use
    with pytest.raises(StorageError, match="disk is full"):
        await engine.write(large)
    assert await engine.read(names) == []
    await engine.write(lambda db: limit(db, 1_000_000))
    assert await engine.write(lambda db: add_staff(db, "Minh")) == 1


async def test_a_stopped_engine_says_so(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "cham.db")
    with pytest.raises(StorageError, match="not open"):
        await engine.write(lambda db: add_staff(db, "Minh"))
    with pytest.raises(StorageError, match="not open"):
        await engine.read(names)


async def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "missing" / "cham.db")
    with pytest.raises(StorageError, match="cannot open"):
        await engine.start()


async def test_stopping_finishes_what_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    asked = [asyncio.create_task(engine.write(partial(add_staff, name=str(n)))) for n in range(300)]
    await asyncio.sleep(0)
    await engine.stop()
    assert sorted(await asyncio.gather(*asked)) == list(range(1, 301))
