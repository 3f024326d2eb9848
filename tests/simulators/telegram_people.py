"""People and groups of the Telegram simulator: what a test lets them say and do."""

from collections.abc import Sequence
from typing import Any, Self

from tests.simulators.telegram_chats import change_member, open_topic, remove_topic, switch_topic
from tests.simulators.telegram_request import Json
from tests.simulators.telegram_send import media
from tests.simulators.telegram_state import ADMIN_RIGHTS, Chat, Delivered, Topic, World, quoted
from tests.simulators.telegram_text import detect

Said = Json | Delivered  # a message: as Telegram shows it, or as the ledger keeps it
SUPERGROUP = -1_000_000_000_000
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


def _json(message: Said) -> Json:
    return message.message if isinstance(message, Delivered) else message


class Group:
    """A group of people, perhaps a forum."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat

    @classmethod
    def create(cls, world: World, title: str, forum: bool, basic: bool, id: int | None) -> Self:
        """Used through `TelegramSimulator.group`."""
        number = len(world.chats) + 1_500_000_000
        chat_id = id or (-number if basic else SUPERGROUP - number)
        chat = Chat(chat_id, "group" if basic else "supergroup", {"title": title}, is_forum=forum, next_id=2)
        world.chats[chat_id] = chat
        return cls(world, chat)

    @property
    def id(self) -> int:
        """The chat id."""
        return self.chat.id

    @property
    def topics(self) -> dict[int, Topic]:
        """The topics that exist now."""
        return self.chat.topics

    def add_bot(self, *, admin: bool = True, by: "Person | None" = None, **rights: bool) -> None:
        """Add or promote the bot; `can_manage_topics=False` and the like take single rights away."""
        member = {"status": "administrator", **ADMIN_RIGHTS, **rights} if admin else {"status": "member"}
        change_member(self.world, self.chat, self.world.bot["id"], member, self._by(by))

    def kick_bot(self, by: "Person | None" = None) -> None:
        """Remove and ban the bot."""
        change_member(self.world, self.chat, self.world.bot["id"], {"status": "kicked"}, self._by(by))

    def remove_bot(self, by: "Person | None" = None) -> None:
        """Remove the bot; it may be added again."""
        change_member(self.world, self.chat, self.world.bot["id"], {"status": "left"}, self._by(by))

    def mute_bot(self) -> None:
        """The bot stays a member but may not write."""
        change_member(self.world, self.chat, self.world.bot["id"], {"status": "restricted"}, self._by(None))

    def add(self, person: "Person", status: str = "member", **rights: bool) -> None:
        """Let somebody in, or change what they are: member, administrator, creator, restricted."""
        member = {"status": status, **(ADMIN_RIGHTS if status == "administrator" else {}), **rights}
        change_member(self.world, self.chat, person.id, member, person.user)

    def remove(self, person: "Person", *, banned: bool = False) -> None:
        """Somebody leaves, or is thrown out."""
        change_member(self.world, self.chat, person.id, {"status": "kicked" if banned else "left"}, person.user)

    def open_topic(self, by: "Person", name: str) -> Topic:
        """Somebody opens a topic by hand."""
        return open_topic(self.world, self.chat, by.user, name)

    def close_topic(self, by: "Person", thread: int) -> None:
        """Somebody closes a topic by hand."""
        switch_topic(self.world, self.chat, self.topics[thread], by.user, True, "forum_topic_closed")

    def reopen_topic(self, by: "Person", thread: int) -> None:
        """Somebody opens a closed topic again."""
        switch_topic(self.world, self.chat, self.topics[thread], by.user, False, "forum_topic_reopened")

    def delete_topic(self, thread: int) -> None:
        """Somebody deletes a topic with everything in it; no update tells the bot."""
        remove_topic(self.world, self.chat, self.topics[thread])

    def switch_forum(self, on: bool) -> None:
        """Turn the Topics setting on or off."""
        self.chat.is_forum = on

    def delete(self) -> None:
        """The group is deleted."""
        self.chat.is_deleted = True

    def migrate(self, by: "Person | None" = None) -> "Group":
        """A basic group becomes a supergroup with a new id; both sides get their service message."""
        old = self.chat
        new = Group.create(self.world, old.shown["title"], False, False, None)
        new.chat.members = dict(old.members)
        self.world.service(old, self._by(by), {"migrate_to_chat_id": new.id})
        self.world.service(new.chat, self._by(by), {"migrate_from_chat_id": old.id})
        old.migrated_to = new.id
        return new

    async def hears(self, words: str = "", *, thread: int | None = None, timeout: float = 10.0) -> Delivered:
        """Wait until the bot has written these words here (in that topic); earlier messages count too."""
        return await _hears(self.world, self.world.inboxes[self.id], 0, words, timeout, thread)

    def _by(self, by: "Person | None") -> Json:
        owner = (one for one, member in self.chat.members.items() if member["status"] == "creator")
        return by.user if by else self.world.users[next(owner, self.world.bot["id"])]


class Person:
    """Somebody with a Telegram account."""

    def __init__(self, world: World, privacy: bool, user: Json, chat: Chat) -> None:
        self.world = world
        self.privacy = privacy
        self.user = user
        self.chat = chat
        self._heard = 0

    @classmethod
    def create(cls, world: World, privacy: bool, name: str, id: int | None, started: bool, fields: Json) -> Self:
        """Used through `TelegramSimulator.person`."""
        person_id = id or 5_000_000_000 + len(world.users)  # beyond 32 bits, as real ones are
        user = {"id": person_id, "is_bot": False, "first_name": name, "language_code": "vi", **fields}
        shown: Json = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
        world.users[person_id] = user
        world.chats[person_id] = Chat(person_id, "private", shown, is_started=started)
        return cls(world, privacy, user, world.chats[person_id])

    @property
    def id(self) -> int:
        """The user id, and the id of the private chat."""
        return int(self.user["id"])

    # Saying

    async def says(self, text: str, **where: Any) -> Json:
        """Write to the bot in private. `reply_to=` a message, `quote=` a part of it."""
        return self.send({"text": text}, **where)

    async def writes(self, group: Group, text: str, **where: Any) -> Json:
        """Write in a group. `thread=` a topic id, `reply_to=`, `anonymous=True`, `as_channel=` a channel's title."""
        return self.send({"text": text}, group, **where)

    def send(
        self,
        content: Json,
        group: Group | None = None,
        *,
        thread: int | None = None,
        reply_to: Said | None = None,
        quote: str = "",
        anonymous: bool = False,
        as_channel: str = "",
    ) -> Json:
        """Any content as a message of this person, e.g. {"dice": {…}}; returns the message."""
        chat = group.chat if group else self.chat
        self._may_write(chat, thread)
        if chat.is_private:
            self._starts()
        extra = self._extra(chat, content, reply_to, quote, anonymous, as_channel)
        sender = ANONYMOUS if anonymous else CHANNEL_BOT if as_channel else self.user
        previous = chat.last_writer
        message = self.world.add_message(chat, sender, {**content, **extra}, _topic(chat, thread, reply_to))
        if self._bot_sees(chat, message, previous):
            self.world.tell("message", message)
        return message

    def _starts(self) -> None:
        self.chat.is_started = True
        if self.chat.is_blocked:  # writing again unblocks the bot, and it is told so first
            self._turn_private("kicked", "member", is_blocked=False)

    def _may_write(self, chat: Chat, thread: int | None) -> None:
        if not chat.is_private:
            assert chat.members.get(self.id, {}).get("status") not in (None, "left", "kicked"), (
                f"{self} is not in {chat.shown}"
            )
        if thread and chat.topics[thread].is_closed:
            assert self.world.has_right(chat, "can_manage_topics", self.id), "the topic is closed"

    def _extra(
        self, chat: Chat, content: Json, reply_to: Said | None, quote: str, anonymous: bool, as_channel: str
    ) -> Json:
        extra: Json = {}
        if entities := content.get("entities") or detect(content.get("text", "")):
            extra["entities"] = entities
        if reply_to is not None:
            extra["reply_to_message"] = quoted(_json(reply_to))
        if quote:
            extra["quote"] = {"text": quote, "position": 0, "is_manual": True}
        if anonymous:
            extra["sender_chat"] = chat.as_json
        if as_channel:
            extra["sender_chat"] = {"id": SUPERGROUP - 77, "type": "channel", "title": as_channel}
        return extra

    def _bot_sees(self, chat: Chat, message: Json, previous_writer: int) -> bool:
        """Privacy mode: commands and replies to the bot only, unless the bot is an administrator."""
        bot = self.world.bot
        if chat.is_private:
            return True
        if message["from"]["is_bot"] and not message.get("sender_chat"):
            return False
        if not self.privacy or self.world.bot_member(chat)["status"] == "administrator":
            return True
        text = message.get("text", "")
        if text.startswith("/"):
            command = text.split()[0]
            return f"@{bot['username']}" in command or ("@" not in command and previous_writer == bot["id"])
        replied = message.get("reply_to_message", {})
        return bool(replied) and replied["from"]["id"] == bot["id"]

    async def sends(
        self,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime: str = "application/octet-stream",
        to: Group | None = None,
        caption: str = "",
        size: int | None = None,
        **where: Any,
    ) -> Json:
        """A file: photo, video, voice, video_note, audio, document, sticker, animation. `size` may pretend."""
        file = self.world.keep_file(kind, name or f"{kind}.bin", mime, data, size)
        words = {"caption": caption} if caption else {}
        return self.send({**media(kind, file, {}), **words}, to, **where)

    async def sends_photo(self, data: bytes, caption: str = "", to: Group | None = None, **where: Any) -> Json:
        """A photo, in private or to a group."""
        return await self.sends("photo", data, name="photo.jpg", mime="image/jpeg", caption=caption, to=to, **where)

    async def sends_album(
        self, photos: Sequence[bytes], caption: str = "", to: Group | None = None, **where: Any
    ) -> list[Json]:
        """Several photos as one album: as many messages, the caption on the first."""
        album = {"media_group_id": str(self.world.random.getrandbits(60))}
        said = []
        for number, data in enumerate(photos):
            file = self.world.keep_file("photo", "photo.jpg", "image/jpeg", data)
            words = {"caption": caption} if caption and number == 0 else {}
            said.append(self.send({**media("photo", file, {}), **album, **words}, to, **where))
        return said

    async def sends_location(self, latitude: float, longitude: float, to: Group | None = None) -> Json:
        """A point on the map."""
        return self.send({"location": {"latitude": latitude, "longitude": longitude}}, to)

    async def shares_contact(self, phone: str, *, of: "Person | None" = None) -> Json:
        """Their own telephone number, or somebody else's."""
        whose = of or self
        return self.send(
            {"contact": {"phone_number": phone, "first_name": whose.user["first_name"], "user_id": whose.id}}
        )

    async def forwards(self, message: Said, to: Group | None = None, **where: Any) -> Json:
        """Forward somebody's message: its words, marked with their origin."""
        source = _json(message)
        kept = {
            key: value for key, value in source.items() if key in ("text", "entities", "photo", "document", "caption")
        }
        origin = {"type": "user", "date": source["date"], "sender_user": source["from"]}
        return self.send({**kept, "forward_origin": origin}, to, **where)

    # Doing

    async def edits(self, message: Said, text: str) -> Json:
        """Change the text (or caption) of an own message."""
        said = _json(message)
        said["caption" if "text" not in said else "text"] = text
        said["edit_date"] = self.world.now()
        chat = self.world.chats[said["chat"]["id"]]
        if self._bot_sees(chat, said, 0):
            self.world.tell("edited_message", said)
        return said

    async def taps(self, message: Said, button: int | str, *, inaccessible: bool = False) -> str:
        """Press an inline button by number or label; returns the callback id (see `answer_to`)."""
        said = _json(message)
        rows = said.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        labels = [pressed["text"] for pressed in buttons]
        data = buttons[button if isinstance(button, int) else labels.index(button)]["callback_data"]
        return await self.presses(said, data, inaccessible=inaccessible)

    async def presses(self, message: Said, data: str, *, inaccessible: bool = False) -> str:
        """Send any callback data, as a changed program could."""
        said, query = _json(message), str(self.world.random.getrandbits(62))
        self.world.callbacks[query] = self.world.clock.now()
        stub = {"chat": said["chat"], "message_id": said["message_id"], "date": 0}
        seen = stub if inaccessible else said
        self.world.tell("callback_query", {"id": query, "from": self.user, "chat_instance": str(said["chat"]["id"]),
                                           "message": seen, "data": data})  # fmt: skip
        return query

    def answer_to(self, query: str) -> Json | None:
        """What the press was answered with: {"text", "show_alert"}; None: the button still spins."""
        return self.world.answers.get(query)

    async def blocks(self) -> None:
        """Stop the bot in the private chat."""
        self._turn_private("member", "kicked", is_blocked=True)

    async def unblocks(self) -> None:
        """Start it again, without a word."""
        self._turn_private("kicked", "member", is_blocked=False)

    def _turn_private(self, old: str, new: str, is_blocked: bool) -> None:
        self.chat.is_blocked = is_blocked
        states = [
            {"user": self.world.bot, "status": s} | ({"until_date": 0} if s == "kicked" else {}) for s in (old, new)
        ]
        self.world.tell("my_chat_member", {"chat": self.chat.as_json, "from": self.user, "date": self.world.now(),
                                           "old_chat_member": states[0], "new_chat_member": states[1]})  # fmt: skip

    async def deletes_account(self) -> None:
        """The account is gone for good."""
        self.chat.is_deactivated = True

    async def deletes(self, message: Said) -> None:
        """Delete a message; bots are not told."""
        said = _json(message)
        self.world.remove(self.world.chats[said["chat"]["id"]], said["message_id"])

    # Hearing

    @property
    def inbox(self) -> list[Delivered]:
        """Everything the bot has sent to this person in private."""
        return self.world.inboxes[self.id]

    async def hears(self, words: str = "", timeout: float = 10.0) -> Delivered:
        """Wait for the next message that contains the words; what came before it counts as heard."""
        entry = await _hears(self.world, self.inbox, self._heard, words, timeout, None)
        self._heard = self.inbox.index(entry) + 1
        return entry

    def hears_nothing(self) -> None:
        """Fail if the bot has written since the last `hears`. Call it when the bot has settled."""
        unheard = [entry.text for entry in self.inbox[self._heard :]]
        assert not unheard, f"{self} heard {unheard}"

    def __str__(self) -> str:
        return str(self.user["first_name"])


def _topic(chat: Chat, thread: int | None, reply_to: Said | None) -> Topic | None:
    if thread is None and reply_to is not None and _json(reply_to).get("is_topic_message"):
        thread = _json(reply_to)["message_thread_id"]
    return chat.topics[thread] if thread else None


async def _hears(
    world: World, inbox: list[Delivered], start: int, words: str, timeout: float, thread: int | None
) -> Delivered:
    def found() -> Delivered | None:
        fitting = (entry for entry in inbox[start:] if words in entry.text and thread in (None, entry.thread))
        return next(fitting, None)

    try:
        entry: Delivered = await world.until(found, timeout)
    except TimeoutError:
        transcript = "\n".join(f"  {entry.text!r}" for entry in inbox)
        raise AssertionError(f"nobody heard {words!r}; the bot said:\n{transcript}") from None
    return entry
