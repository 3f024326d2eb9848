"""What the engine looks at in a message: letters, words, marks and meanings."""

from collections.abc import Iterable
from functools import lru_cache

from care.faq import lexicon
from care.faq.syllables import fold, marked
from care.faq.text import Word

LONGEST_GRAM = 4
LONGEST_WORD = 14


@lru_cache(maxsize=8192)
def letter_grams(plain: str) -> tuple[str, ...]:
    """Runs of 1 to 4 letters of one word, its edges marked with a space."""
    padded = f" {plain[:LONGEST_WORD]} "
    last = len(padded)
    grams = list(plain[:LONGEST_WORD])
    for size in range(2, LONGEST_GRAM + 1):
        grams += [padded[at : at + size] for at in range(last - size + 1)]
    return tuple(grams)


def word_features(words: list[Word], meanings: list[str]) -> list[str]:
    """Words, pairs of neighbours and meanings; the letter before the colon names the kind."""
    plains = [plain for plain, _ in words]
    found = ["w:" + plain for plain in plains]
    found += [f"b:{left} {right}" for left, right in zip(plains, plains[1:], strict=False)]
    found += ["c:" + meaning for meaning in meanings]
    found += [f"d:{left} {right}" for left, right in zip(meanings, meanings[1:], strict=False)]
    return found


def mark_features(words: list[Word]) -> list[str]:
    """The words as marked; unmarked ones count ("cho" is not "chờ") only where most are marked."""
    shaped = ["m:" + shape for plain, shape in words if shape != plain]
    if 2 * len(shaped) < len(words):
        return shaped
    both = [shape for _, shape in words]
    pairs = [f"n:{left} {right}" for left, right in zip(both, both[1:], strict=False)]
    return ["m:" + shape for shape in both] + pairs


class Thesaurus:
    """Finds the meanings of words and phrases, longest phrase first."""

    def __init__(self, groups: Iterable[tuple[str, Iterable[str]]] | None = None) -> None:
        self._phrases: dict[str, dict[tuple[Word, ...], list[str]]] = {}
        for meaning, phrases in groups or lexicon.synonyms().items():
            for phrase in phrases:
                key = tuple((fold(token), marked(token)) for token in phrase.casefold().split())
                names = self._phrases.setdefault(key[0][0], {}).setdefault(key, [])
                if meaning not in names:
                    names.append(meaning)
        self._options = {
            first: sorted(found.items(), key=lambda item: -len(item[0])) for first, found in self._phrases.items()
        }

    def meanings(self, words: list[Word]) -> list[str]:
        """The meanings in reading order."""
        found: list[str] = []
        at = 0
        while at < len(words):
            at += self._take(words, at, found)
        return found

    def _take(self, words: list[Word], at: int, found: list[str]) -> int:
        for keys, names in self._options.get(words[at][0], ()):
            if _stands_at(words, at, keys):
                found += names
                return len(keys)
        return 1


def _stands_at(words: list[Word], at: int, keys: tuple[Word, ...]) -> bool:
    if at + len(keys) > len(words):
        return False
    for offset, (plain, shaped) in enumerate(keys):
        said_plain, said_shaped = words[at + offset]
        if said_plain != plain or (said_shaped != said_plain and said_shaped != shaped):
            return False
    return True
