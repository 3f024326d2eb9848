"""The Telegram Bot API on loopback: strict like the server, with faults on demand and a ledger of what arrived.

async with TelegramSimulator() as sim:
    lan = sim.person("Lan")
    await lan.says("/start")            # a bot at sim.base_url polls, or has set its webhook
    await lan.hears("Chào")             # waits until the bot has answered
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
from aiohttp import MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol

from tests.simulators.telegram_chats import CHATS
from tests.simulators.telegram_edit import EDIT
from tests.simulators.telegram_faults import Fault, Faults
from tests.simulators.telegram_limits import Clock, Limits, SystemClock
from tests.simulators.telegram_people import Group, Person
from tests.simulators.telegram_request import Json, Params, Refusal, bad, read_params, too_many
from tests.simulators.telegram_send import SEND, Method
from tests.simulators.telegram_state import Delivered, World
from tests.simulators.telegram_updates import Webhook

TOKEN = "7000000001:AAHk-simulated-token-for-tests-000000"
METHODS: dict[str, tuple[str, Method]] = {name.lower(): (name, call) for name, call in (SEND | EDIT | CHATS).items()}
NOT_IN_A_WEBHOOK_REPLY = ("get", "setwebhook", "deletewebhook", "close", "logout")
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


class TelegramSimulator:
    """One bot's Telegram. `token` is the bot's; `limits`, `clock` and `faults` may be replaced by the test."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        username: str = "cham_test_bot",
        limits: Limits | None = None,
        clock: Clock | None = None,
        seed: int = 0,
        privacy: bool = True,
        allow_plain_webhooks: bool = True,
        port: int = 0,
    ) -> None:
        self.token = token
        self.clock = clock or SystemClock()
        self.faults = Faults(seed)
        self.privacy = privacy
        self.allow_plain_webhooks = allow_plain_webhooks
        bot = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": "Chạm", "username": username}
        self.world = World(bot, self.clock, limits or Limits(), self.faults, seed)
        self.world.updates.on_change = self.world.changed
        self.world.updates.on_reply = self._webhook_reply
        self.calls: list[tuple[str, int]] = []  # (method, HTTP status answered), in order
        self.port = port
        self._runner: web.AppRunner | None = None
        self._webhook_set_at = -1.0
        self._is_logged_out = False
        self._is_revoked = False

    # Life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on loopback; the port stays the same after a stop."""
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.router.add_route("*", "/{anything:.*}", self._nothing)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Hang up: connections are refused until `start`. What the world knows stays."""
        await self.world.updates.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @property
    def base_url(self) -> str:
        """For aiogram's `TelegramAPIServer.from_base`; PTB wants `/bot` and `/file/bot` appended."""
        return f"http://127.0.0.1:{self.port}"

    # What a test says and asks

    def person(self, name: str, id: int | None = None, *, started: bool = False, **fields: Any) -> Person:
        """Somebody with a Telegram account. Until they write (or `started`), the bot may not write to them."""
        return Person.create(self.world, self.privacy, name, id, started, fields)

    def group(self, title: str, *, forum: bool = False, basic: bool = False, id: int | None = None) -> Group:
        """A supergroup (or a basic group) the bot is not in yet."""
        return Group.create(self.world, title, forum, basic, id)

    def delivered(self, chat: "int | Person | Group | None" = None, thread: int | None = None) -> list[Delivered]:
        """What the bot's sends truly left behind, deleted ones included, in order."""
        chat_id = chat if isinstance(chat, int) or chat is None else chat.id
        entries = self.world.ledger if chat_id is None else self.world.inboxes[chat_id]
        return [entry for entry in entries if thread in (None, entry.thread)]

    async def until(self, truth: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Wait until something is true of the simulator; asked after each change, never by sleeping."""
        return await self.world.until(truth, timeout)

    async def settled(self, timeout: float = 10.0) -> None:
        """Wait until the bot has confirmed every update."""
        await self.until(lambda: not self.world.updates.pending, timeout)

    def held(self) -> AbstractContextManager[None]:
        """Everything said in this block becomes visible to the bot at once."""
        return self.world.updates.held()

    def push_raw(self, payload: Json) -> int:
        """Any object as an update; returns its update_id."""
        return self.world.updates.push_raw(payload)

    def jump_update_id(self, to: int) -> None:
        """After a quiet week the next update_id is a random one, perhaps lower."""
        self.world.updates.next_id = to

    def unanswered(self) -> list[str]:
        """Ids of pressed buttons the bot has not answered."""
        return list(self.world.callbacks)

    def revoke_token(self) -> None:
        """The owner got a new token from BotFather: the old one is refused."""
        self._is_revoked = True

    # HTTP

    async def _nothing(self, request: web.Request) -> web.Response:
        return _refused(Refusal(404, "Not Found"))

    async def _file(self, request: web.Request) -> web.Response:
        file = next((f for f in self.world.files.values() if f.path == request.match_info["path"]), None)
        if request.match_info["token"] != self.token or self._is_revoked:
            return _refused(Refusal(401, "Unauthorized"))
        if file is None or file.link_until <= self.clock.now():
            return _refused(Refusal(404, "Not Found"))
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        fault = self.faults.for_call(method)
        response = _broken(request, fault)
        if response is None:
            response = await self._try(request, method)
            if fault and fault.kind == "slow":
                await self.clock.sleep(fault.seconds)
            if fault and fault.kind == "lost_reply":
                response = _hang_up(request)
        self.calls.append((METHODS.get(method.lower(), (method, None))[0], response.status))
        self.world.changed()
        return response

    async def _try(self, request: web.Request, method: str) -> web.Response:
        try:
            self._authorise(request.match_info["token"])
            result, note = await self._run(method, await read_params(request)), ""
            if isinstance(result, _Noted):
                result, note = result.result, result.note
            return _json(200, {"ok": True, "result": result, **({"description": note} if note else {})})
        except web.HTTPRequestEntityTooLarge:
            return _refused(Refusal(413, "Request Entity Too Large"))
        except Refusal as refusal:
            return _refused(refusal)

    def _authorise(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            raise Refusal(401, "Unauthorized: invalid token specified")
        if token != self.token or self._is_revoked:
            raise Refusal(401, "Unauthorized")
        if self._is_logged_out:
            raise bad("Logged out")

    async def _run(self, method: str, given: Params) -> Any:
        special: dict[str, Callable[[Params], Awaitable[Any]]] = {
            "getupdates": self._get_updates, "setwebhook": self._set_webhook, "close": self._close,
            "deletewebhook": self._delete_webhook, "getwebhookinfo": self._webhook_info, "logout": self._log_out,
        }  # fmt: skip
        if call := special.get(method.lower()):
            return await call(given)
        if method.lower() not in METHODS:
            raise Refusal(404, "Not Found: method not found")
        return await self._patiently(METHODS[method.lower()][1], given)

    async def _patiently(self, call: Method, given: Params) -> Any:
        """The server waits out short floods by itself, inside the request."""
        patience = self.world.flood.limits.silent_wait
        while True:
            try:
                return call(self.world, given)
            except Refusal as refusal:
                wait = refusal.parameters.get("retry_after", 0)
                if not wait or wait > patience:
                    raise
                patience -= wait
                await self.clock.sleep(wait)

    async def _webhook_reply(self, body: bytes, content_type: str) -> None:
        """A method call in the answer to a webhook; its result is never reported."""
        try:
            values = await _reply_values(body, content_type)
            method = str(values.pop("method", ""))
            if method and not method.lower().startswith(NOT_IN_A_WEBHOOK_REPLY):
                await self._run(method, Params(values))
        except (Refusal, msgspec.DecodeError, ValueError):
            pass

    # Receiving

    async def _get_updates(self, given: Params) -> Any:
        updates = self.world.updates
        updates.allow(given.structure("allowed_updates", list))
        batch = await updates.poll(given.integer("offset"), given.integer("limit", 100), given.integer("timeout"))
        return [msgspec.Raw(item.body) for item in batch]

    async def _set_webhook(self, given: Params) -> Any:
        url = given.text("url")
        if not url:
            return await self._delete_webhook(given)
        self._pace_webhook()
        wanted = self._checked_webhook(url, given)
        updates = self.world.updates
        updates.allow(given.structure("allowed_updates", list))
        if given.boolean("drop_pending_updates"):
            updates.clear()
        if updates.webhook == wanted:
            return _Noted(True, "Webhook is already set")
        updates.set_webhook(wanted)
        return _Noted(True, "Webhook was set")

    def _pace_webhook(self) -> None:
        now, last = self.clock.now(), self._webhook_set_at
        if self.world.flood.limits.webhook_per_second and 0 <= now - last < 1:
            raise too_many(1)
        self._webhook_set_at = now

    def _checked_webhook(self, url: str, given: Params) -> Webhook:
        parts, secret = urlsplit(url), given.text("secret_token")
        is_local = self.allow_plain_webhooks and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not is_local:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not is_local and (parts.port or 443) not in (443, 80, 88, 8443):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
            raise bad("secret token contains unallowed characters")
        most = min(max(given.integer("max_connections", 40), 1), 100)
        return Webhook(url, secret, most, given.text("ip_address"), "certificate" in given.uploads)

    async def _delete_webhook(self, given: Params) -> Any:
        updates = self.world.updates
        if given.boolean("drop_pending_updates"):
            updates.clear()
        if updates.webhook is None:
            return _Noted(True, "Webhook is already deleted")
        updates.set_webhook(None)
        return _Noted(True, "Webhook was deleted")

    async def _webhook_info(self, given: Params) -> Any:
        updates, webhook = self.world.updates, self.world.updates.webhook
        updates.expire()
        info: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": bool(webhook and webhook.has_certificate),
            "pending_update_count": len(updates.pending),
        }
        if webhook:
            info |= {"max_connections": webhook.max_connections, "ip_address": webhook.ip_address or "127.0.0.1"}
        if updates.last_error:
            info |= {"last_error_date": int(updates.last_error[0]), "last_error_message": updates.last_error[1]}
        if updates.allowed_was_set:
            info["allowed_updates"] = sorted(updates.allowed)
        return info

    async def _close(self, given: Params) -> bool:
        return True

    async def _log_out(self, given: Params) -> bool:
        self._is_logged_out = True
        return True


class _Noted(msgspec.Struct):
    """A result with a description beside it."""

    result: Any
    note: str


def _json(status: int, body: Json, headers: Iterable[tuple[str, str]] = ()) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json", headers=dict(headers)
    )


def _refused(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    after = refusal.parameters.get("retry_after")
    return _json(refusal.code, body, [("Retry-After", str(after))] if after else [])


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _broken(request: web.Request, fault: Fault | None) -> web.Response | None:
    """The answer to a call that is not carried out; None: carry it out."""
    match fault.kind if fault else None:
        case "reset":
            return _hang_up(request)
        case "server_error":
            return _refused(Refusal(500, "Internal Server Error: something went wrong"))
        case "restarting":
            return _refused(Refusal(500, "Internal Server Error: restart"))
        case "html_500":
            return web.Response(status=500, text=HTML.replace("502 Bad Gateway", "500"), content_type="text/html")
        case "bad_gateway":
            return web.Response(status=502, text=HTML, content_type="text/html")
        case "flood":
            return _refused(too_many(int(fault.seconds) if fault else 1))
        case "bare_flood":
            return _refused(Refusal(429, "Too Many Requests"))
        case _:
            return None


async def _reply_values(body: bytes, content_type: str) -> Json:
    if content_type.startswith("multipart/"):
        stream = StreamReader(_Closed(), limit=2**20)
        stream.feed_data(body)
        stream.feed_eof()
        reader = MultipartReader({"Content-Type": content_type}, stream)
        values = {}
        while (part := await reader.next()) is not None:
            if not isinstance(part, MultipartReader):
                values[part.name or ""] = await part.text()
        return values
    return msgspec.json.decode(body, type=Json)


class _Closed(BaseProtocol):
    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
