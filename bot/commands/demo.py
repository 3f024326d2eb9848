"""`cham demo`: put a demo shop's ninety days into the database, and take them out again."""

import asyncio
from argparse import ArgumentParser, Namespace

from bot.control import call
from bot.operations import OPERATIONS
from bot.settings import Settings

NAMES = {
    "customers": "khách / customers",
    "lines": "tin nhắn / lines",
    "faq_asks": "câu hỏi / questions",
    "cases": "việc / cases",
    "ratings": "đánh giá / ratings",
    "testimonials": "lời khen / testimonials",
}


def add_arguments(parser: ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="VIỆC", required=True)
    load = words.add_parser("load", help="nạp dữ liệu mẫu / load the demo data")
    load.add_argument("--force", action="store_true", help="nạp cả khi đã có khách thật / also beside real customers")
    load.add_argument("--seed", type=int, default=2026, metavar="N", help="mầm ngẫu nhiên / seed of chance (2026)")
    words.add_parser("remove", help="gỡ dữ liệu mẫu / take the demo data out again")


def main(settings: Settings, chosen: Namespace) -> int:
    if chosen.what == "remove":
        gone = asyncio.run(call(settings, OPERATIONS, "demo-remove"))
        print(f"Đã gỡ {gone} khách mẫu và mọi thứ của họ. / {gone} demo customers and all of theirs are gone.")
        return 0
    made = asyncio.run(call(settings, OPERATIONS, "demo-load", force=chosen.force, seed=chosen.seed))
    print("✓ Đã nạp cửa hàng mẫu với 90 ngày dữ liệu. / The demo shop with 90 days is loaded.")
    for table, says in NAMES.items():
        print(f"  {made[table]:>6}  {says}")
    print("Gỡ ra: cham demo remove / take it out: cham demo remove")
    return 0
