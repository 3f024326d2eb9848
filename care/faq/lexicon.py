"""The readable data files of care/faq/words: short forms, synonyms, everyday sentences."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).parent / "words"


class ShortForm(NamedTuple):
    """A short or twisted form and what it means; soft ones give way to the shop's own words."""

    form: str
    meaning: str
    soft: bool


def _lines(name: str) -> Iterator[str]:
    text = (_DATA / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


@lru_cache(maxsize=1)
def short_forms() -> tuple[ShortForm, ...]:
    """Every short form, one an item."""
    forms: list[ShortForm] = []
    soft = False
    for line in _lines("abbreviations.txt"):
        if line == "[soft]":
            soft = True
            continue
        left, meaning = line.split(" = ")
        forms += [ShortForm(form.strip(), meaning.strip(), soft) for form in left.split(",")]
    return tuple(forms)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, tuple[str, ...]]:
    """Meaning → the words people use for it."""
    pairs = (line.split(" = ") for line in _lines("synonyms.txt"))
    return {meaning: tuple(word.strip() for word in words.split(",")) for meaning, words in pairs}


@lru_cache(maxsize=1)
def everyday() -> dict[str, tuple[str, ...]]:
    """Sentences that ask for no entry: "openers" (greetings, closers, bare question words) and "everyday" talk."""
    found: dict[str, list[str]] = {}
    for line in _lines("everyday.txt"):
        if line.startswith("["):
            part = found.setdefault(line.strip("[]"), [])
        else:
            part.append(line)
    return {name: tuple(lines) for name, lines in found.items()}


@lru_cache(maxsize=1)
def foreign() -> frozenset[str]:
    """Borrowed words that are spelt right as they stand ("voucher")."""
    return frozenset(word for line in _lines("foreign.txt") for word in line.split())
