"""What pages have at hand, and the keys under which the application keeps it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment

from bot.web.live import Hub
from bot.web.static_files import StaticFiles
from care.logins import Login
from handlers.turn import House
from storage.database import Engine

MEDIA_LIMIT = 10 * 1024 * 1024  # bytes of one uploaded file


@dataclass(frozen=True)
class WebHouse:
    """Everything a page needs: made once by `bot.app.build`, or by a test."""

    engine: Engine
    house: House
    now: Callable[[], datetime]  # aware, UTC
    media_dir: Path
    public_url: str = ""  # https://chat.example.vn; empty on a machine of one's own
    media_limit: int = MEDIA_LIMIT  # bytes
    show_typing: Callable[[int, str], Awaitable[None]] | None = None  # (conversation, name of the colleague)
    replay: Callable[[int | None], Awaitable[int]] | None = None  # gives events set aside a fresh start

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us encrypted, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme and host of the public address; "" when there is none."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


HOUSE = web.AppKey("house", WebHouse)
TEMPLATES = web.AppKey("templates", Environment)
STATIC = web.AppKey("static", StaticFiles)
HUB = web.AppKey("hub", Hub)
LOGIN = web.RequestKey("login", Login)
