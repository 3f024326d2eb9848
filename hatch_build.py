"""Compiles the catalogs (.po) into .mo when a wheel or an editable install is made."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogs(BuildHookInterface):  # type: ignore[type-arg]  # the generic's parameter is hatchling's own
    """Puts every compiled catalog into what is being built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        root = Path(self.root)
        for source in sorted((root / "locales").glob("*/LC_MESSAGES/*.po")):
            compiled = compile_catalog(source)
            build_data["artifacts"].append(compiled.relative_to(root).as_posix())


def compile_catalog(source: Path) -> Path:
    """Write the .mo next to a .po and say where it is."""
    with source.open("rb") as texts:
        catalog = read_po(texts, locale=source.parts[-3])
    compiled = source.with_suffix(".mo")
    with compiled.open("wb") as out:
        write_mo(out, catalog)
    return compiled
