"""Turns words into weighted features; keeps what a word's letters are worth, because words come again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from care.faq.features import Thesaurus, letter_grams, mark_features, word_features
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


class Features:
    """The features of one text: letter runs, words and pairs, meanings, marks."""

    __slots__ = ("letters", "marks", "meanings", "words")

    def __init__(self, words: list[Word], thesaurus: Thesaurus) -> None:
        found = word_features(words, thesaurus.meanings(words))
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
        self.rarity: Floats = np.zeros(0, dtype=np.float32)
        self.unseen = 1.0

    def learn_words(self, texts: Iterable[Features]) -> None:
        """Number words and meanings only: enough to look phrasings up, and small."""
        self._count((text.words, text.meanings) for text in texts)

    def learn(self, texts: Iterable[Features]) -> None:
        """Number the features of the texts."""
        self._count((text.all(),) for text in texts)

    def _count(self, texts: Iterable[tuple[Iterable[str], ...]]) -> None:
        for kinds in texts:
            self._texts += 1
            for feature in {feature for kind in kinds for feature in kind}:
                at = self.ids.setdefault(feature, len(self._seen))
                if at == len(self._seen):
                    self._seen.append(0)
                self._seen[at] += 1
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
        kinds = ([gram for plain in text.letters for gram in letter_grams(plain)], text.words, text.meanings, text.marks)
        ids: list[Ids] = []
        weights: list[Floats] = []
        for features, share in zip(
            kinds, (shares.letters, shares.words, shares.meanings, shares.marks), strict=True
        ):
            known = np.array([self.ids[feature] for feature in features if feature in self.ids], dtype=np.int32)
            worth = self.rarity[known]
            length = float(worth @ worth) + (len(features) - len(known)) * self.unseen**2
            ids.append(known)
            weights.append(worth * (share / np.sqrt(length)) if length else worth)
        return np.concatenate(ids), np.concatenate(weights)


class Scorer:
    """Scores texts against columns learnt by ridge; remembers what the letters of a word are worth."""

    _REMEMBERED = 4_000  # words

    def __init__(self, vocabulary: Vocabulary, weights: Floats, shares: Shares = SHARES) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._shares = shares
        self._letters: dict[str, tuple[Floats, float]] = {}

    def scores(self, text: Features) -> Floats:
        """One score a column; the same as `Vocabulary.row(text)` times the weights, only sooner."""
        total: Floats = np.zeros(self._weights.shape[1], dtype=np.float32)
        length = 0.0
        for plain in text.letters:
            worth, squared = self._letters.get(plain) or self._remember(plain)
            total += worth
            length += squared
        if length:
            total *= self._shares.letters / length**0.5
        shares = self._shares
        ids: list[int] = []
        factors: list[float] = []
        for features, share in ((text.words, shares.words), (text.meanings, shares.meanings), (text.marks, shares.marks)):
            self._collect(features, share, ids, factors)
        if ids:
            total += np.array(factors, dtype=np.float32) @ self._weights[ids]
        return total

    def _collect(self, features: list[str], share: float, ids: list[int], factors: list[float]) -> None:
        numbers, rarity, unseen = self._vocabulary.ids, self._vocabulary.rarities, self._vocabulary.unseen**2
        known = [numbers[feature] for feature in features if feature in numbers]
        if known:
            worth = [rarity[at] for at in known]
            length = sum(weight * weight for weight in worth) + (len(features) - len(known)) * unseen
            scale = share / length**0.5
            ids += known
            factors += [weight * scale for weight in worth]

    def _remember(self, plain: str) -> tuple[Floats, float]:
        if len(self._letters) > self._REMEMBERED:
            self._letters.clear()
        grams = letter_grams(plain)
        known = [self._vocabulary.ids[gram] for gram in grams if gram in self._vocabulary.ids]
        worth = self._vocabulary.rarity[known]
        squared = float(worth @ worth) + (len(grams) - len(known)) * self._vocabulary.unseen**2
        self._letters[plain] = (worth @ self._weights[known], squared)
        return self._letters[plain]
