"""Clocks ring: colleagues are warned before a promised time, the lead and the owner told when it has passed."""

from care import cases, formats
from care.clocks import time_left
from care.settings import hours_of
from handlers.customer.speech import to_groups
from handlers.messages import N_, Outgoing, ToAddress
from handlers.turn import Turn
from storage import cases as stored
from storage import clocks as stored_clocks
from storage import staff
from storage.records import Case, Clock, Timer

NAMES = {
    "first_reply": N_("first answer"),
    "next_reply": N_("next answer"),
    "resolution": N_("solution"),
    "promise": N_("promise"),
}


async def warn(turn: Turn, timer: Timer) -> list[Outgoing]:
    """80 % of the time is gone."""
    found = await _running(turn, timer)
    if found is None or not await stored_clocks.mark(turn.db, found[0].id, "warned"):
        return []
    clock, case = found
    left = formats.duration(time_left(clock, hours_of(turn.shop), turn.now), turn.shop.language)
    _ = turn.staff_text
    text = _("⏳ Case #%(case)s: %(left)s left for the %(what)s.")
    text %= {"case": case.id, "left": left, "what": _what(turn, clock)}
    return [_tell(turn, case, text, f"warn:{clock.id}")]


async def late(turn: Turn, timer: Timer) -> list[Outgoing]:
    """The promised time has passed."""
    found = await _running(turn, timer)
    if found is None or not await stored_clocks.mark(turn.db, found[0].id, "late"):
        return []
    clock, case = found
    _ = turn.staff_text
    text = _("🔴 Case #%(case)s is late: the %(what)s was due %(time)s.") % {
        "case": case.id,
        "what": _what(turn, clock),
        "time": formats.moment(clock.due_at, turn.now, turn.shop.language, turn.zone),
    }
    if clock.kind == "promise":
        await stored_clocks.break_promise(turn.db, clock.id, turn.now)
        await stored_clocks.show_next_due(turn.db, case.id)
    await stored.add_event(turn.db, case.id, "late", turn.now, detail={"clock": clock.kind})
    key = f"late:{clock.id}"
    owners = turn.tell_owners(text, case_id=case.id, key=f"{key}:owners")
    return [owners, *([] if case.owner_only else [_tell(turn, case, text, key), *await _leads(turn, case, text, key)])]


async def take_back(turn: Turn, timer: Timer) -> list[Outgoing]:
    """A colleague holds a waiting customer in silence: the case is everybody's again."""
    case = await stored.get(turn.db, timer.subject_id)
    if case is None or not cases.is_held(case) or case.assignee_id != timer.payload.get("staff_id"):
        return []
    if not await cases.customer_waits(turn.db, case):
        return []
    holder = await staff.get(turn.db, case.assignee_id or 0)
    freed = await cases.release(turn.db, turn.shop, case, turn.now, by=None)
    if freed is None:
        return []
    _ = turn.staff_text
    text = _("Case #%(case)s is free again: %(name)s has not answered.")
    text %= {"case": case.id, "name": holder.name if holder else "?"}
    return [_tell(turn, case, text, f"take_back:{timer.id}")]


async def _running(turn: Turn, timer: Timer) -> tuple[Clock, Case] | None:
    clock = await stored_clocks.get(turn.db, timer.subject_id)
    if clock is None or clock.stopped_at is not None:
        return None
    case = await stored.get(turn.db, clock.case_id)
    return None if case is None or not case.is_active else (clock, case)


def _what(turn: Turn, clock: Clock) -> str:
    name = turn.staff_text(NAMES.get(clock.kind, clock.kind))
    return f"{name} ({clock.note})" if clock.note else name


def _tell(turn: Turn, case: Case, text: str, key: str) -> Outgoing:
    if case.owner_only:
        return turn.tell_owners(text, case_id=case.id, key=key)
    return to_groups(case.id, text, key=key)


async def _leads(turn: Turn, case: Case, text: str, key: str) -> list[Outgoing]:
    """The leads who are not owners, in private."""
    chats = await staff.private_chats(turn.db, "staff", lead=True)
    return [Outgoing(ToAddress(*chat), text, purpose="alert", case_id=case.id, key=f"{key}:lead") for chat in chats]
