"""`cham telegram` and `cham send`: what an operator does with the bot's account. python-telegram-bot starts fastest."""

import asyncio
import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from bot.control import OperationFailed, call
from bot.operations import OPERATIONS
from bot.settings import Settings

if TYPE_CHECKING:
    from telegram import Bot

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "chat_member"]
ADMIN_RIGHT = "can_manage_topics"


def add_arguments(parser: ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="VIỆC")
    code = words.add_parser("code", help="mã để chủ (hoặc nhân viên) nhận quyền trong Telegram / a code for the owner")
    code.add_argument("--staff", action="store_true", help="cho nhân viên / for a colleague")
    code.add_argument("--name", default="", help="tên / name")
    hook = words.add_parser("webhook", help="đặt, xoá, xem webhook / set, delete, show the webhook")
    hook.add_argument("do", choices=("set", "delete", "info"))
    hook.add_argument("--url", default="", help="địa chỉ, mặc định CHAM_PUBLIC_URL/webhooks/telegram")
    send = words.add_parser("send", help="gửi thử một tin / send a test message")
    send.add_argument("chat", type=int, help="số của người hoặc nhóm / chat number")
    send.add_argument("text")


def main(settings: Settings, chosen: Namespace) -> int:
    if chosen.what == "code":
        role = "staff" if chosen.staff else "owner"
        made = asyncio.run(call(settings, OPERATIONS, "chat-code", role=role, name=chosen.name))
        print(f"Nhắn cho bot trong 15 phút / send to the bot within 15 minutes:\n/chucuahang {made['code']}")
        return 0
    job = _webhook(settings, chosen) if chosen.what == "webhook" else _send(settings, chosen)
    print(asyncio.run(_told(job)))
    return 0


async def _told(job: Awaitable[str]) -> str:
    from telegram.error import InvalidToken, NetworkError, TelegramError

    try:
        return await job
    except InvalidToken as error:
        raise OperationFailed("TELEGRAM_TOKEN không đúng: chép lại từ @BotFather. / The token is wrong.") from error
    except NetworkError as error:
        if type(error) is NetworkError:
            raise OperationFailed(f"Không nối được Telegram: {error} / Telegram cannot be reached.") from error
        raise OperationFailed(f"Telegram từ chối: {error} / Telegram refused.") from error
    except TelegramError as error:
        raise OperationFailed(f"Telegram từ chối: {error} / Telegram refused.") from error


def connect(settings: Settings) -> "Bot":
    """The account, through python-telegram-bot. Raises OperationFailed without a token."""
    if settings.telegram_token is None:
        raise OperationFailed("Chưa có TELEGRAM_TOKEN trong tệp cài đặt. / TELEGRAM_TOKEN is not set.")
    for name in ("httpx", "httpcore"):  # they log addresses, and the token is part of them
        logging.getLogger(name).setLevel(logging.WARNING)
    from telegram import Bot

    base = settings.telegram_api_base
    token = settings.telegram_token.get_secret_value()
    return Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot")


async def _webhook(settings: Settings, chosen: Namespace) -> str:
    async with connect(settings) as bot:
        if chosen.do == "delete":
            await bot.delete_webhook()
            return "Đã xoá webhook; Chạm sẽ tự hỏi Telegram (long polling). / The webhook is gone."
        if chosen.do == "set":
            return await _set(bot, settings, chosen.url)
        return await _info(bot)


async def _set(bot: "Bot", settings: Settings, url: str) -> str:
    secret = settings.telegram_webhook_secret
    if secret is None:
        raise OperationFailed(
            "Đặt TELEGRAM_WEBHOOK_SECRET (8–256 ký tự) trước: không có nó thì ai cũng giả làm Telegram được. / "
            "Set TELEGRAM_WEBHOOK_SECRET first: without it anybody could pose as Telegram."
        )
    url = url or (f"{settings.public_url}/webhooks/telegram" if settings.public_url else "")
    if not url:
        raise OperationFailed("Cần CHAM_PUBLIC_URL hoặc --url. / CHAM_PUBLIC_URL or --url is needed.")
    await bot.set_webhook(url, secret_token=secret.get_secret_value(), allowed_updates=UPDATES)
    return f"Webhook: {url}"


async def _info(bot: "Bot") -> str:
    info = await bot.get_webhook_info()
    lines = [f"webhook: {info.url or '(không / none)'}", f"đang chờ / waiting: {info.pending_update_count}"]
    if info.last_error_message:
        lines.append(f"lỗi gần nhất / last error: {info.last_error_message} ({info.last_error_date:%d/%m %H:%M} UTC)")
    return "\n".join(lines)


async def _send(settings: Settings, chosen: Namespace) -> str:
    async with connect(settings) as bot:
        sent = await bot.send_message(chosen.chat, chosen.text)
        return f"Đã gửi, tin số {sent.message_id}. / Sent."


async def check(settings: Settings) -> list[str]:
    """What `cham doctor` says about Telegram; lines beginning with ✗ must be corrected. [] when it is switched off."""
    if settings.telegram_token is None:
        return []
    from telegram.error import TelegramError

    try:
        async with connect(settings) as bot:
            return await _findings(bot, settings)
    except TelegramError as error:
        return [f"✗ Telegram: {error}"]


async def _findings(bot: "Bot", settings: Settings) -> list[str]:
    me, info = await bot.get_me(), await bot.get_webhook_info()
    lines = [f"✓ Telegram: @{me.username} ({me.id})"]
    wants_webhook = settings.telegram_webhook_secret is not None
    if wants_webhook and not info.url:
        lines.append("✗ Telegram: chưa đặt webhook: cham telegram webhook set / the webhook is not set")
    if not wants_webhook and info.url:
        lines.append("⚠ Telegram: còn webhook cũ, Chạm sẽ tự gỡ khi chạy / an old webhook is set; Chạm removes it")
    if info.last_error_message:
        lines.append(f"⚠ Telegram: {info.last_error_message}")
    if info.pending_update_count > 100:
        lines.append(f"⚠ Telegram: {info.pending_update_count} tin đang chờ / updates are waiting")
    return lines
