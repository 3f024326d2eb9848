"""From evidence to a probability: a logistic curve fitted on several shops at once, none of them the one at hand.

The numbers come from `python -m benchmarks.fit_faq`, which also measures each shop with the others' numbers.
"""

from math import exp
from operator import mul
from typing import NamedTuple

EVIDENCE = (
    "score",  # of the learnt weights
    "lead",  # before the runner-up, or behind the best
    "phrasing",  # closeness to the nearest phrasing, word by word
    "topic",  # closeness to the nearest phrasing, by topics
    "foreign",  # the best topic that is not this entry's
    "openers",  # is it only a greeting
    "everyday",  # is it talk that asks for nothing
    "known",  # share of its words the shop's phrasings use
    "length",
    "elsewhere",  # the best topic no entry of this shop answers
    "topical",  # the best topic at all
)


class Evidence(NamedTuple):
    """The candidates for one message and what is known about them, in the order of `EVIDENCE`."""

    entries: list[int]
    each: list[tuple[float, ...]]  # of a candidate
    shared: tuple[float, ...]  # of the message

    def table(self) -> list[list[float]]:
        """A row a candidate."""
        return [[*own, *self.shared] for own in self.each]


class Curve(NamedTuple):
    """A weight for each kind of evidence, and what is added in the end."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, evidence: Evidence) -> list[float]:
        """How probable it is that each candidate answers."""
        own = len(self.weights) - len(evidence.shared)
        base = self.bias + sum(map(mul, self.weights[own:], evidence.shared))
        return [1 / (1 + exp(-base - sum(map(mul, self.weights, each)))) for each in evidence.each]


CURVE = Curve((0.813, 6.243, 3.995, 2.751, 2.353, -0.145, -2.010, -0.624, 1.746, -0.535, -2.113), bias=-3.585)
# Until the phrase bank is learnt; `python -m benchmarks.fit_faq --without-topics` prints these.
WITHOUT_TOPICS = Curve((5.652, 8.053, 4.968, 0.0, 0.0, -0.094, -0.849, -0.885, 2.225, 0.0, 0.0), bias=-3.359)
