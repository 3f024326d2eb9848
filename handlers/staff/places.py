"""Where a colleague speaks: which chat, and which case it is about."""

from handlers.turn import Turn
from storage import relays


def place_of(turn: Turn) -> tuple[str, str, str]:
    """Channel, account and address of the chat."""
    if turn.place is None:
        raise LookupError("this turn has no place")
    return turn.place.channel, turn.place.account, turn.place.address


async def shows_customer(turn: Turn) -> bool:
    """The message replied to shows a customer's words. The channel says so of a line whose number we never heard."""
    said = turn.incoming
    if await relays.case_of(turn.db, *place_of(turn), said.reply_to) is None:
        return "shown" in said.extra
    return await relays.is_customers(turn.db, *place_of(turn), said.reply_to)


async def case_here(turn: Turn) -> int | None:
    """The case of the message replied to, else of the topic."""
    said = turn.incoming
    if said.reply_to and (found := await relays.case_of(turn.db, *place_of(turn), said.reply_to)) is not None:
        return found
    if said.thread:
        return await relays.case_of_topic(turn.db, *place_of(turn), said.thread)
    number = said.extra.get("shown", "")  # of our own making; in a topic a customer's name might look like it
    return int(number) if number and said.is_group else None
