"""Closed-form ridge regression over sparse rows, in numpy alone.

Rows hold feature numbers and weights. The kernel between two rows is the sum of the products of what they share;
solving it once gives every column (an entry, a topic) its weight for every feature.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]
_DENSE_FROM = 16  # a feature in so many rows goes through one dense product instead of its own small one
_BLOCK = 128


class Rows:
    """Sparse rows, stored feature by feature."""

    def __init__(self, rows: Sequence[tuple[Ids, Floats]], width: int) -> None:
        self.width = width
        self.count = len(rows)
        of = np.repeat(np.arange(len(rows), dtype=np.int32), [len(ids) for ids, _ in rows])
        ids = np.concatenate([ids for ids, _ in rows])
        order = np.argsort(ids, kind="stable")
        self.of, self.ids = of[order], ids[order]
        self.weights: Floats = np.concatenate([weights for _, weights in rows])[order].astype(np.float32)

    def kernel(self) -> Floats:
        """Every row against every row."""
        counts = np.bincount(self.ids, minlength=self.width)
        ends = np.cumsum(counts)
        kernel: Floats = np.zeros((self.count, self.count), dtype=np.float32)
        common = np.flatnonzero(counts >= _DENSE_FROM)
        for start in range(0, len(common), 4 * _BLOCK):
            table = self._table(common[start : start + 4 * _BLOCK])
            for row in range(0, self.count, 4 * _BLOCK):  # never a second matrix of that size
                kernel[row : row + 4 * _BLOCK] += table[row : row + 4 * _BLOCK] @ table.T
        for feature in np.flatnonzero((counts > 1) & (counts < _DENSE_FROM)):
            span = slice(ends[feature] - counts[feature], ends[feature])
            at, weights = self.of[span], self.weights[span]
            np.add.at(kernel, (at[:, None], at[None, :]), weights[:, None] * weights[None, :])
        at = ends[counts == 1] - 1
        np.add.at(kernel, (self.of[at], self.of[at]), self.weights[at] ** 2)
        return kernel

    def _table(self, features: NDArray[np.intp]) -> Floats:
        column = np.full(self.width, -1)
        column[features] = np.arange(len(features))
        chosen = column[self.ids] >= 0
        table: Floats = np.zeros((self.count, len(features)), dtype=np.float32)
        np.add.at(table, (self.of[chosen], column[self.ids[chosen]]), self.weights[chosen])
        return table

    def transposed_times(self, right: Floats) -> Floats:
        """Features × columns: what each feature is worth for each column of `right`."""
        result: Floats = np.zeros((self.width, right.shape[1]), dtype=np.float32)
        step = 1 << 12
        for start in range(0, len(self.ids), step):
            span = slice(start, start + step)
            ids = self.ids[span]
            first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
            result[ids[first]] += np.add.reduceat(self.weights[span, None] * right[self.of[span]], first, axis=0)
        return result


def solve(kernel: Floats, targets: Floats) -> Floats:
    """Solve a positive definite system in place, block by block, so that only one such matrix is ever in memory."""
    size = len(kernel)
    answer = targets.astype(np.float32).copy()
    inverses: list[Floats] = []
    for start in range(0, size, _BLOCK):
        end = min(start + _BLOCK, size)
        inverse = np.linalg.inv(np.linalg.cholesky(kernel[start:end, start:end].astype(np.float64))).astype(np.float32)
        inverses.append(inverse)
        answer[start:end] = inverse @ answer[start:end]
        if end < size:
            below = kernel[end:, start:end] = kernel[end:, start:end] @ inverse.T
            answer[end:] -= below @ answer[start:end]
            for row in range(end, size, 4 * _BLOCK):
                stop = min(row + 4 * _BLOCK, size)
                kernel[row:stop, end:stop] -= below[row - end : stop - end] @ below[: stop - end].T
    for start in reversed(range(0, size, _BLOCK)):
        end = min(start + _BLOCK, size)
        if end < size:
            answer[start:end] -= kernel[end:, start:end].T @ answer[end:]
        answer[start:end] = inverses[start // _BLOCK].T @ answer[start:end]
    return answer
