"""`cham login-link`: a one-time link that signs in a colleague."""

import asyncio
from argparse import ArgumentParser, Namespace

from bot.control import call
from bot.operations import OPERATIONS
from bot.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--owner", action="store_true", help="cho chủ cửa hàng / for the owner")
    parser.add_argument("--name", default="", help="tên nhân viên / the colleague's name")


def main(settings: Settings, chosen: Namespace) -> int:
    role = "owner" if chosen.owner else "staff"
    made = asyncio.run(call(settings, OPERATIONS, "login-link", role=role, name=chosen.name))
    print(made["link"])
    return 0
