"""Telegram as a channel: what comes in, what goes out, how fast. The client library is loaded when first needed."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.channel import (
    Accept,
    Capabilities,
    Channel,
    Pace,
    Rejected,
    Rendered,
    SendError,
    Throttled,
    Tools,
    Unreachable,
)
from handlers.messages import Incoming, Media
from storage import events, outbox
from storage.database import Touched
from storage.events import RawEvent
from storage.records import Event, to_json

from . import parsing
from .budget import Budget
from .files import Files
from .receiving import Poller, Webhook

if TYPE_CHECKING:
    from aiogram.methods import TelegramMethod

    from .client import Client
    from .topics import Topics

log = logging.getLogger(__name__)

ALBUM_PAUSE = 0.3  # seconds without another picture: the album is complete
ALBUM_MOST = 10
GONE_PAUSE = 60.0  # seconds
SEVERAL_CHATS = 1.0  # seconds: refusals in different chats so close together mean the whole bot is too fast
CHAT_BURST = 4
LEAST_BURST = 1.2  # messages: waking some milliseconds late must not slow a long broadcast down
FREE_RATE = 30  # messages in any one second that Telegram takes from a bot for nothing


class Telegram(Channel):
    """API: https://core.telegram.org/bots/api"""

    name = "telegram"

    def __init__(self, tools: Tools) -> None:
        settings = tools.settings
        if settings.telegram_token is None:
            raise ValueError("Telegram needs its token")
        self.tools = tools
        self.token = settings.telegram_token.get_secret_value()
        self.account = self.token.partition(":")[0]
        self.capabilities = Capabilities(
            text_limit=4096,
            buttons="inline",
            button_limit=40,
            label_limit=60,
            edit=True,
            delete=True,
            typing=True,
            threads=True,
            media=frozenset({"image", "video", "voice", "audio", "file", "sticker", "location", "contact"}),
            in_flight=32,
            account_pace=_account_pace(settings.telegram_rate),
            chat_pace=Pace(settings.telegram_chat_rate, burst=max(settings.telegram_chat_rate, CHAT_BURST)),
        )
        self.files = Files(self)
        self._budget = Budget(settings.telegram_group_rate)
        self._topics: Topics | None = None
        self._muted: set[str] = set()  # groups that did not let us write the last time
        self._accept: Accept | None = None
        self._client: Client | None = None
        self._loading = asyncio.Lock()
        self._menus = asyncio.Lock()
        self._poller: Poller | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: dict[tuple[int, int], list[str]] = {}  # what is out of a message of several calls
        self._throttled: tuple[str, float] = ("", -1e9)

    async def client(self) -> "Client":
        """The Bot API. Loading the library takes a second: that happens beside, not before, our first answers."""
        if self._client is None:
            async with self._loading:
                if self._client is None:
                    module = await asyncio.to_thread(import_module, "bot.channels.telegram.client")
                    await asyncio.to_thread(import_module, "bot.channels.telegram.sending")
                    self._client = module.Client(self.token, self.tools.settings.telegram_api_base)
        return self._client

    # --- In -------------------------------------------------------------------------------------------------------

    def parse(self, raw: str) -> list[Incoming]:
        return parsing.parse(raw, self.account)

    async def read(self, event: Event) -> tuple[list[Incoming], list[int]]:
        """An update, or all pictures of an album together with the events they came in."""
        if (change := parsing.moved(event.raw)) is not None:
            await self.tools.engine.write(lambda db: outbox.readdress(db, self.name, self.account, *change))
            return [], []
        if not parsing.album_of(event.raw):
            return [await self.prepare(one) for one in self.parse(event.raw)], []
        album = await self._album(event)
        heard = [one for item in album for one in self.parse(item.raw)]
        if not heard:
            return [], []
        return [await self.prepare(parsing.join(heard))], [item.id for item in album]

    async def _album(self, event: Event) -> list[Event]:
        """The waiting events of the same album, this one first; [] when an earlier one has spoken for it."""
        album = parsing.album_of(event.raw)
        found: list[Event] = []
        while True:
            waiting = await self.tools.engine.read(lambda db: events.waiting_in(db, event.lane, event.id))
            now = [one for one in waiting if parsing.album_of(one.raw) == album]
            if not now or now[0].id != event.id:
                return []
            if len(now) == len(found) or len(now) >= ALBUM_MOST:
                return now
            found = now
            await asyncio.sleep(ALBUM_PAUSE)

    async def prepare(self, incoming: Incoming) -> Incoming:
        if query := incoming.extra.get("query"):
            self._beside(self._answer(str(query)))
        if not incoming.media:
            return incoming
        media = [await self.files.fetch(self._own(one)) for one in incoming.media]
        return replace(incoming, media=tuple(media))

    def _own(self, media: Media) -> Media:
        """File numbers are good for one bot only."""
        return replace(media, remote=media.remote | {"account": self.account})

    async def _answer(self, query: str) -> None:
        """Every pressed button is answered, or it spins for a minute. Late answers are no trouble."""
        from aiogram.methods import AnswerCallbackQuery

        await (await self.client()).call(AnswerCallbackQuery(callback_query_id=query))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something small that nobody waits for."""

        async def run() -> None:
            try:
                await work
            except SendError as error:
                log.info("telegram refused a side call: %s", error)
            except Exception:
                log.exception("a side call stumbled")

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def start(self, accept: Accept) -> None:
        self._accept = accept
        self._beside(self._renew_menus())
        settings = self.tools.settings
        if settings.telegram_webhook_secret is None:
            self._poller = Poller(self, accept)
            self._poller.start()
        elif settings.public_url:
            self._beside(self._point_here(settings.public_url, settings.telegram_webhook_secret.get_secret_value()))
        else:
            self._beside(self._load())

    async def _renew_menus(self) -> None:
        await self.client()
        from . import menus

        async with self._menus:
            await menus.renew(self)

    def hear(self, touched: Touched) -> None:
        """Menus follow people and groups."""
        if self._accept is not None and any(kind in ("staff", "settings") for kind, _ in touched):
            with contextlib.suppress(RuntimeError):  # no loop any more: the bot is stopping
                self._beside(self._renew_menus())

    async def _load(self) -> None:
        await self.client()

    async def _point_here(self, public_url: str, secret: str) -> None:
        """Tell Telegram where we are; telling it again is no trouble."""
        client = await self.client()
        from aiogram.methods import SetWebhook

        from .updates import KINDS

        url = f"{public_url}/webhooks/telegram"
        await client.call(SetWebhook(url=url, secret_token=secret, allowed_updates=list(KINDS)))

    async def stop(self) -> None:
        if self._poller is not None:
            await self._poller.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=3)
        for task in self._tasks:
            task.cancel()

    async def quiet(self) -> None:
        """Wait until the small things beside are done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Hang up, when nothing is sent any more."""
        if self._client is not None:
            await self._client.close()

    def add_routes(self, app: web.Application, accept: Accept) -> None:
        secret = self.tools.settings.telegram_webhook_secret
        if secret is not None:
            app.router.add_post("/webhooks/telegram", Webhook(self, accept, secret.get_secret_value()).receive)

    # --- Out ------------------------------------------------------------------------------------------------------

    def pace_of(self, address: str) -> Pace | None:
        """Groups are counted call by call in `Budget`: topics and edits cost as much as messages."""
        return None if is_group(address) else self.capabilities.chat_pace

    async def send(self, message: Rendered) -> str:
        from . import client as refusals

        try:
            if "attach" in message.extra:
                return ",".join(await self._with_files(message))
            if "group" in message.extra:
                return ",".join(await self._in_topics(message))
            return ",".join(await self.carry_out(message))
        except refusals.GroupGone as error:
            if "group" not in message.extra:
                raise Unreachable(error.detail) from error
            thrown_out = any(word in error.detail.lower() for word in refusals.THROWN_OUT)
            self._muted.add(message.address)
            await self.report("blocked" if thrown_out else "muted", message.address, "")
            raise Throttled(GONE_PAUSE, detail=error.detail) from error

    async def _with_files(self, message: Rendered) -> list[str]:
        """Reports are made when they are sent, and leave nothing behind."""
        from bot import reports

        made = await reports.files(self.tools, message.extra["attach"])
        try:
            return await self.carry_out(replace(message, media=tuple(made)))
        finally:
            await asyncio.to_thread(reports.discard, made)

    async def _in_topics(self, message: Rendered) -> list[str]:
        await self.client()
        if self._topics is None:
            from .topics import Topics

            self._topics = Topics(self)
        made = await self._topics.send(message)
        if message.address in self._muted:
            self._muted.discard(message.address)
            await self.report("well", message.address, "")
        return made

    async def report(self, what: str, address: str, detail: str) -> None:
        """Let the house know what we learned by sending, as if Telegram had told us: once in ten minutes."""
        hour = self.tools.clock.now().strftime("%Y%m%d%H%M")[:-1]
        news = {"news": what, "chat": address, "detail": detail}
        event = RawEvent(f"{what}:{address}:{detail}:{hour}"[:200], f"telegram:{address}", to_json({"cham": news}))
        if self._accept is not None:
            await self._accept(self.name, self.account, [event])

    async def call(self, address: str, method: "TelegramMethod[Any]") -> Any:
        """One call that concerns a chat, within the chat's budget. Raises SendError."""
        if is_group(address):
            self._budget.take(address, self.tools.clock.monotonic(), cost(method))
        try:
            return await (await self.client()).call(method)
        except Throttled as error:
            raise self._how_wide(error, address) from error

    async def carry_out(self, message: Rendered) -> list[str]:
        """Make the calls of a message and return the numbers of what was made. Raises SendError."""
        await self.client()
        from . import client as refusals

        try:
            return await self._calls(message, plain=False)
        except (refusals.BadMarkup, refusals.BadFile) as error:
            log.warning("telegram did not take the whole message %s: %s", message.delivery_id, error)
            return await self._calls(message, plain=True)

    async def _calls(self, message: Rendered, *, plain: bool) -> list[str]:
        """Calls that went out before one failed are not made again."""
        from . import sending

        key = (message.delivery_id, message.part)
        out = self._sent.get(key, [])
        paths = {id(one): await self.files.path(one) for one in message.media}

        def find(one: dict[str, Any]) -> Path | None:
            return paths.get(id(one))

        for call in sending.calls(message, self.account, find, plain=plain)[len(out) :]:
            try:
                made = await self.call(message.address, call)
            except Rejected as error:
                if not sending.is_done(call, error):
                    raise
                made = True
            out.append(_numbers(made) or message.target)
            if message.media:
                self._sent[key] = out
        self._sent.pop(key, None)
        return out

    def _how_wide(self, error: Throttled, address: str) -> Throttled:
        """Telegram does not say which limit fired: two chats at once mean all of them."""
        tick = self.tools.clock.monotonic()
        chat, at = self._throttled
        self._throttled = (address, tick)
        everyone = chat not in ("", address) and tick - at <= SEVERAL_CHATS
        return Throttled(error.after, everyone=everyone, detail=error.detail)


def is_group(address: str) -> bool:
    """Groups have negative numbers."""
    return address.startswith("-")


def cost(method: "TelegramMethod[Any]") -> int:
    """How much of a group's minute a call uses: each picture of an album counts."""
    return len(getattr(method, "media", None) or ()) if hasattr(method, "media") else 1


def _account_pace(rate: float) -> Pace:
    """What is sent at once, what follows within the second, and calls beside (topics) stay below the limit together."""
    return Pace(rate, burst=max((FREE_RATE - rate) / 2, LEAST_BURST) if rate <= FREE_RATE else rate / 5)


def _numbers(made: Any) -> str:
    """The message numbers in an answer."""
    if isinstance(made, dict):
        return str(made.get("message_id", ""))
    if isinstance(made, list):
        return ",".join(str(one.get("message_id", "")) for one in made)
    return ""
