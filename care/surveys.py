"""Asking for a level: one question per occasion, at the touchpoints the owner switched on."""

from datetime import datetime

from care.shop import Shop, Touchpoint
from storage import cases, ratings
from storage.database import Database
from storage.records import Conversation, Survey


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


async def open_for(db: Database, survey_id: int) -> Survey | None:
    """A question that still waits for its answer."""
    if await ratings.of_survey(db, survey_id) is not None:
        return None
    return await ratings.survey(db, survey_id)
