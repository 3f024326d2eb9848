"""The cast of every conversation test: Lan and Huy are customers, Minh is staff, Bà Tư is the owner.

Real database, real turns, the real delivery loop, our own clock; only the network is a script. A failing test
prints what everybody said.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import msgspec

from bot import i18n
from bot.channel import Capabilities, Channel, Rendered, SendError
from bot.delivery import Sender
from bot.intake import Intake
from bot.metrics import Metrics
from bot.scheduler import Ticker
from bot.worker import Worker
from care import settings as shop_settings
from care import shop as shop_file
from care.faq import Entry, FaqIndex
from care.faq.store import learnable
from care.shop import Shop
from handlers import dispatch
from handlers.messages import Incoming, Media
from handlers.turn import House
from storage import cases, conversations, events, outbox, schema, staff, timers
from storage import faq as stored_faq
from storage.database import Database, Work
from storage.events import RawEvent
from storage.records import Case, Conversation, Customer, Delivery, FaqAsk, Line, Staff, from_ms
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock

T = TypeVar("T")
P = TypeVar("P", bound="Person")

DEMO = """
shop: Nhà Mây
facts: {phi_tinh: "35.000 đồng", muc_mien_phi: "500.000 đồng", ngay_tinh: "3–5 ngày", gio_mo: "8 giờ 30 đến 21 giờ 30"}
hours: 8:30-12:00, 13:30-21:30
quick_menu:
- {title: Hỏi giá & sản phẩm, opens: "category:sản phẩm"}
- {title: Giao hàng, opens: "category:giao hàng"}
- {title: Đổi trả, opens: "category:đổi trả"}
- {title: Gặp nhân viên, opens: staff}
entries:
- id: giao_tinh
  category: giao hàng
  question: Giao hàng đi tỉnh mất mấy ngày?
  phrasings: [Ship đi tỉnh bao lâu tới?, Ship Đà Nẵng mất mấy ngày vậy shop?, Bao lâu thì nhận được hàng ở tỉnh?]
  answer: Dạ đơn đi tỉnh khoảng {ngay_tinh}, phí {phi_tinh}; đơn từ {muc_mien_phi} được miễn phí ạ.
- id: don_toi_dau
  category: giao hàng
  question: Đơn của em tới đâu rồi?
  phrasings: [Kiểm tra đơn hàng giúp mình, Đơn hàng của mình đi tới đâu rồi shop?, Bao giờ đơn mình tới?]
  answer: Dạ {anh} cho {em} xin mã đơn, {em} kiểm tra ngay ạ.
- id: con_hang
  category: sản phẩm
  question: Mẫu này còn hàng không?
  phrasings: [Còn size M không shop?, Cái này còn không?, Shop còn mẫu này không?]
  answer: Dạ {anh} gửi {em} hình hoặc tên mẫu, {em} kiểm tra kho ngay ạ.
- id: gio_mo_cua
  category: cửa hàng
  question: Cửa hàng mở cửa mấy giờ?
  phrasings: [Shop mở cửa đến mấy giờ?, Mấy giờ đóng cửa vậy shop?, Giờ làm việc của shop thế nào?]
  answer: Dạ bên {em} mở từ {gio_mo} mỗi ngày ạ.
- id: doi_tra
  category: đổi trả
  question: Đổi trả hàng như thế nào?
  phrasings: [Mặc không vừa đổi size được không?, Không thích có trả lại được không?, Chính sách đổi trả ra sao?]
  answer: Dạ {anh} đổi trong 7 ngày, hàng còn nguyên tem ạ.
- id: thanh_toan
  category: thanh toán
  question: Thanh toán bằng cách nào?
  phrasings: [Có được trả tiền khi nhận hàng không?, Chuyển khoản được không?, Shop nhận thẻ không?]
  answer: Dạ {anh} trả tiền khi nhận hàng hoặc chuyển khoản đều được ạ.
"""


class Script(Channel):
    """The edge of the network: what a test types goes in, what the bot sends is remembered."""

    account = ""

    def __init__(self, name: str, **can: Any) -> None:
        self.name = name  # type: ignore[misc]  # a channel of the test's own
        defaults: dict[str, Any] = {"text_limit": 4096, "buttons": "inline", "button_limit": 20, "delete": True}
        self.capabilities = Capabilities(**(defaults | can))
        self.sent: list[Rendered] = []
        self.fates: list[SendError] = []

    def parse(self, raw: str) -> list[Incoming]:
        return [msgspec.json.decode(raw.encode(), type=Incoming)]

    async def send(self, message: Rendered) -> str:
        if self.fates:
            raise self.fates.pop(0)
        self.sent.append(message)
        return f"{self.name}-{len(self.sent)}"


@dataclass
class Person:
    """Somebody in a private chat."""

    shop: "TestShop"
    name: str
    channel: str
    address: str
    heard: int = 0  # messages a test has looked at
    said: int = 0

    @property
    def messages(self) -> list[Rendered]:
        """Everything that reached this person."""
        return [one for one in self.shop.channels[self.channel].sent if one.address == self.address]

    @property
    def last(self) -> Rendered:
        """The newest message with words."""
        assert self.messages, self.shop.told(f"{self.name} has heard nothing at all")
        return self.messages[-1]

    def hears(self, *words: str) -> Rendered:
        """Among what came since the last look is a message with these words."""
        new = self.messages[self.heard :]
        for place, message in enumerate(new):
            if all(word.lower() in message.text.lower() for word in words):
                self.heard += place + 1
                return message
        raise AssertionError(self.shop.told(f"{self.name} should hear {words}, heard {[one.text for one in new]}"))

    def hears_nothing(self) -> None:
        """Nothing came since the last look."""
        new = [one.text for one in self.messages[self.heard :]]
        assert not new, self.shop.told(f"{self.name} should hear nothing, heard {new}")

    def never_hears(self, *words: str) -> None:
        """No message at all holds one of these."""
        for message in self.messages:
            for word in words:
                assert word.lower() not in message.text.lower(), self.shop.told(f"{self.name} heard {word!r}")

    def buttons(self) -> list[str]:
        """Under the newest message that has any."""
        return [label for label, _ in self._with_buttons().buttons]

    def _with_buttons(self, label: str = "") -> Rendered:
        for message in reversed(self.messages):
            if message.buttons and (not label or any(one == label for one, _ in message.buttons)):
                return message
        raise AssertionError(self.shop.told(f"{self.name} has no button {label!r}"))

    async def says(self, text: str, *, pictures: int = 0, **more: Any) -> None:
        """Write a message, perhaps with pictures."""
        media = tuple(Media("image", token=f"{self.name}-{self.said}-{n}", mime="image/jpeg") for n in range(pictures))
        await self._send(text=text, media=media, **more)

    async def taps(self, label: str) -> None:
        """Press the newest button of this label."""
        message = self._with_buttons(label)
        ref = next(ref for one, ref in message.buttons if one == label)
        await self.presses(ref)

    async def presses(self, ref: str) -> None:
        """Press a button by its reference, as old screens and forgers do."""
        await self._send(kind="press", press=ref)

    async def opens_page(self) -> None:
        """Five seconds on the shop page."""
        await self._send(kind="greet")

    async def follows(self, payload: str) -> None:
        """Open a deep link."""
        await self._send(kind="start", payload=payload)

    async def changes(self, text: str) -> None:
        """Edit the last message."""
        await self.shop.take(self, replace(self._incoming(text=text, kind="edit"), external_id=self.last_id))

    @property
    def last_id(self) -> str:
        return f"{self.address}-{self.said}"

    def _incoming(self, **values: Any) -> Incoming:
        return Incoming(external_id="", chat=self.address, sender=self.address, name=values.pop("name", ""), **values)

    async def _send(self, **values: Any) -> None:
        self.said += 1
        await self.shop.take(self, replace(self._incoming(**values), external_id=self.last_id))


@dataclass
class CustomerOnStage(Person):
    """A customer."""

    async def conversation(self) -> Conversation:
        found = await self._found()
        return found[0]

    async def record(self) -> Customer:
        found = await self._found()
        return found[1]

    async def _found(self) -> tuple[Conversation, Customer]:
        found = await self.shop.read(lambda db: conversations.by_address(db, self.channel, "", self.address))
        assert found is not None, self.shop.told(f"{self.name} never wrote")
        return found

    async def case(self, kind: str | None = None) -> Case:
        """The newest case (of this kind)."""
        found = [one for one in await self.cases() if kind in (None, one.kind)]
        assert found, self.shop.told(f"{self.name} has no case {kind or ''}")
        return found[0]

    async def cases(self) -> list[Case]:
        """All cases, newest first."""
        customer = await self.record()
        return await self.shop.read(lambda db: cases.of_customer(db, customer.id))

    async def lines(self) -> list[Line]:
        conversation = await self.conversation()
        return await self.shop.read(lambda db: conversations.last_lines(db, conversation.id))

    async def asks(self) -> list[FaqAsk]:
        """What was asked, newest last."""

        async def look(db: Database) -> list[FaqAsk]:
            found = [await stored_faq.ask(db, number) for number in range(1, 60)]
            return [one for one in found if one is not None]

        return await self.shop.read(look)


@dataclass
class StaffOnStage(Person):
    """A colleague: acts through the desk, and hears in a private chat."""

    staff_id: int = 0

    async def does(self, action: str, **arguments: Any) -> None:
        """What the desk's buttons and Telegram's do."""
        await self.shop.act(self.staff_id, action, **arguments)

    async def claims(self, case: Case) -> None:
        await self.does("claim", case_id=case.id)

    async def replies(self, case: Case, text: str, **more: Any) -> None:
        await self.does("reply", case_id=case.id, text=text, **more)

    async def resolves(self, case: Case, root_cause: str = "chi_hoi", note: str = "") -> None:
        await self.does("resolve", case_id=case.id, root_cause=root_cause, note=note)


@dataclass
class TestShop:
    """The stage."""

    __test__ = False

    engine: SqliteEngine
    clock: FakeClock
    house: House
    channels: dict[str, Script]
    worker: Worker
    intake: Intake
    senders: list[Sender]
    ticker: Ticker
    people: list[Person] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def customer(self, name: str, channel: str = "website") -> CustomerOnStage:
        """A customer who has not written yet."""
        return self._enter(CustomerOnStage(self, name, channel, f"{name.lower()}@{channel}"))

    def _enter(self, person: P) -> P:
        self.people.append(person)
        return person

    async def staff(self, name: str, role: str = "staff", *, lead: bool = False) -> StaffOnStage:
        """A colleague with a private chat."""
        address = f"{name.lower()}@work"

        async def add(db: Database) -> Staff:
            one = await staff.add(db, name, role, self.clock.now(), lead=lead)
            await staff.add_identity(db, one.id, "telegram", "", address, self.clock.now())
            return one

        one = await self.engine.write(add)
        return self._enter(StaffOnStage(self, name, "telegram", address, staff_id=one.id))

    async def owner(self, name: str = "Bà Tư") -> StaffOnStage:
        """The owner."""
        return await self.staff(name, "owner")

    async def take(self, person: Person, incoming: Incoming) -> None:
        """Something came in from a person."""
        self.log.append(
            f"{self._time()} {person.name}: {incoming.text or incoming.kind}{' [hình]' * len(incoming.media)}"
        )
        raw = RawEvent(f"{incoming.external_id}:{incoming.kind}", incoming.chat, msgspec.json.encode(incoming).decode())
        await self.intake.accept(person.channel, "", [raw])
        await self.settle()
        await self._nothing_set_aside()

    async def _nothing_set_aside(self) -> None:
        aside = await self.read(events.set_aside)
        assert not aside, self.told(f"a turn failed: {aside[0].error}")

    async def act(self, staff_id: int, action: str, **arguments: Any) -> None:
        """A colleague acts. Raises Refused."""
        self.log.append(f"{self._time()} staff {staff_id}: {action} {arguments}")
        now = self.clock.now()
        await self.engine.write(lambda db: dispatch.staff_acts(self.house, db, now, staff_id, action, arguments))
        await self.settle()

    async def wait(self, **duration: float) -> None:
        """Let time pass in the steps in which things come due."""
        until = self.clock.now() + timedelta(**duration)
        while (due := await self._next_timer()) is not None and due <= until:
            self.clock.forward(seconds=max(0.0, (due - self.clock.now()).total_seconds()))
            await self.settle()
        self.clock.forward(seconds=(until - self.clock.now()).total_seconds())
        await self.settle()

    async def _next_timer(self) -> datetime | None:
        waiting = [await self.read(timers.next_due)]
        waiting += [
            await self.read(
                lambda db: _value(db, "SELECT min(due_at) AS at FROM outbox WHERE state = 'ready' AND tries = 0")
            )
        ]
        known = [from_ms(at) for at in waiting if at is not None]
        return min(known) if known else None

    async def settle(self) -> None:
        """Everything that can be done at this moment."""
        while True:
            await self.worker.idle()
            rung = await self.ticker.tick()
            seen = {name: len(channel.sent) for name, channel in self.channels.items()}
            taken = [await sender.step() for sender in self.senders]
            for sender in self.senders:
                await sender.landed()
            for name, channel in self.channels.items():
                self.log += [
                    f"{self._time()} → {one.address}: {one.text} {_labels(one)}" for one in channel.sent[seen[name] :]
                ]
            if not (rung or any(taken) or self.worker.pending):
                return

    async def read(self, work: Work[T]) -> T:
        return await self.engine.read(work)

    async def write(self, work: Work[T]) -> T:
        return await self.engine.write(work)

    async def deliveries(self, conversation_id: int) -> list[Delivery]:
        """Every row of a conversation's outbox, oldest first."""

        async def look(db: Database) -> list[Delivery]:
            rows = await db.query(
                "SELECT id FROM outbox WHERE conversation_id = :id ORDER BY id", {"id": conversation_id}
            )
            found = [await outbox.get(db, row["id"]) for row in rows]
            return [one for one in found if one is not None]

        return await self.read(look)

    def told(self, what: str) -> str:
        """What went wrong, with the whole transcript."""
        return "\n".join([what, "", *self.log])

    def _time(self) -> str:
        return (self.clock.now() + timedelta(hours=7)).strftime("%d/%m %H:%M:%S")


async def _value(db: Database, sql: str) -> int | None:
    row = await db.one(sql)
    return None if row is None else row["at"]


def _labels(message: Rendered) -> str:
    return " ".join(f"[{label}]" for label, _ in message.buttons)


@asynccontextmanager
async def opened(
    folder: Path, text: str = DEMO, change: Callable[[Shop], Shop] = lambda shop: shop
) -> AsyncIterator[TestShop]:
    """A shop that is open for the length of a test."""
    path = folder / "cham.db"
    schema.migrate(str(path))
    engine, clock, metrics = SqliteEngine(path), FakeClock(), Metrics()
    await engine.start()
    await engine.write(lambda db: shop_settings.seed(db, change(shop_file.parse(text)), clock.now()))
    index = _index(tuple(await engine.read(learnable)))
    house = House(i18n.catalog, lambda: index, shop_settings.load)
    scripts = {name: Script(name) for name in ("website", "telegram", "zalo_oa")}
    scripts["plain"] = Script("plain", buttons="none")
    channels: dict[tuple[str, str], Channel] = {(name, ""): script for name, script in scripts.items()}
    worker = Worker(engine, house, channels, clock, metrics, pause=_no_pause)
    shop = TestShop(
        engine=engine,
        clock=clock,
        house=house,
        channels=scripts,
        worker=worker,
        intake=Intake(engine, clock, metrics, worker.feed),
        senders=[Sender(engine, channel, clock, metrics, chance=Random(1)) for channel in channels.values()],
        ticker=Ticker(engine, house, clock),
    )
    yield shop
    await engine.stop()


@cache
def _index(entries: tuple[Entry, ...]) -> FaqIndex:
    """Learning the demo shop takes a second: once for all tests of a process."""
    return FaqIndex.build(entries)


async def _no_pause(seconds: float) -> None:
    """Retries of a failed turn need no waiting here."""
