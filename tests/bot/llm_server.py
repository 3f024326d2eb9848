"""A language model on loopback that speaks the OpenAI protocol and says what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

Reply = Callable[[dict[str, Any]], str]


def says(entry: str, quote: str, answer: str) -> str:
    """A reply as the task asks for it."""
    return msgspec.json.encode({"entry": entry, "quote": quote, "answer": answer}).decode()


@dataclass
class FakeModel:
    """`reply` gets {"question", "entries"} and returns what the model says."""

    base: str = ""
    reply: Reply = field(default=lambda asked: says("", "", ""))
    status: int = 200
    raw: bytes | None = None  # sent instead of a completion
    hang: asyncio.Event | None = None  # the answer waits for it
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The questions and entries that were sent."""
        return [msgspec.json.decode(body["messages"][-1]["content"]) for body in self.bodies]

    async def complete(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.keys.append(request.headers.get("Authorization", ""))
        if self.hang is not None:
            await self.hang.wait()
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status)
        content = self.reply(self.asked[-1])
        message = {"role": "assistant", "content": content}
        return web.json_response({"choices": [{"index": 0, "message": message}]}, status=self.status)


@asynccontextmanager
async def serving() -> AsyncIterator[FakeModel]:
    """A model that serves for as long as the block lasts."""
    model = FakeModel()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    server = TestServer(app)
    await server.start_server()
    model.base = str(server.make_url("/v1"))
    try:
        yield model
    finally:
        if model.hang is not None:
            model.hang.set()
        await server.close()
