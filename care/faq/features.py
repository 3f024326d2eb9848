"""What the engine looks at in a message: letters, words, marks and meanings."""

from functools import lru_cache

from care.faq import lexicon
from care.faq.syllables import fold, marked
from care.faq.text import Word

LONGEST_GRAM = 4
LONGEST_WORD = 14


@lru_cache(maxsize=2048)
def letter_grams(plain: str) -> tuple[str, ...]:
    """Runs of 1 to 4 letters of one word, its edges marked with a space."""
    padded = f" {plain[:LONGEST_WORD]} "
    last = len(padded)
    grams = list(plain[:LONGEST_WORD])
    for size in range(2, LONGEST_GRAM + 1):
        grams += [padded[at : at + size] for at in range(last - size + 1)]
    return tuple(grams)


def word_features(words: list[Word]) -> list[str]:
    """Words and pairs of neighbours; the letter before the colon names the kind."""
    plains = [plain for plain, _ in words]
    return ["w:" + plain for plain in plains] + _pairs("b:", plains)


def meaning_features(meanings: list[str]) -> list[str]:
    """Meanings and pairs of neighbours."""
    return ["c:" + meaning for meaning in meanings] + _pairs("d:", meanings)


def mark_features(words: list[Word]) -> list[str]:
    """The words as marked; unmarked ones count ("cho" is not "chờ") only where most are marked."""
    shaped = ["m:" + shape for plain, shape in words if shape != plain]
    if 2 * len(shaped) < len(words):
        return shaped
    both = [shape for _, shape in words]
    return ["m:" + shape for shape in both] + _pairs("n:", both)


def _pairs(kind: str, parts: list[str]) -> list[str]:
    return [f"{kind}{left} {right}" for left, right in zip(parts, parts[1:], strict=False)]


_DENIALS = frozenset({"khong", "chua", "chang", "dung"})
_CLOSERS = frozenset("a ah shop ad vay em anh chi ban nhi the ha oi bot nhe v minh hen do bac co".split())


def negations(words: list[Word]) -> list[str]:
    """Said as a fact, "không" and "chưa" deny; at the end of a question they only ask."""
    found: list[str] = []
    last = len(words) - 1
    for at, (plain, shaped) in enumerate(words):
        if plain not in _DENIALS or shaped in {"chua1", "chua2", "đung1"}:
            continue
        if plain == "dung" and shaped != "đưng2":
            continue
        following = words[at + 1][0] if at < last else ""
        asks = at == last or (following in _CLOSERS and at >= last - 2)
        if not asks:
            found.append("!not able" if following == "duoc" else "!not yet" if plain == "chua" else "!not")
    return found


class Thesaurus:
    """Finds the meanings of words and phrases, longest phrase first."""

    def __init__(self) -> None:
        names: dict[tuple[Word, ...], list[str]] = {}
        for meaning, phrases in lexicon.synonyms().items():
            for phrase in phrases:
                key = tuple((fold(token), marked(token)) for token in phrase.casefold().split())
                if meaning not in names.setdefault(key, []):
                    names[key].append(meaning)
        self._single = {key[0]: found for key, found in names.items() if len(key) == 1}
        self._loose: dict[str, list[str]] = {}
        self._longer: dict[tuple[str, str], list[tuple[tuple[Word, ...], list[str]]]] = {}
        for key, found in sorted(names.items(), key=lambda item: -len(item[0])):
            if len(key) == 1:
                self._loose.setdefault(key[0][0], found)
            else:
                self._longer.setdefault((key[0][0], key[1][0]), []).append((key, found))

    def meanings(self, words: list[Word]) -> list[str]:
        """The meanings in reading order."""
        found: list[str] = []
        at, last = 0, len(words) - 1
        while at <= last:
            step = 1
            plain, shaped = words[at]
            if at < last and (options := self._longer.get((plain, words[at + 1][0]))):
                step = _take(words, at, options, found)
            if step == 1:
                names = self._loose.get(plain) if plain == shaped else self._single.get((plain, shaped))
                if names:
                    found += names
            at += step
        return found


def _take(words: list[Word], at: int, options: list[tuple[tuple[Word, ...], list[str]]], found: list[str]) -> int:
    for keys, names in options:
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
