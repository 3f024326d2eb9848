"""What is known before any shop's FAQ is: what customers everywhere ask, learnt from the phrase bank."""

import contextlib
import ctypes
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Protocol, Self

import numpy as np

from care.faq import lexicon
from care.faq.features import Thesaurus
from care.faq.ridge import Floats, Rows, solve
from care.faq.text import Reader
from care.faq.vectors import Features, Part, Vocabulary

_DOUBT = 0.5  # ridge: how far a wording may be missed
NOBODY_ASKS = ""  # the one topic of an empty bank
NOTHING = ("openers", "everyday")  # columns behind the topics


class Topic(Protocol):
    """A topic of the phrase bank."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def wordings(self) -> tuple[str, ...]: ...


class Background:
    """Scores a message against every topic and against talk that asks for nothing."""

    def __init__(
        self,
        topics: tuple[str, ...],
        part: Part,
        wordings: Callable[[], Mapping[str, tuple[str, ...]]],
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self.topics = topics
        self.part = part
        self.thesaurus = Thesaurus()
        self._wordings = wordings
        self.rest = rest  # after an index was built: give memory back

    @property
    def knows_topics(self) -> bool:
        """Has it learnt more than everyday talk?"""
        return self.topics != (NOBODY_ASKS,)

    @property
    def vocabulary(self) -> Vocabulary:
        """The features of the bank's wordings."""
        return self.part.vocabulary

    def wordings(self, topic: str) -> tuple[str, ...]:
        """How customers put a topic; none if the bank does not have it."""
        return self._wordings().get(topic, ())

    @classmethod
    def learn(cls, bank: tuple[Topic, ...]) -> Self:
        """Seconds of work and for a moment 100 MB and more."""
        topics = tuple(topic.id for topic in bank) or (NOBODY_ASKS,)
        columns = [(text, at) for at, topic in enumerate(bank) for text in (topic.title, *topic.wordings)]
        columns += [(text, len(topics) + at) for at, name in enumerate(NOTHING) for text in lexicon.everyday()[name]]
        part = _learn([text for text, _ in columns], [column for _, column in columns], len(topics) + len(NOTHING))
        wordings = {topic.id: topic.wordings for topic in bank}
        return cls(topics, part, lambda: wordings)


def _learn(texts: list[str], columns: list[int], width: int) -> Part:
    reader, thesaurus = Reader(texts), Thesaurus()
    features = [Features(reader.read(text), thesaurus) for text in texts]
    vocabulary = Vocabulary()
    vocabulary.learn(features, prune=True)
    rows = Rows([vocabulary.row(text) for text in features], len(vocabulary))
    targets: Floats = np.zeros((len(texts), width), dtype=np.float32)
    targets[np.arange(len(texts)), columns] = 1
    kernel = rows.kernel()
    kernel[np.diag_indices(rows.count)] += _DOUBT
    weights = rows.transposed_times(solve(kernel, targets)).astype(np.float16)  # half the memory, same answers
    return Part(vocabulary, weights)


_shipped: Background | None = None  # the phrase bank that comes with Chạm, learnt once per process


def background(bank: tuple[Topic, ...] | None = None) -> Background:
    """The background of a bank (default: the shipped one, learnt when first asked for)."""
    if bank is not None:
        return _of(bank)
    if _shipped is None:
        from care.faq.bank import load

        adopt(Background.learn(load()))
        give_back()
    assert _shipped is not None
    return _shipped


def adopt(learnt: Background) -> None:
    """From now on this process takes the shipped bank as it was learnt elsewhere."""
    global _shipped
    _shipped = learnt


def adopted() -> bool:
    """Has this process the shipped bank already?"""
    return _shipped is not None


@lru_cache(maxsize=2)
def _of(bank: tuple[Topic, ...]) -> Background:
    return Background.learn(bank)


def give_back() -> None:
    """Hand the memory that learning needed for a moment back to the system; glibc keeps it otherwise (40 MB)."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)
