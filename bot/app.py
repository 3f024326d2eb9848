"""The only place that makes things: from settings and a clock to a bot that serves."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from care import settings as shop_settings
from care import shop as shop_file
from care.shop import Shop
from handlers.turn import House
from storage import backup, quarantine, schema, selfcheck
from storage.database import Database, StorageError, Touched
from storage.sqlite import SqliteEngine

from . import i18n, llm
from .alarms import Alarms, watch_loop
from .answers import LiveAnswers
from .channel import Channel, Tools
from .channels import CHANNELS
from .clock import Clock, SystemClock
from .control import web_address
from .delivery import Sender
from .intake import Intake
from .llm import Assist
from .lock import take_lock
from .media import MediaStore
from .metrics import Metrics
from .scheduler import Housekeeping, Scheduler, Ticker
from .settings import Settings
from .worker import Worker

log = logging.getLogger(__name__)

DEMO_SHOP = "shop.demo.yaml"


@dataclass
class App:
    """Everything that runs, and how it starts and stops."""

    settings: Settings
    clock: Clock
    engine: SqliteEngine
    house: House
    metrics: Metrics
    media: MediaStore
    answers: LiveAnswers
    channels: dict[tuple[str, str], Channel]
    worker: Worker
    intake: Intake
    senders: dict[tuple[str, str], Sender]
    ticker: Ticker
    site: web.Application
    scheduler: Scheduler | None = None
    assist: Assist | None = None  # a language model for what the FAQ is unsure of, when one is set
    refused: dict[str, str] = field(default_factory=dict)  # channels that could not start, and why
    ready: bool = False
    seeded_from: Path | None = None  # the shop file this start has read
    _runner: web.AppRunner | None = None
    _lock: IO[str] | None = None
    _watch: asyncio.Task[None] | None = None
    _waking: asyncio.Task[None] | None = None

    async def open(self, *, learn: bool = True) -> None:
        """Everything but the network, the clock's ticks and the senders' loops: what a test needs."""
        path = self.settings.database_path
        self._lock = take_lock(path)
        await asyncio.to_thread(look_over, path)
        await asyncio.to_thread(schema.migrate, str(path))
        selfcheck.mark_open(path)
        await self.engine.start()
        await self.engine.write(self._seed)
        self.engine.subscribe(self._heard)
        if learn:
            await self.answers.start()

    async def start(self) -> None:
        """Serve. Raises StorageError or SettingsError with what to do."""
        await self.open(learn=False)
        self.worker.hold()
        shop = await self.engine.read(shop_settings.load)
        self._runner = web.AppRunner(self.site, handle_signals=False, access_log=None, shutdown_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.settings.host, self.settings.port).start()
        for sender in self.senders.values():
            await sender.start()
        await self._start_channels()
        self._waking = asyncio.create_task(self._wake())
        chores = Housekeeping(self.engine, self.clock, self.metrics, self.back_up)
        self.scheduler = Scheduler(self.ticker, chores, self.metrics, ZoneInfo(shop.timezone))
        self._watch = asyncio.create_task(watch_loop(self.metrics))
        self.ready = True

    async def stop(self) -> None:
        """Stop listening, finish what is under way within ten seconds, close."""
        self.ready = False
        if self._waking is not None:
            self._waking.cancel()
        if self.scheduler is not None:
            self.scheduler.stop()
        if self._watch is not None:
            self._watch.cancel()
        for channel in self.channels.values():
            await channel.stop()
        stops = [self.worker.stop(), *(sender.stop() for sender in self.senders.values())]
        if self._runner is not None:
            stops.append(self._runner.cleanup())
        await asyncio.gather(*stops)  # side by side: each may take most of the ten seconds
        for channel in self.channels.values():
            await channel.close()
        if self.assist is not None:
            await self.assist.close()
        await self.answers.stop()
        await self.engine.stop()
        if self._lock is not None:
            selfcheck.mark_closed(self.settings.database_path)
            self._lock.close()

    async def back_up(self) -> backup.Backup:
        """Make a backup beside the database."""
        path, at = self.settings.database_path, self.clock.now()
        return await asyncio.to_thread(backup.make, path, self.settings.media_dir, backup.folder_of(path), at)

    async def quarantined_since(self) -> datetime | None:
        """When a backup was restored whose messages still wait for the owner's word."""
        return await self.engine.read(quarantine.since)

    async def _wake(self) -> None:
        """Begin to answer when the FAQ is learnt, which takes seconds; what comes in before waits in the database."""
        try:
            await self.answers.start()
        except Exception:
            log.exception("the FAQ could not be learnt: every question goes to a person")
        await self.worker.start()
        if self.scheduler is not None:
            self.scheduler.start()

    async def settle(self) -> None:
        """Do everything that can be done now: turns, ticks, sends. For tests and tools."""
        if self._waking is not None:
            await self._waking
        while True:
            await self.worker.idle()
            rung = await self.ticker.tick()
            taken = [await sender.step() for sender in self.senders.values()]
            for sender in self.senders.values():
                await sender.landed()
            if not (rung or any(taken) or self.worker.pending):
                return

    @property
    def address(self) -> str:
        """Where the bot is found in a browser."""
        if self.settings.public_url:
            return self.settings.public_url
        host = "127.0.0.1" if self.settings.host in ("0.0.0.0", "::") else self.settings.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port we serve on; the settings' 0 means "any free one"."""
        if self.settings.port or self._runner is None:
            return self.settings.port
        return int(self._runner.addresses[0][1])

    async def wrong(self) -> dict[str, str]:
        """What keeps the bot from taking work; {} when nothing does."""
        if not self.ready:
            return {"start": "starting or stopping"}
        try:
            await asyncio.wait_for(self.engine.write(_nothing), 5)
        except (StorageError, TimeoutError) as error:
            return {"database": str(error) or "does not answer"}
        return {}

    async def _start_channels(self) -> None:
        """One broken channel never stops the others."""
        for (name, account), channel in list(self.channels.items()):
            try:
                await channel.start(self.intake.accept)
            except Exception as error:
                log.exception("channel %s could not start", name)
                self.refused[f"{name}:{account}" if account else name] = str(error)

    def _heard(self, touched: Touched) -> None:
        for channel in self.channels.values():
            channel.hear(touched)
        if ("outbox", 0) in touched:
            for sender in self.senders.values():
                sender.wake()

    async def _seed(self, db: Database) -> None:
        """The first start takes the shop from its file; later starts leave what the owner changed."""
        try:
            await shop_settings.load(db)
        except LookupError:
            self.seeded_from = shop_source(self.settings.shop_file)
            await shop_settings.seed(db, read_shop(self.seeded_from), self.clock.now())


def look_over(path: Path) -> None:
    """Refuse a damaged file before anything is opened. Raises StorageError naming the newest good backup."""
    selfcheck.refuse_broken(path, lambda: backup.newest_good(backup.folder_of(path)))


async def _nothing(db: Database) -> None:
    await db.one("SELECT 1")


def build(
    settings: Settings, clock: Clock | None = None, *, extra: dict[tuple[str, str], Channel] | None = None
) -> App:
    """Make the bot; nothing is opened yet. `extra` adds channels of a test's own."""
    clock = clock or SystemClock()
    metrics = Metrics()
    engine = SqliteEngine(settings.database_path)
    media = MediaStore(settings.media_dir, engine)
    answers = LiveAnswers(engine, settings.database_path.parent)
    house = House(i18n.catalog, answers.current, shop_settings.load, web_address(settings))
    tools = Tools(settings, engine, clock, metrics, media)
    channels = {**make_channels(tools), **(extra or {})}
    alarms = Alarms(engine, house, clock)
    assist = llm.create(settings, engine, house, clock.monotonic)
    draft = None if assist is None else assist.draft
    worker = Worker(engine, house, channels, clock, metrics, on_aside=alarms.event_set_aside, draft=draft)
    intake = Intake(engine, clock, metrics, worker.feed)
    senders = {
        key: Sender(engine, channel, clock, metrics, on_trouble=alarms.channel_trouble)
        for key, channel in channels.items()
    }
    app = App(
        settings=settings,
        clock=clock,
        engine=engine,
        house=house,
        metrics=metrics,
        media=media,
        answers=answers,
        channels=channels,
        worker=worker,
        intake=intake,
        senders=senders,
        ticker=Ticker(engine, house, clock),
        site=web.Application(),
        assist=assist,
    )
    app.site = make_web(app)
    return app


def make_channels(tools: Tools) -> dict[tuple[str, str], Channel]:
    """The channels whose settings are present. A channel's module is loaded only then."""
    found: dict[tuple[str, str], Channel] = {}
    for module in CHANNELS.values():
        channel = import_module(module).create(tools)
        if channel is not None:
            found[channel.name, channel.account] = channel
    return found


def make_web(app: App) -> web.Application:
    """The pages, the channels' addresses and the health checks, in one application."""
    from .web.health import add_health
    from .web.rooms import ROOMS
    from .web.server import WebHouse, make_app

    def now() -> datetime:
        return app.clock.now()

    async def show_typing(conversation_id: int, name: str) -> None:
        for channel in app.channels.values():
            await channel.show_typing(conversation_id, name)

    house = WebHouse(
        app.engine,
        app.house,
        now,
        app.settings.media_dir,
        app.settings.public_url or "",
        show_typing=show_typing,
        replay=app.worker.replay,
    )
    site = make_app(house, ROOMS)
    for channel in app.channels.values():
        channel.add_routes(site, app.intake.accept)
    add_health(site, app.wrong, app.metrics)
    return site


def shop_source(wanted: Path) -> Path:
    """The owner's shop file, or the demo shop that comes with Chạm as long as there is none."""
    if wanted.exists():
        return wanted
    places = (Path(__file__).parent / DEMO_SHOP, Path(__file__).parent.parent / DEMO_SHOP)  # a wheel; a checkout
    return next((place for place in places if place.exists()), wanted)


def read_shop(path: Path) -> Shop:
    """The shop file. Raises ShopFileError with what to correct."""
    return shop_file.parse(path.read_bytes())


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None, **more: Any) -> AsyncIterator[App]:
    """A bot that serves for as long as the block lasts."""
    app = build(settings, clock, **more)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
