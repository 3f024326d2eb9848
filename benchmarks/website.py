"""Website chat, whole way: message in → on disk → FAQ answer → delivered, measured from a visitor's browser end.

    python -m benchmarks.website                 throughput, latency at 200/s, memory, start-up
    python -m benchmarks.website --customers 100000 1000000   the same with so many customers in the database

The bot runs as its own process with `synchronous=FULL`; the load comes from another.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parent.parent
QUESTIONS = (
    "ship đà nẵng mấy ngày vậy shop",
    "phi ship bao nhieu",
    "shop mở cửa mấy giờ",
    "đổi trả trong mấy ngày ạ",
    "có được kiểm tra hàng trước khi nhận không",
    "thanh toan khi nhan hang dc ko",
)


@dataclass
class Server:
    """A bot under test."""

    process: subprocess.Popen[bytes]
    origin: str
    ready_seconds: float

    def cpu_seconds(self) -> float:
        """Processor time the process has used, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Resident memory of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Server]:
    """Start the real bot on a free port and wait until it is ready."""
    port = free_port()
    env = os.environ | {
        "CHAM_DATABASE": f"sqlite:///{folder / 'cham.db'}",
        "CHAM_SHOP_FILE": str(ROOT / "shop.demo.yaml"),
        "CHAM_MEDIA_DIR": str(folder / "media"),
        "CHAM_PORT": str(port),
        "CHAM_CHAT_RATE": "1000000",
        "CHAM_CHAT_NEW_VISITORS": "1000000",
    }
    started = time.perf_counter()
    command = [sys.executable, "-m", "bot", "--env-file", os.devnull, "run", "--no-links"]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        origin = f"http://127.0.0.1:{port}"
        await until_ready(origin, process)
        yield Server(process, origin, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


async def until_ready(origin: str, process: subprocess.Popen[bytes]) -> None:
    async with aiohttp.ClientSession() as http:
        while process.poll() is None:
            try:
                async with http.get(f"{origin}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
    raise SystemExit("the bot did not start")


class Visitor:
    """A browser that asks one question and waits for the answer."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, number: int) -> None:
        self._http = http
        self._origin = origin
        self._number = number
        self._count = 0
        self._waiting: deque[asyncio.Future[None]] = deque()  # answers come in the order of the questions
        self._reader: asyncio.Task[None] | None = None

    async def open(self) -> None:
        headers = {"Origin": self._origin}
        async with self._http.post(f"{self._origin}/chat/visitor", headers=headers) as answer:
            key = (await answer.json())["key"]
        self._socket = await self._http.ws_connect(f"{self._origin.replace('http', 'ws', 1)}/chat/ws", headers=headers)
        await self._socket.send_str(json.dumps({"t": "hello", "key": key, "cursor": 0}))
        self._reader = asyncio.create_task(self._read())

    async def ask(self) -> float:
        """Seconds from the message to the bot's answer."""
        self._count += 1
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        started = time.perf_counter()
        text = QUESTIONS[(self._number + self._count) % len(QUESTIONS)]
        number = f"{self._number}-{self._count}"
        await self._socket.send_str(json.dumps({"t": "msg", "id": number, "text": text}))
        await asyncio.wait_for(answered, 60)
        return time.perf_counter() - started

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            if '"from":"bot"' in message.data and self._waiting:
                self._waiting.popleft().set_result(None)


async def closed_loop(visitors: list[Visitor], seconds: float) -> tuple[float, list[float]]:
    """Everybody asks again as soon as answered: (answers a second, latencies)."""
    until = time.perf_counter() + seconds
    times: list[float] = []

    async def chat(visitor: Visitor) -> None:
        while time.perf_counter() < until:
            times.append(await visitor.ask())

    started = time.perf_counter()
    await asyncio.gather(*(chat(visitor) for visitor in visitors))
    return len(times) / (time.perf_counter() - started), times


async def open_loop(visitors: list[Visitor], rate: float, seconds: float) -> list[float]:
    """So many messages a second, whatever the answers do: latencies."""
    loop, tasks = asyncio.get_running_loop(), []
    started = loop.time()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(started + number / rate - loop.time(), 0))
        tasks.append(asyncio.create_task(visitors[number % len(visitors)].ask()))
    return list(await asyncio.gather(*tasks))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def percentiles(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49] * 1000:.1f} ms  p95 {cuts[94] * 1000:.1f} ms  p99 {cuts[98] * 1000:.1f} ms"


def fill(folder: Path, customers: int) -> None:
    """Put customers with two lines each into a fresh database, straight and fast."""
    from sqlite_utils.utils import sqlite3

    from storage import schema

    path = folder / "cham.db"
    schema.migrate(str(path))
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    numbers = range(1, customers + 1)
    connection.executemany(
        "INSERT INTO customers (id, name, search, created_at, seen_at) VALUES (?, ?, ?, 0, 0)",
        ((n, f"Khách {n}", f"khach {n}") for n in numbers),
    )
    connection.executemany(
        "INSERT INTO identities (id, customer_id, channel, account, external_id, created_at) "
        "VALUES (?, ?, 'website', 'main', ?, 0)",
        ((n, n, f"old-{n}") for n in numbers),
    )
    connection.executemany(
        "INSERT INTO conversations (id, identity_id, customer_id, channel, account, address, last_seq, created_at) "
        "VALUES (?, ?, ?, 'website', 'main', ?, 2, 0)",
        ((n, n, n, f"old-{n}") for n in numbers),
    )
    connection.executemany(
        "INSERT INTO lines (conversation_id, seq, author, text, at) VALUES (?, ?, ?, 'xin chào', 0)",
        ((n, seq, author) for n in numbers for seq, author in ((1, "customer"), (2, "bot"))),
    )
    connection.executemany(
        "INSERT INTO outbox (channel, account, address, lane, conversation_id, purpose, payload, state, due_at, "
        "created_at, settled_at) VALUES ('website', 'main', ?, ?, ?, 'reply', '{}', 'sent', 0, 0, 0)",
        ((f"old-{n}", f"website:main:old-{n}", n) for n in numbers),
    )
    connection.execute("COMMIT")
    connection.close()


async def measure(customers: int, people: int, seconds: float) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="cham-bench-"))
    try:
        if customers:
            fill(folder, customers)
        async with served(folder) as server, aiohttp.ClientSession() as http:
            visitors = [Visitor(http, server.origin, number) for number in range(people)]
            await asyncio.gather(*(visitor.open() for visitor in visitors))
            await closed_loop(visitors, 2)  # warm, and past the first questions about names
            cpu = server.cpu_seconds()
            rate, times = await closed_loop(visitors, seconds)
            cpu = server.cpu_seconds() - cpu
            calm = await open_loop(visitors, 200, seconds)
            row = {
                "customers": customers,
                "ready_s": round(server.ready_seconds, 2),
                "answers_per_s": round(rate),
                "cpu_ms_per_answer": round(cpu / len(times) * 1000, 2),
                "busy": percentiles(times),
                "at_200_per_s": percentiles(calm),
                "rss_mib": round(server.rss_mib()),
            }
            await asyncio.gather(*(visitor.close() for visitor in visitors))
            return row
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, nargs="*", default=[0])
    options.add_argument("--visitors", type=int, default=200)
    options.add_argument("--seconds", type=float, default=10)
    chosen = options.parse_args()
    for customers in chosen.customers:
        row = asyncio.run(measure(customers, chosen.visitors, chosen.seconds))
        print("  ".join(f"{name}: {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
