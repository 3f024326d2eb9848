"""The questions asked for every message read what waits, not everything there ever was."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3

from storage import outbox, schema
from storage.database import drive

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Planner:
    """A database that is only asked how it would look things up."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path)
        self.plans: list[str] = []

    async def query(self, sql: str, params: Any = {}) -> list[dict[str, Any]]:
        self.plans += [row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
        return []

    async def one(self, sql: str, params: Any = {}) -> None:
        await self.query(sql, params)


@pytest.fixture
def planner(tmp_path: Path) -> Planner:
    path = str(tmp_path / "cham.db")
    schema.migrate(path)
    return Planner(path)


@pytest.mark.parametrize("mailbox", [True, False])
def test_what_is_due_is_found_without_reading_what_was_sent(planner: Planner, mailbox: bool) -> None:
    drive(outbox.due(planner, "telegram", "7", NOW, 100, mailbox=mailbox))  # type: ignore[arg-type]
    drive(outbox.next_due(planner, "telegram", "7", NOW, mailbox=mailbox))  # type: ignore[arg-type]
    drive(outbox.orphans(planner, "telegram", "7"))  # type: ignore[arg-type]
    assert planner.plans
    assert not [plan for plan in planner.plans if plan.startswith("SCAN")]
