"""Closed-form ridge regression over sparse rows, in numpy alone.

A row is a list of blocks; a block is (feature ids, weights) already scaled. The kernel between two rows is the sum of
the products of what they share; solving it once gives every entry its weight for every feature.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]
_DENSE_FROM = 24  # a feature in so many rows goes through one dense product instead of its own small one


class Rows:
    """Sparse rows: ids and weights end to end, `starts[i]:starts[i+1]` is row i."""

    def __init__(self, rows: list[tuple[Ids, Floats]], width: int) -> None:
        self.width = width
        self.count = len(rows)
        lengths = np.array([len(ids) for ids, _ in rows])
        self.of = np.repeat(np.arange(len(rows)), lengths)
        self.ids = np.concatenate([ids for ids, _ in rows])
        self.weights = np.concatenate([weights for _, weights in rows]).astype(np.float32)
        order = np.argsort(self.ids, kind="stable")
        self.of, self.ids, self.weights = self.of[order], self.ids[order], self.weights[order]

    def kernel(self) -> Floats:
        """Every row against every row."""
        counts = np.bincount(self.ids, minlength=self.width)
        ends = np.cumsum(counts)
        kernel = np.zeros((self.count, self.count), dtype=np.float32)
        dense = np.flatnonzero(counts >= _DENSE_FROM)
        column = np.full(self.width, -1)
        column[dense] = np.arange(len(dense))
        table = np.zeros((self.count, len(dense)), dtype=np.float32)
        chosen = column[self.ids] >= 0
        np.add.at(table, (self.of[chosen], column[self.ids[chosen]]), self.weights[chosen])
        kernel += table @ table.T
        for feature in np.flatnonzero((counts > 1) & (counts < _DENSE_FROM)):
            span = slice(ends[feature] - counts[feature], ends[feature])
            at, weights = self.of[span], self.weights[span]
            kernel[at[:, None], at[None, :]] += weights[:, None] * weights[None, :]
        single = np.flatnonzero(counts == 1)
        at = ends[single] - 1
        np.add.at(kernel, (self.of[at], self.of[at]), self.weights[at] ** 2)
        return kernel

    def transposed_times(self, right: Floats) -> Floats:
        """Features × columns: what each feature is worth for each column of `right`."""
        result = np.zeros((self.width, right.shape[1]), dtype=np.float32)
        step = 1 << 16
        for start in range(0, len(self.ids), step):
            span = slice(start, start + step)
            ids = self.ids[span]
            first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
            result[ids[first]] += np.add.reduceat(self.weights[span, None] * right[self.of[span]], first, axis=0)
        return result


def solve(rows: Rows, targets: Floats, ridge: Floats) -> Floats:
    """Weights (features × columns) that send each row to its target; `ridge` is the doubt about each row."""
    kernel = rows.kernel()
    kernel[np.diag_indices(rows.count)] += ridge
    return rows.transposed_times(np.linalg.solve(kernel, targets).astype(np.float32))
