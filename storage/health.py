"""Quick looks into a database file for `cham doctor`, also while a bot serves it. None or 0 when it cannot be read."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from .quarantine import NAME
from .records import from_ms


def schema_version(path: Path) -> int | None:
    """How many migrations the file has had."""
    found = _ask(path, "PRAGMA user_version")
    return None if found is None else int(found)


def newest_event(path: Path) -> datetime | None:
    """When the newest message was received."""
    found = _ask(path, "SELECT received_at FROM events ORDER BY id DESC LIMIT 1")
    return None if found is None else from_ms(int(found))


def has_shop(path: Path) -> bool:
    """Whether the shop was read into the database."""
    return bool(_ask(path, "SELECT count(*) FROM settings"))


def in_quarantine(path: Path) -> bool:
    """Whether messages wait for the owner after a restore."""
    return bool(_ask(path, "SELECT count(*) FROM versions WHERE name = ?", NAME))


def events_aside(path: Path) -> int:
    """How many events were set aside."""
    return int(_ask(path, "SELECT count(*) FROM events WHERE state = 'aside'") or 0)


def _ask(path: Path, sql: str, *values: Any) -> Any:
    if not path.exists():
        return None
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        row = connection.execute(sql, values).fetchone()
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()
    return None if row is None else row[0]
