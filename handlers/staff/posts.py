"""How news of a case goes to a staff group: named, placed, and joined with what still waits to be sent there.

A group takes about twenty messages a minute: several lines of a customer become one, a card that waits is redrawn.
"""

from dataclasses import replace
from typing import Any

from handlers import cards
from handlers.messages import Outgoing
from handlers.turn import Turn
from storage import cases, conversations, outbox, relays
from storage.records import Case, Delivery, StaffGroup

JOINED_LIMIT = 3000  # letters of one message made of several lines
CHANNEL_NAMES = {
    "website": "Website",
    "telegram": "Telegram",
    "zalo_oa": "Zalo",
    "zalo_bot": "Zalo",
    "messenger": "Messenger",
}


async def prepare(turn: Turn, message: Outgoing, group: StaffGroup) -> Outgoing | None:
    """The message as the group gets it. None: one that waits there has taken it along."""
    case = None if message.case_id is None else await cases.get(turn.db, message.case_id)
    if case is None:
        return message
    if await _joined(turn, message, group, case):
        return None
    extra = message.extra | await _about(turn, case)
    if "edited" in extra:
        place = (group.channel, group.account, group.address)
        extra["answers"] = await relays.of_line(turn.db, *place, int(extra["edited"])) or ""
    return replace(message, extra={name: value for name, value in extra.items() if value not in (None, "")})


async def _about(turn: Turn, case: Case) -> dict[str, Any]:
    """What the channel needs to find or make the case's topic."""
    _ = turn.staff_text
    customer = await conversations.customer(turn.db, case.customer_id)
    thread = await conversations.get(turn.db, case.conversation_id)
    who = (customer.name if customer else "") or _("new customer")
    kind = _(cards.KIND_NAMES.get(case.kind, case.kind))
    channel = CHANNEL_NAMES.get(thread.channel, thread.channel) if thread else ""
    lamp = "🔴" if case.urgent and case.is_active else cards.LAMPS.get(case.state, "")
    title = f"{lamp} #{case.id} · {kind} · {who[:60]} · {channel}"
    return {"topic": title, "closed": not case.is_active, "who": who[:60]}


async def _joined(turn: Turn, message: Outgoing, group: StaffGroup, case: Case) -> bool:
    """Add the message to one of the same case that waits for its turn, if the two may be one."""
    waiting = await outbox.waiting_for(turn.db, group.channel, group.account, group.address, case.id)
    for place, row in enumerate(reversed(waiting)):
        joined = _redrawn(row, message) if _is_card(message) else _one_text(row, message) if place == 0 else None
        if joined is not None:
            if _is_card(message):
                joined["extra"] |= await _about(turn, case)
            return await outbox.rewrite(turn.db, row.id, joined)
    return False


def _is_card(message: Outgoing) -> bool:
    return bool(message.extra.get("refresh"))


def _redrawn(row: Delivery, message: Outgoing) -> dict[str, Any] | None:
    """A waiting card with the newest state: what it said before is of no use any more."""
    extra = row.payload.get("extra", {})
    if extra.get("card") != message.extra.get("card"):
        return None
    choices = [{"label": one.label, "action": one.action} for one in message.choices]
    return row.payload | {"text": message.text, "choices": choices, "extra": dict(extra)}


def _one_text(row: Delivery, message: Outgoing) -> dict[str, Any] | None:
    """Lines of one customer, below each other."""
    payload = row.payload
    both = (payload.get("extra", {}).get("from"), message.extra.get("from"))
    if both != ("customer", "customer") or payload.get("media") or message.media:
        return None
    text = f"{payload['text']}\n{message.text}"
    return None if len(text) > JOINED_LIMIT else payload | {"text": text}
