"""Types a carefully written message the way customers do: five ways, each repeatable from its seed."""

import random
import unicodedata
from collections.abc import Callable

from care.faq.syllables import fold

_TEEN = {
    "không": "ko k hok hong kh", "được": "dc đc", "bao nhiêu": "bn bnhiu nhiu", "gì": "j",
    "vậy": "v z", "rồi": "r rùi",
    "với": "vs", "sản phẩm": "sp", "tài khoản": "tk", "chuyển khoản": "ck", "thế nào": "tn", "như thế nào": "ntn",
    "giờ": "h", "điện thoại": "đt", "mình": "mk mik", "em": "e", "anh": "a", "chị": "c", "người": "ng", "biết": "bít",
    "thích": "thik", "quá": "wá qá", "trước": "trc", "hôm nay": "hnay", "sinh viên": "sv", "đăng ký": "đk",
    "số điện thoại": "sdt", "bảo hành": "bh", "giảm giá": "gg", "khuyến mãi": "km",
    "thanh toán": "tt", "nhân viên": "nv",
    "bác sĩ": "bs", "ngân hàng": "nh", "làm": "lm", "luôn": "lun", "giùm": "dùm", "giúp": "júp", "đồng": "đ",
    "miễn phí giao hàng": "freeship", "muốn": "mún", "phí": "fí", "shop": "shopp sốp", "nhiêu": "nhiu", "đang": "đag",
    "tháng": "thág", "hàng": "hàg", "nhận": "nhận", "mấy": "mí", "chưa": "ch chx", "vào": "zô",
    "kiểm tra": "ktra check",
    "địa chỉ": "đ/c dchi", "hóa đơn": "hđ", "mật khẩu": "mk", "tư vấn": "tv", "thời gian": "tg", "xác nhận": "xn",
    "sinh nhật": "sn", "bây giờ": "bh", "bao giờ": "bgio", "nhiều": "nhìu", "ạ": "ah",
    "học phí": "hp", "học bổng": "hb",
}  # fmt: skip
_TEEN_ORDER = sorted(_TEEN, key=len, reverse=True)
_NEAR = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "u": "yi", "n": "bm", "t": "ry", "h": "gj", "g": "fh", "c": "xv",
         "m": "n", "s": "ad", "l": "k", "r": "et", "p": "o", "b": "vn", "d": "sf", "k": "jl", "v": "cb"}  # fmt: skip
_TONE_KEYS = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_SHAPE_KEYS = {"\u0302": None, "\u0306": "w", "\u031b": "w"}


def with_marks(text: str, dice: random.Random) -> str:
    """As written."""
    return text


def without_marks(text: str, dice: random.Random) -> str:
    """No marks at all."""
    return fold(text)


def teencode(text: str, dice: random.Random) -> str:
    """Short forms, half of the time without marks."""
    typed = f" {text.casefold()} "
    for said in _TEEN_ORDER:
        if f" {said} " in typed and dice.random() < 0.75:
            typed = typed.replace(f" {said} ", f" {dice.choice(_TEEN[said].split())} ")
    typed = typed.strip()
    return fold(typed) if dice.random() < 0.5 else typed


def slips(text: str, dice: random.Random) -> str:
    """About one word in five wrongly typed."""
    words = text.casefold().split()
    if dice.random() < 0.5:
        words = [fold(word) for word in words]
    chosen = {dice.randrange(len(words)), *(at for at in range(len(words)) if dice.random() < 0.15)}
    return " ".join(_slip(word, dice) if at in chosen else word for at, word in enumerate(words))


def _slip(word: str, dice: random.Random) -> str:
    if len(word) < 2:
        return word
    at = dice.randrange(len(word) - 1)
    kind = dice.randrange(5)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[: at + 1] + word[at + 2 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    if kind == 3:
        return word[:at] + dice.choice(_NEAR.get(word[at], word[at])) + word[at + 1 :]
    return _other_tone(word, dice)


def _other_tone(word: str, dice: random.Random) -> str:
    parts = list(unicodedata.normalize("NFD", word))
    tones = [at for at, part in enumerate(parts) if part in _TONE_KEYS]
    if tones:
        parts[tones[0]] = dice.choice([*_TONE_KEYS, ""])
    return unicodedata.normalize("NFC", "".join(parts))


def telex(text: str, dice: random.Random) -> str:
    """Keys of the telex method left as typed, in some words or in all, a few of them with a letter missing."""
    share = 1.0 if dice.random() < 0.25 else 0.35
    return " ".join(_keys(word, dice) if dice.random() < share else word for word in text.casefold().split())


def _keys(word: str, dice: random.Random) -> str:
    typed, tone = "", ""
    for part in unicodedata.normalize("NFD", word.replace("đ", "dd")):
        if part in _TONE_KEYS:
            tone = _TONE_KEYS[part]
        elif part in _SHAPE_KEYS:
            typed += _SHAPE_KEYS[part] or typed[-1]
        else:
            typed += part
    if tone and len(typed) > 3 and dice.random() < 0.15:
        at = dice.randrange(1, len(typed) - 1)
        typed = typed[:at] + typed[at + 1 :]
    return typed + tone


STYLES: dict[str, Callable[[str, random.Random], str]] = {
    "có dấu": with_marks,
    "không dấu": without_marks,
    "teencode": teencode,
    "lỗi gõ": slips,
    "telex": telex,
}


def type_as(style: str, text: str, seed: str = "") -> str:
    """The message in one of STYLES; the same text, style and seed type the same."""
    return STYLES[style](text, random.Random(f"{style}|{text}|{seed}"))
