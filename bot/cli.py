"""The command line `cham`. Each command's code is imported when it runs, so that `--help` answers at once."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.commands.troubles import Command

# word → (module in bot/commands, what it does). Documented in docs/cau-lenh.md.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "chạy bot / run the bot"),
    "doctor": ("doctor", "kiểm tra máy, cài đặt, dữ liệu, các kênh / check machine, settings, data, channels"),
    "login-link": ("login", "tạo link đăng nhập dùng một lần / make a one-time sign-in link"),
    "faq": ("faq", "nhập, xuất, kiểm tra, hỏi thử FAQ / import, export, check, ask the FAQ"),
    "shop": ("shop", "xuất tệp cửa hàng / export the shop file"),
    "events": ("events", "xem và chạy lại các tin bị gác lại / list and replay events set aside"),
    "posters": ("posters", "in mã QR cho điểm chạm / make QR posters of touchpoints"),
    "backup": ("backup", "sao lưu / back up"),
    "restore": ("restore", "khôi phục bản sao lưu / restore a backup"),
    "telegram": ("telegram", "mã cho chủ, webhook, gửi thử / a code for the owner, the webhook, a test message"),
    "demo": ("demo", "nạp cửa hàng mẫu với 90 ngày dữ liệu / load a demo shop with 90 days of data"),
}


def parser() -> argparse.ArgumentParser:
    """The words of the command line; the options of a command are read by its own module."""
    top = argparse.ArgumentParser(
        prog="cham", description="Chạm: chăm sóc khách hàng cho cửa hàng Việt / customer care for Vietnamese shops"
    )
    top.add_argument("--env-file", default=".env", metavar="FILE", help="tệp cài đặt / settings file (.env)")
    words = top.add_subparsers(dest="command", metavar="LỆNH", required=True)
    for word, (_, says) in COMMANDS.items():
        words.add_parser(word, help=says, description=says, add_help=False)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 could not, 2 wrong words."""
    known, rest = parser().parse_known_args(arguments)
    module, says = COMMANDS[known.command]
    command = import_module(f"bot.commands.{module}")
    options = argparse.ArgumentParser(prog=f"cham {known.command}", description=says)
    command.add_arguments(options)
    chosen = options.parse_args(rest)
    return run(command.main, known.env_file, chosen)


def run(command: "Command", env_file: str, chosen: argparse.Namespace) -> int:
    """Read the settings and do the command; what goes wrong becomes a sentence, not a traceback."""
    from bot.commands import troubles

    return troubles.told(command, env_file, chosen)


if __name__ == "__main__":
    sys.exit(main())
