"""How close a message is to each single phrasing, word by word: an inverted index in numpy arrays."""

from collections.abc import Sequence

import numpy as np

from care.faq.ridge import Floats, Ids
from care.faq.vectors import Features, Vocabulary

_KIND = {"w": 1.0, "b": 0.6, "c": 0.8, "d": 0.4}
_TOO_COMMON = 4_000  # phrasings; a word in more of them tells nothing and would cost the most


class Phrasings:
    """Word and meaning weights of every phrasing, by feature."""

    def __init__(self, texts: Sequence[Features], own: Vocabulary, common: Vocabulary) -> None:
        self.count = len(texts)
        self._own, self._common = own, common
        self._weights: dict[str, float] = {}
        rows: dict[str, list[tuple[int, float]]] = {}
        for at, text in enumerate(texts):
            for feature, weight in self.weighed(text).items():
                rows.setdefault(feature, []).append((at, weight))
        self._rows: dict[str, tuple[Ids, Floats]] = {
            feature: (
                np.array([at for at, _ in found], np.int32),
                np.array([weight for _, weight in found], np.float32),
            )
            for feature, found in rows.items()
            if len(found) <= _TOO_COMMON
        }

    def weighed(self, text: Features) -> dict[str, float]:
        """Features of a text and their weights, of length 1 in all."""
        found = {feature: self._worth(feature) for feature in (*text.words, *text.meanings)}
        length = sum(weight * weight for weight in found.values()) ** 0.5 or 1.0
        return {feature: weight / length for feature, weight in found.items()}

    def _worth(self, feature: str) -> float:
        known = self._weights.get(feature)
        if known is None:
            known = (self._own.rarity_of(feature) + self._common.rarity_of(feature)) / 2 * _KIND[feature[0]]
            if feature in self._own.ids:
                self._weights[feature] = known
        return known

    def closeness(self, said: dict[str, float]) -> Floats:
        """The cosine between what was said and every phrasing."""
        parts = [(found, weight) for feature, weight in said.items() if (found := self._rows.get(feature)) is not None]
        if not parts:
            return np.zeros(self.count, dtype=np.float32)
        at = np.concatenate([found[0] for found, _ in parts])
        weights = np.concatenate([found[1] * weight for found, weight in parts])
        return np.bincount(at, weights, self.count).astype(np.float32)

    def share_known(self, said: dict[str, float]) -> float:
        """How much of the words' weight the shop's own phrasings know, 0..1."""
        words = [(feature, weight) for feature, weight in said.items() if feature[0] == "w"]
        total = sum(weight for _, weight in words)
        return sum(weight for feature, weight in words if feature in self._own.ids) / total if total else 0.0
