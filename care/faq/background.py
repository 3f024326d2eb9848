"""What is known before any shop's FAQ is: what customers everywhere ask, learnt from the phrase bank."""

import contextlib
import ctypes
from functools import lru_cache
from typing import Protocol

import numpy as np

from care.faq import lexicon
from care.faq.features import Thesaurus
from care.faq.ridge import Floats, Rows, solve
from care.faq.text import Reader
from care.faq.vectors import Features, Scorer, Vocabulary

_DOUBT = 0.5  # ridge: how far a wording may be missed
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

    def __init__(self, bank: tuple[Topic, ...]) -> None:
        self.topics = tuple(topic.id for topic in bank)
        self.thesaurus = Thesaurus()
        self._wordings = {topic.id: topic.wordings for topic in bank}
        columns = [(text, at) for at, topic in enumerate(bank) for text in (topic.title, *topic.wordings)]
        columns += [(text, len(bank) + at) for at, name in enumerate(NOTHING) for text in lexicon.everyday()[name]]
        reader = Reader(text for text, _ in columns)
        texts = [Features(reader.read(text), self.thesaurus) for text, _ in columns]
        self.vocabulary = Vocabulary()
        self.vocabulary.learn(texts, prune=True)
        rows = Rows([self.vocabulary.row(text) for text in texts], len(self.vocabulary))
        targets: Floats = np.zeros((len(columns), len(bank) + len(NOTHING)), dtype=np.float32)
        targets[np.arange(len(columns)), [column for _, column in columns]] = 1
        kernel = rows.kernel()
        kernel[np.diag_indices(rows.count)] += _DOUBT
        weights = rows.transposed_times(solve(kernel, targets)).astype(np.float16)  # half the memory, same answers
        self._scorer = Scorer(self.vocabulary, weights)

    def wordings(self, topic: str) -> tuple[str, ...]:
        """How customers put a topic; none if the bank does not have it."""
        return self._wordings.get(topic, ())

    def scores(self, text: Features) -> Floats:
        """One number a topic, then one for openers and one for everyday talk; 1 is typical, 0 unrelated."""
        return self._scorer.scores(text)


@lru_cache(maxsize=2)
def background(bank: tuple[Topic, ...] | None = None) -> Background:
    """The background of a bank (default: the shipped one); learnt once per process."""
    if bank is None:
        from care.faq.bank import load

        bank = load()
    learnt = Background(bank)
    _give_back()
    return learnt


def _give_back() -> None:
    """Hand the memory that learning needed for a moment back to the system; glibc keeps it otherwise (40 MB)."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)
