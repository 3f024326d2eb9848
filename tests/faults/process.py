"""Real bots in processes of their own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parent.parent.parent
SHOP = """
shop: Nhà Thử
entries:
- {id: phi_ship, category: giao hàng, question: "Phí giao hàng là bao nhiêu?", answer: "Dạ phí giao 30.000 đồng ạ."}
- {id: gio_mo_cua, category: giờ, question: "Shop mở cửa mấy giờ?", answer: "Dạ từ 8 giờ đến 21 giờ ạ."}
- {id: doi_tra, category: đổi trả, question: "Chính sách đổi trả thế nào?", answer: "Dạ {anh} được đổi trong 7 ngày ạ."}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class House:
    """A folder with a shop, and where its bot is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "cham.db"
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")

    @property
    def env(self) -> dict[str, str]:
        """The settings; nothing of ours leaks in from outside."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAM_")}
        return kept | {
            "CHAM_DATABASE": f"sqlite:///{self.database}",
            "CHAM_SHOP_FILE": str(self.folder / "shop.yaml"),
            "CHAM_MEDIA_DIR": str(self.folder / "media"),
            "CHAM_PORT": str(self.port),
            "CHAM_CHAT_RATE": "1000000",
            "CHAM_CHAT_NEW_VISITORS": "1000000",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", "--env-file", os.devnull, *words]

    def start(self) -> subprocess.Popen[str]:
        """A cold `python -m bot run`."""
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                self.command("run", "--no-links"),
                env=self.env,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
            )

    def run(self, *words: str, seconds: float = 150) -> subprocess.CompletedProcess[str]:
        """A command of `cham` from beginning to end."""
        return subprocess.run(
            self.command(*words), env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=seconds
        )

    async def until_ready(self, seconds: float = 120) -> float:
        """Seconds until it takes work."""
        began = time.perf_counter()
        async with aiohttp.ClientSession() as http:
            while time.perf_counter() - began < seconds:
                try:
                    async with http.get(f"{self.origin}/readyz") as answer:
                        if answer.status == 200:
                            return time.perf_counter() - began
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)
        raise AssertionError(f"not ready after {seconds} s: {self.log()[-2000:]}")

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""


class Nursery:
    """Forks bots quickly; see `tests/faults/nursery.py`."""

    def __init__(self, house: House) -> None:
        with (house.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                env=house.env,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    async def start(self) -> None:
        await self._ask("start", "started")

    async def end(self, how: signal.Signals) -> int:
        """Send a signal, wait for the end, return the exit code (negative: the signal)."""
        return int((await self._ask(how.name, "ended")).split()[1])

    async def _ask(self, word: str, expected: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return await self.hear(expected)

    async def hear(self, expected: str) -> str:
        """The next line that begins with a word; what a bot prints itself is passed over."""
        assert self._process.stdout is not None
        while True:
            line = await asyncio.to_thread(self._process.stdout.readline)
            assert line, "the nursery is gone"
            if line.startswith(expected):
                return line

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
