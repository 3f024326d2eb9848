"""What a customer typed, before anything else looks at it: cleaned, folded, measured, cut."""

import re
import unicodedata
from collections.abc import Sequence

TEXT_LIMIT = 8000  # UTF-16 units; longer than any channel lets a customer type in one message
_MARKS_KEPT = 4  # combining marks on one letter; real scripts need three, "zalgo" text has dozens

_PICTURE = "\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff"
_JOINED_EMOJI = re.compile(f"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])")
_FLAG_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0100-\U000e01ef]"
)
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_KEPT_JOINER = "\ue000"  # stands for an emoji joiner while the other zero-width characters go
# What nearly every message is made of: ASCII and ready-made Vietnamese letters, one line after the other.
_PLAIN_TEXT = re.compile("[\n -~\u00c0-\u024f\u1ea0-\u1ef9\u2013-\u2026\u20ab]*").fullmatch
_SENTENCE_END = re.compile(r"[.!?…。]+[\"'”’)\]]*\s")


def N_(message: str) -> str:  # noqa: N802 - the name every gettext tool knows
    """Mark a text for the catalogs; whoever shows it translates it."""
    return message


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """The same words without tricks: NFC, no bidi overrides, zero-width or control letters; at most `limit` units."""
    if len(text) <= limit and _PLAIN_TEXT(text):
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")  # lone surrogates go, pairs join
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _CONTROLS.sub(lambda found: " " if found[0] == "\t" else "", text)
    text = text.replace(_KEPT_JOINER, "")
    text = _FLAG_TAGS.sub(lambda found: found[1] or "", text)
    text = _JOINED_EMOJI.sub(_KEPT_JOINER, text)
    text = _INVISIBLE.sub("", text).replace(_KEPT_JOINER, "\u200d")
    return _first_units(_cap_marks(unicodedata.normalize("NFC", text)), limit)


def _cap_marks(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= _MARKS_KEPT:
            kept.append(letter)
    return "".join(kept)


def fold(text: str) -> str:
    """For comparing only: no case, no diacritics, đ is d. Show the original."""
    text = unicodedata.normalize("NFC", text).casefold().replace("đ", "d")
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def utf16_length(text: str) -> int:
    """Length as chat platforms count it: most emoji are two units."""
    return len(text) if text.isascii() or max(text) <= "\uffff" else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_at_sentences(text: str, limit: int) -> list[str]:
    """Cut a long text into parts of at most `limit` UTF-16 units, best at paragraph, line or sentence ends."""
    if limit < 2:
        raise ValueError("limit must be at least 2: one emoji takes two units")
    parts: list[str] = []
    rest = text.strip()
    while utf16_length(rest) > limit:
        at = _break_before(rest, len(_first_units(rest, limit)))
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def _break_before(text: str, fits: int) -> int:
    """Where to cut `text` so that at most `fits` characters stay in front. Never inside one visible character."""
    window = text[: fits + 1]  # one more: a space right behind the window is a fine place to cut
    half = fits // 2  # an earlier break would leave a stub of a message
    for mark in ("\n\n", "\n"):
        if (at := window.rfind(mark)) > half:
            return at
    ends = [found.end() for found in _SENTENCE_END.finditer(window) if found.end() > half]
    if ends:
        return min(ends[-1], fits)
    for at in range(fits, half, -1):
        if text[at].isspace():
            return at
    at = fits
    while at > 1 and _sticks(text, at):
        at -= 1
    return at if at > 1 or not _sticks(text, 1) else fits


def _sticks(text: str, at: int) -> bool:
    """Whether the characters around position `at` are drawn as one."""
    before, after = text[at - 1], text[at]
    if unicodedata.combining(after) or after in "\u200d\ufe0e\ufe0f\u20e3" or before == "\u200d":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _is_regional(after) and len(_trailing_flags(text[:at])) % 2 == 1


def _is_regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _trailing_flags(text: str) -> Sequence[str]:
    return text[len(text.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200))))) :]


def _first_units(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` UTF-16 units."""
    if utf16_length(text) <= limit:
        return text
    units = text.encode("utf-16-le")[: limit * 2]
    return units.decode("utf-16-le", "ignore")


def spoken_marks(word: str) -> list[str]:
    """The diacritics of a word, whatever vowel carries them ("hoà" and "hòa" are one word)."""
    marks = [letter for letter in unicodedata.normalize("NFD", word) if unicodedata.combining(letter)]
    return sorted([*marks, *("đ" * word.count("đ"))])
