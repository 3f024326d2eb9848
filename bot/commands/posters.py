"""`cham posters`: a QR poster for every touchpoint."""

import asyncio
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot import i18n, posters
from bot.control import OperationFailed, call, web_address
from bot.files import write_new
from bot.operations import OPERATIONS
from bot.settings import Settings
from care import shop as shop_file
from care.shop import Shop
from care.shop_types import Touchpoint

BEST_FIRST: tuple[posters.Kind, ...] = ("pdf", "png", "svg")


def add_arguments(parser: ArgumentParser) -> None:
    where = "mặc định / default: posters"
    parser.add_argument("folder", nargs="?", type=Path, default=Path("posters"), metavar="THƯ_MỤC", help=where)
    best = "mặc định: loại tốt nhất máy này làm được / default: the best this machine makes"
    parser.add_argument("--kind", choices=posters.KINDS, help=best)
    only = "chỉ điểm chạm này / only this touchpoint"
    parser.add_argument("--touchpoint", action="append", default=[], metavar="MÃ", help=only)
    parser.add_argument("--force", action="store_true", help="ghi đè / overwrite")


def main(settings: Settings, chosen: Namespace) -> int:
    shop = shop_file.parse(asyncio.run(call(settings, OPERATIONS, "shop-export")))
    kind: posters.Kind = chosen.kind or next(kind for kind in BEST_FIRST if posters.available(kind))
    if settings.public_url is None:
        print(
            "⚠ Chưa đặt CHAM_PUBLIC_URL: mã QR chỉ mở được trên máy này. / "
            "CHAM_PUBLIC_URL is not set: the codes open on this machine only."
        )
    for touchpoint in _wanted(shop, chosen.touchpoint):
        path = chosen.folder / f"{touchpoint.id}.{kind}"
        url = f"{web_address(settings)}/t/{touchpoint.id}"
        write_new(path, _drawn(shop, touchpoint, url, kind), overwrite=chosen.force)
        print(f"✓ {path}  {touchpoint.title}  {url}")
    return 0


def _drawn(shop: Shop, touchpoint: Touchpoint, url: str, kind: posters.Kind) -> bytes:
    gettext = i18n.catalog(shop.language).gettext
    try:
        return posters.poster(shop.shop, touchpoint, url, kind, gettext)
    except posters.PosterUnavailable as error:
        raise OperationFailed(" / ".join(i18n.catalog(one).gettext(error.message) for one in i18n.LANGUAGES)) from error


def _wanted(shop: Shop, ids: list[str]) -> list[Touchpoint]:
    if not ids:
        return [each for each in shop.touchpoints if each.enabled]
    known = {each.id: each for each in shop.touchpoints}
    if unknown := [one for one in ids if one not in known]:
        raise OperationFailed(
            f"Không có điểm chạm {', '.join(unknown)}; có: {', '.join(known)}. / There is no such touchpoint."
        )
    return [known[one] for one in ids]
