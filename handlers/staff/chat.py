"""Colleagues in a group or in private: commands, buttons, replies to a customer's line. Everything else is a note."""

from collections.abc import Mapping

from handlers import commands
from handlers.commands import Command
from handlers.messages import Outgoing
from handlers.staff import Refused, edits, presses
from handlers.staff.places import case_here, shows_customer
from handlers.turn import Handler, Turn
from storage import audit
from storage.records import Staff

Acts = Mapping[str, Handler]
MORE = {"resolve": ("root_cause",), "teach": ("line_id", "entry_id")}  # what a button says beside its case


async def hear(turn: Turn, known: tuple[Command, ...], acts: Acts) -> list[Outgoing]:
    """What a colleague said or pressed, on a chat channel."""
    if turn.staff is None:
        return []  # a stranger in a bound group says nothing to us
    try:
        return await _hear(turn, turn.staff, known, acts)
    except Refused as refused:
        return [turn.reply(str(refused), purpose="staff")]


async def _hear(turn: Turn, me: Staff, known: tuple[Command, ...], acts: Acts) -> list[Outgoing]:
    said = turn.incoming
    if said.kind == "press":
        return await presses.press(turn, acts)
    if said.kind == "edit":
        return await edits.changed(turn, me)
    if said.kind == "start" and not said.is_group:
        return await show_help(turn, known)
    if said.kind != "message":
        return []
    typed = commands.split(said.text.strip())
    if typed is not None and "forwarded" not in said.extra:  # a forwarded command is somebody else's
        return await _command(turn, me, known, *typed)
    case_id = await case_here(turn)
    if case_id is None and said.is_group and said.reply_to:
        return _where(turn)
    if case_id is None:
        return [] if said.is_group else await show_help(turn, known)
    if said.reply_to and await shows_customer(turn):
        return await acts["reply"](turn, case_id=case_id, text=said.text, media=said.media, client_id=said.external_id)
    return await acts["note"](turn, case_id=case_id, text=said.text or f"📎 {said.media[0].name or said.media[0].kind}")


def _where(turn: Turn) -> list[Outgoing]:
    """An answer to a message of ours that is about no case goes nowhere: say so, or it is waited for in vain."""
    if "ours" not in turn.incoming.extra:
        return []
    _ = turn.gettext
    raise Refused(_("I do not know whose message this is, so nothing was sent. Type /tl and the case's number."))


async def _command(turn: Turn, me: Staff, known: tuple[Command, ...], word: str, rest: str) -> list[Outgoing]:
    _ = turn.gettext
    who: tuple[commands.Who, ...] = ("staff", "owner") if me.role == "owner" else ("staff",)
    command = commands.find(known, word, who)
    if command is None:
        return [] if turn.incoming.is_group else await show_help(turn, known)
    if command.who == "owner":
        await audit.add(turn.db, at=turn.now, staff_id=me.id, action=f"owner.{command.word}", subject="command")
    return await command.handler(turn, rest)


async def show_help(turn: Turn, known: tuple[Command, ...]) -> list[Outgoing]:
    """What a colleague can type."""
    _ = turn.gettext
    owner = turn.staff is not None and turn.staff.role == "owner"
    lines = [f"/{one.word}: {_(one.help)}" for one in known if one.who == "staff" or (owner and one.who == "owner")]
    return [turn.reply("\n".join([_("What you can type:"), *lines]), purpose="staff")]
