"""From an update to what was said. Roles hang on numeric ids alone: whoever hides who they are gets none."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from care.text import clean
from handlers.messages import Incoming, Kind, Media

from .updates import Callback, File, MemberChange, Message, Update, unknown_kind

NOT_PEOPLE = frozenset({777000, 1087968824, 136817688})  # Telegram itself, anonymous administrators, channels
DECODER = msgspec.json.Decoder(Update)
SHOWN = re.compile(r"👤 (#(?P<case>\d{1,10}) · )?")
FILES = ("video", "animation", "voice", "video_note", "audio", "document", "sticker")
STORED_AS = {"animation": "video", "video_note": "video", "voice": "voice", "document": "file"}
ENDINGS = {"photo": "photo.jpg", "video": "video.mp4", "animation": "video.mp4", "voice": "voice.ogg",
           "video_note": "video.mp4", "audio": "audio.mp3", "sticker": "sticker.webp"}  # fmt: skip


def parse(raw: str, me: str = "") -> list[Incoming]:
    """What an update says to the bot with number `me`; [] when it is nothing for us. Raises ValueError."""
    if raw.startswith('{"cham":'):
        return [_news(msgspec.json.decode(raw)["cham"])]
    update = DECODER.decode(raw)
    if update.message is not None:
        return _message(update.message, raw, "message", me)
    if update.edited_message is not None:
        return _message(update.edited_message, raw, "edited_message", me)
    if update.callback_query is not None:
        return _press(update.callback_query)
    if update.my_chat_member is not None:
        return _own_membership(update.my_chat_member)
    if update.chat_member is not None:
        return _membership(update.chat_member)
    return []


def _news(news: dict[str, str]) -> Incoming:
    """What we learned by sending: a group is gone, has no topics, lost a card."""
    kind: Kind = "blocked" if news["news"] == "blocked" else "failed"
    what, detail = news["news"], news["detail"]
    return Incoming("", news["chat"], "", kind=kind, payload=what, text=detail, is_group=True)


def moved(raw: str) -> tuple[str, str] | None:
    """The old and new address of a group that became a supergroup; both chats are told, in no certain order."""
    if '"migrate_' not in raw or (message := DECODER.decode(raw).message) is None:
        return None
    here = str(message.chat.id)
    if message.migrate_to_chat_id:
        return here, str(message.migrate_to_chat_id)
    return (str(message.migrate_from_chat_id), here) if message.migrate_from_chat_id else None


def album_of(raw: str) -> str:
    """The album a message belongs to; "" for none."""
    if "media_group_id" not in raw:
        return ""
    message = DECODER.decode(raw).message
    return "" if message is None else message.media_group_id


def join(items: list[Incoming]) -> Incoming:
    """The pictures of an album as the one message they are; it has the number of the first."""
    first = items[0]
    texts = [one.text for one in items if one.text]
    return replace(first, text="\n".join(texts), media=tuple(media for one in items for media in one.media))


def _message(said: Message, raw: str, key: str, me: str) -> list[Incoming]:
    if not _is_a_person(said) or said.chat.type == "channel":
        return []
    media = _media(said)
    text = clean(said.text or said.caption)
    if not text and not media:
        whole = msgspec.json.decode(raw)[key]
        if not (unknown := unknown_kind(whole)):
            return []
        media = (Media("unknown", name=unknown, remote=_copy(said)),)
    kind: Kind = "edit" if key == "edited_message" else "message"
    incoming = Incoming(
        external_id=str(said.message_id),
        kind=kind,
        text=text,
        media=media,
        reply_to=_reply_to(said),
        sent_at=datetime.fromtimestamp(said.date, UTC),
        **_where(said, me),
    )
    return [_deep_link(incoming)]


def _is_a_person(said: Message) -> bool:
    """Other bots are not answered: two of them would never stop."""
    hidden = said.sender_chat is not None or said.sender is None
    return hidden or (said.sender is not None and not said.sender.is_bot)


def _where(said: Message, me: str) -> dict[str, Any]:
    is_group = said.chat.type != "private"
    values: dict[str, Any] = {
        "chat": str(said.chat.id),
        "sender": "",
        "is_group": is_group,
        "thread": str(said.message_thread_id) if said.is_topic_message and said.message_thread_id else "",
        "extra": _extra(said) | _answered(said, me),
    }
    person = said.sender
    if person is None or person.is_bot or person.id in NOT_PEOPLE or said.sender_chat is not None:
        return values  # nobody: an anonymous administrator, a channel, a forward from a linked channel
    return values | {
        "sender": str(person.id),
        "name": clean(f"{person.first_name} {person.last_name}").strip(),
        "language": person.language_code[:2].lower(),
    }


def _extra(said: Message) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if said.forward_origin is not None or said.is_automatic_forward:
        extra["forwarded"] = True
    if said.sender_chat is not None:
        extra["hidden"] = True
    if said.chat.type != "private":
        extra |= {"title": clean(said.chat.title)[:80], "forum": said.chat.is_forum}
    if said.contact is not None:
        own = said.sender is not None and said.contact.user_id == said.sender.id
        extra["contact"] = {"phone": said.contact.phone_number, "own": own}
    return extra


def _answered(said: Message, me: str) -> dict[str, Any]:
    """Whether a message of our own is answered, and the case of the customer's words it shows ("": its topic's).

    Needed for a line Telegram took without telling us its number. Anybody else's message may look like anything.
    """
    answered = said.reply_to_message
    if answered is None or answered.sender is None or str(answered.sender.id) != me or not _reply_to(said):
        return {}
    found = SHOWN.match(answered.text or answered.caption)
    return {"ours": True} | ({"shown": found["case"] or ""} if found is not None else {})


def _reply_to(said: Message) -> str:
    """The message answered. Every message of a topic answers its first one implicitly: that is no answer."""
    answered = said.reply_to_message
    if answered is None or answered.forum_topic_created is not None:
        return ""
    if said.is_topic_message and answered.message_id == said.message_thread_id:
        return ""
    return str(answered.message_id)


def _deep_link(said: Incoming) -> Incoming:
    """ "/start t_giao_hang" in private is a link that was opened."""
    word, _, payload = said.text.partition(" ")
    if said.is_group or said.kind != "message" or word != "/start" or "forwarded" in said.extra:
        return said
    payload = payload.strip()
    safe = len(payload) <= 64 and payload.isascii() and payload.replace("_", "").replace("-", "").isalnum()
    return replace(said, kind="start", payload=payload if safe else "")


def _press(press: Callback) -> list[Incoming]:
    if press.message is None or press.sender.is_bot:
        return []
    chat = press.message.chat
    return [
        Incoming(
            external_id=f"press:{press.id}",
            chat=str(chat.id),
            sender=str(press.sender.id),
            kind="press",
            press=press.data[:64],
            thread=str(press.message.message_thread_id) if press.message.is_topic_message else "",
            name=clean(f"{press.sender.first_name} {press.sender.last_name}").strip(),
            language=press.sender.language_code[:2].lower(),
            is_group=chat.type != "private",
            extra={"query": press.id, "message": str(press.message.message_id)},
        )
    ]


def _own_membership(change: MemberChange) -> list[Incoming]:
    """We were blocked or unblocked in private; added to, or removed from, a group."""
    was, now = change.old_chat_member.is_in, change.new_chat_member.is_in
    if was == now or change.chat.type == "channel":
        return []
    return [_member(change, "unblocked" if now else "blocked")]


def _membership(change: MemberChange) -> list[Incoming]:
    """Somebody left a group we are in: the handlers know whether it matters."""
    if change.chat.type == "private" or change.new_chat_member.is_in or not change.old_chat_member.is_in:
        return []
    gone = _member(change, "left")
    return [replace(gone, sender="", extra=gone.extra | {"left": str(change.new_chat_member.user.id)})]


def _member(change: MemberChange, kind: Kind) -> Incoming:
    is_group = change.chat.type != "private"
    extra = {"title": clean(change.chat.title)[:80], "forum": change.chat.is_forum} if is_group else {}
    return Incoming(
        external_id="",
        chat=str(change.chat.id),
        sender=str(change.sender.id),
        kind=kind,
        sent_at=datetime.fromtimestamp(change.date, UTC),
        name=clean(f"{change.sender.first_name} {change.sender.last_name}").strip(),
        is_group=is_group,
        extra=extra,
    )


def _media(said: Message) -> tuple[Media, ...]:
    """At most one thing per message; Telegram puts animations into `document` too."""
    if said.photo:
        return (_file("photo", max(said.photo, key=lambda one: one.file_size), said),)
    if said.venue is not None:
        place = said.venue
        name = ", ".join(part for part in (place.title, place.address) if part)
        at = {"latitude": place.location.latitude, "longitude": place.location.longitude}
        return (Media("location", name=clean(name), remote=_copy(said) | at),)
    if said.location is not None:
        at = {"latitude": said.location.latitude, "longitude": said.location.longitude}
        return (Media("location", remote=_copy(said) | at),)
    if said.contact is not None:
        name = f"{said.contact.first_name} {said.contact.last_name}".strip()
        phone = {"phone": said.contact.phone_number}
        return (Media("contact", name=clean(f"{name} {said.contact.phone_number}"), remote=_copy(said) | phone),)
    for kind in FILES:
        found: File | None = getattr(said, kind)
        if found is not None:
            return (_file(kind, found, said),)
    return ()


def _file(kind: str, file: File, said: Message) -> Media:
    return Media(
        "image" if kind == "photo" else STORED_AS.get(kind, kind),
        name=clean(file.file_name or ENDINGS.get(kind, ""))[:120],
        mime=file.mime_type,
        size=file.file_size,
        remote=_copy(said) | {"file_id": file.file_id, "as": kind} | ({"emoji": file.emoji} if file.emoji else {}),
    )


def _copy(said: Message) -> dict[str, Any]:
    """Enough to show the very message elsewhere, whatever it is."""
    return {"channel": "telegram", "chat": str(said.chat.id), "message": said.message_id}
