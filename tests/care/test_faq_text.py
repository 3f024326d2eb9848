"""How typed Vietnamese becomes words."""

import unicodedata

import pytest

from care.faq.syllables import fold, is_syllable, marked, untelex
from care.faq.text import LONGEST, Reader

SHOP = [
    "Giao hàng mất bao lâu?",
    "Bảo hành mấy tháng?",
    "Phí ship bao nhiêu tiền?",
    "Nhân viên tư vấn",
    "Đặt hàng ở đâu?",
    "Size nào vừa?",
    "Trả góp được không?",
]


def plain(text: str, shop: list[str] = SHOP) -> str:
    return " ".join(word for word, _ in Reader(shop).read(text))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sp nay con hang k shop", "san pham nay con hang khong shop"),
        ("ship bn v ạ", "ship bao nhieu vay a"),
        ("giao hagf", "giao hang"),
        ("ddoong", "dong"),
        ("khoong dduwowcj", "khong duoc"),
        ("baohanh may thang", "bao hanh may thang"),
        ("nhanvien tuvan", "nhan vien tu van"),
        ("giao hnag", "giao hang"),
        ("con hàg hok shopp", "con hang khong shop"),
        ("bao nhieeeeu", "bao nhieu"),
        ("ở mô rứa", "o dau vay"),
        ("khi mô có", "khi nao co"),
        ("được hông", "duoc khong"),
        ("dc hong", "duoc khong"),
        ("fí wá", "phi qua"),
        ("50k", "50 nghin"),
        ("3 cái", "ba cai"),
        ("9h sáng", "chin gio sang"),
        ("size m", "size m"),
        ("đ/c shop", "dia chi shop"),
        ("freeship k", "mien phi van chuyen khong"),
        ("ck vô stk nào", "chuyen khoan vao so tai khoan nao"),
    ],
)
def test_what_was_typed_is_read_as_meant(typed: str, meant: str) -> None:
    assert plain(typed) == meant


def test_a_dentists_tooth_stays_a_tooth() -> None:
    assert plain("nhổ răng đau không", ["Nhổ răng khôn giá bao nhiêu?"]) == "nho rang dau khong"
    assert plain("răng lâu rứa", SHOP) == "sao lau vay"


def test_borrowed_words_are_not_telex() -> None:
    assert plain("voucher sale online order box") == "voucher sale online dat hang box"


@pytest.mark.parametrize(("keys", "meant"), [("hangf", "hang2"), ("ddoong", "đông"), ("dduwowcj", "đươc5")])
def test_telex_keys_give_the_marked_word(keys: str, meant: str) -> None:
    assert untelex(keys) == meant


@pytest.mark.parametrize("word", ["shop", "order", "voucher", "hang", "bcdfg"])
def test_other_words_are_not_telex(word: str) -> None:
    assert untelex(word) is None


def test_both_places_of_the_tone_are_one_spelling() -> None:
    assert marked("hoà") == marked("hòa") == marked(unicodedata.normalize("NFD", "hòa"))


def test_folding_knows_the_letter_d_with_a_stroke() -> None:
    assert fold("ĐỔI TRẢ Đường") == "doi tra duong"


@pytest.mark.parametrize(("letters", "possible"), [("nghieng", True), ("hang", True), ("hag", False), ("xyz", False)])
def test_possible_syllables(letters: str, possible: bool) -> None:
    assert is_syllable(letters) is possible


@pytest.mark.parametrize("text", ["", "   ", "😀😀😀", "\x00\x01\x1f", "....", "?!"])
def test_nothing_to_read_gives_no_words(text: str) -> None:
    assert Reader(SHOP).read(text) == []


def test_a_pasted_page_is_read_only_so_far() -> None:
    words = Reader(SHOP).read("giao hàng " * 10_000)
    assert 0 < len(words) <= LONGEST
    assert len(Reader(SHOP).read("a" * 100_000)) <= 1
