"""`cham run`: serve until told to stop."""

import asyncio
import signal
from argparse import ArgumentParser, Namespace

from bot import operations
from bot.app import App, build
from bot.control import Desk, serve, socket_path
from bot.settings import Settings

STOP_SECONDS = 10  # reliability F21


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--no-links", action="store_true", help="không in link đăng nhập / print no sign-in links")


def main(settings: Settings, chosen: Namespace) -> int:
    asyncio.run(run(settings, links=not chosen.no_links))
    return 0


async def run(settings: Settings, *, links: bool = True) -> None:
    """Start, print where to go, serve, and stop within ten seconds of being asked."""
    app = build(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        await app.start()
        desk = desk_of(app)
        server = await serve(desk, operations.OPERATIONS, socket_path(settings.database_path))
        await show_links(desk, links)
        await show_notes(app)
        await stop.wait()
        server.close()
    finally:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()


def desk_of(app: App) -> Desk:
    """What operations work with inside the running bot."""
    return Desk(app.engine, app.settings, app.clock.now, app.address, app.worker.replay)


async def show_links(desk: Desk, links: bool) -> None:
    """The three places to go: as a customer, as staff, as the owner."""
    print(f"Trang cửa hàng (chat như khách) / shop page:  {desk.address}/", flush=True)
    if not links:
        return
    staff = await operations.login_link(desk, "staff", "Minh")
    owner = await operations.login_link(desk, "owner")
    print(f"Bàn làm việc của nhân viên / staff desk:      {staff['link']}")
    print(f"Bảng điều khiển của chủ / owner dashboard:    {owner['link']}")
    if desk.settings.telegram_token is not None and not await operations.has_chat_owner(desk):
        made = await operations.chat_code(desk)
        print(f"Nhắn cho bot Telegram để làm chủ / to own the bot:  /chucuahang {made['code']}")
    print("Mỗi link dùng một lần trong 15 phút; lấy link mới: cham login-link", flush=True)


async def show_notes(app: App) -> None:
    """What the owner should know before the first customer comes."""
    wanted = app.settings.shop_file
    if app.seeded_from is not None and app.seeded_from != wanted:
        print(
            f"Chưa có {wanted}: dùng cửa hàng mẫu Nhà Mây. / There is no {wanted}: this is the demo shop.", flush=True
        )
    if await app.quarantined_since() is not None:
        print(
            "⚠ Đang CÁCH LY sau khi khôi phục, chưa gửi tin nào. Gửi trở lại: cham restore --confirm\n"
            "  In QUARANTINE after a restore, nothing is sent. To go on: cham restore --confirm",
            flush=True,
        )
