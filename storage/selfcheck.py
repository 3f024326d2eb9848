"""What a start looks at before anything is opened: which SQLite this is, and whether the file is whole.

A file that is not whole is never served and never touched: it may still hold what a backup does not.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from .database import StorageError

SAFE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))  # first releases of each line without the WAL-reset race
AFTER_CRASH_SECONDS = 3.0  # a start must not take longer; `cham doctor` looks at everything
AFTER_STOP_SECONDS = 1.0
STEPS = 100_000  # of SQLite's machine between two looks at the clock


@dataclass(frozen=True)
class Looked:
    """What a look at the file found. `whole` None: it was too large for the time given, what was seen is fine."""

    whole: bool | None
    problems: tuple[str, ...] = ()


def sqlite_version() -> tuple[int, int, int]:
    """The SQLite this process uses."""
    one, two, three = (int(part) for part in sqlite3.sqlite_version.split("."))
    return one, two, three


def is_safe(version: tuple[int, int, int]) -> bool:
    """Whether a SQLite version is free of the WAL-reset race."""
    return version >= SAFE[0] or any(version[:2] == line[:2] and version >= line for line in SAFE[1:])


def mark_open(path: Path) -> None:
    """Remember on disk that a process serves this file."""
    _mark(path).touch(mode=0o600)


def mark_closed(path: Path) -> None:
    """Remember that the process closed it in good order."""
    _mark(path).unlink(missing_ok=True)


def was_left_open(path: Path) -> bool:
    """Whether the last process died while it served this file."""
    return _mark(path).exists()


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".open")


def look(path: Path, seconds: float | None = None, *, thorough: bool = False) -> Looked:
    """Check the pages of a file, for at most so many seconds. Changes nothing."""
    if not path.exists() or not path.stat().st_size:
        return Looked(True)
    try:
        connection = _open(path)
    except sqlite3.DatabaseError as error:
        return Looked(False, (str(error),))
    try:
        return _checked(connection, seconds, thorough)
    finally:
        connection.close()


def _checked(connection: Any, seconds: float | None, thorough: bool) -> Looked:
    if seconds is not None:
        until = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        rows = connection.execute("PRAGMA integrity_check(5)" if thorough else "PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return Looked(None)
        return Looked(False, (str(error),))
    except sqlite3.DatabaseError as error:
        return Looked(False, (str(error),))
    problems = tuple(str(row[0]) for row in rows if row[0] != "ok")
    if thorough and not problems:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        problems = tuple(f"{row[0]} {row[1]} refers to {row[2]}, which is not there" for row in broken[:5])
    return Looked(not problems, problems)


def _open(path: Path) -> Any:
    """A connection that only looks; after a crash the log has to be opened for writing first."""
    for mode in ("ro", "rw"):
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if mode == "rw":
                raise
        except sqlite3.DatabaseError:
            connection.close()
            raise
        else:
            return connection
    raise AssertionError("one of the two modes returned or raised")


def refuse_broken(path: Path, good_backup: Callable[[], Path | None]) -> None:
    """Raise StorageError with what to do when the file is not whole."""
    found = look(path, AFTER_CRASH_SECONDS if was_left_open(path) else AFTER_STOP_SECONDS)
    if found.whole is False:
        raise Broken(path, found.problems, good_backup())


class Broken(StorageError):
    """The file is damaged; it was left as it is."""

    def __init__(self, path: Path, problems: tuple[str, ...], good_backup: Path | None) -> None:
        what = problems[0] if problems else ""
        if good_backup is None:
            vi = "Không có bản sao lưu nào dùng được. Giữ nguyên tệp và nhờ người rành SQLite cứu dữ liệu (.recover)."
            en = "There is no usable backup. Keep this file and ask somebody who knows SQLite to rescue it (.recover)."
        else:
            vi = f"Bản sao lưu tốt mới nhất: {good_backup}. Khôi phục: cham restore {good_backup}"
            en = f"The newest good backup: {good_backup}. Restore it: cham restore {good_backup}"
        super().__init__(
            f"Tệp dữ liệu {path} bị hỏng nên Chạm không chạy; tệp được giữ nguyên. {vi}\n"
            f"The data file {path} is damaged, so Chạm does not start; the file is kept as it is. {en}\n({what})"
        )
