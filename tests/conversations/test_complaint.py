"""A complaint: words, order, pictures, a number and a promise; never lost, never in the wrong hands."""

import pytest

from handlers.staff import Refused
from tests.cast import CustomerOnStage, StaffOnStage, TestShop


async def test_a_complaint_gets_its_number_and_promise_in_four_messages(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("/xungho chị Lan")
    await lan.says("hàng lỗi mà gọi k ai nghe máy, quá tệ")
    lan.hears("xin lỗi chị vì chuyện này", "mã đơn hoặc số điện thoại")
    assert lan.buttons() == ["Không nhớ"]
    await lan.says("DH1042")
    lan.hears("gửi em hình chỗ lỗi")
    assert lan.buttons() == ["Không có hình"]
    await lan.says("", pictures=2)
    lan.hears("khiếu nại #1", "đơn DH1042", "hàng lỗi", "2 hình", "Trước 10 giờ 10 hôm nay")
    case = await lan.case("complaint")
    assert (case.urgent, case.category, case.order_code) == (True, "hang_loi", "DH1042")
    lan.never_hears("None", "😊", "!")


async def test_what_cannot_be_given_is_skipped(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("/khieunai")
    lan.hears("kể giúp em chuyện gì")
    await lan.says("giao nhầm màu rồi shop ơi")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    lan.hears("khiếu nại #1", "giao sai, thiếu hàng")
    case = await lan.case()
    assert (case.order_code, case.urgent) == ("", False)


async def test_words_skip_as_well_as_buttons(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("mình muốn khiếu nại đơn hàng giao nhầm")
    await lan.says("em không nhớ ạ")
    lan.hears("hình chỗ lỗi")
    await lan.says("không có hình")
    lan.hears("khiếu nại #1")


async def test_what_was_said_already_is_not_asked_again(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("đơn DH77123 giao hàng rách, quá thất vọng", pictures=1)
    lan.hears("gửi em hình")
    await lan.taps("Không có hình")
    lan.hears("khiếu nại #1", "DH77123", "1 hình")


async def test_a_question_in_between_is_answered_and_the_complaint_goes_on(
    shop: TestShop, lan: CustomerOnStage
) -> None:
    await lan.says("hàng kém chất lượng quá thất vọng")
    await lan.says("mà cửa hàng mở cửa mấy giờ?")
    lan.hears("8 giờ 30")
    assert lan.last.text.startswith("Về khiếu nại")
    await lan.says("0903123456")
    await lan.says("xong")
    lan.hears("khiếu nại #1")
    assert (await lan.case()).order_code == "0903123456"


async def test_a_complaint_can_be_given_up(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("quá tệ luôn á")
    await lan.says("thôi")
    lan.hears("không ghi khiếu nại nữa")
    assert await lan.cases() == []
    await shop.wait(minutes=20)
    assert await lan.cases() == []


async def test_a_person_in_the_middle_takes_along_what_was_told(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("hàng rách, shop làm ăn quá tệ")
    await lan.says("cho tôi gặp nhân viên")
    lan.hears("khiếu nại #1")
    assert (await lan.case("complaint")).subject.startswith("hàng rách")


async def test_a_complaint_left_half_way_is_filed_all_the_same(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("shop giao hàng bị vỡ, quá tệ")
    await shop.wait(minutes=11)
    lan.hears("khiếu nại #1")
    await lan.taps("Không nhớ")
    lan.hears("đã ghi rồi, số #1")
    assert len(await lan.cases()) == 1


async def test_a_second_story_joins_the_open_complaint(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("/khieunai áo bị rách")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    await lan.says("/khieunai còn thiếu một nút nữa")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    lan.hears("ghi thêm vào khiếu nại #1")
    assert len(await lan.cases()) == 1


async def test_a_complaint_about_staff_is_the_owners_alone(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await lan.says("nhân viên Minh nói chuyện rất láo, mất lịch sự")
    lan.hears("thẳng tới chủ cửa hàng, nhân viên không xem được")
    case = await lan.case()
    assert (case.kind, case.owner_only) == ("staff_complaint", True)
    ba_tu.hears("#1", "Khiếu nại nhân viên", "mất lịch sự")
    minh.hears_nothing()
    with pytest.raises(Refused, match="Không có việc này"):
        await minh.claims(case)
    await shop.wait(hours=8)
    minh.hears_nothing()
    ba_tu.hears("đã trễ")
    await ba_tu.claims(case)
    await ba_tu.replies(case, "Dạ tôi là chủ cửa hàng, tôi xin lỗi {anh}.")
    lan.hears("tôi là chủ cửa hàng")


async def test_after_the_fix_the_customer_is_asked(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await lan.says("/xungho chị Lan")
    await lan.says("/khieunai áo bị rách")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    case = await lan.case()
    await minh.claims(case)
    await minh.resolves(case, "san_pham", note="bên em đã đổi hàng mới cho {anh}")
    lan.hears("Dạ việc #1: bên em đã đổi hàng mới cho chị. Vậy đã ổn chưa ạ?")
    await lan.says("chưa ổn em ơi, vẫn bị rách")
    lan.hears("mở lại việc #1")
    assert (await lan.case()).state == "reopened"


async def test_an_angry_customer_who_waits_is_urgent_for_staff_too(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    await lan.says("gặp nhân viên")
    await lan.says("hàng lỗi mà chờ hoài, quá tệ")
    lan.hears("ghi nhận khiếu nại ngay")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    assert {case.kind for case in await lan.cases()} == {"question", "complaint"}


async def test_a_late_parcel_needs_no_picture_and_a_given_number_is_kept(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("giao hàng lâu quá trời, 2 tuần rồi chưa nhận được hàng, làm ăn kiểu gì vậy")
    await lan.says("0912 345 678")
    lan.hears("khiếu nại #1", "số điện thoại 0912345678", "giao trễ")
    assert (await lan.record()).phone == "+84912345678"


async def test_the_first_comfort_of_a_complaint_names_its_number_and_time(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("giao hàng lâu quá trời, 2 tuần rồi chưa nhận được hàng, làm ăn kiểu gì vậy")
    await lan.taps("Không nhớ")
    lan.hears("khiếu nại #1")
    await shop.wait(minutes=3)
    lan.hears("khiếu nại #1 của anh/chị đã tới người phụ trách, trước 10 giờ 10 hôm nay")
