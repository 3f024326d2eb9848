"""A full disk: what cannot be kept is not acknowledged, and everything goes on by itself when there is room."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App, running
from bot.settings import Settings
from storage.database import Database
from tests.faults.process import SHOP, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    shop = tmp_path / "shop.yaml"
    shop.write_text(SHOP, encoding="utf-8")
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'cham.db'}",
        shop_file=shop,
        media_dir=tmp_path / "media",
        port=free_port(),
        chat_rate=1_000_000,
    )
    async with running(settings) as app:
        await app.settle()
        yield app


async def cap(app: App, pages: int | None) -> None:
    """Let the file grow to what it has and so many pages more; None: as far as it likes."""

    async def set_limit(db: Database) -> None:
        row = await db.one("PRAGMA page_count")
        assert row is not None
        most = 2**31 if pages is None else row["page_count"] + pages
        await db.query(f"PRAGMA max_page_count = {most}")

    await app.engine.write(set_limit)


async def count(app: App, sql: str) -> int:
    async def look(db: Database) -> Any:
        return await db.one(sql)

    return int(next(iter((await app.engine.read(look)).values())))


async def test_a_full_disk_refuses_loses_nothing_and_recovers(app: App) -> None:
    headers = {"Origin": app.address}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{app.address}/chat/visitor") as answer:
            key = (await answer.json())["key"]

        async def say(number: int) -> dict[str, Any]:
            frame = {"t": "msg", "id": f"m{number}", "text": f"xin chào {number} " + "dài " * 800}
            bearer = {"Authorization": f"Bearer {key}"}
            async with http.post(f"{app.address}/chat/send", data=json.dumps(frame), headers=bearer) as answer:
                assert answer.status < 500
                return dict(await answer.json())

        await cap(app, 6)
        answers = [await say(number) for number in range(40)]
        kept = [number for number, answer in enumerate(answers) if answer["t"] == "ack"]
        refused = [number for number, answer in enumerate(answers) if answer["t"] == "error"]
        assert refused, "the disk was never full"
        assert {answers[number]["code"] for number in refused} == {"busy"}
        assert await count(app, "SELECT count(*) FROM events WHERE event_id LIKE '%:m%'") == len(kept)

        await cap(app, None)
        again = [await say(number) for number in refused]
        assert {answer["t"] for answer in again} == {"ack"}
        async with asyncio.timeout(60):
            while await count(app, "SELECT count(*) FROM events WHERE state <> 'done'"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while await count(app, "SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending')"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert await count(app, "SELECT count(*) FROM lines WHERE author = 'customer'") == 40
    assert await count(app, "SELECT count(DISTINCT external_id) FROM lines WHERE author = 'customer'") == 40
    assert await count(app, "SELECT count(*) FROM events WHERE state = 'aside'") == 0
