"""The menus of commands: customers', colleagues' and owners', in both languages; sent only when they changed."""

import logging
from typing import TYPE_CHECKING, Any

from bot import i18n
from bot.channel import SendError
from care.address import Address, fill
from handlers import routes
from handlers.commands import Who
from storage import groups, marks, staff
from storage.database import Database
from storage.records import from_json, to_json

if TYPE_CHECKING:
    from .adapter import Telegram

log = logging.getLogger(__name__)

MARK = "telegram.menus"
DESCRIPTION_LIMIT = 256
Menu = list[list[str]]  # word and description


def menu(who: tuple[Who, ...], language: str) -> Menu:
    """The commands of these people, as Telegram shows them."""
    _ = i18n.catalog(language or "vi").gettext
    nobody = Address(None, None, "em")
    return [[one.word, fill(_(one.help), nobody)[:DESCRIPTION_LIMIT]] for kind in who for one in routes.listed(kind)]


async def wanted(db: Database, channel: str, account: str) -> dict[str, Menu]:
    """Every menu there should be: "scope:chat:language" → commands."""
    menus = {f"private::{language}": menu(("customer",), language) for language in ("", "vi", "en")}
    for group in await groups.bound(db):
        if (group.channel, group.account, group.state) == (channel, account, "bound"):
            menus[f"chat:{group.address}:"] = menu(("staff",), group.language)
    for role, who in (("staff", ("staff",)), ("owner", ("owner", "staff"))):
        for name, number, address in await staff.private_chats(db, role):
            if (name, number) == (channel, account):
                menus[f"chat:{address}:"] = menu(who, "vi")  # type: ignore[arg-type]
    return menus


async def renew(telegram: "Telegram") -> None:
    """Send the menus that differ from what Telegram has. One that is refused is tried again at the next start."""
    engine, account = telegram.tools.engine, telegram.account
    menus = await engine.read(lambda db: wanted(db, telegram.name, account))
    known: dict[str, Any] = from_json(await engine.read(lambda db: marks.get(db, MARK, account)) or "{}")
    changed = {place: commands for place, commands in menus.items() if known.get(place) != commands}
    for place, commands in changed.items():
        try:
            await _set(telegram, place, commands)
            known[place] = commands
        except SendError as error:
            log.info("a menu of commands was refused: %s", error)
    if changed:
        await engine.write(lambda db: marks.put(db, MARK, account, to_json(known)))


async def _set(telegram: "Telegram", place: str, commands: Menu) -> None:
    client = await telegram.client()
    from aiogram.methods import SetMyCommands
    from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

    scope, chat, language = place.split(":")
    await client.call(
        SetMyCommands(
            commands=[BotCommand(command=word, description=text) for word, text in commands],
            scope=BotCommandScopeChat(chat_id=int(chat)) if scope == "chat" else BotCommandScopeAllPrivateChats(),
            language_code=language or None,
        )
    )
