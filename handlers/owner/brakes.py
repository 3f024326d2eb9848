"""/tamdung and /dungkhan: hold what the bot sends by itself, or everything that goes to customers."""

from care.cleaning import fold
from handlers.messages import Outgoing
from handlers.owner import confirm
from handlers.turn import Turn
from storage import audit, brakes

ON_AGAIN = ("tiep", "mo", "go", "on")


async def pause(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/tamdung holds surveys, reminders and offers; /tamdung tiếp lets them go on."""
    return await _either(turn, rest, "paused")


async def stop(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/dungkhan holds everything to customers at once; /dungkhan mở, confirmed, lets it go on."""
    if fold(rest) in ON_AGAIN:
        text = turn.gettext("Everything that waited goes out to customers.")
        return await confirm.ask(turn, "release:stopped", text)
    return await _either(turn, rest, "stopped")


async def _either(turn: Turn, rest: str, name: str) -> list[Outgoing]:
    _ = turn.gettext
    if fold(rest) in ON_AGAIN:
        return await released(turn, name)
    await brakes.pull(turn.db, name, turn.now)
    await _note(turn, name)
    text = (
        _("Stopped: nothing goes to any customer, not even answers. Messages wait. To go on: /dungkhan on")
        if name == "stopped"
        else _("Paused: the bot answers, but sends no surveys, reminders or offers. To go on: /tamdung on")
    )
    return [turn.reply(text, purpose="staff")]


async def released(turn: Turn, name: str) -> list[Outgoing]:
    """Take a brake off."""
    _ = turn.gettext
    waited = await brakes.release(turn.db, name, turn.now)
    await _note(turn, f"{name}.over")
    return [turn.reply(_("Going on; %(n)s messages had waited.") % {"n": waited}, purpose="staff")]


async def _note(turn: Turn, action: str) -> None:
    who = None if turn.staff is None else turn.staff.id
    await audit.add(turn.db, at=turn.now, staff_id=who, action=f"brakes.{action}", subject="outbox")


confirm.ACTS["release"] = released
