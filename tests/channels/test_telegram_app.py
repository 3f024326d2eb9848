"""The whole app on a loopback port: polling and webhook, and who may post to the webhook."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.channels.telegram_house import SECRET, chatting, look
from tests.simulators.telegram import TelegramSimulator

HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = (
    '{"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "xin chào",'
    ' "from": {"id": 5, "is_bot": false, "first_name": "Lan"}, "chat": {"id": 5, "type": "private"}}}'
)


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as sim:
        yield sim


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_customer_asks_and_is_answered(tmp_path: Path, sim: TelegramSimulator, webhook: bool) -> None:
    async with chatting(tmp_path, sim, webhook=webhook) as app:
        lan = sim.person("Lan")
        await lan.says("/start")
        await lan.hears("Nhà Mây", timeout=30)
        await lan.sends_photo(b"\xff\xd8\xff\xe0" + b"0" * 99, "mẫu này còn không")
        await sim.settled()
        await lan.hears("")
        media = await look(app, "SELECT kind FROM attachments")
        assert media == [{"kind": "image"}]


async def test_only_the_secret_opens_the_webhook(tmp_path: Path, sim: TelegramSimulator) -> None:
    async with chatting(tmp_path, sim, webhook=True) as app, aiohttp.ClientSession() as http:
        url = f"{app.address}/webhooks/telegram"
        for given in (None, "", "sai", SECRET[:-1], SECRET + "x", "bí mật"):
            headers = {} if given is None else {HEADER: given}
            async with http.post(url, data=UPDATE, headers=headers) as answer:
                assert answer.status == 401, given
        right = {HEADER: SECRET}
        async with http.post(url, data=b" " * (1024 * 1024 + 1), headers=right) as answer:
            assert answer.status == 413
        assert await look(app, "SELECT id FROM events") == []


async def test_whatever_the_secret_brings_is_taken_once(tmp_path: Path, sim: TelegramSimulator) -> None:
    async with chatting(tmp_path, sim, webhook=True) as app, aiohttp.ClientSession() as http:
        url, right = f"{app.address}/webhooks/telegram", {HEADER: SECRET}
        for known in (UPDATE, UPDATE, "{}", "không phải JSON", '{"update_id": 2, "new": {}}', "[" * 5000):
            async with http.post(url, data=known.encode(), headers=right) as answer:
                assert answer.status == 200, known
        events = await look(app, "SELECT event_id FROM events WHERE event_id NOT LIKE 'unread:%'")
        assert [row["event_id"] for row in events] == ["1", "2"]


async def test_without_a_secret_there_is_no_webhook(tmp_path: Path, sim: TelegramSimulator) -> None:
    async with chatting(tmp_path, sim) as app, aiohttp.ClientSession() as http:
        async with http.post(f"{app.address}/webhooks/telegram", data=UPDATE, headers={HEADER: ""}) as answer:
            assert answer.status in (404, 405)
        assert await look(app, "SELECT id FROM events") == []
