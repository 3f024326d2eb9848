"""Fifty customers, two colleagues, one group: every reply reaches its own customer, through faults and restarts."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.conversations.test_telegram_groups import bound
from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_limits import Limits
from tests.simulators.telegram_people import Group, Person
from tests.simulators.telegram_state import Delivered
from tests.telegram_stage import SimClock, Stage, telegram_stage

CUSTOMERS = 50
FAST: dict[str, Any] = {"telegram_rate": 10_000, "telegram_chat_rate": 10_000, "telegram_group_rate": 10_000}


async def one_round(stage: Stage, group: Group, people: list[Person], staff: list[Person], n: int, chance: Any) -> None:
    """Everybody writes; colleagues answer in any order, note things in between, and edit some of what they said."""
    with stage.sim.held():
        for one in people:
            await one.says(f"câu {n} của {one}.")
    await until_sent(stage)
    lines = {str(one): _line(group, f"câu {n} của {one}.") for one in people}
    order = list(people)
    chance.shuffle(order)
    with stage.sim.held():
        for one in order:
            who = chance.choice(staff)
            if chance.random() < 0.3:
                await who.writes(group, f"ghi chú về {one} lượt {n}", thread=lines[str(one)].thread)
            said = await who.writes(group, f"đáp {n} cho {one}.", reply_to=lines[str(one)])
            if chance.random() < 0.1:
                await who.edits(said, f"đáp {n} cho {one}, đã sửa.")
    await stage.settle()


async def until_sent(stage: Stage) -> None:
    """What Telegram took without saying so is tried once more, and holds those behind it for some seconds."""
    waiting = "SELECT count(*) AS n FROM outbox WHERE state IN ('ready', 'sending')"
    await stage.settle()
    for _ in range(60):
        row = await stage.read(lambda db: db.one(waiting))
        if row == {"n": 0}:
            return
        await stage.wait(seconds=2)
    raise AssertionError("the group's messages do not drain")


def _line(group: Group, words: str) -> Delivered:
    found = [one for one in group.world.inboxes[group.id] if words in one.text]
    assert found, f"{words!r} never came to the group"
    return found[0]


async def whole_day(folder: Path, rounds: int) -> None:
    clock, chance = FakeClock(), random.Random(7)
    async with TelegramSimulator(clock=SimClock(clock), limits=Limits.lifted()) as sim:
        group, people, staff = None, [sim.person(f"K{n:02}") for n in range(CUSTOMERS)], []
        for start in range(4):
            async with telegram_stage(folder, sim=sim, clock=clock, **FAST) as stage:
                if group is None:
                    owner = await stage.hire("Bà Tư", "owner")
                    staff = [await stage.hire("Minh", lead=True), await stage.hire("Hoa")]
                    group = await bound(stage, owner, *staff)
                    sim.faults.chance("lost_reply", 0.01, "sendMessage")
                    with sim.held():
                        for one in people:
                            await one.says("cho mình gặp nhân viên")
                    await stage.settle()
                for n in range(start * rounds, (start + 1) * rounds):
                    await one_round(stage, group, people, [owner], n, chance)
                await until_sent(stage)
        check(sim, people, rounds * 4)


def check(sim: TelegramSimulator, people: list[Person], rounds: int) -> None:
    """Each customer heard their own answers, in order, and nobody else's; no note left the group."""
    for one in people:
        heard = [entry.text for entry in sim.delivered(one) if entry.text.startswith("đáp")]
        assert all(f"cho {one}" in text for text in heard), one
        numbers = [int(text.split()[1]) for text in heard]
        assert numbers == sorted(numbers), one
        assert set(numbers) == set(range(rounds)), one
        assert not any("ghi chú" in entry.text for entry in sim.delivered(one)), one


@pytest.mark.timeout(300)
async def test_every_reply_reaches_its_own_customer(tmp_path: Path) -> None:
    await whole_day(tmp_path, 2)


@pytest.mark.nightly
@pytest.mark.timeout(900)
async def test_ten_thousand_replies_reach_their_own_customers(tmp_path: Path) -> None:
    await whole_day(tmp_path, 50)
