"""Turns words into weighted features; keeps what a word's letters are worth, because words come again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from care.faq.features import Thesaurus, letter_grams, mark_features, negations, word_features
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
        found = word_features(words, [*thesaurus.meanings(words), *negations(words)])
        self.letters = [plain for plain, _ in words]
        self.words = [feature for feature in found if feature[0] in "wb"]
        self.meanings = [feature for feature in found if feature[0] in "cd"]
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
        self.unseen = 1.0

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
        self.rarities: list[float] = self.rarity.tolist()
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


class Scorer:
    """Scores texts against columns learnt by ridge; remembers what the letters of a word are worth.

    One table holds a row a feature and, behind them, a row a remembered word: one look-up and one product a text.
    """

    _REMEMBERED = 2_000  # words

    def __init__(self, vocabulary: Vocabulary, weights: NDArray[np.floating], shares: Shares = SHARES) -> None:
        self._vocabulary = vocabulary
        self._shares = shares
        self._features = len(weights)
        self._table = np.vstack([weights, np.zeros((self._REMEMBERED, weights.shape[1]), dtype=weights.dtype)])
        self._words: dict[str, tuple[int, float]] = {}

    def scores(self, text: Features) -> Floats:
        """One number a column; the same as `Vocabulary.row(text)` times the weights, only sooner."""
        ids: list[int] = []
        factors: list[float] = []
        length = 0.0
        if len(self._words) + len(text.letters) > self._REMEMBERED:
            self._words.clear()
        for plain in text.letters:
            at, squared = self._words.get(plain) or self._remember(plain)
            ids.append(at)
            length += squared
        if length:
            factors += [self._shares.letters / length**0.5] * len(ids)
        self._collect(text.words, self._shares.words, ids, factors)
        self._collect(text.meanings, self._shares.meanings, ids, factors)
        self._collect(text.marks, self._shares.marks, ids, factors)
        scores: Floats = np.array(factors, dtype=np.float32) @ self._table.take(ids, axis=0).astype(
            np.float32, copy=False
        )
        return scores

    def _collect(self, features: list[str], share: float, ids: list[int], factors: list[float]) -> None:
        number, rarities, unseen = self._vocabulary.ids.get, self._vocabulary.rarities, self._vocabulary.unseen**2
        length, worth = 0.0, []
        for feature in features:
            at = number(feature)
            if at is None:
                length += unseen
            else:
                rarity = rarities[at]
                length += rarity * rarity
                ids.append(at)
                worth.append(rarity)
        if worth:
            scale = share / length**0.5
            factors += [weight * scale for weight in worth]

    def _remember(self, plain: str) -> tuple[int, float]:
        grams = letter_grams(plain)
        known = [self._vocabulary.ids[gram] for gram in grams if gram in self._vocabulary.ids]
        worth = self._vocabulary.rarity[known]
        squared = float(worth @ worth) + (len(grams) - len(known)) * self._vocabulary.unseen**2
        at = self._features + len(self._words)
        self._table[at] = worth @ self._table[known].astype(np.float32, copy=False)
        self._words[plain] = (at, squared)
        return at, squared
