"""Vietnamese syllables: which are possible, and what an unfinished telex word was meant to be."""

import re
import unicodedata

_ONSETS = "b c ch d g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()
_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu
i ia ich iec iem ien ieng iep iet ieu im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op ot
u ua uan uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych
uyen uyet uynh uyt uyu y yem yen yet yeu
""".split()
_TONES = {"\u0300": "2", "\u0301": "1", "\u0303": "4", "\u0309": "3", "\u0323": "5"}  # grave acute tilde hook dot
_TELEX_TONES = {"f": "2", "s": "1", "x": "4", "r": "3", "j": "5"}
_TELEX_LETTERS = (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("uwow", "ươ"), ("uow", "ươ"), ("uwo", "ươ"),
                  ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"))  # fmt: skip
_VOWELS = frozenset("aeiouyăâêôơư")
_MARKED = re.compile("[^\x00-\x7f]")
SYLLABLES = frozenset(onset + rhyme for onset in ["", *_ONSETS] for rhyme in _RHYMES) | {"gi", "gin", "gieng", "quy"}


def fold(text: str) -> str:
    """Lower-case letters without marks: "Đổi Trả" → "doi tra"."""
    text = text.casefold()
    if not _MARKED.search(text):
        return text
    parts = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def marked(word: str) -> str:
    """One spelling for "hòa" and "hoà": letters with their shape, the tone as a digit at the end ("hoa2")."""
    if not _MARKED.search(word):
        return word
    tone, letters = "", []
    for part in unicodedata.normalize("NFD", word):
        if part in _TONES:
            tone = _TONES[part]
        else:
            letters.append(part)
    return unicodedata.normalize("NFC", "".join(letters)) + tone


def is_syllable(folded: str) -> bool:
    """Could these unmarked letters be a Vietnamese syllable?"""
    return folded in SYLLABLES


def untelex(word: str) -> str | None:
    """The marked form that raw telex keys meant ("hangf" → "hang2", "ddoong" → "đông"); None: not telex."""
    letters, tone = _take_tone(word)
    shaped = letters
    if "d" in shaped[1:] and shaped[0] == "d" and "dd" not in shaped:  # "doongd": the second d typed late
        at = shaped.rindex("d")
        shaped = "d" + shaped[:at] + shaped[at + 1 :]
    for keys, letter in _TELEX_LETTERS:
        shaped = shaped.replace(keys, letter)
    shaped = _late_marks(shaped)
    if shaped + tone == word:
        return None
    return shaped + tone if is_syllable(fold(shaped)) else None


def _take_tone(word: str) -> tuple[str, str]:
    seen_vowel, tone, kept = False, "", []
    for letter in word:
        if seen_vowel and letter in _TELEX_TONES:
            tone = _TELEX_TONES[letter]
            continue
        seen_vowel = seen_vowel or letter in _VOWELS
        kept.append(letter)
    return "".join(kept), tone


def _late_marks(shaped: str) -> str:
    """Shape keys typed after the word's end: "hangaf" is rare, "duongw", "tiene", "khonog" are not."""
    if shaped.endswith("w") or "w" in shaped[1:]:
        bare = shaped.replace("w", "", 1)
        for plain, horned in (("uo", "ươ"), ("a", "ă"), ("o", "ơ"), ("u", "ư")):
            if plain in bare:
                return bare.replace(plain, horned, 1)
    for vowel, hatted in (("a", "â"), ("e", "ê"), ("o", "ô")):
        if shaped.endswith(vowel) and shaped.count(vowel) == 2 and not is_syllable(fold(shaped)):
            return shaped[:-1].replace(vowel, hatted, 1)
    return shaped
