"""People, chats, topics, messages, files and the ledger of the Telegram simulator."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.telegram_faults import Faults
from tests.simulators.telegram_limits import Clock, Flood, Limits
from tests.simulators.telegram_request import Json, bad, forbidden
from tests.simulators.telegram_updates import Updates

ADMIN_RIGHTS = {
    "can_manage_chat": True, "can_delete_messages": True, "can_manage_video_chats": False,
    "can_restrict_members": False, "can_promote_members": False, "can_change_info": True, "can_invite_users": True,
    "can_post_stories": False, "can_edit_stories": False, "can_delete_stories": False, "can_pin_messages": True,
    "can_manage_topics": True, "can_send_welcome_messages": False,
}  # fmt: skip
MEMBER_RIGHTS = [
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
    "can_react_to_messages", "can_edit_tag",
]  # fmt: skip
SERVICE = (
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "pinned_message",
    "new_chat_members", "left_chat_member", "new_chat_title", "migrate_to_chat_id", "migrate_from_chat_id",
    "supergroup_chat_created", "group_chat_created",
)  # fmt: skip
CONTENT = (
    "text", "photo", "video", "voice", "video_note", "audio", "animation", "document", "sticker", "location",
    "contact", "poll", "dice", "story",
)  # fmt: skip


@dataclass
class Topic:
    """One topic of a forum; its id is the id of the message that created it."""

    id: int
    name: str
    icon_color: int = 7322096
    icon_custom_emoji_id: str = ""
    creator: int = 0
    is_closed: bool = False
    names: list[str] = field(default_factory=list)  # every name it ever had


@dataclass
class Chat:
    """A private chat, a basic group or a supergroup, with everything said in it."""

    id: int
    type: str
    shown: Json  # name fields: title, or first_name, last_name, username
    is_forum: bool = False
    next_id: int = 1
    messages: dict[int, Json] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    members: dict[int, Json] = field(default_factory=dict)  # person id -> {"status": …, rights…}
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    is_deleted: bool = False
    is_started: bool = False  # private chats: the person has written to the bot
    is_blocked: bool = False
    is_deactivated: bool = False
    actions: list[tuple[str, int]] = field(default_factory=list)  # (chat action, thread)
    last_writer: int = 0

    @property
    def is_private(self) -> bool:
        """Is it one person's chat with the bot?"""
        return self.type == "private"

    @property
    def as_json(self) -> Json:
        """The Chat object inside messages."""
        return {"id": self.id, "type": self.type, **self.shown, **({"is_forum": True} if self.is_forum else {})}

    @property
    def kind(self) -> str:
        """The words in Telegram's errors."""
        return "supergroup chat" if self.type == "supergroup" else "group chat"


@dataclass
class StoredFile:
    """A file on Telegram's side."""

    id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    data: bytes
    size: int
    path: str
    link_until: float = 0.0


@dataclass
class Delivered:
    """One message that really reached a chat. `message` is its present state, `edits` the texts before."""

    method: str
    chat_id: int
    message_id: int
    message: Json
    at: float
    edits: list[Json] = field(default_factory=list)
    is_deleted: bool = False

    @property
    def text(self) -> str:
        """Text or caption as it stands now."""
        return str(self.message.get("text") or self.message.get("caption") or "")

    @property
    def kind(self) -> str:
        """ "text", "photo", "document", …"""
        return next((kind for kind in CONTENT if kind in self.message), "unknown")

    @property
    def reply_markup(self) -> Json | None:
        """The keyboard as it stands now."""
        return self.message.get("reply_markup")

    @property
    def buttons(self) -> list[str]:
        """The labels of the inline or reply keyboard, row by row."""
        markup = self.reply_markup or {}
        rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [button["text"] for row in rows for button in row]

    @property
    def thread(self) -> int | None:
        """The topic it is in, None for General or no forum."""
        return self.message.get("message_thread_id") if self.message.get("is_topic_message") else None

    @property
    def reply_to(self) -> int | None:
        """The message it explicitly replies to (not the implicit reply of topics)."""
        replied = self.message.get("reply_to_message")
        return replied["message_id"] if replied and "forum_topic_created" not in replied else None


class World:
    """Everything the simulated Telegram knows."""

    def __init__(self, bot: Json, clock: Clock, limits: Limits, faults: Faults, seed: int) -> None:
        self.bot = bot
        self.clock = clock
        self.random = random.Random(seed)
        self.faults = faults
        self.flood = Flood(limits, clock)
        self.users: dict[int, Json] = {bot["id"]: bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.web: dict[str, bytes] = {}  # what Telegram finds when it is given an HTTP address
        self.ledger: list[Delivered] = []
        self.inboxes: dict[int, list[Delivered]] = defaultdict(list)  # the ledger by chat
        self._by_message: dict[tuple[int, int], Delivered] = {}
        self.callbacks: dict[str, float] = {}  # unanswered ids -> pressed at
        self.answers: dict[str, Json] = {}  # answered ids -> what the person was shown
        self.commands: dict[tuple[str, str], list[Json]] = {}  # (scope as JSON, language) -> menu
        self.profile: dict[tuple[str, str], str] = {}  # ("name", "vi") -> text
        self.menu_buttons: dict[int, Json] = {}
        self.reactions: dict[tuple[int, int], list[Json]] = {}
        self.updates = Updates(clock, faults, self.random)
        self._watchers: set[asyncio.Event] = set()

    def now(self) -> int:
        """Whole seconds, as in message dates."""
        return int(self.clock.now())

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        for watcher in self._watchers:
            watcher.set()

    async def until(self, truth: Callable[[], Any], timeout: float) -> Any:
        """Wait until `truth()` is truthy; it is asked again after every change. Raises TimeoutError."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            async with asyncio.timeout(timeout):
                while not (result := truth()):
                    await watcher.wait()
                    watcher.clear()
            return result
        finally:
            self._watchers.discard(watcher)

    # Chats and who may write there

    def chat(self, chat_id: str) -> Chat:
        """A chat by id or @username, as given in a call."""
        if not chat_id:
            raise bad("chat_id is empty")
        found = self.chats.get(int(chat_id)) if chat_id.lstrip("-").isdigit() else self._named(chat_id)
        if found is None or (found.is_private and found.id == self.bot["id"]):
            raise bad("chat not found")
        return found

    def _named(self, name: str) -> Chat | None:
        matches = (chat for chat in self.chats.values() if f"@{chat.shown.get('username', '')}" == name)
        return next(matches, None)

    def reachable(self, chat: Chat) -> Chat:
        """The chat, if the bot is allowed into it at all."""
        if chat.migrated_to:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.is_private:
            self._check_person(chat)
        elif chat.is_deleted:
            raise forbidden("the group chat was deleted")
        elif (status := self.bot_member(chat)["status"]) in ("kicked", "left"):
            raise forbidden(f"bot {'was kicked from' if status == 'kicked' else 'is not a member of'} the {chat.kind}")
        return chat

    def _check_person(self, chat: Chat) -> None:
        if self.users[chat.id]["is_bot"]:
            raise forbidden("bot can't send messages to bots")
        if chat.is_deactivated:
            raise forbidden("user is deactivated")
        if chat.is_blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.is_started:
            raise forbidden("bot can't initiate conversation with a user")

    def bot_member(self, chat: Chat) -> Json:
        """The bot's own membership of a group."""
        return chat.members.get(self.bot["id"], {"status": "left"})

    def has_right(self, chat: Chat, right: str, person_id: int | None = None) -> bool:
        """May the bot (or that person) do this in the group?"""
        member = chat.members.get(person_id or self.bot["id"], {"status": "left"})
        return member["status"] == "creator" or (member["status"] == "administrator" and bool(member.get(right)))

    # Messages

    def add_message(self, chat: Chat, sender: Json, content: Json, topic: Topic | None = None) -> Json:
        """A new message in a chat. In a topic without explicit reply it carries the implicit one."""
        message: Json = {
            "message_id": chat.next_id,
            "from": sender,
            "chat": chat.as_json,
            "date": self.now(),
            **content,
        }
        chat.next_id += 1
        chat.last_writer = sender["id"]
        if topic:
            message |= {"message_thread_id": topic.id, "is_topic_message": True}
            if topic.id in chat.messages and not {"reply_to_message", "forum_topic_created"} & message.keys():
                message["reply_to_message"] = quoted(chat.messages[topic.id])
        chat.messages[message["message_id"]] = message
        return message

    def service(self, chat: Chat, sender: Json, content: Json, topic: Topic | None = None) -> Json:
        """A service message; bots hear it even when they caused it."""
        message = self.add_message(chat, sender, content, topic)
        self.tell("message", message)
        return message

    def record(self, method: str, chat: Chat, message: Json) -> Json:
        """Write a message of the bot into the ledger."""
        entry = Delivered(method, chat.id, message["message_id"], message, self.clock.now())
        self.ledger.append(entry)
        self.inboxes[chat.id].append(entry)
        self._by_message[chat.id, message["message_id"]] = entry
        return message

    def entry(self, chat: Chat, message_id: int) -> Delivered | None:
        """The ledger entry of a message of the bot."""
        return self._by_message.get((chat.id, message_id))

    def remove(self, chat: Chat, message_id: int) -> None:
        """Delete a message; the ledger remembers that it was there."""
        chat.messages.pop(message_id, None)
        if entry := self.entry(chat, message_id):
            entry.is_deleted = True

    def tell(self, kind: str, payload: Json) -> None:
        """Queue an update for the bot, if it is a member where it happened."""
        chat = payload.get("chat") or payload.get("message", {}).get("chat") or {}
        home = self.chats.get(chat.get("id", 0))
        is_outside = home and not home.is_private and self.bot_member(home)["status"] in ("left", "kicked")
        if kind == "my_chat_member" or not is_outside:
            self.updates.push(kind, payload)

    # Files

    def keep_file(self, kind: str, name: str, mime: str, data: bytes, size: int | None = None) -> StoredFile:
        """Store a file and give it its ids."""
        number = len(self.files)
        ending = name.rsplit(".", 1)[-1] if "." in name else "bin"
        file = StoredFile(
            f"BQACAgUAAxkBAAI{number:08d}{self.random.getrandbits(64):016x}", f"AgAD{number:08d}", kind, name, mime,
            data, len(data) if size is None else size, f"{kind}s/file_{number}.{ending}",
        )  # fmt: skip
        self.files[file.id] = file
        return file


def quoted(message: Json) -> Json:
    """A message as it appears inside a reply: without the message it replies to itself."""
    return {name: value for name, value in message.items() if name not in ("reply_to_message", "quote")}
