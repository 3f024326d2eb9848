"""Telegram: customers in private, colleagues in their groups. https://core.telegram.org/bots/api"""

from bot.channel import Channel, Tools


def create(tools: Tools) -> Channel | None:
    """None without TELEGRAM_TOKEN; nothing heavy is loaded then."""
    if tools.settings.telegram_token is None:
        return None
    from .adapter import Telegram

    return Telegram(tools)
