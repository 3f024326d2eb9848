"""Takes the pictures in docs/images: the real bot, demo data, a real browser. For developers.

    python docs/screenshots.py            all of them
    python docs/screenshots.py gap …      only those whose name holds one of the words

Everything happens in a temporary folder; nothing of a running shop is touched.
"""

import argparse
import contextlib
import math
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP, PHONE, WIDE = (1120, 720), (390, 800), (1360, 820)
HIGHEST = 1500  # pixels of a long page that are shown


@dataclass(frozen=True)
class Bot:
    """A running bot and how to ask its command line."""

    folder: Path
    address: str

    def cham(self, *words: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words],
            cwd=self.folder, env=_environment(self.address), capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return done.stdout

    def link(self, *words: str) -> str:
        """A fresh sign-in link."""
        return self.cham("login-link", *words).strip().splitlines()[-1]


def _environment(address: str) -> dict[str, str]:
    port = address.rpartition(":")[2]
    return os.environ | {"PYTHONPATH": str(ROOT), "CHAM_PORT": port, "CHAM_CHAT_NEW_VISITORS": "1000"}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Bot]:
    """The bot with the demo shop, open at every hour so that pictures look the same at night."""
    shop = (ROOT / "shop.demo.yaml").read_text(encoding="utf-8")
    always_open = re.sub(r"(?ms)^(hours|holidays):\n(?:[ -].*?\n|\n)+", "", shop)
    (folder / "shop.yaml").write_text(always_open, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    bot = Bot(folder, address)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "run"],
        cwd=folder, env=_environment(address), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        _wait_until_ready(process)
        bot.cham("demo", "load")
        yield bot
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if "login-link" in line:
            return
    raise SystemExit("the bot did not start")


# --- People -------------------------------------------------------------------------------------------------------


def torn_shirt(width: int = 240, height: int = 170) -> bytes:
    """A picture to send: striped cloth with a tear."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            near = abs(y - 0.55 * x - 20 - 9 * math.sin(x / 13))
            is_torn = 60 < x < 190 and near < 16 * math.sin((x - 60) / 130 * math.pi)
            rows += b"\x3a\x33\x2c" if is_torn else b"\xe9\xe2\xd3" if (x + y) // 14 % 2 else b"\x8f\xb3\xab"
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class Customer:
    """A visitor of the shop page with their own browser profile."""

    def __init__(self, browser: Browser, bot: Bot, size: tuple[int, int], path: str = "/") -> None:
        self.page = _profile(browser, size).new_page()
        self.page.goto(bot.address + path)
        self.chat = self.page.locator("#cham")

    def open(self) -> None:
        self.chat.locator("button.go").click()

    def says(self, text: str) -> None:
        self.chat.locator("textarea").fill(text)
        self.chat.locator("textarea").press("Enter")

    def taps(self, label: str) -> None:
        self.chat.get_by_role("button", name=label).last.click()

    def sends_picture(self) -> None:
        self.chat.locator("input[type=file]").set_input_files(
            {"name": "ao-rach.png", "mimeType": "image/png", "buffer": torn_shirt()}
        )
        self.chat.locator("textarea").press("Enter")

    def hears(self, words: str) -> Locator:
        found = self.chat.get_by_text(words).last
        expect(found).to_be_visible(timeout=15_000)
        return found


def signed_in(browser: Browser, bot: Bot, size: tuple[int, int], *words: str) -> Page:
    """A colleague at the first page of their work."""
    page = _profile(browser, size).new_page()
    page.goto(bot.link(*words))
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def _profile(browser: Browser, size: tuple[int, int]) -> BrowserContext:
    phone = size[0] < 500
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        has_touch=phone, is_mobile=phone, reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(15_000)
    return context


def shoot(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture, once nothing moves any more."""
    page.wait_for_timeout(700)
    clip = None
    if whole:
        size = page.viewport_size or {"width": 1200, "height": 800}
        height = min(int(page.evaluate("document.documentElement.scrollHeight")), HIGHEST)
        clip = {"x": 0.0, "y": 0.0, "width": float(size["width"]), "height": float(height)}
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file, clip=clip, full_page=whole, animations="disabled", caret="hide")  # type: ignore[arg-type]
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB", flush=True)


# --- Scenes -------------------------------------------------------------------------------------------------------


def question(browser: Browser, bot: Bot) -> None:
    """A first visitor is greeted, asks, and gets an answer."""
    lan = Customer(browser, bot, DESKTOP)
    expect(lan.chat.locator("aside.tz")).to_contain_text(
        "em chào", timeout=15_000
    )  # five seconds after the page opened
    lan.open()
    lan.says("ship da nang mat may ngay vay shop")
    lan.hears("3–5 ngày")
    shoot(lan.page, "khung-chat")


def phone(browser: Browser, bot: Bot) -> None:
    """The same on a phone, with a question the bot is unsure of."""
    huy = Customer(browser, bot, PHONE)
    huy.open()
    huy.says("shop mở cửa tới mấy giờ ạ")
    huy.hears("21 giờ 30")
    huy.says("áo mặc k vừa đổi dc k shop")
    huy.hears("7 ngày")
    shoot(huy.page, "dien-thoai")


def handover(browser: Browser, bot: Bot) -> None:
    """A person is wanted, comes, and the customer sees the answer."""
    lan = Customer(browser, bot, PHONE)
    lan.open()
    lan.says("mẫu áo trên livestream tối qua còn size M không shop, cho mình gặp nhân viên với")
    lan.hears("xưng hô")
    lan.taps("Chị")
    lan.hears("tên gì")
    lan.says("Lan")
    lan.hears("chị Lan")
    minh = signed_in(browser, bot, WIDE, "--name", "Minh")
    minh.get_by_text("Lan", exact=True).first.click()
    minh.get_by_role("button", name="Nhận", exact=True).click()
    minh.get_by_text("Bạn giữ từ").wait_for()
    minh.get_by_role("tab", name="Ghi chú nội bộ").click()
    minh.locator("#note-text").fill("Kho báo còn 3 áo size M, 2 áo size L.")
    minh.get_by_role("button", name="Lưu ghi chú").click()
    minh.get_by_text("Kho báo còn 3 áo").first.wait_for()
    minh.get_by_role("tab", name="Trả lời khách").click()
    minh.locator("#reply-text").fill("Dạ {anh} {tên} ơi, mẫu livestream tối qua còn size M và L ạ.")
    minh.get_by_role("button", name="Gửi chị Lan").click()
    lan.hears("còn size M và L")
    minh.wait_for_timeout(11_000)  # "take back" is gone, "seen" is there
    shoot(minh, "ban-lam-viec")
    shoot(lan.page, "tra-loi")
    small = signed_in(browser, bot, PHONE, "--name", "Minh")
    shoot(small, "ban-lam-viec-dien-thoai")


def complaint(browser: Browser, bot: Bot) -> None:
    """Words, order, picture: a number and a promised time."""
    hoa = Customer(browser, bot, PHONE)
    hoa.open()
    hoa.says("áo giao tới bị rách, mà gọi không ai nghe máy, quá tệ")
    hoa.hears("mã đơn")
    hoa.says("DH1042")
    hoa.hears("hình")
    hoa.sends_picture()
    hoa.hears("khiếu nại #")
    shoot(hoa.page, "khieu-nai")


def rating(browser: Browser, bot: Bot) -> None:
    """Level 1 by the link of a poster, and what the desk sees at once."""
    tam = Customer(browser, bot, PHONE, "/t/giao_hang")
    tam.hears("chấm mức nào")
    tam.taps("1 Tồi tệ")
    tam.hears("xin lỗi")
    tam.taps("Thái độ")
    tam.hears("quản lý")
    shoot(tam.page, "danh-gia")
    minh = signed_in(browser, bot, WIDE, "--name", "Minh")
    minh.locator("a.case.urgent", has_text="Khách chưa có tên").filter(has_text="Đánh giá thấp").first.click()
    minh.locator("#card").get_by_text("Thái độ").first.wait_for()
    shoot(minh, "viec-gap")


def dashboard(browser: Browser, bot: Bot) -> None:
    """The owner's pages."""
    owner = signed_in(browser, bot, WIDE, "--owner")
    shoot(owner, "bang-dieu-khien", whole=True)
    for name, path in (
        ("cau-chua-biet", "/dashboard/unanswered"),
        ("faq", "/dashboard/faq"),
        ("diem-cham", "/dashboard/touchpoints"),
        ("cai-dat", "/dashboard/settings"),
        ("nhan-su", "/dashboard/staff"),
    ):
        answer = owner.goto(bot.address + path)
        if answer is not None and answer.ok:
            shoot(owner, name)


def poster(browser: Browser, bot: Bot) -> None:
    """The QR poster of a touchpoint."""
    bot.cham("posters", "to", "--kind", "svg", "--touchpoint", "giao_hang", "--force")
    page = _profile(browser, (444, 630)).new_page()
    page.goto((bot.folder / "to" / "giao_hang.svg").as_uri())
    shoot(page, "ma-qr")


SCENES: tuple[Callable[[Browser, Bot], None], ...] = (
    question, phone, handover, complaint, rating, dashboard, poster,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes the pictures in docs/images.")
    parser.add_argument("words", nargs="*", help=f"which: {', '.join(scene.__name__ for scene in SCENES)}")
    words = parser.parse_args().words
    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    if program is None:
        print("chromium is needed: apt-get install chromium")
        return 1
    IMAGES.mkdir(exist_ok=True)
    started, wrong = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as bot, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=ARGS.split())
        for scene in SCENES:
            if words and not any(word in scene.__name__ for word in words):
                continue
            try:
                scene(browser, bot)
            except Exception as error:
                wrong += 1
                print(f"{scene.__name__}: {error}", file=sys.stderr)
        browser.close()
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
