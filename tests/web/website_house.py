"""The whole bot on loopback, for tests that talk to it as browsers do."""

import asyncio
import contextlib
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSMsgType

from bot.app import App, build
from bot.channels.website.adapter import Website
from bot.clock import Clock
from bot.settings import Settings
from handlers import dispatch
from storage import cases, conversations, staff
from storage.database import Database
from storage.records import Case, Conversation, Line, Staff
from tests.clock import FakeClock

Frame = dict[str, Any]

SHOP = """
shop: Nhà Mây
facts: {gio_mo_cua: "8 giờ 30 đến 21 giờ 30", phi_tinh: "35.000 đồng"}
hours: 0:00-24:00
entries:
- id: gio_mo_cua
  category: cửa hàng
  question: Cửa hàng mở cửa mấy giờ?
  phrasings: [Shop mở cửa đến mấy giờ?, Mấy giờ đóng cửa vậy shop?, Giờ làm việc của shop thế nào?]
  answer: Dạ bên {em} mở từ {gio_mo_cua} mỗi ngày ạ.
- id: phi_giao
  category: giao hàng
  question: Phí giao hàng đi tỉnh bao nhiêu?
  phrasings: [Ship đi tỉnh bao nhiêu tiền?, Phí ship Đà Nẵng bao nhiêu?]
  answer: Dạ phí giao đi tỉnh là {phi_tinh} ạ.
"""
WAIT = 8.0  # seconds until a frame must have come


@dataclass
class Window:
    """One open tab: its socket and everything that came."""

    socket: ClientWebSocketResponse
    frames: list[Frame] = field(default_factory=list)

    async def say(self, frame: Frame | str | bytes) -> None:
        if isinstance(frame, bytes):
            await self.socket.send_bytes(frame)
        else:
            await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def next(self, seconds: float = WAIT) -> Frame:
        """The next frame. Raises TimeoutError, or ConnectionError when the socket was closed."""
        message = await self.socket.receive(seconds)
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError(f"{message.type} {self.socket.close_code}")
        frame: Frame = json.loads(message.data)
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, **wanted: Any) -> Frame:
        """The next frame of a kind with these values; others on the way are kept in `frames`."""
        try:
            while True:
                frame = await self.next()
                if frame["t"] == kind and all(frame.get(name) == value for name, value in wanted.items()):
                    return frame
        except TimeoutError:
            raise AssertionError(f"no {kind} {wanted} came, but {self.frames}") from None

    async def silent(self) -> None:
        """Nothing comes for a moment."""
        with contextlib.suppress(TimeoutError):
            raise AssertionError(f"came: {await self.next(0.25)}")

    async def closes(self) -> int:
        """Wait until the server closes; the code it gave."""
        while (message := await self.socket.receive(WAIT)).type is WSMsgType.TEXT:
            self.frames.append(json.loads(message.data))
        return self.socket.close_code or 0

    def lines(self) -> list[Frame]:
        return [frame for frame in self.frames if frame["t"] == "line"]

    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.lines()]


@dataclass
class Visitor:
    """Somebody with a key."""

    house: "WebsiteHouse"
    key: str
    origin: str

    def headers(self, **more: str) -> dict[str, str]:
        return {"Origin": self.origin, "Authorization": f"Bearer {self.key}"} | more

    async def opens(self, cursor: int = 0, lang: str = "vi") -> Window:
        """A tab that has said hello and is ready."""
        window = await self.connects(lang)
        await window.say({"t": "hello", "key": self.key, "cursor": cursor, "lang": lang})
        await window.until("ready")
        return window

    async def connects(self, lang: str = "vi") -> Window:
        """A tab that has said nothing yet."""
        return Window(
            await self.house.session.ws_connect(
                f"{self.house.url}/chat/ws?lang={lang}", headers={"Origin": self.origin}, max_msg_size=0
            )
        )

    async def posts(self, path: str, body: Any = None, **headers: str) -> ClientResponse:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return await self.house.session.post(f"{self.house.url}{path}", data=data, headers=self.headers(**headers))

    async def sends(self, frame: Frame) -> Frame:
        """One frame without a socket."""
        answer: Frame = await (await self.posts("/chat/send", frame)).json()
        return answer

    async def polls(self, cursor: int = 0, wait: float = 0) -> list[Frame]:
        """What a browser without sockets fetches."""
        answer = await (await self.posts("/chat/poll", {"cursor": cursor, "wait": wait})).json()
        found: list[Frame] = answer["frames"]
        return found

    async def uploads(self, data: bytes, name: str = "hinh.png", kind: str = "image/png") -> ClientResponse:
        encoded = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")  # as browsers do
        head = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{encoded}"\r\nContent-Type: {kind}\r\n\r\n'
        )
        body = head.encode() + data + b"\r\n--x--\r\n"
        return await self.posts("/chat/upload", body, **{"Content-Type": "multipart/form-data; boundary=x"})

    async def thread(self) -> Conversation:
        """Their conversation in the database."""
        await self.house.app.settle()
        rows = await self.house.rows("SELECT visitor FROM visitors WHERE key_hash = :hash", hash=hashed(self.key))
        found = await self.house.app.engine.read(
            lambda db: conversations.by_address(db, "website", "main", rows[0]["visitor"])
        )
        assert found is not None, "never wrote"
        return found[0]

    async def kept(self) -> list[Line]:
        """Every line of their thread, notes too."""
        number = (await self.thread()).id
        return await self.house.app.engine.read(lambda db: conversations.last_lines(db, number))

    async def case(self) -> Case:
        """Their newest case."""
        customer = (await self.thread()).customer_id
        found = await self.house.app.engine.read(lambda db: cases.of_customer(db, customer))
        assert found, "no case"
        return found[0]


@dataclass
class WebsiteHouse:
    """A running bot and a way to talk to it."""

    app: App
    clock: Clock
    session: ClientSession
    url: str

    async def visitor(self, origin: str = "") -> Visitor:
        """A new visitor with a key of the server's making."""
        origin = origin or self.url
        answer = await self.session.post(f"{self.url}/chat/visitor", json={"lang": "vi"}, headers={"Origin": origin})
        assert answer.status == 200, await answer.text()
        return Visitor(self, (await answer.json())["key"], origin)

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        return await self.app.engine.read(lambda db: db.query(sql, values))

    async def count(self, sql: str, **values: Any) -> int:
        rows = await self.rows(sql, **values)
        return int(next(iter(rows[0].values())))

    async def hire(self, name: str = "Minh", role: str = "staff") -> Staff:
        return await self.app.engine.write(lambda db: staff.add(db, name, role, self.clock.now()))

    async def act(self, person: Staff, action: str, **arguments: Any) -> None:
        """A colleague does something at the desk."""

        async def work(db: Database) -> None:
            await dispatch.staff_acts(self.app.house, db, self.clock.now(), person.id, action, arguments)

        await self.app.engine.write(work)

    @property
    def website(self) -> Website:
        found = self.app.channels["website", "main"]
        assert isinstance(found, Website)
        return found

    async def until(self, is_true: Any, what: str) -> None:
        """Wait for something inside the bot."""
        for _ in range(400):
            if is_true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"never happened: {what}")


def hashed(key: str) -> str:
    """As the database keeps it."""
    return hashlib.sha256(key.encode()).hexdigest()


def message(text: str, *files: str, id: str = "") -> Frame:
    """A frame with words."""
    return {"t": "msg", "id": id or str(uuid4()), "text": text, "files": list(files)}


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


class Open:
    """Keeps a house open; `again()` is a restart on the same files."""

    def __init__(self, folder: Path, clock: Clock | None = None, **settings: Any) -> None:
        shop = folder / "shop.yaml"
        shop.write_text(SHOP, encoding="utf-8")
        values: dict[str, Any] = {
            "database": f"sqlite:///{folder / 'cham.db'}",
            "shop_file": shop,
            "media_dir": folder / "media",
            "port": free_port(),
        }
        self.settings = Settings(**(values | settings))
        self.clock = clock or FakeClock()

    async def __aenter__(self) -> WebsiteHouse:
        self.app = build(self.settings, self.clock)
        await self.app.start()
        if (learning := self.app._waking) is not None:
            await learning  # it serves at once and answers when it has learnt its FAQ
        self.session = ClientSession()
        return WebsiteHouse(self.app, self.clock, self.session, f"http://127.0.0.1:{self.app.port}")

    async def __aexit__(self, *gone: object) -> None:
        await self.session.close()
        await self.app.stop()

    async def again(self) -> WebsiteHouse:
        """Stop and start: a restart of the bot."""
        await self.__aexit__()
        return await self.__aenter__()


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, **settings: Any) -> AsyncIterator[WebsiteHouse]:
    """A bot that serves for the length of a test."""
    async with Open(folder, clock, **settings) as house:
        yield house
