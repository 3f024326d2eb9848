"""What is heard and what is said, the same on every channel. A leaf: imports none of ours."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Purpose = Literal["reply", "relay", "survey", "notice", "staff", "alert", "marketing"]
Kind = Literal["message", "press", "edit", "greet", "start", "seen", "blocked", "unblocked", "left", "failed"]


def N_(text: str) -> str:  # noqa: N802  (the field's name for "translate later")
    """Mark a text for translation; each reader gets it in their own language."""
    return text


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video, voice, audio, file, sticker, location or contact.

    `token` names a stored file; `remote` is what the channel needs to send or fetch it again.
    """

    kind: str
    token: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0  # bytes
    remote: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that came in on a channel.

    `chat` is the address of the thread, `sender` the person: the same in a private chat.
    `press` is "<outbox id>.<index>" of a button; `payload` what a deep link carried.
    """

    external_id: str
    chat: str
    sender: str
    kind: Kind = "message"
    text: str = ""
    press: str = ""
    payload: str = ""
    media: tuple[Media, ...] = ()
    reply_to: str = ""
    thread: str = ""
    name: str = ""
    language: str = ""
    sent_at: datetime | None = None
    is_group: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `action` stays with us ("rate:12:5"); only its place in the list travels."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Card:
    """A picture-like block for channels that have one; others get title and text, then the picture."""

    title: str
    text: str = ""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class ToConversation:
    """A customer, in one of their threads."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class ToStaff:
    """The staff groups that take this kind of case; the desk sees it in any case."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ToOwners:
    """Every owner who can be reached in private."""


@dataclass(frozen=True, slots=True)
class ToAddress:
    """One chat on one channel: an answer to a command, in the place it came from."""

    channel: str
    account: str
    address: str
    thread: str = ""


Place = ToConversation | ToStaff | ToOwners | ToAddress


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to say. It is saved with the turn that said it, and sent by the delivery loop.

    `key` makes it once-only for ever. `author` is shown on the line: bot, staff, or note (never sent).
    `operation` is what a channel should do: send, edit or delete the message `target`.
    """

    to: Place
    text: str
    choices: tuple[Choice, ...] = ()
    media: tuple[Media, ...] = ()
    card: Card | None = None
    purpose: Purpose = "reply"
    author: Literal["bot", "staff", "note"] = "bot"
    staff_id: int | None = None
    case_id: int | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    key: str | None = None
    operation: str = "send"
    target: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
