"""A customer's browser that never gives up: it comes back with its cursor and says again what was not acknowledged."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

SMALL_TALK = ("cảm ơn shop", "/trogiup", "xin chào")  # answered with exactly one message
QUESTIONS = ("phí giao hàng là bao nhiêu", "shop mở cửa mấy giờ", "chính sách đổi trả thế nào")
LATER = ("busy", "too_fast")


@dataclass
class Visitor:
    """What one browser sent, was promised, and saw."""

    origin: str
    name: str
    chance: Random
    texts: Sequence[str] = SMALL_TALK + QUESTIONS
    pause: tuple[float, float] = (0.05, 0.25)  # seconds between two messages; one visitor may send ten a second
    key: str = ""
    cursor: int = 0
    sent: list[str] = field(default_factory=list)  # ids, in the order they were written
    said: dict[str, str] = field(default_factory=dict)  # id → text
    acked: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)  # not acknowledged yet
    lines: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what must never happen
    connects: int = 0
    refused: int = 0  # how often the bot asked to come back later
    talking: bool = True

    async def live(self) -> None:
        """Talk until told to stop, whatever happens to the bot."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=2)) as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                    if await self._introduced(http):
                        await self._chat(http)
                if not self.talking and not self.waiting:
                    return
                await asyncio.sleep(0.02 + self.chance.random() * 0.05)

    async def _introduced(self, http: aiohttp.ClientSession) -> bool:
        if not self.key:
            async with http.post(f"{self.origin}/chat/visitor", headers={"Origin": self.origin}) as answer:
                if answer.status == 200:
                    self.key = (await answer.json())["key"]
        return bool(self.key)

    async def _chat(self, http: aiohttp.ClientSession) -> None:
        url = f"{self.origin.replace('http', 'ws', 1)}/chat/ws"
        async with http.ws_connect(url, headers={"Origin": self.origin}) as socket:
            await socket.send_str(json.dumps({"t": "hello", "key": self.key, "cursor": self.cursor}))
            self.connects += 1
            reading = asyncio.create_task(self._read(socket))
            try:
                for number in list(self.waiting):
                    await self._send(socket, number)
                while self.talking and not reading.done():
                    await self._say_something(socket)
                while not self.talking and not reading.done():  # noqa: ASYNC110  (listens to the end)
                    await asyncio.sleep(0.05)
            finally:
                reading.cancel()

    async def _say_something(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if len(self.waiting) < 3:
            number = f"{self.name}-{len(self.sent)}"
            self.said[number] = self.chance.choice(self.texts)
            self.sent.append(number)
            self.waiting.append(number)
            await self._send(socket, number)
        if self.acked and self.chance.random() < 0.05:  # a browser that missed the acknowledgement
            await self._send(socket, self.chance.choice(sorted(self.acked)))
        await asyncio.sleep(self.chance.uniform(*self.pause))

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, number: str) -> None:
        await socket.send_str(json.dumps({"t": "msg", "id": number, "text": self.said[number]}))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            frame = json.loads(message.data)
            if frame["t"] == "error" and frame["code"] in LATER:
                self.refused += 1
                await asyncio.sleep(self.chance.uniform(0.2, 0.6))
                return  # comes back and says it again
            self._heard(frame)

    def _heard(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "ack":
                self.acked.add(frame["id"])
                if frame["id"] in self.waiting:
                    self.waiting.remove(frame["id"])
            case "line":
                if frame["seq"] != self.cursor + 1:
                    self.faults.append(f"{self.name}: line {frame['seq']} after {self.cursor}")
                self.cursor = max(self.cursor, frame["seq"])
                self.lines.append(frame)
            case "error":
                self.faults.append(f"{self.name}: {frame}")

    async def until_acked(self, more: int, seconds: float) -> bool:
        """Wait until so many more messages are acknowledged."""
        wanted = len(self.acked) + more
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.acked) < wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        return len(self.acked) >= wanted
