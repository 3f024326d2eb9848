"""Owners steer by commands in private: bound by a code, everything audited, dangerous things confirmed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from care import codes
from storage import staff
from storage.database import Database
from storage.records import Staff
from tests.cast import CustomerOnStage
from tests.simulators.telegram_people import Person
from tests.telegram_stage import Stage, telegram_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with telegram_stage(tmp_path, media_dir=tmp_path / "media") as stage:
        yield stage


@pytest.fixture
async def ba_tu(stage: Stage) -> Person:
    return await stage.hire("Bà Tư", "owner")


@pytest.fixture
async def minh(stage: Stage) -> Person:
    return await stage.hire("Minh")


@pytest.fixture
def lan(stage: Stage) -> CustomerOnStage:
    return stage.customer("Lan")


def last(stage: Stage, person: Person) -> str:
    return stage.transcript(person)[-1]


def code_in(text: str) -> str:
    return text.split("/xacnhan ")[1].split()[0]


async def roles(stage: Stage) -> dict[str, str]:
    people = await stage.read(staff.all_active)
    return {one.name: one.role for one in people}


async def console_code(stage: Stage, name: str = "Chủ", role: str = "owner") -> str:
    async def make(db: Database) -> str:
        person: Staff = await staff.add(db, name, role, stage.clock.now())
        return await codes.for_person(db, person, stage.clock.now())

    return await stage.write(make)


async def owners_chats(stage: Stage) -> list[str]:
    return [chat[2] for chat in await stage.read(lambda db: staff.private_chats(db, "owner"))]


async def test_the_code_from_the_console_makes_an_owner(stage: Stage) -> None:
    code = await console_code(stage)
    tu, thief = stage.sim.person("Tư"), stage.sim.person("Kẻ trộm")
    await stage.says(tu, f"/chucuahang {code.lower()}")
    assert await owners_chats(stage) == [str(tu.id)]
    await stage.says(thief, f"/chucuahang {code}")
    assert await owners_chats(stage) == [str(tu.id)]
    await stage.says(tu, "/trogiup")
    assert "/dungkhan" in last(stage, tu)
    await stage.says(thief, "/trogiup")
    assert "/dungkhan" not in last(stage, thief)


async def test_of_eight_claimants_at_once_one_wins(stage: Stage) -> None:
    code = await console_code(stage)
    people = [stage.sim.person(f"Người {n}") for n in range(8)]
    with stage.sim.held():
        await asyncio.gather(*(one.says(f"/chucuahang {code}") for one in people))
    await stage.settle()
    assert len(await owners_chats(stage)) == 1


async def test_codes_end_after_fifteen_minutes_and_five_wrong_tries(stage: Stage) -> None:
    late, guessed = await console_code(stage), None
    tu = stage.sim.person("Tư")
    await stage.wait(minutes=16)
    await stage.says(tu, f"/chucuahang {late}")
    assert await owners_chats(stage) == []
    guessed = await console_code(stage, "Chủ 2")
    for n in range(5):
        await stage.says(tu, f"/chucuahang AAAAA-AAAA{n + 2}")
        await stage.wait(seconds=2)
    await stage.says(tu, f"/chucuahang {guessed}")
    assert await owners_chats(stage) == []


async def test_a_colleague_is_taken_on_by_code_or_link(stage: Stage, ba_tu: Person) -> None:
    await stage.says(ba_tu, "/quyen thêm Hoa")
    link = last(stage, ba_tu).split("?start=")[1].split()[0]
    hoa = stage.sim.person("Hoa thật")
    await stage.says(hoa, f"/start {link}")
    assert "Hoa" in last(stage, hoa)
    await stage.says(hoa, "/trogiup")
    assert "/nhan" in last(stage, hoa)
    assert "/quyen" not in last(stage, hoa)


OWNER_COMMANDS = ("/nhom", "/quyen", "/quyen thêm X", "/gio 9:00-10:00", "/faq thêm a | b", "/baocao", "/caidat",
                  "/tamdung", "/dungkhan", "/xuat", "/xacnhan 234567")  # fmt: skip


@pytest.mark.parametrize("command", OWNER_COMMANDS)
async def test_nobody_but_an_owner_steers(stage: Stage, ba_tu: Person, minh: Person, command: str) -> None:
    fake = stage.sim.person("Bà Tư", username="batu")
    counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in ("confirmations", "versions", "staff"))
    tables = f"SELECT {counts} AS n"
    before = await stage.read(lambda db: db.one(tables))
    await stage.says(minh, command)
    await stage.says(fake, command)
    bait = await fake.says(command)
    await ba_tu.forwards(bait)
    await stage.settle()
    assert await stage.read(lambda db: db.one(tables)) == before
    assert await stage.read(lambda db: db.query("SELECT id FROM audit WHERE action LIKE 'owner.%'")) == []


async def test_every_owner_command_is_written_down_once(stage: Stage, ba_tu: Person) -> None:
    for command in ("/quyen", "/gio", "/tamdung", "/tamdung tiếp"):
        await stage.says(ba_tu, command)
    rows = await stage.read(lambda db: db.query("SELECT action FROM audit WHERE action LIKE 'owner.%' ORDER BY id"))
    assert [row["action"] for row in rows] == ["owner.quyen", "owner.gio", "owner.tamdung", "owner.tamdung"]


async def test_a_role_changes_only_after_its_own_code(stage: Stage, ba_tu: Person, minh: Person) -> None:
    ong = await stage.hire("Ông Năm", "owner")
    await stage.says(ba_tu, "/quyen chủ 2")
    code = code_in(last(stage, ba_tu))
    assert await roles(stage) == {"Bà Tư": "owner", "Minh": "staff", "Ông Năm": "owner"}
    await stage.says(ong, f"/xacnhan {code}")
    assert (await roles(stage))["Minh"] == "staff"
    await stage.says(ba_tu, f"/xacnhan {code}")
    assert (await roles(stage))["Minh"] == "owner"
    await stage.says(ba_tu, "/quyen nhanvien 2")
    late = code_in(last(stage, ba_tu))
    await stage.wait(minutes=3)
    await stage.says(ba_tu, f"/xacnhan {late}")
    assert (await roles(stage))["Minh"] == "owner"
    await stage.says(ba_tu, f"/xacnhan {code}")
    assert (await roles(stage))["Minh"] == "owner"


async def test_the_only_owner_cannot_be_let_go(stage: Stage, ba_tu: Person) -> None:
    await stage.says(ba_tu, "/quyen bỏ 1")
    await stage.says(ba_tu, f"/xacnhan {code_in(last(stage, ba_tu))}")
    assert await roles(stage) == {"Bà Tư": "owner"}


async def test_hours_are_shown_before_they_are_saved_and_can_be_taken_back(stage: Stage, ba_tu: Person) -> None:
    await stage.says(ba_tu, "/gio 9:00-17:00")
    shop = await stage.read(stage.house.shop)
    assert shop.hours == "8:30-12:00, 13:30-21:30"
    preview = stage.sim.delivered(ba_tu)[-1]
    await stage.taps(ba_tu, preview, preview.buttons[0])
    assert (await stage.read(stage.house.shop)).hours == "9:00-17:00"
    saved = stage.sim.delivered(ba_tu)[-1]
    await stage.taps(ba_tu, saved, saved.buttons[0])
    assert (await stage.read(stage.house.shop)).hours == "8:30-12:00, 13:30-21:30"
    await stage.says(ba_tu, "/gio 25:00-26:00")
    assert (await stage.read(stage.house.shop)).hours == "8:30-12:00, 13:30-21:30"


async def test_an_answer_is_added_by_command(stage: Stage, ba_tu: Person) -> None:
    await stage.says(ba_tu, "/faq thêm Có chỗ gửi xe không? | Dạ có bãi xe đối diện ạ.")
    preview = stage.sim.delivered(ba_tu)[-1]
    await stage.taps(ba_tu, preview, preview.buttons[0])
    rows = await stage.read(lambda db: db.query("SELECT answer FROM faq_entries WHERE question LIKE 'Có chỗ gửi xe%'"))
    assert rows == [{"answer": "Dạ có bãi xe đối diện ạ."}]


async def test_the_emergency_brake_holds_everything_until_it_is_released(
    stage: Stage, ba_tu: Person, minh: Person
) -> None:
    huy = stage.sim.person("Huy")
    await stage.says(ba_tu, "/dungkhan")
    await stage.says(huy, "shop mở cửa mấy giờ")
    await stage.wait(minutes=2)
    assert stage.transcript(huy) == []
    await stage.says(ba_tu, "/dungkhan mở")
    assert stage.transcript(huy) == []
    await stage.says(ba_tu, f"/xacnhan {code_in(last(stage, ba_tu))}")
    await stage.wait(seconds=5)
    assert any("8 giờ 30" in text for text in stage.transcript(huy))


async def test_the_report_comes_with_picture_and_workbook(stage: Stage, ba_tu: Person) -> None:
    await stage.says(ba_tu, "/baocao tuần")
    await stage.wait(seconds=5)
    kinds = [one.kind for one in stage.sim.delivered(ba_tu)]
    assert "document" in kinds
    assert any("CSAT" in text for text in stage.transcript(ba_tu))


async def test_the_export_needs_its_code(stage: Stage, ba_tu: Person, lan: CustomerOnStage) -> None:
    await lan.says("cho mình hỏi")
    await stage.says(ba_tu, "/xuat")
    assert not [one for one in stage.sim.delivered(ba_tu) if one.kind == "document"]
    await stage.says(ba_tu, f"/xacnhan {code_in(last(stage, ba_tu))}")
    await stage.wait(seconds=5)
    assert [one for one in stage.sim.delivered(ba_tu) if one.kind == "document"]


async def test_menus_differ_by_person_and_are_sent_once(stage: Stage, ba_tu: Person) -> None:
    await stage.settle()
    before = [call for call in stage.sim.calls if call[0] == "setMyCommands"]
    stage.telegram._beside(stage.telegram._renew_menus())
    await stage.telegram.quiet()
    between = [call for call in stage.sim.calls if call[0] == "setMyCommands"]
    stage.telegram._beside(stage.telegram._renew_menus())
    await stage.telegram.quiet()
    after = [call for call in stage.sim.calls if call[0] == "setMyCommands"]
    assert len(between) == len(before) + 1  # the owner's own
    assert after == between
