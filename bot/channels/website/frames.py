"""The words of the website chat's protocol: what may come in, and what goes out."""

from typing import Any

import msgspec

from storage.mailbox import Mail
from storage.records import to_ms

TEXT_LIMIT = 4000  # UTF-16 units
FILES_LIMIT = 10


class Frame(msgspec.Struct, tag_field="t", forbid_unknown_fields=False):
    """What a visitor's browser sends."""


class Message(Frame, tag="msg"):
    id: str
    text: str = ""
    files: list[str] = []


class Press(Frame, tag="press"):
    id: str
    ref: str
    n: int


class Greet(Frame, tag="greet"):
    id: str


class Start(Frame, tag="start"):
    id: str
    payload: str


class Seen(Frame, tag="seen"):
    seq: int


class Typing(Frame, tag="typing"):
    pass


class Ping(Frame, tag="ping"):
    pass


class Hello(Frame, tag="hello"):
    key: str
    cursor: int = 0
    lang: str = ""


AnyFrame = Message | Press | Greet | Start | Seen | Typing | Ping | Hello
decode = msgspec.json.Decoder(AnyFrame).decode
encode = msgspec.json.encode

AUTHORS = {"customer": "you", "bot": "bot", "staff": "staff"}


def line(mail: Mail, kind: str = "line") -> dict[str, Any]:
    """One line as the browser shows it; a line that was taken back travels without its words."""
    recalled = mail.recalled_at is not None
    frame: dict[str, Any] = {
        "t": kind,
        "seq": mail.seq,
        "from": AUTHORS[mail.author],
        "text": "" if recalled else mail.text,
        "at": to_ms(mail.at),
        "recalled": recalled,
        "edited": mail.edited_at is not None,
        "choices": [] if recalled else mail.extra.get("choices", []),
        "media": [] if recalled else [shown(one) for one in mail.extra.get("media", ())],
    }
    if mail.external_id is not None:
        frame["id"] = mail.external_id
    if mail.staff_name:
        frame["name"] = mail.staff_name
    if mail.outbox_id is not None and frame["choices"]:
        frame["ref"] = str(mail.outbox_id)
        frame["chosen"] = mail.chosen
    return frame


def shown(media: dict[str, Any]) -> dict[str, Any]:
    """A file as the browser shows it."""
    name = media.get("name") or media["kind"]
    return {
        "url": f"/media/{media['token']}/{name}" if media.get("token") else "",
        "kind": media["kind"],
        "name": name,
        "mime": media.get("mime", ""),
        "size": media.get("size", 0),
    }
