"""The phrase bank: how customers of any shop word what they ask, topic by topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

FOLDER = "phrase_bank"
# libyaml reads the bank about eight times faster; some builds of PyYAML come without it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing customers ask about, in many native wordings."""

    id: str
    title: str
    group: str
    wordings: tuple[str, ...]


@cache
def load() -> tuple[Topic, ...]:
    """All topics of the bank, in the order of the files' names; read once."""
    return tuple(topic for group, rows in _files() for topic in _topics(group, rows))


def _files() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    folder = resources.files(__package__) / FOLDER
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            yield file.name.removesuffix(".yaml"), yaml.load(file.read_text("utf-8"), Loader=_Loader)


def _topics(group: str, rows: list[dict[str, Any]]) -> Iterator[Topic]:
    for row in rows:
        yield Topic(row["id"], row["title"], group, tuple(row["wordings"]))
