"""Methods that put messages into chats: text, media, albums, copies and forwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulators.telegram_request import Json, Params, Refusal, bad
from tests.simulators.telegram_state import CONTENT, SERVICE, Chat, StoredFile, Topic, World, quoted
from tests.simulators.telegram_text import caption, message_text, reply_markup

Method = Callable[[World, Params], Any]
SEND: dict[str, Method] = {}
MEGABYTE = 1024 * 1024
UPLOAD_LIMIT, PHOTO_LIMIT = 50 * MEGABYTE, 10 * MEGABYTE
MEDIA = {
    "sendPhoto": "photo", "sendVideo": "video", "sendVoice": "voice", "sendVideoNote": "video_note",
    "sendAudio": "audio", "sendDocument": "document", "sendSticker": "sticker", "sendAnimation": "animation",
}  # fmt: skip
RIGHT_FOR = {
    "text": ("can_send_messages", "text messages"), "photo": ("can_send_photos", "photos"),
    "video": ("can_send_videos", "videos"), "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"), "audio": ("can_send_audios", "music"),
    "document": ("can_send_documents", "documents"), "sticker": ("can_send_other_messages", "stickers"),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a message goes: the chat, its topic, the reply fields and the keyboard."""

    chat: Chat
    topic: Topic | None
    fields: Json


def place(world: World, given: Params, kind: str = "text") -> Place:
    """Check chat, rights, topic, reply and keyboard of a send."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    _check_may_send(world, chat, kind)
    fields: Json = {}
    topic = _topic(world, chat, given)
    replied, reply_fields = _reply(world, chat, given)
    fields |= reply_fields
    if topic is None and replied and replied.get("is_topic_message"):
        topic = chat.topics.get(replied["message_thread_id"])
    if topic and topic.is_closed and not _rules_topic(world, chat, topic):
        raise bad("TOPIC_CLOSED")
    if markup := reply_markup(given, chat.is_private):
        fields["reply_markup"] = markup
    if given.boolean("protect_content"):
        fields["has_protected_content"] = True
    return Place(chat, topic, fields)


def _check_may_send(world: World, chat: Chat, kind: str) -> None:
    member = world.bot_member(chat)
    right, words = RIGHT_FOR.get(kind, ("can_send_messages", "text messages"))
    if not chat.is_private and member["status"] == "restricted" and not member.get(right):
        raise bad(f"not enough rights to send {words} to the chat")


def _topic(world: World, chat: Chat, given: Params) -> Topic | None:
    thread = given.integer("message_thread_id")
    if not thread:
        return None
    if thread not in chat.topics or not chat.is_forum:
        raise bad("message thread not found")
    return chat.topics[thread]


def _rules_topic(world: World, chat: Chat, topic: Topic) -> bool:
    return topic.creator == world.bot["id"] or world.has_right(chat, "can_manage_topics")


def _reply(world: World, chat: Chat, given: Params) -> tuple[Json | None, Json]:
    wanted: Json = given.structure("reply_parameters", dict) or {}
    message_id = int(wanted.get("message_id") or given.integer("reply_to_message_id"))
    if not message_id:
        return None, {}
    home = world.chat(str(wanted["chat_id"])) if wanted.get("chat_id") else chat
    replied = home.messages.get(message_id)
    if replied is None:
        lenient = wanted.get("allow_sending_without_reply") or given.boolean("allow_sending_without_reply")
        if lenient and home is chat:
            return None, {}
        raise bad("message to be replied not found")
    return (replied if home is chat else None), _reply_fields(chat, home, replied, wanted.get("quote"))


def _reply_fields(chat: Chat, home: Chat, replied: Json, quote: str | None) -> Json:
    text = replied.get("text") or replied.get("caption") or ""
    if quote and quote not in text:
        raise bad("QUOTE_TEXT_INVALID")
    fields: Json = {"quote": {"text": quote, "position": text.index(quote), "is_manual": True}} if quote else {}
    if home is chat:
        return fields | {"reply_to_message": quoted(replied)}
    origin = {"type": "user", "date": replied["date"], "sender_user": replied["from"]}
    return fields | {"external_reply": {"origin": origin, "message_id": replied["message_id"]}}


def deliver(world: World, method: str, where: Place, content: Json) -> Json:
    """Put one checked message into its chat and into the ledger."""
    message = world.add_message(where.chat, world.bot, {**content, **where.fields}, where.topic)
    return world.record(method, where.chat, message)


def _send(world: World, method: str, where: Place, content: Json) -> Json:
    world.flood.charge(where.chat.id, not where.chat.is_private)
    return deliver(world, method, where, content)


def send_message(world: World, given: Params) -> Json:
    """sendMessage."""
    content = message_text(given)
    return _send(world, "sendMessage", place(world, given), content)


def _media_method(method: str, kind: str) -> Method:
    def send(world: World, given: Params) -> Json:
        where, words = place(world, given, kind), caption(given)
        _check_media(world, given, kind, given.text(kind), kind)
        world.flood.charge(where.chat.id, not where.chat.is_private)
        file = find_file(world, given, kind, given.text(kind), kind)
        return deliver(world, method, where, {**media(kind, file, given.values), **words})

    return send


def _check_media(world: World, given: Params, kind: str, value: str, part: str) -> None:
    """Refuse bad media before it costs anything; the file itself is stored only when it is sent."""
    upload = given.uploads.get(value.removeprefix("attach://") if value.startswith("attach://") else part)
    if upload is not None:
        if not upload.data:
            raise bad("file must be non-empty")
        if len(upload.data) > (PHOTO_LIMIT if kind == "photo" else UPLOAD_LIMIT):
            raise Refusal(413, "Request Entity Too Large")
    elif not value:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    elif value.startswith(("http://", "https://")):
        if value not in world.web:
            raise bad("failed to get HTTP URL content")
    elif value not in world.files:
        raise bad("wrong file identifier/HTTP URL specified")
    elif world.files[value].kind != kind:
        raise bad(f"can't use file of type {world.files[value].kind.title()} as {kind.title()}")


def find_file(world: World, given: Params, kind: str, value: str, part: str) -> StoredFile:
    """The file meant by an upload, `attach://`, a file_id or a known HTTP address."""
    upload = given.uploads.get(value.removeprefix("attach://") if value.startswith("attach://") else part)
    if upload is not None:
        return world.keep_file(kind, upload.name, upload.mime, upload.data)
    if value in world.web:
        return world.keep_file(kind, value.rsplit("/", 1)[-1], "application/octet-stream", world.web[value])
    return world.files[value]


def media(kind: str, file: StoredFile, said: Json) -> Json:
    """The message field of a file: sizes, duration, name as Telegram shows them."""
    base: Json = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}
    named: Json = {"file_name": file.name, "mime_type": file.mime}
    box: Json = {"width": int(said.get("width", 640)), "height": int(said.get("height", 480))}
    length: Json = {"duration": int(said.get("duration", 3))}
    match kind:
        case "photo":
            small = {**base, "file_size": min(file.size, 900), "width": 90, "height": 67}
            return {"photo": [{**small, "file_unique_id": file.unique_id + "s"}, {**base, **box}]}
        case "video":
            return {"video": base | named | box | length}
        case "animation":
            return {"animation": base | named | box | length, "document": base | named}
        case "voice":
            return {"voice": base | length | {"mime_type": "audio/ogg"}}
        case "video_note":
            return {"video_note": base | length | {"length": 240}}
        case "audio":
            return {"audio": base | named | length}
        case "sticker":
            still = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}
            return {"sticker": base | still | {"width": 512, "height": 512}}
        case _:
            return {"document": base | named}


def send_location(world: World, given: Params) -> Json:
    """sendLocation."""
    latitude, longitude = given.number("latitude"), given.number("longitude")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad("wrong location specified")
    where = place(world, given)
    return _send(world, "sendLocation", where, {"location": {"latitude": latitude, "longitude": longitude}})


def send_contact(world: World, given: Params) -> Json:
    """sendContact."""
    contact = {
        name: given.text(name) for name in ("phone_number", "first_name", "last_name", "vcard") if given.has(name)
    }
    for required in ("phone_number", "first_name"):
        if required not in contact:
            raise bad(f"{required.replace('_', ' ')} must be non-empty")
    return _send(world, "sendContact", place(world, given), {"contact": contact})


def send_media_group(world: World, given: Params) -> list[Json]:
    """sendMediaGroup: all items or none."""
    items = given.structure("media", list) or []
    if not 2 <= len(items) <= 10:
        raise bad("an album must have 2-10 items")
    kinds = {item.get("type") for item in items}
    if kinds - {"photo", "video"} and len(kinds) > 1:
        raise bad("audio and document can't be mixed with other media types")
    where = place(world, given, str(items[0].get("type")))
    words = [_checked_item(world, given, number, item) for number, item in enumerate(items, start=1)]
    world.flood.charge(where.chat.id, not where.chat.is_private, len(items))
    album = str(world.random.getrandbits(60))
    return [_album_item(world, given, where, album, *pair) for pair in zip(items, words, strict=True)]


def _checked_item(world: World, given: Params, number: int, item: Json) -> Json:
    try:
        if item.get("type") not in ("photo", "video", "audio", "document"):
            raise bad("unsupported media type")
        _check_media(world, given, item["type"], str(item.get("media", "")), "")
        return caption(Params(item))
    except Refusal as refusal:
        inner = refusal.description.removeprefix("Bad Request: ")
        raise bad(f'Failed to send message #{number} with the error message "{inner}"') from refusal


def _album_item(world: World, given: Params, where: Place, album: str, item: Json, words: Json) -> Json:
    file = find_file(world, given, item["type"], item["media"], "")
    return deliver(
        world, "sendMediaGroup", where, {**media(item["type"], file, item), **words, "media_group_id": album}
    )


# Copies and forwards


def _source(world: World, given: Params, message_id: int, verb: str) -> Json:
    home = world.chat(given.text("from_chat_id"))
    message = home.messages.get(message_id)
    if message is None:
        raise bad(f"message to {verb} not found")
    if any(name in message for name in SERVICE):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    if message.get("has_protected_content"):
        raise bad("message has protected content and can't be forwarded")
    return message


def _copied(message: Json) -> Json:
    kept = (*CONTENT, "entities", "caption", "caption_entities")
    return {name: message[name] for name in kept if name in message}


def _copy_content(given: Params, message: Json) -> Json:
    content = _copied(message)
    if "caption" in given.values and "text" not in message:
        content = {name: value for name, value in content.items() if not name.startswith("caption")} | caption(given)
    return content


def copy_message(world: World, given: Params) -> Json:
    """copyMessage: answers only the new id."""
    where = place(world, given)
    content = _copy_content(given, _source(world, given, given.integer("message_id"), "copy"))
    return {"message_id": _send(world, "copyMessage", where, content)["message_id"]}


def forward_message(world: World, given: Params) -> Json:
    """forwardMessage: the copy names its origin."""
    where = place(world, given)
    message = _source(world, given, given.integer("message_id"), "forward")
    return _send(world, "forwardMessage", where, _forwarded(message))


def _forwarded(message: Json) -> Json:
    origin = {"type": "user", "date": message["date"], "sender_user": message["from"]}
    return {**_copied(message), "forward_origin": message.get("forward_origin", origin)}


def _many(method: str, verb: str) -> Method:
    def send(world: World, given: Params) -> list[Json]:
        ids = given.structure("message_ids", list) or []
        if not 1 <= len(ids) <= 100 or ids != sorted(set(ids)):
            raise bad("message identifiers must be in a strictly increasing order")
        where = place(world, given)
        found = _found(world, given, ids, verb)
        world.flood.charge(where.chat.id, not where.chat.is_private, len(found))
        albums: dict[str, str] = {}
        contents = [_with_album(world, albums, message, verb) for message in found]
        return [{"message_id": deliver(world, method, where, content)["message_id"]} for content in contents]

    return send


def _found(world: World, given: Params, ids: list[int], verb: str) -> list[Json]:
    found = []
    for message_id in ids:
        try:
            found.append(_source(world, given, message_id, verb))
        except Refusal:
            continue  # what cannot be copied is skipped
    if not found:
        raise bad(f"there are no messages to {verb}")
    return found


def _with_album(world: World, albums: dict[str, str], message: Json, verb: str) -> Json:
    content = _copied(message) if verb == "copy" else _forwarded(message)
    if old := message.get("media_group_id"):
        content["media_group_id"] = albums.setdefault(old, str(world.random.getrandbits(60)))
    return content


SEND |= {name: _media_method(name, kind) for name, kind in MEDIA.items()}
SEND |= {
    "sendMessage": send_message, "sendLocation": send_location, "sendContact": send_contact,
    "sendMediaGroup": send_media_group, "copyMessage": copy_message, "forwardMessage": forward_message,
    "copyMessages": _many("copyMessages", "copy"), "forwardMessages": _many("forwardMessages", "forward"),
}  # fmt: skip
