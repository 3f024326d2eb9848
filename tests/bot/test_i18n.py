"""Catalogs: the right language, loaded for real, and missing ones noticed."""

import os
import shutil
from pathlib import Path

import pytest
from babel.support import Translations

from bot import i18n
from tests.docs import LOCALES

PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Menu"\nmsgstr "%s"\n'


def write(folder: Path, text: str) -> Path:
    source = folder / "vi" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(PO % text, encoding="utf-8")
    return source


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_language_is_really_loaded(language: str) -> None:
    loaded = i18n.catalog(language)
    assert loaded.language == language
    assert type(loaded.translations) is Translations  # NullTranslations would be silent English
    assert i18n.catalog(language) is loaded


def test_an_empty_text_stays_empty() -> None:
    assert i18n.catalog("vi")("") == ""  # gettext itself would answer with the catalog's header


def test_a_language_without_a_catalog_is_refused() -> None:
    with pytest.raises(i18n.CatalogMissing, match="vi, en"):
        i18n.catalog("fr")


def test_a_missing_catalog_stops_the_start(tmp_path: Path) -> None:
    source = tmp_path / "vi" / "LC_MESSAGES" / "messages.po"
    with pytest.raises(i18n.CatalogMissing, match="make messages"):
        i18n._load(source, source.with_suffix(".mo"))


def test_a_newer_source_is_read_instead_of_a_stale_compiled_one(tmp_path: Path) -> None:
    from hatch_build import compile_catalog

    source = write(tmp_path, "Thực đơn")
    compiled = compile_catalog(source)
    assert i18n._load(source, compiled).gettext("Menu") == "Thực đơn"
    write(tmp_path, "Danh mục")
    later = compiled.stat().st_mtime + 10
    os.utime(source, (later, later))
    assert i18n._load(source, compiled).gettext("Menu") == "Danh mục"


def test_an_installed_copy_needs_no_sources(tmp_path: Path) -> None:
    from hatch_build import compile_catalog

    source = write(tmp_path, "Thực đơn")
    compiled = compile_catalog(source)
    source.unlink()
    assert i18n._load(source, compiled).gettext("Menu") == "Thực đơn"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("vi", "vi"), ("en-GB", "en"), ("EN_us", "en"), ("fr", "vi"), ("", "vi"), (None, "vi"), ("english", "vi")],
)
def test_an_unknown_language_becomes_vietnamese(asked: str | None, spoken: str) -> None:
    assert i18n.known(asked) == spoken


def test_the_build_compiles_every_catalog(tmp_path: Path) -> None:
    from hatch_build import CompileCatalogs

    shutil.copytree(LOCALES, tmp_path / "locales", ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    hook = CompileCatalogs(str(tmp_path), {}, None, None, "", "")  # type: ignore[arg-type]  # only the root is read
    data: dict[str, list[str]] = {"artifacts": []}
    hook.initialize("standard", data)
    assert data["artifacts"] == [f"locales/{lang}/LC_MESSAGES/messages.mo" for lang in sorted(i18n.LANGUAGES)]
    assert all((tmp_path / file).is_file() for file in data["artifacts"])
