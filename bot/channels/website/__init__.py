"""Chat on the shop's own website: one script tag, no account anywhere."""

from bot.channel import Channel, Tools


def create(tools: Tools) -> Channel | None:
    """The website chat is always on."""
    from .adapter import Website

    return Website(tools)
