"""Texts are read as Telegram reads them: HTML, entities, lengths."""

from typing import Any

import pytest

from tests.simulators.telegram_request import Params, Refusal
from tests.simulators.telegram_text import message_text, parse_html


@pytest.mark.parametrize(
    ("html", "plain", "kinds"),
    [
        ("&lt;3 _i*", "<3 _i*", []),
        ("👍 <b>đậm <i>nghiêng</i></b>", "👍 đậm nghiêng", [("bold", 3, 11), ("italic", 7, 7)]),
        ('<a href="https://cham.vn/?a=1&amp;b=2">đây</a>', "đây", [("text_link", 0, 3)]),
        ('<pre><code class="language-py">1</code></pre>&#128077;', "1👍", [("pre", 0, 1)]),
        ("<blockquote expandable>dài</blockquote>&nbsp;", "dài&nbsp;", [("expandable_blockquote", 0, 3)]),
    ],
)
def test_html_becomes_entities_in_utf16_units(html: str, plain: str, kinds: list[tuple[str, int, int]]) -> None:
    text, entities = parse_html(html)
    assert text == plain
    assert sorted((e["type"], e["offset"], e["length"]) for e in entities) == sorted(kinds)


@pytest.mark.parametrize("html", ["<3", "a < b", "<b>x</i>", "x</b>", "<div>x</div>", "<span>x</span>", "<i"])
def test_wrong_html_is_refused(html: str) -> None:
    with pytest.raises(Refusal, match="can't parse entities"):
        parse_html(html)


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "bold", "offset": 0, "length": 9},
        {"type": "bold", "offset": 1, "length": 1},  # the middle of an emoji
        {"type": "bold", "offset": 0, "length": 0},
        {"type": "giant", "offset": 0, "length": 2},
    ],
)
def test_entities_outside_the_text_are_refused(entity: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        message_text(Params({"text": "👍 ok", "entities": [entity]}))


def test_links_and_languages_are_kept() -> None:
    link = parse_html('<a href="https://cham.vn/?a=1&amp;b=2">đây</a>')[1][0]
    block = parse_html('<pre><code class="language-py">1</code></pre>')[1][0]
    assert (link["url"], block["language"]) == ("https://cham.vn/?a=1&b=2", "py")


def test_lengths_count_utf16_units() -> None:
    assert message_text(Params({"text": "👍" * 2048}))["text"]
    with pytest.raises(Refusal, match="message is too long"):
        message_text(Params({"text": "👍" * 2048 + "!"}))
