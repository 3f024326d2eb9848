"""The learnt part of a small or middle-sized FAQ: one linear score per entry, then a calibrated second look."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from care.faq.features import Thesaurus, letter_grams, mark_features, word_features
from care.faq.ridge import Floats, Ids, Rows, solve
from care.faq.text import Reader, Word


@dataclass(frozen=True)
class Knobs:
    letters: float = 1.0
    words: float = 1.0
    meanings: float = 0.8
    marks: float = 0.5
    ridge: float = 0.5
    nothing: float = 1.0  # doubt about rows of everyday sentences


class Vocabulary:
    """Feature → number and its rarity."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.seen: list[int] = []

    def add(self, features: Iterable[str]) -> None:
        for feature in set(features):
            at = self.ids.get(feature)
            if at is None:
                self.ids[feature] = len(self.seen)
                self.seen.append(1)
            else:
                self.seen[at] += 1

    def rarity(self, rows: int) -> Floats:
        return (np.log((1 + rows) / (1 + np.array(self.seen))) + 1).astype(np.float32)


class Linear:
    """Scores per entry for the words of a message."""

    def __init__(self, texts: list[tuple[list[Word], int]], entries: int, thesaurus: Thesaurus, knobs: Knobs) -> None:
        self.knobs = knobs
        self.thesaurus = thesaurus
        self.vocabulary = Vocabulary()
        self.letters: dict[str, tuple[Ids, float]] = {}
        kinds = [self._kinds(words) for words, _ in texts]
        for blocks in kinds:
            for features in blocks:
                self.vocabulary.add(features)
        self.rarity = self.vocabulary.rarity(len(texts))
        self.unknown = float(np.log(1 + len(texts)) + 1)
        rows = Rows([self._row(blocks) for blocks in kinds], len(self.rarity))
        targets = np.zeros((len(texts), entries), dtype=np.float32)
        ridge = np.full(len(texts), knobs.ridge, dtype=np.float32)
        for at, (_, entry) in enumerate(texts):
            if entry >= 0:
                targets[at, entry] = 1
            else:
                ridge[at] = knobs.nothing
        self.weights = solve(rows, targets, ridge)

    def _kinds(self, words: list[Word]) -> tuple[list[str], list[str], list[str], list[str]]:
        found = word_features(words, self.thesaurus.meanings(words))
        letters = [gram for plain, _ in words for gram in letter_grams(plain)]
        said = [feature for feature in found if feature[0] in "wb"]
        return letters, said, [feature for feature in found if feature[0] in "cd"], mark_features(words)

    def _row(self, blocks: tuple[list[str], ...]) -> tuple[Ids, Floats]:
        ids, weights = [], []
        for features, share in zip(blocks, (self.knobs.letters, self.knobs.words, self.knobs.meanings, self.knobs.marks), strict=True):
            known = [self.vocabulary.ids[feature] for feature in features if feature in self.vocabulary.ids]
            lost = (len(features) - len(known)) * self.unknown**2
            worth = self.rarity[known]
            norm = float(np.sqrt((worth**2).sum() + lost)) or 1.0
            ids.append(np.array(known, dtype=np.int32))
            weights.append(worth * (share / norm))
        return np.concatenate(ids), np.concatenate(weights)

    def scores(self, words: list[Word]) -> Floats:
        ids, weights = self._row(self._kinds(words))
        return weights @ self.weights[ids]
