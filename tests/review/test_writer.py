"""The one writer outlives whatever a unit of work does to it."""

import asyncio
from typing import Any

import pytest

from storage.database import Database, StorageError
from storage.sqlite import SqliteEngine

INSERT = "INSERT INTO versions (name, number) VALUES (:name, 1)"


async def _one(db: Database) -> int:
    row = await db.one("SELECT 1 AS one")
    assert row is not None
    return int(row["one"])


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()])
async def test_a_turn_that_exits_does_not_take_the_writer_with_it(engine: SqliteEngine, error: BaseException) -> None:
    async def exits(db: Database) -> None:
        await db.execute(INSERT, {"name": "half"})
        raise error

    with pytest.raises(StorageError, match=type(error).__name__):
        await asyncio.wait_for(engine.write(exits), 5)
    assert await asyncio.wait_for(engine.write(_one), 5) == 1
    assert await engine.read(lambda db: db.query("SELECT * FROM versions WHERE name = 'half'")) == []


async def test_work_that_cannot_even_begin_leaves_its_neighbours_their_answers(engine: SqliteEngine) -> None:
    def nothing_to_run(db: Database) -> None:
        next(iter(()))

    broken: Any = nothing_to_run
    first: asyncio.Task[Any] = asyncio.create_task(engine.write(broken))
    second = asyncio.create_task(engine.write(_one))
    with pytest.raises(StorageError):
        await asyncio.wait_for(first, 5)
    assert await asyncio.wait_for(second, 5) == 1
