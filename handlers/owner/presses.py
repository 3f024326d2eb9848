"""Buttons under what only owners are shown."""

from handlers.messages import Outgoing
from handlers.owner import reports, settings
from handlers.turn import Turn


async def press(turn: Turn, action: str) -> list[Outgoing]:
    """A stored action such as "owner:report:week"; the role is looked up now, not when it was shown."""
    _word, name, value = action.split(":", 2)
    if name == "report" and turn.staff is not None and turn.staff.role == "owner":
        return await reports.report(turn, value)
    return await settings.pressed(turn, name, value)
