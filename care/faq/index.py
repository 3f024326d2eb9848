"""The FAQ index: built once from the entries, asked for every message."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from care.faq import lexicon
from care.faq.answers import Answer, Decision, Entry, Match, Suggest, Unknown
from care.faq.features import Thesaurus
from care.faq.text import Reader

if TYPE_CHECKING:
    from care.faq.model import Linear

SURE, UNSURE = 0.6, 0.25


class FaqIndex:
    """Which entry answers a message. Immutable: build a new one and swap it in."""

    def __init__(self, entries: tuple[Entry, ...], reader: Reader, model: "Linear | None", sure: float, unsure: float) -> None:
        self.entries = entries
        self.sure = sure
        self.unsure = unsure
        self._reader = reader
        self._model = model

    @classmethod
    def build(cls, entries: Iterable[Entry], *, sure: float = SURE, unsure: float = UNSURE) -> Self:
        """Learn the entries. Pure: no database, no network. Answers from `sure`, suggests from `unsure`."""
        from care.faq.model import Knobs, Linear

        known = tuple(entries)
        reader = Reader(text for entry in known for text in (entry.question, *entry.phrasings))
        if not known:
            return cls(known, reader, None, sure, unsure)
        texts = [
            (reader.read(text), at) for at, entry in enumerate(known) for text in (entry.question, *entry.phrasings)
        ]
        texts += [(reader.read(text), -1) for text in lexicon.everyday()]
        return cls(known, reader, Linear(texts, len(known), Thesaurus(), Knobs()), sure, unsure)

    def search(self, text: str, limit: int = 3) -> list[Match]:
        """The likeliest entries, best first."""
        words = self._reader.read(text)
        if not words or self._model is None:
            return []
        scores = self._model.scores(words)
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[:limit]
        return [Match(self.entries[at].id, min(1.0, max(0.0, float(scores[at])))) for at in best]

    def decide(self, text: str, sure: float | None = None, unsure: float | None = None) -> Decision:
        """Answer, offer up to three entries, or say that none fits."""
        found = self.search(text)
        sure, unsure = self.sure if sure is None else sure, self.unsure if unsure is None else unsure
        if not found or found[0].confidence < unsure:
            return Unknown()
        if found[0].confidence >= sure:
            return Answer(found[0].entry_id, found[0].confidence)
        return Suggest(tuple(match.entry_id for match in found if match.confidence >= unsure / 2))
