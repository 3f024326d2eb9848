"""Reads what a customer typed into words: short forms spelt out, telex and joined words repaired."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from care.faq import lexicon
from care.faq.syllables import fold, is_syllable, marked, untelex

LONGEST = 600  # characters read of one message; the rest of a pasted page says nothing about the question
_TOKENS = re.compile(r"\d+(?:[.,:/]\d+)+|[^\W\d_]/[^\W\d_]+|[^\W_]+")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED_END = re.compile(r"([^\W\d_])\1+$")
_SIZE_WORDS = frozenset({"size", "co", "so", "mau", "ao", "quan", "giay", "con", "sang", "qua"})
_SIZES = frozenset({"s", "m", "l", "xl", "xs"})
_DEPENDS = _SIZES | {"k", "h", "hong"}  # what these mean depends on their neighbours
_WITH_UNIT = re.compile(r"(\d+(?:[.,:/]\d+)*)([^\W\d_]+)\d*")
_UNITS = {"k": "nghìn", "ng": "nghìn", "ngàn": "nghìn", "tr": "triệu", "củ": "triệu", "h": "giờ", "g": "giờ",
          "p": "phút", "ký": "kg", "kí": "kg", "d": "đồng", "đ": "đồng", "vnd": "đồng"}  # fmt: skip
_NUMBER_WORDS = dict(
    zip("1 2 3 4 5 6 7 8 9 10".split(), "một hai ba bốn năm sáu bảy tám chín mười".split(), strict=True)
)
_STARTS = (("f", "ph"), ("j", "gi"), ("w", "qu"), ("z", "gi"), ("z", "d"), ("dz", "d"))
_ENDS = (("g", "ng"), ("h", "nh"), ("k", "c"), ("k", "ch"))
_CACHE_LIMIT = 8_000

Word = tuple[str, str]  # (without marks, with marks: "hang2"); both equal where nothing was marked


def word(token: str) -> Word:
    """A token as it stands."""
    return (fold(token), marked(token))


def _words(text: str) -> tuple[Word, ...]:
    return tuple(word(token) for token in _TOKENS.findall(unicodedata.normalize("NFC", text).casefold()))


_Phrases = Sequence[tuple[tuple[Word, ...], tuple[Word, ...]]]  # words and what they mean together, longest first


class _Token(NamedTuple):
    """A piece of a message and how it reads alone."""

    text: str
    plain: str
    words: tuple[Word, ...]
    phrases: _Phrases  # short forms of several words that start with it
    depends: bool  # on its neighbours


class Reader:
    """Reads messages for one shop: the shop's own words are never repaired away."""

    def __init__(self, own_texts: Iterable[str]) -> None:
        self._own_marked: set[str] = set()
        self._vocabulary: dict[str, int] = {}
        for text in own_texts:
            for plain, shaped in _words(text):
                self._own_marked.add(shaped)
                self._vocabulary[plain] = self._vocabulary.get(plain, 0) + 1
        self._load_forms()
        self._load_vocabulary()
        self._seen: dict[str, _Token] = {}

    def _load_forms(self) -> None:
        self._single: dict[str, tuple[Word, ...]] = {}
        self._phrases: dict[str, list[tuple[tuple[Word, ...], tuple[Word, ...]]]] = {}  # by first word, longest first
        for form, meaning, soft in lexicon.short_forms():
            keys = _words(form)
            if soft and all(shaped in self._own_marked for _, shaped in keys):
                continue
            if len(keys) == 1:
                self._single[unicodedata.normalize("NFC", form)] = _words(meaning)
            elif keys:
                self._phrases.setdefault(keys[0][0], []).append((keys, _words(meaning)))
        for options in self._phrases.values():
            options.sort(key=lambda option: -len(option[0]))

    def _load_vocabulary(self) -> None:
        self._known = set(self._vocabulary) | lexicon.foreign()
        self._near: dict[str, list[str]] = {}
        common = {plain for _, meaning, _ in lexicon.short_forms() for plain, _ in _words(meaning)}
        common |= {plain for words in lexicon.synonyms().values() for text in words for plain, _ in _words(text)}
        self._common = common
        for known in self._known | common:
            if len(known) >= 3:
                for near in _deletions(known):
                    self._near.setdefault(near, []).append(known)

    def read(self, text: str) -> list[Word]:
        """The words of a message, at most about a hundred."""
        text = unicodedata.normalize("NFC", text[:LONGEST]).casefold()
        if "/" in text:
            text = _REPEATED.sub(r"\1", text)  # "kkk/h" is cut as "k/h" is
        tokens = [self._seen.get(token) or self._see(token) for token in _TOKENS.findall(text)]
        found: list[Word] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.phrases and (phrase := _phrase(token.phrases, tokens, at)) is not None:
                found += phrase[1]
                at += phrase[0]
            else:
                found += (_in_place(tokens, at) if token.depends else None) or token.words
                at += 1
        return found

    def _see(self, typed: str) -> "_Token":
        """Look at a token as it stands alone; tokens come again."""
        if len(self._seen) > _CACHE_LIMIT:
            self._seen.clear()
        token = _REPEATED.sub(r"\1", typed)
        plain = fold(token)
        depends = token in _DEPENDS
        seen = self._seen[typed] = _Token(token, plain, self._repaired(token), self._phrases.get(plain, ()), depends)
        return seen

    def _repaired(self, token: str) -> tuple[Word, ...]:
        if token in self._single and not (token in self._own_marked and len(token) > 3):
            return self._single[token]
        if token[0].isdigit():
            return _number(token)
        plain = fold(token)
        if plain in self._known or plain.isdigit() or is_syllable(plain):
            return (word(token),)
        shorter = _DOUBLED_END.sub(r"\1", token)
        if shorter != token and (shorter in self._single or is_syllable(fold(shorter)) or fold(shorter) in self._known):
            return self._repaired(shorter)
        if len(token) > 24 or any(letter.isdigit() for letter in token):
            return (word(token[:24]),)
        return self._respelt(token, plain) or (word(token),)

    def _respelt(self, token: str, plain: str) -> tuple[Word, ...] | None:
        meant = untelex(token)
        if meant is not None:
            return ((fold(meant.rstrip("12345")), meant),)
        if (sounded := self._sounded_out(token)) is not None:
            return (word(sounded),)
        if len(plain) >= 6 and (parts := self._split(plain)):
            return tuple((part, part) for part in parts)
        if (near := self._nearest(plain)) is not None:
            return ((near, near),)
        if plain[-1] in "sfrxj" and (sounded := self._sounded_out(plain[:-1])) is not None:
            return (word(sounded),)  # "hagf": telex with a letter missing
        meant = untelex(plain)
        if meant is not None:
            return ((fold(meant.rstrip("12345")), meant),)
        if parts := self._split(plain):
            return tuple((part, part) for part in parts)
        return None

    def _sounded_out(self, token: str) -> str | None:
        """Playful spelling: "fí" is "phí", "wá" is "quá", "hàg" is "hàng", "thik" is "thích"."""
        starts = [other + token[len(start) :] for start, other in _STARTS if token.startswith(start)]
        ends = [text[: -len(end)] + other for text in (token, *starts) for end, other in _ENDS if text.endswith(end)]
        possible = [text for text in (*starts, *ends) if is_syllable(fold(text))]
        return max(possible, key=lambda text: (fold(text) in self._known, fold(text) in self._common), default=None)

    def _nearest(self, plain: str) -> str | None:
        """The one known word a slip away; the shop's own words first."""
        if len(plain) < 3:
            return None
        nears = {known for near in [plain, *_deletions(plain)] for known in self._near.get(near, ())}
        nears = {known for known in nears if _one_slip(plain, known)}
        if not nears:
            return None
        return min(nears, key=lambda known: (_slip_cost(plain, known), -self._vocabulary.get(known, 0), known))

    def _split(self, plain: str) -> tuple[str, ...] | None:
        """Words typed without the space between: "baohanh"."""
        if len(plain) < 4 or len(plain) > 20:
            return None
        best: list[tuple[int, tuple[str, ...]] | None] = [(0, ())] + [None] * len(plain)
        for end in range(2, len(plain) + 1):
            for start in range(max(0, end - 7), end - 1):
                head, part = best[start], plain[start:end]
                if head is None or not (cost := self._cost(part)):
                    continue
                if (old := best[end]) is None or head[0] + cost < old[0]:
                    best[end] = (head[0] + cost, (*head[1], part))
        found = best[len(plain)]
        return found[1] if found and len(found[1]) > 1 else None

    def _cost(self, part: str) -> int:
        if part in self._vocabulary:
            return 3
        if part in self._common:
            return 4
        return 6 if is_syllable(part) and len(part) > 2 else 0


def _phrase(options: _Phrases, tokens: list[_Token], at: int) -> tuple[int, tuple[Word, ...]] | None:
    """A short form of several words that starts here: how many words it takes, and what it means."""
    for keys, meaning in options:
        if len(keys) <= len(tokens) - at and all(
            tokens[at + i].plain == key and (tokens[at + i].text == key or marked(tokens[at + i].text) == shaped)
            for i, (key, shaped) in enumerate(keys)
        ):
            return len(keys), meaning
    return None


def _in_place(tokens: list[_Token], at: int) -> tuple[Word, ...] | None:
    """Readings that depend on the neighbour: "50 k", "8 h", "size m", a closing "hong"."""
    token, before = tokens[at].text, tokens[at - 1].plain if at else ""
    if len(token) <= 2 and before:
        if token in {"k", "h"} and before[0].isdigit():
            return (("nghin", "nghin2"),) if token == "k" else (("gio", "gio2"),)
        if token in _SIZES and before in _SIZE_WORDS:
            return ((token, token),)
    if token == "hong" and at and at >= len(tokens) - 2:
        return (("khong", "không"),)
    return None


def _number(token: str) -> tuple[Word, ...]:
    """ "3" is also written "ba", "50k" is fifty thousand, "1m60" a measure."""
    if token in _NUMBER_WORDS:
        return (word(_NUMBER_WORDS[token]),)
    found = _WITH_UNIT.fullmatch(token)
    if found is None:
        return (word(token[:24]),)
    number, unit = found.groups()
    return (*_number(number), word(_UNITS.get(unit, unit)))


def _deletions(text: str) -> list[str]:
    return [text[:at] + text[at + 1 :] for at in range(len(text))]


def _slip_cost(typed: str, known: str) -> int:
    """A letter left out or swapped is likelier than a wrong one, and the first letter is mostly right."""
    same_letters = sorted(typed) == sorted(known)
    return (0 if len(known) > len(typed) or same_letters else 1) + 2 * (typed[0] != known[0])


def _one_slip(typed: str, known: str) -> bool:
    """A letter missing, doubled, wrong, or two swapped."""
    if abs(len(typed) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(known)) and typed[start] == known[start]:
        start += 1
    a, b = typed[start:], known[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]
