"""Nobody reaches a case, a line or a thread that is not theirs to see."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from care import access
from storage import staff
from storage.records import Staff
from tests.cast import StaffOnStage, TestShop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TestShop]:
    async with opened(tmp_path) as stage:
        yield stage


async def of(shop: TestShop, person: StaffOnStage) -> Staff:
    found = await shop.read(lambda db: staff.get(db, person.staff_id))
    assert found is not None
    return found


async def test_a_complaint_about_staff_is_as_good_as_missing_for_staff(shop: TestShop) -> None:
    minh, ba_tu, lan = await shop.staff("Minh"), await shop.owner(), shop.customer("Lan")
    await lan.says("nhân viên nói chuyện quá mất lịch sự, thái độ coi thường khách")
    case = await lan.case("staff_complaint")
    me, owner = await of(shop, minh), await of(shop, ba_tu)
    assert await shop.read(lambda db: access.access_case(db, me, case.id)) is None
    assert await shop.read(lambda db: access.access_case(db, me, 999)) is None
    assert await shop.read(lambda db: access.access_conversation(db, me, case.conversation_id)) is None
    assert (await shop.read(lambda db: access.access_case(db, owner, case.id))) == case


async def test_the_words_of_such_a_complaint_are_hidden_in_the_thread(shop: TestShop) -> None:
    minh, ba_tu, lan = await shop.staff("Minh"), await shop.owner(), shop.customer("Lan")
    await lan.says("nhân viên nói chuyện quá mất lịch sự, thái độ coi thường khách")
    case = await lan.case("staff_complaint")
    await ba_tu.replies(case, "Tôi xin lỗi chị.")
    await ba_tu.resolves(case, "nhan_vien")
    await lan.says("cho mình gặp nhân viên")
    me, owner = await of(shop, minh), await of(shop, ba_tu)
    seen = [line.text for line in await shop.read(lambda db: access.access_thread(db, me, case.conversation_id))]
    everything = [
        line.text for line in await shop.read(lambda db: access.access_thread(db, owner, case.conversation_id))
    ]
    assert not any("mất lịch sự" in text or "Tôi xin lỗi chị" in text or "chủ cửa hàng" in text for text in seen)
    assert any("mất lịch sự" in text for text in everything)
    assert any("gặp nhân viên" in text for text in seen)


async def test_who_left_sees_nothing(shop: TestShop) -> None:
    minh, lan = await shop.staff("Minh"), shop.customer("Lan")
    await lan.says("gặp nhân viên")
    case = await lan.case()
    await shop.write(lambda db: staff.change(db, minh.staff_id, active=False))
    me = await of(shop, minh)
    assert await shop.read(lambda db: access.access_case(db, me, case.id)) is None
    assert await shop.read(lambda db: access.access_thread(db, me, case.conversation_id)) == []
