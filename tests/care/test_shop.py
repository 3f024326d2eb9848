"""The shop file: read with care, written back unchanged, wrong ones explained."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.address import Address, fill
from care.shop import (
    Entry,
    MenuItem,
    Shop,
    ShopFileError,
    answer_text,
    dump,
    from_sections,
    opening_hours,
    parse,
    sections,
)
from care.shop_types import BadDuration, duration

DEMO = (Path(__file__).parents[2] / "shop.demo.yaml").read_bytes()
SMALL = """
shop: Quán Nhỏ
facts:
  gio: 8:30
  hotline: 0901234567
  mo_cua: yes
entries:
- id: gio
  question: Mấy giờ mở cửa?
  answer: Dạ {gio} ạ, {anh} gọi {hotline} nhé.
"""


def test_the_demo_shop_is_complete() -> None:
    shop = parse(DEMO)
    assert shop.shop == "Nhà Mây"
    assert len(shop.entries) == 64
    assert len(shop.touchpoints) >= 12
    assert {each.phase for each in shop.touchpoints} == {"before", "during", "after"}
    assert [item.opens for item in shop.menu()][-1] == "staff"
    tet = datetime(2027, 2, 6, 10, tzinfo=ZoneInfo(shop.timezone))
    assert not opening_hours(shop).is_open(tet)


def test_every_answer_of_the_demo_shop_can_be_said() -> None:
    shop = parse(DEMO)
    for entry in shop.entries:
        said = fill(answer_text(entry, shop.facts), Address("chị", "Lan"))
        assert "{" not in said
        assert "mình" not in said.lower().split()  # one pronoun for one person
    for text in (shop.greeting, *(each.question for each in shop.touchpoints), *(each.text for each in shop.canned)):
        assert "{" not in fill(text, Address())


def test_three_keys_are_enough_and_the_rest_has_defaults() -> None:
    shop = parse(SMALL)
    assert shop.facts == {"gio": "8:30", "hotline": "0901234567", "mo_cua": "yes"}
    assert opening_hours(shop).is_open(datetime(2026, 2, 17, 3, tzinfo=ZoneInfo("UTC")))
    assert shop.ladder == (3, 8, 15)
    assert len(shop.touchpoints) >= 12
    assert shop.sla_for("complaint").first_reply_within() == timedelta(minutes=15)
    assert shop.sla_for("never heard of") == shop.sla_for("question")
    assert shop.menu() == (MenuItem(title="Gặp nhân viên", opens="staff"),)
    assert answer_text(shop.entries[0], shop.facts) == "Dạ 8:30 ạ, {anh} gọi 0901234567 nhé."


def test_the_default_touchpoints_have_one_id_and_one_trigger_each() -> None:
    shop = parse(SMALL)
    assert len({each.id for each in shop.touchpoints}) == len(shop.touchpoints)
    assert [each.id for each in shop.triggered_by("case_resolved")] == ["ho_tro"]
    assert all(each.question.endswith("ạ?") and each.wait >= timedelta(0) for each in shop.touchpoints)


@pytest.mark.parametrize("text", [SMALL, DEMO])
def test_a_shop_survives_writing_and_reading(text: str | bytes) -> None:
    shop = parse(text)
    assert parse(dump(shop)) == shop
    assert from_sections(json.loads(json.dumps(sections(shop)))) == shop


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Cs", "Co", "Cn"]), min_size=1)  # fmt: skip # noqa: E501


@given(words.filter(str.strip), st.dictionaries(words, words, max_size=4))
def test_any_name_and_facts_survive(name: str, facts: dict[str, str]) -> None:
    shop = from_sections({"shop": name, "facts": facts})
    again = parse(dump(shop))
    assert parse(dump(again)) == again
    assert from_sections(sections(shop)) == shop


def test_a_section_replaces_only_itself() -> None:
    changed = from_sections({**sections(parse(SMALL)), "ladder": [5, 10], "sla": {"rescue": {"first_reply": "1h"}}})
    assert changed.ladder == (5, 10)
    assert changed.sla_for("rescue").first_reply_within() == timedelta(hours=1)
    assert changed.sla_for("complaint").first_reply_within() == timedelta(minutes=15)
    assert changed.shop == "Quán Nhỏ"


ONE = "shop: A\nentries:\n- id: a\n  question: B?\n  answer: {answer}\n"


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("", None, "", "at least “shop: name”"),
        ("shop: [", 2, "", "cannot be read"),
        ("shop: A\nentrys: []", 2, "entrys", "Did you mean “entries”"),
        ("facts: {}", 1, "", "“shop” is missing"),
        ("shop: ' '", 1, "shop", "needs a name"),
        ("shop: A\nshop: B", 2, "shop", "stands twice"),
        ("shop: A\nfacts: [1]", 2, "facts", "name: value"),
        ("shop: A\nladder: [x]", 2, "ladder[1]", "whole number"),
        ("shop: A\nladder: [8, 3]", 2, "ladder", "rising order"),
        ("shop: A\nself_word: tớ", 2, "self_word", "em, shop"),
        ("shop: A\ntimezone: Saigon", 2, "timezone", "Asia/Ho_Chi_Minh"),
        ("shop: A\nhours: 8-25", 2, "hours", "no such time"),
        ("shop: A\nhours:\n  thu tam: 8-9", 3, "hours", "Unknown day"),
        ("shop: A\nreview_link: javascript:x", 2, "review_link", "https://"),
        ("shop: A\nentries:\n- id: a\n  question: b", 3, "entries[1]", "“answer” is missing"),
        ("shop: A\nentries:\n- id: a\n  question: b\n  anwser: c", 5, "entries[1].anwser", "“answer”"),
        (ONE.replace("{answer}", "Dạ {gio_mo} ạ") + "facts: {gio_mo_cua: x}", 5, "entries[1].answer", "{gio_mo_cua}"),
        (ONE.replace("{answer}", "Dạ {khong_co} ạ"), 5, "entries[1].answer", "Add it under"),
        (ONE.replace("{answer}", "''"), 5, "entries[1].answer", "empty"),
        (ONE.replace("{answer}", "c") + "- id: a\n  question: d\n  answer: e", 6, "entries[2].id", "stands twice"),
        (ONE.replace("{answer}", "c") + "  valid_from: 20/11", 6, "entries[1].valid_from", "2026-12-31"),
        (
            ONE.replace("{answer}", "c") + "quick_menu: [{title: x, opens: nha}]",
            6,
            "quick_menu[1].opens",
            "cannot open",
        ),
        ("shop: A\nsla:\n  question: {first_reply: soon}", 3, "sla.question.first_reply", "30m, 2h or 1d"),
        ("shop: A\nsla:\n  question: {first_repl: 5m}", 3, "sla.question.first_repl", "“first_reply”"),
        ("shop: A\nlevels: {points: {9: 1}}", 2, "levels.points", "level 1 to 6"),
        ("shop: A\nthresholds: {sure: 0.2, unsure: 0.5}", 2, "thresholds", "unsure below sure"),
        ("shop: A\nholidays: {closed: [{name: x}]}", 2, "holidays.closed[1]", "either from"),
        ("shop: A\nholidays: {closed: [{lunar: mai}]}", 2, "holidays.closed[1].lunar", "29/12-4/1"),
        ("shop: &a A\nfacts: {x: *a}", 1, "", "Anchors"),
        ("shop: A\nfacts: {x: *a}", 2, "", "Anchors"),
        ("shop: !!python/object/apply:os.system [ls]", 1, "", "Tags"),
        ("--- \nshop: A\n---\nshop: B", 3, "", "one document"),
        ("[" * 5000, 1, "", "nested too deeply"),
        ("shop: A\nfacts:\n  x: " + "y" * 9000, 3, "facts.x", "too long"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_do(text: str, line: int | None, field: str, says: str) -> None:
    with pytest.raises(ShopFileError) as refused:
        parse(text)
    error = refused.value
    assert (error.line, error.field) == (line, field)
    assert says in str(error)


@pytest.mark.parametrize("text", ["shop: Nhà".encode("utf-16"), "shop: Nhà".encode("cp1258", "replace"), b"\xff\xfe"])
def test_another_encoding_is_explained(text: bytes) -> None:
    with pytest.raises(ShopFileError, match="UTF-8"):
        parse(text)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ShopFileError, match="5 MB"):
        parse(b"#" * (5 * 1024 * 1024 + 1))


def test_a_bad_section_is_refused_the_same_way() -> None:
    with pytest.raises(ShopFileError, match="whole number"):
        from_sections({"shop": "A", "ladder": ["x"]})


def test_the_error_speaks_the_language_of_its_reader() -> None:
    with pytest.raises(ShopFileError) as refused:
        parse("shop: A\nentrys: []")
    vietnamese = {"line %(line)s": "dòng %(line)s", refused.value.message: "Không có mục “%(name)s”."}
    assert refused.value.say(lambda text: vietnamese[text]) == "dòng 2, entrys: Không có mục “entrys”."


@pytest.mark.timeout(20)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_file_is_a_shop_or_a_clear_refusal(text: str | bytes) -> None:
    try:
        assert isinstance(parse(text), Shop)
    except ShopFileError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_durations_are_read(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "30", "soon", "-5m", "1m1h", "9999999m"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(BadDuration):
        duration(text)


def test_an_answer_is_given_only_while_it_is_valid() -> None:
    entry = Entry(id="a", question="b", answer="c", valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 30))
    assert [entry.is_valid(date(2026, month, 15)) for month in (10, 11, 12)] == [False, True, False]
    assert not Entry(id="a", question="b", answer="c", active=False).is_valid(date(2026, 11, 15))


def test_facts_are_put_in_once_and_nothing_else_is_touched() -> None:
    entry = Entry(id="a", question="b", answer="{a} {b} {x.y} { a } {anh}")
    assert answer_text(entry, {"a": "{b}", "b": "2"}) == "{b} 2 {x.y} { a } {anh}"
