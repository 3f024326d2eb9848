"""The documentation: every setting, command and channel has its place, and the two front pages agree."""

import importlib
import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.settings import NAMES, Settings
from tests.docs import DOCS, ROOT, pages

HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)\s]*)?\)")
ASSIGNMENT = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)


def example() -> str:
    return (ROOT / ".env.example").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Words of the commands people type, from the one table of handlers."""
    if importlib.util.find_spec("handlers.routes") is None:
        return []
    return [command.word for command in importlib.import_module("handlers.routes").COMMANDS]


def channels() -> list[str]:
    return sorted(file.parent.name for file in (ROOT / "bot" / "channels").glob("*/__init__.py"))


def test_the_example_file_has_every_setting_and_no_other() -> None:
    assert [name for name, _ in ASSIGNMENT.findall(example())] == list(NAMES)


def test_every_setting_of_the_example_is_explained_in_both_languages() -> None:
    lines = example().splitlines()
    for above, line in pairwise(lines):
        if ASSIGNMENT.match(line):
            assert re.match("# .+ · .+", above), line


def test_the_example_shows_the_defaults() -> None:
    written = dict(ASSIGNMENT.findall(example()))
    assert Settings.model_validate({name: value for name, value in written.items() if value}) == Settings()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    assert re.search(rf"\b{name}\b", pages()), f"{name} has no paragraph in docs/"


@pytest.mark.parametrize("word", commands())
def test_every_command_is_documented(word: str) -> None:
    assert re.search(rf"/{re.escape(word.removeprefix('/'))}\b", pages()), f"/{word} has no paragraph in docs/"


@pytest.mark.parametrize("word", COMMANDS)
def test_every_word_of_the_command_line_is_documented(word: str) -> None:
    assert re.search(rf"\bcham {re.escape(word)}\b", pages()), f"`cham {word}` has no paragraph in docs/"


@pytest.mark.parametrize("name", channels())
def test_every_channel_is_documented(name: str) -> None:
    own_page = (DOCS / "channels" / f"{name}.md").is_file()
    assert own_page or re.search(rf"\b{name}\b", pages(), re.IGNORECASE), f"{name} has no paragraph in docs/"


def test_the_two_front_pages_have_the_same_sections() -> None:
    english, vietnamese = (
        HEADING.findall(FENCE.sub("", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese


def _documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", _documents(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    assert not [target for target in LINK.findall(text) if not (page.parent / target).exists()]
