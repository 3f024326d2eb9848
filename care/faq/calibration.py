"""From evidence to a probability: a logistic curve fitted on several shops at once, none of them the one at hand.

The numbers come from `python -m benchmarks.fit_faq`, which also measures each shop with the others' numbers.
"""

import numpy as np

from care.faq.ridge import Floats

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
WEIGHTS = np.array([0.813, 6.243, 3.995, 2.751, 2.353, -0.145, -2.010, -0.624, 1.746, -0.535, -2.113], dtype=np.float32)
BIAS = -3.585


def probability(evidence: Floats) -> Floats:
    """How probable it is that each candidate answers."""
    chances: Floats = 1 / (1 + np.exp(-(evidence @ WEIGHTS + BIAS)))
    return chances
