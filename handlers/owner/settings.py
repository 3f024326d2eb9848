"""/gio, /faq and /caidat: small changes with a preview, [Save] and afterwards [Undo]; the dashboard does the rest."""

from typing import Any

from care import logins
from care import settings as shop_settings
from care.faq import editing
from care.shop import ShopFileError
from care.shop_types import Entry
from care.text import clean
from handlers.messages import Choice, Outgoing
from handlers.staff import Refused
from handlers.turn import Turn
from storage import faq
from storage.records import from_json, to_json

NAME_LIMIT = 300  # letters of a question


# --- Hours --------------------------------------------------------------------------------------------------------


async def hours(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/gio · /gio 8:30-21:30 · /gio t2-t6 8:30-12:00, 13:30-21:30"""
    _ = turn.gettext
    now = turn.shop.hours
    if not rest.strip():
        how = _("To change: /gio 8:30-21:30 for every day, or one line: /gio t7 9:00-17:00")
        return [turn.reply(f"{_shown(turn, now)}\n\n{how}", purpose="staff")]
    value = _new_hours(now, rest.strip())
    try:
        await shop_settings.preview(turn.db, "hours", value)
    except ShopFileError as error:
        raise Refused(error.say(turn.gettext)) from error
    text = _("Hours would be:\n%(after)s\n\nNow:\n%(before)s")
    return _offer(turn, text % {"after": _shown(turn, value), "before": _shown(turn, now)}, "hours", value)


def _new_hours(now: str | dict[str, str], said: str) -> str | dict[str, str]:
    name, _space, times = said.partition(" ")
    if name[:1].isdigit():
        return said
    days = dict(now) if isinstance(now, dict) else {"t2-cn": now} if now else {}
    return days | {name.lower(): times.strip()}


def _shown(turn: Turn, value: str | dict[str, str]) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{day}: {times}" for day, times in value.items())
    return value or turn.gettext("always open")


# --- FAQ ----------------------------------------------------------------------------------------------------------


async def faq_command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/faq words · /faq thêm question | answer · /faq sửa id | answer · /faq bỏ id"""
    _ = turn.gettext
    word, _space, more = rest.strip().partition(" ")
    before, bar, after = more.partition("|")
    match word.lower():
        case "thêm" | "them" | "add" if bar and before.strip() and after.strip():
            taken = [row.id for row in await faq.entries(turn.db, only_active=False)]
            entry = {"id": editing.new_id(before, taken), "question": clean(before.strip())[:NAME_LIMIT]}
            return await _offer_entry(turn, entry | {"answer": clean(after.strip())})
        case "sửa" | "sua" | "edit" if bar and after.strip():
            row = await _row(turn, before.strip())
            return await _offer_entry(turn, {"id": row.id, "answer": clean(after.strip())})
        case "bỏ" | "bo" | "remove" if more.strip():
            row = await _row(turn, more.strip())
            text = _("This entry would go:\n%(question)s\n%(answer)s")
            return _offer(turn, text % {"question": row.question, "answer": row.answer}, "faq_remove", row.id)
    return await _found(turn, rest)


async def _row(turn: Turn, entry_id: str) -> Any:
    row = await faq.entry(turn.db, entry_id)
    if row is None:
        raise Refused(turn.gettext("There is no such FAQ entry."))
    return row


async def _offer_entry(turn: Turn, values: dict[str, str]) -> list[Outgoing]:
    _ = turn.gettext
    row = await faq.entry(turn.db, values["id"])
    question = values.get("question") or (row.question if row else "")
    try:
        editing.entry_of({"question": question} | values, turn.shop)
    except ShopFileError as error:
        raise Refused(error.say(turn.gettext)) from error
    text = f"{question}\n→ {values['answer']}"
    return _offer(turn, text, "faq_save", values)


async def _found(turn: Turn, words: str) -> list[Outgoing]:
    _ = turn.gettext
    wanted = words.lower().split()
    rows = [row for row in await faq.entries(turn.db) if all(one in row.question.lower() for one in wanted)]
    lines = [f"{row.id}: {row.question}" for row in rows[:15]]
    how = _("To change: /faq add question | answer · /faq edit id | answer · /faq remove id. More on the dashboard.")
    return [turn.reply("\n".join([*lines, "", how]).strip(), purpose="staff")]


# --- Saving -------------------------------------------------------------------------------------------------------


def _offer(turn: Turn, text: str, name: str, value: object) -> list[Outgoing]:
    _ = turn.gettext
    choices = [Choice(_("Save"), f"owner:{name}:{to_json(value)}"), Choice(_("Cancel"), "owner:cancel:")]
    return [turn.reply(text, choices, purpose="staff")]


async def pressed(turn: Turn, name: str, value: str) -> list[Outgoing]:
    """[Save], [Cancel] or [Undo] under a preview. Raises Refused for everybody but owners."""
    _ = turn.gettext
    if turn.staff is None or turn.staff.role != "owner":
        raise Refused(_("You have no right to do this."))
    try:
        return await _carry_out(turn, turn.staff.id, name, value)
    except ShopFileError as error:
        raise Refused(error.say(turn.gettext)) from error
    except (shop_settings.NotNow, LookupError) as error:
        raise Refused(_("This was changed since, or taken back before.")) from error


async def _carry_out(turn: Turn, me: int, name: str, value: str) -> list[Outgoing]:
    _ = turn.gettext
    match name:
        case "hours":
            change = await shop_settings.save_section(turn.db, "hours", from_json(value), me, turn.now)
            return _saved(turn, "undo_settings", str(change.id))
        case "faq_save":
            return await _save_entry(turn, me, from_json(value))
        case "faq_remove":
            batch = await editing.remove(turn.db, turn.shop, from_json(value), me, turn.now)
            return _saved(turn, "undo_faq", batch or "")
        case "undo_settings":
            await shop_settings.undo(turn.db, int(value), me, turn.now)
        case "undo_faq":
            await editing.undo(turn.db, turn.shop, value, me, turn.now)
        case "cancel":
            return [turn.reply(_("Nothing was changed."), purpose="staff")]
        case _:
            raise Refused(_("This button does not work any more."))
    return [turn.reply(_("Taken back."), purpose="staff")]


async def _save_entry(turn: Turn, me: int, values: dict[str, str]) -> list[Outgoing]:
    row = await faq.entry(turn.db, values["id"])
    known: Entry | None = None if row is None else editing.shop_entry(row)
    if known is None:
        entry = editing.entry_of(values, turn.shop)
    else:
        from msgspec.structs import replace

        entry = replace(known, answer=values["answer"])
    batch = await editing.put(turn.db, turn.shop, entry, me, turn.now)
    return _saved(turn, "undo_faq", batch or "")


def _saved(turn: Turn, undo: str, value: str) -> list[Outgoing]:
    _ = turn.gettext
    choices = [Choice(_("Undo"), f"owner:{undo}:{value}")] if value else []
    return [turn.reply(_("Saved. The bot uses it from now on, everywhere."), choices, purpose="staff")]


# --- Everything else ----------------------------------------------------------------------------------------------


async def dashboard(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/caidat: a fresh way into the dashboard, where everything can be set."""
    _ = turn.gettext
    if turn.incoming.is_group:
        raise Refused(_("Type this to me in private."))
    if turn.staff is None or not turn.house.public_url:
        text = _("Open the dashboard on the shop's computer: everything can be set there.")
        return [turn.reply(text, purpose="staff")]
    secret = await logins.new_link(turn.db, turn.staff.id, turn.now, page="dashboard")
    text = _("Everything can be set on the dashboard. This link works once, for 15 minutes:\n%(link)s")
    return [turn.reply(text % {"link": f"{turn.house.public_url}/login/{secret}"}, purpose="staff")]
