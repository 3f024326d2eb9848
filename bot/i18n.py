"""Catalogs of texts. The language is always passed in; nothing here is global but the loaded catalogs."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
DOMAIN = "messages"


class CatalogMissing(RuntimeError):
    """The texts of a language are not where they should be; the shop must not start speaking another one."""


@dataclass(eq=False)
class Catalog:
    """The texts of one language. Callable, so that it can stand for `_`."""

    language: str
    translations: Translations

    def __call__(self, message: str) -> str:
        return self.gettext(message)

    def gettext(self, message: str) -> str:
        """The text in this language; the English source when it is not translated. An empty text stays empty."""
        return str(self.translations.gettext(message)) if message else ""

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form for `count` things; `%(count)s` is filled by the caller."""
        return str(self.translations.ngettext(singular, plural, count))

    def pgettext(self, context: str, message: str) -> str:
        """The text of a word that means different things in different places."""
        return str(self.translations.pgettext(context, message))

    def message_ids(self) -> frozenset[str]:
        """Every source text of this catalog, for checks."""
        known: dict[Any, str] = self.translations._catalog  # gettext keeps no public list
        return frozenset(str(key) for key in known if key)


def known(language: str | None) -> str:
    """A language we speak: `en-GB` → en, anything unknown → vi."""
    short = (language or "").replace("_", "-").split("-")[0].lower()
    return short if short in LANGUAGES else DEFAULT


def catalog(language: str = DEFAULT) -> Catalog:
    """The catalog of a language, loaded once. Raises CatalogMissing."""
    return _catalog(language)


@cache
def _catalog(language: str) -> Catalog:
    if language not in LANGUAGES:
        raise CatalogMissing(f"There is no catalog for {language!r}; known: {', '.join(LANGUAGES)}.")
    folder = Path(str(files("locales"))) / language / "LC_MESSAGES"
    return Catalog(language, _load(folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"))


def _load(source: Path, compiled: Path) -> Translations:
    """The compiled catalog, or the source when that is newer, as it is while somebody is translating."""
    if compiled.is_file() and not (source.is_file() and source.stat().st_mtime > compiled.stat().st_mtime):
        with compiled.open("rb") as packed:
            return Translations(packed, domain=DOMAIN)
    if not source.is_file():
        raise CatalogMissing(f"{compiled} is missing: reinstall Chạm, or run `make messages` in a source tree.")
    packed_now = BytesIO()
    with source.open("rb") as texts:
        write_mo(packed_now, read_po(texts, locale=source.parts[-3]))
    packed_now.seek(0)
    return Translations(packed_now, domain=DOMAIN)
