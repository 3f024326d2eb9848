"""What became of a colleague's reply: "✓ đã gửi 10:07 [Thu hồi]" or "✗ … [Gửi lại]", where it was written."""

from datetime import timedelta
from typing import Any

from handlers.messages import N_, Choice, Outgoing, ToAddress
from handlers.turn import Turn
from storage import outbox, timers
from storage.records import Delivery, Timer, from_ms, to_ms

FIRST_LOOK = timedelta(seconds=1)
LONGEST_PAUSE = 60  # seconds
SAY_PENDING_AFTER = timedelta(seconds=30)
GIVE_UP_AFTER = timedelta(hours=24)
RECALL_WITHIN = timedelta(seconds=10)
REASONS = {
    "unreachable": N_("the customer blocked the bot or is gone"),
    "window closed": N_("the channel lets us write only for some time after the customer did"),
    "rejected": N_("the channel does not take this message"),
    "throttled": N_("the channel asks us to wait"),
    "channel down": N_("the channel cannot be reached"),
    "no answer": N_("the channel did not answer"),
    "misconfigured": N_("the channel's token or right is missing"),
}


async def plan(turn: Turn, case_id: int, key: str) -> None:
    """Look after the reply with this key, and tell its writer."""
    if turn.place is None or not turn.incoming.is_group:
        return
    place = turn.place
    payload: dict[str, Any] = {
        "key": key,
        "place": [place.channel, place.account, place.address, place.thread],
        "answers": turn.incoming.external_id,
        "since": to_ms(turn.now),
    }
    await timers.add(turn.db, "receipt", case_id, turn.now + FIRST_LOOK, payload=payload)


async def look(turn: Turn, timer: Timer) -> list[Outgoing]:
    """Say what became of it, once it is known; a long wait is said as well."""
    delivery = await outbox.by_key(turn.db, timer.payload["key"])
    if delivery is None:
        return []
    if delivery.line_id is not None and (newer := await outbox.of_line(turn.db, delivery.line_id)) is not None:
        delivery = newer
    since = from_ms(timer.payload["since"])
    if delivery.state in ("ready", "sending"):
        await _look_again(turn, timer, turn.now - since)
        if turn.now - since < SAY_PENDING_AFTER or timer.payload.get("said"):
            return []
    return [await _receipt(turn, timer, delivery)]


async def _look_again(turn: Turn, timer: Timer, waited: timedelta) -> None:
    if waited > GIVE_UP_AFTER:
        return
    pause = timedelta(seconds=min(max(waited.total_seconds(), 1), LONGEST_PAUSE))
    said = bool(timer.payload.get("said")) or waited >= SAY_PENDING_AFTER
    await timers.add(turn.db, "receipt", timer.subject_id, turn.now + pause, payload=timer.payload | {"said": said})


async def _receipt(turn: Turn, timer: Timer, delivery: Delivery) -> Outgoing:
    """The status, as a new message below the reply, or in place of what was said about it before."""
    channel, account, address, thread = timer.payload["place"]
    key = f"receipt:{timer.payload['key']}"
    before = await outbox.by_key(turn.db, f"{key}@{channel}:{address}")
    text, choices = _words(turn, delivery)
    edits = before is not None and before.external_ids
    return Outgoing(
        ToAddress(channel, account, address, thread),
        text,
        tuple(choices),
        purpose="staff",
        case_id=timer.subject_id,
        key=None if before is not None else key,
        operation="edit" if edits else "send",
        target=before.external_ids[0] if before is not None and before.external_ids else "",
        extra={"receipt": True, "answers": timer.payload["answers"]},
    )


def _words(turn: Turn, delivery: Delivery) -> tuple[str, list[Choice]]:
    _ = turn.staff_text
    reason = _(REASONS.get(delivery.reason.split(":")[0], delivery.reason))
    line = delivery.line_id
    match delivery.state:
        case "sent":
            at = (delivery.settled_at or turn.now).astimezone(turn.zone).strftime("%H:%M")
            fresh = line is not None and turn.now - delivery.created_at < RECALL_WITHIN
            return _("✓ sent %(time)s") % {"time": at}, [Choice(_("Recall"), f"staff:recall:{line}")] if fresh else []
        case "cancelled":
            return _("↩ taken back"), []
        case "ready" | "sending":
            return _("⏳ not sent yet: %(reason)s. I keep trying.") % {"reason": reason or _("waiting")}, []
        case "uncertain":
            text = _("❓ perhaps sent: %(reason)s") % {"reason": reason}
        case _:
            text = _("✗ not sent: %(reason)s") % {"reason": reason}
    return text, [Choice(_("Send again"), f"staff:send_again:{line}")]
