"""Who may do what to a case, and what a colleague must not learn or lose."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.messages import Incoming
from handlers.staff import Refused
from storage import clocks, desk, outbox
from storage.database import Database
from storage.records import Clock
from tests.cast import CustomerOnStage, StaffOnStage, TestShop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TestShop]:
    async with opened(tmp_path) as stage:
        yield stage


@pytest.fixture
def lan(shop: TestShop) -> CustomerOnStage:
    return shop.customer("Lan", "telegram")


@pytest.fixture
async def minh(shop: TestShop) -> StaffOnStage:
    return await shop.staff("Minh")


@pytest.fixture
async def hoa(shop: TestShop) -> StaffOnStage:
    return await shop.staff("Hoa")


async def test_nobody_puts_a_colleagues_case_aside(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, hoa: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    await minh.claims(await lan.case())
    with pytest.raises(Refused):
        await hoa.does("pending", case_id=(await lan.case()).id)
    assert (await lan.case()).state == "claimed"
    await minh.does("pending", case_id=(await lan.case()).id)
    assert (await lan.case()).state == "pending"


async def test_a_line_on_its_way_is_not_said_to_be_taken_back(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    case = await lan.case()
    await shop.write(lambda db: _reply(shop, db, minh, case.id))
    line = (await lan.lines())[-1]

    async def take(db: Database) -> None:
        row = await outbox.of_line(db, line.id)
        assert row is not None
        assert await outbox.claim(db, row.id, shop.clock.now())

    await shop.write(take)
    with pytest.raises(Refused):
        await minh.does("recall", line_id=line.id)
    assert (await lan.lines())[-1].recalled_at is None
    row = (await shop.deliveries(line.conversation_id))[-1]
    assert row.state == "sending"


async def _reply(shop: TestShop, db: Database, who: StaffOnStage, case_id: int) -> None:
    from handlers.dispatch import staff_acts

    arguments = {"case_id": case_id, "text": "Dạ em đây ạ"}
    await staff_acts(shop.house, db, shop.clock.now(), who.staff_id, "reply", arguments)


async def test_parts_that_are_out_are_taken_back_with_the_rest(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    case = await lan.case()
    await shop.write(lambda db: _reply(shop, db, minh, case.id))
    line = (await lan.lines())[-1]

    async def half_out(db: Database) -> None:
        row = await outbox.of_line(db, line.id)
        assert row is not None
        await outbox.progress(db, row.id, 1, ["77"])

    await shop.write(half_out)
    await minh.does("recall", line_id=line.id)
    assert [(one.operation, one.target) for one in lan.messages if one.operation == "delete"] == [("delete", "77")]


async def test_after_a_case_was_put_back_the_customers_next_words_have_a_time_again(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    await minh.replies(await lan.case(), "Dạ em đây ạ")
    await minh.does("release", case_id=(await lan.case()).id)
    await lan.says("size M còn không em ơi, chị đang cần gấp lắm")
    case = await lan.case()

    async def look(db: Database) -> list[Clock]:
        return [one for one in await clocks.of_case(db, case.id) if one.kind == "next_reply" and not one.stopped_at]

    assert len(await shop.read(look)) == 1


async def test_what_was_asked_inside_a_complaint_about_staff_stays_with_the_owner(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("nhân viên Minh thái độ quá tệ, quát khách")
    assert (await lan.case("staff_complaint")).owner_only
    await lan.says("shop mở cửa mấy giờ")
    place = (await lan.conversation()).id
    assert await shop.read(lambda db: desk.asked(db, place, sees_all=False)) == []
    assert len(await shop.read(lambda db: desk.asked(db, place, sees_all=True))) == 1
    seen = await shop.read(lambda db: desk.thread(db, place, sees_all=False))
    assert not [one.text for one in seen if one.author == "customer"]


async def test_a_complaint_about_staff_is_not_read_out_in_a_group(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    owner = await shop.owner()
    await lan.says("nhân viên Minh thái độ quá tệ, quát khách")
    case = await lan.case("staff_complaint")
    group = """
        INSERT INTO staff_groups (channel, account, address, bound_at) VALUES ('telegram', '', 'the-group', 0)
    """
    await shop.write(lambda db: db.execute(group))
    asked = Incoming("g1", "the-group", owner.address, text=f"/khach {case.id}", is_group=True)
    await shop.take(owner, asked)
    told = [one.text for one in shop.channels["telegram"].sent if one.address == "the-group"]
    assert told
    assert "quát" not in " ".join(told)
    await owner.says(f"/khach {case.id}")
    owner.hears("quát")


async def test_a_message_for_later_that_is_sent_twice_is_planned_once(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    case = await lan.case()
    at = shop.clock.now() + timedelta(hours=1)
    for _ in range(2):
        await minh.does("schedule", case_id=case.id, text="Dạ hàng về rồi ạ", at=at, client_id="form-1234")
    rows = await shop.deliveries(case.conversation_id)
    assert len([one for one in rows if one.payload.get("text") == "Dạ hàng về rồi ạ"]) == 1
