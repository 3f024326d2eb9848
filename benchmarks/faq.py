"""The FAQ engine beside the usual ways to search a FAQ: `python -m benchmarks.faq`.

Every searcher learns the same entries (the question and up to three phrasings) and is asked the same held-out
messages, each typed five ways: with marks, without, in teencode, with slips, in telex keys. "out of scope answered" is
the share of out-of-scope messages answered at the threshold where the searcher answers 80 % of the rest;
AUROC says how well its score tells the two apart. Times are processor time, of the first asking of each message.
"""

import argparse
import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sqlite_utils.utils import sqlite3

from benchmarks.fit_faq import auroc
from care.faq import Entry, FaqIndex
from care.faq.syllables import fold
from tests.care.faq_sets import Shop, demo, domains
from tests.care.faq_typing import STYLES, type_as

PHRASINGS = 3


class Searcher(Protocol):
    """Learns entries; gives the three best with scores."""

    def search(self, text: str) -> list[tuple[str, float]]: ...


class Ours:
    """Chạm's engine."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._index = FaqIndex.build(entries)

    def search(self, text: str) -> list[tuple[str, float]]:
        return [(match.entry_id, match.confidence) for match in self._index.search(text)]


def _texts(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    pairs = [(fold(text), entry.id) for entry in entries for text in (entry.question, *entry.phrasings)]
    return [text for text, _ in pairs], [owner for _, owner in pairs]


def _best(scores: Any, owners: list[str]) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for at in np.argsort(-np.asarray(scores)):
        found.setdefault(owners[at], float(scores[at]))
        if len(found) == 3:
            break
    return list(found.items())


class Fts5:
    """SQLite's full-text search over folded text, any word may match."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts, self._owners = _texts(entries)
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE VIRTUAL TABLE faq USING fts5(text)")
        self._db.executemany("INSERT INTO faq (text) VALUES (?)", [(text,) for text in texts])

    def search(self, text: str) -> list[tuple[str, float]]:
        words = [word for word in fold(text).split() if word.isalnum()]
        if not words:
            return []
        asked = " OR ".join(f'"{word}"' for word in words)
        rows = self._db.execute(
            "SELECT rowid, bm25(faq) FROM faq WHERE faq MATCH ? ORDER BY bm25(faq) LIMIT 20", (asked,)
        )
        found: dict[str, float] = {}
        for row, score in rows:
            found.setdefault(self._owners[row - 1], -score)
        return list(found.items())[:3]


class Bm25s:
    """The bm25s package over folded text."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        import bm25s

        texts, self._owners = _texts(entries)
        self._bm25 = bm25s.BM25()
        self._bm25.index([text.split() for text in texts], show_progress=False)

    def search(self, text: str) -> list[tuple[str, float]]:
        return _best(self._bm25.get_scores(fold(text).split()), self._owners)


class Rapidfuzz:
    """rapidfuzz's token-set ratio over folded text."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._texts, self._owners = _texts(entries)

    def search(self, text: str) -> list[tuple[str, float]]:
        from rapidfuzz import fuzz, process

        scores = process.cdist([fold(text)], self._texts, scorer=fuzz.token_set_ratio)[0]
        return _best(scores, self._owners)


class LinearSvc:
    """Linear support vectors over TF-IDF of folded letters 1-4 and words 1-2."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union
        from sklearn.svm import LinearSVC

        texts, owners = _texts(entries)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        self._features = make_union(letters, words).fit(texts)
        self._svc = LinearSVC().fit(self._features.transform(texts), owners)

    def search(self, text: str) -> list[tuple[str, float]]:
        scores = self._svc.decision_function(self._features.transform([fold(text)]))[0]
        return _best(scores, list(self._svc.classes_))


SEARCHERS: dict[str, Callable[[Sequence[Entry]], Searcher]] = {
    "Chạm": Ours,
    "SQLite FTS5, folded": Fts5,
    "bm25s, folded": Bm25s,
    "rapidfuzz token set": Rapidfuzz,
    "linear SVC, TF-IDF": LinearSvc,
}


@dataclass(frozen=True)
class Row:
    """What one searcher did on one group of shops."""

    top1: float
    recall3: float
    answered: float
    area: float
    micros: float
    build: float  # seconds
    memory: float  # MB kept by one index


def measure(make: Callable[[Sequence[Entry]], Searcher], shops: Sequence[Shop]) -> Row:
    """Means over the shops."""
    return Row(*np.mean([_measure(make, shop) for shop in shops], axis=0))


def _measure(make: Callable[[Sequence[Entry]], Searcher], shop: Shop) -> list[float]:
    entries = [Entry(entry.id, entry.question, entry.phrasings[:PHRASINGS]) for entry in shop.entries]
    make(entries[:3])  # what is loaded or learnt once per process is not this index's
    gc.collect()
    before, started = _resident(), time.process_time()
    searcher = make(entries)
    build, memory = time.process_time() - started, _resident() - before
    typed = [(type_as(style, query.text), query.answers) for query in shop.queries for style in STYLES]
    top1, recall3, inside, outside = [], [], [], []
    started = time.process_time()
    answered_with = [searcher.search(text) for text, _ in typed]  # each text once: nothing is remembered yet
    micros = (time.process_time() - started) / len(typed) * 1e6
    for (_, answers), found in zip(typed, answered_with, strict=True):
        score = found[0][1] if found else -1e9
        if not answers:
            outside.append(score)
            continue
        inside.append(score)
        top1.append(bool(found) and found[0][0] in answers)
        recall3.append(any(entry in answers for entry, _ in found))
    limit = float(np.quantile(inside, 0.2))
    answered = float(np.mean([score >= limit for score in outside]))
    return [float(np.mean(top1)), float(np.mean(recall3)), answered, auroc(inside, outside), micros, build, memory]


def _resident() -> float:
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def large(shop: Shop, count: int) -> tuple[float, float, float]:
    """Seconds to build, MB kept and µs a query with very many entries."""
    entries = [
        Entry(f"{entry.id}-{at}", f"{entry.question} mẫu {at}", tuple(f"{text} mẫu {at}" for text in entry.phrasings))
        for at in range(count // len(shop.entries) + 1)
        for entry in shop.entries
    ][:count]
    gc.collect()
    before, started = _resident(), time.process_time()
    index = FaqIndex.build(entries)
    build = time.process_time() - started
    gc.collect()
    memory = _resident() - before
    texts = [type_as("không dấu", query.text) for query in shop.queries]
    started = time.process_time()
    for text in texts:
        index.decide(text)
    return build, memory, (time.process_time() - started) / len(texts) * 1e6


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", default=datetime.now(UTC).strftime("%Y-%m-%d"), help="the date in the heading")
    date = parser.parse_args().date
    before, started = _resident(), time.process_time()
    FaqIndex.build([Entry("a", "Giá bao nhiêu?")])
    print(f"First index of a process, with the phrase bank: {time.process_time() - started:.1f} s, ", end="")
    print(f"{_resident() - before:.0f} MB kept\n")
    for title, shops in (("Demo shop, dev.jsonl", [demo()]), ("Strangers' shops, unfamiliar words", [*domains()])):
        print(f"{title} ({date}; {PHRASINGS} phrasings an entry, {len(STYLES)} ways of typing)\n")
        print("| searcher | top-1 | recall@3 | out of scope answered | AUROC | µs/query | MB | build s |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, make in SEARCHERS.items():
            row = measure(make, shops)
            print(f"| {name} | {row.top1:.3f} | {row.recall3:.3f} | {row.answered:.3f} | {row.area:.3f} ", end="")
            print(f"| {row.micros:.0f} | {max(row.memory, 0):.1f} | {row.build:.2f} |", flush=True)
        print()
    build, memory, micros = large(demo(), 10_000)
    print(f"10,000 entries: build {build:.1f} s, {memory:.0f} MB, {micros:.0f} µs/query")


if __name__ == "__main__":
    main()
