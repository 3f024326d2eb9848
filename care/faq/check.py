"""Measures a shop's FAQ with its own questions: `cham faq check FILE --queries FILE.jsonl`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from care.faq.answers import Answer, Entry, Suggest
from care.faq.index import FaqIndex


@dataclass(frozen=True, slots=True)
class Query:
    """What a customer asked and the entries that answer it; no entries: nothing should be answered."""

    text: str
    entry_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Weak:
    """An entry that is often missed: how many questions it had, how many went wrong, and to which entry mostly."""

    entry_id: str
    asked: int
    missed: int
    instead: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Shares are 0..1; a share of nothing is 0."""

    answerable: int
    unanswerable: int
    top1: float  # answerable: the best match is right
    recall3: float  # answerable: the right entry is among three
    answered: float  # answerable: answered at once
    right: float  # of the answers given: right
    wrong: float  # of all messages: answered wrongly
    abstained: float  # of all messages: neither answered nor suggested
    out_of_scope_answered: float
    worst: tuple[Weak, ...]


def check(entries: Iterable[Entry], queries: Sequence[Query], *, worst: int = 10) -> Report:
    """Ask every query once."""
    index = FaqIndex.build(entries)
    top1 = recall3 = answered = right = wrong = abstained = outside = outside_answered = 0
    asked: Counter[str] = Counter()
    missed: dict[str, Counter[str | None]] = {}
    for query in queries:
        matches = [match.entry_id for match in index.search(query.text)]
        decision = index.decide(query.text)
        hit = bool(matches) and matches[0] in query.entry_ids
        is_answer = isinstance(decision, Answer)
        answered += is_answer and bool(query.entry_ids)
        right += is_answer and hit
        wrong += is_answer and not hit
        abstained += not isinstance(decision, Answer | Suggest)
        if not query.entry_ids:
            outside += 1
            outside_answered += is_answer
            continue
        top1 += hit
        recall3 += any(found in query.entry_ids for found in matches)
        for wanted in query.entry_ids:
            asked[wanted] += 1
            if not hit:
                missed.setdefault(wanted, Counter())[matches[0] if matches else None] += 1
    inside = len(queries) - outside
    return Report(
        answerable=inside,
        unanswerable=outside,
        top1=_share(top1, inside),
        recall3=_share(recall3, inside),
        answered=_share(answered, inside),
        right=_share(right, right + wrong),
        wrong=_share(wrong, len(queries)),
        abstained=_share(abstained, len(queries)),
        out_of_scope_answered=_share(outside_answered, outside),
        worst=_worst(asked, missed)[:worst],
    )


def _worst(asked: Counter[str], missed: dict[str, Counter[str | None]]) -> tuple[Weak, ...]:
    found = [Weak(entry, asked[entry], others.total(), others.most_common(1)[0][0]) for entry, others in missed.items()]
    return tuple(sorted(found, key=lambda weak: (-weak.missed, -weak.missed / weak.asked, weak.entry_id)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
