"""Methods that change or answer what is there: edits, deletions, presses, reactions, pins, actions, files."""

from typing import Any

from tests.simulators.telegram_request import Json, Params, Refusal, bad
from tests.simulators.telegram_send import MEGABYTE, Method
from tests.simulators.telegram_state import Chat, World, quoted
from tests.simulators.telegram_text import caption, message_text, reply_markup

EDIT: dict[str, Method] = {}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
DELETABLE_FOR = 48 * 3600
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def _editable(world: World, given: Params) -> tuple[Chat, Json]:
    chat = world.reachable(world.chat(given.text("chat_id")))
    message = chat.messages.get(given.integer("message_id"))
    if message is None:
        raise bad("message to edit not found")
    markup = message.get("reply_markup", {"inline_keyboard": []})
    if message["from"]["id"] != world.bot["id"] or "inline_keyboard" not in markup:
        raise bad("message can't be edited")
    return chat, message


def _edit(world: World, given: Params, replaced: tuple[str, ...], content: Json) -> Json:
    chat, message = _editable(world, given)
    markup = reply_markup(given, chat.is_private)
    if markup and "inline_keyboard" not in markup:
        raise bad("inline keyboard expected")
    if markup and not any(markup["inline_keyboard"]):
        markup = None
    before = {name: message[name] for name in (*replaced, "reply_markup") if name in message}
    after = {**content, **({"reply_markup": markup} if markup else {})}
    if before == after:
        raise bad(NOT_MODIFIED)
    world.flood.charge(chat.id, not chat.is_private)
    _replace(world, chat, message, before, after)
    return message


def _replace(world: World, chat: Chat, message: Json, before: Json, after: Json) -> None:
    if entry := world.entry(chat, message["message_id"]):
        entry.edits.append(before)
    for name in before:
        del message[name]
    message |= {**after, "edit_date": world.now()}


def edit_message_text(world: World, given: Params) -> Json:
    """editMessageText; without reply_markup the keyboard goes away."""
    content = message_text(given)
    if "text" not in _editable(world, given)[1]:
        raise bad("there is no text in the message to edit")
    return _edit(world, given, ("text", "entities"), content)


def edit_message_caption(world: World, given: Params) -> Json:
    """editMessageCaption."""
    content = caption(given)
    if "text" in _editable(world, given)[1]:
        raise bad("there is no caption in the message to edit")
    return _edit(world, given, ("caption", "caption_entities"), content)


def edit_message_reply_markup(world: World, given: Params) -> Json:
    """editMessageReplyMarkup."""
    return _edit(world, given, (), {})


def _check_deletable(world: World, chat: Chat, message_id: int) -> None:
    message = chat.messages.get(message_id)
    if message is None:
        raise bad("message to delete not found")
    is_own = message["from"]["id"] == world.bot["id"]
    is_old = world.now() - message["date"] >= DELETABLE_FOR
    is_allowed = is_own or chat.is_private or world.has_right(chat, "can_delete_messages")
    if is_old or not is_allowed or "forum_topic_created" in message or "supergroup_chat_created" in message:
        raise bad("message can't be deleted")


def delete_message(world: World, given: Params) -> bool:
    """deleteMessage."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    _check_deletable(world, chat, given.integer("message_id"))
    world.remove(chat, given.integer("message_id"))
    return True


def delete_messages(world: World, given: Params) -> bool:
    """deleteMessages: what cannot be deleted is skipped."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    for message_id in given.structure("message_ids", list) or []:
        try:
            _check_deletable(world, chat, message_id)
        except Refusal:
            continue
        world.remove(chat, message_id)
    return True


def answer_callback_query(world: World, given: Params) -> bool:
    """answerCallbackQuery: once per press, in time."""
    query = given.text("callback_query_id")
    if len(given.text("text")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    pressed_at = world.callbacks.pop(query, None)
    if pressed_at is None or world.clock.now() - pressed_at > world.flood.limits.callback_deadline:
        raise bad(TOO_OLD)
    world.answers[query] = {"text": given.text("text"), "show_alert": given.boolean("show_alert")}
    return True


def send_chat_action(world: World, given: Params) -> bool:
    """sendChatAction."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    thread = given.integer("message_thread_id")
    if given.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    if thread and thread not in chat.topics:
        raise bad("message thread not found")
    chat.actions.append((given.text("action"), thread))
    return True


def set_message_reaction(world: World, given: Params) -> bool:
    """setMessageReaction: at most one ordinary emoji."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    wanted: list[Any] = given.structure("reaction", list) or []
    if given.integer("message_id") not in chat.messages:
        raise bad("message to react not found")
    if len(wanted) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if wanted and (wanted[0].get("type") != "emoji" or len(wanted[0].get("emoji", "")) not in (1, 2, 3, 4)):
        raise bad("REACTION_INVALID")
    world.reactions[chat.id, given.integer("message_id")] = wanted
    return True


def pin_chat_message(world: World, given: Params) -> bool:
    """pinChatMessage: everybody, the bot included, gets the service message."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    message = chat.messages.get(given.integer("message_id"))
    if message is None:
        raise bad("message to pin not found")
    _check_may_pin(world, chat)
    chat.pinned.append(message["message_id"])
    topic = chat.topics.get(message.get("message_thread_id", 0))
    world.service(chat, world.bot, {"pinned_message": quoted(message)}, topic)
    return True


def unpin_chat_message(world: World, given: Params) -> bool:
    """unpinChatMessage: the given message, or the newest pinned one."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    _check_may_pin(world, chat)
    wanted = given.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad("message to unpin not found")
    chat.pinned.remove(wanted)
    return True


def unpin_all(world: World, given: Params) -> bool:
    """unpinAllChatMessages."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    _check_may_pin(world, chat)
    chat.pinned.clear()
    return True


def _check_may_pin(world: World, chat: Chat) -> None:
    if not chat.is_private and not world.has_right(chat, "can_pin_messages"):
        raise bad("not enough rights to manage pinned messages in the chat")


def get_file(world: World, given: Params) -> Json:
    """getFile: up to 20 MB, the link lives for an hour."""
    file = world.files.get(given.text("file_id"))
    if file is None:
        raise bad("invalid file_id" if given.has("file_id") else "file_id is empty")
    if file.size > 20 * MEGABYTE:
        raise bad("file is too big")
    file.link_until = world.clock.now() + 3600
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size, "file_path": file.path}


EDIT |= {
    "editMessageText": edit_message_text, "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup, "deleteMessage": delete_message,
    "deleteMessages": delete_messages, "answerCallbackQuery": answer_callback_query,
    "sendChatAction": send_chat_action, "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message, "unpinChatMessage": unpin_chat_message, "unpinAllChatMessages": unpin_all,
    "getFile": get_file,
}  # fmt: skip
