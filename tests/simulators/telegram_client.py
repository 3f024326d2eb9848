"""The two ends of a bare bot: plain calls, and a webhook that answers what it is told to."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.simulators.telegram import TelegramSimulator


@dataclass
class Client:
    """Plain calls without any library; what came back is the whole answer."""

    sim: TelegramSimulator
    session: aiohttp.ClientSession
    retry_after: str | None = None

    async def call(self, method: str, **values: Any) -> Any:
        url = f"{self.sim.base_url}/bot{self.sim.token}/{method}"
        async with self.session.post(url, json=values) as response:
            answer = await response.json()
            self.retry_after = response.headers.get("Retry-After")
            assert response.status == answer.get("error_code", 200)
            return answer

    async def ok(self, method: str, **values: Any) -> Any:
        answer = await self.call(method, **values)
        assert answer["ok"], answer
        return answer["result"]

    async def texts(self, offset: int = 0, **values: Any) -> list[str]:
        return [update["message"]["text"] for update in await self.ok("getUpdates", offset=offset, **values)]


@dataclass
class Receiver:
    """A webhook that answers what the test tells it to."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # next (status, headers); then 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.arrived.release()
        await self.gate.wait()
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return web.json_response(self.reply, status=status, headers=headers)
