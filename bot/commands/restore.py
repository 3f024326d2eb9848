"""`cham restore`: put a backup in place, in quarantine; `--confirm` lets messages go out again."""

import asyncio
import contextlib
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from bot.commands.backup import megabytes
from bot.control import call
from bot.lock import take_lock
from bot.operations import OPERATIONS
from bot.settings import Settings
from storage import backup


def add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", metavar="TỆP", type=Path, help="bản sao lưu / the backup")
    what.add_argument("--newest", action="store_true", help="bản tốt mới nhất / the newest good backup")
    what.add_argument(
        "--confirm", action="store_true", help="hết cách ly, gửi tin trở lại / end the quarantine, send messages again"
    )
    parser.add_argument("--yes", action="store_true", help="không hỏi lại / do not ask")


def main(settings: Settings, chosen: Namespace) -> int:
    if chosen.confirm:
        return _confirm(settings)
    database = settings.database_path
    path = backup.newest_good(backup.folder_of(database)) if chosen.newest else chosen.file
    if path is None:
        print("Không có bản sao lưu nào dùng được. / There is no usable backup.")
        return 1
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    if database.exists() and not chosen.yes and not _agreed(path, database):
        print("Chưa thay đổi gì. / Nothing was changed.")
        return 1
    return _restore(settings, path)


def _restore(settings: Settings, path: Path) -> int:
    database = settings.database_path
    with contextlib.closing(take_lock(database)):
        done = backup.restore(path, database, settings.media_dir, datetime.now(UTC))
    print(f"✓ Đã khôi phục / restored: {path} ({done.manifest.made_at}, {megabytes(database.stat().st_size)})")
    if done.aside is not None:
        print(f"  Dữ liệu trước đó được giữ ở / the database from before is kept as: {done.aside}")
    print(
        "⚠ Đang CÁCH LY: Chạm nhận tin nhưng chưa gửi gì. Chạy `cham run`, xem lại, rồi `cham restore --confirm`.\n"
        "  In QUARANTINE: Chạm takes messages and sends nothing. Run `cham run`, look, then `cham restore --confirm`."
    )
    return 0


def _confirm(settings: Settings) -> int:
    waiting = asyncio.run(call(settings, OPERATIONS, "quarantine-lift"))
    if waiting is None:
        print("Không có cách ly nào. / There is no quarantine.")
        return 0
    print(f"✓ Hết cách ly; {waiting} tin đang chờ được gửi trở lại. / Quarantine is over; {waiting} messages go on.")
    return 0


def _agreed(path: Path, database: Path) -> bool:
    print(f"Thay {database} bằng {path}? Tệp hiện tại được giữ lại. / Replace {database}? The present file is kept.")
    try:
        return input("[c/K] ").strip().lower() in ("c", "có", "co", "y", "yes")
    except EOFError:
        return False
