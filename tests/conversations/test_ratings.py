"""Ratings from 1 to 6: asked at the right moment, counted once, and every level with its one consequence."""

from collections import Counter
from pathlib import Path
from random import Random

import msgspec
import pytest

from care import levels, settings
from care.shop import Levels, Shop
from storage import conversations, loyalty
from storage.database import Database
from storage.records import Case, Line, Rating
from tests.cast import CustomerOnStage, StaffOnStage, TestShop, opened

BUTTONS = [
    "1 Tồi tệ",
    "2 Cơ bản",
    "3 Đúng như mong đợi",
    "4 Theo mong muốn",
    "5 Đáng ngạc nhiên",
    "6 Tốt không ngờ tới",
]
REASONS = ["Trả lời chậm", "Thái độ", "Sản phẩm", "Giao hàng", "Khác"]
STORY = ["Kể vài dòng", "Gửi hình/video", "Để sau"]
DELAY = 30  # minutes after a resolved case, the default of its touchpoint


async def all_ratings(shop: TestShop) -> list[Rating]:
    async def look(db: Database) -> list[Rating]:
        return [Rating.of(row) for row in await db.query("SELECT * FROM ratings ORDER BY id")]

    return await shop.read(look)


async def number(shop: TestShop, sql: str, **values: object) -> int:
    async def look(db: Database) -> int:
        row = await db.one(f"SELECT ({sql}) AS n", values)
        return 0 if row is None else int(row["n"] or 0)

    return await shop.read(look)


async def is_asked(lan: CustomerOnStage, touchpoint: str = "giao_hang") -> None:
    """The six buttons, by the link of a touchpoint."""
    await lan.follows(f"t_{touchpoint}")
    assert lan.buttons() == BUTTONS
    lan.heard = len(lan.messages)


async def question_resolved(lan: CustomerOnStage, minh: StaffOnStage) -> Case:
    await lan.says("gặp nhân viên")
    case = await lan.case("question")
    await minh.replies(case, "Dạ em đây ạ")
    await minh.resolves(case)
    return case


async def complains(lan: CustomerOnStage) -> Case:
    await lan.says("/khieunai áo bị rách")
    await lan.taps("Không nhớ")
    await lan.taps("Không có hình")
    return await lan.case("complaint")


async def rescued(lan: CustomerOnStage, minh: StaffOnStage, level: str = "2 Cơ bản") -> Case:
    """A low level, and a colleague who dealt with it."""
    await is_asked(lan)
    await lan.taps(level)
    await lan.taps("Sản phẩm")
    case = await lan.case("rescue")
    await minh.claims(case)
    await minh.replies(case, "Dạ em gửi lại chị cái mới ạ")
    await minh.resolves(case, "san_pham", note="bên em đã gửi cái mới")
    return case


# --- Asking -------------------------------------------------------------------------------------------------------


async def test_the_question_comes_after_a_resolved_case_and_its_delay(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("/xungho chị Lan")
    await question_resolved(lan, minh)
    await lan.taps("Ổn rồi")
    lan.hears("cảm ơn chị Lan đã báo lại")
    await shop.wait(minutes=DELAY - 1)
    lan.hears_nothing()
    await shop.wait(minutes=1)
    lan.hears("Chị Lan ơi", "ở mức nào ạ?")
    assert lan.buttons() == BUTTONS
    await shop.wait(days=3)
    lan.hears_nothing()


async def test_a_case_that_is_open_again_is_not_rated_yet(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    case = await question_resolved(lan, minh)
    await lan.taps("Chưa ổn")
    await minh.replies(case, "Dạ em xem lại ạ")
    lan.hears("xem lại")
    await shop.wait(hours=1)
    lan.hears_nothing()
    await minh.resolves(case)
    await shop.wait(minutes=DELAY)
    assert lan.buttons() == BUTTONS


async def test_nobody_is_asked_while_their_complaint_is_open_and_then_once(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await question_resolved(lan, minh)
    complaint = await complains(lan)
    await minh.claims(complaint)
    await shop.wait(hours=3)
    lan.never_hears("ở mức nào")
    await minh.resolves(complaint, "san_pham")
    await shop.wait(hours=4)
    lan.hears("ở mức nào")
    asked = [one for one in lan.messages if "ở mức nào" in one.text]
    assert len(asked) == 1


async def test_a_complaint_about_staff_holds_the_question_too(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await question_resolved(lan, minh)
    await lan.says("nhân viên Minh nói chuyện rất láo, mất lịch sự")
    staff_complaint = await lan.case("staff_complaint")
    await shop.wait(hours=2)
    lan.never_hears("ở mức nào")
    await ba_tu.resolves(staff_complaint, "nhan_vien")
    await shop.wait(hours=2)
    lan.hears("ở mức nào")


async def test_nobody_is_asked_at_night(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await shop.wait(hours=10, minutes=50)  # 20:50
    await question_resolved(lan, minh)
    await shop.wait(hours=10)
    lan.never_hears("ở mức nào")
    await shop.wait(hours=1, minutes=10)  # 8:00
    lan.hears("ở mức nào")


async def test_a_touchpoint_that_was_switched_off_asks_nobody(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await question_resolved(lan, minh)
    await switch_off(shop, "ho_tro")
    await shop.wait(hours=2)
    lan.never_hears("ở mức nào")


async def switch_off(shop: TestShop, touchpoint: str) -> None:
    async def change(db: Database) -> None:
        now = await settings.load(db)
        changed = [msgspec.structs.replace(one, enabled=one.id != touchpoint) for one in now.touchpoints]
        await settings.save_section(db, "touchpoints", msgspec.to_builtins(changed), None, shop.clock.now())

    await shop.write(change)


async def test_a_link_opens_the_question_of_its_touchpoint(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.follows("t_dong_goi")
    lan.hears("Gói hàng anh/chị nhận được chỉn chu ở mức nào ạ?")
    await lan.follows("t_dong_goi")
    lan.hears("Gói hàng")
    await lan.taps("4 Theo mong muốn")
    lan.hears("20 điểm")
    await lan.follows("t_dong_goi")
    lan.hears("đã đánh giá mức 4 rồi")
    assert [(one.touchpoint, one.level) for one in await all_ratings(shop)] == [("dong_goi", 4)]


async def test_tomorrow_the_same_link_asks_anew(shop: TestShop, lan: CustomerOnStage) -> None:
    for level in ("4 Theo mong muốn", "5 Đáng ngạc nhiên"):
        await is_asked(lan, "thanh_toan")
        await lan.taps(level)
        await shop.wait(days=1)
    assert [one.level for one in await all_ratings(shop)] == [4, 5]


@pytest.mark.parametrize("payload", ["t_quang_cao", "t_khong_co", "t_", "xyz", "t_giao_hang:1", "", "t_' OR 1=1"])
async def test_a_link_nobody_made_shows_the_menu(lan: CustomerOnStage, payload: str) -> None:
    await lan.follows(payload)
    lan.hears("trợ lý tự động")
    assert "Gặp nhân viên" in lan.buttons()


async def test_whoever_wants_to_rate_may(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says("/danhgia")
    lan.hears("ở mức nào ạ?")
    await lan.says("6")
    lan.hears("vui lắm")
    await lan.says("/danhgia")
    lan.hears("đã đánh giá mức 6 rồi")
    assert len(await all_ratings(shop)) == 1


# --- Answering ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "level"),
    [("5", 5), ("mức 5", 5), ("năm", 5), ("5 sao nhé", 5), ("2", 2), ("cho 4 điểm", 4), ("tồi tệ", 1), ("⭐⭐⭐", 3)],
)
async def test_a_typed_level_counts(shop: TestShop, huy: CustomerOnStage, typed: str, level: int) -> None:
    await is_asked(huy)
    await huy.says(typed)
    assert [one.level for one in await all_ratings(shop)] == [level]


@pytest.mark.parametrize("typed", ["7", "0", "5 cái áo", "10", "giao trước 5 giờ nhé", "15/6"])
async def test_a_number_that_is_no_level_is_none(shop: TestShop, huy: CustomerOnStage, typed: str) -> None:
    await is_asked(huy)
    await huy.says(typed)
    assert await all_ratings(shop) == []


async def test_a_number_without_a_question_is_no_level(shop: TestShop, huy: CustomerOnStage) -> None:
    await huy.says("5")
    await is_asked(huy)
    await shop.wait(days=4)
    await huy.says("5")
    assert await all_ratings(shop) == []


async def test_double_taps_and_a_tap_with_a_typed_number_count_once(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("2 Cơ bản")
    lan.hears("cảm ơn", "chưa vui nhất")
    await lan.taps("5 Đáng ngạc nhiên")
    lan.hears("đã đánh giá mức 2 rồi")
    await lan.says("5")
    lan.hears("đã đánh giá mức 2 rồi")
    await lan.taps("2 Cơ bản")
    lan.hears("đã đánh giá mức 2 rồi")
    assert [(one.level, one.comment) for one in await all_ratings(shop)] == [(2, "")]
    assert [one.kind for one in await lan.cases()] == ["rescue"]


async def test_an_old_button_leaves_the_newer_question_open(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan, "giao_hang")
    old = lan.last.buttons[3][1]
    await is_asked(lan, "dong_goi")
    await lan.presses(old)
    await lan.says("6")
    assert {one.touchpoint: one.level for one in await all_ratings(shop)} == {"giao_hang": 4, "dong_goi": 6}


async def test_a_rating_button_works_only_in_its_own_thread(
    shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage
) -> None:
    await is_asked(lan)
    await huy.presses(lan.last.buttons[0][1])
    huy.hears("nút này hết dùng được")
    assert await all_ratings(shop) == []


# --- What each level does -----------------------------------------------------------------------------------------


async def test_level_1_apologises_promises_and_alarms(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await lan.says("/xungho chị Lan")
    await is_asked(lan)
    await lan.taps("1 Tồi tệ")
    said = lan.hears("thật lòng xin lỗi chị", "Trước 10 giờ 10 hôm nay").text
    assert lan.buttons() == REASONS
    assert not set(said) & set("!😊🎉")
    ba_tu.hears("🔴 Khách Lan chấm mức 1 ở “Giao hàng” lúc 10 giờ", "#1")
    ba_tu.hears_nothing()
    await lan.says("shipper nói chuyện cộc lốc", pictures=1)
    assert "Trước" not in lan.hears("cảm ơn chị", "chuyển ngay cho quản lý").text, "no promise is made twice"
    ba_tu.hears("#1, khách nói: shipper nói chuyện cộc lốc")
    case = await lan.case()
    assert (case.kind, case.urgent, case.touchpoint) == ("rescue", True, "giao_hang")
    assert "cộc lốc" in case.subject
    assert (await all_ratings(shop))[0].comment == "shipper nói chuyện cộc lốc"


async def test_level_2_asks_the_reason_and_leaves_the_owner_in_peace(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    await is_asked(lan)
    await lan.says("2")
    lan.hears("cảm ơn", "nói thật", "chưa vui nhất")
    assert lan.buttons() == REASONS
    await lan.taps("Thái độ")
    lan.hears("Trước 10 giờ 30 hôm nay")
    ba_tu.hears_nothing()
    case = await lan.case()
    assert (case.kind, case.urgent, case.subject) == ("rescue", False, "Thái độ")
    assert (await all_ratings(shop))[0].reason == "Thái độ"


async def test_something_else_asks_for_words(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("2 Cơ bản")
    await lan.taps("Khác")
    lan.hears("vài lời")
    await lan.says("gói hàng không có hoá đơn")
    assert (await all_ratings(shop))[0].comment == "gói hàng không có hoá đơn"
    assert "hoá đơn" in (await lan.case()).subject


async def test_two_low_levels_are_one_rescue_and_the_worse_makes_it_urgent(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    await is_asked(lan, "giao_hang")
    await lan.taps("2 Cơ bản")
    await is_asked(lan, "dong_goi")
    await lan.taps("1 Tồi tệ")
    ba_tu.hears("🔴", "Đóng gói")
    assert [(one.kind, one.urgent) for one in await lan.cases()] == [("rescue", True)]


async def test_a_low_level_late_in_the_evening_promises_a_time_when_people_work(
    shop: TestShop, lan: CustomerOnStage
) -> None:
    await shop.wait(hours=12)  # 22:00
    await is_asked(lan)
    await lan.taps("1 Tồi tệ")
    lan.hears("Trước 8 giờ 40 ngày mai")


async def test_level_3_keeps_the_words_and_wins_back_when_the_owner_wants_it(
    shop: TestShop, lan: CustomerOnStage
) -> None:
    await is_asked(lan)
    await lan.taps("3 Đúng như mong đợi")
    lan.hears("hài lòng hơn")
    await lan.says("giao nhanh hơn chút")
    lan.hears("ghi lại")
    assert (await all_ratings(shop))[0].comment == "giao nhanh hơn chút"
    assert await lan.cases() == []


async def test_a_question_after_level_3_is_answered_not_filed(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("3 Đúng như mong đợi")
    await lan.says("Cửa hàng mở cửa mấy giờ")
    lan.hears("8 giờ 30")
    await lan.says("cho gặp nhân viên")
    lan.hears("mời bạn nhân viên")
    assert (await all_ratings(shop))[0].comment == ""


async def test_words_of_the_next_day_are_no_answer(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("3 Đúng như mong đợi")
    await shop.wait(days=1)
    await lan.says("mẫu áo hoa nhí còn nhiều size khác nữa")
    assert (await all_ratings(shop))[0].comment == ""


async def test_level_4_thanks_and_gives_points_and_nothing_more(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await lan.says("/xungho chị Lan")
    await is_asked(lan)
    await lan.taps("4 Theo mong muốn")
    said = lan.hears("cảm ơn chị Lan", "20 điểm")
    assert said.buttons == ()
    await shop.wait(days=2)
    lan.hears_nothing()
    ba_tu.hears_nothing()
    minh.hears_nothing()
    assert await lan.cases() == []


async def test_level_5_asks_for_a_story_and_uses_it_only_with_permission(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("5 Đáng ngạc nhiên")
    lan.hears("30 điểm", "kể vài dòng hoặc gửi")
    assert lan.buttons() == STORY
    await lan.taps("Gửi hình/video")
    await lan.says("", pictures=1)
    lan.hears("cho khách khác xem")
    await lan.says("mặc đẹp lắm luôn", pictures=2)
    lan.hears("cho khách khác xem")
    await lan.taps("Đồng ý")
    assert await permissions(shop) == ["asked", "given"]
    await lan.says("không nhé")
    lan.never_hears("/g/", "đường dẫn")
    assert (await permissions(shop))[1] == "given"


async def permissions(shop: TestShop) -> list[str]:
    async def look(db: Database) -> list[str]:
        return [row["permission"] for row in await db.query("SELECT permission FROM testimonials ORDER BY id")]

    return await shop.read(look)


async def test_permission_is_typed_refused_and_changed_per_item(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("5 Đáng ngạc nhiên")
    await lan.taps("Kể vài dòng")
    await lan.says("vải mềm, lên form đẹp")
    assert await permissions(shop) == ["asked"]
    await lan.says("không nhé em")
    lan.hears("giữ riêng")
    assert await permissions(shop) == ["refused"]
    await lan.taps("Đồng ý")
    assert await permissions(shop) == ["given"]


async def test_a_story_of_another_customer_cannot_be_permitted(
    shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage
) -> None:
    await is_asked(lan)
    await lan.taps("5 Đáng ngạc nhiên")
    await lan.taps("Kể vài dòng")
    await lan.says("vải mềm")
    await huy.says("chào shop")
    ref = lan.last.buttons[0][1]
    await huy.presses(ref)
    other = (await huy.record()).id
    assert not await shop.write(lambda db: loyalty.answer_permission(db, 1, other, True, shop.clock.now()))
    assert await permissions(shop) == ["asked"]


async def test_level_6_gives_the_personal_link_after_the_story(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("6 Tốt không ngờ tới")
    lan.hears("vui lắm", "50 điểm")
    await lan.taps("Kể vài dòng")
    await lan.says("shop dễ thương lắm")
    await lan.says("được em")
    code = await shop.read(lambda db: db.one("SELECT code FROM referrals"))
    assert code is not None
    lan.hears(code["code"])
    await shop.wait(days=1)
    assert len([one for one in lan.messages if code["code"] in one.text]) == 1


@pytest.mark.parametrize("answer", ["Để sau", "Kể vài dòng", ""])
async def test_level_6_gives_the_link_also_without_a_story(shop: TestShop, lan: CustomerOnStage, answer: str) -> None:
    await is_asked(lan)
    await lan.taps("6 Tốt không ngờ tới")
    if answer:
        await lan.taps(answer)
    await shop.wait(hours=1)
    code = await shop.read(lambda db: db.one("SELECT code FROM referrals"))
    assert code is not None
    assert len(code["code"]) == 10
    assert len([one for one in lan.messages if code["code"] in one.text]) == 1


async def test_who_meant_to_write_can_still_say_later(shop: TestShop, lan: CustomerOnStage) -> None:
    await is_asked(lan)
    await lan.taps("5 Đáng ngạc nhiên")
    await lan.taps("Kể vài dòng")
    await lan.taps("Để sau")
    lan.hears("khi nào tiện")


async def test_a_level_is_never_pushed_on_a_colleague_who_serves(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    """A number that a customer sends to a colleague is for the colleague."""
    await is_asked(lan)
    await lan.says("gặp nhân viên")
    await minh.claims(await lan.case())
    await lan.says("5")
    assert await all_ratings(shop) == []


# --- Asked again after a rescue -----------------------------------------------------------------------------------


async def test_after_a_rescue_the_customer_is_asked_again_once_and_four_is_recovered(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    case = await rescued(lan, minh)
    lan.hears("đã ổn chưa")
    await shop.wait(minutes=DELAY)
    lan.hears("giờ anh/chị chấm shop mức nào")
    assert lan.buttons() == BUTTONS
    await lan.taps("4 Theo mong muốn")
    lan.hears("cơ hội sửa sai", "20 điểm")
    now = await lan.case("rescue")
    assert (now.id, now.state, now.recovered_at is not None) == (case.id, "confirmed", True)
    first, again = await all_ratings(shop)
    assert (again.rerates_id, again.case_id, again.staff_id) == (first.id, case.id, minh.staff_id)
    await shop.wait(days=3)
    lan.hears_nothing()


@pytest.mark.parametrize("level", ["1 Tồi tệ", "2 Cơ bản"])
async def test_a_rescue_that_did_not_help_goes_on_with_the_same_person_and_the_owner_knows(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage, level: str
) -> None:
    case = await rescued(lan, minh)
    ba_tu.hears_nothing()
    await shop.wait(minutes=DELAY)
    await lan.taps(level)
    lan.hears("vẫn chưa ổn")
    ba_tu.hears("🔴", f"#{case.id}")
    ba_tu.hears_nothing()
    now = await lan.case("rescue")
    assert (now.id, now.state, now.reopened, now.assignee_id) == (case.id, "reopened", 1, minh.staff_id)
    assert len(await lan.cases()) == 1


async def test_level_3_after_a_rescue_neither_recovers_nor_reopens(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await rescued(lan, minh)
    await shop.wait(minutes=DELAY)
    await lan.taps("3 Đúng như mong đợi")
    now = await lan.case("rescue")
    assert (now.state, now.recovered_at) == ("resolved", None)


async def test_the_second_fix_is_rated_too(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    case = await rescued(lan, minh)
    await shop.wait(minutes=DELAY)
    await lan.taps("2 Cơ bản")
    await minh.replies(case, "Dạ em hoàn tiền chị luôn ạ")
    await minh.resolves(case, "san_pham")
    await shop.wait(minutes=DELAY)
    await lan.taps("5 Đáng ngạc nhiên")
    assert [one.level for one in await all_ratings(shop)] == [2, 2, 5]
    assert (await lan.case("rescue")).recovered_at is not None


# --- Who counts, and the other language ---------------------------------------------------------------------------


async def test_test_customers_do_not_count(shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage) -> None:
    await lan.says("chào shop")
    customer = await lan.record()
    await shop.write(lambda db: conversations.change_customer(db, customer.id, is_test=1))
    for person in (lan, huy):
        await is_asked(person)
        await person.taps("6 Tốt không ngờ tới")
    assert [one.counts for one in await all_ratings(shop)] == [False, True]


async def test_english_customers_rate_in_english(shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage) -> None:
    await lan.says("/ngonngu")
    await lan.taps("English")
    await lan.follows("t_giao_hang")
    lan.hears("How did we serve you this time?")
    assert lan.buttons()[0] == "1 Terrible"
    await lan.taps("1 Terrible")
    lan.hears("I am truly sorry", "before 10:10 today")
    await lan.taps("Delivery")
    lan.hears("Thank you for telling me")
    ba_tu.hears("chấm mức 1")
    ba_tu.hears("khách nói: Giao hàng")
    english = [one.text for one in lan.messages[2:]]
    assert not [text for text in english if set(text.lower()) & set("ạảấầậđêếệơớợưứự")]


# --- Six hundred --------------------------------------------------------------------------------------------------

TOUCHPOINTS = ("website", "giao_hang", "dong_goi", "thanh_toan", "tai_cua_hang", "san_pham")
POINTS = {1: 0, 2: 0, 3: 0, 4: 20, 5: 30, 6: 50}


async def test_six_hundred_ratings_have_exactly_one_right_consequence_each(shop: TestShop, ba_tu: StaffOnStage) -> None:
    chance = Random(2026)
    people = [shop.customer(f"Khách{n}", chance.choice(("website", "zalo_oa", "telegram"))) for n in range(150)]
    levels_given: list[tuple[CustomerOnStage, int]] = []
    wanted = [(person, touchpoint) for person in people for touchpoint in chance.sample(TOUCHPOINTS, 4)]
    chance.shuffle(wanted)
    for person, touchpoint in wanted:
        level = chance.randint(1, 6)
        before = len(person.messages)
        await rate_somehow(person, touchpoint, level, chance)
        check_answer(person, before, level)
        levels_given.append((person, level))
    assert len(levels_given) == 600
    await check_books(shop, ba_tu, levels_given)


async def rate_somehow(person: CustomerOnStage, touchpoint: str, level: int, chance: Random) -> None:
    """By a button, typed, twice, or by both."""
    await person.follows(f"t_{touchpoint}")
    label = BUTTONS[level - 1]
    how = chance.choice(("tap", "type", "tap twice", "tap and type", "type and tap"))
    if how.startswith("tap"):
        await person.taps(label)
    else:
        await person.says(str(level))
    if how in ("tap twice", "type and tap"):
        await person.taps(chance.choice(BUTTONS))
    elif how == "tap and type":
        await person.says(str(chance.randint(1, 6)))


def check_answer(person: CustomerOnStage, before: int, level: int) -> None:
    """The one answer to the level, with the buttons of that level, and at most one "you have rated"."""
    said = person.messages[before + 1 :]
    answer, more = said[0], said[1:]
    expected = {1: REASONS, 2: REASONS, 3: [], 4: [], 5: STORY, 6: STORY}[level]
    assert [label for label, _ in answer.buttons] == expected, person.shop.told(f"{person.name} gave {level}")
    assert all("đã đánh giá" in one.text for one in more), person.shop.told(f"{person.name} gave {level}")
    assert ("xin lỗi" in answer.text) == (level <= 2)
    assert (f"{POINTS[level]} điểm" in answer.text) == (level >= 4)


async def check_books(shop: TestShop, ba_tu: StaffOnStage, given: list[tuple[CustomerOnStage, int]]) -> None:
    ratings = await all_ratings(shop)
    assert Counter(one.level for one in ratings) == Counter(level for _, level in given)
    assert len([one for one in ba_tu.messages if "🔴" in one.text]) == sum(level == 1 for _, level in given)
    assert await number(shop, "SELECT count(*) FROM points_ledger") == sum(level >= 4 for _, level in given)
    assert await number(shop, "SELECT sum(points) FROM points_ledger") == sum(POINTS[level] for _, level in given)
    assert await number(shop, "SELECT count(*) FROM cases WHERE kind <> 'rescue'") == 0
    for person in {person.address: person for person, _ in given}.values():
        await check_person(shop, person, [level for who, level in given if who is person])


async def check_person(shop: TestShop, person: CustomerOnStage, gave: list[int]) -> None:
    """One rescue for the unhappy, urgent when a 1 was among them; a personal code for a 6; points that add up."""
    customer = await person.record()
    rescues = await person.cases()
    assert len(rescues) == (1 if any(levels.is_unhappy(level) for level in gave) else 0)
    assert all(one.urgent == (1 in gave) for one in rescues)
    points = await shop.read(lambda db: loyalty.points_of(db, customer.id))
    assert points == sum(POINTS[level] for level in gave)
    codes = await number(shop, "SELECT count(*) FROM referrals WHERE customer_id = :id", id=customer.id)
    assert codes == (1 if 6 in gave else 0)


async def test_the_shop_decides_points_and_win_back(tmp_path: Path) -> None:
    def generous(shop: Shop) -> Shop:
        own = Levels(points={4: 7, 5: 8, 6: 0}, win_back="Lần sau {em} tặng {anh} phí ship ạ.")
        return msgspec.structs.replace(shop, levels=own)

    async with opened(tmp_path, change=generous) as shop:
        lan = shop.customer("Lan")
        await is_asked(lan, "giao_hang")
        await lan.taps("4 Theo mong muốn")
        lan.hears("7 điểm")
        await is_asked(lan, "dong_goi")
        await lan.taps("6 Tốt không ngờ tới")
        assert "điểm" not in lan.hears("vui lắm").text
        await is_asked(lan, "thanh_toan")
        await lan.taps("3 Đúng như mong đợi")
        await lan.says("gói quà đẹp hơn")
        lan.hears("Lần sau em tặng anh/chị phí ship ạ")
        assert await number(shop, "SELECT sum(points) FROM points_ledger") == 7
        lines: list[Line] = await lan.lines()
        assert [line.text for line in lines if line.author == "customer"][-1] == "gói quà đẹp hơn"


async def test_words_about_a_colleague_in_a_rating_reach_only_the_owner(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    await is_asked(lan)
    await lan.says("2")
    assert not (await lan.case()).owner_only
    await lan.says("nhân viên bên shop nói chuyện lồi lõm, coi thường khách")
    lan.hears("Trước 10 giờ 30 hôm nay")
    ba_tu.hears("lồi lõm")
    assert (await lan.case()).owner_only
