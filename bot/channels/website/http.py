"""The chat's addresses: script, settings, new visitors, socket, the way without sockets, files."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import BodyPartReader, WSCloseCode, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from bot import i18n
from bot.channel import Accept
from bot.media import ACCEPTED, LIMIT, UnwantedFile
from care import settings as shop_settings
from storage import conversations, mailbox, visitors
from storage.database import Database, StorageError

from . import frames
from .adapter import Website, media_of, raw_event
from .door import Door
from .errors import ERRORS
from .hub import Guest
from .limits import Limit
from .texts import WIDGET_TEXTS
from .windows import PollWindow, SocketWindow

GREET_AFTER_MS = 5_000  # product A6
POLL_SECONDS = 25.0
FRAME_LIMIT = 65_536  # bytes
POLL_LIMIT = 1_024  # bytes
FRAMES_A_MINUTE = 600  # of any kind, from one visitor
UPLOADS_AN_HOUR = 60  # files, from one visitor
BAD_KEY = 4401  # close code: the key is unknown, ask for a new one


@dataclass(frozen=True, slots=True)
class Visit:
    """Who sends a frame, and from where."""

    visitor: str
    conversation_id: int | None
    address: str
    language: str


class Refused(Exception):
    """A frame we do not take; `code` names the text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Pages:
    """The routes of the website chat."""

    def __init__(self, channel: Website, accept: Accept) -> None:
        settings = channel.tools.settings
        self._channel = channel
        self._tools = channel.tools
        self._accept = accept
        self._door = Door(settings)
        self._new_visitors = Limit(settings.chat_new_visitors, 3600)
        self._messages = Limit(settings.chat_rate, 60)
        self._frames = Limit(FRAMES_A_MINUTE, 60)
        self._uploads = Limit(UPLOADS_AN_HOUR, 3600)
        self._sockets: set[web.WebSocketResponse] = set()
        self._script = files("bot.channels.website").joinpath("static/chat.js").read_bytes()
        self._look = files("bot.channels.website").joinpath("static/chat.css").read_bytes()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/chat.js", self.script)
        app.router.add_get("/chat.css", self.look)
        app.router.add_get("/chat/config", self.config)
        app.router.add_post("/chat/visitor", self.visitor)
        app.router.add_get("/chat/ws", self.socket)
        app.router.add_post("/chat/send", self.send)
        app.router.add_post("/chat/poll", self.poll)
        app.router.add_post("/chat/upload", self.upload)
        app.router.add_get("/media/{token}/{name}", self.media)
        app.router.add_route("OPTIONS", "/chat/{what}", self.preflight)
        app.on_shutdown.append(self.close_sockets)

    async def close_sockets(self, app: web.Application) -> None:
        """Tell every browser that we go away; they come back by themselves."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"restart")

    # What a page needs before anybody says a word

    async def script(self, request: web.Request) -> web.Response:
        return self._static(request, self._script, "text/javascript")

    async def look(self, request: web.Request) -> web.Response:
        """The style sheet, which the script fetches: a page's strict CSP does not stop it."""
        return self._static(request, self._look, "text/css")

    def _static(self, request: web.Request, body: bytes, kind: str) -> web.Response:
        etag = hashlib.sha256(body).hexdigest()[:16]
        headers = {
            "ETag": f'"{etag}"',
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if any(tag.value == etag for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    async def config(self, request: web.Request) -> web.Response:
        language = i18n.known(request.query.get("lang"))
        gettext = i18n.catalog(language).gettext
        shop = await self._tools.engine.read(shop_settings.load)
        body = {
            "shop": shop.shop,
            "lang": language,
            "texts": {key: gettext(text) for key, text in WIDGET_TEXTS.items()},
            "greet_after_ms": GREET_AFTER_MS,
            "max_upload": LIMIT,
            "accept": list(ACCEPTED),
            "color": "",
        }
        return self._json(request, body)

    async def preflight(self, request: web.Request) -> web.Response:
        """Another site asks whether its script may call us: only those on the list."""
        headers = self._door.cors(request)
        return web.Response(status=204 if headers else 403, headers=headers)

    async def visitor(self, request: web.Request) -> web.Response:
        """Make a visitor: a key that only this browser holds; we keep its hash."""
        self._door.check(request)
        address, tick = self._door.address(request), self._tools.clock.monotonic()
        if not self._door.is_at_home(address) and not self._new_visitors.allows(address, tick):
            after = self._new_visitors.seconds_left(address, tick)
            return self._error(request, 429, "too_many", headers={"Retry-After": str(after)})
        key, visitor, now = secrets.token_urlsafe(16), secrets.token_hex(12), self._tools.clock.now()
        origin, language = request.headers.get("Origin", ""), i18n.known(request.query.get("lang"))
        await self._tools.engine.write(lambda db: visitors.add(db, hashed(key), visitor, origin, language, now))
        return self._json(request, {"key": key})

    # The socket

    async def socket(self, request: web.Request) -> web.StreamResponse:
        self._door.check(request)
        socket = web.WebSocketResponse(heartbeat=25, max_msg_size=FRAME_LIMIT, compress=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        self._tools.metrics.sockets.labels("chat").inc()
        try:
            await self._serve(socket, request, i18n.known(request.query.get("lang")))
        except ConnectionResetError:
            pass  # gone in mid-sentence; nothing unacknowledged was promised
        finally:
            self._sockets.discard(socket)
            self._tools.metrics.sockets.labels("chat").dec()
        return socket

    async def _serve(self, socket: web.WebSocketResponse, request: web.Request, language: str) -> None:
        """The first frame must hold a key we know; then replay, and listen."""
        hello = await self._hello(socket)
        visitor = None if hello is None else await self._visitor_of(hello.key)
        if hello is None or visitor is None:
            await socket.send_str(frames.encode(self._problem("key", "", language)).decode())
            await socket.close(code=BAD_KEY)
            return
        window = SocketWindow(socket, request)
        guest = Guest(visitor, hello.cursor, window)
        try:
            await self._channel.hub.join(guest)
            await window.push(self._ready(guest))
            await self._listen(socket, guest, self._door.address(request), language)
        finally:
            self._channel.hub.leave(guest)
            window.close()

    async def _hello(self, socket: web.WebSocketResponse) -> frames.Hello | None:
        try:
            async with asyncio.timeout(10):
                first = await socket.receive()
            frame = frames.read(first.data) if first.type is WSMsgType.TEXT else None
        except (TimeoutError, frames.Unreadable):
            return None
        return frame if isinstance(frame, frames.Hello) else None

    def _ready(self, guest: Guest) -> dict[str, Any]:
        return {"t": "ready", "cursor": guest.cursor, "first_visit": guest.conversation_id is None}

    async def _listen(self, socket: web.WebSocketResponse, guest: Guest, address: str, language: str) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            visit = Visit(guest.visitor, guest.conversation_id, address, language)
            answer = await self._handle(message.data, visit)
            if answer is not None:
                await guest.window.push(answer)

    # One frame, by socket or by post

    async def _handle(self, data: str | bytes, visit: Visit) -> dict[str, Any] | None:
        """Act on one frame and return the answer. Never raises for what a browser may send."""
        try:
            frame = frames.read(data)
        except frames.Unreadable as unreadable:
            return self._problem("unreadable", unreadable.id, visit.language)
        number = getattr(frame, "id", "")
        try:
            return await self._accepted(frame, visit)
        except Refused as refused:
            return self._problem(refused.code, number, visit.language)
        except StorageError:  # overloaded, or the disk is full: nothing was kept, the browser sends it again
            return self._problem("busy", number, visit.language)

    async def _accepted(self, frame: frames.AnyFrame, visit: Visit) -> dict[str, Any] | None:
        if not self._frames.allows(visit.visitor, self._tools.clock.monotonic()):
            raise Refused("too_fast")
        match frame:
            case frames.Ping() | frames.Hello():
                return {"t": "pong"}
            case frames.Seen(seq=seq):
                if visit.conversation_id is not None:
                    see = partial(conversations.see, conversation_id=visit.conversation_id, seq=seq)
                    await self._tools.engine.write(see)
                return None
            case frames.Typing():
                self._channel.on_typing(visit.visitor)
                return None
        if not self._messages.allows(visit.address, self._tools.clock.monotonic()):
            raise Refused("too_fast")
        extra = await self._checked(frame) if isinstance(frame, frames.Message) else {}
        await self._accept(
            self._channel.name, self._channel.account, [raw_event(visit.visitor, frame, lang=visit.language, **extra)]
        )
        return {"t": "ack", "id": frame.id}

    async def _checked(self, frame: frames.Message) -> dict[str, Any]:
        """A message must say something, fit, and name only files that exist."""
        if len(frame.text.encode("utf-16-le", "surrogatepass")) // 2 > frames.TEXT_LIMIT:
            raise Refused("too_long")
        if len(frame.files) > frames.FILES_LIMIT:
            raise Refused("too_many_files")
        found = [await self._tools.media.find(token) for token in frame.files]
        if any(one is None for one in found):
            raise Refused("file_gone")
        if not frame.text.strip() and not found:
            raise Refused("empty")
        return {"media": media_of(found)} if found else {}

    # Without sockets

    async def send(self, request: web.Request) -> web.Response:
        visitor = await self._who(request)
        if visitor is None:
            return self._error(request, 401, "key")
        body = await read_body(request, FRAME_LIMIT)
        if body is None:
            return self._error(request, 413, "too_long")
        language = i18n.known(request.query.get("lang"))
        visit = Visit(visitor, await self._conversation_of(visitor), self._door.address(request), language)
        answer = await self._handle(body, visit)
        return self._json(request, answer or {"t": "pong"})

    async def poll(self, request: web.Request) -> web.Response:
        """Wait until there is something after the cursor, or the time is over."""
        visitor = await self._who(request)
        if visitor is None:
            return self._error(request, 401, "key")
        try:
            asked = msgspec.json.decode(await read_body(request, POLL_LIMIT) or b"", type=PollRequest)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._error(request, 400, "unreadable")
        window = PollWindow()
        guest = Guest(visitor, asked.cursor, window)
        try:
            await self._channel.hub.join(guest)
            await window.wait(min(max(asked.wait, 0), POLL_SECONDS))
        finally:
            self._channel.hub.leave(guest)
        return self._json(request, {"frames": [*window.frames, self._ready(guest)]})

    # Files

    async def upload(self, request: web.Request) -> web.Response:
        visitor = await self._who(request)
        if visitor is None:
            return self._error(request, 401, "key")
        tick = self._tools.clock.monotonic()
        if not (self._messages.allows(self._door.address(request), tick) and self._uploads.allows(visitor, tick)):
            return self._error(request, 429, "too_fast")
        try:
            name, data = await read_upload(request)
            kept = await self._tools.media.keep(data, name, self._tools.clock.now())
        except UnwantedFile as refused:
            return self._error(request, 413 if refused.why == "size" else 415, f"file_{refused.why}")
        except (ValueError, HttpProcessingError):
            return self._error(request, 400, "unreadable")
        shown = frames.shown({"kind": kept.kind, "token": kept.token, "name": kept.name, "mime": kept.mime})
        return self._json(request, {"file": kept.token} | shown | {"size": kept.size})

    async def media(self, request: web.Request) -> web.StreamResponse:
        """A stored file to whoever holds its token. Only pictures, sound and films are shown; the rest is saved."""
        found = await self._tools.media.find(request.match_info["token"])
        if found is None or not self._tools.media.path(found).is_file():
            raise web.HTTPNotFound
        how = "inline" if found.kind in ("image", "video", "audio") else "attachment"
        headers = {
            "Content-Type": found.mime,
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=86400, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return web.FileResponse(self._tools.media.path(found), headers=headers)

    # Who asks, and from where

    async def _who(self, request: web.Request) -> str | None:
        self._door.check(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return await self._visitor_of(key) if scheme == "Bearer" else None

    async def _visitor_of(self, key: str) -> str | None:
        if not 16 <= len(key) <= 64:
            return None
        return await self._tools.engine.read(lambda db: visitors.by_key(db, hashed(key)))

    async def _conversation_of(self, visitor: str) -> int | None:
        async def look(db: Database) -> int | None:
            return await mailbox.conversation_of(db, self._channel.name, self._channel.account, visitor)

        return await self._tools.engine.read(look)

    def _json(
        self, request: web.Request, body: Any, status: int = 200, headers: dict[str, str] | None = None
    ) -> web.Response:
        return web.Response(
            body=frames.encode(body),
            status=status,
            content_type="application/json",
            headers={"Cache-Control": "no-store"} | self._door.cors(request) | (headers or {}),
        )

    def _error(
        self, request: web.Request, status: int, code: str, headers: dict[str, str] | None = None
    ) -> web.Response:
        problem = self._problem(code, "", i18n.known(request.query.get("lang")))
        return self._json(request, problem, status, headers)

    def _problem(self, code: str, number: str, language: str = i18n.DEFAULT) -> dict[str, Any]:
        frame = {"t": "error", "code": code, "text": i18n.catalog(language).gettext(ERRORS[code])}
        return frame | {"id": number} if number else frame


class PollRequest(msgspec.Struct):
    cursor: frames.Seq = 0
    wait: float = POLL_SECONDS


def hashed(key: str) -> str:
    """What we keep of a key."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


async def read_body(request: web.Request, limit: int) -> bytes | None:
    """The whole body, however many pieces it comes in. None: more than `limit` bytes."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > limit:
            return None
    return bytes(body)


async def read_upload(request: web.Request) -> tuple[str, bytes]:
    """The first part of a form, as (name, bytes). Raises UnwantedFile when too large, ValueError when unreadable."""
    if request.content_type != "multipart/form-data":
        raise ValueError("no form")
    if (request.content_length or 0) > LIMIT + 65_536:
        raise UnwantedFile("size")
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader):
        raise ValueError("no file in the form")
    data = bytearray()
    while chunk := await part.read_chunk(65_536):
        data += chunk
        if len(data) > LIMIT:
            raise UnwantedFile("size")
    return part.filename or "", bytes(data)
