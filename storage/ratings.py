"""Surveys and ratings: one question per occasion, at most one level per question. Levels are 1 (worst) to 6."""

from datetime import datetime

from .database import Database
from .records import Rating, Survey, to_ms


async def ask(
    db: Database,
    *,
    customer_id: int,
    conversation_id: int,
    occasion: str,
    touchpoint: str,
    at: datetime,
    case_id: int | None = None,
    rerates_id: int | None = None,
) -> Survey | None:
    """Keep that a question is asked. None: it was asked on this occasion before."""
    row = await db.one(
        """
        INSERT INTO surveys (customer_id, conversation_id, occasion, touchpoint, case_id, rerates_id, asked_at)
        VALUES (:customer_id, :conversation_id, :occasion, :touchpoint, :case_id, :rerates_id, :at)
        ON CONFLICT (occasion) DO NOTHING RETURNING *
        """,
        {
            "customer_id": customer_id,
            "conversation_id": conversation_id,
            "occasion": occasion,
            "touchpoint": touchpoint,
            "case_id": case_id,
            "rerates_id": rerates_id,
            "at": to_ms(at),
        },
    )
    return None if row is None else Survey.of(row)


async def survey(db: Database, survey_id: int) -> Survey | None:
    """A question by its number."""
    row = await db.one("SELECT * FROM surveys WHERE id = :id", {"id": survey_id})
    return None if row is None else Survey.of(row)


async def survey_of(db: Database, occasion: str) -> Survey | None:
    """The question asked on an occasion."""
    row = await db.one("SELECT * FROM surveys WHERE occasion = :occasion", {"occasion": occasion})
    return None if row is None else Survey.of(row)


async def asked_since(db: Database, customer_id: int, since: datetime) -> bool:
    """Whether a customer was asked for a level since a time."""
    sql = "SELECT 1 AS one FROM surveys WHERE customer_id = :id AND asked_at >= :since LIMIT 1"
    return await db.one(sql, {"id": customer_id, "since": to_ms(since)}) is not None


async def add(
    db: Database,
    asked: Survey,
    level: int,
    at: datetime,
    *,
    channel: str,
    staff_id: int | None,
    points: int,
    counts: bool,
) -> Rating | None:
    """Keep the first level of a survey. None: it already had one (a double tap)."""
    row = await db.one(
        """
        INSERT INTO ratings (survey_id, customer_id, conversation_id, touchpoint, channel, level, staff_id, case_id,
            rerates_id, points, counts, at)
        VALUES (:survey_id, :customer_id, :conversation_id, :touchpoint, :channel, :level, :staff_id, :case_id,
            :rerates_id, :points, :counts, :at)
        ON CONFLICT (survey_id) DO NOTHING RETURNING *
        """,
        {
            "survey_id": asked.id,
            "customer_id": asked.customer_id,
            "conversation_id": asked.conversation_id,
            "touchpoint": asked.touchpoint,
            "channel": channel,
            "level": level,
            "staff_id": staff_id,
            "case_id": asked.case_id,
            "rerates_id": asked.rerates_id,
            "points": points,
            "counts": int(counts),
            "at": to_ms(at),
        },
    )
    if row is None:
        return None
    db.touch("rating", int(row["id"]))
    return Rating.of(row)


async def get(db: Database, rating_id: int) -> Rating | None:
    """A rating by its number."""
    row = await db.one("SELECT * FROM ratings WHERE id = :id", {"id": rating_id})
    return None if row is None else Rating.of(row)


async def of_survey(db: Database, survey_id: int) -> Rating | None:
    """The answer to a question."""
    row = await db.one("SELECT * FROM ratings WHERE survey_id = :id", {"id": survey_id})
    return None if row is None else Rating.of(row)


async def say_why(db: Database, rating_id: int, *, reason: str = "", comment: str = "") -> None:
    """Keep the quick reason, the words, or both; words are added to those there are."""
    await db.execute(
        """
        UPDATE ratings SET
            reason = CASE WHEN :reason <> '' THEN :reason ELSE reason END,
            comment = CASE WHEN :comment = '' THEN comment WHEN comment = '' THEN :comment
                ELSE comment || '\n' || :comment END
        WHERE id = :id
        """,
        {"id": rating_id, "reason": reason, "comment": comment},
    )
    db.touch("rating", rating_id)
