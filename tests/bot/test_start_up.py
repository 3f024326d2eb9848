"""Start-up stays light: what is slow to import waits until somebody needs it."""

import json
import subprocess
import sys

import pytest

HEAVY = {"aiogram", "aiohttp", "holidays", "openpyxl", "psycopg", "telegram", "typst", "vl_convert", "xlsxwriter"}
IMPORT_ALL = """
import importlib, json, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), name + "."):
        importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(*names: str) -> set[str]:
    """Top-level packages in memory after importing these and everything inside them, in a fresh process."""
    run = subprocess.run([sys.executable, "-c", IMPORT_ALL, *names], capture_output=True, text=True, timeout=50)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("floor", ["storage", "care", "handlers"])
def test_no_floor_below_loads_a_heavy_library(floor: str) -> None:
    assert loaded_by(floor) & HEAVY == set()


def test_settings_logs_and_texts_load_no_heavy_library() -> None:
    assert loaded_by("bot.settings", "bot.logs", "bot.i18n", "bot.metrics") & (HEAVY | {"numpy"}) == set()
