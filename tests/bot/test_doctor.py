"""`cham doctor`: what is wrong is found and said with what to do; a healthy shop is told so."""

import asyncio
import contextlib
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import doctor
from bot.doctor import Finding
from bot.settings import Settings
from storage import events, quarantine, schema
from storage.database import Database
from storage.events import RawEvent
from storage.sqlite import SqliteEngine

NOW = datetime.now(UTC)  # the machine's own clock is one of the things looked at


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=f"sqlite:///{tmp_path / 'cham.db'}", media_dir=tmp_path / "media", port=0)


async def found(settings: Settings, now: datetime = NOW) -> list[Finding]:
    return [finding async for finding in doctor.examine(settings, now)]


def bad(findings: list[Finding]) -> str:
    return "\n".join(str(one) for one in findings if one.level == "bad")


def all_of(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))


async def test_a_new_machine_is_healthy_and_told_what_the_first_start_does(settings: Settings) -> None:
    findings = await found(settings)
    assert bad(findings) == ""
    assert "cửa hàng mẫu" in all_of(findings)
    assert "website" in all_of(findings)


async def test_nothing_is_made_on_the_machine(settings: Settings, tmp_path: Path) -> None:
    await found(settings)
    assert list(tmp_path.iterdir()) == []


async def test_a_damaged_database_is_found(settings: Settings) -> None:
    path = settings.database_path
    schema.migrate(str(path))
    data = bytearray(path.read_bytes())
    data[4096:5000] = b"\xff" * 904
    path.write_bytes(data)
    assert "HỎNG" in bad(await found(settings))


async def test_a_newer_schema_and_an_open_file_are_found(settings: Settings) -> None:
    path = settings.database_path
    schema.migrate(str(path), steps=(*schema.MIGRATIONS, lambda connection: None))
    path.chmod(0o644)
    findings = await found(settings)
    assert "mới hơn" in bad(findings)
    assert f"chmod 600 {path}" in all_of(findings)


async def test_what_waits_for_a_person_is_named(settings: Settings) -> None:
    schema.migrate(str(settings.database_path))
    engine = SqliteEngine(settings.database_path)
    await engine.start()

    async def fill(db: Database) -> None:
        await quarantine.enter(db, NOW)
        event = await events.add(db, "website", "main", RawEvent("a", "lane", "{}"), NOW + timedelta(hours=3))
        assert event is not None
        await events.fail(db, event.id, "poison", 1)

    await engine.write(fill)
    await engine.stop()
    text = all_of(await found(settings))
    assert "cham restore --confirm" in text
    assert "cham events list" in text
    assert "chậm hơn" in text  # an event from three hours ahead: the clock steps back


async def test_a_clock_of_long_ago_is_found(settings: Settings) -> None:
    assert "Đồng hồ máy sai" in bad(await found(settings, datetime(1970, 1, 2, tzinfo=UTC)))


async def test_a_port_in_use_is_found(settings: Settings) -> None:
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = settings.model_copy(update={"port": other.getsockname()[1]})
        assert "CHAM_PORT" in bad(await found(taken))


async def test_a_wrong_shop_file_is_explained(settings: Settings, tmp_path: Path) -> None:
    shop = tmp_path / "shop.yaml"
    shop.write_text("shop: Nhà\nfatcs: {}\n", encoding="utf-8")
    assert "fatcs" in bad(await found(settings.model_copy(update={"shop_file": shop})))


async def test_a_channel_whose_server_is_away_is_found_and_no_secret_is_said(settings: Settings) -> None:
    given = settings.model_dump() | {"telegram_token": "123456:abcdefghijklmnopqrstuvwxyzABCDEFGHI"}
    with contextlib.closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        findings = await found(Settings(**(given | {"telegram_api_base": address})))
    assert "telegram" in bad(findings)
    assert "abcdefghijk" not in all_of(findings)

    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    findings = await found(Settings(**(given | {"telegram_api_base": address})))
    server.close()
    assert f"nối được {address}" in all_of(findings)
    assert "Telegram" in bad(findings)  # somebody listens there, but it is no Bot API
    assert "abcdefghijk" not in all_of(findings)


async def test_a_folder_nobody_may_write_in_is_found(settings: Settings, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert not doctor.is_writable(blocked)
