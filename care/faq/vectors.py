"""Turns words into weighted features; keeps what a word's letters are worth, because words come again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from care.faq.features import Thesaurus, letter_grams, mark_features, meaning_features, negations, word_features
from care.faq.ridge import Floats, Ids
from care.faq.text import Word


@dataclass(frozen=True, slots=True)
class Shares:
    """How much each kind of evidence counts."""

    letters: float = 1.0
    words: float = 0.8
    meanings: float = 0.8
    marks: float = 0.8


SHARES = Shares()
_KEPT = frozenset({"w:", "b:", "c:", "m:"})  # kinds that tell something even when seen once


class Features:
    """The features of one text: letter runs, words and pairs, meanings, marks."""

    __slots__ = ("letters", "marks", "meanings", "words")

    def __init__(self, words: list[Word], thesaurus: Thesaurus) -> None:
        self.letters = [plain for plain, _ in words]
        self.words = word_features(words)
        self.meanings = meaning_features(thesaurus.meanings(words) + negations(words))
        self.marks = mark_features(words)

    def all(self) -> Iterable[str]:
        """Every feature once or more."""
        for plain in self.letters:
            yield from letter_grams(plain)
        yield from self.words
        yield from self.meanings
        yield from self.marks


class Vocabulary:
    """Feature → number and rarity (inverse document frequency)."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._seen: list[int] = []
        self._texts = 0
        self._growing = True  # until texts were learnt as a whole
        self.rarity: Floats = np.zeros(0, dtype=np.float32)
        self.rarities: list[float] = []
        self.unseen = 1.0

    @classmethod
    def of(cls, features: Iterable[str], seen: Sequence[int], texts: int) -> Self:
        """A vocabulary as it was learnt."""
        vocabulary = cls()
        vocabulary.ids = {feature: at for at, feature in enumerate(features)}
        vocabulary._seen, vocabulary._texts, vocabulary._growing = list(seen), texts, False
        vocabulary.weigh()
        return vocabulary

    def counts(self) -> tuple[list[int], int]:
        """In how many texts each feature was seen, and how many texts there were."""
        return self._seen, self._texts

    def number(self, features: Iterable[str]) -> Ids:
        """The numbers of one text's features, each once; new ones are added and count as seen."""
        numbers = []
        for feature in dict.fromkeys(features):
            at = self.ids.get(feature)
            if at is None:
                at = self.ids[feature] = len(self._seen)
                self._seen.append(0)
            if self._growing:
                self._seen[at] += 1
            numbers.append(at)
        self._texts += self._growing
        return np.array(numbers, dtype=np.int32)

    def learn(self, texts: Iterable[Features], *, prune: bool = False) -> None:
        """Number the features of the texts; `prune` drops letter runs that only one text has."""
        self._growing = False
        self._count(texts)
        if prune:
            kept = [feature for feature, at in self.ids.items() if self._seen[at] > 1 or feature[:2] in _KEPT]
            self._seen = [self._seen[self.ids[feature]] for feature in kept]
            self.ids = {feature: at for at, feature in enumerate(kept)}
            self.weigh()

    def _count(self, texts: Iterable[Features]) -> None:
        for text in texts:
            self._texts += 1
            for feature in set(text.all()):
                at = self.ids.setdefault(feature, len(self._seen))
                if at == len(self._seen):
                    self._seen.append(0)
                self._seen[at] += 1
        self.weigh()

    def weigh(self) -> None:
        """Work out how rare each feature is."""
        self.rarity = (np.log((1 + self._texts) / (1 + np.array(self._seen))) + 1).astype(np.float32)
        self.rarities = self.rarity.tolist()
        self.unseen = float(np.log(1 + self._texts) + 1)

    def __len__(self) -> int:
        return len(self._seen)

    def rarity_of(self, feature: str) -> float:
        """How rare a feature is; one never seen is the rarest."""
        at = self.ids.get(feature)
        return self.unseen if at is None else self.rarities[at]

    def row(self, text: Features, shares: Shares = SHARES) -> tuple[Ids, Floats]:
        """Numbers and weights of a text; each kind of evidence has the length its share says."""
        letters = [gram for plain in text.letters for gram in letter_grams(plain)]
        kinds = (letters, text.words, text.meanings, text.marks)
        ids: list[Ids] = []
        weights: list[Floats] = []
        for features, share in zip(kinds, (shares.letters, shares.words, shares.meanings, shares.marks), strict=True):
            known = np.array([self.ids[feature] for feature in features if feature in self.ids], dtype=np.int32)
            worth = self.rarity[known]
            length = float(worth @ worth) + (len(features) - len(known)) * self.unseen**2
            ids.append(known)
            weights.append(worth * (share / np.sqrt(length)) if length else worth)
        return np.concatenate(ids), np.concatenate(weights)


class Part(NamedTuple):
    """What one learning gave: for every feature of its vocabulary a row of weights, a column each."""

    vocabulary: Vocabulary
    weights: NDArray[np.floating]


Worth = tuple[int, float, float]  # row in the table (none: -1), squared rarity in the first and in the second part


class Scorer:
    """Scores texts against the columns of one or two parts, as `Vocabulary.row` times the weights would, only sooner.

    What was met before is kept ready: one table holds the weights of all parts, times rarity, a row for a feature and
    a row for the letters of a word. A text then is a few dictionary look-ups and one product.
    """

    _ROWS = 3_000  # kept ready; a message has at most some hundreds
    _MET = 12_000  # features; most pairs of words are in no vocabulary and need no row

    def __init__(self, *parts: Part, shares: Shares = SHARES) -> None:
        self._parts = parts
        ends = np.cumsum([part.weights.shape[1] for part in parts]).tolist()
        self._spans = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        self._table: Floats = np.empty((self._ROWS, ends[-1]), dtype=np.float32)
        self._shares = (shares.letters, shares.words, shares.meanings, shares.marks)
        self._words: dict[str, Worth] = {}
        self._features: dict[str, Worth] = {}
        self._filled = 0

    def scores(self, text: Features) -> list[Floats]:
        """For each part one number a column."""
        kinds = (text.letters, text.words, text.meanings, text.marks)
        self._make_room(sum(map(len, kinds)))
        rows: list[int] = []
        factors: tuple[list[float], list[float]] = ([], [])
        known, meet = self._words, cast("Callable[[str], Worth]", self._meet_word)
        for kind, share in zip(kinds, self._shares, strict=True):
            before, first, second = len(rows), 0.0, 0.0
            for feature in kind:
                row, one, two = known.get(feature) or meet(feature)
                first += one
                second += two
                if row >= 0:
                    rows.append(row)
            if found := len(rows) - before:
                factors[0].extend([share / first**0.5] * found)
                factors[1].extend([share / second**0.5 if second else 0.0] * found)
            known, meet = self._features, self._meet
        if not rows:
            return [np.zeros(span.stop - span.start, dtype=np.float32) for span in self._spans]
        products = np.array(factors[: len(self._parts)], dtype=np.float32) @ self._table.take(rows, axis=0)
        return [products[at, span] for at, span in enumerate(self._spans)]

    def _make_room(self, needed: int) -> None:
        """Forget everything when the table or the dictionary is full."""
        if self._filled + needed > self._ROWS or len(self._features) + needed > self._MET:
            self._words.clear()
            self._features.clear()
            self._filled = 0

    def _meet(self, feature: str) -> Worth:
        row, squares = -1, [0.0, 0.0]
        for at, (vocabulary, weights) in enumerate(self._parts):
            number = vocabulary.ids.get(feature)
            rarity = vocabulary.unseen if number is None else vocabulary.rarities[number]
            squares[at] = rarity * rarity
            if number is not None:
                row = self._new_row() if row < 0 else row
                np.multiply(weights[number], rarity, out=self._table[row, self._spans[at]], dtype=np.float32)
        worth = self._features[feature] = (row, squares[0], squares[1])
        return worth

    def _meet_word(self, plain: str) -> Worth:
        """The letters of a word together."""
        row, squares, grams = -1, [0.0, 0.0], letter_grams(plain)
        for at, (vocabulary, weights) in enumerate(self._parts):
            known = [number for gram in grams if (number := vocabulary.ids.get(gram)) is not None]
            rarities = vocabulary.rarity[known]
            squares[at] = float(rarities @ rarities) + (len(grams) - len(known)) * vocabulary.unseen**2
            if known:
                row = self._new_row() if row < 0 else row
                self._table[row, self._spans[at]] = rarities @ weights[known].astype(np.float32, copy=False)
        worth = self._words[plain] = (row, squares[0], squares[1])
        return worth

    def _new_row(self) -> int:
        row = self._filled
        self._table[row] = 0
        self._filled += 1
        return row
