"""Promised times of a case in working time: warned before, told when late, kept or missed in the end."""

from datetime import datetime, timedelta

from care.hours import Hours
from care.settings import hours_of
from care.shop import Shop, Sla
from storage import clocks as stored
from storage import timers
from storage.database import Database
from storage.records import Case, Clock


def sla_of(shop: Shop, case: Case) -> Sla:
    """The times that hold for a case; urgent ones have their own."""
    return shop.sla_for("urgent" if case.urgent and case.kind != "staff_complaint" else case.kind)


def allowed(shop: Shop, case: Case, kind: str) -> timedelta:
    """Working time for one kind of clock."""
    sla = sla_of(shop, case)
    within = {
        "first_reply": sla.first_reply_within,
        "next_reply": sla.next_reply_within,
        "resolution": sla.resolve_within,
    }
    return within[kind]()


async def start(db: Database, shop: Shop, case: Case, kind: str, now: datetime) -> datetime | None:
    """Start a clock and plan its warnings. Returns when it is due; None: one runs already."""
    hours = hours_of(shop)
    time = allowed(shop, case, kind)
    clock = await stored.start(
        db,
        case.id,
        kind,
        started_at=now,
        warn_at=hours.add_working(now, time * sla_of(shop, case).warn_at),
        due_at=hours.add_working(now, time),
        staff_id=case.assignee_id,
    )
    if clock is None:
        return None
    await _plan(db, clock)
    return clock.due_at


async def promise(db: Database, case: Case, due: datetime, note: str, staff_id: int, now: datetime) -> Clock | None:
    """Track what a colleague promised; the reminder comes at 80 % of the time."""
    clock = await stored.start(
        db,
        case.id,
        "promise",
        started_at=now,
        warn_at=now + (due - now) * 0.8,
        due_at=due,
        staff_id=staff_id,
        note=note,
    )
    if clock is not None:
        await _plan(db, clock)
        await stored.show_next_due(db, case.id)
    return clock


async def stop(db: Database, case_id: int, *kinds: str, now: datetime) -> None:
    """Stop running clocks and show on the case what is due next."""
    for kind in kinds:
        await stored.stop(db, case_id, kind, now)
    await stored.show_next_due(db, case_id)


def time_left(clock: Clock, hours: Hours, now: datetime) -> timedelta:
    """Working time until a clock is due; zero when it is late."""
    return hours.working_between(now, clock.due_at)


async def _plan(db: Database, clock: Clock) -> None:
    await timers.add(db, "clock_warn", clock.id, clock.warn_at, key=f"clock_warn:{clock.id}")
    await timers.add(db, "clock_due", clock.id, clock.due_at, key=f"clock_due:{clock.id}")
