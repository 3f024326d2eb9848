"""What a short chat message asks of us: a person, a complaint, yes or no, a level, an order."""
# ruff: noqa: E501 - one idea a line reads best in lists of wordings

import re
from functools import lru_cache

from care.cleaning import clean, fold, spoken_marks
from care.levels import LEVELS

_LONGEST = 2000  # characters that are looked at; the wish stands at the beginning


@lru_cache(maxsize=64)
@lru_cache(maxsize=64)  # several rules look at the same message
def _plain(text: str) -> str:
    """Folded words with single spaces, a space at both ends, teencode for "not" made one."""
    words = re.sub(r"[^\w]+", " ", fold(clean(text[:_LONGEST]))).replace("_", " ")
    words = re.sub(r"\b(?:ko|k|kg|kh|khg|khong|hong|hok|hem|hk|khum|chang|cha)\b", "khong", words)
    words = re.sub(r"\b(?:nv|nvien|nhan vien tu van|bn nhan vien)\b", "nhan vien", words)
    return f" {' '.join(words.split())} "


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b")


# --- A person, please -------------------------------------------------------------------------------------------

_PERSON = (
    r"(?:nhan vien|nguoi that|nguoi tu van|tu van vien|tvv|con nguoi|tong dai vien|tong dai|quan ly|chu shop|admin|ad|cskh"
    r"|ban tu van|ban nao do|nguoi phu trach|nguoi ho tro|nguoi(?= $| di $| a $| duoc khong $)|ai do)"
)
_DELIVERS = r"(?! (?:giao|ship|van chuyen|chuyen phat|ben|cua hang|cu|moi|nao(?! do)|lam viec|ban hang tot))"
_BETWEEN = (
    r"(?: (?:voi|vs|may|cho|qua|sang|toi|den|mot|1|gap|duoc|em|e|minh|chi|anh|shop|giup|gium|ban|cac|co|truc tiep))*"
)
_WANTS_PERSON = _any(
    rf"(?:gap|noi chuyen|noi|chat|ket noi|noi may|chuyen|lien he|lien lac|kiem|tim|keu|goi|trao doi){_BETWEEN} {_PERSON}{_DELIVERS}",
    rf"(?:can|muon|xin|cho){_BETWEEN} (?:nhan vien|nguoi that|tu van vien|tvv|tong dai vien|admin|quan ly)(?: ho tro| tu van| tra loi| giup| that)*(?= $| a | voi| ngay| di | nhe| nha| de )",
    rf"{_PERSON} (?:dau|dau roi|oi|dau het|tra loi|rep|vao)(?: roi| het| di| giup| ho| a| em| voi| minh| chi| anh)*(?= $)",
    r"(?:nhan vien|tu van vien|nguoi that) (?:dau|oi)",
    r"co (?:ai|nguoi|nhan vien)(?: nao)?(?: o do| o day| truc| tra loi| ho tro| tu van| dang truc)*(?: khong| chua)(?= $| a | vay | shop | day )",
    r"khong (?:muon |thich )?(?:noi chuyen|chat|nhan)(?: tin)?(?: voi| vs)? (?:bot|may|robot|ai|tro ly)",
    r"dung (?:bot|tra loi tu dong)|toan (?:la )?bot|nguoi that (?:di|tra loi|dau)",
    r"(?:talk|speak|chat)(?: to| with)(?: a| an| the)?(?: real)? (?:human|person|agent|staff|someone)|real person|human please",
)  # fmt: skip
_NO_PERSON = _any(
    r"tuyen|ung tuyen|xin viec|lam nhan vien|luong nhan vien|viec lam",
    r"(?:khong|chua|khoi|dung)(?: can| muon| phai)? (?:gap|noi chuyen (?:voi|vs)|goi|keu)(?: voi)? (?:nhan vien|nguoi|ai)",
    r"khong can nhan vien",
)


def wants_human(text: str) -> bool:
    """Whether the customer asks for a person instead of the bot."""
    said = _plain(text)
    return bool(_WANTS_PERSON.search(said)) and not _NO_PERSON.search(said) and not about_staff(text)


# --- Complaints -------------------------------------------------------------------------------------------------

_NOT_MEANT = re.compile(
    r"\b(?:(?:khong|chua|chang|dau co)(?: he| qua| den noi| den muc| phai| phai la| bi| co| thay| lam)* "
    r"(?:te|toi te|that vong|buc|lua dao|lua|scam|kem|chan|tuc|gian|khieu nai|phan nan)(?: lam| dau| gi)?"
    r"|(?:so|tranh|canh giac|lo|de phong)(?: bi| gap| la)* (?:lua dao|lua|scam)"
    r"|(?:co|co phai|phai|lieu co)(?: phai)?(?: la)?(?: shop)? (?:lua dao|lua|scam)(?: gi)?(?: khong| chu| day)"
    r"|(?:lua dao|scam) (?:khong|ha|a khong))\b"
)
_COMPLAINT = _any(
    r"khieu nai", r"phan nan", r"lua dao", r"lua tien", r"lua khach", r"boc phot", r"dang phot", r"phot shop",
    r"scam", r"bao cong an", r"kien (?:shop|ra toa)", r"tay chay", r"treo dau de",
    r"(?:qua|that|rat|sieu|cuc|sao ma|vo cung) te(?: hai)?", r"te (?:qua|vai|vl|that|kinh|het muc|ghe)", r"te hai", r"toi te",
    r"that vong", r"buc (?:minh|xuc|boi)", r"buc qua", r"vo trach nhiem", r"mat day", r"lam an (?:kieu gi|gian|chan|bo lao|te)",
    r"(?:hang|do) (?:rac|vut di)", r"kem chat luong(?: qua)?", r"mat niem tin", r"that tin",
    r"khong (?:ai|thay ai|co ai|nguoi nao)(?: thay)?(?: them)? (?:nghe|bat may|tra loi|rep|phan hoi|giai quyet|xu ly|ngo toi)",
    r"(?:goi|nhan|ib|inbox)(?: \w+){0,4} khong (?:nghe|bat may|bat|tra loi|rep|phan hoi|them)", r"seen khong rep|doc roi khong",
    r"doi giai thich|doi boi thuong|den bu (?:cho|di|the nao)|nuot tien",
    r"complain(?:t|ing)?", r"terrible", r"rip ?off", r"awful",
)  # fmt: skip
_TROUBLE = _any(
    r"hang (?:loi|hong|gia|fake|nhai)", r"bi (?:loi|hong|rach|vo|be|moc|thieu|mat|lem|bong|hu)", r"(?:giao|gui|ship) (?:sai|nham|thieu|tre|cham|lau)",
    r"chua (?:nhan duoc|thay giao|hoan tien|giai quyet)", r"thai do", r"mat tien", r"tru tien", r"lan thu (?:2|3|hai|ba)",
    r"dung (?:1|2|mot|hai|vai)(?: \w+)? (?:da|la) (?:hong|hu|rach|loi)",
)  # fmt: skip
_ANGRY = _any(
    r"(?:qua|that|rat|sieu|cuc|sao ma) te", r"te (?:qua|vai|vl|that|kinh)", r"te hai", r"toi te", r"that vong", r"buc (?:minh|xuc|boi|qua)",
    r"tuc (?:qua|dien|that|gian|muon)", r"gian (?:qua|that|lam|roi)",
    r"lua dao", r"vo trach nhiem", r"mat day", r"bo lao", r"lao toet", r"lam an (?:kieu gi|nhu)", r"boc phot", r"tay chay", r"uc che", r"qua dang",
    r"dm|dmm|dcm|vcl|vkl|clgt|khon nan|cho ma|dit|lon me|me kiep|lu lua", r"het kien nhan", r"cho den bao gio",
    r"may lan roi|bao nhieu lan roi|qua lau|lau qua|angry|furious|ridiculous|wtf",
)  # fmt: skip


# Words that are harmless with other diacritics ("đeo", "to cao", "chân", "điện") count only as they are meant.
_AS_TYPED = re.compile(
    r"\b(?:đéo|cút|óc chó|ngu (?:vậy|thế|quá|vl|như)|ch[aá]n (?:quá|qua|thật|that|shop|vl)|điên (?:tiết|quá|máu|đầu|lên)"
    r"|(?:phát|nổi) điên|nổi nóng|tố cáo|hàng đểu|đồ đểu|ăn chặn|ăn quỵt)\b"
)


def is_complaint(text: str) -> bool:
    """Whether the customer complains, rather than asks ("hàng lỗi có đổi được không" is a question)."""
    said = _NOT_MEANT.sub(" ", _plain(text))
    return bool(_COMPLAINT.search(said) or _AS_TYPED.search(_lower(text))) or (
        bool(_TROUBLE.search(said)) and _sounds_angry(said, text)
    )


def looks_angry(text: str) -> bool:
    """Whether jokes, emoji and offers should wait."""
    return _sounds_angry(_NOT_MEANT.sub(" ", _plain(text)), text)


@lru_cache(maxsize=64)
def _lower(text: str) -> str:
    return clean(text[:_LONGEST]).lower()


def _sounds_angry(said: str, text: str) -> bool:
    letters = [letter for letter in text[:_LONGEST] if letter.isalpha()]
    shouts = len(letters) >= 12 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters)
    marks = re.search(r"!{3,}|\?{3,}|[?!]{4,}|[😡🤬😠👿]", text[:_LONGEST])
    return bool(_ANGRY.search(said) or _AS_TYPED.search(_lower(text))) or shouts or marks is not None


_STAFF = r"(?:nhan vien|tu van vien|tvv|bao ve|thu ngan|quan ly|le tan|admin|ad|cskh|nguoi ban|ban ban hang|ban tu van|(?:ban|anh|chi|dua|thang|con|em) (?:\w+ )?truc|tong dai)"
_RUDE = (
    r"(?:thai do(?= $| qua(?! tot)| voi| vl| kinh| that| khong (?:tot|on|dung|duoc|chap nhan)| te| kem| loi lom| chan| xac lao"
    r"| coi thuong| hach dich| kho chiu| bo lao| lam)|coc loc|coc can|noi chuyen coc|hon(?: hao| lao)?|lao(?= |$)|xac lao|bo lao"
    r"|(?:mat|bat|thieu|khong) lich su|tho lo|quat|chui|mang(?= khach| minh| em| toi)|khinh(?: khach| thuong)?|coi thuong|xuc pham|loi lom|kho chiu|vo le"
    r"|nat no|luom|gat gong|cau gat|hach dich|thieu ton trong|khong ton trong|vo van hoa|kho ua|che bai|mia mai|lo khach|bo mac|doi xu te|an noi)"
)
_ABOUT_STAFF = _any(
    rf"{_STAFF}(?: \w+){{0,8}} {_RUDE}",
    rf"{_RUDE}(?: \w+){{0,5}} {_STAFF}",
    r"(?:khieu nai|phan anh|to cao|phan nan)(?: \w+){0,3} (?:nhan vien|thai do|quan ly|bao ve|thu ngan)",
    r"thai do (?:phuc vu|nhan vien|cua)(?: \w+){0,4} (?:te|kem|chan|loi lom|khong tot|khong duoc|khong chap nhan|qua dang|kho chiu)",
    rf"(?:phuc vu|tiep khach)(?: \w+){{0,2}} {_RUDE}",
)  # fmt: skip
_PRAISE = _any(
    r"khong (?:he |bao gio |co )?(?:hon|kho chiu|quat|lao|coc|khinh|thai do gi)",
    r"thai do (?:rat |qua )?(?:tot|de thuong|ok|nhiet tinh)",
)


def about_staff(text: str) -> bool:
    """Whether the complaint is about how somebody of the shop behaved: only the owner may read it."""
    said = _PRAISE.sub(" ", _plain(text))
    return bool(_ABOUT_STAFF.search(said))


# --- Short answers ----------------------------------------------------------------------------------------------

_OPT_OUT = ("dừng", "hủy", "từ chối", "stop", "dừng lại", "hủy nhận tin", "ngừng nhận tin", "unsubscribe")
_YES = (
    "có", "co", "ừ", "ừm", "uhm", "uh", "um", "ờ", "ok", "oke", "oki", "okie", "okay", "okela", "được", "dc", "đc", "đúng rồi", "đúng", "phải",
    "phải rồi", "vâng", "vang", "dạ", "yes", "yeah", "yep", "y", "chuẩn", "đồng ý", "rồi", "ổn", "ổn rồi", "xong rồi", "được rồi", "dc rồi",
    "có chứ", "tất nhiên", "nhất trí", "duyệt", "chính xác", "tốt rồi", "hài lòng", "👍", "👌", "✅", "hết rồi", "đổi rồi", "nhận được rồi",
)  # fmt: skip
_NO = (
    "không", "ko", "k", "kg", "hông", "hong", "hok", "hem", "khum", "khong", "chưa", "chưa ổn", "chưa được", "chưa xong", "chưa đúng", "no", "nope",
    "không phải", "không cần", "không ổn", "không được", "không đúng", "không có", "không đồng ý", "sai", "sai rồi", "chưa hài lòng", "chưa rồi",
    "👎", "❌", "chưa nhận được", "vẫn chưa", "vẫn chưa được", "không muốn", "vẫn lỗi",
)  # fmt: skip
_SKIP = (
    "bỏ qua", "skip", "để sau", "thôi", "khỏi", "không nhớ", "quên rồi", "quên mất rồi", "không có", "lần sau", "next", "không có hình", "không biết",
    "không rõ", "thôi khỏi", "thôi không cần", "không cần", "sao cũng được", "gì cũng được", "tiếp", "tiếp tục", "khỏi cần", "để lúc khác",
)  # fmt: skip
_BEFORE = frozenset(
    "dạ da em e mình minh mk tôi toi tui chị chi c anh a à thì thi vậy shop nhưng mà thật ra rất".split()
)
_AFTER = frozenset(
    "ạ a á à em e nhé nhe nha nhá shop ơi oi bạn đâu luôn nè ne đó đi di mà thôi vậy v chị chi anh nghen cảm ơn cam on".split()
)
_AFTER_MORE = frozenset("quá lắm rồi roi hết".split())


def _says(text: str, phrases: tuple[str, ...], around: bool = True) -> bool:
    """Whether the whole message is one of the phrases, typed with its diacritics or with none."""
    said = clean(text, 200).strip().lower()
    words = re.sub(r"[^\w\s👍👌✅👎❌]", " ", said).split()
    if not words or len(words) > 8:
        return False
    variants = [words]
    if around:
        starts = [n for n in range(len(words)) if all(word in _BEFORE for word in words[:n])]
        ends = [n for n in range(len(words), 0, -1) if all(word in _AFTER | _AFTER_MORE for word in words[n:])]
        variants = [words[start:end] for start in starts for end in ends if start < end]
    return any(_same(variant, phrase.split()) for variant in variants for phrase in phrases)


_NEGATIONS = {
    "ko": "không",
    "k": "không",
    "kg": "không",
    "kh": "không",
    "hông": "không",
    "hong": "không",
    "hok": "không",
    "khum": "không",
}


def _same(typed: list[str], meant: list[str]) -> bool:
    if len(typed) != len(meant):
        return False
    pairs = ((_NEGATIONS.get(a, a) if len(meant) > 1 else a, b) for a, b in zip(typed, meant, strict=True))
    return all(a == b or (fold(a) == fold(b) and spoken_marks(a) in ([], spoken_marks(b))) for a, b in pairs)


def is_opt_out(text: str) -> bool:
    """Whether the whole message is one of the words that end all advertising at once (rule C3)."""
    return _says(re.sub(r"^\s*/", "", text), _OPT_OUT, around=False)


def is_no(text: str) -> bool:
    """A whole message that says no, or not yet."""
    return _says(text, _NO)


def is_yes(text: str) -> bool:
    """A whole message that says yes. Unaccented "dung" is not one: it also means stop."""
    return _says(text, _YES) and not is_no(text) and not is_opt_out(text)


def is_skip(text: str) -> bool:
    """A whole message that would rather not answer."""
    return _says(text, _SKIP)


# --- Levels, orders, phones -------------------------------------------------------------------------------------

_NUMBERS = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6}
_ALONE = frozenset({"mot", "hai", "ba", "bon", "nam"})  # unaccented "tu" and "sau" alone mean other things
_UNIT_BEFORE = frozenset("mức muc cấp cap độ do điểm diem level lv lvl rate số so m".split())
_UNIT_AFTER = frozenset("sao điểm diem star stars point points đ d".split())
_RATE_BEFORE = frozenset(
    "dạ da em e mình minh mk tôi toi tui chị chi c anh a cho đánh danh chấm cham xin thì thi là la chọn chon"
    " vote ok oke shop dịch dich vụ vu phục phuc bạn ban được duoc tầm tam khoảng khoang".split()
)
_RATE_AFTER = frozenset(
    "ạ a á à nhé nhe nha nhá em e shop nghen luôn luon nè ne đi di thôi thoi cảm cam ơn on thanks thank tks nhiều nhieu bạn ban"
    " cho chị chi anh ok quá qua lắm lam nhất nhat rồi roi đó do".split()
)
_LEVEL_NAMES = {
    **{tuple(level.vietnamese.lower().split()): level.number for level in LEVELS},
    **{tuple(level.button.lower().split()): level.number for level in LEVELS},
    ("như", "mong", "đợi"): 3, ("đúng", "mong", "đợi"): 3, ("đúng", "mong", "muốn"): 4, ("ngạc", "nhiên"): 5,
    ("tốt", "không", "ngờ"): 6, ("không", "ngờ", "tới"): 6, ("tệ",): 1, ("rất", "tệ"): 1, ("quá", "tệ"): 1,
}  # fmt: skip


def parse_level(text: str) -> int | None:
    """The level from 1 to 6 a whole message gives ("mức 5", "năm", "5 sao nhé"). None: it says something else."""
    said = clean(text, 120).strip().lower().replace("\ufe0f", "").replace("\u20e3", "")
    if re.fullmatch(r"(?:[⭐🌟★]\s*){1,6}", said):
        return len(re.findall(r"[⭐🌟★]", said))
    said = re.sub(r"(?<=[a-zđ\u00c0-\u1ef9])(?=\d)|(?<=\d)(?=[a-zđ])", " ", re.sub(r"(?<=\d)\s*/\s*6\b", " ", said))
    said = re.sub(r"\b(?:đánh giá|danh gia)\b", " ", said)
    if re.search(r"\d[.,:/-]\d|-\s*\d", said):
        return None
    words = re.sub(r"[^\w\s]", " ", said).split()
    while words and words[0] in _RATE_BEFORE and not _starts_name(words):
        words = words[1:]
    while words and words[-1] in _RATE_AFTER and not _is_name(words):
        words = words[:-1]
    return _level_of(words) if len(words) <= 7 else None


def _is_name(words: list[str]) -> bool:
    return any(_same(words, list(name)) for name in _LEVEL_NAMES)


def _starts_name(words: list[str]) -> bool:
    return any(_same(words[: len(name)], list(name)) for name in _LEVEL_NAMES)


def _level_of(words: list[str]) -> int | None:
    before = len(words)
    while words and words[0] in _UNIT_BEFORE and len(words) > 1:
        words = words[1:]
    while words and words[-1] in _UNIT_AFTER and len(words) > 1:
        words = words[:-1]
    for name, number in _LEVEL_NAMES.items():
        if _same(words, list(name)) or (words[:1] == [str(number)] and _same(words[1:], list(name))):
            return number
    if len(words) != 1:
        return None
    return _number(words[0], alone=before == 1)


def _number(word: str, alone: bool) -> int | None:
    if word in ("1", "2", "3", "4", "5", "6"):
        return int(word)
    for name, number in _NUMBERS.items():
        if word == name or (word == fold(name) and (not alone or word in _ALONE)):
            return number
    return None


_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,6})[-_]?(\d{3,12})(?![A-Za-z0-9])")
_CODE_SPACED = re.compile(r"(?<![A-Za-z0-9])(DH|HD|OD|ORD|SO)[ ]+(\d{3,12})(?![\w.,]*\d)", re.IGNORECASE)
_CODE_NUMBER = re.compile(
    r"(?:#|\b(?:ma don(?: hang)?|don(?: hang)? so|so don(?: hang)?|ma hd|don(?: hang)?|order)(?: (?:la|so|cua \w+ la))?[ :]*#?)"
    r"(\d{3,12})(?![\d.,]*\d)(?! ?(?:k|d|dong|vnd|trieu|nghin|ngan|cai|sp|san pham|ngay|tr)\b)"
)
_NOT_CODES = frozenset(
    "vnd sdt dt tel hotline zalo fb ip so size s k cm kg gr ml tk stk cccd cmnd nam usd gia phone".split()
)


def order_code(text: str) -> str | None:
    """The first order code in a message, in capitals ("dh1042" → "DH1042", "mã đơn 1042" → "1042")."""
    said = clean(text[:_LONGEST])
    for found in _CODE.finditer(said):
        if found[1].lower() not in _NOT_CODES and not _is_phone(found[2]):
            return found[0].upper()
    if spaced := _CODE_SPACED.search(said):
        return f"{spaced[1]}{spaced[2]}".upper()
    for found in _CODE_NUMBER.finditer(fold(said)):
        if not _is_phone(found[1]) and not found[1].endswith("000"):
            return found[1]
    return None


def _is_phone(digits: str) -> bool:
    return re.fullmatch(r"0\d{9,10}|84\d{9}|1[89]00\d{4,6}", digits) is not None


def phones(text: str) -> list[str]:
    """Phone numbers in a message as +84…, in order, each once; prices and order codes are left alone."""
    if not re.search(r"\d{2}", text):
        return []
    from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number  # heavy: only when there are digits

    found = PhoneNumberMatcher(clean(text[:_LONGEST]), "VN")
    return list(dict.fromkeys(format_number(match.number, PhoneNumberFormat.E164) for match in found))
