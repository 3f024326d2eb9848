"""A desk for tests: a real database and application, our own clock, and the usual cast."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientResponse, DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application

from bot import i18n
from bot.web import desk
from bot.web.house import HUB, WebHouse
from bot.web.live import Hub
from bot.web.server import make_app
from bot.web.signin import cookie_name
from care import cases, logins
from care import settings as shop_settings
from care.shop import Shop
from handlers import outbound
from handlers.messages import Outgoing, ToConversation
from handlers.turn import House, Turn
from storage import conversations, outbox, schema, staff
from storage.database import Database
from storage.records import Case, Conversation, Customer, Staff
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock

SHOP = Shop(shop="Nhà Mây")


class NoAnswers:
    """The FAQ is not part of these tests."""

    def decide_all(self, text: str, *, context: str | None = None) -> Any:
        raise AssertionError("nobody asks the FAQ here")

    def search(self, text: str, limit: int = 3, *, context: str | None = None) -> Any:
        raise AssertionError("nobody asks the FAQ here")


@dataclass
class Browser:
    """A signed-in browser of a colleague: knows its cookie and its token."""

    client: TestClient[Any, Any]
    cookie: str
    csrf: str
    origin: str
    name: str

    def headers(self, **more: str) -> dict[str, str]:
        """As a browser sends them from one of our own pages."""
        return {"Cookie": f"{self.name}={self.cookie}", "Origin": self.origin, "Sec-Fetch-Site": "same-origin"} | more

    async def get(self, path: str, **headers: str) -> ClientResponse:
        """Open a page."""
        return await self.client.get(path, headers=self.headers(**headers), allow_redirects=False)

    async def page(self, path: str, **headers: str) -> str:
        """The text of a page that must be there."""
        answer = await self.get(path, **headers)
        assert answer.status == 200, f"{path}: {answer.status}"
        return await answer.text()

    async def post(self, path: str, **form: str) -> ClientResponse:
        """Send a form the way the desk's script does."""
        headers = self.headers(**{"X-CSRF-Token": self.csrf, "Accept": "application/json"})
        return await self.client.post(path, data=form, headers=headers, allow_redirects=False)


@dataclass
class DeskHouse:
    """Everything a desk test needs."""

    engine: SqliteEngine
    clock: FakeClock
    web: WebHouse
    app: Application
    client: TestClient[Any, Any]
    people: dict[str, Staff] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        """The open streams."""
        return self.app[HUB]

    async def hire(self, name: str, role: str = "staff", language: str = "vi") -> Staff:
        """A new colleague."""
        person = await self.engine.write(lambda db: staff.add(db, name, role, self.clock.now(), language=language))
        self.people[name] = person
        return person

    async def link(self, person: Staff, page: str = "desk") -> str:
        """The address of a fresh one-time link."""
        secret = await self.engine.write(lambda db: logins.new_link(db, person.id, self.clock.now(), page))
        return f"/login/{secret}"

    async def sign_in(self, person: Staff) -> Browser:
        """A browser that used a fresh link."""
        origin = str(self.client.make_url("/")).rstrip("/")
        answer = await self.client.post(await self.link(person), headers={"Origin": origin}, allow_redirects=False)
        assert answer.status == 303, await answer.text()
        name = cookie_name(self.web)
        cookie = answer.cookies[name].value
        login = await self.engine.read(lambda db: logins.login(db, cookie, self.clock.now()))
        assert login is not None
        return Browser(self.client, cookie, login.session.csrf, origin, name)

    async def customer(self, name: str, address: str = "") -> tuple[Conversation, Customer]:
        """Somebody who has written on the website."""

        async def begin(db: Database) -> tuple[Conversation, Customer]:
            return await conversations.begin(
                db, "website", "", address or f"visitor-{name}", name=name, language="vi", at=self.clock.now()
            )

        return await self.engine.write(begin)

    async def says(self, conversation: Conversation, text: str, case_id: int | None = None, **extra: Any) -> int:
        """The customer writes."""

        async def hear(db: Database) -> int:
            line = await conversations.hear_line(
                db, conversation.id, text=text, extra=extra, external_id=None, at=self.clock.now()
            )
            assert line is not None
            if case_id is not None:
                await conversations.put_in_case(db, line.id, case_id)
            return line.id

        return await self.engine.write(hear)

    async def opens(self, conversation: Conversation, customer: Customer, kind: str = "question", **more: Any) -> Case:
        """A case of this customer."""

        async def work(db: Database) -> Case:
            shop = await shop_settings.load(db)
            return (await cases.open_case(db, shop, customer.id, conversation.id, kind, self.clock.now(), **more)).case

        return await self.engine.write(work)

    async def bot_says(self, conversation: Conversation, text: str) -> None:
        """The bot writes, and it arrives."""

        async def work(db: Database) -> None:
            turn = Turn(house=self.web.house, db=db, now=self.clock.now(), shop=await shop_settings.load(db))
            turn.conversation = await conversations.get(db, conversation.id)
            for row in await outbound.say(turn, [Outgoing(ToConversation(conversation.id), text)]):
                delivery = await outbox.get(db, row)
                assert delivery is not None
                await outbox.post(db, delivery, self.clock.now())

        await self.engine.write(work)

    async def waiting_case(self, name: str = "Lan", text: str = "cái hôm bữa livestream á", **more: Any) -> Case:
        """A customer who wrote something and waits for a person."""
        conversation, customer = await self.customer(name)
        case = await self.opens(conversation, customer, subject=text, **more)
        await self.says(conversation, text, case.id)
        return case

    async def deliver(self, state: str = "sent", reason: str = "") -> int:
        """Settle everything that is ready to go out. Returns how many."""

        async def work(db: Database) -> int:
            rows = await outbox.due(db, "website", "", self.clock.now(), 100, mailbox=True)
            for row in rows:
                if state == "sent":
                    await outbox.post(db, row, self.clock.now())
                else:
                    await outbox.end(db, row, state, reason, self.clock.now())
            return len(rows)

        return await self.engine.write(work)

    async def count(self, sql: str, **values: Any) -> int:
        """A number from the database."""

        async def work(db: Database) -> int:
            row = await db.one(sql, values)
            assert row is not None
            return int(next(iter(row.values())))

        return await self.engine.read(work)


@asynccontextmanager
async def open_desk(folder: Path, public_url: str = "", shop: Shop = SHOP) -> AsyncIterator[DeskHouse]:
    """A desk on a fresh database."""
    path = folder / "cham.db"
    schema.migrate(str(path))
    engine, clock = SqliteEngine(path), FakeClock()
    await engine.start()
    await engine.write(lambda db: shop_settings.seed(db, msgspec.structs.replace(shop), clock.now()))
    house = House(i18n.catalog, NoAnswers, shop_settings.load, public_url)
    web_house = WebHouse(engine, house, clock.now, folder / "media", public_url)
    app = make_app(web_house, [desk.add_routes])
    client: TestClient[Any, Any] = TestClient(TestServer(app), cookie_jar=DummyCookieJar())
    await client.start_server()
    try:
        yield DeskHouse(engine, clock, web_house, app, client)
    finally:
        await client.close()
        await engine.stop()
