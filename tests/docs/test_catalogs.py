"""The catalogs: every text of the code in both languages, nothing guessed, nothing that breaks when filled in."""

import re
from functools import cache

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from bot.i18n import LANGUAGES
from tests.docs import LOCALES, ROOT

KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
TOKENS = {"anh", "Anh", "em", "Em", "tên"}
BRACES = re.compile(r"\{([^{}%]*)\}")  # `{%(name)s}` shows a fact's name, it is no pronoun
BLANKS = re.compile(r"%(?:\(\w+\))?[a-zA-Z]|%%")
POSITIONAL = re.compile(r"%(?![(%])[sdfrx]")

Key = tuple[str | None, str]


@cache
def catalog(language: str | None) -> Catalog:
    """A catalog as written; None: the template."""
    file = LOCALES / language / "LC_MESSAGES" / "messages.po" if language else LOCALES / "messages.pot"
    with file.open("rb") as texts:
        return read_po(texts, locale=language)


def texts(language: str | None) -> dict[Key, Message]:
    return {(message.context, singular(message)): message for message in catalog(language) if message.id}


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def sources(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


@cache
def in_the_code() -> frozenset[Key]:
    """Every text the code marks, found the way `make messages` finds it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # Babel's own gap
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    return frozenset((context, ids if isinstance(ids, str) else ids[0]) for _, _, ids, _, context in found if ids)


def test_the_template_holds_every_text_of_the_code() -> None:
    template = set(texts(None))
    assert in_the_code() - template == set(), "run `make messages`"
    assert template - in_the_code() == set(), "run `make messages`: these are said no more"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_and_no_other(language: str) -> None:
    assert set(texts(None)) - set(texts(language)) == set(), "run `make messages` and translate"
    assert set(texts(language)) - set(texts(None)) == set(), "run `make messages`: these are said no more"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_empty_or_guessed(language: str) -> None:
    assert not [key for key, message in texts(language).items() if not all(form.strip() for form in forms(message))]
    assert not [key for key, message in texts(language).items() if message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language: str) -> None:
    assert not [(m.id, [str(e) for e in errors]) for m, errors in catalog(language).check() if errors]
    for message in texts(language).values():
        blanks = {blank for source in sources(message) for blank in BLANKS.findall(source)}
        for form in forms(message):
            assert set(BLANKS.findall(form)) <= blanks, message.id


def test_blanks_have_names() -> None:
    assert not [key for key, message in texts(None).items() if any(map(POSITIONAL.search, sources(message)))]


def test_english_sources_carry_no_pronouns_and_vietnamese_only_known_ones() -> None:
    for message in texts("en").values():
        assert not [word for text in [*sources(message), *forms(message)] for word in BRACES.findall(text)], message.id
    for message in texts("vi").values():
        assert {word for form in forms(message) for word in BRACES.findall(form)} <= TOKENS, message.id


def test_the_english_catalog_says_what_the_code_says() -> None:
    for message in texts("en").values():
        assert forms(message) == sources(message)


def test_vietnamese_has_one_plural_form() -> None:
    assert catalog("vi").num_plurals == 1
