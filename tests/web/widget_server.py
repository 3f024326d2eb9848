"""A small throw-away chat server: it speaks the widget's protocol, keeps everything in memory and can be broken."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.channels.website.texts import WIDGET_TEXTS

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "bot/channels/website/static/chat.js"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'"
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page</title><h1>A page</h1><input aria-label="Search">
<script src="/chat.js" async{attributes}></script></html>"""


@dataclass
class WidgetServer:
    """One conversation for whoever comes; `lines` is what they may see, `frames` what their browser sent."""

    texts: dict[str, str] = field(default_factory=lambda: dict(WIDGET_TEXTS))
    shop: str = "Nhà Mây"
    attributes: str = ""
    lang: str = "vi"
    refuse_socket: bool = False
    drop_acks: int = 0  # so many messages are kept, but the network breaks before the acknowledgement
    keys: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    acks: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, dict[str, Any]] = field(default_factory=dict)  # by text: the answer instead of an ack
    uploads: list[str] = field(default_factory=list)
    sockets: dict[web.WebSocketResponse, int] = field(default_factory=dict)  # how far each has seen
    news: asyncio.Event = field(default_factory=asyncio.Event)
    pages: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=30_000_000)
        app.router.add_get("/", self.page)
        app.router.add_get("/p/{name}", self.page)
        app.router.add_get("/shop.css", self.shop_look)
        app.router.add_get("/chat.js", self.script)
        app.router.add_get("/chat.css", self.look)
        app.router.add_get("/chat/config", self.config)
        app.router.add_post("/chat/visitor", self.visitor)
        app.router.add_get("/chat/ws", self.socket)
        app.router.add_post("/chat/send", self.send)
        app.router.add_post("/chat/poll", self.poll)
        app.router.add_post("/chat/upload", self.upload)
        app.router.add_get("/media/{token}/{name}", self.media)
        return app

    async def script(self, request: web.Request) -> web.FileResponse:
        """The widget itself."""
        return web.FileResponse(WIDGET)

    async def look(self, request: web.Request) -> web.FileResponse:
        """Its style sheet."""
        return web.FileResponse(WIDGET.with_suffix(".css"))

    async def shop_look(self, request: web.Request) -> web.FileResponse:
        """The shop page's style sheet."""
        return web.FileResponse(ROOT / "bot/web/static/shop.css")

    async def page(self, request: web.Request) -> web.Response:
        """A strict page that carries the widget."""
        name = request.match_info.get("name", "")
        text = self.pages.get(name) or PAGE.format(lang=self.lang, attributes=self.attributes)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": CSP})

    async def config(self, request: web.Request) -> web.Response:
        """What the widget needs to know."""
        english = request.query["lang"] == "en"
        texts = WIDGET_TEXTS if english else self.texts
        accept = ["image/png", "image/jpeg", "application/pdf"]
        return web.json_response(
            {"shop": self.shop, "lang": request.query["lang"], "texts": texts, "greet_after_ms": 5000,
             "max_upload": 1_000_000, "accept": accept, "color": "#0b6b5d"}
        )  # fmt: skip

    async def visitor(self, request: web.Request) -> web.Response:
        """A new visitor."""
        self.keys.append(f"key-{len(self.keys) + 1}")
        return web.json_response({"key": self.keys[-1]})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """The socket, until it closes."""
        if self.refuse_socket:
            raise web.HTTPBadGateway
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["t"] == "hello":
                if not await self.welcome(socket, frame):
                    break
                continue
            answer = self.take(frame)
            if answer and frame["t"] == "msg" and self.drop_acks:
                self.drop_acks -= 1
                break
            if answer:
                await socket.send_json(answer)
            await self.tell()
        self.sockets.pop(socket, None)
        await socket.close()
        return socket

    async def welcome(self, socket: web.WebSocketResponse, hello: dict[str, Any]) -> bool:
        """Replay what was missed, or refuse the key."""
        self.frames.append(hello)
        if hello["key"] not in self.keys:
            await socket.send_json({"t": "error", "code": "key"})
            await socket.close(code=4401)
            return False
        for line in self.lines:
            if line["seq"] > hello["cursor"]:
                await socket.send_json(line)
        await socket.send_json(self.ready())
        self.sockets[socket] = len(self.lines)
        return True

    def ready(self) -> dict[str, Any]:
        """The end of the replay."""
        return {"t": "ready", "cursor": len(self.lines), "first_visit": not self.lines}

    def take(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a frame asks for, once; None: it wants no answer."""
        self.frames.append(frame)
        if "id" not in frame:
            return {"t": "pong"} if frame["t"] == "ping" else None
        if frame["id"] in self.acks:
            return self.acks[frame["id"]]
        if frame.get("text") in self.errors:
            return {"t": "error", "id": frame["id"], **self.errors[frame["text"]]}
        self.acks[frame["id"]] = ack = {"t": "ack", "id": frame["id"]}
        if frame["t"] == "msg":
            media = [_media(token) for token in frame["files"]]
            self.add("you", frame["text"], id=frame["id"], media=media)
        if frame["t"] == "greet":
            self.add("bot", "Dạ em chào anh/chị, em là trợ lý tự động của Nhà Mây. Anh/chị cần em giúp gì ạ?",
                     choices=["Hỏi giá & sản phẩm", "Giao hàng", "Đổi trả", "Gặp nhân viên"], ref="7")  # fmt: skip
        if frame["t"] == "press":
            line = next(one for one in self.lines if one.get("ref") == frame["ref"])
            line["chosen"] = frame["n"]
        return ack

    def add(self, author: str, text: str, **more: Any) -> int:
        """Say something; browsers hear it with the next `tell`."""
        seq = len(self.lines) + 1
        line = {"t": "line", "seq": seq, "from": author, "text": text, "choices": [], "media": [],
                "at": int(time.time() * 1000), "recalled": False} | more  # fmt: skip
        self.lines.append(line)
        return seq

    async def tell(self) -> None:
        """Send every open browser what is new."""
        self.news.set()
        self.news = asyncio.Event()
        for socket in list(self.sockets):
            known, self.sockets[socket] = self.sockets[socket], len(self.lines)
            for line in self.lines[known:]:
                await socket.send_json(line)

    async def says(self, author: str, text: str, **more: Any) -> int:
        """Say something at once."""
        seq = self.add(author, text, **more)
        await self.tell()
        return seq

    async def push(self, frame: dict[str, Any]) -> None:
        """Send a frame to every open browser."""
        for socket in list(self.sockets):
            await socket.send_json(frame)

    async def hang_up(self) -> None:
        """Break every connection."""
        for socket in list(self.sockets):
            await socket.close()

    async def send(self, request: web.Request) -> web.Response:
        """One frame without a socket."""
        self._check(request)
        answer = self.take(await request.json())
        await self.tell()
        return web.json_response(answer or {"t": "pong"})

    async def poll(self, request: web.Request) -> web.Response:
        """What is new, or nothing after a while."""
        self._check(request)
        asked = await request.json()
        news, cursor = self.news, asked["cursor"]
        if len(self.lines) <= cursor and asked["wait"]:
            try:
                await asyncio.wait_for(news.wait(), 2)
            except TimeoutError:
                pass
        return web.json_response({"frames": [line for line in self.lines if line["seq"] > cursor]})

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file."""
        self._check(request)
        part = (await request.post())["file"]
        assert isinstance(part, web.FileField)
        self.uploads.append(part.filename)
        token = f"f{len(self.uploads)}.{part.filename}"
        return web.json_response({"file": token, **_media(token), "size": len(part.file.read())})

    async def media(self, request: web.Request) -> web.Response:
        """A picture of one colour."""
        rect = '<rect width="320" height="200" fill="#e7b98a"/>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200">{rect}</svg>'
        return web.Response(text=svg, content_type="image/svg+xml")

    def _check(self, request: web.Request) -> None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.keys:
            raise web.HTTPUnauthorized(text='{"t": "error", "code": "key"}', content_type="application/json")

    def said(self) -> list[str]:
        """What the customer said, as it was kept."""
        return [line["text"] for line in self.lines if line["from"] == "you"]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The frames of one kind the browser sent."""
        return [frame for frame in self.frames if frame["t"] == kind]


def _media(token: str) -> dict[str, Any]:
    name = token.split(".", 1)[1]
    kind = "image" if name.endswith((".png", ".jpg")) else "file"
    return {"url": f"/media/{token}/{name}", "kind": kind, "name": name, "mime": "", "size": 1234}
