"""Methods about the bot, its groups, their members and topics, menus and profile."""

import re
from typing import Any

import msgspec

from tests.simulators.telegram_request import Json, Params, bad
from tests.simulators.telegram_send import Method
from tests.simulators.telegram_state import ADMIN_RIGHTS, MEMBER_RIGHTS, Chat, Topic, World

CHATS: dict[str, Method] = {}
ICON_COLORS = {7322096, 16766590, 13338331, 9367192, 16749490, 16478047}
ICONS = {
    "🔥": "5312241539987020022",
    "✅": "5237699328843200968",
    "❓": "5377316857231450742",
    "⭐️": "5235579393115438657",
}
SCOPES = {
    "default": (), "all_private_chats": (), "all_group_chats": (), "all_chat_administrators": (),
    "chat": ("chat_id",), "chat_administrators": ("chat_id",), "chat_member": ("chat_id", "user_id"),
}  # fmt: skip
PROFILE_LIMITS = {"name": 64, "description": 512, "short_description": 120}


def get_me(world: World, given: Params) -> Json:
    """getMe."""
    return {
        **world.bot, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


def get_chat(world: World, given: Params) -> Json:
    """getChat: a ChatFullInfo."""
    chat = world.chat(given.text("chat_id"))
    if not chat.is_private:
        world.reachable(chat)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    if chat.pinned and chat.pinned[-1] in chat.messages:
        full["pinned_message"] = chat.messages[chat.pinned[-1]]
    return chat.as_json | full


def member_json(world: World, chat: Chat, person_id: int) -> Json:
    """A ChatMember with every field the client libraries insist on."""
    member = chat.members.get(person_id, {"status": "left"})
    status = member["status"]
    base: Json = {"user": world.users[person_id], "status": status}
    if status == "creator":
        return base | {"is_anonymous": member.get("is_anonymous", False)}
    if status == "administrator":
        rights = {right: member.get(right, False) for right in ADMIN_RIGHTS}
        return base | rights | {"can_be_edited": False, "is_anonymous": member.get("is_anonymous", False)}
    if status == "restricted":
        rights = {right: member.get(right, False) for right in MEMBER_RIGHTS}
        return base | rights | {"is_member": member.get("is_member", True), "until_date": 0}
    return base | ({"until_date": 0} if status == "kicked" else {})


def get_chat_member(world: World, given: Params) -> Json:
    """getChatMember: somebody known but outside has left; a stranger is an error."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    person_id = given.integer("user_id")
    if person_id not in world.users:
        raise bad("member not found" if person_id > 0 else "invalid user_id specified")
    if chat.is_private:
        if person_id not in (chat.id, world.bot["id"]):
            raise bad("member not found")
        return {"user": world.users[person_id], "status": "member"}
    return member_json(world, chat, person_id)


def get_chat_administrators(world: World, given: Params) -> list[Json]:
    """getChatAdministrators: other bots only with return_bots."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    staff = [one for one, member in chat.members.items() if member["status"] in ("creator", "administrator")]
    wanted = [
        one for one in staff
        if not world.users[one]["is_bot"] or one == world.bot["id"] or given.boolean("return_bots")
    ]  # fmt: skip
    return [member_json(world, chat, person_id) for person_id in wanted]


def get_chat_member_count(world: World, given: Params) -> int:
    """getChatMemberCount."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    return 2 if chat.is_private else sum(m["status"] not in ("left", "kicked") for m in chat.members.values())


def leave_chat(world: World, given: Params) -> bool:
    """leaveChat."""
    chat = world.reachable(world.chat(given.text("chat_id")))
    if chat.is_private:
        raise bad("chat member status can't be changed in private chats")
    change_member(world, chat, world.bot["id"], {"status": "left"}, by=world.bot)
    return True


def change_member(world: World, chat: Chat, person_id: int, member: Json, by: Json) -> None:
    """Change somebody's membership and tell the bot, as Telegram does."""
    old = member_json(world, chat, person_id)
    was_inside = old["status"] not in ("left", "kicked")
    kind = "my_chat_member" if person_id == world.bot["id"] else "chat_member"
    chat.members[person_id] = member
    new = member_json(world, chat, person_id)
    if kind == "my_chat_member" or world.has_right(chat, "can_manage_chat"):
        event = {"chat": chat.as_json, "from": by, "date": world.now(), "old_chat_member": old, "new_chat_member": new}
        world.tell(kind, event)
    if was_inside and new["status"] in ("left", "kicked") and person_id != world.bot["id"]:
        world.service(chat, by, {"left_chat_member": world.users[person_id]})
    if not was_inside and new["status"] not in ("left", "kicked"):
        world.service(chat, by, {"new_chat_members": [world.users[person_id]]})


# Topics


def _forum(world: World, given: Params) -> Chat:
    chat = world.reachable(world.chat(given.text("chat_id")))
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    return chat


def _topic(chat: Chat, given: Params) -> Topic:
    topic = chat.topics.get(given.integer("message_thread_id"))
    if topic is None:
        raise bad("message thread not found")
    return topic


def _managed(world: World, given: Params, doing: str) -> tuple[Chat, Topic]:
    chat = _forum(world, given)
    topic = _topic(chat, given)
    if topic.creator != world.bot["id"] and not world.has_right(chat, "can_manage_topics"):
        raise bad(f"not enough rights to {doing} the topic")
    return chat, topic


def _topic_name(given: Params) -> str:
    name = given.text("name").strip()
    if not name:
        raise bad("topic name must be non-empty")
    return name[:128]  # the server trims


def create_forum_topic(world: World, given: Params) -> Json:
    """createForumTopic: counts as a message of the group."""
    chat = _forum(world, given)
    if not world.has_right(chat, "can_manage_topics"):
        raise bad("not enough rights to create a topic")
    color = given.integer("icon_color", 7322096)
    if color not in ICON_COLORS:
        raise bad("invalid icon color specified")
    name, icon = _topic_name(given), _icon(given)
    world.flood.charge(chat.id, is_group=True)
    topic = open_topic(world, chat, world.bot, name, color, icon)
    return {"message_thread_id": topic.id, "name": name, "icon_color": color, **_icon_field(icon)}


def _icon(given: Params) -> str:
    icon = given.text("icon_custom_emoji_id")
    if icon and icon not in ICONS.values():
        raise bad("STICKER_INVALID")
    return icon


def _icon_field(icon: str) -> Json:
    return {"icon_custom_emoji_id": icon} if icon else {}


def open_topic(world: World, chat: Chat, by: Json, name: str, color: int = 7322096, icon: str = "") -> Topic:
    """A new topic and its service message, which gives the topic its id."""
    topic = Topic(chat.next_id, name, color, icon, creator=by["id"], names=[name])
    chat.topics[topic.id] = topic
    created = {"name": name, "icon_color": color, **_icon_field(icon)}
    world.service(chat, by, {"forum_topic_created": created}, topic)
    return topic


def edit_forum_topic(world: World, given: Params) -> bool:
    """editForumTopic: the same name and icon again is TOPIC_NOT_MODIFIED."""
    chat, topic = _managed(world, given, "edit")
    name = _topic_name(given) if given.has("name") else topic.name
    icon = _icon(given) if "icon_custom_emoji_id" in given.values else topic.icon_custom_emoji_id
    if (name, icon) == (topic.name, topic.icon_custom_emoji_id):
        raise bad("TOPIC_NOT_MODIFIED")
    world.flood.charge(chat.id, is_group=True)
    edited = {"name": name} if name != topic.name else {}
    edited |= {"icon_custom_emoji_id": icon} if icon != topic.icon_custom_emoji_id else {}
    topic.name, topic.icon_custom_emoji_id = name, icon
    topic.names.append(name)
    world.service(chat, world.bot, {"forum_topic_edited": edited}, topic)
    return True


def _switch(is_closed: bool, event: str) -> Method:
    def switch(world: World, given: Params) -> bool:
        chat, topic = _managed(world, given, "close or open")
        switch_topic(world, chat, topic, world.bot, is_closed, event)
        return True

    return switch


def switch_topic(world: World, chat: Chat, topic: Topic, by: Json, is_closed: bool, event: str) -> None:
    """Close or reopen a topic, with its service message."""
    if topic.is_closed is is_closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.is_closed = is_closed
    world.service(chat, by, {event: {}}, topic)


def delete_forum_topic(world: World, given: Params) -> bool:
    """deleteForumTopic: with all its messages, and without any update."""
    chat = _forum(world, given)
    topic = _topic(chat, given)
    if not world.has_right(chat, "can_delete_messages"):
        raise bad("not enough rights to delete the topic")
    remove_topic(world, chat, topic)
    return True


def remove_topic(world: World, chat: Chat, topic: Topic) -> None:
    """Delete a topic and every message in it."""
    del chat.topics[topic.id]
    inside = [key for key, message in chat.messages.items() if message.get("message_thread_id") == topic.id]
    for message_id in inside:
        world.remove(chat, message_id)


def get_forum_topic_icon_stickers(world: World, given: Params) -> list[Json]:
    """getForumTopicIconStickers: the icons every bot may use."""
    shape = {"type": "custom_emoji", "width": 100, "height": 100, "is_animated": True, "is_video": False}
    return [
        {"file_id": f"icon{icon}", "file_unique_id": f"u{icon}", "emoji": emoji, "custom_emoji_id": icon, **shape}
        for emoji, icon in ICONS.items()
    ]


# Menus and profile


def _scope(world: World, given: Params) -> tuple[str, str]:
    scope: Json = given.structure("scope", dict) or {"type": "default"}
    if scope.get("type") not in SCOPES:
        raise bad("unsupported type specified")
    kept: Json = {"type": scope["type"]}
    for name in SCOPES[scope["type"]]:
        kept[name] = world.chat(str(scope.get(name, ""))).id if name == "chat_id" else int(scope.get(name, 0))
    language = given.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return msgspec.json.encode(kept, order="sorted").decode(), language


def set_my_commands(world: World, given: Params) -> bool:
    """setMyCommands."""
    commands: list[Any] = given.structure("commands", list) or []
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_scope(world, given)] = commands
    return True


def delete_my_commands(world: World, given: Params) -> bool:
    """deleteMyCommands."""
    world.commands.pop(_scope(world, given), None)
    return True


def get_my_commands(world: World, given: Params) -> list[Json]:
    """getMyCommands."""
    return world.commands.get(_scope(world, given), [])


def _set_profile(field: str) -> Method:
    def change(world: World, given: Params) -> bool:
        text = given.text(field)
        if len(text) > PROFILE_LIMITS[field]:
            raise bad(f"{field.replace('_', ' ')} is too long")
        world.profile[field, given.text("language_code")] = text
        return True

    return change


def _get_profile(field: str) -> Method:
    def read(world: World, given: Params) -> Json:
        neutral = world.profile.get((field, ""), world.bot["first_name"] if field == "name" else "")
        return {field: world.profile.get((field, given.text("language_code")), neutral)}

    return read


def set_chat_menu_button(world: World, given: Params) -> bool:
    """setChatMenuButton: for one private chat, or for all (kept under 0)."""
    button: Json = given.structure("menu_button", dict) or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad("unsupported menu button type specified")
    chat = world.chat(given.text("chat_id")) if given.has("chat_id") else None
    if chat and not chat.is_private:
        raise bad("chat is not a private chat")
    world.menu_buttons[chat.id if chat else 0] = button
    return True


def get_chat_menu_button(world: World, given: Params) -> Json:
    """getChatMenuButton."""
    default = world.menu_buttons.get(0, {"type": "commands"})
    return world.menu_buttons.get(given.integer("chat_id"), default)


CHATS |= {
    "getMe": get_me, "getChat": get_chat, "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators, "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat, "createForumTopic": create_forum_topic, "editForumTopic": edit_forum_topic,
    "closeForumTopic": _switch(True, "forum_topic_closed"),
    "reopenForumTopic": _switch(False, "forum_topic_reopened"), "deleteForumTopic": delete_forum_topic,
    "getForumTopicIconStickers": get_forum_topic_icon_stickers, "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands, "getMyCommands": get_my_commands,
    "setMyName": _set_profile("name"), "getMyName": _get_profile("name"),
    "setMyDescription": _set_profile("description"), "getMyDescription": _get_profile("description"),
    "setMyShortDescription": _set_profile("short_description"),
    "getMyShortDescription": _get_profile("short_description"),
    "setChatMenuButton": set_chat_menu_button, "getChatMenuButton": get_chat_menu_button,
}  # fmt: skip
