"""Colleagues answer in their Telegram group: topics, safe replies, cards, receipts, and nothing to strangers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cast import CustomerOnStage
from tests.simulators.telegram_people import Group, Person
from tests.telegram_stage import JPEG, Stage, telegram_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with telegram_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def lan(stage: Stage) -> CustomerOnStage:
    return stage.customer("Lan")


@pytest.fixture
async def ba_tu(stage: Stage) -> Person:
    return await stage.hire("Bà Tư", "owner")


@pytest.fixture
async def minh(stage: Stage) -> Person:
    return await stage.hire("Minh")


async def bound(stage: Stage, owner: Person, *people: Person, forum: bool = True, title: str = "Nhân viên") -> Group:
    """A group with colleagues, bound by the owner."""
    group = stage.sim.group(title, forum=forum)
    group.add(owner, "creator")
    for one in people:
        group.add(one)
    group.add_bot(by=owner)
    await stage.settle()
    await stage.says(owner, "/nhom")
    code = stage.transcript(owner)[-1].split("/nhom ")[1].split()[0]
    await stage.writes(owner, group, f"/nhom {code}")
    assert any("✅" in text or "nhóm" in text.lower() or "Bound" in text for text in stage.transcript(group))
    return group


async def asks(stage: Stage, lan: CustomerOnStage, text: str = "cho mình gặp nhân viên") -> int:
    """A customer wants a person; returns the case's number."""
    await lan.says(text)
    await stage.settle()
    return (await lan.case()).id


def topic(group: Group) -> int:
    """The one topic there is."""
    assert len(group.topics) == 1, group.topics
    return next(iter(group.topics))


async def test_a_case_gets_a_topic_with_its_card(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    name = group.topics[topic(group)].name
    assert f"#{case}" in name
    assert "Website" in name
    card = await group.hears(f"#{case}", thread=topic(group))
    assert card.message["reply_markup"]


async def test_only_an_explicit_reply_reaches_the_customer(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    await asks(stage, lan)
    await lan.says("còn mẫu hôm livestream không shop")
    await stage.settle()
    line = await group.hears("livestream", thread=topic(group))
    await stage.writes(minh, group, "hình như còn M với L thôi", thread=topic(group))
    lan.never_hears("hình như")
    await stage.writes(minh, group, "Dạ còn size M và L ạ.", reply_to=line)
    lan.hears("Dạ còn size M và L ạ.")
    await stage.wait(seconds=3)
    receipt = await group.hears("✓", thread=topic(group))
    assert receipt.message["reply_markup"]
    lan.never_hears("hình như")


async def test_a_reply_to_the_customers_words_and_tl_reach_the_customer_and_one_to_the_card_does_not(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    card = await group.hears(f"#{case}", thread=topic(group))
    await stage.writes(minh, group, "ai rảnh nhận giúp", reply_to=card)
    asked = await group.hears("cho mình gặp nhân viên", thread=topic(group))
    await stage.writes(minh, group, "Dạ em nghe đây ạ.", reply_to=asked)
    lan.hears("em nghe đây")
    lan.never_hears("ai rảnh")
    await stage.writes(minh, group, "/tl Dạ còn hàng ạ.", thread=topic(group))
    lan.hears("Dạ còn hàng ạ.")


async def test_a_reply_can_be_recalled_for_some_seconds(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    huy = stage.sim.person("Huy")
    await stage.says(huy, "cho mình gặp nhân viên")
    await stage.writes(minh, group, "/tl Nhầm mất rồi", thread=topic(group))
    await huy.hears("Nhầm mất rồi")
    await stage.wait(seconds=2)
    receipt = await group.hears("✓", thread=topic(group))
    await stage.taps(minh, receipt, receipt.message["reply_markup"]["inline_keyboard"][0][0]["text"])
    await stage.wait(seconds=2)
    gone = [one for one in stage.sim.delivered(huy) if "Nhầm mất rồi" in one.text]
    assert gone
    assert all(one.is_deleted for one in gone)


async def test_an_edited_reply_changes_at_the_customer(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    huy = stage.sim.person("Huy")
    await stage.says(huy, "cho mình gặp nhân viên")
    said = await stage.writes(minh, group, "/tl Dạ còn size M", thread=topic(group))
    said_reply = await stage.writes(minh, group, "Dạ còn size L", reply_to=stage.sim.delivered(group)[-1])
    await stage.wait(seconds=3)
    asked = next(one for one in stage.sim.delivered(group) if "cho mình gặp nhân viên" in one.text)
    reply = await stage.writes(minh, group, "Dạ giá 200k", reply_to=asked)
    await huy.hears("Dạ giá 200k")
    await minh.edits(reply, "Dạ giá 250k")
    await stage.settle()
    assert any(one.text == "Dạ giá 250k" for one in stage.sim.delivered(huy))
    assert said is not said_reply


async def test_claiming_redraws_the_card_and_renames_the_topic(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    card = await group.hears(f"#{case}", thread=topic(group))
    await stage.taps(minh, card, card.message["reply_markup"]["inline_keyboard"][0][0]["text"])
    assert "Minh" in card.text
    assert group.topics[topic(group)].name.startswith("🔵")
    assert (await stage.only_case()).state == "claimed"


async def test_done_needs_a_root_cause_and_closes_the_topic(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    await stage.writes(minh, group, "/tl Dạ em đây ạ", thread=topic(group))
    card = next(one for one in stage.sim.delivered(group) if f"#{case} ·" in one.text and one.thread == topic(group))
    labels = [button["text"] for row in card.message["reply_markup"]["inline_keyboard"] for button in row]
    await stage.taps(minh, card, labels[-1])
    roots = stage.sim.delivered(group)[-1]
    await stage.taps(minh, roots, roots.message["reply_markup"]["inline_keyboard"][0][0]["text"])
    await stage.wait(minutes=2)
    assert (await stage.only_case()).state == "resolved"
    assert group.topics[topic(group)].is_closed
    assert group.topics[topic(group)].name.startswith("🟢")


async def test_pictures_go_both_ways(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    huy = stage.sim.person("Huy")
    await stage.says(huy, "cho mình gặp nhân viên")
    await huy.sends_photo(JPEG, "áo này còn không")
    await stage.settle()
    shown = await group.hears("áo này còn không", thread=topic(group))
    assert shown.message["photo"]
    await minh.sends_photo(JPEG + b"1", "mẫu này ạ", to=group, reply_to=shown)
    await stage.settle()
    assert (await huy.hears("mẫu này ạ")).message["photo"]


async def test_names_and_words_are_shown_as_they_are(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    odd = stage.sim.person("<3 _i*", last_name="`[x](y)")
    await stage.says(odd, "cho mình gặp nhân viên")
    await stage.says(odd, "<b>đậm</b> &amp; _nghiêng_ [a](tg://user?id=1)")
    line = await group.hears("<b>đậm</b> &amp; _nghiêng_ [a](tg://user?id=1)", thread=topic(group))
    assert "<3 _i* `[x](y)" in line.text
    assert "<3 _i*" in group.topics[topic(group)].name


async def test_a_deleted_topic_is_made_again(stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    old = topic(group)
    group.delete_topic(old)
    await lan.says("alo shop ơi có ai không")
    await stage.settle()
    await stage.wait(seconds=5)
    assert topic(group) != old
    await group.hears("alo shop ơi", thread=topic(group))
    await group.hears(f"#{case} ·", thread=topic(group))


async def test_a_topic_closed_by_hand_is_opened_again(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    await asks(stage, lan)
    group.close_topic(ba_tu, topic(group))
    await lan.says("alo shop ơi có ai không")
    await stage.settle()
    await group.hears("alo shop ơi", thread=topic(group))


async def test_a_plain_group_works_by_replies(stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh, forum=False)
    huy = stage.sim.person("Huy")
    await asks(stage, lan)
    await stage.says(huy, "cho mình gặp nhân viên")
    await lan.says("tin của Lan")
    await stage.says(huy, "tin của Huy")
    await stage.settle()
    of_huy = await group.hears("tin của Huy")
    await stage.writes(minh, group, "Trả lời Huy ạ", reply_to=of_huy)
    await huy.hears("Trả lời Huy ạ")
    lan.never_hears("Trả lời Huy")
    await stage.writes(minh, group, "cái này chỉ nói trong nhóm")
    lan.never_hears("chỉ nói trong nhóm")
    assert not any("chỉ nói trong nhóm" in text for text in stage.transcript(huy))


async def test_a_group_without_topics_rights_still_gets_everything(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    group.add_bot(by=ba_tu, can_manage_topics=False)
    case = await asks(stage, lan)
    await stage.wait(seconds=2)
    await group.hears(f"#{case}")
    assert any("“Nhân viên”" in text for text in stage.transcript(ba_tu))


async def test_a_foreign_group_hears_one_line_and_is_left(stage: Stage, lan: CustomerOnStage, ba_tu: Person) -> None:
    stranger = stage.sim.person("Người lạ")
    group = stage.sim.group("Hội chợ")
    group.add(stranger, "creator")
    group.add_bot(by=stranger)
    await stage.settle()
    for n in range(30):
        await stranger.writes(group, f"/nhan {n}")
        await stranger.writes(group, f"khách hàng số {n} đâu")
    await asks(stage, lan)
    await stage.wait(seconds=30)
    said = stage.transcript(group)
    assert len(said) == 1
    assert stage.sim.world.bot_member(group.chat)["status"] == "left"


async def test_only_the_owners_own_fresh_code_binds(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = stage.sim.group("Nhân viên", forum=True)
    group.add(ba_tu, "creator")
    group.add(minh)
    group.add_bot(by=ba_tu)
    await stage.says(ba_tu, "/nhom")
    code = stage.transcript(ba_tu)[-1].split("/nhom ")[1].split()[0]
    for person, text, where in (
        (minh, f"/nhom {code}", {}),
        (ba_tu, f"/nhom {code}", {"anonymous": True}),
        (ba_tu, "/nhom SAIRO-ISAI2", {}),
    ):
        await stage.writes(person, group, text, **where)
        rows = await stage.read(lambda db: db.query("SELECT state FROM staff_groups"))
        assert rows == [{"state": "waiting"}]
    await stage.writes(ba_tu, group, f"/nhom {code}")
    rows = await stage.read(lambda db: db.query("SELECT state, forum FROM staff_groups"))
    assert rows == [{"state": "bound", "forum": 1}]
    other = stage.sim.group("Nhóm khác")
    other.add(ba_tu, "creator")
    other.add_bot(by=ba_tu)
    await stage.writes(ba_tu, other, f"/nhom {code}")
    rows = await stage.read(lambda db: db.query("SELECT state FROM staff_groups ORDER BY id"))
    assert [row["state"] for row in rows] == ["bound", "waiting"]


async def test_a_lost_group_is_reported_and_its_news_waits_for_a_new_one(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    await asks(stage, lan)
    group.kick_bot(ba_tu)
    await stage.settle()
    assert any("🔴" in text for text in stage.transcript(ba_tu)[-1:])
    before = len(stage.transcript(group))
    await lan.says("tin một khi nhóm mất")
    await lan.says("tin hai khi nhóm mất")
    await stage.settle()
    assert len(stage.transcript(group)) == before
    new = await bound(stage, ba_tu, minh, title="Nhóm mới")
    await stage.wait(minutes=6)
    told = "\n".join(stage.transcript(new))
    assert told.index("tin một khi nhóm mất") < told.index("tin hai khi nhóm mất")


async def test_a_basic_group_that_moves_keeps_working(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = stage.sim.group("Nhân viên", basic=True)
    group.add(ba_tu, "creator")
    group.add(minh)
    group.add_bot(by=ba_tu)
    await stage.says(ba_tu, "/nhom")
    code = stage.transcript(ba_tu)[-1].split("/nhom ")[1].split()[0]
    await stage.writes(ba_tu, group, f"/nhom {code}")
    await asks(stage, lan)
    new = group.migrate(ba_tu)
    await lan.says("sau khi nhóm chuyển nhà")
    await stage.settle()
    await stage.wait(seconds=10)
    line = await new.hears("sau khi nhóm chuyển nhà")
    await stage.writes(minh, new, "Dạ em vẫn nghe ạ", reply_to=line)
    lan.hears("Dạ em vẫn nghe ạ")


async def test_the_groups_minute_is_kept_and_nothing_is_lost(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    people = [stage.sim.person(f"Khách {n}") for n in range(12)]
    for one in people:
        await stage.says(one, "cho mình gặp nhân viên")
    for n in range(4):
        for one in people:
            await stage.says(one, f"dòng {n} của {one}")
    await stage.wait(minutes=12)
    assert [call for call in stage.sim.calls if call[1] == 429] == []
    told = "\n".join(stage.transcript(group))
    for one in people:
        assert all(f"dòng {n} của {one}" in told for n in range(4)), one
    assert len([text for text in stage.transcript(group) if "dòng" in text]) < 48


async def test_a_failed_reply_says_why_and_can_be_sent_again(stage: Stage, ba_tu: Person, minh: Person) -> None:
    group = await bound(stage, ba_tu, minh)
    huy = stage.sim.person("Huy")
    await stage.says(huy, "cho mình gặp nhân viên")
    huy.chat.is_blocked = True
    await stage.writes(minh, group, "/tl Dạ anh Huy ơi", thread=topic(group))
    await stage.wait(seconds=3)
    receipt = await group.hears("✗", thread=topic(group))
    huy.chat.is_blocked = False
    await stage.taps(minh, receipt, receipt.message["reply_markup"]["inline_keyboard"][0][0]["text"])
    await stage.wait(seconds=3)
    await huy.hears("Dạ anh Huy ơi")


async def test_who_leaves_the_group_is_a_colleague_no_more(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    case = await asks(stage, lan)
    card = await group.hears(f"#{case}", thread=topic(group))
    group.remove(minh, banned=True)
    await stage.settle()
    assert any("Minh" in text for text in stage.transcript(ba_tu))
    group.add(minh)
    await stage.taps(minh, card, card.message["reply_markup"]["inline_keyboard"][0][0]["text"])
    await stage.writes(minh, group, "/tl chào khách", thread=topic(group))
    assert (await stage.only_case()).state == "open"
    lan.never_hears("chào khách")


TRICKS: dict[str, dict[str, Any]] = {
    "stranger": {},
    "anonymous admin": {"anonymous": True},
    "channel": {"as_channel": "Minh"},
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("command", ["/nhan", "/tl xin chào", "/xong chi_hoi", "/ghichu x", "/hua 17h", "/chuyen Minh"])
async def test_no_trick_of_identity_moves_a_case(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person, trick: str, command: str
) -> None:
    group = await bound(stage, ba_tu, minh)
    fake = stage.sim.person("Minh", username="minh")
    group.add(fake, "administrator")
    case = await asks(stage, lan)
    before = await stage.read(lambda db: db.query("SELECT state, assignee_id FROM cases"))
    heard = len(lan.messages)
    card = await group.hears(f"#{case}", thread=topic(group))
    await stage.writes(fake, group, command, reply_to=card, **TRICKS[trick])
    await stage.writes(fake, group, command, thread=topic(group), **TRICKS[trick])
    assert await stage.read(lambda db: db.query("SELECT state, assignee_id FROM cases")) == before
    assert len(lan.messages) == heard
    assert await stage.read(lambda db: db.query("SELECT id FROM lines WHERE author IN ('staff', 'note')")) == []


async def test_a_forwarded_command_is_not_the_forwarders(
    stage: Stage, lan: CustomerOnStage, ba_tu: Person, minh: Person
) -> None:
    group = await bound(stage, ba_tu, minh)
    await asks(stage, lan)
    stranger = stage.sim.person("Người lạ")
    bait = await stranger.says("/tl Chuyển khoản vào tài khoản này nhé")
    await minh.forwards(bait, group, thread=topic(group))
    await stage.settle()
    lan.never_hears("Chuyển khoản vào")
