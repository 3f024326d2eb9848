"""Updates come by webhook or by long polling. Either way they are on disk before Telegram hears "received"."""

import asyncio
import hashlib
import hmac
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from bot.channel import Accept, Misconfigured, SendError, Throttled
from storage.database import Overloaded, StorageError
from storage.events import RawEvent

from .updates import KINDS, Envelope

if TYPE_CHECKING:
    from .adapter import Telegram

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]

BODY_LIMIT = 1024 * 1024  # bytes
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_PAUSE = 30.0  # seconds
ENVELOPE = msgspec.json.Decoder(Envelope)


def raw_event(raw: bytes) -> RawEvent:
    """An update as it is kept. What cannot be read is kept too, under its hash, and set aside by the worker."""
    text = raw.decode(errors="replace")
    try:
        envelope = ENVELOPE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return RawEvent(f"unread:{hashlib.sha256(raw).hexdigest()}", "telegram:unread", text)
    return RawEvent(str(envelope.update_id), f"telegram:{envelope.chat_id}", text)


class Webhook:
    """Where Telegram posts updates: only with the secret, at most 1 MB."""

    def __init__(self, channel: "Telegram", accept: Accept, secret: str) -> None:
        self._channel = channel
        self._accept = accept
        self._secret = secret.encode()

    async def receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, self._secret):
            return self._refuse(401)
        raw = await self._body(request)
        if raw is None:
            return self._refuse(413)
        try:
            await self._accept(self._channel.name, self._channel.account, [raw_event(raw)])
        except Overloaded:
            return web.Response(status=503, headers={"Retry-After": "2"})
        return web.Response()

    def _refuse(self, status: int) -> web.Response:
        self._channel.tools.metrics.refused.labels(self._channel.name).inc()
        return web.Response(status=status)

    async def _body(self, request: web.Request) -> bytes | None:
        if (request.content_length or 0) > BODY_LIMIT:
            return None
        data = bytearray()
        async for chunk in request.content.iter_chunked(65536):
            data += chunk
            if len(data) > BODY_LIMIT:
                return None
        return bytes(data)


class Poller:
    """Asks for updates, keeps them, and only then asks for the next ones."""

    def __init__(self, channel: "Telegram", accept: Accept) -> None:
        self._channel = channel
        self._accept = accept
        self._task: asyncio.Task[None] | None = None
        self._offset = 0
        self._failures = 0
        self.trouble = ""  # why nothing comes in; "" when all is well

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Hang up; what was not confirmed comes again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await self._until_done(self._forget_webhook)
        while True:
            await self._until_done(self._poll)

    async def _until_done(self, step: Step) -> None:
        """Do one step; after a failure wait a little, longer each time."""
        try:
            await step()
            self._failures, self.trouble = 0, ""
        except (SendError, StorageError) as error:
            self.trouble = str(error)
            log.warning("telegram: %s", error)
            await asyncio.sleep(self._pause(error))
        except Exception:
            log.exception("telegram polling stumbled")
            await asyncio.sleep(self._pause(None))

    def _pause(self, error: Exception | None) -> float:
        self._failures += 1
        longest = min(0.5 * 2 ** min(self._failures, 8), LONGEST_PAUSE)
        if isinstance(error, Misconfigured):
            longest = LONGEST_PAUSE
        if isinstance(error, Throttled):
            longest = max(longest, error.after)
        return float(longest * random.uniform(0.6, 1.0))  # noqa: S311

    async def _forget_webhook(self) -> None:
        """A webhook from another time would keep every update from us. What waits there stays waiting."""
        client = await self._channel.client()
        from aiogram.methods import DeleteWebhook

        await client.call(DeleteWebhook(drop_pending_updates=False))

    async def _poll(self) -> None:
        client = await self._channel.client()
        batch = await client.updates(self._offset, KINDS)
        if not batch:
            self._offset = 0  # all is confirmed; after a quiet week new numbers may be lower than the last
            return
        raws = [raw_event(bytes(one)) for one in batch]
        await self._accept(self._channel.name, self._channel.account, raws)
        self._offset = _next_offset(batch, self._offset)


class _Numbered(msgspec.Struct):
    update_id: int


def _next_offset(batch: list[msgspec.Raw], offset: int) -> int:
    """Behind the last update of the batch. Numbers may jump down after a quiet week, so the last one counts."""
    for one in reversed(batch):
        try:
            return msgspec.json.decode(one, type=_Numbered).update_id + 1
        except msgspec.DecodeError:
            continue
    return offset
