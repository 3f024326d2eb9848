"""Requests nobody should send: repeated by the thousand, cut, blown up, forged. Nothing breaks, nothing is kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.app import App, running
from bot.settings import Settings
from storage.database import Database
from tests.faults.process import SHOP, free_port

pytestmark = pytest.mark.timeout(240)
SEED = 20261122
COUNTS = ("events", "lines", "outbox", "conversations", "customers", "cases", "faq_asks", "attachments")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    shop = tmp_path / "shop.yaml"
    shop.write_text(SHOP, encoding="utf-8")
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'cham.db'}",
        shop_file=shop,
        media_dir=tmp_path / "media",
        port=free_port(),
        chat_rate=10_000_000,
    )
    async with running(settings) as app:
        await app.settle()
        yield app


@pytest.fixture
async def http(app: App) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Origin": app.address}) as session:
        yield session


async def new_key(app: App, http: aiohttp.ClientSession) -> str:
    async with http.post(f"{app.address}/chat/visitor") as answer:
        return str((await answer.json())["key"])


async def rows(app: App) -> dict[str, int]:
    async def look(db: Database) -> dict[str, int]:
        found: dict[str, int] = {}
        for table in COUNTS:
            row: Any = await db.one(f"SELECT count(*) AS n FROM {table}")
            found[table] = row["n"]
        return found

    await app.settle()
    return await app.engine.read(look)


async def post(app: App, http: aiohttp.ClientSession, key: str, body: bytes | str, where: str = "send") -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with http.post(f"{app.address}/chat/{where}", data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def all_at_once(work: list[Any], together: int = 8) -> list[int]:
    room = asyncio.Semaphore(together)

    async def one(call: Any) -> int:
        async with room:
            return int(await call)

    return list(await asyncio.gather(*map(one, work)))


async def test_a_thousand_requests_three_times_shuffled_eight_at_once_act_once(
    app: App, http: aiohttp.ClientSession
) -> None:
    chance = Random(SEED)
    keys = [await new_key(app, http) for _ in range(20)]
    recorded = [
        (keys[number % 20], json.dumps({"t": "msg", "id": f"r{number}", "text": f"cảm ơn shop {number // 20}"}))
        for number in range(1000)
    ]
    for start in range(0, 1000, 20):  # each visitor's own messages one after another, as a browser sends them
        assert set(await all_at_once([post(app, http, *one) for one in recorded[start : start + 20]])) == {200}
    once = await rows(app)
    assert once["events"] == 1000
    again = recorded * 3
    chance.shuffle(again)
    statuses = await all_at_once([post(app, http, *one) for one in again])
    assert set(statuses) <= {200, 429}
    assert await rows(app) == once


GOOD = {"t": "msg", "id": "x1", "text": "xin chào"}
BROKEN = (
    "", "{", "null", "[]", "7", '"msg"', '{"t":"msg"}', '{"t":"msg","id":7}', '{"t":"msg","id":"","text":"x"}',
    '{"t":"msg","id":"a","text":7}', '{"t":"msg","id":"a","text":"x","files":"y"}', '{"t":"nonsense","id":"a"}',
    '{"t":"press","id":"a","ref":"1.0","n":"first"}', '{"t":"msg","id":"a","text":"   "}',
    '{"t":"msg","id":"' + "i" * 999 + '","text":"x"}',
    '{"t":"msg","id":"a","text":"' + "x" * 5000 + '"}', '{"t":"msg","id":"a","text":"x","files":["nowhere"]}',
    "[" * 5000 + "]" * 5000, '{"t":' * 2000 + "1" + "}" * 2000, '{"t":"msg","id":"a","text":"\\ud800"}',
    "\x00\x01\x02", '{"t":"msg","id":"a\\u0000b","text":',
)  # fmt: skip


async def test_broken_frames_leave_no_rows(app: App, http: aiohttp.ClientSession) -> None:
    key = await new_key(app, http)
    before = await rows(app)
    for body in BROKEN:
        assert await post(app, http, key, body) < 500, body[:80]
    after = await rows(app)
    lone = 1 if after["events"] > before["events"] else 0  # a lone half of a character may be kept, cleaned
    assert after["events"] <= before["events"] + lone


@pytest.mark.parametrize("key", ["", "x", "A" * 22, "A" * 10_000, "../../etc/passwd", "' OR 1=1 --", "null"])
@pytest.mark.parametrize("where", ["send", "poll", "upload"])
async def test_forged_keys_leave_no_rows(app: App, http: aiohttp.ClientSession, key: str, where: str) -> None:
    before = await rows(app)
    assert await post(app, http, key, json.dumps(GOOD), where) in (400, 401, 403)
    assert await rows(app) == before


async def test_a_foreign_page_leaves_no_rows(app: App, http: aiohttp.ClientSession) -> None:
    key = await new_key(app, http)
    before = await rows(app)
    for origin in (
        "https://evil.example",
        "null",
        "",
        f"{app.address}.evil.example",
        app.address.replace("http", "https"),
    ):
        headers = {"Origin": origin, "Authorization": f"Bearer {key}"}
        async with http.post(f"{app.address}/chat/send", data=json.dumps(GOOD), headers=headers) as answer:
            assert answer.status == 403, origin
    assert await rows(app) == before


async def test_oversized_bodies_are_refused_before_they_are_read(app: App, http: aiohttp.ClientSession) -> None:
    key = await new_key(app, http)
    before = await rows(app)
    for where, size in (("send", 3_000_000), ("poll", 3_000_000)):
        assert await post(app, http, key, b"x" * size, where) in (400, 413), where
    assert await rows(app) == before


async def test_random_bytes_never_make_it_stumble(app: App, http: aiohttp.ClientSession) -> None:
    chance = Random(SEED)
    key = await new_key(app, http)
    before = await rows(app)
    good = json.dumps(GOOD).encode()
    bodies = [chance.randbytes(chance.randrange(400)) for _ in range(150)]
    for _ in range(150):  # a good frame, cut, with one byte turned over
        cut = bytearray(good[: chance.randrange(1, len(good) - 1)])
        cut[chance.randrange(len(cut))] = chance.randrange(256)
        bodies.append(bytes(cut))
    for where in ("send", "poll"):
        statuses = await all_at_once([post(app, http, key, body, where) for body in bodies if where == "send" or body])
        assert max(statuses) < 500
    assert await rows(app) == before
