"""The shop's entries as the engine learns them, what customers asked of them, and whether it helped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from care.address import TOKENS
from care.faq.answers import Entry
from care.settings import entries_of
from care.shop import Shop, answer_text
from care.text import clean, fold
from storage import faq
from storage import settings as stored_settings
from storage.database import Database

_BRACES = re.compile(r"\{([^{}\s]{1,60})\}")
TEXT_KEPT = 500  # characters of a question that are kept
GAPS_SINCE = timedelta(days=30)


@dataclass(frozen=True)
class Help:
    """How often an entry answered, and what customers said about it."""

    entry_id: str
    question: str
    answered: int
    helped: int
    not_helped: int

    @property
    def help_rate(self) -> float | None:
        """Share of 👍 among those who said anything. None: nobody did."""
        said = self.helped + self.not_helped
        return self.helped / said if said else None


@dataclass(frozen=True)
class Gap:
    """A question the bot could not answer, with how often it came."""

    folded: str
    example: str
    times: int


async def version(db: Database) -> int:
    """A number that is another one after every change of the entries."""
    return await stored_settings.version(db, "faq")


async def changed(db: Database) -> None:
    """Call after changing entries: the engine learns them anew, and the shop is read again."""
    await stored_settings.renew(db, "faq")
    await stored_settings.renew(db)


async def learnable(db: Database) -> list[Entry]:
    """The active entries for `FaqIndex.build`."""
    return [Entry(row.id, row.question, row.phrasings, row.topics) for row in await faq.entries(db)]


def answer(shop: Shop, entry_id: str, today: date) -> str | None:
    """The answer with the shop's facts in it, pronoun tokens left. None: no such entry, or not valid today."""
    entry = entries_of(shop).get(entry_id)
    if entry is None or not entry.is_valid(today):
        return None
    text = answer_text(entry, shop.facts)
    return None if _has_gap(text) else text


def _has_gap(text: str) -> bool:
    """A fact of the answer is gone: braces are not for customers, a person answers instead."""
    return any(name not in TOKENS for name in _BRACES.findall(text))


def question(shop: Shop, entry_id: str) -> str:
    """The entry's question as the owner wrote it; "" for an unknown one."""
    entry = entries_of(shop).get(entry_id)
    return "" if entry is None else entry.question


async def keep_ask(
    db: Database,
    conversation_id: int,
    text: str,
    outcome: str,
    now: datetime,
    *,
    entry_id: str = "",
    confidence: float = 0.0,
    offered: Sequence[str] = (),
) -> int:
    """Remember a question and what became of it. Returns its number."""
    said = clean(text, TEXT_KEPT)
    return await faq.add_ask(
        db,
        conversation_id,
        text=said,
        folded=" ".join(fold(said).split()),
        outcome=outcome,
        entry_id=entry_id,
        confidence=round(confidence * 100),
        offered=offered,
        at=now,
    )


async def help_by_entry(db: Database, shop: Shop, since: datetime) -> list[Help]:
    """Every entry that answered since a time; the least helpful first."""
    rows = await faq.help_by_entry(db, since)
    return [
        Help(row["entry_id"], question(shop, row["entry_id"]), row["answered"], row["helped"], row["not_helped"])
        for row in rows
    ]


async def gaps(db: Database, since: datetime, limit: int = 50) -> list[Gap]:
    """Questions nobody answered, the same words together, most asked first."""
    rows = await faq.unanswered(db, since, limit)
    return [Gap(row["folded"], row["example"], row["times"]) for row in rows]
