"""A real database in a folder of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import schema
from storage.sqlite import SqliteEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    yield engine
    await engine.stop()
