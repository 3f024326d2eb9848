"""`cham backup`: make a backup now, list them, or check one."""

import asyncio
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.control import call
from bot.operations import OPERATIONS
from bot.settings import Settings
from storage import backup


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="liệt kê các bản sao lưu / list the backups")
    parser.add_argument("--check", metavar="TỆP", type=Path, help="kiểm tra một bản / check one archive")
    keep = f"giữ N bản mới nhất / keep the newest N ({backup.KEEP})"
    parser.add_argument("--keep", type=int, default=backup.KEEP, metavar="N", help=keep)


def main(settings: Settings, chosen: Namespace) -> int:
    if chosen.list:
        return _list(backup.folder_of(settings.database_path))
    if chosen.check is not None:
        return _check(chosen.check)
    if chosen.keep < 1:
        print("Cần giữ ít nhất một bản. / Keep at least one.")
        return 2
    made = asyncio.run(call(settings, OPERATIONS, "backup", keep=chosen.keep))
    print(f"Đã sao lưu / backed up: {made['path']} ({megabytes(made['size'])}, {made['files']} tệp / files)")
    if made["missing"]:
        missing = made["missing"]
        print(f"⚠ Không thấy {missing} tệp khách gửi trên đĩa. / {missing} customer files are not on disk.")
    return 0


def _list(folder: Path) -> int:
    found = backup.listed(folder)
    for path in found:
        print(f"{path}  {megabytes(path.stat().st_size)}")
    if not found:
        print(f"Chưa có bản sao lưu nào trong {folder}. / There is no backup in {folder} yet.")
    return 0


def _check(path: Path) -> int:
    manifest = backup.check(path)
    print(f"✓ {path}: {manifest.made_at}, {len(manifest.files)} tệp, dùng được / files, can be restored")
    return 0


def megabytes(size: int) -> str:
    """A size as people read it."""
    return f"{size / 1_000_000:.1f} MB"
