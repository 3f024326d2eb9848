"""A dashboard for tests and pictures: a signed-in owner over a shop with invented days."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientResponse, DummyCookieJar, FormData
from aiohttp.test_utils import TestClient, TestServer

from bot import i18n
from bot.web.house import WebHouse
from bot.web.rooms import ROOMS
from bot.web.server import make_app
from care import settings as shop_settings
from care.shop import Shop, parse
from handlers.turn import House
from storage import conversations, schema
from storage.database import Database
from storage.records import to_ms
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock
from tests.web.desk_house import Browser, DeskHouse

ROOT = Path(__file__).parents[2]
MOMENTS = ("ho_tro", "giao_hang", "tai_cua_hang", "tu_van", "san_pham", "thanh_toan", "doi_tra")
CAUSES = ("chi_hoi", "van_chuyen", "san_pham", "dong_goi", "mo_ta")
NAMES = (
    "Nguyễn Thị Lan", "Trần Văn Huy", "Lê Thu Hà", "Phạm Minh Tuấn", "Vũ Ngọc Anh", "Đặng Quốc Bảo", "Bùi Thanh Mai",
    "Hoàng Gia Linh", "Đỗ Hải Yến", "Ngô Đức Long",
)  # fmt: skip
WHY = {1: "delivery", 2: "slow", 3: "product"}
SAID = {1: "Giao trễ ba ngày, gọi không ai nghe", 2: "Chờ lâu mới có người trả lời", 3: "Vải hơi mỏng so với hình"}
ASKED = (
    "shop có bán buôn không",
    "có ship qua Lào không shop",
    "mẫu này có bản cho bé không",
    "có nhận may đo không ạ",
)


def demo_shop() -> Shop:
    """The demo shop of the project."""
    return parse((ROOT / "shop.demo.yaml").read_bytes())


class LearntAnswers:
    """An index built from the entries once a test asks for it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._index: Any = None

    def __call__(self) -> Any:
        if self._index is None:
            from care.faq import Entry, FaqIndex

            entries = [Entry(one.id, one.question, one.phrasings) for one in self._shop.entries]
            self._index = FaqIndex.build(entries)
        return self._index


@dataclass
class Owner(Browser):
    """The owner's browser: also sends plain forms and files."""

    async def form(self, path: str, *fields: tuple[str, str], **more: str) -> ClientResponse:
        """Send a form as a browser without scripts does."""
        data = [("csrf", self.csrf), *fields, *more.items()]
        return await self.client.post(path, data=data, headers=self.headers(), allow_redirects=False)

    async def upload(self, path: str, name: str, body: bytes, **fields: str) -> ClientResponse:
        """Send a file as the page's script does: the token travels in a header."""
        data = FormData()
        for key, value in fields.items():
            data.add_field(key, value)
        data.add_field("file", body, filename=name, content_type="application/octet-stream")
        return await self.client.post(
            path, data=data, headers=self.headers(**{"X-CSRF-Token": self.csrf}), allow_redirects=False
        )


@dataclass
class DashboardHouse(DeskHouse):
    """A desk house whose owner opens the dashboard."""

    async def owner(self, name: str = "Bà Tư", language: str = "vi") -> Owner:
        """A signed-in owner."""
        person = await self.hire(name, "owner", language)
        browser = await self.sign_in(person)
        return Owner(**vars(browser))


@asynccontextmanager
async def open_dashboard(folder: Path, shop: Shop | None = None) -> AsyncIterator[DashboardHouse]:
    """A house on a fresh database, with all pages."""
    path = folder / "cham.db"
    schema.migrate(str(path))
    engine, clock = SqliteEngine(path), FakeClock()
    await engine.start()
    shop = shop or demo_shop()
    await engine.write(lambda db: shop_settings.seed(db, msgspec.structs.replace(shop), clock.now()))
    house = House(i18n.catalog, LearntAnswers(shop), shop_settings.load)
    web_house = WebHouse(engine, house, clock.now, folder / "media")
    app = make_app(web_house, ROOMS)
    client: TestClient[Any, Any] = TestClient(TestServer(app), cookie_jar=DummyCookieJar())
    await client.start_server()
    try:
        yield DashboardHouse(engine=engine, clock=clock, web=web_house, app=app, client=client)
    finally:
        await client.close()
        await engine.stop()


@dataclass
class Past:
    """Writes a shop's past straight into the tables, as it would have come about."""

    db: Database
    now: datetime
    dice: random.Random
    people: Sequence[int] = ()

    async def customer(self, at: datetime, *, is_test: bool = False, channel: str = "website") -> tuple[int, int]:
        """Numbers of a customer and their conversation."""
        number = self.dice.getrandbits(48)
        conversation, customer = await conversations.begin(
            self.db, channel, "", f"v{number}", name=self.dice.choice(NAMES), language="vi", at=at
        )
        if is_test:
            await conversations.change_customer(self.db, customer.id, is_test=1)
        return customer.id, conversation.id

    async def insert(self, table: str, **values: Any) -> int:
        """A row; times are given as datetime."""
        said = {key: to_ms(value) if isinstance(value, datetime) else value for key, value in values.items()}
        names = ", ".join(said)
        row = await self.db.one(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{one}' for one in said)}) RETURNING id", said
        )
        assert row is not None
        return int(row["id"])

    async def rating(
        self, touchpoint: str, level: int, at: datetime, *, case_id: int | None = None, rerates: int | None = None,
        who: tuple[int, int] | None = None, counts: bool = True,
    ) -> int:  # fmt: skip
        """A customer was asked and chose a level."""
        customer, conversation = who or await self.customer(at)
        shared = {"customer_id": customer, "conversation_id": conversation, "touchpoint": touchpoint}
        occasion = f"o{self.dice.getrandbits(60)}"
        asked = at - timedelta(minutes=7)
        survey = await self.insert(
            "surveys", **shared, occasion=occasion, case_id=case_id, rerates_id=rerates, asked_at=asked
        )
        return await self.insert(
            "ratings", **shared, survey_id=survey, channel="website", level=level, reason=WHY.get(level, ""),
            comment=SAID.get(level, "") if self.dice.random() < 0.5 else "", case_id=case_id, rerates_id=rerates,
            counts=int(counts), at=at, staff_id=self.dice.choice(self.people) if self.people else None,
        )  # fmt: skip

    async def case(self, kind: str, at: datetime, **values: Any) -> int:
        """A case; without `who` of a new customer."""
        customer, conversation = values.pop("who", None) or await self.customer(at)
        row = {"state": "open", "opened_at": at, "changed_at": at, "subject": "cái hôm bữa livestream á"} | values
        return await self.insert("cases", customer_id=customer, conversation_id=conversation, kind=kind, **row)

    async def clock(self, case_id: int, kind: str, due: datetime, outcome: str) -> int:
        """A promised time of a case."""
        stopped = None if outcome in ("running", "late", "warned") else due
        return await self.insert(
            "clocks", case_id=case_id, kind=kind, started_at=due - timedelta(minutes=15), warn_at=due, due_at=due,
            stopped_at=stopped, outcome=outcome,
        )  # fmt: skip

    async def ask(self, text: str, outcome: str, at: datetime, **values: Any) -> int:
        """A question of a new customer."""
        _, conversation = values.pop("who", None) or await self.customer(at)
        row = {"entry_id": "phi_ship" if outcome == "answered" else "", "confidence": 90} | values
        return await self.insert(
            "faq_asks", conversation_id=conversation, text=text, folded=text, outcome=outcome, at=at, **row
        )


async def ninety_days(house: DashboardHouse, days: int = 90) -> None:
    """A believable past for looking at."""
    minh, hoa = await house.hire("Minh"), await house.hire("Hoa")

    async def work(db: Database) -> None:
        past = Past(db, house.clock.now(), random.Random(5), [minh.id, hoa.id])
        for back in range(days, -1, -1):
            await _one_day(past, back)
        await _today(past)

    await house.engine.write(work)


async def _one_day(past: Past, back: int) -> None:
    dice, day = past.dice, past.now - timedelta(days=back)
    better = 1 - back / 140
    for touchpoint in dice.choices(MOMENTS, (8, 5, 3, 3, 2, 1, 1), k=dice.randint(2, 11)):
        low = 1.6 - better
        level = dice.choices((1, 2, 3, 4, 5, 6), (low, low * 1.3, 2.2, 5, 5 * better, 2.4 * better))[0]
        at = day - timedelta(minutes=dice.randint(5, 110))
        who = await past.customer(at)
        rating = await past.rating(touchpoint, level, at, who=who)
        if level <= 2:
            await _rescue(past, rating, level, at, who)
    for _ in range(dice.randint(1, 6)):
        at = day - timedelta(minutes=dice.randint(5, 600))
        took = timedelta(minutes=dice.choice((2, 3, 4, 6, 9, 14, 40)))
        case = await past.case(
            "question" if dice.random() < 0.75 else "complaint", at, state="confirmed", replied_at=at + took,
            resolved_at=at + took * 8, root_cause=dice.choice(CAUSES),
            assignee_id=dice.choice(past.people),
        )  # fmt: skip
        due = timedelta(minutes=5)
        await past.clock(case, "first_reply", at + due, "met" if took < due else "missed")
        if dice.random() < 0.3:
            await past.clock(case, "promise", at + timedelta(hours=2), "met" if dice.random() < 0.9 else "missed")
    for _ in range(dice.randint(8, 20)):
        at = day - timedelta(minutes=dice.randint(5, 600))
        if dice.random() < 0.8:
            await past.ask("phí ship bao nhiêu vậy shop", "answered", at, helped=dice.choice((1, 1, 1, 0, None, None)))
        else:
            await past.ask(dice.choice(ASKED), "unknown", at)


async def _rescue(past: Past, rating: int, level: int, at: datetime, who: tuple[int, int]) -> None:
    won = past.dice.random() < 0.62
    fixed = at + timedelta(hours=past.dice.randint(1, 9))
    case = await past.case(
        "rescue", at, who=who, state="confirmed", urgent=int(level == 1), rating_id=rating, resolved_at=fixed,
        replied_at=at + timedelta(minutes=12), recovered_at=fixed if won else None, root_cause="van_chuyen",
        assignee_id=past.people[0], subject="mức 1 · Giao hàng",
    )  # fmt: skip
    await past.rating("ho_tro", 5 if won else 2, fixed, case_id=case, rerates=rating, who=who)


async def _today(past: Past) -> None:
    now = past.now
    await past.case("complaint", now - timedelta(minutes=50), urgent=1, due_at=now - timedelta(minutes=35))
    await past.case("question", now - timedelta(minutes=4), due_at=now + timedelta(minutes=1))
    await past.case("question", now - timedelta(minutes=30), state="claimed", assignee_id=past.people[0],
                    replied_at=now - timedelta(minutes=28), due_at=now + timedelta(hours=2))  # fmt: skip
    await past.case("complaint", now - timedelta(hours=3), state="pending", assignee_id=past.people[1],
                    replied_at=now - timedelta(hours=2), due_at=now + timedelta(hours=4))  # fmt: skip
    _, conversation = await past.customer(now)
    said = "Dạ đơn của chị đã gửi rồi ạ."
    line = await past.insert("lines", conversation_id=conversation, author="bot", text=said, at=now)
    for state, reason in (("failed", "unreachable: 403"), ("uncertain", "no answer"), ("sent", "")):
        await past.insert("outbox", channel="telegram", account="", address="1", lane="t:1", line_id=line,
                          conversation_id=conversation, purpose="reply", payload="{}", state=state, reason=reason,
                          due_at=now, created_at=now, settled_at=now)  # fmt: skip
    await past.insert("events", channel="telegram", account="", event_id="77", lane="t:1", raw="{}", received_at=now,
                      state="aside", tries=5, error="LookupError: channel telegram is switched off")  # fmt: skip
