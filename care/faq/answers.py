"""What goes into the FAQ index and what comes out of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One answerable question; `topics` are links to the phrase bank that the owner has confirmed."""

    id: str
    question: str
    phrasings: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer, and how probable it is (0..1) that it does."""

    entry_id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Sure enough to answer at once."""

    entry_id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggest:
    """Unsure: offer these entries, best first, at most three."""

    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No entry fits: a person should answer."""


Decision = Answer | Suggest | Unknown
