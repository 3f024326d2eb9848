"""What waits for the bot: getUpdates with its offset, and the webhook with its queues and retries."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, takewhile

import aiohttp
import msgspec

from tests.simulators.telegram_faults import Faults
from tests.simulators.telegram_limits import Clock
from tests.simulators.telegram_request import Json, conflict

ALL_TYPES = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count",
    "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
    "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost",
    "removed_chat_boost", "guest_message", "managed_bot", "subscription", "stopped_message_generation",
)  # fmt: skip
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
DEFAULT_TYPES = frozenset(ALL_TYPES) - NOT_BY_DEFAULT
LIFETIMES = {"callback_query": 150.0, "inline_query": 30.0}  # seconds; everything else lives for a day
RESPONSE_BYTES = 4_000_000
POLL_SECONDS = 50
WEBHOOK_SECONDS = 60
GONE_FOR = 23 * 3600.0


@dataclass
class Pending:
    """An update the bot has not confirmed yet."""

    id: int
    kind: str
    key: tuple[str, int]  # its queue: one chat's messages, one person's presses, …
    payload: Json
    expires_at: float
    copies: int = 1
    attempts: int = 0

    @property
    def body(self) -> bytes:
        """The Update as JSON."""
        return msgspec.json.encode({"update_id": self.id, **self.payload})


@dataclass
class Webhook:
    """Where updates are pushed to."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False


class Updates:
    """The bot's queue of updates, either polled or pushed."""

    def __init__(self, clock: Clock, faults: Faults, chance: random.Random) -> None:
        self._clock = clock
        self._faults = faults
        self._random = chance
        self.pending: dict[int, Pending] = {}
        self._queues: dict[tuple[str, int], dict[int, Pending]] = defaultdict(dict)  # the same, by queue
        self.next_id = chance.randrange(100_000_000, 900_000_000)
        self.allowed = DEFAULT_TYPES
        self.allowed_was_set = False
        self.on_change: Callable[[], None] = lambda: None
        self.on_reply: Callable[[bytes, str], Awaitable[None]] | None = None
        self.attempts: list[tuple[int, int, float]] = []  # webhook: (update id, HTTP status or 0, when)
        self.last_error: tuple[float, str] | None = None
        self.webhook: Webhook | None = None
        self._held: list[tuple[str, Json]] | None = None
        self._poller: asyncio.Future[str] | None = None
        self._workers: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(40)
        self._gone_since: float | None = None

    # Filling

    def push(self, kind: str, payload: Json) -> None:
        """Something happened that may interest the bot."""
        if kind not in self.allowed:
            return
        if self._held is not None:
            self._held.append((kind, payload))
            return
        fault = self._faults.for_update()
        if fault and fault.kind in ("malformed_update", "unknown_update"):
            self.push_raw(_strange(fault.kind, payload), kind)
        added = self._add(kind, {kind: payload})
        if fault and fault.kind == "duplicate_update":
            added.copies = 2
        if fault and fault.kind == "reordered":
            self._overtake(added)
        self._wake()

    def push_raw(self, payload: Json, kind: str = "message") -> int:
        """Queue any object as an update, however wrong; returns its update_id."""
        added = self._add(kind, payload)
        self._wake()
        return added.id

    def _add(self, kind: str, payload: Json) -> Pending:
        frozen = msgspec.json.decode(msgspec.json.encode(payload), type=Json)  # later edits must not change it
        expires_at = self._clock.now() + LIFETIMES.get(kind, 86_400.0)
        added = Pending(self.next_id, kind, _queue_of(kind, payload.get(kind, {})), frozen, expires_at)
        self.next_id += 1
        self.pending[added.id] = self._queues[added.key][added.id] = added
        return added

    def _overtake(self, late: Pending) -> None:
        waiting = [item for item in self.pending.values() if item is not late and not item.attempts]
        if waiting:
            before = waiting[-1]
            before.kind, late.kind = late.kind, before.kind
            before.key, late.key = late.key, before.key
            before.payload, late.payload = late.payload, before.payload
            before.expires_at, late.expires_at = late.expires_at, before.expires_at
            self._sort_queues()

    def _sort_queues(self) -> None:
        self._queues.clear()
        for item in self.pending.values():
            self._queues[item.key][item.id] = item

    def clear(self) -> None:
        """Drop everything that waits."""
        self.pending.clear()
        self._queues.clear()
        self.on_change()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Updates of this block are queued together when it ends."""
        held: list[tuple[str, Json]] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
            for kind, payload in held:
                self.push(kind, payload)

    def allow(self, names: list[str] | None) -> None:
        """allowed_updates: None keeps the setting, unknown names are ignored, nothing left means the default."""
        if names is not None:
            known = frozenset(names) & frozenset(ALL_TYPES)
            self.allowed, self.allowed_was_set = known or DEFAULT_TYPES, bool(known)

    def _wake(self) -> None:
        if self._poller and not self._poller.done():
            self._poller.set_result("update")
        if self.webhook:
            for key in [key for key in self._queues if key not in self._workers]:
                if self._queues[key]:
                    self._workers[key] = asyncio.create_task(self._drain(key))
        self.on_change()

    def expire(self) -> None:
        """Forget what has been waiting too long."""
        now = self._clock.now()
        for item in [item for item in self.pending.values() if item.expires_at <= now]:
            self._confirm(item)

    def _confirm(self, item: Pending) -> None:
        self.pending.pop(item.id, None)
        queue = self._queues.get(item.key, {})
        queue.pop(item.id, None)
        if not queue:
            self._queues.pop(item.key, None)
        self.on_change()

    # Polling

    async def poll(self, offset: int, limit: int, timeout: int) -> list[Pending]:
        """getUpdates. Confirms what is below the offset, then waits for something to answer."""
        if self.webhook:
            raise conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                           "webhook first")  # fmt: skip
        self.interrupt("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._confirm_below(offset)
        self.expire()
        if not self.pending and timeout > 0:
            await self._wait(min(timeout, POLL_SECONDS))
            self.expire()
        return self._batch(limit if 1 <= limit <= 100 else 100)

    def _confirm_below(self, offset: int) -> None:
        if offset < 0:
            offset = sorted(self.pending)[offset] if len(self.pending) >= -offset else 0
        for item in [item for item in self.pending.values() if item.id < offset]:
            self._confirm(item)

    async def _wait(self, seconds: float) -> None:
        poller = self._poller = asyncio.get_running_loop().create_future()
        timer = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({poller, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            if self._poller is poller:
                self._poller = None
        if poller.done() and (reason := poller.result()) != "update":
            raise conflict(reason)

    def interrupt(self, reason: str) -> None:
        """End a waiting getUpdates with a 409."""
        if self._poller and not self._poller.done():
            self._poller.set_result(reason)
            self._poller = None

    def is_polled(self) -> bool:
        """Is a getUpdates waiting right now?"""
        return self._poller is not None

    def _batch(self, limit: int) -> list[Pending]:
        batch: list[Pending] = []
        size = 0
        for item in list(islice(self.pending.values(), limit)):
            size += len(item.body)
            if size > RESPONSE_BYTES:
                break
            batch += [item] * item.copies
        return batch

    # Pushing

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Start, change or stop pushing."""
        self.interrupt("terminated by setWebhook request")
        for worker in self._workers.values():
            worker.cancel()
        self._workers.clear()
        self.webhook, self.last_error, self._gone_since = webhook, None, None
        self._slots = asyncio.Semaphore(webhook.max_connections if webhook else 1)
        self._wake()

    async def _drain(self, key: tuple[str, int]) -> None:
        """Send one queue strictly in order: the next update only after a 2xx for the one before."""
        try:
            while item := next(iter(self._queues.get(key, {}).values()), None):
                if await self._attempt(item):
                    item.copies -= 1
                    if item.copies <= 0:
                        self._confirm(item)
        finally:
            if self._workers.get(key) is asyncio.current_task():
                del self._workers[key]

    async def _attempt(self, item: Pending) -> bool:
        async with self._slots:
            status, retry_after = await self._post(item)
        item.attempts += 1
        self.attempts.append((item.id, status, self._clock.now()))
        self.on_change()
        if 200 <= status < 300:
            self._gone_since = None
            return True
        self._note_failure(status)
        await self._pause(item, retry_after)
        return False

    async def _post(self, item: Pending) -> tuple[int, float | None]:
        assert self.webhook
        headers = {"Content-Type": "application/json"}
        if self.webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret
        try:
            async with self._http().post(
                self.webhook.url, data=item.body, headers=headers, allow_redirects=False
            ) as response:
                body = await response.read()
                if response.ok and self.on_reply and body:
                    await self.on_reply(body, response.headers.get("Content-Type", ""))
                return response.status, _seconds(response.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=WEBHOOK_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def _note_failure(self, status: int) -> None:
        now = self._clock.now()
        self.last_error = (now, f"Wrong response from the webhook: {status}" if status else "Connection refused")
        self._gone_since = (self._gone_since or now) if status == 410 else None
        if self._gone_since and now - self._gone_since >= GONE_FOR:
            self.webhook = None
            raise asyncio.CancelledError  # nobody to push to any more

    async def _pause(self, item: Pending, retry_after: float | None) -> None:
        delay = 0.0 if item.attempts == 1 else float(2 ** min(item.attempts - 1, 10))
        delay = min(delay, self._random.uniform(60, 120))
        if retry_after is not None:
            delay = min(retry_after, 3600.0)
        if self._clock.now() + delay >= item.expires_at:
            self._confirm(item)
        else:
            await self._clock.sleep(delay)

    async def stop(self) -> None:
        """Stop pushing and let a waiting poller go."""
        self.interrupt("the simulator stops")
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session:
            await self._session.close()


def _queue_of(kind: str, payload: Json) -> tuple[str, int]:
    chat = int(payload.get("chat", {}).get("id", 0))
    if kind == "callback_query":
        return kind, int(payload.get("from", {}).get("id", 0))
    if kind in ("message", "edited_message"):
        return "message", chat
    return kind, chat


def _strange(fault: str, payload: Json) -> Json:
    if fault == "unknown_update":
        return {"telepathy": {"id": "1", "from": payload.get("from", {})}}
    return {"message": {"message_id": "not a number", "chat": payload.get("chat", {"id": 0}), "text": {"no": "text"}}}


def _seconds(header: str | None) -> float | None:
    digits = "".join(takewhile(str.isdigit, header or ""))
    return float(digits) if digits else None
