"""What the bot cannot answer, grouped by meaning, and what the owner does about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt
from typing import Any

from care.faq import editing, store
from care.faq.store import GAPS_SINCE, Gap
from care.shop import Entry, Shop
from care.text import fold
from storage import audit, faq
from storage.database import Database

LOOKED_AT = 300  # different unanswered questions
ALIKE = 0.5  # cosine from which two questions mean the same
# Words that say nothing about what is asked, without marks.
FILLERS = frozenset(
    "a ah ad ai anh ban bac bot chi cho chu co cua cac cai con dang dc de di do duoc em gi giup ha ho hok hong hoi i k"
    " ko khong la lam luon ma minh mn moi muon nao nay nha nhe nhi o oi roi sao shop sop the thi thoi tui toi u uh"
    " va vay voi xin a".split()
)


@dataclass(frozen=True)
class Group:
    """Questions of one meaning, most asked first. `near_id` is the entry they come closest to, "" for none."""

    gaps: tuple[Gap, ...]
    near_id: str = ""

    @property
    def times(self) -> int:
        """How often it was asked in all."""
        return sum(gap.times for gap in self.gaps)

    @property
    def key(self) -> str:
        """A name for it on a page."""
        return self.gaps[0].folded


async def unanswered(db: Database, now: datetime) -> list[Gap]:
    """The unanswered questions of the last 30 days."""
    return await store.gaps(db, now - GAPS_SINCE, LOOKED_AT)


def group(gaps: Sequence[Gap], index: Any = None) -> list[Group]:
    """Put questions of one meaning together, the commonest group first. Pure; some milliseconds."""
    said = [_words(gap.folded) for gap in gaps]
    rare = _rarity(said)
    leaders: list[tuple[dict[str, float], list[Gap]]] = []
    for words, gap in zip(said, gaps, strict=True):
        vector = _vector(words, rare)
        best = max(leaders, key=lambda one: _cosine(one[0], vector), default=None)
        if best is not None and _cosine(best[0], vector) >= ALIKE:
            best[1].append(gap)
        else:
            leaders.append((vector, [gap]))
    groups = [Group(tuple(members), _near(index, members[0].example)) for _, members in leaders]
    return sorted(groups, key=lambda one: (-one.times, one.key))


def _words(text: str) -> list[str]:
    words = [word for word in "".join(c if c.isalnum() else " " for c in fold(text)).split() if word not in FILLERS]
    return [*words, *(f"{a} {b}" for a, b in zip(words, words[1:], strict=False))]


def _rarity(texts: Iterable[list[str]]) -> dict[str, float]:
    counts: dict[str, int] = {}
    total = 0
    for words in texts:
        total += 1
        for word in {*words}:
            counts[word] = counts.get(word, 0) + 1
    return {word: 1 + log((total + 1) / count) for word, count in counts.items()}


def _vector(words: list[str], rare: dict[str, float]) -> dict[str, float]:
    weights = {word: rare[word] * (0.7 if " " in word else 1.0) for word in words}
    length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * large.get(word, 0.0) for word, weight in small.items())


def _near(index: Any, text: str) -> str:
    matches = [] if index is None else index.search(text, 1)
    return str(matches[0].entry_id) if matches and matches[0].confidence >= 0.05 else ""


# --- What the owner does about them -----------------------------------------------------------------------------


async def attach(
    db: Database, shop: Shop, entry_id: str, said: Sequence[tuple[str, str]], staff_id: int | None, now: datetime
) -> bool:
    """Make questions (wording, folded) ways to ask an entry. False: there is no such entry. Raises ShopFileError."""
    row = await faq.entry(db, entry_id)
    if row is None:
        return False
    entry = with_wordings(editing.shop_entry(row), [wording for wording, _ in said], shop)
    await editing.put(db, shop, entry, staff_id, now)
    await faq.mark_handled(db, [folded for _, folded in said], f"entry:{entry_id}")
    return True


def with_wordings(entry: Entry, more: Sequence[str], shop: Shop) -> Entry:
    """An entry with more ways to ask it. Raises ShopFileError."""
    values: dict[str, object] = {name: getattr(entry, name) for name in entry.__struct_fields__ if name != "phrasings"}
    return editing.entry_of(values | {"phrasings": [*entry.phrasings, *more]}, shop)


async def answered_by(db: Database, entry_id: str, folded: Sequence[str]) -> None:
    """Take questions off the list: a new entry answers them."""
    await faq.mark_handled(db, folded, f"entry:{entry_id}")


async def ignore(db: Database, folded: Sequence[str], staff_id: int | None, now: datetime) -> int:
    """Take questions off the list for good. Returns how many were there."""
    done = await faq.mark_handled(db, folded, "ignored")
    detail = {"questions": list(folded)[:20]}
    await audit.add(db, at=now, staff_id=staff_id, action="faq.ignore", subject="faq", detail=detail)
    db.touch("faq_asks", 0)
    return done
