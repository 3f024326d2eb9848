"""The phrase bank is data people write by hand, so its promises are checked line by line."""

import re
import unicodedata
from collections import Counter, defaultdict

import pytest

from care.faq import bank

WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """How two wordings compare: lower case, no accents, no punctuation."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join(WORD.findall("".join(mark for mark in bare if not unicodedata.combining(mark))))


def accented(text: str) -> bool:
    return folded(text) != " ".join(WORD.findall(text.lower()))


def test_there_are_at_least_150_topics() -> None:
    assert len(bank.load()) >= 150


def test_topic_ids_are_unique_and_plain() -> None:
    ids = [topic.id for topic in bank.load()]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


def test_titles_are_unique() -> None:
    titles = Counter(folded(topic.title) for topic in bank.load())
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_topic_has_at_least_twelve_wordings() -> None:
    assert [topic.id for topic in bank.load() if len(topic.wordings) < 12] == []


def test_no_wording_stands_twice_whatever_its_accents() -> None:
    owners = defaultdict(list)
    for topic in bank.load():
        for wording in topic.wordings:
            owners[folded(wording)].append(topic.id)
    assert {wording: ids for wording, ids in owners.items() if len(ids) > 1} == {}


def test_texts_are_composed_unicode_without_stray_spaces() -> None:
    texts = [text for topic in bank.load() for text in (topic.title, *topic.wordings)]
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []
    assert [text for text in texts if text != " ".join(text.split())] == []


def test_no_wording_holds_a_placeholder_or_a_link() -> None:
    wordings = [wording for topic in bank.load() for wording in topic.wordings]
    assert [wording for wording in wordings if re.search(r"[{}<>\[\]_]|https?:|\.\.\.$", wording)] == []


def test_wordings_are_as_long_as_a_chat_line() -> None:
    wordings = [wording for topic in bank.load() for wording in topic.wordings]
    assert [wording for wording in wordings if not 2 <= len(wording.split()) <= 22 or len(wording) > 110] == []


def test_most_wordings_carry_accents_and_some_do_not() -> None:
    wordings = [wording for topic in bank.load() for wording in topic.wordings]
    bare = sum(not accented(wording) for wording in wordings) / len(wordings)
    assert 0.02 < bare < 0.3


@pytest.mark.parametrize("topic", bank.load(), ids=lambda topic: topic.id)
def test_wordings_of_a_topic_differ_in_more_than_a_word(topic: bank.Topic) -> None:
    openings = Counter(" ".join(folded(wording).split()[:3]) for wording in topic.wordings)
    assert max(openings.values()) <= 3, openings.most_common(1)


def test_the_bank_is_read_once() -> None:
    assert bank.load() is bank.load()
