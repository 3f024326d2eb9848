"""The FAQ learns in the open: taps, 👍 and colleagues propose wordings; the owner's yes makes one live.

Nothing a customer does changes an entry. What they meant is kept as a proposal, counted by its folded words.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from care.faq import editing, gaps
from care.settings import entries_of, load
from care.shop import Entry, Shop
from care.text import clean, fold
from storage import audit, faq, faq_proposals
from storage.database import Database
from storage.faq_proposals import Proposal
from storage.records import FaqAsk

SURE_ALREADY = 85  # percent; 👍 on a surer answer teaches nothing new
SHORTEST = 4  # letters and digits of a wording
MASK = "…"  # stands where a customer's number or address was
_MAIL = re.compile(r"\S+@\S+\.\S+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s.-]?\d){8,}")  # phones, accounts; no price has nine digits
_CODE = re.compile(r"\b[^\W\d]+[-_]?\d{4,}\w*")  # an order's
_SPACE = re.compile(r"\s+")
_ALNUM = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Proposed:
    """A proposal as the owner decides about it. `clash` is the question of another entry that has the same words."""

    proposal: Proposal
    question: str
    clash: str = ""


async def tapped(db: Database, shop: Shop, asked: FaqAsk, entry_id: str, now: datetime) -> None:
    """The customer chose what they meant among "do you mean". A second tap on the same one counts nothing."""
    if asked.handled == "chosen":
        if asked.entry_id == entry_id:
            return
        await _withdraw(db, asked)
    await propose(db, shop, entry_id, asked.text, "tap", now)


async def liked(db: Database, shop: Shop, asked: FaqAsk, now: datetime) -> None:
    """👍 under an answer: a new wording when the engine was not sure of it. What was tapped is counted already."""
    alone = asked.outcome == "answered" and not asked.offered  # several answers to one message: whose words are whose?
    if alone and asked.confidence < SURE_ALREADY:
        await propose(db, shop, asked.entry_id, asked.text, "helped", now)


async def disliked(db: Database, asked: FaqAsk) -> None:
    """👎 proposes nothing; a tap before it was a mistake."""
    if asked.handled == "chosen":
        await _withdraw(db, asked)


async def propose(
    db: Database, shop: Shop, entry_id: str, text: str, source: str, now: datetime, staff_id: int | None = None
) -> Proposal | None:
    """Keep a wording for the owner. None: nothing to learn, no such entry, known or decided before."""
    entry, wording = entries_of(shop).get(entry_id), wording_of(text)
    if entry is None or not wording or key(wording) in {key(known) for known in editing.wordings(entry)}:
        return None
    found = await faq_proposals.add(db, entry_id, wording, key(wording), source, now, staff_id)
    db.touch("faq_proposals", 0)
    return found


async def _withdraw(db: Database, asked: FaqAsk) -> None:
    await faq_proposals.withdraw(db, asked.entry_id, key(wording_of(asked.text)))
    db.touch("faq_proposals", 0)


def wording_of(text: str) -> str:
    """The words as an entry may keep them: one line without whose number or address it was. "": too little is left."""
    said = _SPACE.sub(" ", masked(clean(text))).strip()
    if len(said) > editing.WORDING_LIMIT or len(_ALNUM.findall(said)) < SHORTEST:
        return ""
    return said


def masked(text: str) -> str:
    """Words without numbers and addresses that lead to a person or an order."""
    return _CODE.sub(MASK, _LONG_NUMBER.sub(MASK, _MAIL.sub(MASK, text)))


def key(wording: str) -> str:
    """What makes two wordings the same."""
    return " ".join(fold(wording).split())


# --- The owner decides -------------------------------------------------------------------------------------------


async def open_proposals(db: Database) -> list[Proposed]:
    """What waits for the owner, most used first; proposals of entries that are gone wait unseen."""
    shop = await load(db)
    entries = entries_of(shop)
    owners = {key(text): one for one in shop.entries for text in editing.wordings(one)}
    return [
        Proposed(one, entries[one.entry_id].question, _clash(one, owners.get(one.folded)))
        for one in await faq_proposals.waiting(db)
        if one.entry_id in entries
    ]


def _clash(one: Proposal, other: Entry | None) -> str:
    return "" if other is None or other.id == one.entry_id else other.question


async def decide(db: Database, proposal_id: int, approve: bool, staff_id: int | None, now: datetime) -> bool:
    """The owner takes a proposal, which is live at once and can be taken back like every edit, or declines it.

    False: it was decided before, or its entry is gone. Raises ShopFileError when the entry can take no more.
    """
    found = await faq_proposals.get(db, proposal_id)
    row = None if found is None else await faq.entry(db, found.entry_id)
    if found is None or row is None:
        return False
    if not await faq_proposals.decide(db, found.id, "approved" if approve else "declined", staff_id, now):
        return False
    if approve:
        shop = await load(db)
        await editing.put(db, shop, gaps.with_wordings(editing.shop_entry(row), [found.wording], shop), staff_id, now)
        await faq.mark_handled(db, [found.folded], f"entry:{found.entry_id}")
    action = "faq.approve" if approve else "faq.decline"
    detail = {"wording": found.wording, "source": found.source, "times": found.times}
    await audit.add(db, at=now, staff_id=staff_id, action=action, subject=f"faq:{found.entry_id}", detail=detail)
    db.touch("faq_proposals", 0)
    return True
