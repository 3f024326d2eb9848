"""Ratings and their consequences: each of the six levels sets one thing in motion, once. Source: docs/care.md."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from care import cases, levels
from care.levels import Level
from care.shop import Shop
from storage import cases as stored_cases
from storage import conversations, loyalty
from storage import ratings as stored
from storage.database import Database
from storage.records import Case, Conversation, Rating, Survey

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 letters nobody mistakes for another
CODE_LENGTH = 10  # 49 bits, see reliability T15


@dataclass(frozen=True)
class Rated:
    """What a level set in motion."""

    rating: Rating
    level: Level
    case: Case | None = None  # the rescue
    promised_at: datetime | None = None
    points: int = 0
    is_recovered: bool = False
    is_again: bool = False  # a re-rating after a rescue
    referral: str = ""  # the personal code


async def record(db: Database, shop: Shop, survey_id: int, level: int, now: datetime) -> Rated | None:
    """Keep a level and do what it asks for. None: unknown survey, or it already has its level."""
    meaning = levels.level(level)
    survey = await stored.survey(db, survey_id)
    conversation = None if survey is None else await conversations.get(db, survey.conversation_id)
    if survey is None or conversation is None:
        return None
    customer = await conversations.customer(db, survey.customer_id)
    about = None if survey.case_id is None else await stored_cases.get(db, survey.case_id)
    rating = await stored.add(
        db,
        survey,
        level,
        now,
        channel=conversation.channel,
        staff_id=about.assignee_id if about else None,
        points=_points(shop, meaning),
        counts=customer is not None and not customer.is_test,
    )
    if rating is None:
        return None
    if meaning.apologises:
        return await _rescue(db, shop, survey, rating, meaning, about, now)
    return await _thank(db, survey, rating, meaning, now)


def _points(shop: Shop, meaning: Level) -> int:
    return shop.levels.points.get(meaning.number, 0) if meaning.gives_points else 0


async def _rescue(
    db: Database, shop: Shop, survey: Survey, rating: Rating, meaning: Level, about: Case | None, now: datetime
) -> Rated:
    """An unhappy customer: a rescue case, or the one that did not help goes on with the same person."""
    if survey.rerates_id is not None and about is not None:
        case = await cases.reopen(db, shop, about.id, now)
        if case is not None:
            return Rated(rating, meaning, case, case.due_at, is_again=True)
    opened = await cases.open_case(
        db,
        shop,
        survey.customer_id,
        survey.conversation_id,
        "rescue",
        now,
        touchpoint=survey.touchpoint,
        urgent=meaning.severity == "urgent",
        rating_id=rating.id,
    )
    return Rated(rating, meaning, opened.case, opened.promised_at, is_again=survey.rerates_id is not None)


async def _thank(db: Database, survey: Survey, rating: Rating, meaning: Level, now: datetime) -> Rated:
    if rating.points:
        await loyalty.add_points(db, rating.customer_id, rating.points, "rating", f"rating:{rating.id}", now)
    is_recovered = survey.rerates_id is not None and levels.is_success(meaning.number)
    if is_recovered and survey.case_id is not None:
        await cases.recovered(db, survey.case_id, now)
        await cases.confirm(db, survey.case_id, now)  # who rates well needs no "is it fine now?"
    code = ""
    if meaning.gives_referral:
        code = await loyalty.referral_code(db, rating.customer_id, new_code(), now)
    return Rated(
        rating,
        meaning,
        points=rating.points,
        is_recovered=is_recovered,
        is_again=survey.rerates_id is not None,
        referral=code,
    )


def new_code() -> str:
    """A code nobody can guess and everybody can type."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def touchpoint_title(shop: Shop, survey_or_rating: Survey | Rating) -> str:
    """What the owner calls the moment that was rated."""
    found = shop.touchpoint(survey_or_rating.touchpoint)
    return found.title if found else survey_or_rating.touchpoint


async def add_reason(db: Database, rating: Rating, now: datetime, *, reason: str = "", comment: str = "") -> None:
    """Keep why, and let those who rescue read it."""
    await stored.say_why(db, rating.id, reason=reason, comment=comment)
    if (case := await rescue_of(db, rating)) is not None and (said := comment or reason):
        subject = f"{case.subject} · {said}" if case.subject else said
        await stored_cases.change(db, case.id, now, subject=subject[:200])


async def rescue_of(db: Database, rating: Rating) -> Case | None:
    """The open rescue of the customer who gave this rating."""
    if not levels.is_unhappy(rating.level):
        return None
    return await stored_cases.active_of_kind(db, rating.customer_id, "rescue")


def conversation_matches(rating: Rating | None, conversation: Conversation) -> bool:
    """A button about a rating only works in its own thread."""
    return rating is not None and rating.conversation_id == conversation.id
