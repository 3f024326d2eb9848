"""`cham shop export`: the shop as it is now, as a shop file."""

import asyncio
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.control import call
from bot.files import write_new
from bot.operations import OPERATIONS
from bot.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="VIỆC", required=True)
    export = words.add_parser("export", help="xuất ra tệp YAML / write a YAML file")
    export.add_argument("file", nargs="?", type=Path, metavar="TỆP", help="mặc định: màn hình / default: the screen")
    export.add_argument("--force", action="store_true", help="ghi đè / overwrite")


def main(settings: Settings, chosen: Namespace) -> int:
    text = asyncio.run(call(settings, OPERATIONS, "shop-export"))
    if chosen.file is None:
        print(text, end="")
        return 0
    write_new(chosen.file, text.encode(), overwrite=chosen.force)
    print(f"✓ {chosen.file}")
    return 0
