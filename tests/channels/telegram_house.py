"""A whole bot on a loopback port, talking with the simulated Telegram."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App, running
from bot.settings import Settings
from tests.simulators.telegram import TelegramSimulator

ROOT = Path(__file__).parents[2]
SECRET = "bi-mat-cua-webhook"


def settings_of(folder: Path, sim: TelegramSimulator, *, webhook: bool = False, **more: Any) -> Settings:
    """The settings of a bot on a free port."""
    port = free_port()
    values: dict[str, Any] = {
        "database": f"sqlite:///{folder / 'cham.db'}",
        "shop_file": ROOT / "shop.demo.yaml",
        "media_dir": folder / "media",
        "port": port,
        "telegram_token": sim.token,
        "telegram_api_base": sim.base_url,
    }
    if webhook:
        values |= {"telegram_webhook_secret": SECRET, "public_url": f"http://127.0.0.1:{port}"}
    return Settings(**(values | more))


@asynccontextmanager
async def chatting(
    folder: Path, sim: TelegramSimulator, *, webhook: bool = False, clock: Any = None, **more: Any
) -> AsyncIterator[App]:
    """A bot that serves, on its own clock or the wall's."""
    async with running(settings_of(folder, sim, webhook=webhook, **more), clock) as app:
        if webhook:
            await sim.until(lambda: sim.world.updates.webhook)
        yield app


async def look(app: App, sql: str, **params: Any) -> list[dict[str, Any]]:
    """Rows of the database."""
    return await app.engine.read(lambda db: db.query(sql, params))


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
