"""What an operator does from the console, through python-telegram-bot, against the simulated Telegram."""

import logging
from argparse import Namespace
from collections.abc import AsyncIterator

import pytest

from bot.commands import telegram as console
from bot.control import OperationFailed
from bot.settings import Settings
from tests.simulators.telegram import TelegramSimulator

SECRET = "bi-mat-cua-webhook"


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as sim:
        yield sim


def settings(sim: TelegramSimulator, **more: object) -> Settings:
    return Settings(telegram_token=sim.token, telegram_api_base=sim.base_url, **more)  # type: ignore[arg-type]


async def test_the_webhook_is_set_shown_and_deleted(sim: TelegramSimulator) -> None:
    chosen = settings(sim, telegram_webhook_secret=SECRET, public_url="https://shop.example")
    said = await console._webhook(chosen, Namespace(do="set", url=""))
    assert "https://shop.example/webhooks/telegram" in said
    assert sim.world.updates.webhook is not None
    assert sim.world.updates.webhook.secret == SECRET
    assert "https://shop.example" in await console._webhook(chosen, Namespace(do="info"))
    await console._webhook(chosen, Namespace(do="delete"))
    assert sim.world.updates.webhook is None


async def test_without_a_secret_no_webhook_is_set(sim: TelegramSimulator) -> None:
    with pytest.raises(OperationFailed, match="TELEGRAM_WEBHOOK_SECRET"):
        await console._webhook(settings(sim), Namespace(do="set", url="https://shop.example/x"))


async def test_a_test_message_arrives_and_refusals_are_explained(sim: TelegramSimulator) -> None:
    lan = sim.person("Lan", started=True)
    await console._send(settings(sim), Namespace(chat=lan.id, text="Xin chào"))
    await lan.hears("Xin chào")
    stranger = sim.person("Người lạ")
    with pytest.raises(OperationFailed, match="Telegram từ chối"):
        await console._told(console._send(settings(sim), Namespace(chat=stranger.id, text="x")))
    with pytest.raises(OperationFailed, match="TELEGRAM_TOKEN"):
        await console._send(Settings(), Namespace(chat=1, text="x"))


async def test_a_wrong_token_is_named_and_not_shown(sim: TelegramSimulator) -> None:
    sim.revoke_token()
    with pytest.raises(OperationFailed, match="TELEGRAM_TOKEN") as refused:
        await console._told(console._send(settings(sim), Namespace(chat=1, text="x")))
    assert sim.token not in str(refused.value)


async def test_the_doctor_sees_what_is_wrong(sim: TelegramSimulator) -> None:
    assert await console.check(Settings()) == []
    found = await console.check(settings(sim))
    assert found == [f"✓ Telegram: @cham_test_bot ({sim.token.split(':')[0]})"]
    found = await console.check(settings(sim, telegram_webhook_secret=SECRET))
    assert [line[0] for line in found] == ["✓", "✗"]
    sim.revoke_token()
    assert (await console.check(settings(sim)))[0].startswith("✗")


async def test_the_token_is_in_no_log(sim: TelegramSimulator, caplog: pytest.LogCaptureFixture) -> None:
    lan = sim.person("Lan", started=True)
    with caplog.at_level(logging.INFO):
        await console._send(settings(sim), Namespace(chat=lan.id, text="Xin chào"))
    assert sim.token.split(":")[1] not in caplog.text
