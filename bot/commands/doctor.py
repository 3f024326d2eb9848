"""`cham doctor`: is everything as it should be? Exit code 1 when something keeps Chạm from working."""

import asyncio
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from bot import doctor
from bot.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="chỉ in chỗ chưa ổn / print only what is not fine")


def main(settings: Settings, chosen: Namespace) -> int:
    return asyncio.run(report(settings, quiet=chosen.quiet))


async def report(settings: Settings, *, quiet: bool) -> int:
    """Print the findings as they come."""
    worst = 0
    async for finding in doctor.examine(settings, datetime.now(UTC)):
        if finding.level == "bad":
            worst = 1
        if not quiet or finding.level != "ok":
            print(finding, flush=True)
    if worst == 0:
        print("Chạm chạy được. / Chạm can run.")
    return worst
