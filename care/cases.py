"""The life of a case: open → claimed → pending → resolved → confirmed or reopened, with its clocks and reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from care import clocks
from care.cards import Card as Card
from care.cards import card as card
from care.settings import hours_of
from care.shop import Shop
from storage import cases as stored
from storage import clocks as stored_clocks
from storage import conversations, timers
from storage.database import Database
from storage.records import Case, to_ms

KINDS = ("question", "complaint", "rescue", "staff_complaint")
SILENCE_MEANS_YES = timedelta(hours=48)  # a resolved case nobody objects to is confirmed
TAKE_BACK_AFTER = timedelta(minutes=20)  # working time a colleague may hold a waiting customer in silence
WAITS_SINCE = timedelta(days=7)  # how far back waits are looked at for an estimate
WAITS_NEEDED = 5  # fewer say nothing
CLOCKS = ("first_reply", "next_reply", "resolution")


@dataclass(frozen=True)
class Opened:
    """A case, whether it is a new one, and by when a person answers."""

    case: Case
    is_new: bool
    promised_at: datetime | None


async def open_case(
    db: Database,
    shop: Shop,
    customer_id: int,
    conversation_id: int,
    kind: str,
    now: datetime,
    *,
    subject: str = "",
    category: str = "",
    order_code: str = "",
    touchpoint: str = "",
    tried: Sequence[str] = (),
    urgent: bool = False,
    owner_only: bool = False,
    rating_id: int | None = None,
) -> Opened:
    """Open a case with its clocks, or find the one this customer has of this kind."""
    new = stored.NewCase(
        customer_id=customer_id,
        conversation_id=conversation_id,
        kind=kind,
        subject=subject,
        category=category,
        order_code=order_code,
        touchpoint=touchpoint,
        tried=tried,
        urgent=urgent,
        owner_only=owner_only or kind == "staff_complaint",
        rating_id=rating_id,
    )
    case = await stored.add(db, new, now)
    if case is None:
        return await _found(db, shop, customer_id, kind, urgent, now)
    await stored.add_event(db, case.id, "opened", now, detail={"kind": kind, "urgent": urgent})
    promised_at = await clocks.start(db, shop, case, "first_reply", now)
    await clocks.start(db, shop, case, "resolution", now)
    await stored_clocks.show_next_due(db, case.id)
    await start_ladder(db, shop, case, now)
    return Opened(case, True, promised_at)


async def _found(db: Database, shop: Shop, customer_id: int, kind: str, urgent: bool, now: datetime) -> Opened:
    case = await stored.active_of_kind(db, customer_id, kind)
    if case is None:
        raise LookupError(f"a {kind} case of customer {customer_id} was there and is gone")
    if urgent and not case.urgent:
        await stored.change(db, case.id, now, urgent=1)
        await stored.add_event(db, case.id, "urgent", now)
    promised = case.due_at if case.replied_at is None and case.due_at is not None and case.due_at > now else None
    return Opened(case, False, promised)


async def active_for(db: Database, conversation_id: int) -> Case | None:
    """The open case of a conversation; one that a colleague holds comes first. One indexed query."""
    return await stored.active_in(db, conversation_id)


def is_held(case: Case) -> bool:
    """A colleague has it: the bot keeps silent."""
    return case.state in ("claimed", "pending")


# --- Waiting ------------------------------------------------------------------------------------------------------


async def start_ladder(db: Database, shop: Shop, case: Case, now: datetime) -> None:
    """Plan the first word of comfort for who waits, in working time."""
    if case.kind in ("question", "complaint"):
        await plan_step(db, shop, case.id, 0, now, turn=case.reopened)


async def plan_step(
    db: Database, shop: Shop, case_id: int, step: int, now: datetime, *, turn: int = 0, claimed_said: bool = False
) -> None:
    """Plan one step of the waiting ladder; there is none beyond the last."""
    if step >= len(shop.ladder):
        return
    wait = shop.ladder[step] - (shop.ladder[step - 1] if step else 0)
    due = hours_of(shop).add_working(now, timedelta(minutes=wait))
    payload = {"step": step, "claimed_said": claimed_said, "turn": turn}
    await timers.add(db, "ladder", case_id, due, payload=payload)


async def estimate(db: Database, shop: Shop, case: Case, now: datetime) -> timedelta | None:
    """An honest guess how long it still takes: from what others waited, else from the promise. None: we cannot say."""
    waited = now - case.opened_at
    waits = await stored.recent_waits(db, now - WAITS_SINCE)
    if len(waits) >= WAITS_NEEDED and (usual := timedelta(seconds=median(waits))) > waited:
        return usual - waited
    left = clocks.allowed(shop, case, "first_reply") - hours_of(shop).working_between(case.opened_at, now)
    return left if left >= timedelta(minutes=1) else None


# --- Colleagues ---------------------------------------------------------------------------------------------------


async def claim(db: Database, shop: Shop, case_id: int, staff_id: int, now: datetime) -> Case | None:
    """A colleague takes the case. None: another one holds it, or it is closed."""
    case = await stored.claim(db, case_id, staff_id, now)
    if case is None:
        return None
    await stored.add_event(db, case.id, "claimed", now, staff_id=staff_id)
    await _watch(db, shop, case, now)
    return case


async def transfer(db: Database, shop: Shop, case_id: int, to: int, by: int, now: datetime) -> Case | None:
    """Give the case to a colleague. None: they have it, or it is closed."""
    case = await stored.transfer(db, case_id, to, now)
    if case is None:
        return None
    await stored.add_event(db, case.id, "transferred", now, staff_id=by, detail={"to": to})
    await _watch(db, shop, case, now)
    return case


async def release(db: Database, shop: Shop, case: Case, now: datetime, *, by: int | None) -> Case | None:
    """Put the case back for everybody. None: nobody holds it. `by` None: taken back from the silent."""
    if case.assignee_id is None:
        return None
    freed = await stored.release(db, case.id, case.assignee_id, now)
    if freed is None:
        return None
    what = "released" if by is not None else "taken_back"
    await stored.add_event(db, case.id, what, now, staff_id=by, detail={"from": case.assignee_id})
    await timers.cancel(db, "take_back", case.id)
    return freed


async def _watch(db: Database, shop: Shop, case: Case, now: datetime) -> None:
    """Take the case back when its colleague stays silent while the customer waits."""
    await timers.cancel(db, "take_back", case.id)
    due = hours_of(shop).add_working(now, TAKE_BACK_AFTER)
    await timers.add(db, "take_back", case.id, due, payload={"staff_id": case.assignee_id})


async def customer_waits(db: Database, case: Case) -> bool:
    """The last word is the customer's: nobody answered yet, or they wrote again since."""
    if case.replied_at is None:
        return True
    running = await stored_clocks.of_case(db, case.id)
    return any(clock.kind == "next_reply" and clock.stopped_at is None for clock in running)


async def replied(db: Database, case: Case, staff_id: int, now: datetime) -> None:
    """A person has answered: waiting is over, whatever was promised about it is met or missed."""
    if await stored.first_reply(db, case.id, now):
        await stored.add_event(db, case.id, "first_reply", now, staff_id=staff_id)
    await clocks.stop(db, case.id, "first_reply", "next_reply", now=now)
    await timers.cancel(db, "ladder", case.id)
    await timers.cancel(db, "take_back", case.id)
    db.touch("case", case.id)


async def customer_wrote(db: Database, shop: Shop, case: Case, now: datetime) -> Case:
    """The customer goes on: a case that waited for them moves, and the next answer has its time."""
    if case.state == "pending":
        moved = await stored.go_on(db, case.id, now)
        if moved is not None:
            await stored.add_event(db, case.id, "customer_wrote", now)
            case = moved
    if case.replied_at is not None and case.is_active:  # also one that a colleague has put back
        started = await clocks.start(db, shop, case, "next_reply", now)
        if started is not None:
            await stored_clocks.show_next_due(db, case.id)
            await _watch(db, shop, case, now)
    db.touch("case", case.id)
    return case


async def wait_for_customer(db: Database, case_id: int, staff_id: int, now: datetime) -> Case | None:
    """The colleague can do no more until the customer answers. None: nobody holds the case."""
    case = await stored.pending(db, case_id, now)
    if case is not None:
        await stored.add_event(db, case.id, "pending", now, staff_id=staff_id)
        await timers.cancel(db, "take_back", case.id)
    return case


async def resolve(
    db: Database, shop: Shop, case_id: int, staff_id: int, root_cause: str, note: str, now: datetime
) -> Case | None:
    """Say it is done, and why it came up. Plans the question how it was. None: it was closed before."""
    if not root_cause:
        raise ValueError("a case is closed with its root cause")
    case = await stored.resolve(db, case_id, root_cause, now)
    if case is None:
        return None
    detail = {"root_cause": root_cause, "note": note}
    await stored.add_event(db, case.id, "resolved", now, staff_id=staff_id, detail=detail)
    await clocks.stop(db, case.id, *CLOCKS, "promise", now=now)
    await _stop_waiting(db, case.id)
    await conversations.change_customer(db, case.customer_id, sticky_staff_id=case.assignee_id or staff_id)
    key = f"auto_confirm:{case.id}:{case.reopened}"
    await timers.add(db, "auto_confirm", case.id, now + SILENCE_MEANS_YES, key=key)
    await _plan_rating(db, shop, case, now)
    return case


async def _plan_rating(db: Database, shop: Shop, case: Case, now: datetime) -> None:
    touchpoints = shop.triggered_by("case_resolved")
    if not touchpoints or case.kind == "staff_complaint":
        return
    payload = {"touchpoint": touchpoints[0].id}
    due = now + touchpoints[0].wait
    await timers.add(db, "ask_rating", case.id, due, key=f"ask_rating:{case.id}:{case.reopened}", payload=payload)


async def _stop_waiting(db: Database, case_id: int) -> None:
    for kind in ("ladder", "take_back"):
        await timers.cancel(db, kind, case_id)


# --- After the answer ---------------------------------------------------------------------------------------------


async def confirm(db: Database, case_id: int, now: datetime, *, by_silence: bool = False) -> Case | None:
    """The customer is content. None: the case is not resolved (any more)."""
    case = await stored.confirm(db, case_id, now)
    if case is not None:
        await stored.add_event(db, case.id, "confirmed", now, detail={"by_silence": by_silence})
        await timers.cancel(db, "auto_confirm", case.id)
    return case


async def reopen(db: Database, shop: Shop, case_id: int, now: datetime, *, staff_id: int | None = None) -> Case | None:
    """It is not settled: the same person goes on. None: it is open, or a newer case of this kind is."""
    case = await stored.reopen(db, case_id, now)
    if case is None:
        return None
    await stored.add_event(db, case.id, "reopened", now, staff_id=staff_id)
    for kind in ("auto_confirm", "ask_rating"):
        await timers.cancel(db, kind, case.id)
    await clocks.start(db, shop, case, "next_reply" if case.replied_at else "first_reply", now)
    await clocks.start(db, shop, case, "resolution", now)
    await stored_clocks.show_next_due(db, case.id)
    return case


async def leave_to_owner(db: Database, case: Case, now: datetime) -> None:
    """It concerns a colleague: only the owner sees the case from now on, and nobody of the staff holds it."""
    if case.owner_only:
        return
    await stored.change(db, case.id, now, owner_only=1, assignee_id=None, state="open" if is_held(case) else case.state)
    await stored.add_event(db, case.id, "left_to_owner", now)


async def recovered(db: Database, case_id: int, now: datetime) -> None:
    """The customer of a rescue case rated 4 or better after the fix."""
    await stored.change(db, case_id, now, recovered_at=to_ms(now))
    await stored.add_event(db, case_id, "recovered", now)
