"""Files people send on Telegram: fetched once, so that the desk shows them; the number stays for sending on."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.channel import SendError
from bot.media import UnwantedFile
from handlers.messages import Media

if TYPE_CHECKING:
    from .adapter import Telegram

log = logging.getLogger(__name__)

DOWNLOAD_LIMIT = 20 * 1024 * 1024  # bytes; getFile gives no larger ones


class Files:
    """Fetches and finds the files of one bot."""

    def __init__(self, channel: "Telegram") -> None:
        self._channel = channel

    async def fetch(self, media: Media) -> Media:
        """The media with its bytes in our store; as it was when that cannot be: colleagues get it by its number."""
        number = media.remote.get("file_id")
        if not number or media.size > DOWNLOAD_LIMIT:
            return media
        try:
            return await self._keep(media, str(number))
        except (SendError, UnwantedFile, ValueError, OSError) as error:
            log.info("a %s was not fetched: %s", media.kind, type(error).__name__)
            return media

    async def _keep(self, media: Media, number: str) -> Media:
        client = await self._channel.client()
        from aiogram.methods import GetFile

        found = await client.call(GetFile(file_id=number))
        data = await client.download(str(found["file_path"]))
        tools = self._channel.tools
        kept = await tools.media.keep(data, media.name, tools.clock.now(), limit=DOWNLOAD_LIMIT)
        kind = kept.kind if media.kind in ("image", "video", "file", "audio") else media.kind
        return replace(media, kind=kind, token=kept.token, name=kept.name, mime=kept.mime, size=kept.size)

    async def path(self, media: dict[str, Any]) -> Path | None:
        """Where the stored file of a message lies."""
        if made := media.get("path"):
            return Path(str(made))
        token = str(media.get("token", ""))
        if not token:
            return None
        store = self._channel.tools.media
        found = await store.find(token)
        return None if found is None else store.path(found)
