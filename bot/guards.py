"""What must hold at the moment of sending. Checked in order, in the transaction that takes the message.

A guard looks at one message and lets it pass (None), makes it wait, or ends it with a reason for people.
To add one: a function, a place in `GUARDS`, a test.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import brakes, conversations, groups, quarantine
from storage.database import Database
from storage.records import Delivery


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: look again at this time."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Never: end as cancelled or expired."""

    state: str
    reason: str


Verdict = Hold | Drop | None
Guard = Callable[[Database, Delivery, datetime], Awaitable[Verdict]]

QUARANTINE_LOOK = timedelta(minutes=1)
BRAKE_PAUSE = timedelta(hours=1)  # taking the brake off hurries what waits
GROUP_PAUSE = timedelta(minutes=5)
STALE_REPLY = timedelta(minutes=15)  # an automatic answer later than this only confuses


async def not_in_quarantine(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """After a restore nothing goes out until the owner says so (reliability F17)."""
    if await quarantine.since(db) is None:
        return None
    return Hold(now + QUARANTINE_LOOK, quarantine.REASON)


async def not_expired(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """A message past its date is not sent."""
    if delivery.expires_at is not None and delivery.expires_at <= now and not delivery.ambiguous:
        return Drop("expired", "its time had passed")
    return None


async def not_stale(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """After a long stop the bot does not answer what was said long ago; staff do."""
    if delivery.purpose == "reply" and now - delivery.due_at > STALE_REPLY and not delivery.ambiguous:
        return Drop("expired", "the answer came too late")
    return None


async def not_recalled(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """What a colleague took back in time is not sent."""
    if delivery.purpose != "relay" or delivery.line_id is None or "operation" in delivery.payload:
        return None
    line = await conversations.line(db, delivery.line_id)
    return Drop("cancelled", "taken back") if line is not None and line.recalled_at is not None else None


async def group_is_ours(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """Nothing goes to a group that threw us out or was let go; what it missed waits for the owner's word."""
    if (number := delivery.payload.get("group")) is None:
        return None
    group = await groups.get(db, int(number))
    if group is None or group.state in ("unbound", "waiting"):
        return Drop("cancelled", "the group is not ours any more")
    return Hold(now + GROUP_PAUSE, "the group is gone") if group.state == "gone" else None


async def no_brake(db: Database, delivery: Delivery, now: datetime) -> Verdict:
    """The owner holds what the bot sends by itself, or everything that goes to customers."""
    if delivery.conversation_id is None or delivery.ambiguous:
        return None
    on = await brakes.pulled(db)
    if "stopped" in on:
        return Hold(now + BRAKE_PAUSE, brakes.REASONS["stopped"])
    by_itself = delivery.purpose in ("survey", "notice", "marketing")
    return Hold(now + BRAKE_PAUSE, brakes.REASONS["paused"]) if "paused" in on and by_itself else None


GUARDS: tuple[Guard, ...] = (not_in_quarantine, not_expired, not_stale, not_recalled, group_is_ours, no_brake)


async def check(db: Database, delivery: Delivery, now: datetime, guards: tuple[Guard, ...] = GUARDS) -> Verdict:
    """The first objection, or None."""
    for guard in guards:
        if (verdict := await guard(db, delivery, now)) is not None:
            return verdict
    return None
