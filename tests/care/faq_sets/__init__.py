"""Held-out FAQ sets in several domains, written apart from the engine's word lists."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from care.faq import Entry

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Query:
    """What a customer asked and which entries answer it; none: out of scope."""

    text: str
    answers: frozenset[str]


@dataclass(frozen=True)
class Shop:
    """One FAQ with its held-out questions."""

    name: str
    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]


def domains() -> Iterator[Shop]:
    """The small sets, one a file."""
    for path in sorted((HERE / "domains").glob("*.txt")):
        yield _read(path)


def _read(path: Path) -> Shop:
    entries: list[Entry] = []
    queries: list[Query] = []
    current = frozenset[str]()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("@"):
            head, question, *phrasings = [part.strip() for part in (line[1:] + "|").split("|")]
            current = frozenset() if head == "none" else frozenset([head])
            if current:
                entries.append(Entry(head, question, tuple(phrase for phrase in phrasings if phrase)))
        elif line.startswith(">"):
            queries.append(Query(line[1:].strip(), current))
    return Shop(path.stem, tuple(entries), tuple(queries))


def demo() -> Shop:
    """The demo shop with the messages of dev.jsonl."""
    rows = yaml.load((HERE / "demo.yaml").read_text("utf-8"), yaml.CSafeLoader)["entries"]
    entries = tuple(Entry(row["id"], row["question"], tuple(row["phrasings"])) for row in rows)
    lines = (json.loads(line) for line in (HERE / "dev.jsonl").read_text("utf-8").splitlines())
    queries = tuple(
        Query(line["q"], frozenset([line["id"], *line.get("also", ())]) if line["id"] else frozenset())
        for line in lines
    )
    return Shop("demo", entries, queries)
