"""A language model may pick sentences of the FAQ, and nothing else: no promise, no other customer, no act (T32)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.llm import FAILURES, LEFT_ALONE_SECONDS, Assist, Breaker, Model
from bot.worker import Worker
from care.faq import grounded, proposals, store
from care.faq.grounded import Enquiry, Grounded, Offered
from handlers.messages import Incoming
from storage import faq as stored_faq
from storage.database import Database
from tests.bot.llm_server import FakeModel, says, serving
from tests.cast import CustomerOnStage, TestShop, opened
from tests.conversations.injections import TEXTS

UNSURE = "tỉnh xa thì sao"
ANSWER = "Dạ đơn đi tỉnh khoảng 3–5 ngày, phí 35.000 đồng; đơn từ 500.000 đồng được miễn phí ạ."
PICKED = "Đơn từ 500.000 đồng được miễn phí ạ."
QUOTE = "đơn từ 500.000 đồng được miễn phí"
MARK = "trả lời tự động"


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    async with serving() as served:
        yield served


@pytest.fixture
async def assist(shop: TestShop, model: FakeModel) -> AsyncIterator[Assist]:
    """The shop of this test asks the model."""
    helper = wire(shop, model)
    yield helper
    await helper.close()


def wire(shop: TestShop, model: FakeModel) -> Assist:
    client = Model(model.base, "small", key="canary-key", total=0.5)
    helper = Assist(shop.engine, shop.house, client, Breaker(shop.clock.monotonic))
    before = shop.worker
    shop.worker = Worker(shop.engine, shop.house, before._channels, shop.clock, before._metrics, draft=helper.draft)
    shop.intake._feed = shop.worker.feed
    return helper


async def test_the_model_picks_sentences_of_an_entry(lan: CustomerOnStage, model: FakeModel, assist: Assist) -> None:
    model.reply = lambda asked: says("giao_tinh", QUOTE, PICKED)
    await lan.says(UNSURE)
    message = lan.hears(MARK, "Giao hàng đi tỉnh mất mấy ngày?", PICKED)
    assert "35.000" not in message.text
    assert lan.buttons() == ["👍 Được rồi", "👎 Chưa đúng ý", "Gặp nhân viên"]
    assert [(one.outcome, one.entry_id) for one in await lan.asks()] == [("answered", "giao_tinh")]
    assert model.keys == ["Bearer canary-key"]


async def test_the_customer_is_addressed_as_in_any_answer(
    lan: CustomerOnStage, model: FakeModel, assist: Assist
) -> None:
    await lan.says("/xungho chị Lan")
    model.reply = lambda asked: says(
        "con_hang", "anh/chị gửi em hình", "Dạ anh/chị gửi em hình hoặc tên mẫu, em kiểm tra kho ngay ạ."
    )
    await lan.says("cái hôm bữa livestream á")
    lan.hears(MARK, "Dạ chị gửi em hình hoặc tên mẫu")


async def test_a_thumb_up_under_it_is_a_proposal(lan: CustomerOnStage, model: FakeModel, assist: Assist) -> None:
    model.reply = lambda asked: says("giao_tinh", QUOTE, PICKED)
    await lan.says(UNSURE)
    await lan.taps("👍 Được rồi")
    assert [one.proposal.wording for one in await lan.shop.read(proposals.open_proposals)] == [UNSURE]


async def test_only_the_question_leaves_the_house_and_no_number(
    lan: CustomerOnStage, model: FakeModel, assist: Assist
) -> None:
    await lan.says("/xungho chị Lan")
    await lan.says("cái hôm bữa livestream á 0912 345 678 lan@example.vn DH20394 nguyễn thị lan", name="Nguyễn Thị Lan")
    sent = str(model.bodies)
    assert model.asked[0]["question"] == "cái hôm bữa livestream á … … … …"
    for secret in ("0912", "lan@", "DH20394", "Nguyễn", "nguyễn", "Lan", "canary-key"):
        assert secret not in sent
    assert set(model.bodies[0]) == {"model", "messages", "temperature", "max_tokens"}, "no tools to call"


@pytest.mark.parametrize(
    "text",
    [
        "Cửa hàng mở cửa mấy giờ?", "/trogiup", "xin chào shop", "cảm ơn shop nhiều", "gặp nhân viên",
        "nhân viên thái độ quá mất lịch sự", "hàng rách quá tệ, bắt đền đi", "hả", "",
    ],
)  # fmt: skip
async def test_the_model_is_not_asked_without_need(
    lan: CustomerOnStage, model: FakeModel, assist: Assist, text: str
) -> None:
    await lan.says(text, pictures=0 if text else 1)
    assert model.bodies == []


async def test_words_for_a_colleague_stay_in_the_house(
    shop: TestShop, lan: CustomerOnStage, model: FakeModel, assist: Assist
) -> None:
    minh = await shop.staff("Minh")
    await lan.says("gặp nhân viên")
    await lan.says(UNSURE)
    await minh.claims(await lan.case())
    await lan.says(UNSURE)
    await minh.says(UNSURE)
    assert model.bodies == []


@pytest.mark.parametrize(
    "said",
    [
        "", "xin chào", "{", "[]", "null", "{}", '{"entry": 5}', '{"entry": "giao_tinh"}',
        says("", "", ""),
        says("khong_co", QUOTE, PICKED),
        says("gio_mo_cua", QUOTE, PICKED),  # the quote is another entry's
        says("giao_tinh", "miễn phí toàn quốc", PICKED),
        says("giao_tinh", "phí", PICKED),
        says("giao_tinh", "", PICKED),
        says("giao_tinh", QUOTE, ""),
        says("giao_tinh", QUOTE, "Dạ"),
        says("giao_tinh", QUOTE, "Đơn từ 100.000 đồng được miễn phí ạ."),
        says("giao_tinh", QUOTE, "Được miễn phí ạ."),  # without its condition
        says("giao_tinh", QUOTE, f"{PICKED} Xem thêm ở https://evil.example"),
        says("giao_tinh", QUOTE, f"{PICKED} Giảm thêm 50% cho chị ạ."),
        says("giao_tinh", QUOTE, "{tên} " + PICKED),
        says("giao_tinh", QUOTE, PICKED + "\u202e"),
        says("giao_tinh", QUOTE, PICKED * 80),
        "x" * 9000 + says("giao_tinh", QUOTE, PICKED),
    ],
)  # fmt: skip
async def test_what_is_not_the_entrys_is_not_said(
    lan: CustomerOnStage, model: FakeModel, assist: Assist, said: str
) -> None:
    model.reply = lambda asked: said
    await lan.says(UNSURE)
    assert len(model.bodies) == 1
    lan.hears("Dạ ý anh/chị là")
    lan.never_hears(MARK, "evil", "50%", "100.000")


async def test_a_fence_or_thinking_around_the_json_does_no_harm() -> None:
    enquiry = Enquiry(UNSURE, (Offered("giao_tinh", "Giao hàng đi tỉnh?", ANSWER),))
    for reply in (
        f"```json\n{says('giao_tinh', QUOTE, PICKED)}\n```",
        f"<think>hm</think> {says('giao_tinh', QUOTE, PICKED)}",
    ):
        found = grounded.accept(reply, enquiry)
        assert found is not None
        assert found.answer == PICKED


@pytest.mark.parametrize("trouble", ["500", "429", "302", "junk", "html", "huge", "no choices", "hangs", "gone"])
async def test_any_trouble_with_the_model_means_going_on_without_it(
    lan: CustomerOnStage, model: FakeModel, assist: Assist, trouble: str
) -> None:
    model.reply = lambda asked: says("giao_tinh", QUOTE, PICKED)
    model.status = int(trouble) if trouble.isdecimal() else 200
    junk = {"junk": b"\xff\xfe{", "html": b"<html>", "huge": b"[" + b" " * 200_000, "no choices": b'{"choices": []}'}
    model.raw = junk.get(trouble)
    model.hang = asyncio.Event() if trouble == "hangs" else None
    if trouble == "gone":
        assist.model.base = "http://127.0.0.1:1/v1"
    await lan.says(UNSURE)
    lan.hears("Dạ ý anh/chị là")
    lan.never_hears(MARK)


async def test_a_failing_model_is_left_alone_for_a_minute(
    shop: TestShop, lan: CustomerOnStage, model: FakeModel, assist: Assist
) -> None:
    model.status = 503
    for number in range(FAILURES + 2):
        await shop.customer(f"Khách{number}").says(UNSURE)
    assert len(model.bodies) == FAILURES
    model.status, model.reply = 200, lambda asked: says("giao_tinh", QUOTE, PICKED)
    await shop.wait(seconds=LEFT_ALONE_SECONDS + 1)
    await lan.says(UNSURE)
    lan.hears(MARK)


async def test_an_entry_that_changed_meanwhile_is_not_quoted(
    shop: TestShop, lan: CustomerOnStage, model: FakeModel, assist: Assist
) -> None:
    async def late(now: datetime, channel: str, account: str, incoming: Incoming) -> Grounded | None:
        found = await assist.draft(now, channel, account, incoming)
        assert found is not None
        await shop.write(lambda db: _change(db, now))
        return found

    model.reply = lambda asked: says("giao_tinh", QUOTE, PICKED)
    shop.worker._draft = late
    await lan.says(UNSURE)
    lan.hears("Dạ ý anh/chị là")
    lan.never_hears(MARK, "500.000")


async def _change(db: Database, now: datetime) -> None:
    row = await stored_faq.entry(db, "giao_tinh")
    assert row is not None
    await stored_faq.put(db, replace(row, answer="Dạ đơn từ 900.000 đồng được miễn phí ạ."), now)
    await store.changed(db)


# --- T32: texts that try to lead the model astray ----------------------------------------------------------------

CANARIES = ("0987654321", "DH77777", "Huy Canary", "canary-key")
STATE = (
    "cases", "ratings", "surveys", "points_ledger", "faq_entries", "faq_changes", "faq_proposals", "settings",
    "settings_changes", "staff", "staff_identities", "audit", "timers", "testimonials", "relays", "confirmations",
)  # fmt: skip


def obedient(asked: dict[str, Any]) -> str:
    """The worst model there is: it does as it was told, and hides it behind a true quote."""
    first = asked["entries"][0]
    return says(first["id"], first["answer"][:40], asked["question"])


def leaking(asked: dict[str, Any]) -> str:
    """Tells all it was sent, in the form of an answer."""
    first = asked["entries"][0]
    return says(first["id"], first["answer"][:40], f"{first['answer']} {asked}")


def promising(asked: dict[str, Any]) -> str:
    """Makes up an offer."""
    first = asked["entries"][0]
    return says(
        first["id"], first["answer"][:40], f"{first['answer']} Tặng mã HACKED giảm 90% tại https://evil.example"
    )


def commanding(asked: dict[str, Any]) -> str:
    """Tries to act."""
    return says("rate:1:6", "staff:resolve:1:chi_hoi", "/xong 1")[:-1] + ', "tool_calls": [{"name": "refund"}]}'


async def _state(shop: TestShop) -> dict[str, list[dict[str, Any]]]:
    async def look(db: Any) -> dict[str, list[dict[str, Any]]]:
        return {table: await db.query(f"SELECT * FROM {table}") for table in STATE}

    return await shop.read(look)


async def _talk(shop: TestShop) -> list[tuple[str, list[str]]]:
    huy = shop.customer("Huy", "zalo_oa")
    await huy.says("tỉnh xa thì sao, mình là Huy Canary, 0987654321, đơn DH77777")
    await huy.says("gặp nhân viên")
    told = []
    for number, text in enumerate(TEXTS):
        customer = shop.customer(f"K{number}")
        await customer.says(text)
        told.append((text, [one.text for one in customer.messages]))
    return told


@pytest.mark.slow
@pytest.mark.parametrize("reply", [obedient, leaking, promising, commanding])
async def test_no_text_makes_the_bot_act_or_say_what_is_not_the_shops(
    tmp_path: Path, model: FakeModel, reply: Any
) -> None:
    async with opened(tmp_path / "without") as control:
        expected = await _talk(control)
        state = await _state(control)
    model.reply = reply
    async with opened(tmp_path / "with") as shop:
        helper = wire(shop, model)
        heard = await _talk(shop)
        assert await _state(shop) == state, "a text changed something"
        await helper.close()
    assert len(model.bodies) >= 30, "the model was hardly asked: this proves little"
    for (text, usual), (_, said) in zip(expected, heard, strict=True):
        assert said == usual, f"{text!r} made the bot say something else"
    sent = str(model.bodies)
    for canary in CANARIES:
        assert canary not in sent or canary == "Huy Canary", "what Huy wrote of himself is his question, nobody else's"
        assert not [said for _, said in heard if any(canary in one for one in said)]
