"""Dangerous things take two steps: a preview, then a code, by the same person in the same chat within two minutes."""

from collections.abc import Awaitable, Callable

from care import codes
from handlers.messages import Outgoing
from handlers.staff import Refused
from handlers.staff.places import place_of
from handlers.turn import Turn

Confirmed = Callable[..., Awaitable[list[Outgoing]]]
ACTS: dict[str, Confirmed] = {}  # filled by the modules that have something dangerous


async def ask(turn: Turn, action: str, preview: str) -> list[Outgoing]:
    """Show what would happen and the code that lets it happen."""
    _ = turn.gettext
    if turn.staff is None:
        return []
    code = await codes.to_confirm(turn.db, turn.staff.id, ":".join(place_of(turn)), action, turn.now)
    how = _("To go on, type within two minutes: /xacnhan %(code)s") % {"code": code}
    return [turn.reply(f"{preview}\n\n{how}", purpose="staff")]


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/xacnhan CODE: do what was shown."""
    if turn.staff is None:
        return []
    action = await codes.confirmed(turn.db, rest, turn.staff.id, ":".join(place_of(turn)), turn.now)
    if action is None:
        raise Refused(turn.gettext("There is nothing to confirm with this code: it is wrong, used or too old."))
    name, *arguments = action.split(":")
    return await ACTS[name](turn, *arguments)
