"""Small talk and the ends of it: greetings, thanks, "thôi", "xong"; and which kind of trouble a complaint is about.

What needs more understanding stands in `understanding.py`. Pure.
"""
# ruff: noqa: E501 - one idea a line reads best in lists of wordings

import re
from collections.abc import Iterable
from functools import lru_cache

from care.shop import Shop
from care.text import clean, fold
from care.understanding import about_staff, is_no, is_skip, is_yes, order_code, phones

_SMALL_TALK = 60  # characters: greetings, thanks and the like are not longer
_NOT_LETTERS = re.compile(r"[^\w\s]+")
_WE = r"(?:shop|ad|admin|em|e|ban|anh|chi|moi nguoi|ca nha|buoi sang|buoi toi|nha|a|oi|there)"
_GREETING = re.compile(
    r"^(?:(?:da|xin chao|chao|hello|helo|hi|hey|alo|a lo|good (?:morning|afternoon|evening)|shop oi|ad oi|em oi|ban oi|e oi)"
    rf"(?:\s+{_WE})*\s*)+$"
)
_THANKS = re.compile(
    r"^(?:(?:da|vang|ok|oke|okie|okay|u|uh|uhm|r|roi|duoc roi)\s+)*(?:(?:em|minh|anh|chi|toi|t)\s+)?"
    r"(?:cam on|thanks|thank you|thank|tks|tk|thks|ty|camon|cam un)"
    r"(?:\s+(?:shop|em|ad|ban|nhieu|nhe|nha|a|you|so much|anh|chi|lam|rat|nhiu|e))*$"
)
_OKAY = re.compile(
    r"^(?:(?:da|vang|ok|oke|okie|okay|oki|u|uh|um|uhm|r|roi|duoc|duoc roi|dc|dc r|the a|vay a|hieu roi|biet roi|de minh xem"
    r"|de em xem|fine|got it|i see|alright)(?:\s+(?:a|nhe|nha|shop|em|roi|ban|ad|roi nhe|cam on))*\s*)+$"
)
_GIVES_UP = re.compile(
    r"^(?:(?:da|a|u|um)\s+)*(?:thoi|thui|huy|huy bo|khong can nua|khong can|ko can|k can|dung lai|de sau|thoi khoi|khoi"
    r"|cancel|never ?mind|forget it)(?:\s+(?:a|shop|em|nua|di|khong can|khong can nua|cam on|nhe|nha|khoi|duoc roi|luon))*$"
)
_DONE = re.compile(
    r"^(?:(?:da|a|u|um)\s+)*(?:xong|het|du|chi vay|vay thoi|the thoi|nhu vay thoi|done|that s all|thats all)"
    r"(?:\s+(?:a|roi|shop|em|nhe|nha|thoi))*$"
)
_FORGOT = re.compile(
    r"\b(?:khong|ko|k|hong|hem|kg|chua) (?:nho|biet|co|ro|thay|con|luu|giu|chup)\b|\bquen (?:mat|roi|ma)\b"
    r"|\b(?:don t|do not|can t|cannot) (?:remember|know|have|find)\b|\bno (?:picture|photo|image)s?\b"
)
_FOLLOWS = re.compile(
    r"^(?:(?:da|a|u|um|ok|oke|vang)\s+)*(?:con|the|vay|z|v|roi|hay|neu|thi|o|voi|what about|how about|and)\s+\S+(?:\s+\S+){0,4}$"
)
_SETTLED = re.compile(
    r"^(?:(?:da|vang|u|um|uh|ok|oke|em|e|shop|anh|chi|minh|a|c|nhu vay|vay|thay|la)\s+)*(?:on|da on|on het|duoc|dc|ok|tot|xong|hai long|all good|it s fine|fine|good)"
    r"(?:\s+(?:a|r|roi|shop|em|nhe|nha|cam on|nhieu|lam|ban|het))*$"
)
_UNSETTLED = re.compile(
    r"\b(?:chua (?:on|duoc|xong|dc|giai quyet|thay|nhan|hai long|xu ly|hoan|tra)|(?:khong|ko|k) (?:on|dc|hai long)"
    r"|van (?:chua|con|bi|khong|loi)|not (?:yet|fine|ok|okay|solved|resolved))\b"
)

# What customers write, by the usual categories; an owner's own categories are found by the words of their titles.
_CATEGORY_WORDS = {
    "thai_do": re.compile(r"\b(?:thai do|coc loc|coc can|lich su|quat|chui|khinh|xuc pham|hach dich|rude|attitude)\b"),
    "hang_loi": re.compile(
        r"\b(?:loi|rach|hong|hu|vo|be|moc|nut|meo|bung|phai mau|hang gia|nhai|dom|kem chat luong|xuoc|tray|broken|damaged|defect\w*)\b"
    ),
    "giao_sai_thieu": re.compile(
        r"\b(?:giao|gui|ship|dua|nham|lon|thieu)\b.*\b(?:nham|sai|thieu|lon)\b|\b(?:nham|sai|thieu) (?:mau|size|hang|mon|san pham|sp)\b"
        r"|\bwrong\b|\bmissing\b"
    ),
    "giao_tre": re.compile(
        r"\b(?:tre|lau qua|qua lau|giao cham|chua (?:nhan|thay|toi|giao|co hang)|mai (?:khong|chua)|may ngay|ca tuan|late)\b"
    ),
    "tien": re.compile(
        r"\b(?:tien|hoan|chuyen khoan|ck|thanh toan|bi tru|tinh sai|tinh du|hoa don|refund|money|charged)\b"
    ),
}
_FIRST = ("thai_do", "giao_sai_thieu", "hang_loi", "giao_tre", "tien")  # the most telling words first


@lru_cache(maxsize=64)  # several rules look at the same message
def plain(text: str) -> str:
    """The words alone: folded, no punctuation, single spaces."""
    return " ".join(_NOT_LETTERS.sub(" ", fold(clean(text, 1000))).split())


def _nothing_but(pattern: re.Pattern[str], text: str) -> bool:
    """The whole message is of this kind. Longer ones never are, and the time such patterns take grows with length."""
    said = plain(text)
    return len(said) <= _SMALL_TALK and bool(pattern.match(said))


def is_greeting(text: str) -> bool:
    """Nothing but a greeting."""
    return _nothing_but(_GREETING, text)


def is_thanks(text: str) -> bool:
    """Nothing but thanks."""
    return _nothing_but(_THANKS, text)


def is_okay(text: str) -> bool:
    """Nothing but "ok", "dạ vâng"."""
    return _nothing_but(_OKAY, text)


def gives_up(text: str) -> bool:
    """ "thôi", "không cần nữa"."""
    return _nothing_but(_GIVES_UP, text)


def is_done(text: str) -> bool:
    """ "xong", "hết rồi": nothing more to add."""
    return _nothing_but(_DONE, text)


def skips(text: str) -> bool:
    """They cannot or will not give what was asked for."""
    return is_skip(text) or is_no(text) or bool(_FORGOT.search(plain(text)))


def is_settled(text: str) -> bool | None:
    """Answer to "is it fine now?". None: they talk of something else."""
    said = plain(text)
    if is_no(text) or _UNSETTLED.search(said):
        return False
    return True if is_yes(text) or _nothing_but(_SETTLED, text) else None


def is_about_staff(text: str, names: Iterable[str] = ()) -> bool:
    """They complain about how one of us behaved. `names`: our colleagues' given names."""
    if about_staff(text):
        return True
    said = plain(text)
    called = any(re.search(rf"\b(?:ban|em|anh|chi|thang|con) {re.escape(fold(name))}\b", said) for name in names)
    return called and bool(_CATEGORY_WORDS["thai_do"].search(said))


def order_or_phone(text: str) -> str:
    """An order code or telephone number; "" when there is none."""
    code = order_code(text)
    if code is not None:
        return code
    numbers = phones(text)
    if numbers:
        return "0" + numbers[0].removeprefix("+84") if numbers[0].startswith("+84") else numbers[0]
    alone = clean(text, 40).strip().lstrip("#")
    return alone if alone.isascii() and alone.isdigit() and 3 <= len(alone) <= 14 else ""


def category_of(text: str, shop: Shop) -> str:
    """The likeliest complaint category of the shop; "" when none is likely."""
    said = plain(text)
    known = {category.id for category in shop.categories}
    for name in _FIRST:
        if name in known and _CATEGORY_WORDS[name].search(said):
            return name
    words = set(said.split())
    for category in shop.categories:
        title = {word for word in plain(category.title).split() if len(word) > 2}
        if title and len(title & words) * 2 >= len(title):
            return category.id
    return ""


def follows(text: str) -> bool:
    """A short question that only makes sense after the one before it: "còn ngoại tỉnh?", "thế size M thì sao"."""
    return _FOLLOWS.match(plain(text)) is not None
