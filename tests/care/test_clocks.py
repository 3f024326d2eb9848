"""Promised times count working time only."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from care import cases
from storage import clocks, conversations
from storage.database import Database
from storage.records import Clock
from tests.cast import TestShop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TestShop]:
    async with opened(tmp_path) as stage:  # open 8:30-12:00 and 13:30-21:30, every day
        yield stage


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("opened_at", "kind", "urgent", "first_reply", "resolution"),
    [
        ("2026-11-21 10:00", "question", False, "2026-11-21 10:05", "2026-11-21 15:30"),
        ("2026-11-21 11:58", "question", False, "2026-11-21 13:33", "2026-11-21 17:28"),
        ("2026-11-21 21:28", "question", False, "2026-11-22 08:33", "2026-11-22 13:58"),
        ("2026-11-21 23:00", "question", False, "2026-11-22 08:35", "2026-11-22 14:00"),
        ("2026-11-21 10:00", "complaint", True, "2026-11-21 10:10", "2026-11-21 15:30"),
        ("2026-11-21 10:00", "complaint", False, "2026-11-21 10:15", "2026-11-23 11:00"),
    ],
)
async def test_the_clocks_of_a_new_case(
    shop: TestShop, opened_at: str, kind: str, urgent: bool, first_reply: str, resolution: str
) -> None:
    now = local(opened_at)

    async def open_one(db: Database) -> tuple[cases.Opened, list[Clock]]:
        thread, person = await conversations.begin(db, "website", "", "lan", name="", language="vi", at=now)
        live = await shop.house.shop(db)
        made = await cases.open_case(db, live, person.id, thread.id, kind, now, urgent=urgent)
        return made, await clocks.of_case(db, made.case.id)

    made, running = await shop.write(open_one)
    due = {clock.kind: clock.due_at for clock in running}
    assert made.promised_at == due["first_reply"] == local(first_reply)
    assert due["resolution"] == local(resolution)
    assert all(clock.started_at < clock.warn_at < clock.due_at for clock in running)
