"""Stopping, starting twice, and starting on a damaged file: with real processes."""

import asyncio
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.invariants import check, rows, unfinished
from tests.faults.process import House
from tests.faults.visitor import Visitor

STOP_SECONDS = 10  # reliability F21

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_asked_to_stop_under_load_it_stops_in_time_and_loses_nothing(house: House) -> None:
    visitors = [Visitor(house.origin, f"v{place}", Random(place), pause=(0.08, 0.16)) for place in range(12)]
    people = [asyncio.create_task(visitor.live()) for visitor in visitors]
    try:
        for _ in range(2):
            process = house.start()
            assert await visitors[0].until_acked(30, 120)
            asked = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 20) == 0, house.log()[-2000:]
            assert time.perf_counter() - asked < STOP_SECONDS
        process = house.start()
        await house.until_ready()
        for visitor in visitors:
            visitor.talking = False
        async with asyncio.timeout(60):
            while unfinished(house.database) or any(visitor.waiting for visitor in visitors):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    finally:
        for one in people:
            one.cancel()
    check(house.database, visitors)
    assert "Traceback" not in house.log()


async def test_a_second_bot_on_the_same_file_is_refused_and_the_first_goes_on(house: House) -> None:
    first = house.start()
    try:
        await house.until_ready()
        second = await asyncio.to_thread(house.run, "run", "--no-links")
        assert second.returncode == 1
        assert "already running" in second.stderr
        assert "Traceback" not in second.stderr
        await house.until_ready(20)
    finally:
        first.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(first.wait, 20) == 0


def damage(database: Path) -> bytes:
    """Turn over bytes in the middle of the file and return what it holds now."""
    data = bytearray(database.read_bytes())
    for place in range(8192, len(data), 4096):
        data[place : place + 64] = bytes(byte ^ 0xFF for byte in data[place : place + 64])
    database.write_bytes(data)
    return bytes(data)


async def test_a_damaged_file_is_refused_kept_and_the_newest_good_backup_is_named(house: House) -> None:
    assert house.run("demo", "load").returncode == 0
    assert house.run("backup").returncode == 0
    backup = next((house.folder / "backups").glob("*.tar.gz"))
    (backup.parent / "cham-99990101-000000.tar.gz").write_bytes(b"newer, but no backup at all")
    damaged = damage(house.database)
    refused = house.run("run")
    assert refused.returncode == 1
    assert str(backup) in refused.stderr
    assert "bị hỏng" in refused.stderr
    assert "damaged" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert house.database.read_bytes() == damaged

    restored = house.run("restore", str(backup), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert rows(house.database, "SELECT count(*) FROM customers") == [(400,)]
    kept = next(house.folder.glob("cham.db.before-restore-*[0-9]"))
    assert kept.read_bytes() == damaged


async def test_a_kill_leaves_a_mark_and_the_next_start_looks_closer(house: House) -> None:
    process = house.start()
    await house.until_ready()
    process.kill()
    process.wait(10)
    assert house.database.with_name("cham.db.open").exists()
    again = house.start()
    await house.until_ready()
    again.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(again.wait, 20) == 0
    assert not house.database.with_name("cham.db.open").exists()
