"""The bot learns in the open: what customers' taps and colleagues teach is live only when the owner says so."""

import pytest

from bot.answers import LiveAnswers
from care.faq import Answer, editing, proposals, store
from care.faq.proposals import Proposed
from care.settings import load
from handlers.staff import Refused
from storage import faq, faq_history, faq_proposals
from storage.database import Database
from tests.cast import CustomerOnStage, StaffOnStage, TestShop

UNSURE = "tỉnh xa thì sao"  # between the two thresholds


async def waiting(shop: TestShop) -> list[Proposed]:
    return await shop.read(proposals.open_proposals)


async def test_a_tap_on_what_was_meant_is_proposed_and_changes_nothing(shop: TestShop, lan: CustomerOnStage) -> None:
    before = await shop.read(lambda db: faq.entry(db, "giao_tinh"))
    await lan.says(UNSURE)
    await lan.taps("Giao hàng đi tỉnh mất mấy ngày?")
    lan.hears("3–5 ngày")
    (one,) = await waiting(shop)
    found = one.proposal
    assert (found.entry_id, found.wording, found.source, found.times) == ("giao_tinh", UNSURE, "tap", 1)
    assert await shop.read(lambda db: faq.entry(db, "giao_tinh")) == before


async def test_the_same_words_of_several_customers_are_counted_together(
    shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage
) -> None:
    for customer, words in ((lan, UNSURE), (huy, "TINH xa   thì sao")):
        await customer.says(words)
        await customer.taps("Giao hàng đi tỉnh mất mấy ngày?")
    assert [(one.proposal.wording, one.proposal.times) for one in await waiting(shop)] == [(UNSURE, 2)]


async def test_tapping_twice_counts_once(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says(UNSURE)
    for _ in range(2):
        await lan.taps("Giao hàng đi tỉnh mất mấy ngày?")
    assert [one.proposal.times for one in await waiting(shop)] == [1]


async def test_another_choice_moves_the_wording(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says(UNSURE)
    asked = (await lan.asks())[-1]
    for entry_id in ("giao_tinh", "don_toi_dau"):
        await shop.write(lambda db, to=entry_id: _choose(db, asked.id, to, shop))  # type: ignore[misc]
    assert [(one.proposal.entry_id, one.proposal.times) for one in await waiting(shop)] == [("don_toi_dau", 1)]


async def _choose(db: Database, ask_id: int, entry_id: str, shop: TestShop) -> None:
    asked = await faq.ask(db, ask_id)
    assert asked is not None
    await proposals.tapped(db, await load(db), asked, entry_id, shop.clock.now())
    await faq.chose(db, ask_id, entry_id)


async def test_a_thumb_down_takes_the_tap_out_and_proposes_nothing(shop: TestShop, lan: CustomerOnStage) -> None:
    await lan.says(UNSURE)
    await lan.taps("Giao hàng đi tỉnh mất mấy ngày?")
    await lan.taps("👎 Chưa đúng ý")
    assert await waiting(shop) == []
    helps = await shop.read(lambda db: _helps(db, shop))
    assert [(one.entry_id, one.not_helped) for one in helps] == [("giao_tinh", 1)]


async def _helps(db: Database, shop: TestShop) -> list[store.Help]:
    return await store.help_by_entry(db, await load(db), shop.clock.now())


async def test_a_thumb_up_teaches_only_where_the_engine_was_not_sure(shop: TestShop, lan: CustomerOnStage) -> None:
    for confidence, words in ((97, "hang ve tinh lau k"), (70, "gửi về quê mấy bữa tới")):
        await lan.says("Cửa hàng mở cửa mấy giờ?")
        ask_id = (await lan.asks())[-1].id
        await shop.write(lambda db, c=confidence, w=words, i=ask_id: _was(db, i, w, c))  # type: ignore[misc]
        await lan.taps("👍 Được rồi")
    assert [(one.proposal.wording, one.proposal.source) for one in await waiting(shop)] == [
        ("gửi về quê mấy bữa tới", "helped")
    ]


async def _was(db: Database, ask_id: int, words: str, confidence: int) -> None:
    await db.execute(
        "UPDATE faq_asks SET text = :text, entry_id = 'giao_tinh', confidence = :confidence WHERE id = :id",
        {"text": words, "confidence": confidence, "id": ask_id},
    )


async def test_what_the_entry_knows_is_not_proposed(shop: TestShop, lan: CustomerOnStage) -> None:
    known = "ship da nang mat may ngay vay shop?"
    found = await shop.write(lambda db: _propose(db, known, shop))
    assert found is None
    assert await waiting(shop) == []


async def _propose(db: Database, words: str, shop: TestShop, entry_id: str = "giao_tinh") -> int | None:
    made = await proposals.propose(db, await load(db), entry_id, words, "tap", shop.clock.now())
    return None if made is None else made.id


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ship về 0912 345 678 được k", "ship về … được k"),
        ("gửi lan.nguyen@example.vn nha", "gửi … nha"),
        ("đơn DH20394 tới đâu rồi", "đơn … tới đâu rồi"),
        ("ship  đơn\n500k có mất phí k", "ship đơn 500k có mất phí k"),
        ("áo 1.250.000 còn k", "áo 1.250.000 còn k"),
        ("hả?", ""),
        ("😀😀😀😀😀", ""),
        ("a" * 400, ""),
    ],
)
def test_proposed_words_lead_to_nobody(said: str, kept: str) -> None:
    assert proposals.wording_of(said) == kept


async def test_the_owners_yes_is_live_at_once_and_can_be_taken_back(shop: TestShop, ba_tu: StaffOnStage) -> None:
    answers = LiveAnswers(shop.engine)
    await answers.start()
    number = await shop.write(lambda db: _propose(db, "bữa nào hàng về tới Cà Mau dzậy", shop))
    assert number is not None
    done = await shop.write(lambda db: proposals.decide(db, number, True, ba_tu.staff_id, shop.clock.now()))
    assert done
    await answers.settled()
    decision = answers.current().decide("bữa nào hàng về tới Cà Mau dzậy")
    assert isinstance(decision, Answer)
    assert decision.entry_id == "giao_tinh"
    assert await waiting(shop) == []
    batch = (await shop.read(faq_history.batches))[0]
    assert (batch.first_id, batch.staff_id) == ("giao_tinh", ba_tu.staff_id)
    await shop.write(lambda db: _undo(db, batch.batch, ba_tu, shop))
    row = await shop.read(lambda db: faq.entry(db, "giao_tinh"))
    assert row is not None
    assert "bữa nào hàng về tới Cà Mau dzậy" not in row.phrasings


async def _undo(db: Database, batch: str, ba_tu: StaffOnStage, shop: TestShop) -> None:
    await editing.undo(db, await load(db), batch, ba_tu.staff_id, shop.clock.now())


async def test_what_the_owner_declined_is_not_proposed_again(shop: TestShop, ba_tu: StaffOnStage) -> None:
    number = await shop.write(lambda db: _propose(db, "mấy bữa tới", shop))
    assert number is not None
    assert await shop.write(lambda db: proposals.decide(db, number, False, ba_tu.staff_id, shop.clock.now()))
    assert await shop.write(lambda db: _propose(db, "Mấy bữa tới", shop)) is None
    assert await waiting(shop) == []
    assert not await shop.write(lambda db: proposals.decide(db, number, True, ba_tu.staff_id, shop.clock.now()))
    row = await shop.read(lambda db: faq.entry(db, "giao_tinh"))
    assert row is not None
    assert "mấy bữa tới" not in row.phrasings


async def test_words_of_another_entry_come_with_a_warning(shop: TestShop) -> None:
    await shop.write(lambda db: _propose(db, "chuyển khoản được không?", shop))
    assert [one.clash for one in await waiting(shop)] == ["Thanh toán bằng cách nào?"]


async def test_a_colleague_teaches_from_the_desk(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await lan.says("cái hôm bữa livestream á")
    await lan.taps("Gặp nhân viên")
    case, asked = await lan.case(), (await lan.lines())[0]
    await minh.does("teach", case_id=case.id, line_id=asked.id, entry_id="con_hang")
    (one,) = await waiting(shop)
    assert (one.proposal.source, one.proposal.staff_id, one.proposal.entry_id) == ("staff", minh.staff_id, "con_hang")
    row = await shop.read(lambda db: faq.entry(db, "con_hang"))
    assert row is not None
    assert "cái hôm bữa livestream á" not in row.phrasings


async def test_only_the_customers_own_words_of_this_thread_can_be_taught(
    shop: TestShop, lan: CustomerOnStage, huy: CustomerOnStage, minh: StaffOnStage
) -> None:
    await huy.says("khi nào có mẫu mới vậy")
    await lan.says("cái hôm bữa livestream á")
    await lan.taps("Gặp nhân viên")
    case, foreign = await lan.case(), (await huy.lines())[0]
    bots = next(line for line in await lan.lines() if line.author == "bot")
    pressed = next(line for line in await lan.lines() if line.extra.get("pressed"))
    for line in (foreign, bots, pressed):
        with pytest.raises(Refused):
            await minh.does("teach", case_id=case.id, line_id=line.id, entry_id="con_hang")
    with pytest.raises(Refused):
        await minh.does("teach", case_id=case.id, line_id=(await lan.lines())[0].id, entry_id="khong_co")
    assert await shop.read(faq_proposals.waiting) == []


async def test_the_words_of_a_complaint_about_staff_are_out_of_reach(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("nhân viên thái độ quá mất lịch sự")
    case, said = await lan.case(), (await lan.lines())[0]
    with pytest.raises(Refused):
        await minh.does("teach", case_id=case.id, line_id=said.id, entry_id="con_hang")


async def test_a_colleague_teaches_by_typing(shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage) -> None:
    await lan.says("cái hôm bữa livestream á")
    await lan.taps("Gặp nhân viên")
    case = await lan.case()
    await minh.says(f"/themfaq {case.id} con_hang")
    minh.hears("Đã đề xuất", "Mẫu này còn hàng không?", "cái hôm bữa livestream á")
    await minh.says(f"/themfaq {case.id} con_hang")
    assert [one.proposal.times for one in await waiting(shop)] == [2]


async def test_a_colleague_who_does_not_know_the_entrys_name_gets_buttons(
    shop: TestShop, lan: CustomerOnStage, minh: StaffOnStage
) -> None:
    await lan.says("cái hôm bữa livestream á")
    await lan.taps("Gặp nhân viên")
    await minh.says("/themfaq 1 còn hàng")
    minh.hears("cái hôm bữa livestream á")
    await minh.taps("Mẫu này còn hàng không?")
    minh.hears("Đã đề xuất")
    assert [one.proposal.entry_id for one in await waiting(shop)] == ["con_hang"]
    await minh.says("/themfaq 1 xyzzy qwerty")
    minh.hears("Câu nào trong FAQ")
