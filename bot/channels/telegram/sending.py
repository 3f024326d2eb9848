"""From a message of ours to the calls that say it: words, buttons, files, edits and deletions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiogram.methods import (
    CopyMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageReplyMarkup,
    EditMessageText,
    LeaveChat,
    SendAnimation,
    SendAudio,
    SendContact,
    SendDocument,
    SendLocation,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import (
    FSInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    ReplyParameters,
)

from bot.channel import Rendered
from care.text import utf16_length

CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10
ROW_WIDTH = 26  # letters that fit side by side on a telephone
ROW_BUTTONS = 3

Find = Callable[[dict[str, Any]], Path | None]  # a stored file, by what a message says of it
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
BY_KIND: dict[str, tuple[Callable[..., TelegramMethod[Any]], str]] = {
    "image": (SendPhoto, "photo"),
    "photo": (SendPhoto, "photo"),
    "video": (SendVideo, "video"),
    "animation": (SendAnimation, "animation"),
    "voice": (SendVoice, "voice"),
    "video_note": (SendVideoNote, "video_note"),
    "audio": (SendAudio, "audio"),
    "sticker": (SendSticker, "sticker"),
}
WITHOUT_CAPTION = frozenset({"sticker", "video_note", "location", "contact", "unknown"})


def keyboard(buttons: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup | None:
    """Buttons in rows: short ones side by side, long ones below each other."""
    if not buttons:
        return None
    rows: list[list[InlineKeyboardButton]] = []
    width = 0
    for label, reference in buttons:
        wide = len(label) + 4
        if not rows or width + wide > ROW_WIDTH or len(rows[-1]) == ROW_BUTTONS:
            rows.append([])
            width = 0
        rows[-1].append(InlineKeyboardButton.model_construct(text=label, callback_data=reference))
        width += wide
    return InlineKeyboardMarkup.model_construct(inline_keyboard=rows)  # our own values: checking them costs more


def calls(message: Rendered, account: str, find: Find, *, plain: bool = False) -> list[TelegramMethod[Any]]:
    """The calls that say a message, in order. `plain`: the words without buttons, the files uploaded anew."""
    if message.operation == "edit":
        return [_edit(message, plain=plain)]
    if message.operation == "leave":
        return [LeaveChat(chat_id=int(message.address))]
    if message.operation == "delete":
        numbers = [int(one) for one in message.target.split(",") if one.isdecimal()]
        return [DeleteMessages(chat_id=int(message.address), message_ids=numbers)] if numbers else []
    common = _common(message)
    markup = None if plain else keyboard(message.buttons)
    media = list(message.media)
    caption = message.text if _may_be_caption(message.text, media) else ""
    made: list[TelegramMethod[Any]] = []
    if message.text and not caption:
        preview = _preview(message)
        words: dict[str, Any] = {"text": message.text, "reply_markup": markup, "link_preview_options": preview}
        made.append(SendMessage.model_construct(**words, **common))
        markup = None
    while media:
        together = _album(media)
        of_this = [_input(one, account, find, plain=plain) for one in together]
        if len(together) > 1 and all(of_this):
            made.append(SendMediaGroup(media=_group(together, of_this, caption), **common))
        else:
            made += [_single(one, file, caption if one is together[0] else "", markup, common)
                     for one, file in zip(together, of_this, strict=True)]  # fmt: skip
            markup = None
        caption = ""
        media = media[len(together) :]
    if markup is not None:  # buttons need a message of their own under an album
        made.append(SendMessage(text="⬆️", reply_markup=markup, **common))
    return made


def _common(message: Rendered) -> dict[str, Any]:
    values: dict[str, Any] = {"chat_id": int(message.address)}
    if message.thread.isdecimal():
        values["message_thread_id"] = int(message.thread)
    if str(answers := message.extra.get("answers", "")).isdecimal():
        values["reply_parameters"] = ReplyParameters(message_id=int(answers), allow_sending_without_reply=True)
    return values


def _preview(message: Rendered) -> LinkPreviewOptions | None:
    """Links of customers are not opened in front of colleagues."""
    return NO_PREVIEW if message.address.startswith("-") else None


def _edit(message: Rendered, *, plain: bool) -> TelegramMethod[Any]:
    chat, number = int(message.address), int(message.target.split(",")[0])
    markup = None if plain else keyboard(message.buttons)
    if not message.text:
        return EditMessageReplyMarkup(chat_id=chat, message_id=number, reply_markup=markup)
    if message.extra.get("caption"):
        return EditMessageCaption(chat_id=chat, message_id=number, caption=message.text, reply_markup=markup)
    return EditMessageText(
        chat_id=chat, message_id=number, text=message.text, reply_markup=markup, link_preview_options=_preview(message)
    )


def _may_be_caption(text: str, media: list[dict[str, Any]]) -> bool:
    return bool(media) and media[0]["kind"] not in WITHOUT_CAPTION and utf16_length(text) <= CAPTION_LIMIT


def _album(media: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first files that may go as one album: pictures and videos mix, other files stay among themselves."""
    first = _class(media[0])
    if not first:
        return media[:1]
    count = 1
    while count < min(len(media), ALBUM_LIMIT) and _class(media[count]) == first:
        count += 1
    return media[:count]


def _class(one: dict[str, Any]) -> str:
    is_round = one.get("remote", {}).get("as") in ("animation", "video_note")
    if one["kind"] in ("image", "photo", "video") and not is_round:
        return "picture"
    return "file" if one["kind"] == "file" else ""


def _input(one: dict[str, Any], account: str, find: Find, *, plain: bool) -> str | InputFile | None:
    """The file number Telegram gave this very bot, else the stored file. None: neither."""
    remote = one.get("remote", {})
    is_ours = remote.get("channel") == "telegram" and remote.get("account") == account
    if is_ours and not plain and (number := remote.get("file_id")):
        return str(number)
    path = find(one)
    return None if path is None else FSInputFile(path, one.get("name") or path.name)


def _group(media: list[dict[str, Any]], files: list[str | InputFile | None], caption: str) -> list[Any]:
    kinds = {"image": InputMediaPhoto, "photo": InputMediaPhoto, "video": InputMediaVideo}
    return [
        kinds.get(one["kind"], InputMediaDocument)(media=file, caption=caption if place == 0 and caption else None)
        for place, (one, file) in enumerate(zip(media, files, strict=True))
    ]


def _single(
    one: dict[str, Any],
    file: str | InputFile | None,
    caption: str,
    markup: InlineKeyboardMarkup | None,
    common: dict[str, Any],
) -> TelegramMethod[Any]:
    remote = one.get("remote", {})
    kind = one["kind"] if file is None else remote.get("as", one["kind"])
    if kind == "location" and "latitude" in remote:
        place = {"latitude": remote["latitude"], "longitude": remote["longitude"]}
        return SendLocation(**place, reply_markup=markup, **common)
    if kind == "contact" and "phone" in remote:
        name = one.get("name") or remote["phone"]
        return SendContact(phone_number=remote["phone"], first_name=name, reply_markup=markup, **common)
    if file is not None:
        method, field = BY_KIND.get(kind, (SendDocument, "document"))
        words = {} if kind in WITHOUT_CAPTION or not caption else {"caption": caption}
        return method(**{field: file, "reply_markup": markup} | words | common)
    if remote.get("channel") == "telegram" and remote.get("message"):
        return CopyMessage(
            from_chat_id=int(remote["chat"]), message_id=remote["message"], reply_markup=markup, **common
        )
    return SendMessage(text=caption or f"📎 {one.get('name') or one['kind']}", reply_markup=markup, **common)


def is_done(call: TelegramMethod[Any], error: Exception) -> bool:
    """What the call wanted is so already: an edit without a difference, a deletion of what is gone."""
    text = str(error).lower()
    if isinstance(call, (EditMessageText, EditMessageCaption, EditMessageReplyMarkup)):
        return "message is not modified" in text
    return isinstance(call, DeleteMessages) and "message to delete not found" in text
