"""One pronoun and one name for one customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.address import NEUTRAL, PRONOUNS, Address, fill, given_name, understand

LAN = Address("chị", "Nguyễn Thị Lan")


@pytest.mark.parametrize(
    ("text", "address", "filled"),
    [
        ("Dạ {anh} {tên} ơi, {em} đây ạ.", LAN, "Dạ chị Lan ơi, em đây ạ."),
        ("Dạ {anh} {tên} ơi.", Address(), "Dạ anh/chị ơi."),
        ("{Anh} chờ {em} chút nhé.", Address(), "Anh/chị chờ em chút nhé."),
        ("{Em} chào {anh}.", Address("cô", self_word="shop"), "Shop chào cô."),
        ("{Anh} {tên} ơi", Address("quý khách", "Lan"), "Quý khách ơi"),
        ("{tên} ơi", Address("bạn"), "ơi"),
        ("Chào {tên}, {anh} khoẻ không?", Address("bác"), "Chào, bác khoẻ không?"),
        ("{gia} {0} {anh.x} {} {{anh}} {ANH}", Address("chị"), "{gia} {0} {anh.x} {} {chị} {ANH}"),
        ("Chào {anh} {tên}", Address("anh", "{em}"), "Chào anh {em}"),
        ("Chào {anh} {te\u0302n}", LAN, "Chào chị Lan"),
    ],
)
def test_tokens_are_filled_and_nothing_else(text: str, address: Address, filled: str) -> None:
    assert fill(text, address) == filled


@given(st.text(), st.sampled_from([None, *PRONOUNS]), st.one_of(st.none(), st.text()))
def test_a_text_without_tokens_is_never_changed(text: str, pronoun: str | None, name: str | None) -> None:
    if not any(token in text for token in ("{anh}", "{Anh}", "{em}", "{Em}", "{tên}", "{te\u0302n}")):
        assert fill(text, Address(pronoun, name)) == text


@given(st.sampled_from(PRONOUNS))
def test_one_person_is_never_called_by_two_pronouns(pronoun: str) -> None:
    filled = fill("{Anh} ơi, {anh} {tên} chờ {em} nhé {anh}.", Address(pronoun, "Hoà")).lower()
    assert NEUTRAL not in filled
    assert filled.count(pronoun) == 3


def test_an_unknown_pronoun_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown pronoun"):
        Address("ngài")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Nguyễn Thị Lan", "Lan"),
        ("Huy", "Huy"),
        ("Huy Nguyen", "Huy"),
        ("Trần Thị Hồ", "Hồ"),
        ("Lan 🌸", "Lan"),
        ("  ", ""),
        ("🌸🌸", ""),
        ("Lan\u202e\nHoa", "Hoa"),
    ],
)
def test_a_vietnamese_is_called_by_the_last_word(name: str, called: str) -> None:
    assert given_name(name) == called


@pytest.mark.parametrize(
    ("text", "pronoun", "name"),
    [
        ("chị", "chị", None),
        ("Chị ạ", "chị", None),
        ("c", "chị", None),
        ("goi em la chi nhe", "chị", None),
        ("cứ gọi anh", "anh", None),
        ("anh nha em", "anh", None),
        ("bạn thôi", "bạn", None),
        ("kêu tui bằng chú nha", "chú", None),
        ("quý khách", "quý khách", None),
        ("bac", "bác", None),
        ("đừng gọi anh, gọi chị", "chị", None),
        ("không phải anh, là chị", "chị", None),
        ("anh Huy", "anh", "Huy"),
        ("anh huy nha", "anh", "Huy"),
        ("dạ chị Lan ạ", "chị", "Lan"),
        ("chị tên Hoa nhé", "chị", "Hoa"),
        ("em gọi chị là Lan nha", "chị", "Lan"),
        ("anh là Nguyễn Quang Huy nhé", "anh", "Nguyễn Quang Huy"),
        ("e là Lan", None, "Lan"),
        ("mình tên Lan", None, "Lan"),
        ("em tên là Nguyễn Thị Lan", None, "Nguyễn Thị Lan"),
        ("gọi Lan là được", None, "Lan"),
        ("ten minh la Huy", None, "Huy"),
        ("Lan", None, "Lan"),
    ],
)
def test_a_typed_answer_is_understood(text: str, pronoun: str | None, name: str | None) -> None:
    assert understand(text) == Address(pronoun, name)


@pytest.mark.parametrize(
    "text",
    [
        "", "ok", "alo", "bỏ qua", "gì cũng được", "anh chị gì cũng được", "chị muốn hỏi giá", "anh ơi", "Giá", "có",
        "em là khách cũ", "chị không mua nữa", "đổi size", "áo này bao nhiêu", "a" * 5000, "chị " * 500,
    ],
)  # fmt: skip
def test_anything_else_is_not_guessed(text: str) -> None:
    assert understand(text) is None


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = understand(text)
    assert found is None or found.pronoun in (None, *PRONOUNS)
