"""Whole bots run against the simulated Telegram, one polling and one behind a webhook."""

import asyncio
import contextlib

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from tests.simulators.telegram import TelegramSimulator


def echo() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        await message.answer(f"Dạ: {message.text}")

    return dispatcher


def client(sim: TelegramSimulator) -> Bot:
    return Bot(sim.token, session=AiohttpSession(api=TelegramAPIServer.from_base(sim.base_url)))


async def test_a_polling_bot_answers() -> None:
    async with TelegramSimulator() as sim:
        bot, dispatcher, lan = client(sim), echo(), sim.person("Lan")
        polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
        for text in ("một", "hai", "ba"):
            await lan.says(text)
            await lan.hears(f"Dạ: {text}")
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polling
        await bot.session.close()


async def test_a_webhook_bot_answers() -> None:
    async with TelegramSimulator() as sim:
        bot, lan = client(sim), sim.person("Lan")
        app = web.Application()
        SimpleRequestHandler(echo(), bot, secret_token="bi-mat").register(app, "/hook")
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="bi-mat")
        for text in ("một", "hai", "ba"):
            await lan.says(text)
            await lan.hears(f"Dạ: {text}")
        await sim.settled()
        await runner.cleanup()
        await bot.session.close()
