"""How close a message is to each single phrasing, word by word: an inverted index in numpy arrays."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from care.faq.ridge import Floats, Ids
from care.faq.vectors import Features, Vocabulary

_KIND = {"w": 1.0, "b": 0.6, "c": 0.8, "d": 0.4}
_TOO_COMMON = 1_500  # phrasings; a word in more of them tells little and would cost the most
_MET, _HELD = 6_000, 400_000  # features kept ready, and what their phrasings come to
_NONE: Floats = np.zeros(0, dtype=np.float32)


class Said(NamedTuple):
    """What was said, beside what the shop knows."""

    closeness: NDArray[np.float64]  # the cosine to every phrasing
    known: float  # how much of the words' weight the shop's own phrasings know, 0..1


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
        self._met: dict[str, _Met] = {}
        self._held = 0

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

    def look(self, text: Features) -> Said:
        """Compare what was said with every phrasing."""
        if len(self._met) > _MET or self._held > _HELD:
            self._met.clear()
            self._held = 0
        squares = words = known = 0.0
        rows: list[Ids] = []
        weights: list[Floats] = []
        for feature in dict.fromkeys(text.words + text.meanings):
            met = self._met.get(feature) or self._meet(feature)
            squares += met.worth * met.worth
            if met.is_word:
                words += met.worth
                known += met.worth * met.is_known
            if met.rows is not None:
                rows.append(met.rows)
                weights.append(met.weights)
        if not rows:
            return Said(np.zeros(self.count), known / words if words else 0.0)
        closeness = np.bincount(np.concatenate(rows), np.concatenate(weights), self.count)
        return Said(closeness * squares**-0.5, known / words if words else 0.0)

    def _meet(self, feature: str) -> "_Met":
        at = self._own.ids.get(feature)
        worth = self._first_worth(feature) if at is None else self._worth[at]
        found = _Met(worth, feature[0] == "w", at is not None, None, _NONE)
        if at is not None:
            start, end = self._ends[at - 1] if at else 0, self._ends[at]
            if 0 < end - start <= _TOO_COMMON:
                found = found._replace(rows=self._at[start:end], weights=self._weights[start:end] * np.float32(worth))
                self._held += end - start
        self._met[feature] = found
        return found


class _Met(NamedTuple):
    """What a feature is worth, and the phrasings that have it."""

    worth: float
    is_word: bool
    is_known: bool  # by the shop's phrasings and everyday talk
    rows: Ids | None
    weights: Floats  # of this feature in these phrasings, times its worth in the message
