"""Operations of the command line on a database that may be in use.

Only one process writes to the file. While the bot runs, it does the operation itself, asked through a socket
that only its own account can open; otherwise the command opens the file for a moment.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from care import settings as shop_settings
from care.shop import Shop
from storage import schema
from storage.database import Engine
from storage.sqlite import SqliteEngine

from .clock import Clock, SystemClock
from .lock import take_lock
from .settings import Settings

log = logging.getLogger(__name__)

NO_SHOP = "Chưa có cửa hàng nào: chạy `cham run` trước. / There is no shop yet: run `cham run` first."
LINE_LIMIT = 64 * 1024 * 1024  # bytes: an import travels in one line


class OperationFailed(Exception):
    """An operation could not be done; the text is for the person at the console."""


@dataclass(frozen=True)
class Desk:
    """What an operation works with. `replay` wakes the worker of a running bot."""

    engine: Engine
    settings: Settings
    now: Callable[[], datetime]
    address: str
    replay: Callable[[int | None], Awaitable[int]] | None = None

    async def shop(self) -> Shop:
        """The shop as it is now. Raises OperationFailed before the first start."""
        try:
            return await self.engine.read(shop_settings.load)
        except LookupError as error:
            raise OperationFailed(NO_SHOP) from error


Operation = Callable[..., Awaitable[Any]]


def socket_path(database: Path) -> Path:
    """Where a running bot listens for its own command line."""
    return database.with_name(database.name + ".sock")


async def serve(desk: Desk, operations: dict[str, Operation], path: Path) -> asyncio.Server:
    """Answer the command line while the bot runs."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _answer(desk, operations, await reader.readline()) + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            log.warning("a command went away before its answer")
        finally:
            writer.close()

    return await asyncio.start_unix_server(talk, sock=_private_socket(path), limit=LINE_LIMIT)


def _private_socket(path: Path) -> socket.socket:
    """Only our own account may open it. A umask would hold for every file that others write meanwhile."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))  # nobody can connect before it listens
    path.chmod(0o600)
    made.setblocking(False)
    return made


async def _answer(desk: Desk, operations: dict[str, Operation], line: bytes) -> bytes:
    try:
        asked = msgspec.json.decode(line)
        result = await operations[asked["do"]](desk, **asked["with"])
        return msgspec.json.encode({"ok": True, "result": result})
    except OperationFailed as failed:
        return msgspec.json.encode({"ok": False, "why": str(failed)})
    except Exception as error:
        log.exception("an operation failed")
        return msgspec.json.encode({"ok": False, "why": f"{type(error).__name__}: {error}"})


async def call(settings: Settings, operations: dict[str, Operation], name: str, /, **arguments: Any) -> Any:
    """Do an operation, in the running bot if there is one. Raises OperationFailed."""
    path = socket_path(settings.database_path)
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_LIMIT)
    except (FileNotFoundError, ConnectionRefusedError):
        async with opened(settings) as desk:
            return await operations[name](desk, **arguments)
    writer.write(msgspec.json.encode({"do": name, "with": arguments}) + b"\n")
    await writer.drain()
    answer = msgspec.json.decode(await reader.readline())
    writer.close()
    if not answer["ok"]:
        raise OperationFailed(answer["why"])
    return answer["result"]


@asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """The database, opened by this command alone."""
    clock = clock or SystemClock()
    path = settings.database_path
    with contextlib.closing(take_lock(path)):
        await asyncio.to_thread(schema.migrate, str(path))
        engine = SqliteEngine(path)
        await engine.start()
        try:
            yield Desk(engine, settings, clock.now, web_address(settings))
        finally:
            await engine.stop()


def web_address(settings: Settings) -> str:
    """Where the bot is found in a browser."""
    if settings.public_url:
        return settings.public_url
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{host}:{settings.port}"
