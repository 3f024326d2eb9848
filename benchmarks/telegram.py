"""Telegram, whole way: webhook in → on disk → FAQ answer → sent, beside a bare aiogram webhook bot in the same run.

    python -m benchmarks.telegram                throughput, latency at 200/s, memory, start-up of both
    python -m benchmarks.telegram --broadcast 10000   how close a broadcast comes to Telegram's 30 a second

Pacing is lifted for the first and Telegram's own for the second. Load, bots and the Bot API are processes of their own.
The bare bot answers from a dictionary and keeps nothing: what it is asked twice it answers twice, what it was asked
when it died is lost.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.website import QUESTIONS, ROOT, free_port, percentiles

TOKEN = "7000000001:AAHk-simulated-token-for-tests-000000"
SECRET = "secret-of-the-benchmark"
START_SECONDS = 30

BARE = """
import asyncio, os, sys
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

ANSWERS = {"ship": "Dạ phí giao hàng là 35.000 đồng ạ.", "mở cửa": "Dạ shop mở từ 8 giờ 30 ạ."}
dispatcher = Dispatcher()

@dispatcher.message()
async def answer(message: Message) -> None:
    text = (message.text or "").lower()
    found = next((said for word, said in ANSWERS.items() if word in text), "Dạ shop nghe ạ.")
    await message.answer(found)

async def ready(request: web.Request) -> web.Response:
    return web.Response()

bot = Bot(os.environ["TOKEN"], session=AiohttpSession(api=TelegramAPIServer.from_base(os.environ["API"]), limit=1000))
app = web.Application()
app.router.add_get("/readyz", ready)
SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["SECRET"]).register(app, "/webhooks/telegram")
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
"""


@dataclass
class Bot:
    """A bot under test."""

    name: str
    process: subprocess.Popen[bytes]
    origin: str
    ready_seconds: float

    async def at_rest(self) -> None:
        """Wait until the work of the start is over: a bot that learns its FAQ beside is not measured while it does."""
        used, quiet = -1.0, 0
        while quiet < 4:
            await asyncio.sleep(0.5)
            before, used = used, self._cpu_seconds()
            quiet = quiet + 1 if used - before < 0.05 else 0

    def _cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Resident memory of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0


class BotApi:
    """The least of a Bot API: takes every message at once and says who was written to."""

    def __init__(self) -> None:
        self.waiting: dict[int, deque[asyncio.Future[None]]] = defaultdict(deque)
        self.sent: list[float] = []
        self.refused = 0
        self.per_second: int | None = None  # None: no limit
        self._number = 0

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        form = await request.json() if request.content_type == "application/json" else await request.post()
        if method != "sendmessage":
            return web.Response(body=b'{"ok":true,"result":true}', content_type="application/json")
        now, chat = time.perf_counter(), int(str(form["chat_id"]))
        if self.per_second is not None and sum(at > now - 1 for at in self.sent[-64:]) >= self.per_second:
            self.refused += 1
            body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1",
                    "parameters": {"retry_after": 1}}  # fmt: skip
            return web.json_response(body, status=429)
        self.sent.append(now)
        self._number += 1
        if self.waiting[chat] and not (future := self.waiting[chat].popleft()).done():
            future.set_result(None)
        message = {"message_id": self._number, "date": 1, "chat": {"id": chat, "type": "private"}}
        return web.json_response({"ok": True, "result": message})


@asynccontextmanager
async def bot_api() -> AsyncIterator[tuple[BotApi, str]]:
    api = BotApi()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield api, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(name: str, command: list[str], env: dict[str, str], port: int) -> AsyncIterator[Bot]:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        origin = f"http://127.0.0.1:{port}"
        await until_ready(origin, process)
        bot = Bot(name, process, origin, time.perf_counter() - started)
        await bot.at_rest()
        yield bot
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


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


def ours(folder: Path, api: str, **more: str) -> Any:
    port = free_port()
    env = {
        "CHAM_DATABASE": f"sqlite:///{folder / 'cham.db'}",
        "CHAM_SHOP_FILE": str(ROOT / "shop.demo.yaml"),
        "CHAM_MEDIA_DIR": str(folder / "media"),
        "CHAM_PORT": str(port),
        "CHAM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_BASE": api,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_RATE": "10000",
        "TELEGRAM_CHAT_RATE": "10000",
        "TELEGRAM_GROUP_RATE": "10000",
    } | more
    command = [sys.executable, "-m", "bot", "--env-file", os.devnull, "run", "--no-links"]
    return running("Chạm", command, env, port)


def bare(folder: Path, api: str) -> Any:
    port = free_port()
    script = folder / "bare.py"
    script.write_text(BARE, encoding="utf-8")
    env = {"TOKEN": TOKEN, "API": api, "SECRET": SECRET, "PORT": str(port)}
    return running("aiogram", [sys.executable, str(script)], env, port)


class Load:
    """Telegram's side: posts updates and waits for the answers."""

    def __init__(self, http: aiohttp.ClientSession, api: BotApi, bot: Bot, people: int) -> None:
        self._http = http
        self._api = api
        self._url = f"{bot.origin}/webhooks/telegram"
        self._people = people
        self._update = 1000

    async def ask(self, person: int) -> float:
        """Seconds from the update to the answer of the bot."""
        self._update += 1
        chat = 5_000_000_000 + person
        text = QUESTIONS[(person + self._update) % len(QUESTIONS)]
        update = {
            "update_id": self._update,
            "message": {
                "message_id": self._update, "date": int(time.time()), "text": text,
                "from": {"id": chat, "is_bot": False, "first_name": f"K{person}", "language_code": "vi"},
                "chat": {"id": chat, "type": "private", "first_name": f"K{person}"},
            },
        }  # fmt: skip
        answered = asyncio.get_running_loop().create_future()
        self._api.waiting[chat].append(answered)
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        started = time.perf_counter()
        async with self._http.post(self._url, data=json.dumps(update), headers=headers) as answer:
            answer.raise_for_status()
        await asyncio.wait_for(answered, 30)
        return time.perf_counter() - started

    async def closed(self, seconds: float) -> tuple[float, list[float]]:
        """Everybody asks again as soon as answered: answers a second, latencies."""
        until, times = time.perf_counter() + seconds, []

        async def chat(person: int) -> None:
            while time.perf_counter() < until:
                times.append(await self.ask(person))

        started = time.perf_counter()
        await asyncio.gather(*(chat(person) for person in range(self._people)))
        return len(times) / (time.perf_counter() - started), times

    async def open(self, rate: float, seconds: float) -> list[float]:
        """So many updates a second, whatever the answers do."""
        loop, tasks = asyncio.get_running_loop(), []
        started = loop.time()
        people = max(self._people, int(rate))
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(started + number / rate - loop.time(), 0))
            tasks.append(asyncio.create_task(self.ask(number % people)))
        return list(await asyncio.gather(*tasks))


async def measure(make: Any, people: int, rate: float, seconds: float) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="cham-bench-"))
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with (
            bot_api() as (api, base),
            make(folder, base) as bot,
            aiohttp.ClientSession(connector=connector) as http,
        ):
            load = Load(http, api, bot, people)
            await load.closed(3)  # warm, and past the first contact
            throughput, busy = await load.closed(seconds)
            calm = await load.open(rate, seconds)
            return {
                "bot": bot.name,
                "ready_s": round(bot.ready_seconds, 2),
                "answers_per_s": round(throughput),
                "busy": percentiles(busy),
                f"at_{rate:.0f}_per_s": percentiles(calm),
                "p99_ms": round(statistics.quantiles(calm, n=100)[98] * 1000, 1),
                "rss_mib": round(bot.rss_mib()),
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(folder: Path, count: int) -> None:
    """Put that many customers and one waiting message for each into a fresh database."""
    from sqlite_utils.utils import sqlite3

    from storage import schema

    path, account = folder / "cham.db", TOKEN.partition(":")[0]
    schema.migrate(str(path))
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("BEGIN")
    due = int((time.time() + START_SECONDS) * 1000)  # when the start is over
    numbers = [{"n": n, "chat": str(5_000_000_000 + n), "account": account, "due": due} for n in range(1, count + 1)]
    for sql in (
        "INSERT INTO customers (id, name, search, created_at, seen_at) VALUES (:n, 'Khách', '', 0, 0)",
        (
            "INSERT INTO identities (id, customer_id, channel, account, external_id, created_at)"
            " VALUES (:n, :n, 'telegram', :account, :chat, 0)"
        ),
        (
            "INSERT INTO conversations (id, identity_id, customer_id, channel, account, address, created_at)"
            " VALUES (:n, :n, :n, 'telegram', :account, :chat, 0)"
        ),
        (
            "INSERT INTO outbox"
            " (channel, account, address, lane, conversation_id, purpose, payload, due_at, created_at)"
            " VALUES ('telegram', :account, :chat, 'telegram:' || :account || ':' || :chat, :n, 'notice',"
            ' \'{"text":"Dạ shop có tin ạ."}\', 0, 0)'
        ),
    ):
        connection.executemany(sql, numbers)
    connection.execute("COMMIT")
    connection.close()


async def broadcast(count: int, rate: float) -> dict[str, Any]:
    """How close to 30 a second, and how often Telegram says no."""
    folder = Path(tempfile.mkdtemp(prefix="cham-bench-"))
    try:
        fill(folder, count)
        async with bot_api() as (api, base):
            api.per_second = 30
            async with ours(folder, base, TELEGRAM_RATE=str(rate), TELEGRAM_CHAT_RATE="1"):
                while len(api.sent) < count:
                    await asyncio.sleep(0.5)
            took = api.sent[-1] - api.sent[0]
            per_second = (count - 1) / took
            return {
                "messages": count, "seconds": round(took, 1), "per_second": round(per_second, 2),
                "of_30": f"{per_second / 30:.1%}", "refused_429": api.refused,
            }  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_own_process(work: Any, *arguments: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_print, args=(work, arguments))
    process.start()
    process.join()


def _print(work: Any, arguments: tuple[Any, ...]) -> None:
    row = asyncio.run(work(*arguments))
    print("  ".join(f"{name}: {value}" for name, value in row.items()), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100)
    options.add_argument("--rate", type=float, default=200)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--broadcast", type=int, default=0)
    options.add_argument("--broadcast-rate", type=float, default=29.5)
    chosen = options.parse_args()
    if chosen.broadcast:
        _in_own_process(broadcast, chosen.broadcast, chosen.broadcast_rate)
        return
    for make in (bare, ours):
        _in_own_process(measure, make, chosen.people, chosen.rate, chosen.seconds)


if __name__ == "__main__":
    main()
