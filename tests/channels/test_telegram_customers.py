"""Customers on Telegram: every kind of message in and out, and what happens when things go wrong."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import events
from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_send import media
from tests.telegram_stage import JPEG, Stage, telegram_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with telegram_stage(tmp_path) as stage:
        yield stage


async def rows(stage: Stage, sql: str) -> list[dict[str, object]]:
    return await stage.read(lambda db: db.query(sql))


async def test_a_customer_asks_and_is_answered(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await stage.says(lan, "/start")
    await lan.hears("Nhà Mây")
    await stage.says(lan, "ship đà nẵng mấy ngày vậy shop")
    await lan.hears("3–5 ngày")


async def test_a_pressed_button_is_answered_and_acts(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await stage.says(lan, "/start")
    query = await stage.taps(lan, await lan.hears("Nhà Mây"), "Đổi trả")
    await lan.hears("")
    assert lan.answer_to(query) is not None
    assert stage.sim.unanswered() == []


async def test_an_album_is_one_line(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await lan.sends_album([JPEG, JPEG + b"1", JPEG + b"2"], "áo bị lỗi chỉ")
    await stage.settle()
    lines = await rows(stage, "SELECT text, extra FROM lines WHERE author = 'customer'")
    assert [line["text"] for line in lines] == ["áo bị lỗi chỉ"]
    assert str(lines[0]["extra"]).count('"token"') == 3
    assert await stage.read(events.count_by_state) == {}


async def test_pictures_of_an_album_that_come_late_are_not_lost(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await lan.sends_album([JPEG, JPEG + b"1"], "áo lỗi")
    await stage.settle()
    file = stage.sim.world.keep_file("photo", "photo.jpg", "image/jpeg", JPEG + b"2")
    first = await rows(stage, "SELECT raw FROM events ORDER BY id LIMIT 1")
    number = str(first[0]["raw"]).split('"media_group_id":"')[1].split('"')[0]
    lan.send({**media("photo", file, {}), "media_group_id": number})
    await stage.settle()
    lines = await rows(stage, "SELECT extra FROM lines WHERE author = 'customer'")
    assert sum(str(line["extra"]).count('"file_id"') for line in lines) == 3


async def test_the_same_update_counts_once(stage: Stage) -> None:
    stage.sim.faults.next("duplicate_update")
    lan = stage.sim.person("Lan")
    await stage.says(lan, "shop mở cửa mấy giờ")
    assert len(await rows(stage, "SELECT id FROM lines WHERE author = 'customer'")) == 1


async def test_a_broken_update_is_set_aside_and_the_next_one_heard(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    stage.sim.push_raw({"message": {"message_id": "không phải số"}})
    stage.sim.push_raw({"something_new": {"x": 1}})
    await stage.says(lan, "shop mở cửa mấy giờ")
    await lan.hears("8 giờ 30")
    assert len(await stage.read(events.set_aside)) == 1


async def test_numbers_of_updates_may_jump_down(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await stage.says(lan, "shop mở cửa mấy giờ")
    await lan.hears("8 giờ 30")
    stage.sim.jump_update_id(17)
    await stage.says(lan, "ship đà nẵng mấy ngày")
    await lan.hears("3–5 ngày")


CONTENTS = {
    "voice": ("voice", b"OggS" + b"1" * 90, "voice"),
    "video": ("video", b"\x00\x00\x00\x18ftypmp42" + b"1" * 90, "video"),
    "video_note": ("video_note", b"\x00\x00\x00\x18ftypmp42" + b"1" * 90, "video"),
    "audio": ("audio", b"ID3" + b"1" * 90, "audio"),
    "document": ("document", b"%PDF-1.7" + b"1" * 90, "file"),
    "sticker": ("sticker", b"RIFF1234WEBP" + b"1" * 90, "sticker"),
    "animation": ("animation", b"\x00\x00\x00\x18ftypmp42" + b"1" * 90, "video"),
    "program": ("document", b"MZ" + b"1" * 90, "file"),
}


@pytest.mark.parametrize("content", CONTENTS)
async def test_every_kind_of_file_arrives(stage: Stage, content: str) -> None:
    kind, data, stored = CONTENTS[content]
    lan = stage.sim.person("Lan")
    await lan.sends(kind, data, name=f"{content}.bin")
    await stage.settle()
    lines = await rows(stage, "SELECT extra FROM lines WHERE author = 'customer'")
    assert len(lines) == 1
    assert f'"kind":"{stored}"' in str(lines[0]["extra"])
    assert ('"token"' in str(lines[0]["extra"])) == (content != "program")  # programs are not kept, only passed on
    assert '"file_id"' in str(lines[0]["extra"])


async def test_places_contacts_and_strange_things_arrive(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await lan.sends_location(10.77, 106.7)
    await lan.shares_contact("+84900000000")
    lan.send({"dice": {"emoji": "🎲", "value": 3}})
    lan.send({"pinned_message": {"message_id": 1}})  # a notice of Telegram's, nobody said it
    await stage.settle()
    lines = await rows(stage, "SELECT extra FROM lines WHERE author = 'customer' ORDER BY id")
    kinds = [str(line["extra"]).split('"kind":"')[1].split('"')[0] for line in lines]
    assert kinds == ["location", "contact", "unknown"]
    assert '"own":true' in str(lines[1]["extra"])


async def test_an_edit_changes_the_line(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    said = await stage.says(lan, "cho hỏi giá áo khoác")
    await lan.edits(said, "cho hỏi giá áo len")
    await stage.settle()
    lines = await rows(stage, "SELECT text FROM lines WHERE author = 'customer'")
    assert [line["text"] for line in lines] == ["cho hỏi giá áo len"]


async def test_names_and_words_are_taken_literally(stage: Stage) -> None:
    lan = stage.sim.person("<3 _i*", last_name="`&amp;")
    await stage.says(lan, "/start")
    await lan.hears("")
    found = await rows(stage, "SELECT name FROM customers")
    assert found == [{"name": "<3 _i* `&amp;"}]


async def test_a_customer_who_blocks_is_left_alone(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await stage.says(lan, "shop mở cửa mấy giờ")
    await lan.blocks()
    await stage.settle()
    reachable = "SELECT reachable FROM identities"
    assert await rows(stage, reachable) == [{"reachable": 0}]
    await stage.says(lan, "còn hàng không")
    assert await rows(stage, reachable) == [{"reachable": 1}]


async def test_a_customer_who_blocked_unnoticed_is_marked_when_we_write(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await lan.says("shop mở cửa mấy giờ")
    lan.chat.is_blocked = True
    await stage.settle()
    states = await rows(stage, "SELECT state, reason FROM outbox ORDER BY id")
    assert {row["state"] for row in states} == {"failed"}
    assert await rows(stage, "SELECT reachable FROM identities") == [{"reachable": 0}]


@pytest.mark.parametrize("fault", ["lost_reply", "reset", "server_error", "restarting", "html_500", "bad_gateway"])
async def test_after_a_fault_the_answer_comes_once_or_twice(stage: Stage, fault: str) -> None:
    stage.sim.faults.next(fault, "sendMessage")  # type: ignore[arg-type]
    lan = stage.sim.person("Lan")
    await stage.says(lan, "shop mở cửa mấy giờ")
    await stage.wait(seconds=30)
    heard = [text for text in stage.transcript(lan) if "8 giờ 30" in text]
    assert 1 <= len(heard) <= (2 if fault == "lost_reply" else 1)


@pytest.mark.parametrize("fault", ["flood", "bare_flood"])
async def test_when_telegram_says_wait_only_that_chat_waits(stage: Stage, fault: str) -> None:
    stage.sim.faults.next(fault, "sendMessage", seconds=40)  # type: ignore[arg-type]
    lan, huy = stage.sim.person("Lan"), stage.sim.person("Huy")
    await stage.says(lan, "shop mở cửa mấy giờ")
    assert stage.transcript(lan) == []
    await stage.says(huy, "shop mở cửa mấy giờ")
    assert "8 giờ 30" in stage.transcript(huy)[0]
    await stage.wait(seconds=60)
    assert sum("8 giờ 30" in text for text in stage.transcript(lan)) == 1


async def test_a_storm_of_refusals_quiets_the_whole_bot(stage: Stage) -> None:
    people = [stage.sim.person(f"Khách {n}") for n in range(6)]
    stage.sim.faults.next("flood", "sendMessage", seconds=20, times=3)
    with stage.sim.held():
        for one in people:
            await one.says("shop mở cửa mấy giờ")
    await stage.settle()
    before = len(stage.sim.calls)
    await stage.wait(seconds=10)
    assert len([call for call in stage.sim.calls[before:] if call[0] == "sendMessage"]) == 0
    await stage.wait(seconds=60)
    assert all(any("8 giờ 30" in text for text in stage.transcript(one)) for one in people)


async def test_nothing_is_refused_for_haste(stage: Stage) -> None:
    people = [stage.sim.person(f"Khách {n}") for n in range(20)]
    for _ in range(4):
        with stage.sim.held():
            for one in people:
                await one.says("shop mở cửa mấy giờ")
        await stage.settle()
    await stage.wait(seconds=60)
    assert [call for call in stage.sim.calls if call[1] == 429] == []


async def test_an_hour_without_telegram_loses_nothing(stage: Stage) -> None:
    lan = stage.sim.person("Lan")
    await stage.says(lan, "shop mở cửa mấy giờ")
    number = (await rows(stage, "SELECT id FROM conversations"))[0]["id"]
    stage.sim.faults.outage()
    said = "Dạ chị Lan ơi, mai shop có hàng ạ."
    await stage.write(
        lambda db: db.execute(
            "INSERT INTO outbox"
            " (channel, account, address, lane, conversation_id, purpose, payload, due_at, created_at)"
            " SELECT channel, account, address, 'x', id, 'relay', :payload, 0, 0 FROM conversations WHERE id = :id",
            {"payload": '{"text":"' + said + '"}', "id": number},
        )
    )
    for _ in range(12):
        await stage_wait(stage, minutes=5)
    assert said not in stage.transcript(lan)
    stage.sim.faults.over()
    for _ in range(3):
        await stage_wait(stage, minutes=5)
    assert stage.transcript(lan).count(said) == 1


async def stage_wait(stage: Stage, **duration: float) -> None:
    """Time passes while Telegram does not answer the poll either."""
    stage.clock.forward(**duration)
    for sender in stage.senders:
        while await sender.step():
            await sender.landed()


def test_the_library_is_not_loaded_without_a_token() -> None:
    code = (
        "import sys; from pathlib import Path; from bot.app import build; from bot.settings import Settings;"
        "app = build(Settings(database='sqlite:///x/cham.db'));"
        "assert not [one for one in sys.modules if one.split('.')[0] in ('aiogram', 'telegram')];"
        "assert [key[0] for key in app.channels] == ['website']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


async def test_what_waits_at_telegram_is_heard_after_a_start(tmp_path: Path) -> None:
    async with TelegramSimulator() as sim:
        lan = sim.person("Lan")
        await lan.says("shop mở cửa mấy giờ")
        async with telegram_stage(tmp_path, sim=sim) as stage:
            await stage.settle()
            await lan.hears("8 giờ 30")
