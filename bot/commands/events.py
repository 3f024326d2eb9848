"""`cham events`: messages that could not be handled after five tries, and another try for them."""

import asyncio
from argparse import ArgumentParser, Namespace

from bot.control import call
from bot.operations import OPERATIONS
from bot.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="VIỆC", required=True)
    words.add_parser("list", help="các tin bị gác lại và lý do / events set aside, with the reason")
    again = words.add_parser("replay", help="xử lý lại / handle them again")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", type=int, metavar="SỐ", help="số của tin / the event's number")
    which.add_argument("--all", action="store_true", help="tất cả / all of them")


def main(settings: Settings, chosen: Namespace) -> int:
    return _list(settings) if chosen.what == "list" else _replay(settings, chosen.id)


def _list(settings: Settings) -> int:
    found = asyncio.run(call(settings, OPERATIONS, "events-aside"))
    for one in found:
        print(f"#{one['id']}  {one['at'][:19]}Z  {one['channel']}  {one['reason']}")
    if not found:
        print("Không có tin nào bị gác lại. / No event was set aside.")
    else:
        print("Xử lý lại: cham events replay SỐ, hoặc --all / handle again: cham events replay NUMBER, or --all")
    return 0


def _replay(settings: Settings, event_id: int | None) -> int:
    count = asyncio.run(call(settings, OPERATIONS, "events-replay", event_id=event_id))
    print(f"{count} tin được xử lý lại. / {count} events are handled again.")
    return 0 if count or event_id is None else 1
