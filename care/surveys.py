"""Asking for a level: one question per occasion, at the touchpoints the owner switched on."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from care.shop import Shop, Touchpoint
from storage import cases, ratings, timers
from storage.database import Database
from storage.records import Case, Conversation, Survey, Timer

TROUBLE = ("complaint", "rescue", "staff_complaint")  # nobody is asked for a level while one of these is open
LOOK_AGAIN = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=7)  # nobody remembers what the question would be about
ASK_FROM, ASK_UNTIL = time(8), time(21)  # a phone that rings at night spoils the level


async def ask(
    db: Database,
    conversation: Conversation,
    touchpoint: str,
    occasion: str,
    now: datetime,
    *,
    case_id: int | None = None,
    rerates_id: int | None = None,
) -> Survey | None:
    """Keep that we ask. None: we asked on this occasion before."""
    return await ratings.ask(
        db,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        occasion=occasion,
        touchpoint=touchpoint,
        at=now,
        case_id=case_id,
        rerates_id=rerates_id,
    )


async def ask_after_case(
    db: Database, conversation: Conversation, case_id: int, touchpoint: str, now: datetime
) -> Survey | None:
    """The question after a resolved case; after a rescue it is the re-rating. None: not resolved, or asked."""
    case = await cases.get(db, case_id)
    if case is None or case.state not in ("resolved", "confirmed"):
        return None
    occasion = f"case:{case.id}:{case.reopened}"
    return await ask(db, conversation, touchpoint, occasion, now, case_id=case.id, rerates_id=case.rating_id)


async def postpone(db: Database, shop: Shop, case: Case, touchpoint: Touchpoint, timer: Timer, now: datetime) -> bool:
    """Whether the question about a case must not be asked now: it is planned again, or given up."""
    was_held = bool(timer.payload.get("held"))
    if await _in_trouble(db, case, touchpoint, now):
        if case.resolved_at is not None and now - case.resolved_at < GIVE_UP_AFTER:
            await _plan_again(db, timer, now + LOOK_AGAIN, held=True)
        return True
    if was_held and case.resolved_at is not None and await ratings.asked_since(db, case.customer_id, case.resolved_at):
        return True  # the question after the trouble was the question for both
    morning = polite_time(now, ZoneInfo(shop.timezone))
    if morning > now:
        await _plan_again(db, timer, morning, held=was_held)
    return morning > now


async def _in_trouble(db: Database, case: Case, touchpoint: Touchpoint, now: datetime) -> bool:
    """Another matter of this customer is open, or its own question has yet to come."""
    others = [one for one in await cases.of_customer(db, case.customer_id) if one.id != case.id and one.kind in TROUBLE]
    return any(
        one.is_active or (one.resolved_at is not None and now - one.resolved_at <= touchpoint.wait) for one in others
    )


async def _plan_again(db: Database, timer: Timer, at: datetime, *, held: bool) -> None:
    await timers.add(db, timer.kind, timer.subject_id, at, payload=timer.payload | {"held": held})


def polite_time(now: datetime, zone: ZoneInfo) -> datetime:
    """`now`, or the next morning when people sleep."""
    local = now.astimezone(zone)
    if ASK_FROM <= local.time() < ASK_UNTIL:
        return now
    day = local.date() + timedelta(days=1 if local.time() >= ASK_UNTIL else 0)
    return datetime.combine(day, ASK_FROM, zone).astimezone(now.tzinfo)


async def ask_once_a_day(db: Database, conversation: Conversation, touchpoint: str, day: str, now: datetime) -> Survey:
    """The question a customer opens themselves: the same one all day, answered or not."""
    occasion = f"{touchpoint}:{conversation.customer_id}:{day}"
    asked = await ask(db, conversation, touchpoint, occasion, now) or await ratings.survey_of(db, occasion)
    if asked is None:
        raise LookupError(f"survey {occasion} was there and is gone")
    return asked


def requested(shop: Shop) -> Touchpoint:
    """The touchpoint of a rating nobody asked for. A shop without one gets a neutral question."""
    found = shop.triggered_by("request") or [one for one in shop.touchpoints if one.enabled]
    return found[0] if found else Touchpoint(id="chung", title="Chung", question="")
