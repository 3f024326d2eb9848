"""A real bot under load is killed again and again, and keeps every promise it made.

`CHAM_KILLS=1000` asks for more, `CHAM_SEED=7` for one run again.
"""

import asyncio
import os
import signal
import time
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.faults.invariants import check, unfinished
from tests.faults.process import House, Nursery
from tests.faults.visitor import Visitor

KILLS = int(os.environ.get("CHAM_KILLS", "100"))
SEED = int(os.environ.get("CHAM_SEED", SystemRandom().randrange(10**6)))
VISITORS = 8
DRAIN_SECONDS = 60  # reliability §4


@pytest.mark.faults
@pytest.mark.timeout(300 + 6 * KILLS)
async def test_nothing_acknowledged_is_lost_however_often_it_is_killed(tmp_path: Path) -> None:
    chance, house = Random(SEED), House(tmp_path)
    print(f"seed {SEED}, {KILLS} kills")
    visitors = [Visitor(house.origin, f"v{place}", Random(chance.random())) for place in range(VISITORS)]
    nursery = Nursery(house)
    await nursery.hear("ready")
    began = time.perf_counter()
    people = [asyncio.create_task(visitor.live()) for visitor in visitors]
    try:
        for _ in range(KILLS):
            await nursery.start()
            await until_its_moment(visitors, chance)
            ended = await nursery.end(signal.SIGKILL)
            assert ended == -signal.SIGKILL, f"seed {SEED}: it died by itself {house.log()[-3000:]}"
        took = time.perf_counter() - began
        await come_to_rest(house, visitors, people)
    finally:
        for one in people:
            one.cancel()
        nursery.close()
    check(house.database, visitors)
    acked, connects = promised(visitors), sum(visitor.connects for visitor in visitors)
    print(f"{KILLS} kills in {took:.0f} s: {acked} acknowledged, {answered(visitors)} answers, {connects} connections")
    assert acked > KILLS, f"seed {SEED}: too little happened to prove anything"


async def until_its_moment(visitors: list[Visitor], chance: Random) -> None:
    """While it starts, soon after it has promised something, or in the middle of answering."""
    moment = chance.random()
    if moment < 0.15:
        await asyncio.sleep(chance.uniform(0, 0.6))
        return
    count = promised if moment < 0.5 else answered
    before = count(visitors)
    async with asyncio.timeout(90):
        while count(visitors) == before:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await asyncio.sleep(chance.uniform(0, 0.4))


def promised(visitors: list[Visitor]) -> int:
    return sum(len(visitor.acked) for visitor in visitors)


def answered(visitors: list[Visitor]) -> int:
    return sum(line["from"] == "bot" for visitor in visitors for line in visitor.lines)


async def come_to_rest(house: House, visitors: list[Visitor], people: list[asyncio.Task[None]]) -> None:
    """One last cold start: everything that waits is done within a minute, and everybody has seen it."""
    process = house.start()
    try:
        await house.until_ready()
        for visitor in visitors:
            visitor.talking = False
        began = time.perf_counter()
        while unfinished(house.database) or any(visitor.waiting for visitor in visitors):
            assert time.perf_counter() - began < DRAIN_SECONDS, f"seed {SEED}: {unfinished(house.database)} still wait"
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)  # the last lines are on their way to the browsers
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 15)
    assert code == 0
