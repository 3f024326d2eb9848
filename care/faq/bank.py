"""The phrase bank: how customers of any shop word what they ask, topic by topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

FOLDER = "phrase_bank"  # one file a group; people read and correct these files


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing customers ask about, in many native wordings."""

    id: str
    title: str
    group: str
    wordings: tuple[str, ...]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    title: str
    wordings: tuple[str, ...]


@cache
def load() -> tuple[Topic, ...]:
    """All topics of the bank, in the order of the files' names; read once."""
    return tuple(Topic(row.id, row.title, group, row.wordings) for group, rows in _files() for row in rows)


def _files() -> Iterator[tuple[str, list[_Row]]]:
    folder = resources.files(__package__) / FOLDER
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            yield file.name.removesuffix(".yaml"), msgspec.yaml.decode(file.read_bytes(), type=list[_Row])
