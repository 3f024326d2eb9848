"""The words of the website chat's protocol: what may come in, and what goes out."""

import json
from typing import Annotated, Any

import msgspec

from storage.mailbox import Mail
from storage.records import to_ms

TEXT_LIMIT = 4000  # UTF-16 units
FILES_LIMIT = 10

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Token = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Frame(msgspec.Struct, tag_field="t", forbid_unknown_fields=False):
    """What a visitor's browser sends."""


class Message(Frame, tag="msg"):
    id: Id
    text: str = ""
    files: list[Token] = []


class Press(Frame, tag="press"):
    id: Id
    ref: Annotated[str, msgspec.Meta(max_length=18)]  # digits that fit a database number
    n: Annotated[int, msgspec.Meta(ge=0, le=99)]


class Greet(Frame, tag="greet"):
    id: Id


class Start(Frame, tag="start"):
    id: Id
    payload: str


class Seen(Frame, tag="seen"):
    seq: Seq


class Typing(Frame, tag="typing"):
    pass


class Ping(Frame, tag="ping"):
    pass


class Hello(Frame, tag="hello"):
    key: str
    cursor: Seq = 0
    lang: str = ""


AnyFrame = Message | Press | Greet | Start | Seen | Typing | Ping | Hello
encode = msgspec.json.encode
_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)

AUTHORS = {"customer": "you", "bot": "bot", "staff": "staff"}


class Unreadable(Exception):
    """Not a frame of ours. `id` is the number it carried, so that the browser knows which one we mean."""

    def __init__(self, id: str = "") -> None:
        super().__init__(id)
        self.id = id


def read(data: str | bytes) -> AnyFrame:
    """What a browser sent. Raises Unreadable."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_leniently(data)


def _read_leniently(data: str | bytes) -> AnyFrame:
    """Half an emoji at the end of a text is no reason to lose the text."""
    number = ""
    try:
        found = json.loads(data)
        if isinstance(found, dict):
            found = {name: _whole(value) for name, value in found.items()}
            number = found["id"] if isinstance(found.get("id"), str) and len(found["id"]) <= 64 else ""
        frame: AnyFrame = msgspec.convert(found, AnyFrame)
        return frame
    except (ValueError, RecursionError):
        raise Unreadable(number) from None


def _whole(value: Any) -> Any:
    """A text without halves of characters, which no database and no screen can take."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


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
