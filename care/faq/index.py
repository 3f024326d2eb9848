"""The FAQ index: built once from the entries, asked for every message."""

import re
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Self

from care.faq.answers import Answer, Decision, Entry, Match, Suggest, Unknown
from care.faq.text import LONGEST, Reader, Word

if TYPE_CHECKING:  # numpy stays out of start-up
    from care.faq.background import Topic
    from care.faq.model import Model

SURE, UNSURE = 0.65, 0.2
_SHORT = 5  # words; a follow-up such as "còn ngoại tỉnh?" is not longer
_MOST_QUESTIONS = 5
_REMEMBERED = 2_000  # messages
_BETWEEN = re.compile(r"[?!;\n]+|\.\s|,|\s(?:và|với lại|voi lai|à mà|a ma|rồi còn|roi con|còn nữa|con nua)\s")


class FaqIndex:
    """Which entry answers a message. Never changes: build a new one and swap it in."""

    def __init__(
        self, entries: tuple[Entry, ...], reader: Reader, model: "Model | None", sure: float, unsure: float
    ) -> None:
        self.entries = entries
        self.sure = sure
        self.unsure = unsure
        self._reader = reader
        self._model = model
        self._asked: dict[str, tuple[Match, ...]] = {}
        self._one_at_a_time = Lock()  # the model keeps what it met; pages and turns ask from different threads

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        bank: "Sequence[Topic] | None" = None,
        sure: float = SURE,
        unsure: float = UNSURE,
    ) -> Self:
        """Learn the entries. Pure: no database, no network. Answers from `sure`, suggests from `unsure`.

        `bank` replaces the shipped phrase bank. The first build of a process also learns the bank.
        """
        from care.faq.background import background
        from care.faq.model import Model

        known = tuple(entry for entry in entries if entry.question.strip() or any(entry.phrasings))
        reader = Reader(text for entry in known for text in (entry.question, *entry.phrasings))
        if not known:
            return cls(known, reader, None, sure, unsure)
        learnt = background(None if bank is None else tuple(bank))
        model = Model(known, reader, learnt)
        learnt.rest()
        return cls(known, reader, model, sure, unsure)

    def search(self, text: str, limit: int = 3, *, context: str | None = None) -> list[Match]:
        """The likeliest entries, best first. `context` is what the customer asked before, for a short follow-up."""
        found = self._remembered(text)
        if context and (not found or found[0].confidence < self.sure):
            words = self._reader.read(text)
            joined = self._ranked([*self._reader.read(context), *words]) if len(words) <= _SHORT else ()
            if joined and (not found or joined[0].confidence > found[0].confidence):
                found = joined
        return list(found[:limit])

    def _remembered(self, text: str) -> tuple[Match, ...]:
        """Customers ask much the same in the same words, and this index never changes."""
        text = text[:LONGEST]
        found = self._asked.get(text)
        if found is None:
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            found = self._asked[text] = self._ranked(self._reader.read(text))
        return found

    def _ranked(self, words: list[Word]) -> tuple[Match, ...]:
        if not words or self._model is None:
            return ()
        with self._one_at_a_time:
            ranked = self._model.ranked(self._model.look(words))
        return tuple(Match(self.entries[at].id, chance) for at, chance in ranked)

    def decide(
        self, text: str, sure: float | None = None, unsure: float | None = None, *, context: str | None = None
    ) -> Decision:
        """Answer, offer up to three entries, or say that none fits."""
        sure, unsure = self.sure if sure is None else sure, self.unsure if unsure is None else unsure
        found = self.search(text, 3, context=context)
        if not found or found[0].confidence < min(sure, unsure):
            return Unknown()
        if found[0].confidence >= sure:
            return Answer(found[0].entry_id, found[0].confidence)
        return Suggest(tuple(match.entry_id for match in found if match.confidence >= unsure / 4))

    def decide_all(
        self, text: str, sure: float | None = None, unsure: float | None = None, *, context: str | None = None
    ) -> list[Decision]:
        """One decision a question when a message asks several things, else the decision on the whole."""
        parts = [part for part in _BETWEEN.split(text[:LONGEST]) if len(part.split()) > 1]
        answers: dict[str, Decision] = {}
        if len(parts) > 1:
            for part in parts[:_MOST_QUESTIONS]:
                decision = self.decide(part, sure, unsure)
                if isinstance(decision, Answer):
                    answers.setdefault(decision.entry_id, decision)
        if len(answers) > 1:
            return list(answers.values())
        return [self.decide(text, sure, unsure, context=context)]
