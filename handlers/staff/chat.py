"""Colleagues in a group or in private: commands, buttons, replies to a customer's line. Everything else is a note."""

from collections.abc import Mapping

from handlers import commands
from handlers.commands import Command
from handlers.messages import Outgoing
from handlers.staff import Refused
from handlers.turn import Handler, Turn
from storage import outbox, relays
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
        return await _press(turn, acts)
    if said.kind != "message":
        return []
    if (typed := commands.split(said.text.strip())) is not None:
        return await _command(turn, me, known, *typed)
    case_id = await case_here(turn)
    if case_id is None:
        return [] if said.is_group else await show_help(turn, known)
    if said.reply_to and await relays.is_customers(turn.db, *_chat(turn), said.reply_to):
        return await acts["reply"](turn, case_id=case_id, text=said.text, media=said.media, client_id=said.external_id)
    return await acts["note"](turn, case_id=case_id, text=said.text)


def _chat(turn: Turn) -> tuple[str, str, str]:
    if turn.place is None:
        raise LookupError("a colleague's turn has a place")
    return turn.place.channel, turn.place.account, turn.place.address


async def case_here(turn: Turn) -> int | None:
    """The case of the message replied to, else of the topic."""
    said = turn.incoming
    if said.reply_to and (found := await relays.case_of(turn.db, *_chat(turn), said.reply_to)) is not None:
        return found
    return await relays.case_of_topic(turn.db, *_chat(turn), said.thread) if said.thread else None


async def _press(turn: Turn, acts: Acts) -> list[Outgoing]:
    """A button under a card: "staff:claim:12". Whether this colleague may is checked by the act itself."""
    _ = turn.gettext
    found = await outbox.press(turn.db, turn.incoming.press, *_chat(turn))
    if found is None:
        raise Refused(_("This button does not work any more."))
    delivery, index = found
    parts = delivery.payload["choices"][index]["action"].split(":")
    if len(parts) < 3 or parts[0] != "staff" or parts[1] not in acts:
        raise Refused(_("Type /xong with the root cause, /chuyen with a name, or /mau."))
    extra = dict(zip(MORE.get(parts[1], ()), parts[3:], strict=False))
    if parts[1] in ("transfer", "resolve") and not extra:
        raise Refused(_("Type /xong with the root cause, /chuyen with a name, or /mau."))
    return await acts[parts[1]](turn, case_id=int(parts[2]), **extra)


async def _command(turn: Turn, me: Staff, known: tuple[Command, ...], word: str, rest: str) -> list[Outgoing]:
    _ = turn.gettext
    who: tuple[commands.Who, ...] = ("staff", "owner") if me.role == "owner" else ("staff",)
    command = commands.find(known, word, who)
    if command is None:
        return [] if turn.incoming.is_group else await show_help(turn, known)
    return await command.handler(turn, rest)


async def show_help(turn: Turn, known: tuple[Command, ...]) -> list[Outgoing]:
    """What a colleague can type."""
    _ = turn.gettext
    owner = turn.staff is not None and turn.staff.role == "owner"
    lines = [f"/{one.word}: {_(one.help)}" for one in known if one.who == "staff" or (owner and one.who == "owner")]
    return [turn.reply("\n".join([_("What you can type:"), *lines]), purpose="staff")]
