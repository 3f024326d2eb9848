"""A person takes over: waiting, claiming, answering, finishing, and coming back."""

from datetime import timedelta

import pytest

from bot.channel import Unreachable
from handlers.staff import Refused
from storage import clocks, staff
from tests.cast import CustomerOnStage, StaffOnStage, TestShop


async def asks_for_a_person(lan: CustomerOnStage) -> None:
    await lan.opens_page()
    await lan.says("/xungho chị Lan")
    await lan.says("gặp nhân viên")
    lan.hears("mời bạn nhân viên vào rồi ạ", "khoảng 5 phút")


async def test_a_case_lives_from_question_to_confirmation(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    case = await lan.case()
    await minh.claims(case)
    await lan.says("mẫu tối qua còn size M không em")
    lan.hears_nothing()
    await minh.replies(case, "Dạ {anh} {tên} ơi, mẫu tối qua còn size M và L ạ.")
    assert lan.hears("Dạ chị Lan ơi, mẫu tối qua còn").extra["name"] == "Minh · Nhà Mây"
    await lan.says("lấy chị size M")
    lan.hears_nothing()
    await minh.resolves(case)
    lan.hears("chị thấy câu trả lời vậy đã ổn chưa ạ?")
    assert lan.buttons() == ["Ổn rồi", "Chưa ổn"]
    await lan.taps("Ổn rồi")
    lan.hears("cảm ơn chị Lan đã báo lại")
    assert (await lan.case()).state == "confirmed"
    assert (await lan.record()).sticky_staff_id == minh.staff_id


async def test_not_yet_reopens_with_the_same_person(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.replies(await lan.case(), "Dạ em gửi chị rồi ạ")
    await minh.resolves(await lan.case())
    await lan.taps("Chưa ổn")
    lan.hears("mở lại việc #1", "báo lại người phụ trách")
    case = await lan.case()
    assert (case.state, case.reopened, case.assignee_id) == ("reopened", 1, minh.staff_id)
    await minh.replies(case, "Dạ em kiểm tra lại ngay ạ")
    assert (await lan.case()).state == "claimed"


async def test_typed_words_settle_a_case_too(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.resolves(await lan.case())
    await lan.says("ok em ổn rồi")
    assert (await lan.case()).state == "confirmed"


async def test_a_new_question_after_the_answer_is_no_answer_to_is_it_fine(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await minh.resolves(await lan.case())
    await lan.says("Cửa hàng mở cửa mấy giờ?")
    lan.hears("8 giờ 30")
    assert (await lan.case()).state == "resolved"


async def test_silence_for_two_days_confirms(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.resolves(await lan.case())
    await shop.wait(hours=47)
    assert (await lan.case()).state == "resolved"
    await shop.wait(hours=2)
    assert (await lan.case()).state == "confirmed"


async def test_waiting_has_its_own_words_each_time_and_stops(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await shop.wait(minutes=3)
    lan.hears("hơi đông", "giữ chỗ", "khoảng 2 phút")
    await shop.wait(minutes=5)
    lan.hears("vừa nhắc các bạn")
    await shop.wait(minutes=7)
    lan.hears("xin lỗi đã để chị chờ lâu", "báo chủ cửa hàng")
    ba_tu.hears("đã chờ 15 phút mà chưa ai nhận")
    await shop.wait(hours=2)
    lan.hears_nothing()


async def test_a_claim_is_told_at_the_next_step_and_only_then(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await minh.claims(await lan.case())
    lan.hears_nothing()
    await shop.wait(minutes=3)
    lan.hears("bạn Minh đang xem tin của chị")
    await shop.wait(minutes=5)
    lan.hears_nothing()


async def test_comfort_stops_the_moment_a_person_answers(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await shop.wait(minutes=2)
    await minh.replies(await lan.case(), "Dạ em đây ạ")
    lan.hears("em đây")
    await shop.wait(minutes=60)
    lan.hears_nothing()


async def test_while_waiting_words_are_kept_and_acknowledged_once(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await lan.says("cái áo hoạ tiết hoa nhí hôm tối ấy")
    lan.hears("chuyển thêm cho bạn nhân viên")
    await lan.says("cái màu xanh hôm trước á")
    lan.hears_nothing()
    await lan.says("Cửa hàng mở cửa mấy giờ?")
    lan.hears("8 giờ 30")
    case = await lan.case()
    kept = [line.text for line in await lan.lines() if line.case_id == case.id and line.author == "customer"]
    assert "cái màu xanh hôm trước á" in kept


async def test_asking_again_opens_no_second_case(shop: TestShop, lan: CustomerOnStage) -> None:
    await asks_for_a_person(lan)
    await lan.says("cho gặp nhân viên đi")
    await lan.taps("Gặp nhân viên")
    lan.hears("các bạn đã nhận được tin")
    assert len(await lan.cases()) == 1


async def test_at_night_the_bot_says_when_people_return(shop: TestShop, lan: CustomerOnStage) -> None:
    await shop.wait(hours=12)
    await lan.says("gặp nhân viên")
    lan.hears("các bạn đã nghỉ, 8 giờ 30 ngày mai có người trả lời", "để lại câu hỏi")
    await shop.wait(hours=8)
    lan.hears("xưng hô")
    lan.hears_nothing()
    await shop.wait(hours=2, minutes=34)
    lan.hears("giữ chỗ")


async def test_two_colleagues_cannot_hold_one_case(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, hoa: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    case = await lan.case()
    await minh.claims(case)
    with pytest.raises(Refused, match="Minh đang giữ việc này"):
        await hoa.claims(case)
    with pytest.raises(Refused, match="Minh đang giữ việc này"):
        await hoa.replies(case, "Dạ")
    await minh.does("transfer", case_id=case.id, to_staff_id=hoa.staff_id)
    await hoa.replies(case, "Dạ em là Hoa ạ")
    lan.hears("em là Hoa")
    await hoa.does("release", case_id=case.id)
    assert (await lan.case()).state == "open"


async def test_a_case_is_taken_back_from_the_silent(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.claims(await lan.case())
    await shop.wait(minutes=21)
    assert (await lan.case()).state == "open"
    await minh.replies(await lan.case(), "Dạ em đây ạ")
    await shop.wait(minutes=30)
    assert (await lan.case()).state == "claimed"


async def test_the_promised_time_warns_the_lead_then_the_owner(
    shop: TestShop, lan: CustomerOnStage, ba_tu: StaffOnStage
) -> None:
    truong = await shop.staff("Trưởng", lead=True)
    await asks_for_a_person(lan)
    await shop.wait(minutes=4, seconds=30)
    ba_tu.hears_nothing()
    await shop.wait(minutes=1)
    ba_tu.hears("#1 đã trễ: trả lời đầu tiên, hạn 10 giờ 05 hôm nay")
    truong.hears("#1 đã trễ")


async def test_a_late_answer_is_a_missed_clock_and_a_quick_one_is_met(
    shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await huy.says("gặp nhân viên")
    await minh.replies(await huy.case(), "Dạ em đây")
    await shop.wait(minutes=6)
    await minh.replies(await lan.case(), "Dạ em đây")
    late, quick = await lan.case(), await huy.case()
    assert (await shop.read(lambda db: clocks.of_case(db, late.id)))[0].outcome == "missed"
    assert (await shop.read(lambda db: clocks.of_case(db, quick.id)))[0].outcome == "met"


async def test_a_promise_kept_in_time_and_one_broken(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage, ba_tu: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    case = await lan.case()
    await minh.replies(case, "Dạ 11 giờ em báo chị ạ")
    for note, hours in (("báo kho", 1), ("gọi lại", 2)):
        await minh.does("promise", case_id=case.id, due=shop.clock.now() + timedelta(hours=hours), note=note)
    promises = [one for one in await shop.read(lambda db: clocks.of_case(db, case.id)) if one.kind == "promise"]
    await minh.does("kept", clock_id=promises[0].id)
    await shop.wait(hours=3)
    ba_tu.hears("đã trễ: lời hứa (gọi lại)")
    ended = [one.outcome for one in await shop.read(lambda db: clocks.of_case(db, case.id)) if one.kind == "promise"]
    assert ended == ["met", "missed"]


async def test_a_note_never_reaches_the_customer(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.does("note", case_id=(await lan.case()).id, text="hình như còn M với L thôi")
    lan.never_hears("hình như còn")
    assert [line.text for line in await lan.lines() if line.author == "note"] == ["hình như còn M với L thôi"]


async def test_a_line_is_recalled_for_some_seconds(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.replies(await lan.case(), "Dạ hết hàng rồi ạ")
    line = (await lan.lines())[-1]
    await minh.does("recall", line_id=line.id)
    assert lan.last.operation == "delete"
    assert (await lan.lines())[-1].recalled_at is not None
    await minh.replies(await lan.case(), "Dạ còn hàng ạ")
    line = (await lan.lines())[-1]
    await shop.wait(seconds=11)
    with pytest.raises(Refused, match="Quá muộn"):
        await minh.does("recall", line_id=line.id)


async def test_a_failed_line_can_be_sent_again_and_really_is(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    shop.channels["website"].fates = [Unreachable()]
    await minh.replies(await lan.case(), "Dạ em đây ạ")
    line = (await lan.lines())[-1]
    assert (await shop.deliveries(line.conversation_id))[-1].state == "failed"
    await minh.does("send_again", line_id=line.id)
    lan.hears("em đây")
    with pytest.raises(Refused, match="đang gửi hoặc đã tới"):
        await minh.does("send_again", line_id=line.id)


async def test_the_same_press_of_send_says_it_once(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await minh.replies(await lan.case(), "Dạ em đây", client_id="a1")
    await minh.replies(await lan.case(), "Dạ em đây", client_id="a1")
    assert len([one for one in lan.messages if one.text == "Dạ em đây"]) == 1


async def test_a_case_is_not_closed_without_its_root_cause(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    with pytest.raises(Refused, match="nguyên nhân gốc"):
        await minh.resolves(await lan.case(), root_cause="")
    await minh.resolves(await lan.case(), root_cause="san_pham")
    with pytest.raises(Refused, match="Việc này đã đóng"):
        await minh.replies(await lan.case(), "Dạ")


async def test_a_colleague_who_left_can_do_nothing(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    await shop.write(lambda db: staff.change(db, minh.staff_id, active=False))
    with pytest.raises(Refused, match="không có quyền"):
        await minh.claims(await lan.case())


async def test_something_to_say_later_is_said_later(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await asks_for_a_person(lan)
    at = shop.clock.now() + timedelta(hours=1)
    await minh.does("schedule", case_id=(await lan.case()).id, text="Dạ hàng về rồi ạ", at=at)
    await minh.claims(await lan.case())
    lan.never_hears("hàng về rồi")
    await shop.wait(hours=1, minutes=1)
    lan.hears("hàng về rồi")


async def test_pending_moves_when_the_customer_answers(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await asks_for_a_person(lan)
    await minh.replies(await lan.case(), "Dạ chị cho em xin số đo ạ")
    await minh.does("pending", case_id=(await lan.case()).id)
    await lan.says("chị cao 1m60")
    assert (await lan.case()).state == "claimed"
    lan.hears("số đo")
    lan.hears_nothing()
