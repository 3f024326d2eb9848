"""How we speak to a customer: one pronoun, one name, the same in every text.

Texts carry the tokens {anh} {Anh} {em} {Em} {tên}; nothing else in braces is touched.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from care.cleaning import clean, fold, spoken_marks

SelfWord = Literal["em", "shop"]

PRONOUNS = ("anh", "chị", "cô", "chú", "bác", "bạn", "quý khách")
NEUTRAL = "anh/chị"  # polite for everybody until the customer chooses; never guessed from a name or a picture
TOKENS = ("anh", "Anh", "em", "Em", "tên")
NAME_LIMIT = 60  # characters
ANSWER_LIMIT = 90  # characters; a longer answer is a story, and the patterns would take ever longer over it

_TOKEN = re.compile(r"(?P<space>[ \u00a0]?)\{(?P<token>anh|Anh|em|Em|tên|te\u0302n)\}")


@dataclass(frozen=True)
class Address:
    """How one customer is addressed and what we call ourselves. None: not known yet."""

    pronoun: str | None = None
    name: str | None = None
    self_word: SelfWord = "em"

    def __post_init__(self) -> None:
        if self.pronoun is not None and self.pronoun not in PRONOUNS:
            raise ValueError(f"unknown pronoun {self.pronoun!r}: use one of {', '.join(PRONOUNS)}")

    @property
    def you(self) -> str:
        """The customer's pronoun in the middle of a sentence."""
        return self.pronoun or NEUTRAL

    @property
    def call(self) -> str:
        """Pronoun and given name, as one would call out to somebody: "chị Lan"."""
        return f"{self.you} {name}" if (name := self.spoken_name) else self.you

    @property
    def spoken_name(self) -> str:
        """The given name, "" when unknown or when the pronoun does not take one ("quý khách")."""
        return "" if self.pronoun == "quý khách" else given_name(self.name or "")


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(words).split())


# Behind a given name these betray a name written the Western way round ("Huy Nguyen").
_FAMILY_ONLY = _folded("nguyễn trần phạm huỳnh phan võ bùi đặng dương trương")
_FAMILY = _FAMILY_ONLY | _folded(
    "lê hoàng vũ đỗ hồ ngô lý đinh lâm trịnh mai đào cao tạ chu lưu lương thái tôn triệu quách hà đoàn nghiêm kiều"
)


def given_name(name: str) -> str:
    """The word a Vietnamese is called by: the last one."""
    words = [word for word in clean(name, 200).split() if any(letter.isalpha() for letter in word)]
    if not words:
        return ""
    western = len(words) == 2 and fold(words[1]) in _FAMILY_ONLY and fold(words[0]) not in _FAMILY
    return (words[0] if western else words[-1])[:NAME_LIMIT]


def fill(text: str, address: Address) -> str:
    """Put the pronouns and the name into a text. An unknown name vanishes together with its space."""
    if "{" not in text:
        return text
    values = {
        "anh": address.you,
        "Anh": _capital(address.you),
        "em": address.self_word,
        "Em": _capital(address.self_word),
        "tên": address.spoken_name,
    }

    def value(found: re.Match[str]) -> str:
        word = values[unicodedata.normalize("NFC", found["token"])]
        return found["space"] + word if word else ""

    filled = _TOKEN.sub(value, text)
    return filled.lstrip(" ") if text.startswith(("{tên}", "{te\u0302n}")) else filled


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


# --- Understanding a typed answer to "how may I call you?" ------------------------------------------------------

_PRONOUN_WORDS = {
    "anh": "anh", "a": "anh", "ah": "anh",
    "chị": "chị", "chi": "chị", "c": "chị", "chj": "chị", "ch": "chị",
    "cô": "cô", "co": "cô", "chú": "chú", "chu": "chú", "bác": "bác", "bac": "bác",
    "bạn": "bạn", "ban": "bạn", "b": "bạn", "bn": "bạn",
    "quý khách": "quý khách", "quy khach": "quý khách", "qk": "quý khách",
}  # fmt: skip
_P = "(?P<pronoun>" + "|".join(sorted(map(re.escape, _PRONOUN_WORDS), key=len, reverse=True)) + ")"
_ME = r"(?:em|e|mình|minh|mk|tôi|toi|tui|t|tớ|to|con|cháu|chau|anh|a|chị|chi|c|cô|chú|bác)"
_IS = r"(?:là|la|bằng|bang|=)"
_TAIL = r"(?:\s+(?:nhé|nhe|nha|nhá|nhaa|nghen|nghe|ạ|à|á|a|đi|di|em|e|shop|sốp|sop|bạn|được rồi|duoc roi|dc roi|là được|la duoc|la dc|là đc|được|duoc|dc|thôi|thoi|cho tiện|cho tien|cho dễ|cho thân|cho trẻ|rồi|roi|đó|do|nè|ne|luôn|luon|với|voi))*"  # noqa: E501
_HEAD = r"(?:(?:dạ|da|vâng|vang|ừ|uh|ok|oke|à|thì|thi|cứ|cu|em|e|shop|bạn|mình|minh)\s+)*?"
_CALL = r"(?:gọi|goi|kêu|keu|xưng hô|xung ho|xưng|xung|hô)"
_NAME = r"(?P<name>[^\W\d_]+(?:\s+[^\W\d_]+){0,4}?)"
_TEN = r"(?:tên|ten)"

_ANSWERS = tuple(
    re.compile(f"^{_HEAD}{pattern}{_TAIL}$", re.IGNORECASE)
    for pattern in (
        _P,
        rf"{_CALL}(?:\s+{_ME})?(?:\s+{_IS})?\s+{_P}",
        rf"{_CALL}(?:\s+{_ME})?(?:\s+{_IS})?\s+{_P}\s+{_NAME}",
        rf"(?:{_ME}\s+)?{_IS}\s+{_P}",
        rf"{_P}(?:\s+{_TEN})?(?:\s+{_IS})?\s+{_NAME}",
        rf"{_CALL}(?:\s+{_ME})?(?:\s+{_IS})?(?:\s+{_TEN})?\s+{_NAME}",
        rf"(?:{_ME}\s+)?{_TEN}(?:\s+(?:của\s+|cua\s+)?{_ME})?(?:\s+{_IS})?\s+{_NAME}",
        rf"{_ME}\s+{_IS}\s+{_NAME}",
        _NAME,
    )
)
_SAYS_NAME = re.compile(rf"\b{_TEN}\b", re.IGNORECASE)
_NOT = r"(?:đừng|dung|không phải|khong phai|ko phai|ko phải|k phải|k phai|hông phải)"
_REFUSED = re.compile(
    rf"{_NOT}\s+(?:{_CALL}\s+)?(?:(?:em|e|mình|minh|tôi|toi|tui)\s+)?(?:{_IS}\s+)?{_P}\b(?:\s+(?:nữa|nua))?",
    re.IGNORECASE,
)
# A lone word is taken for a name only when it is one of the usual ones: "Giá" is a question, not a person.
_GIVEN_NAMES = """
    an ân anh ánh bảo bách bích bình cầm cẩm cảnh châu chi chiến cúc cường danh dân đan đào đại đạt điểm điệp định
    đông đồng đức dung dũng duy duyên dương diễm diệu doanh gia giang giao hà hải hân hằng hạnh hảo hào hậu hiền
    hiển hiệp hiếu hiệu hoa hòa hoài hoan hoàn hoàng hồng hợp huệ hùng hưng hương hường hữu huy huyền huỳnh khải
    khang khánh khoa khôi khương khuê kiên kiệt kiều kim kỳ lam lâm lan lành lê lệ liên linh loan lộc lợi long
    luân luận lương ly lý mai mẫn mạnh mi minh my mỹ na nam nga ngà ngân nghi nghĩa ngọc nguyên nguyệt nhã nhàn
    nhân nhẫn nhật nhi nhiên như nhung nhựt oanh phát phi phong phú phúc phụng phước phương phượng quân quang quế
    quốc quý quyên quyền quyết quỳnh sa sang sáng sen sơn sương tài tâm tân tấn thạch thái thắm thăng thắng thanh
    thành thảo thi thiên thiện thịnh thơ thoa thoại thơm thông thu thuần thuận thục thương thúy thùy thủy thư thức
    thy tiên tiến tín tình tính toàn toản trà trang trâm trân tri trí triết triều trinh trọng trúc trung trường tú
    tuấn tuệ tùng tuyên tuyền tuyết uyên vân văn vi việt vinh vũ vương vượng vy xuân xuyến yên yến ý
"""
_GIVEN_MARKS: dict[str, list[list[str]]] = {}
for _name in _GIVEN_NAMES.split():
    _GIVEN_MARKS.setdefault(fold(_name), []).append(spoken_marks(_name))
# Words of ordinary sentences, which also stand behind a pronoun ("chị không mua nữa").
_NOT_NAMES = _folded(
    """ơi gì sao cũng được không ko muốn hỏi cần xem cho này kia nào đó đây rồi chưa đang định là mà và hay hoặc qua alo
    hello shop ship khách nhé em tôi cô chú bác bạn ok yes trả đặt đơn nhiêu viên size mẫu biết người mua giúp với"""
)


def understand(text: str) -> Address | None:
    """Pronoun and name in a typed answer ("goi em la chi nhe", "anh Huy"). None: it says neither, so do not guess."""
    said = " ".join(re.sub(r"[^\w\s=/]", " ", clean(text, 200)).split())
    said = " ".join(_REFUSED.sub(" ", said).split())
    if len(said) > ANSWER_LIMIT:
        return None
    for pattern in _ANSWERS:
        if (found := pattern.match(said)) is None:
            continue
        groups = found.groupdict()
        pronoun = _PRONOUN_WORDS[groups["pronoun"].lower()] if groups.get("pronoun") else None
        if not groups.get("name"):
            return Address(pronoun)
        if name := _as_name(groups["name"], surely=bool(_SAYS_NAME.search(said))):
            return Address(pronoun or _pronoun_before(said[: found.start("name")]), name)
    return None


def _pronoun_before(words: str) -> str | None:
    """ "chị là Lan" and "gọi chị là Lan" also say the pronoun; "em là Lan" does not."""
    said = [_PRONOUN_WORDS.get(word) for word in words.lower().split() if len(word) > 1]
    known = [word for word in said if word not in (None, "bạn")]
    return known[-1] if known else None


def _as_name(words: str, surely: bool) -> str | None:
    """The words as a name, None when they are more likely an ordinary sentence."""
    parts = words.split()
    if _NOT_NAMES.intersection(map(fold, parts)) or not (surely or _likely_name(parts)):
        return None
    return " ".join(part[:1].upper() + part[1:] for part in parts)[:NAME_LIMIT]


def _likely_name(parts: list[str]) -> bool:
    if not _is_given(parts[-1]):
        return False
    return len(parts) == 1 or fold(parts[0]) in _FAMILY or all(part[0].isupper() for part in parts)


def _is_given(word: str) -> bool:
    """Whether the word is a usual given name, typed with its own diacritics or with none."""
    marks = spoken_marks(word.lower())
    known = _GIVEN_MARKS.get(fold(word))
    return known is not None and (not marks or marks in known)
