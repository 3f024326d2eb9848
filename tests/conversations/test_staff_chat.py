"""Colleagues in their Telegram group: cards, replies that reach the customer, notes that never do."""

from dataclasses import replace
from datetime import datetime

import pytest

from handlers.messages import Incoming
from storage import relays
from storage.database import Database
from storage.records import to_ms
from tests.cast import CustomerOnStage, Person, StaffOnStage, TestShop

GROUP = "nhom@telegram"


class Group(Person):
    """The staff group, as Minh's phone shows it."""

    async def writes(self, person: StaffOnStage, text: str, reply_to: str = "") -> None:
        """A colleague writes here, perhaps as a reply to a message."""
        self.said += 1
        said = Incoming(
            f"g{self.said}", GROUP, person.address, text=text, reply_to=reply_to, is_group=True, name=person.name
        )
        await self.shop.take(self, said)

    async def press(self, person: StaffOnStage, label: str) -> None:
        """A colleague presses the newest button of this label."""
        self.said += 1
        message = self._with_buttons(label)
        ref = next(ref for one, ref in message.buttons if one == label)
        said = replace(Incoming(f"g{self.said}", GROUP, person.address, kind="press", press=ref), is_group=True)
        await self.shop.take(self, said)

    async def remembers(self, text: str) -> str:
        """The id of the message with these words; the channel remembers which line and case it shows."""
        message = self.hears(text)
        number = f"telegram-{self.shop.channels['telegram'].sent.index(message) + 1}"
        now = self.shop.clock.now()
        await self.shop.write(lambda db: _remember(db, number, message.line_id, message.case_id, now))
        return number


async def _remember(db: Database, number: str, line_id: int | None, case_id: int | None, now: datetime) -> None:
    await relays.add(db, "telegram", "", GROUP, number, now, line_id=line_id, case_id=case_id)


@pytest.fixture
async def group(shop: TestShop) -> Group:
    async def bind(db: Database) -> None:
        await db.execute(
            """
            INSERT INTO staff_groups (channel, account, address, title, bound_at)
            VALUES ('telegram', '', :a, 'CSKH', :at)
            """,
            {"a": GROUP, "at": to_ms(shop.clock.now())},
        )

    await shop.write(bind)
    return Group(shop, "nhóm", "telegram", GROUP)


async def test_the_group_gets_the_card_and_a_reply_reaches_the_customer(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, group: Group
) -> None:
    await lan.says("/xungho chị Lan")
    await lan.says("Cửa hàng mở cửa mấy giờ?")
    await lan.says("gặp nhân viên")
    card = group.hears("#1 · Hỏi đáp · chị Lan · lần đầu liên hệ", "Bot đã thử: Cửa hàng mở cửa mấy giờ?")
    assert [label for label, _ in card.buttons] == ["Nhận", "Chuyển", "Mẫu trả lời", "Xong"]
    await lan.says("mẫu tối qua còn size M không em")
    number = await group.remembers("còn size M không em")
    await group.press(minh, "Nhận")
    group.hears("Minh đang trả lời")
    await group.writes(minh, "hình như còn M với L thôi")
    await group.writes(minh, "Dạ {anh} {tên} ơi còn ạ", reply_to=number)
    lan.hears("Dạ chị Lan ơi còn ạ")
    lan.never_hears("hình như")


async def test_a_reply_to_the_card_itself_is_only_a_note(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, group: Group
) -> None:
    await lan.says("gặp nhân viên")
    number = await group.remembers("#1 · Hỏi đáp")
    await group.writes(minh, "ai rảnh nhận giúp", reply_to=number)
    lan.never_hears("ai rảnh")
    assert [line.text for line in await lan.lines() if line.author == "note"] == ["ai rảnh nhận giúp"]


async def test_commands_do_what_buttons_do(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, hoa: StaffOnStage, group: Group
) -> None:
    await lan.says("gặp nhân viên")
    await group.writes(minh, "/nhan 1")
    await group.writes(hoa, "/nhan 1")
    group.hears("Minh đang giữ việc này")
    await group.writes(minh, "/hua 1 10h30 gọi lại")
    group.hears("Đã ghi lời hứa: việc #1, 10 giờ 30 hôm nay")
    await group.writes(minh, "/chuyen 1 hoa")
    assert (await lan.case()).assignee_id == hoa.staff_id
    await group.writes(hoa, "/tl 1 Dạ em đây ạ")
    lan.hears("em đây ạ")
    await group.writes(hoa, "/xong 1")
    await group.press(hoa, "Chỉ hỏi, không có lỗi")
    assert (await lan.case()).state == "resolved"


async def test_a_stranger_in_the_group_can_do_nothing(shop: TestShop, lan: CustomerOnStage, group: Group) -> None:
    await lan.says("gặp nhân viên")
    stranger = StaffOnStage(shop, "Lạ", "telegram", "la@work")
    await group.writes(stranger, "/nhan 1")
    await group.press(stranger, "Nhận")
    assert (await lan.case()).state == "open"


async def test_pictures_of_a_complaint_come_with_its_card(shop: TestShop, lan: CustomerOnStage, group: Group) -> None:
    await lan.says("hàng rách quá tệ, đơn DH1042", pictures=1)
    await lan.says("", pictures=2)
    card = group.hears("GẤP", "#1 · Khiếu nại", "đơn DH1042", "3 hình")
    sent = [one for one in group.messages if one.media]
    assert sum(len(one.media) for one in sent) == 3, shop.told("pictures are missing")
    assert card.case_id == 1


async def test_the_owners_own_complaint_never_shows_in_the_group(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage, group: Group
) -> None:
    await lan.says("nhân viên thái độ quá mất lịch sự")
    ba_tu.hears("Khiếu nại nhân viên")
    await shop.wait(hours=30)
    assert group.messages == []


async def test_the_group_is_warned_at_four_fifths_of_the_time(
    shop: TestShop, lan: CustomerOnStage, group: Group, ba_tu: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    group.hears("#1 · Hỏi đáp")
    await shop.wait(minutes=4)
    group.hears("Việc #1, trả lời đầu tiên: còn 1 phút")
    ba_tu.hears_nothing()
    await shop.wait(minutes=1)
    group.hears("#1 đã trễ")
    ba_tu.hears("#1 đã trễ")
