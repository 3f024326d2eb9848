"""The website chat as a channel: a mailbox of ours that browsers fetch from."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from bot.channel import Accept, Capabilities, Channel, Rendered, Tools
from care.text import clean
from handlers.messages import Incoming, Media
from storage.database import Touched
from storage.events import RawEvent
from storage.records import from_json, to_json

from . import frames
from .hub import Hub

ACCOUNT = "main"


class Website(Channel):
    """Visitors of the shop's own pages. Protocol: docs/developers/website-chat.md."""

    name = "website"
    account = ACCOUNT
    capabilities = Capabilities(
        text_limit=frames.TEXT_LIMIT,
        buttons="inline",
        button_limit=12,
        label_limit=60,
        edit=True,
        delete=True,
        typing=True,
        receipts=True,
        media=frozenset({"image", "video", "audio", "file"}),
        mailbox=True,
    )

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.hub = Hub(tools.engine, tools.clock, self.name, self.account)
        self.on_typing: Callable[[str], None] = lambda visitor: None  # the desk wants to know

    def parse(self, raw: str) -> list[Incoming]:
        """A raw event is what `raw_event` made of a frame."""
        event = from_json(raw)
        visitor, language = event["visitor"], event.get("lang", "")
        frame = msgspec.convert(event["frame"], frames.AnyFrame)
        base: dict[str, Any] = {"chat": visitor, "sender": visitor, "language": language}
        match frame:
            case frames.Message(id=number, text=text):
                media = tuple(Media(**one) for one in event.get("media", ()))
                return [Incoming(number, text=clean(text), media=media, **base)]
            case frames.Press(id=number, ref=ref, n=index):
                return [Incoming(number, kind="press", press=f"{ref}.{index}", **base)]
            case frames.Greet(id=number):
                return [Incoming(number, kind="greet", **base)]
            case frames.Start(id=number, payload=payload):
                return [Incoming(number, kind="start", payload=payload[:64], **base)]
        return []

    async def send(self, message: Rendered) -> str:
        """Never called: what goes into our own mailbox is posted by the delivery loop."""
        raise AssertionError("a mailbox needs no sending")

    def hear(self, touched: Touched) -> None:
        self.hub.hear(touched)

    async def show_typing(self, conversation_id: int, name: str) -> None:
        await self.hub.show_typing(conversation_id, name)

    def add_routes(self, app: web.Application, accept: Accept) -> None:
        from .http import Pages  # here, because pages need the adapter's parts

        Pages(self, accept).add_to(app)

    async def stop(self) -> None:
        await self.hub.close()


def raw_event(
    visitor: str, frame: frames.Message | frames.Press | frames.Greet | frames.Start, **extra: Any
) -> RawEvent:
    """A frame as it is kept: what the visitor's browser said, and who the visitor is."""
    event = {"visitor": visitor, "frame": msgspec.to_builtins(frame)} | extra
    return RawEvent(event_id=f"{visitor}:{frame.id}", lane=f"website:{visitor}", raw=to_json(event))


def media_of(found: Sequence[Any]) -> list[dict[str, Any]]:
    """Stored files as a message carries them."""
    return [
        {"kind": one.kind, "token": one.token, "name": one.name, "mime": one.mime, "size": one.size} for one in found
    ]
