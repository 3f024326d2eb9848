"""Tests that the documentation and the catalogs keep up with the code."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "locales"
DOCS = ROOT / "docs"


def pages() -> str:
    """Everything a reader can find: the two front pages and docs/."""
    files = [ROOT / "README.md", ROOT / "README.vi.md", *sorted(DOCS.rglob("*.md"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
