"""What Telegram sends, as far as we read it. Unknown fields are no trouble, and missing ones have a harmless default.

Decoded by msgspec and not by the client library: one strange update must not keep a whole batch from us.
"""

from typing import Any

from msgspec import Struct, field


class User(Struct):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class Chat(Struct):
    """A private chat, group or channel."""

    id: int
    type: str = "private"
    title: str = ""
    is_forum: bool = False


class File(Struct):
    """A picture, voice, document: whatever has a file id."""

    file_id: str
    file_size: int = 0
    file_name: str = ""
    mime_type: str = ""
    emoji: str = ""  # of a sticker


class Location(Struct):
    """A point on the map."""

    latitude: float
    longitude: float


class Venue(Struct):
    """A place with a name."""

    location: Location
    title: str = ""
    address: str = ""


class Contact(Struct):
    """A telephone number somebody shared: their own only when `user_id` is the sender's."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: int = 0


class Message(Struct):
    """A message with everything we can carry. `unknown` is decided by its other keys."""

    message_id: int
    chat: Chat
    date: int = 0
    sender: User | None = field(name="from", default=None)
    sender_chat: Chat | None = None
    message_thread_id: int = 0
    is_topic_message: bool = False
    reply_to_message: "Message | None" = None
    media_group_id: str = ""
    edit_date: int = 0
    text: str = ""
    caption: str = ""
    forward_origin: dict[str, Any] | None = None
    is_automatic_forward: bool = False
    forum_topic_created: dict[str, Any] | None = None
    migrate_to_chat_id: int = 0
    migrate_from_chat_id: int = 0
    photo: list[File] = []
    video: File | None = None
    animation: File | None = None
    voice: File | None = None
    video_note: File | None = None
    audio: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None


class Callback(Struct):
    """A pressed button. The message may be a stub: only its chat is certain."""

    id: str
    sender: User = field(name="from")
    message: Message | None = None
    data: str = ""


class Member(Struct):
    """What somebody is in a chat: creator, administrator, member, restricted, left, kicked."""

    user: User
    status: str
    is_member: bool = True  # only said of the restricted

    @property
    def is_in(self) -> bool:
        """Is there, with whatever rights."""
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)


class MemberChange(Struct):
    """Somebody came, left, was promoted or thrown out."""

    chat: Chat
    sender: User = field(name="from")
    old_chat_member: Member
    new_chat_member: Member
    date: int = 0


class Update(Struct):
    """One thing that happened; exactly one of the parts is there."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: Callback | None = None
    my_chat_member: MemberChange | None = None
    chat_member: MemberChange | None = None


class _ChatOnly(Struct):
    id: int


class _Placed(Struct):
    chat: _ChatOnly | None = None
    message: "_Placed | None" = None
    sender: _ChatOnly | None = field(name="from", default=None)

    @property
    def chat_id(self) -> int:
        """The chat it happened in; 0: none."""
        if self.chat is not None:
            return self.chat.id
        if self.message is not None and self.message.chat is not None:
            return self.message.chat.id
        return self.sender.id if self.sender is not None else 0


class Envelope(Struct):
    """The little that is read before an update is kept: its number and its chat."""

    update_id: int
    message: _Placed | None = None
    edited_message: _Placed | None = None
    callback_query: _Placed | None = None
    my_chat_member: _Placed | None = None
    chat_member: _Placed | None = None

    @property
    def chat_id(self) -> int:
        """The chat it happened in; 0: none we know of."""
        parts = (self.message, self.edited_message, self.callback_query, self.my_chat_member, self.chat_member)
        return next((part.chat_id for part in parts if part is not None), 0)


KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")  # what we ask Telegram for

# Keys every message may have; a message with none of our contents and another key is of a kind we do not know.
COMMON = frozenset(
    "message_id from sender_chat chat date edit_date message_thread_id is_topic_message reply_to_message quote "
    "external_reply media_group_id author_signature has_protected_content is_from_offline via_bot "
    "sender_boost_count sender_business_bot business_connection_id reply_markup link_preview_options effect_id "
    "forward_origin is_automatic_forward entities caption_entities show_caption_above_media has_media_spoiler "
    "sender_tag direct_messages_topic paid_star_count".split()
)
SERVICE = frozenset(
    "new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created "
    "supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id "
    "migrate_from_chat_id pinned_message forum_topic_created forum_topic_edited forum_topic_closed "
    "forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden video_chat_scheduled "
    "video_chat_started video_chat_ended video_chat_participants_invited boost_added chat_background_set "
    "write_access_allowed proximity_alert_triggered".split()
)


def unknown_kind(message: dict[str, Any]) -> str:
    """The name of a content we have no word for; "" for what is only a notice of Telegram's."""
    return next((key for key in message if key not in COMMON and key not in SERVICE), "")
