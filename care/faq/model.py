"""The learnt part of a FAQ: a score per entry, then a second look at the best few and how probable each is."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from care.faq import calibration, lexicon
from care.faq.answers import Entry
from care.faq.background import NOTHING, Background
from care.faq.calibration import Evidence
from care.faq.phrasings import Phrasings
from care.faq.ridge import Floats, Rows, solve
from care.faq.text import Reader, Word
from care.faq.vectors import Features, Part, Scorer, Vocabulary

CANDIDATES = 5
MOST_LEARNT = 320  # entries; with more, the nearest phrasings are looked up instead of learning weights
_TOPICS = 1.4  # share of the topics beside the shop's own words
_ZERO = np.float32(0)
_DOUBT = 1.0  # ridge: how far a phrasing may be missed


class Message(NamedTuple):
    """One message, looked at once."""

    length: int  # words
    features: Features
    topics: Floats  # what it is about, of length 1
    raw: Floats  # scores of the topics
    nothings: list[float]  # scores of openers and everyday talk
    own: Floats | float  # scores of the entries by their own words, once they are learnt


class Model:
    """Everything learnt from one shop's entries."""

    def __init__(self, entries: Sequence[Entry], reader: Reader, background: Background) -> None:
        self._background = background
        self._scorer = Scorer(background.part)
        own = [(text, at) for at, entry in enumerate(entries) for text in self._texts(entry)]
        owners = np.array([at for _, at in own])
        self._starts = np.searchsorted(owners, np.arange(len(entries)))
        self._linear: Linear | None = None
        self._own_topics: NDArray[np.floating]
        self._about: list[Floats] = []  # per entry the topics of its phrasings
        if len(entries) <= MOST_LEARNT:
            messages = [self.look(reader.read(text)) for text, _ in own]
            self._learn(reader, messages, owners)
        else:
            self._look_up(reader, own, len(entries))
        self._confirm(entries)
        whole = self._own_topics.max(axis=0)
        self._own_topics = np.vstack([self._own_topics, whole, np.zeros_like(whole)])  # then: the shop, nobody
        self._curve = calibration.CURVE if background.knows_topics else calibration.WITHOUT_TOPICS

    def _learn(self, reader: Reader, messages: list[Message], owners: NDArray[np.intp]) -> None:
        small = [self.look(reader.read(text)) for part in lexicon.everyday().values() for text in part]
        taught = [*messages, *small]
        vocabulary = Vocabulary()
        vocabulary.learn(message.features for message in taught)
        targets: Floats = np.zeros((len(taught), len(self._starts)), dtype=np.float32)
        targets[np.arange(len(owners)), owners] = 1  # talk that asks for nothing stays at zero everywhere
        self._linear = Linear(vocabulary, taught, targets)
        self._scorer = Scorer(self._background.part, self._linear.part)
        self._phrasings = Phrasings((message.features for message in messages), vocabulary, self._background.vocabulary)
        about = np.array([message.topics for message in messages])
        self._about = np.split(about, self._starts[1:])
        self._own_topics = np.minimum(np.maximum.reduceat(about, self._starts) / 0.5, 1)

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
        about, *own = self._scorer.scores(features)
        raw = about[: -len(NOTHING)]
        topics = np.maximum(raw, _ZERO)
        if length := float(topics @ topics) ** 0.5:
            topics /= length
        return Message(len(words), features, topics, raw, about[-len(NOTHING) :].tolist(), own[0] if own else 0.0)

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
        found = self.evidence(message)
        chances = self._curve.probability(found)
        return sorted(zip(found.entries, chances, strict=True), key=lambda pair: -pair[1])

    def evidence(self, message: Message) -> Evidence:
        """The best candidates, and what speaks for and against them."""
        said = self._phrasings.look(message.features)
        nearest = np.maximum.reduceat(said.closeness, self._starts)
        scores = nearest * 0.7 if self._linear is None else self._linear.scores(message)
        at = _highest(scores, CANDIDATES + 1)
        best: list[float] = scores[at].tolist()
        lead = [score - best[0] for score in best]
        lead[0] = best[0] - (best[1] if len(best) > 1 else 0.0)
        others = 1 - self._own_topics.take([*at, -2, -1], axis=0)  # the last two: not the shop's, all
        *foreign, elsewhere, topical = (others * message.raw).max(axis=1).tolist()
        each = zip(best, lead, nearest[at].tolist(), self._closest_topics(at, message), foreign, strict=True)
        return Evidence(
            at, list(each), (*message.nothings, said.known, min(message.length, 15) / 10, elsewhere, topical)
        )

    def _closest_topics(self, at: list[int], message: Message) -> list[float]:
        """How close each candidate's nearest phrasing is by topic."""
        if self._linear is not None:
            some = [self._about[place] for place in at]
            starts = [0, *accumulate(map(len, some[:-1]))]
            each: list[float] = np.maximum.reduceat(np.concatenate(some) @ message.topics, starts).tolist()
            return each
        near: Floats = self._own_topics[at].astype(np.float32) @ message.topics
        return [min(one, 1.0) for one in near.tolist()]


def _highest(scores: NDArray[np.floating], count: int) -> list[int]:
    """Where the highest scores are, highest first."""
    if len(scores) <= 4 * count:
        order: list[int] = np.argsort(-scores)[:count].tolist()
        return order
    at = scores.argpartition(-count)[-count:]
    found = zip(scores[at].tolist(), at.tolist(), strict=True)
    return [place for _, place in sorted(found, key=lambda pair: -pair[0])]


class Linear:
    """Ridge weights of every entry over the shop's own features and the topics."""

    def __init__(self, vocabulary: Vocabulary, messages: list[Message], targets: Floats) -> None:
        rows = Rows([vocabulary.row(message.features) for message in messages], len(vocabulary))
        about = np.array([message.topics for message in messages])
        kernel = rows.kernel() + _TOPICS**2 * (about @ about.T)
        kernel[np.diag_indices(rows.count)] += _DOUBT
        solved = solve(kernel, targets)
        self.part = Part(vocabulary, rows.transposed_times(solved))
        self._topics = _TOPICS**2 * (about.T @ solved)

    def scores(self, message: Message) -> NDArray[np.floating]:
        """One score an entry."""
        return message.own + message.topics @ self._topics
