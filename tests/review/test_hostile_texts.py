"""Words made to keep the understanding busy: every turn runs on the one writer, so none may hang (the time limit of
the test run is what fails: before the rules had limits, these took hours)."""

import pytest

from care import address, intents, understanding

HOSTILE = [
    "hi " + "em oi " * 500 + "x",
    "chao " + "em e em oi shop oi " * 200 + "x",
    "ok " + "roi " * 900 + "x",
    "duoc roi cam on " * 250 + "z",
    "thoi " + "khong can nua " * 280 + "x",
    "cam on " + "shop nhieu lam " * 250 + "x",
    "chị " + "duoc roi " * 21 + "x",
    "gọi em là chị " + "dc roi duoc " * 15 + "x",
    "nhan vien " + "a " * 1900,
    "gap " + "voi may cho qua " * 250 + "x",
    "1" * 4000,
    "09 8 7-6.5" * 400,
    "a\u0301" * 2000,
    " " * 3999 + "x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_words_keep_the_understanding_busy(text: str) -> None:
    for looks in (
        intents.is_greeting,
        intents.is_thanks,
        intents.is_okay,
        intents.gives_up,
        intents.is_done,
        intents.skips,
        intents.is_settled,
        intents.is_about_staff,
        intents.order_or_phone,
        intents.follows,
        understanding.wants_human,
        understanding.is_complaint,
        understanding.about_staff,
        understanding.is_opt_out,
        understanding.parse_level,
        address.understand,
    ):
        looks(text)


def test_short_small_talk_is_still_understood() -> None:
    assert intents.is_greeting("Dạ em chào shop, chào cả nhà buổi sáng ạ")
    assert intents.is_okay("ok rồi em nhé, cảm ơn shop")
    assert intents.gives_up("thôi không cần nữa nhé shop")
    assert intents.is_settled("dạ ổn rồi em, cảm ơn nhé") is True
