"""How close a message is to each single phrasing, word by word: an inverted index in numpy arrays."""

from collections.abc import Iterable

import numpy as np

from care.faq.ridge import Floats, Ids
from care.faq.vectors import Features, Vocabulary

_KIND = {"w": 1.0, "b": 0.6, "c": 0.8, "d": 0.4}
_TOO_COMMON = 1_500  # phrasings; a word in more of them tells little and would cost the most


class Phrasings:
    """Word and meaning weights of every phrasing, by feature."""

    def __init__(self, texts: Iterable[Features], own: Vocabulary, common: Vocabulary) -> None:
        """Numbers in `own` the words it does not know yet; texts are taken one at a time and not kept."""
        rows: list[Ids] = [own.number([*text.words, *text.meanings]) for text in texts]
        own.weigh()
        self.count = len(rows)
        self._own, self._common = own, common
        worth = np.array([self._first_worth(feature) for feature in own.ids], dtype=np.float32)
        self._worth: list[float] = worth.tolist()
        self._invert(rows, worth)

    def _first_worth(self, feature: str) -> float:
        kind = _KIND.get(feature[0], 0.0) if feature[1:2] == ":" else 0.0
        return (self._own.rarity_of(feature) + self._common.rarity_of(feature)) / 2 * kind

    def _invert(self, rows: list[Ids], worth: Floats) -> None:
        at = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row) for row in rows])
        ids = np.concatenate(rows)
        weights = worth[ids]
        length = np.sqrt(np.bincount(at, weights * weights, len(rows))).astype(np.float32)
        weights /= np.maximum(length, 1e-9)[at]
        order = np.argsort(ids, kind="stable")
        self._at, self._weights = at[order], weights[order]
        self._ends: list[int] = np.cumsum(np.bincount(ids, minlength=len(worth))).tolist()

    def weighed(self, text: Features) -> dict[str, float]:
        """Features of a message and their weights, of length 1 in all."""
        found = {feature: self._worth_of(feature) for feature in (*text.words, *text.meanings)}
        length = sum(weight * weight for weight in found.values()) ** 0.5 or 1.0
        return {feature: weight / length for feature, weight in found.items()}

    def _worth_of(self, feature: str) -> float:
        at = self._own.ids.get(feature)
        return self._first_worth(feature) if at is None else self._worth[at]

    def closeness(self, said: dict[str, float]) -> Floats:
        """The cosine between what was said and every phrasing."""
        rows: list[Ids] = []
        weights: list[Floats] = []
        for feature, weight in said.items():
            at = self._own.ids.get(feature)
            if at is None:
                continue
            start, end = self._ends[at - 1] if at else 0, self._ends[at]
            if 0 < end - start <= _TOO_COMMON:
                rows.append(self._at[start:end])
                weights.append(self._weights[start:end] * weight)
        if not rows:
            return np.zeros(self.count, dtype=np.float32)
        return np.bincount(np.concatenate(rows), np.concatenate(weights), self.count).astype(np.float32)

    def share_known(self, said: dict[str, float]) -> float:
        """How much of the words' weight the shop's own phrasings know, 0..1."""
        known = total = 0.0
        for feature, weight in said.items():
            if feature[0] == "w":
                total += weight
                if feature in self._own.ids:
                    known += weight
        return known / total if total else 0.0
