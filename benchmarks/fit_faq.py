"""Fit the FAQ engine's calibration: `python -m benchmarks.fit_faq`.

Prints what each shop scores with numbers fitted on the other shops, then the numbers for care/faq/calibration.py.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from care.faq.background import Background, background
from care.faq.calibration import EVIDENCE
from care.faq.model import Model
from care.faq.text import Reader
from tests.care.faq_sets import Query, Shop, demo, domains
from tests.care.faq_typing import STYLES, type_as

Array = Any  # numpy arrays of this script


@dataclass(frozen=True)
class Asked:
    """One typed message: evidence of its candidates and which of them are right."""

    shop: str
    query: Query
    evidence: Array
    right: Array


def ask(shop: Shop, learnt: Background) -> list[Asked]:
    """Every query of a shop in every style."""
    reader = Reader(text for entry in shop.entries for text in (entry.question, *entry.phrasings))
    model = Model(shop.entries, reader, learnt)
    asked = []
    for query in shop.queries:
        for style in STYLES:
            if not (words := reader.read(type_as(style, query.text))):
                continue
            evidence = model.evidence(model.look(words))
            right = np.array([shop.entries[at].id in query.answers for at in evidence.entries])
            asked.append(Asked(shop.name, query, np.array(evidence.table()), right))
    return asked


def fit(asked: list[Asked]) -> tuple[Array, float]:
    """Weights and bias: first per candidate, then stretched so that the best candidate's chance is honest."""
    table, right = np.vstack([one.evidence for one in asked]), np.concatenate([one.right for one in asked])
    spread = table.std(axis=0) + 1e-9
    first = LogisticRegression(C=1.0, max_iter=1000).fit(table / spread, right)
    weights, bias = first.coef_[0] / spread, float(first.intercept_[0])
    logits = [one.evidence @ weights + bias for one in asked]
    tops = np.array([[logit.max()] for logit in logits])
    hits = np.array([one.right[int(logit.argmax())] for one, logit in zip(asked, logits, strict=True)])
    stretch = LogisticRegression(C=1e6).fit(tops, hits)
    slope, shift = float(stretch.coef_[0, 0]), float(stretch.intercept_[0])
    return weights * slope, bias * slope + shift


def chances(asked: Asked, weights: Array, bias: float) -> Array:
    """The probability of each candidate."""
    return 1 / (1 + np.exp(-(asked.evidence @ weights + bias)))


def auroc(answerable: list[float], others: list[float]) -> float:
    """How well confidence tells answerable messages from the others."""
    if not answerable or not others:
        return float("nan")
    low = np.sort(others)
    at = (np.searchsorted(low, answerable, "left") + np.searchsorted(low, answerable, "right")) / 2
    return float((at / len(low)).mean())


def measure(
    asked: list[Asked], weights: Array, bias: float
) -> tuple[float, float, float, list[tuple[float, bool, bool]]]:
    """Top-1, recall@3, AUROC and (confidence, right, answerable) of each message."""
    top, recall, sure = [], [], []
    for one in asked:
        chance = chances(one, weights, bias)
        order = np.argsort(-chance)
        sure.append((float(chance[order[0]]), bool(one.right[order[0]]), bool(one.query.answers)))
        if one.query.answers:
            top.append(one.right[order[0]])
            recall.append(one.right[order[:3]].any())
    area = auroc([c for c, _, real in sure if real], [c for c, _, real in sure if not real])
    return float(np.mean(top)), float(np.mean(recall)), area, sure


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-topics", action="store_true", help="as on a first start, before the bank is learnt")
    learnt = background(() if parser.parse_args().without_topics else None)
    asked = {shop.name: ask(shop, learnt) for shop in [*domains(), demo()]}
    everything: list[tuple[float, bool, bool]] = []
    for name, own in asked.items():
        weights, bias = fit([one for other, many in asked.items() if other != name for one in many])
        top, recall, area, sure = measure(own, weights, bias)
        everything += sure
        print(f"{name:12s} top-1 {top:.3f}  recall@3 {recall:.3f}  AUROC {area:.3f}")
    print("confidence → right, messages")
    for low in np.arange(0, 1, 0.1):
        hits = [right for chance, right, _ in everything if low <= chance < low + 0.1]
        if hits:
            print(f"  {low:.1f}–{low + 0.1:.1f}: {np.mean(hits):.2f}  {len(hits)}")
    for sure_at in (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75):
        out = np.mean([chance >= sure_at for chance, _, real in everything if not real])
        inside = [right for chance, right, real in everything if real and chance >= sure_at]
        share = len(inside) / sum(real for _, _, real in everything)
        print(
            f"  sure {sure_at:.2f}: out of scope answered {out:.3f}, answered {share:.3f}, right {np.mean(inside):.3f}"
        )
    weights, bias = fit([one for many in asked.values() for one in many])
    for name, weight in zip(EVIDENCE, weights, strict=True):
        print(f"    {weight:.3f},  # {name}")
    print(f"BIAS = {bias:.3f}")


if __name__ == "__main__":
    main()
