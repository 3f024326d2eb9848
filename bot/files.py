"""Writing files for the person at the console."""

import os
import tempfile
from pathlib import Path

from .control import OperationFailed


def write_new(path: Path, data: bytes, *, overwrite: bool = False) -> None:
    """Write a file whole or not at all. Raises OperationFailed when it is there and may not be replaced."""
    if path.exists() and not overwrite:
        raise OperationFailed(
            f"Đã có tệp {path}: chọn tên khác, hoặc thêm --force. / {path} exists: choose another name, or add --force."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".cham-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).replace(path)
