"""One process on a database file."""

import fcntl
from pathlib import Path
from typing import IO

from storage.database import StorageError


def take_lock(path: Path) -> IO[str]:
    """Make sure that this process is the only one on the database file; the system frees it when we die."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StorageError(
            f"another Chạm is already running on {path}: stop it first, or give this one its own CHAM_DATABASE"
        ) from error
    return lock
