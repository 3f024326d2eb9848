"""The learnt part of a FAQ: a score per entry, then a second look at the best few and how probable each is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from care.faq import calibration, lexicon
from care.faq.answers import Entry
from care.faq.background import NOTHING, Background
from care.faq.phrasings import Phrasings
from care.faq.ridge import Floats, Rows, solve
from care.faq.text import Reader, Word
from care.faq.vectors import Features, Scorer, Vocabulary

CANDIDATES = 5
MOST_LEARNT = 320  # entries; with more, the nearest phrasings are looked up instead of learning weights
_TOPICS = 1.4  # share of the topics beside the shop's own words
_DOUBT = 1.0  # ridge: how far a phrasing may be missed


@dataclass(frozen=True, slots=True)
class Message:
    """One message, looked at once."""

    length: int  # words
    features: Features
    topics: Floats  # what it is about, of length 1
    raw: Floats  # scores of the topics
    nothings: list[float]  # scores of openers and everyday talk


class Model:
    """Everything learnt from one shop's entries."""

    def __init__(self, entries: Sequence[Entry], reader: Reader, background: Background) -> None:
        self._background = background
        own = [(text, at) for at, entry in enumerate(entries) for text in self._texts(entry)]
        owners = np.array([at for _, at in own])
        self._starts = np.searchsorted(owners, np.arange(len(entries)))
        self._linear: Linear | None = None
        self._about: Floats = np.zeros((0, 0), dtype=np.float32)
        if len(entries) <= MOST_LEARNT:
            messages = [self.look(reader.read(text)) for text, _ in own]
            self._learn(reader, messages, owners)
        else:
            self._look_up(reader, own, len(entries))
        self._confirm(entries)
        self._shop_topics: Floats = self._own_topics.max(axis=0).astype(np.float32)

    def _learn(self, reader: Reader, messages: list[Message], owners: NDArray[np.intp]) -> None:
        small = [self.look(reader.read(text)) for part in lexicon.everyday().values() for text in part]
        taught = [*messages, *small]
        vocabulary = Vocabulary()
        vocabulary.learn(message.features for message in taught)
        targets: Floats = np.zeros((len(taught), len(self._starts)), dtype=np.float32)
        targets[np.arange(len(owners)), owners] = 1  # talk that asks for nothing stays at zero everywhere
        self._linear = Linear(vocabulary, taught, targets)
        self._phrasings = Phrasings((message.features for message in messages), vocabulary, self._background.vocabulary)
        self._about = np.array([message.topics for message in messages])
        self._own_topics: NDArray[np.floating] = np.minimum(np.maximum.reduceat(self._about, self._starts) / 0.5, 1)

    def _look_up(self, reader: Reader, own: list[tuple[str, int]], entries: int) -> None:
        """Many entries: nothing is learnt, and per entry only its words and topics are kept."""
        topics = np.zeros((entries, len(self._background.topics)), dtype=np.float16)

        def features() -> Iterator[Features]:
            for text, at in own:
                message = self.look(reader.read(text))
                np.maximum(topics[at], message.topics, out=topics[at], casting="same_kind")
                yield message.features

        self._phrasings = Phrasings(features(), Vocabulary(), self._background.vocabulary)
        self._own_topics = topics

    def look(self, words: list[Word]) -> Message:
        """Features and topics of the words of a message."""
        features = Features(words, self._background.thesaurus)
        scores = self._background.scores(features)
        raw = scores[: -len(NOTHING)]
        topics = np.maximum(raw, 0)
        length = float(topics @ topics) ** 0.5
        return Message(
            len(words), features, topics / length if length else topics, raw, scores[-len(NOTHING) :].tolist()
        )

    def _texts(self, entry: Entry) -> list[str]:
        """Question and phrasings, and the wordings of the topics the owner confirmed."""
        return [
            entry.question,
            *entry.phrasings,
            *(text for topic in entry.topics for text in self._background.wordings(topic)),
        ]

    def _confirm(self, entries: Sequence[Entry]) -> None:
        """A topic the owner confirmed belongs wholly to its entry."""
        for at, entry in enumerate(entries):
            for topic in entry.topics:
                if topic in self._background.topics:
                    self._own_topics[at, self._background.topics.index(topic)] = 1

    def ranked(self, message: Message) -> list[tuple[int, float]]:
        """The best entries and their probabilities, best first."""
        at, evidence = self.evidence(message)
        chances = calibration.probability(evidence)
        order = np.argsort(-chances, kind="stable")
        return [(int(at[place]), float(chances[place])) for place in order]

    def evidence(self, message: Message) -> tuple[NDArray[np.intp], Floats]:
        """The best candidates and, a row each, what speaks for and against them: see `calibration.EVIDENCE`."""
        said = self._phrasings.weighed(message.features)
        rows = self._phrasings.closeness(said)
        closest = np.maximum.reduceat(rows, self._starts)
        if self._linear is None:
            scores: Floats = closest * np.float32(0.7)
        else:
            scores = self._linear.scores(message)
        some = CANDIDATES + 1
        at = np.argpartition(-scores, some)[:some] if len(scores) > 4 * some else np.arange(len(scores))
        at = at[np.argsort(-scores[at])][:some]
        best = scores[at]
        about = self._closest_topics(at, message)
        foreign = (message.raw * (1 - self._own_topics[at])).max(axis=1)
        shared = [*message.nothings, self._phrasings.share_known(said), min(message.length, 15) / 10,
                  float((message.raw * (1 - self._shop_topics)).max()), float(message.raw.max())]  # fmt: skip
        second = float(best[1]) if len(best) > 1 else 0.0
        lead = best - best[0]
        lead[0] = best[0] - second
        table = np.empty((len(at), 5 + len(shared)), dtype=np.float32)
        table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4] = best, lead, closest[at], about, foreign
        table[:, 5:] = shared
        return at, table

    def _closest_topics(self, at: NDArray[np.intp], message: Message) -> Floats:
        """How close each candidate's nearest phrasing is by topic."""
        if self._linear is not None:
            rows: Floats = self._about @ message.topics
            each: Floats = np.maximum.reduceat(rows, self._starts)
            return each[at]
        near: Floats = self._own_topics[at].astype(np.float32) @ message.topics
        return np.minimum(near, 1)


class Linear:
    """Ridge weights of every entry over the shop's own features and the topics."""

    def __init__(self, vocabulary: Vocabulary, messages: list[Message], targets: Floats) -> None:
        rows = Rows([vocabulary.row(message.features) for message in messages], len(vocabulary))
        about = np.array([message.topics for message in messages])
        kernel = rows.kernel() + _TOPICS**2 * (about @ about.T)
        kernel[np.diag_indices(rows.count)] += _DOUBT
        solved = solve(kernel, targets)
        self._scorer = Scorer(vocabulary, rows.transposed_times(solved))
        self._topics = _TOPICS**2 * (about.T @ solved)

    def scores(self, message: Message) -> Floats:
        """One score an entry."""
        scores: Floats = self._scorer.scores(message.features) + message.topics @ self._topics
        return scores
