"""Where a colleague speaks: which chat, and which case it is about."""

from handlers.turn import Turn
from storage import relays


def place_of(turn: Turn) -> tuple[str, str, str]:
    """Channel, account and address of the chat."""
    if turn.place is None:
        raise LookupError("this turn has no place")
    return turn.place.channel, turn.place.account, turn.place.address


async def case_here(turn: Turn) -> int | None:
    """The case of the message replied to, else of the topic."""
    said = turn.incoming
    if said.reply_to and (found := await relays.case_of(turn.db, *place_of(turn), said.reply_to)) is not None:
        return found
    return await relays.case_of_topic(turn.db, *place_of(turn), said.thread) if said.thread else None
