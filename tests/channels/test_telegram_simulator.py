"""The simulated Bot API is faithful: two independent clients accept every method and understand every refusal."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import aiogram.exceptions
import aiogram.types
import pytest
import telegram
import telegram.error
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_limits import Limits
from tests.simulators.telegram_people import Group, Person

logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes the token at INFO
PIXEL = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@dataclass
class Stage:
    """A simulator with a customer and a staff forum, and one client library before it."""

    sim: TelegramSimulator
    bot: Any
    types: ModuleType
    lan: Person
    minh: Person
    desk: Group
    topic: int
    said: int  # a message of Lan
    sent: int  # a message of the bot to Lan, with a button
    picture: int  # a photo of the bot to Lan

    @property
    def is_aiogram(self) -> bool:
        return self.types is aiogram.types

    def file(self, data: bytes = PIXEL, name: str = "anh.png") -> Any:
        if self.is_aiogram:
            return aiogram.types.BufferedInputFile(data, name)
        return telegram.InputFile(data, filename=name, attach=True)

    def keyboard(self, label: str = "Nhận", data: str = "1:0") -> Any:
        button = self.types.InlineKeyboardButton(text=label, callback_data=data)
        return self.types.InlineKeyboardMarkup(inline_keyboard=[[button]])

    async def call(self, method: str, **values: Any) -> Any:
        if method == "get_file" and self.is_aiogram:
            return await self.bot.get_file(values["file_id"])
        return await getattr(self.bot, method)(**values)


def aiogram_bot(sim: TelegramSimulator) -> aiogram.Bot:
    return aiogram.Bot(sim.token, session=AiohttpSession(api=TelegramAPIServer.from_base(sim.base_url)))


def ptb_bot(sim: TelegramSimulator) -> telegram.Bot:
    return telegram.Bot(sim.token, base_url=f"{sim.base_url}/bot", base_file_url=f"{sim.base_url}/file/bot")


async def staged(sim: TelegramSimulator, bot: Any, types: ModuleType) -> Stage:
    lan, minh = sim.person("Lan"), sim.person("Minh")
    desk = sim.group("CSKH", forum=True)
    desk.add(minh, "creator")
    desk.add_bot(by=minh)
    said = await lan.says("Chào shop")
    topic = desk.open_topic(minh, "#1 · Lan").id
    stage = Stage(sim, bot, types, lan, minh, desk, topic, said["message_id"], 0, 0)
    stage.sent = (await bot.send_message(lan.id, "Dạ?", reply_markup=stage.keyboard())).message_id
    stage.picture = (await bot.send_photo(lan.id, stage.file())).message_id
    return stage


@pytest.fixture(params=["aiogram", "ptb"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with TelegramSimulator(limits=Limits.lifted()) as sim:
        if request.param == "aiogram":
            bot = aiogram_bot(sim)
            yield await staged(sim, bot, aiogram.types)
            await bot.session.close()
        else:
            async with ptb_bot(sim) as other:
                yield await staged(sim, other, telegram)


Values = Callable[[Stage], dict[str, Any]]


def to_lan(s: Stage, **values: Any) -> dict[str, Any]:
    return {"chat_id": s.lan.id, **values}


def at_topic(s: Stage, **values: Any) -> dict[str, Any]:
    return {"chat_id": s.desk.id, "message_thread_id": s.topic, **values}


def between(s: Stage, **values: Any) -> dict[str, Any]:
    return {**at_topic(s), "from_chat_id": s.lan.id, **values}


def album(s: Stage) -> list[Any]:
    return [s.types.InputMediaPhoto(media=s.file(name=f"{n}.png"), caption="Hỏng") for n in range(2)]


SENT, OK = "Message", "bool"
CALLS: list[tuple[str, Values, str]] = [
    ("get_me", lambda s: {}, "User"),
    ("send_message", lambda s: to_lan(s, text="<b>Dạ</b> &lt;3", parse_mode="HTML", reply_markup=s.keyboard()), SENT),
    ("send_message", lambda s: at_topic(s, text="Khách hỏi"), SENT),
    ("send_message", lambda s: to_lan(s, text="Chào", reply_parameters=s.types.ReplyParameters(message_id=s.said)),
     SENT),
    ("send_photo", lambda s: to_lan(s, photo=s.file(), caption="Ảnh"), SENT),
    ("send_video", lambda s: to_lan(s, video=s.file(name="v.mp4")), SENT),
    ("send_voice", lambda s: to_lan(s, voice=s.file(name="v.ogg")), SENT),
    ("send_video_note", lambda s: to_lan(s, video_note=s.file(name="n.mp4")), SENT),
    ("send_audio", lambda s: to_lan(s, audio=s.file(name="a.mp3")), SENT),
    ("send_document", lambda s: to_lan(s, document=s.file(name="báo cáo.xlsx")), SENT),
    ("send_animation", lambda s: to_lan(s, animation=s.file(name="a.gif")), SENT),
    ("send_sticker", lambda s: to_lan(s, sticker=s.file(name="s.webp")), SENT),
    ("send_location", lambda s: to_lan(s, latitude=10.77, longitude=106.7), SENT),
    ("send_contact", lambda s: to_lan(s, phone_number="+84901234567", first_name="Minh"), SENT),
    ("send_media_group", lambda s: to_lan(s, media=album(s)), "list"),
    ("edit_message_text", lambda s: to_lan(s, message_id=s.sent, text="Dạ, em đây"), SENT),
    ("edit_message_caption", lambda s: to_lan(s, message_id=s.picture, caption="Hoá đơn"), SENT),
    ("edit_message_reply_markup", lambda s: to_lan(s, message_id=s.sent, reply_markup=s.keyboard("Xong")), SENT),
    ("delete_message", lambda s: to_lan(s, message_id=s.sent), OK),
    ("delete_messages", lambda s: to_lan(s, message_ids=[s.sent, s.picture, 999]), OK),
    ("copy_message", lambda s: between(s, message_id=s.said), "MessageId"),
    ("copy_messages", lambda s: between(s, message_ids=[s.said, s.sent]), "list"),
    ("forward_message", lambda s: between(s, message_id=s.said), SENT),
    ("forward_messages", lambda s: between(s, message_ids=[s.said, s.sent]), "list"),
    ("send_chat_action", lambda s: at_topic(s, action="typing"), OK),
    ("set_message_reaction",
     lambda s: to_lan(s, message_id=s.said, reaction=[s.types.ReactionTypeEmoji(emoji="👍")]), OK),
    ("pin_chat_message", lambda s: to_lan(s, message_id=s.sent), OK),
    ("get_chat", lambda s: {"chat_id": s.desk.id}, "Chat"),
    ("get_chat_member", lambda s: {"chat_id": s.desk.id, "user_id": s.minh.id}, "ChatMemberOwner"),
    ("get_chat_member", lambda s: {"chat_id": s.desk.id, "user_id": s.sim.world.bot["id"]}, "ChatMemberAdministrator"),
    ("get_chat_member", lambda s: {"chat_id": s.desk.id, "user_id": s.lan.id}, "ChatMemberLeft"),
    ("get_chat_administrators", lambda s: {"chat_id": s.desk.id}, "list"),
    ("get_chat_member_count", lambda s: {"chat_id": s.desk.id}, "int"),
    ("leave_chat", lambda s: {"chat_id": s.desk.id}, OK),
    ("create_forum_topic", lambda s: {"chat_id": s.desk.id, "name": "#2 · Huy", "icon_color": 7322096}, "ForumTopic"),
    ("edit_forum_topic", lambda s: at_topic(s, name="#1 · Lan · Xong"), OK),
    ("close_forum_topic", at_topic, OK),
    ("delete_forum_topic", at_topic, OK),
    ("get_forum_topic_icon_stickers", lambda s: {}, "list"),
    ("set_my_commands",
     lambda s: {"commands": [s.types.BotCommand(command="khieunai", description="Khiếu nại")],
                "scope": s.types.BotCommandScopeChat(chat_id=s.desk.id), "language_code": "vi"}, OK),
    ("delete_my_commands", lambda s: {"scope": s.types.BotCommandScopeAllPrivateChats()}, OK),
    ("get_my_commands", lambda s: {}, "list"),
    ("set_my_name", lambda s: {"name": "Chạm", "language_code": "vi"}, OK),
    ("get_my_name", lambda s: {}, "BotName"),
    ("set_my_description", lambda s: {"description": "Chăm sóc khách hàng"}, OK),
    ("set_my_short_description", lambda s: {"short_description": "CSKH"}, OK),
    ("set_chat_menu_button", lambda s: {"menu_button": s.types.MenuButtonCommands()}, OK),
    ("get_chat_menu_button", lambda s: {}, "MenuButtonCommands"),
    ("set_webhook", lambda s: {"url": "http://127.0.0.1:9/x", "secret_token": "bi-mat"}, OK),
    ("delete_webhook", lambda s: {"drop_pending_updates": True}, OK),
    ("get_webhook_info", lambda s: {}, "WebhookInfo"),
    ("get_updates", lambda s: {"limit": 10, "timeout": 0}, "list"),
    ("close", lambda s: {}, OK),
    ("log_out", lambda s: {}, OK),
]  # fmt: skip


@pytest.mark.parametrize(("method", "values", "expected"), CALLS, ids=[call[0] for call in CALLS])
async def test_both_clients_accept_every_method(stage: Stage, method: str, values: Values, expected: str) -> None:
    result = await stage.call(method, **values(stage))
    names = {type(result).__name__.removesuffix("FullInfo"), type(result).__name__}
    names |= {"list"} if isinstance(result, tuple) else set()
    assert expected in names
    assert result or isinstance(result, list | tuple)


async def test_both_clients_answer_presses_and_fetch_files(stage: Stage) -> None:
    await stage.lan.taps(stage.sim.delivered(stage.lan)[0], "Nhận")
    photo = await stage.lan.sends_photo(PIXEL, caption="Bị rách")
    updates = await stage.bot.get_updates()
    pressed = next(update.callback_query for update in updates if update.callback_query)
    assert stage.sim.unanswered() == [pressed.id]
    assert await stage.bot.answer_callback_query(pressed.id, text="Dạ")
    assert stage.lan.answer_to(pressed.id) == {"text": "Dạ", "show_alert": False}
    file = await stage.bot.get_file(photo["photo"][-1]["file_id"])
    if stage.is_aiogram:
        assert (await stage.bot.download_file(file.file_path)).read() == PIXEL
    else:
        assert bytes(await file.download_as_bytearray()) == PIXEL


async def test_both_clients_reopen_a_topic_and_decode_every_update(stage: Stage) -> None:
    await stage.call("close_forum_topic", **at_topic(stage))
    await stage.call("reopen_forum_topic", **at_topic(stage))
    await stage.lan.shares_contact("+84901234567")
    await stage.lan.sends("voice", b"ogg")
    await stage.lan.sends_location(10.7, 106.6)
    await stage.lan.edits(await stage.lan.says("Ơi"), "Alo")
    await stage.lan.blocks()
    stage.desk.kick_bot()
    updates = await stage.bot.get_updates()
    kinds = {update.event_type if stage.is_aiogram else _kind(update) for update in updates}
    assert kinds == {"message", "edited_message", "my_chat_member"}
    assert any(update.message and update.message.forum_topic_reopened for update in updates)


def _kind(update: telegram.Update) -> str:
    return next(name for name in ("message", "edited_message", "my_chat_member") if getattr(update, name))


# Refusals: what the server says, and which exception each library makes of it

A, P = aiogram.exceptions, telegram.error
Prepare = Callable[[Stage], Awaitable[tuple[str, dict[str, Any]]]]


def says(text: str, **more: Any) -> Prepare:
    async def prepare(s: Stage) -> tuple[str, dict[str, Any]]:
        return "send_message", to_lan(s, text=text, **more)

    return prepare


def doing(method: str, values: Values) -> Prepare:
    async def prepare(s: Stage) -> tuple[str, dict[str, Any]]:
        return method, values(s)

    return prepare


async def blocked(s: Stage) -> tuple[str, dict[str, Any]]:
    await s.lan.blocks()
    return "send_message", to_lan(s, text="Chào")


async def deactivated(s: Stage) -> tuple[str, dict[str, Any]]:
    await s.lan.deletes_account()
    return "send_message", to_lan(s, text="Chào")


async def never_started(s: Stage) -> tuple[str, dict[str, Any]]:
    return "send_message", {"chat_id": s.sim.person("Huy").id, "text": "Chào"}


async def another_bot(s: Stage) -> tuple[str, dict[str, Any]]:
    return "send_message", {"chat_id": s.sim.person("Robot", is_bot=True).id, "text": "Chào"}


async def kicked(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.kick_bot()
    return "send_message", {"chat_id": s.desk.id, "text": "Chào"}


async def removed(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.remove_bot()
    return "send_message", {"chat_id": s.desk.id, "text": "Chào"}


async def group_deleted(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.delete()
    return "send_message", {"chat_id": s.desk.id, "text": "Chào"}


async def muted(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.mute_bot()
    return "send_message", {"chat_id": s.desk.id, "text": "Chào"}


async def topic_deleted(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.delete_topic(s.topic)
    return "send_message", at_topic(s, text="Chào")


async def topic_closed(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.add_bot(can_manage_topics=False)
    s.desk.close_topic(s.minh, s.topic)
    return "send_message", at_topic(s, text="Chào")


async def no_topic_right(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.add_bot(can_manage_topics=False)
    return "create_forum_topic", {"chat_id": s.desk.id, "name": "Mới"}


async def forum_off(s: Stage) -> tuple[str, dict[str, Any]]:
    s.desk.switch_forum(False)
    return "create_forum_topic", {"chat_id": s.desk.id, "name": "Mới"}


async def migrated(s: Stage) -> tuple[str, dict[str, Any]]:
    old = s.sim.group("CSKH", basic=True)
    old.add_bot()
    old.migrate()
    return "send_message", {"chat_id": old.id, "text": "Chào"}


async def flooded(s: Stage) -> tuple[str, dict[str, Any]]:
    s.sim.faults.next("flood", "sendMessage", seconds=7)
    return "send_message", to_lan(s, text="Chào")


async def broken_gateway(s: Stage) -> tuple[str, dict[str, Any]]:
    s.sim.faults.next("bad_gateway")
    return "send_message", to_lan(s, text="Chào")


async def restarting(s: Stage) -> tuple[str, dict[str, Any]]:
    s.sim.faults.next("restarting")
    return "send_message", to_lan(s, text="Chào")


async def reset(s: Stage) -> tuple[str, dict[str, Any]]:
    s.sim.faults.next("reset", times=3)
    return "send_message", to_lan(s, text="Chào")


async def revoked(s: Stage) -> tuple[str, dict[str, Any]]:
    s.sim.revoke_token()
    return "send_message", to_lan(s, text="Chào")


async def huge_file(s: Stage) -> tuple[str, dict[str, Any]]:
    sent = await s.lan.sends("document", b"x", size=21 * 1024 * 1024)
    return "get_file", {"file_id": sent["document"]["file_id"]}


def reply_to_nothing(s: Stage) -> dict[str, Any]:
    return to_lan(s, text="Chào", reply_parameters=s.types.ReplyParameters(message_id=999))


REFUSALS: list[tuple[str, Prepare, type[Exception], type[Exception]]] = [
    ("retry", flooded, A.TelegramRetryAfter, P.RetryAfter),
    ("bot was blocked by the user", blocked, A.TelegramForbiddenError, P.Forbidden),
    ("user is deactivated", deactivated, A.TelegramForbiddenError, P.Forbidden),
    ("bot can't initiate conversation", never_started, A.TelegramForbiddenError, P.Forbidden),
    ("bot can't send messages to bots", another_bot, A.TelegramForbiddenError, P.Forbidden),
    ("bot was kicked from the supergroup chat", kicked, A.TelegramForbiddenError, P.Forbidden),
    ("bot is not a member of the supergroup chat", removed, A.TelegramForbiddenError, P.Forbidden),
    ("the group chat was deleted", group_deleted, A.TelegramForbiddenError, P.Forbidden),
    ("migrated", migrated, A.TelegramMigrateToChat, P.ChatMigrated),
    ("chat not found", doing("send_message", lambda s: {"chat_id": 42, "text": "Ai?"}),
     A.TelegramBadRequest, P.BadRequest),
    ("message thread not found", topic_deleted, A.TelegramBadRequest, P.BadRequest),
    ("message thread not found", doing("send_message", lambda s: {**at_topic(s, text="1"), "message_thread_id": 1}),
     A.TelegramBadRequest, P.BadRequest),
    ("topic_closed", topic_closed, A.TelegramBadRequest, P.BadRequest),
    ("topic_not_modified", doing("reopen_forum_topic", at_topic), A.TelegramBadRequest, P.BadRequest),
    ("topic_not_modified", doing("edit_forum_topic", lambda s: at_topic(s, name="#1 · Lan")),
     A.TelegramBadRequest, P.BadRequest),
    ("the chat is not a forum", forum_off, A.TelegramBadRequest, P.BadRequest),
    ("not enough rights to create a topic", no_topic_right, A.TelegramBadRequest, P.BadRequest),
    ("not enough rights to send text messages", muted, A.TelegramBadRequest, P.BadRequest),
    ("message to be replied not found", doing("send_message", reply_to_nothing), A.TelegramBadRequest, P.BadRequest),
    ("message to edit not found", doing("edit_message_text", lambda s: to_lan(s, message_id=999, text="a")),
     A.TelegramBadRequest, P.BadRequest),
    ("message can't be edited", doing("edit_message_text", lambda s: to_lan(s, message_id=s.said, text="a")),
     A.TelegramBadRequest, P.BadRequest),
    ("message is not modified", doing("edit_message_text", lambda s: to_lan(
        s, message_id=s.sent, text="Dạ?", reply_markup=s.keyboard())), A.TelegramBadRequest, P.BadRequest),
    ("message to delete not found", doing("delete_message", lambda s: to_lan(s, message_id=999)),
     A.TelegramBadRequest, P.BadRequest),
    ("message can't be deleted", doing("delete_message", lambda s: {"chat_id": s.desk.id, "message_id": s.topic}),
     A.TelegramBadRequest, P.BadRequest),
    ("message to copy not found", doing("copy_message", lambda s: between(s, message_id=999)),
     A.TelegramBadRequest, P.BadRequest),
    ("message to forward not found", doing("forward_message", lambda s: between(s, message_id=999)),
     A.TelegramBadRequest, P.BadRequest),
    ("text must be non-empty", says(" \n "), A.TelegramBadRequest, P.BadRequest),
    ("message is too long", says("ơ" * 4097), A.TelegramBadRequest, P.BadRequest),
    ("message caption is too long", doing("send_photo", lambda s: to_lan(s, photo=s.file(), caption="a" * 1025)),
     A.TelegramBadRequest, P.BadRequest),
    ('unsupported start tag "x" at byte offset 5', says("Chào<x>", parse_mode="HTML"),
     A.TelegramBadRequest, P.BadRequest),
    ("can't find end tag", says("<b>Chào", parse_mode="HTML"), A.TelegramBadRequest, P.BadRequest),
    ("button_data_invalid", doing("send_message", lambda s: to_lan(s, text="a", reply_markup=s.keyboard(
        data="ư" * 33))),
     A.TelegramBadRequest, P.BadRequest),
    ("query is too old", doing("answer_callback_query", lambda s: {"callback_query_id": "123"}),
     A.TelegramBadRequest, P.BadRequest),
    ("wrong file identifier", doing("send_photo", lambda s: to_lan(s, photo="AgACnothing")),
     A.TelegramBadRequest, P.BadRequest),
    ("failed to get http url content", doing("send_photo", lambda s: to_lan(s, photo="https://shop.example/1.jpg")),
     A.TelegramBadRequest, P.BadRequest),
    ("file is too big", huge_file, A.TelegramBadRequest, P.BadRequest),
    ("member not found", doing("get_chat_member", lambda s: {"chat_id": s.desk.id, "user_id": 77}),
     A.TelegramBadRequest, P.BadRequest),
    ("there are no administrators in the private chat", doing("get_chat_administrators", to_lan),
     A.TelegramBadRequest, P.BadRequest),
    ("", revoked, A.TelegramUnauthorizedError, P.InvalidToken),
    ("", broken_gateway, Exception, P.NetworkError),
    ("", restarting, A.RestartingTelegram, P.NetworkError),
    ("", reset, A.TelegramNetworkError, P.NetworkError),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "prepare", "of_aiogram", "of_ptb"), REFUSALS, ids=[f"{row[0][:40]}-{row[1].__name__}" for row in REFUSALS]
)
async def test_both_clients_understand_every_refusal(
    stage: Stage, words: str, prepare: Prepare, of_aiogram: type[Exception], of_ptb: type[Exception]
) -> None:
    method, values = await prepare(stage)
    before = len(stage.sim.delivered())
    with pytest.raises(of_aiogram if stage.is_aiogram else of_ptb) as raised:
        await stage.call(method, **values)
    assert words in str(raised.value).lower()
    assert len(stage.sim.delivered()) == before


async def test_a_failing_album_names_its_item_and_delivers_nothing(stage: Stage) -> None:
    wrong = [*album(stage), stage.types.InputMediaPhoto(media="AgACnothing")]
    before = len(stage.sim.delivered())
    with pytest.raises((A.TelegramBadRequest, P.BadRequest), match="#3 with the error message"):
        await stage.bot.send_media_group(stage.lan.id, wrong)
    assert len(stage.sim.delivered()) == before


async def test_a_lost_reply_stays_delivered(stage: Stage) -> None:
    stage.sim.faults.next("lost_reply", "sendMessage")
    with pytest.raises((A.TelegramNetworkError, P.NetworkError)):
        await stage.bot.send_message(stage.lan.id, "Đã nhận đơn")
    assert [entry.text for entry in stage.sim.delivered(stage.lan)][-1] == "Đã nhận đơn"
