"""Typed text: cleaned without loss, cut without harm, understood without guessing."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.text import (
    about_staff,
    clean,
    fold,
    is_complaint,
    is_no,
    is_opt_out,
    is_skip,
    is_yes,
    looks_angry,
    order_code,
    parse_level,
    phones,
    split_at_sentences,
    utf16_length,
    wants_human,
)

MEANINGS: list[tuple[Callable[[str], bool], list[str], list[str]]] = [
    (
        wants_human,
        [
            "gặp nhân viên", "cho gap nguoi that", "tư vấn viên đâu", "nói chuyện với người", "Gặp nhân viên", "gap nv",
            "cho em gặp bạn nhân viên nào đó", "có ai ở đó không", "chat với người thật đi", "nhân viên đâu rồi",
            "không muốn nói chuyện với bot", "cho mình nói chuyện với nhân viên tư vấn", "chuyển cho nhân viên giúp em",
            "muốn gặp quản lý", "kết nối tư vấn viên", "toàn bot trả lời", "talk to a human", "cần nhân viên hỗ trợ ạ",
            "có nhân viên trực không", "gặp người", "nhân viên ơi", "co ai khong", "cho tôi gặp chủ shop",
            "gặp tư vấn viên ngay", "cho gặp người tư vấn", "goi nhan vien di",
        ],
        [
            "nhân viên giao hàng trễ", "gặp nhân viên giao hàng thì đưa tiền ạ", "shop có tuyển nhân viên không",
            "nhân viên nói phí 30k", "không cần gặp nhân viên", "cho hỏi giá", "có người nhận hàng thay được không",
            "người yêu mình thích màu đỏ", "tìm áo cho người lớn", "gọi nhân viên giao hàng giúp em",
            "shop có bao nhiêu nhân viên", "mua tặng người thân", "nhân viên cửa hàng nào tư vấn vậy",
            "cần áo cho nhân viên văn phòng", "gặp nhân viên thái độ quá", "nói người bán gửi hàng đi",
            "gọi người nhận trước khi giao", "chuyển hàng cho người khác nhận", "liên hệ người nhận giúp",
        ],
    ),
    (
        is_complaint,
        [
            "hàng lỗi mà gọi k ai nghe máy, quá tệ", "khieu nai", "lừa đảo", "bóc phốt", "shop lừa đảo à", "tồi tệ",
            "mình muốn khiếu nại đơn DH1042", "dịch vụ quá tệ", "thất vọng quá", "nhắn tin mãi k ai rep", "tệ vl",
            "gọi 5 cuộc không nghe máy", "làm ăn kiểu gì vậy", "giao sai hàng!!! bực mình", "hang rac",
            "shop lam an chan vay", "giao thiếu mà nhắn không trả lời", "tố cáo shop", "hàng đểu",
        ],
        [
            "hàng lỗi có đổi được không", "shop có lừa đảo không", "sợ bị lừa đảo", "cũng không tệ", "bảo hành thế nào",
            "giày mới mang 1 hôm đã bong đế", "giao trễ mấy ngày rồi ạ", "tẻ nhạt", "áo này có tệ không", "tế bào",
            "đổi trả thế nào", "có phải lừa đảo không", "không thất vọng chút nào", "giá", "kiên nhẫn",
            "người to cao mặc size gì", "chân quá to đi giày gì", "có chân gà rút xương không", "quýt đường",
        ],
    ),
    (
        about_staff,
        [
            "nhân viên thái độ quá", "bạn nhân viên nói chuyện cộc lốc", "thái độ phục vụ quá tệ", "bảo vệ quát khách",
            "em nhân viên chửi mình", "khiếu nại nhân viên", "thu ngân khinh khách", "nv mat lich su",
            "nhân viên tư vấn hỗn",
        ],
        [
            "nhân viên rất nhiệt tình", "hàng lỗi", "shipper nói chuyện cộc", "nhân viên không hề khó chịu",
            "thái độ tốt", "thái độ phục vụ quá tốt", "gặp nhân viên",
        ],
    ),
    (
        looks_angry,
        ["QUÁ TỆ RỒI SHOP ƠI TRẢ TIỀN", "bực mình thật", "gì vậy!!!", "lừa đảo", "đm", "😡", "đéo mua nữa"],
        ["không tệ", "cho hỏi giá", "ok", "đẹp quá!", "ngủ ngon nha", "điện thoại", "DH1042", "đeo vòng", "áo cụt"],
    ),
    (
        is_opt_out,
        ["dừng", "Dung", "HỦY", "huỷ", "huy", "từ chối", "tu choi", "STOP", "/stop", "stop."],
        ["đúng", "đừng", "dừng đơn", "hủy đơn", "dùng", "stop it now", ""],
    ),
    (
        is_yes,
        [
            "có", "co", "dạ có", "ừ", "uhm", "ok em", "oke nha", "được", "dc", "đc", "đúng rồi", "dung roi", "vâng ạ",
            "dạ", "👍", "ổn rồi", "on roi", "yes", "dạ được ạ", "ok shop", "rồi ạ",
        ],
        ["không", "cô", "dạ không", "chưa", "dung", "có gì không", "dạ chưa ổn", "ok không", ""],
    ),
    (
        is_no,
        [
            "không", "ko", "k", "hông", "dạ không ạ", "chưa", "chua on", "không cần", "ko cần", "chưa ổn", "sai rồi",
            "no", "chưa được em ơi", "ko phải",
        ],
        ["có", "không biết giá bao nhiêu", "ok", ""],
    ),
    (
        is_skip,
        [
            "bỏ qua", "bo qua", "skip", "để sau", "de sau", "thôi", "không nhớ", "em không nhớ", "k nhớ", "ko có",
            "khỏi", "lần sau nha",
        ],
        ["có", "thôi việc", "ok", ""],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("means", "text"), [(means, text) for means, yes, _ in MEANINGS for text in yes])
def test_what_customers_mean_is_heard(means: Callable[[str], bool], text: str) -> None:
    assert means(text)


@pytest.mark.parametrize(("means", "text"), [(means, text) for means, _, no in MEANINGS for text in no])
def test_what_customers_do_not_mean_is_not_heard(means: Callable[[str], bool], text: str) -> None:
    assert not means(text)


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (1, ["1", "tồi tệ", "toi te", "1 Tồi tệ", "tồi tệ quá", "rất tệ"]),
        (2, ["cơ bản", "chị cho mức 2 thôi em", "hai"]),
        (3, ["3", "level 3", "dung nhu mong doi"]),
        (4, ["dạ em chấm 4 điểm ạ", "bốn", "tư", "lv4", "theo mong muốn"]),
        (
            5,
            [
                "5", "mức 5", "mức5", "năm", "nam", "mức năm", "muc nam", "5 sao nhé", "5sao", "5 ạ", "5!", "5/6", "5️⃣",
                "⭐⭐⭐⭐⭐", "đánh giá 5 sao nha shop", "mức 5, cảm ơn shop", "Đáng ngạc nhiên", "Surprising",
            ],
        ),
        (6, ["cho 6 điểm", "sáu", "mức sáu", "muc sau", "6 điểm luôn", "6 Tốt không ngờ tới", "tot khong ngo toi"]),
    ],
)  # fmt: skip
def test_a_typed_level_counts(number: int, texts: list[str]) -> None:
    assert {text: parse_level(text) for text in texts} == dict.fromkeys(texts, number)


@pytest.mark.parametrize(
    "text",
    [
        "5 cái áo", "7", "10 sao", "0", "0901234567", "5/10", "5,5", "3.5", "-1", "05", "56", "sau", "tu", "bà",
        "ba mẹ",
        "năm nay", "5 hay 6", "không tồi tệ", "5k", "đơn 5", "nằm", "5 ngày", "mức 7", "", "áo size 5", "giá 5", "hải",
        "2 cái",
    ],
)  # fmt: skip
def test_other_numbers_are_no_level(text: str) -> None:
    assert parse_level(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DH1042", "DH1042"),
        ("dh1042 nha", "DH1042"),
        ("đơn DH-1042", "DH-1042"),
        ("dh 1042", "DH1042"),
        ("mã đơn 1042", "1042"),
        ("mã đơn là 20231", "20231"),
        ("đơn hàng #1042", "1042"),
        ("#1042", "1042"),
        ("đơn 1042 tới đâu", "1042"),
    ],
)
def test_an_order_code_is_found(text: str, code: str) -> None:
    assert order_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "0901234567", "đơn từ 500000 có freeship không", "giá 500000", "sdt0901234567", "size 38", "đơn 500.000",
        "iphone 15", "1900 1234", "đơn hàng 0901234567", "vnd500000", "đơn 300k", "",
    ],
)  # fmt: skip
def test_prices_sizes_and_phones_are_no_order_code(text: str) -> None:
    assert order_code(text) is None


def test_phones_are_found_once_and_prices_left_alone() -> None:
    text = "sdt em 0901234567, +84 90 123 4567 hoặc 028 3822 1234, giá 1.250.000, DH1042"
    assert phones(text) == ["+84901234567", "+842838221234"]
    assert phones("không có số") == []


VIETNAMESE = "Dạ em chào chị Lan, đơn DH1042 giá 1.250.000 ₫ tới trước 17:00 20/11 ạ.\nThương, Hoà & Tuyết 👩‍👩‍👧 ❤️"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (VIETNAMESE, VIETNAMESE),
        (unicodedata.normalize("NFD", VIETNAMESE), VIETNAMESE),
        ("a\u202eb\u2066c", "abc"),
        ("gi\u200bá\ufeff", "giá"),
        ("a\x00b\x1bc\td\r\ne", "abc d\ne"),
        ("\ud800x\udfff", "x"),
        ("\ud83d\ude00", "😀"),
        ("👩\u200d👩\u200d👧 a\u200db", "👩\u200d👩\u200d👧 ab"),
        ("🏳️\u200d🌈", "🏳️\u200d🌈"),
        ("🏴\U000e0067\U000e0062\U000e007f x\U000e0041", "🏴\U000e0067\U000e0062\U000e007f x"),
        ("z" + "\u0335" * 50, "z" + "\u0335" * 4),
    ],
)
def test_tricks_go_and_words_stay(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_length_is_counted_as_platforms_count_and_no_emoji_is_halved() -> None:
    assert utf16_length("a😀") == 3
    assert clean("😀" * 10, limit=5) == "😀😀"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(("text", "folded"), [("Đường ĐẶNG", "duong dang"), ("tiê\u0301ng", "tieng"), ("abc", "abc")])
def test_folding_drops_marks_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded


def _squeezed(text: str) -> str:
    return "".join(text.split())


@given(st.text(max_size=400), st.integers(2, 40))
def test_a_cut_text_loses_only_white_space(text: str, limit: int) -> None:
    parts = split_at_sentences(text, limit)
    assert _squeezed("".join(parts)) == _squeezed(text)
    assert all(0 < utf16_length(part) <= limit for part in parts)


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Một câu. Hai câu. Ba câu.", 18, ["Một câu. Hai câu.", "Ba câu."]),
        ("Một câu.\n\nHai câu dài hơn.", 17, ["Một câu.", "Hai câu dài hơn."]),
        ("một hai ba bốn", 8, ["một hai", "ba bốn"]),
        ("x" * 10, 4, ["xxxx", "xxxx", "xx"]),
        ("abc👩\u200d👩\u200d👧", 10, ["abc", "👩\u200d👩\u200d👧"]),
        ("  ", 5, []),
        ("vừa", 3, ["vừa"]),
    ],
)
def test_texts_are_cut_where_a_reader_would_pause(text: str, limit: int, parts: list[str]) -> None:
    assert split_at_sentences(text, limit) == parts


def test_a_useless_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split_at_sentences("a", 1)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    for means, _, _ in MEANINGS:
        assert means(text) in (True, False)
    assert parse_level(text) in (None, 1, 2, 3, 4, 5, 6)
    order_code(text)
    phones(text)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["a" * 100_000, "gặp " * 30_000, "nhân viên " * 20_000, "5 " * 50_000, "😀" * 50_000])
def test_long_texts_are_answered_at_once(text: str) -> None:
    for means, _, _ in MEANINGS:
        means(text)
    parse_level(text)
    order_code(text)
