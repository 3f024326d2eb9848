"""Where a visitor's frames go: a socket, or a request that waits. Neither ever keeps the others waiting."""

import asyncio
from typing import Any

from aiohttp import web

from . import frames

WAITING_LIMIT = 1000  # frames a browser may be behind; then it must come back with its cursor
WRITE_SECONDS = 30.0  # one frame to a browser that takes nothing


class SocketWindow:
    """Frames to a socket, written one after another by a task of its own."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._request = request
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING_LIMIT)
        self._writer = asyncio.create_task(self._write())

    async def push(self, frame: dict[str, Any]) -> None:
        """Put a frame in line. A browser too far behind is cut off: it comes back and asks for the rest."""
        try:
            self._waiting.put_nowait(frame)
        except asyncio.QueueFull:
            self._cut()

    def close(self) -> None:
        """The browser is gone."""
        self._writer.cancel()

    def _cut(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self) -> None:
        while not self._socket.closed:
            frame = await self._waiting.get()
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._socket.send_str(frames.encode(frame).decode())
            except (ConnectionError, RuntimeError):
                return  # the browser comes back with its cursor
            except TimeoutError:
                self._cut()
                return


class PollWindow:
    """Frames to a request that waits for them."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    async def push(self, frame: dict[str, Any]) -> None:
        """Keep a frame for the answer and end the wait."""
        self.frames.append(frame)
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Until there is something to say, or the time is over."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return
