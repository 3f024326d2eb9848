"""What an owner hears at once: something is broken and nobody else will notice."""

from handlers.messages import N_, Outgoing
from handlers.turn import Turn

TROUBLES = {
    "misconfigured": N_("⚠️ %(channel)s refuses the bot's key. Messages wait until it is corrected: see `cham doctor`."),
    "channel down": N_("⚠️ %(channel)s cannot be reached. Messages wait and go out by themselves when it is back."),
}


def channel_trouble(turn: Turn, channel: str, reason: str) -> list[Outgoing]:
    """A channel takes nothing any more. Told once an hour."""
    text = TROUBLES.get(reason)
    if text is None:
        return []
    hour = turn.now.strftime("%Y%m%d%H")
    return [turn.tell_owners(turn.staff_text(text) % {"channel": channel}, key=f"trouble:{channel}:{reason}:{hour}")]


def event_set_aside(turn: Turn, number: int, channel: str) -> list[Outgoing]:
    """A message could not be handled, however often it was tried."""
    text = turn.staff_text(
        N_("⚠️ A message from %(channel)s could not be handled and was set aside as no. %(number)s. See `cham events`.")
    )
    return [turn.tell_owners(text % {"channel": channel, "number": number}, key=f"aside:{number}")]
