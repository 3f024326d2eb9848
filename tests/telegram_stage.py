"""The stage of tests/cast.py with a real Telegram channel, talking with the simulated Bot API over HTTP.

One clock for everybody: `stage.wait(seconds=3)` is as long for Telegram's flood limits as for our own.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bot import i18n
from bot.channel import Channel, Tools
from bot.channels.telegram.adapter import Telegram
from bot.delivery import Sender
from bot.intake import Intake
from bot.media import MediaStore
from bot.metrics import Metrics
from bot.scheduler import Ticker
from bot.settings import Settings
from bot.worker import Worker
from care import settings as shop_settings
from care import shop as shop_file
from care.faq.store import learnable
from care.shop import Shop
from handlers.turn import House
from storage import outbox, schema, staff, timers
from storage.database import Database
from storage.records import Case, Staff, from_ms
from storage.sqlite import SqliteEngine
from tests.cast import DEMO, Script, TestShop, _index, _no_pause
from tests.clock import FakeClock
from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_people import Group, Person

MOMENT = 0.2  # seconds
PATIENCE = 10  # moments
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 200


class SimClock:
    """The simulator's time is the test's time."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Nobody sleeps here: tests let time pass themselves."""


@dataclass
class Stage(TestShop):
    """Customers on Telegram and on the website, colleagues in groups."""

    sim: TelegramSimulator = None  # type: ignore[assignment]  # always given
    telegram: Telegram = None  # type: ignore[assignment]  # always given

    async def hire(self, name: str, role: str = "staff", *, lead: bool = False) -> Person:
        """A colleague with a Telegram account whose number we know; they have written to the bot before."""
        person = self.sim.person(name, started=True)

        async def add(db: Database) -> Staff:
            one = await staff.add(db, name, role, self.clock.now(), lead=lead)
            account = self.telegram.account
            await staff.add_identity(db, one.id, "telegram", account, str(person.id), self.clock.now())
            return one

        await self.engine.write(add)
        return person

    async def settle(self) -> None:
        """What Telegram has for us is heard; then all is done that needs no more than a second of patience."""
        for _ in range(PATIENCE):
            await self._at_once()
            due = await self.read(lambda db: outbox.next_due(db, "telegram", self.telegram.account))
            if due is None or due > self.clock.now() + timedelta(seconds=1):
                return
            self.clock.forward(seconds=MOMENT)

    async def _at_once(self) -> None:
        while True:
            await self.sim.settled()
            await super().settle()
            await self.telegram.quiet()
            if not self.sim.world.updates.pending:
                return

    async def wait(self, **duration: float) -> None:
        """Let time pass, from one thing due to the next; what waits for the pace is looked at five times a second."""
        until = self.clock.now() + timedelta(**duration)
        while (due := await self._next()) is not None and due <= until:
            self.clock.forward(seconds=max(MOMENT, (due - self.clock.now()).total_seconds()))
            await self.settle()
        self.clock.forward(seconds=max(0.0, (until - self.clock.now()).total_seconds()))
        await self.settle()

    async def _next(self) -> datetime | None:
        now = self.clock.now()
        timer = await self.read(timers.next_due)
        waiting = [None if timer is None else from_ms(timer)]
        for channel in ("telegram", "website"):
            account = self.telegram.account if channel == "telegram" else ""
            waiting.append(await self.read(partial(outbox.next_due, channel=channel, account=account)))
        known = [at for at in waiting if at is not None]
        return max(min(known), now) if known else None

    async def says(self, person: Person, text: str, **where: Any) -> dict[str, Any]:
        """Somebody writes, and everything that follows from it happens."""
        said = await person.says(text, **where)
        await self.settle()
        return said

    async def writes(self, person: Person, group: Group, text: str, **where: Any) -> dict[str, Any]:
        """Somebody writes in a group, and everything that follows from it happens."""
        said = await person.writes(group, text, **where)
        await self.settle()
        return said

    async def taps(self, person: Person, message: Any, label: str) -> str:
        """Somebody presses a button, and everything that follows from it happens."""
        query = await person.taps(message, label)
        await self.settle()
        return query

    async def only_case(self) -> Case:
        """The one case there is."""
        rows = await self.read(lambda db: db.query("SELECT * FROM cases"))
        assert len(rows) == 1, self.told(f"{len(rows)} cases")
        return Case.of(rows[0])

    def transcript(self, place: Any) -> list[str]:
        """What the bot has said there."""
        return [one.text for one in self.sim.delivered(place)]


@asynccontextmanager
async def telegram_stage(
    folder: Path,
    text: str = DEMO,
    *,
    change: Callable[[Shop], Shop] = lambda shop: shop,
    sim: TelegramSimulator | None = None,
    clock: FakeClock | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """A shop on Telegram and the website. With `sim` and `clock` a bot that starts again."""
    clock = clock or FakeClock()
    own = sim is None
    sim = sim or TelegramSimulator(clock=SimClock(clock))
    if own:
        await sim.start()
    path = folder / "cham.db"
    fresh = not path.exists()
    schema.migrate(str(path))
    engine, metrics = SqliteEngine(path), Metrics()
    await engine.start()
    if fresh:
        await engine.write(lambda db: shop_settings.seed(db, change(shop_file.parse(text)), clock.now()))
    values: dict[str, Any] = {"telegram_token": sim.token, "telegram_api_base": sim.base_url}
    tools = Tools(Settings(**(values | settings)), engine, clock, metrics, MediaStore(folder / "media", engine))
    telegram, website = Telegram(tools), Script("website")
    channels: dict[tuple[str, str], Channel] = {("website", ""): website, ("telegram", telegram.account): telegram}
    index = _index(tuple(await engine.read(learnable)))
    house = House(i18n.catalog, lambda: index, shop_settings.load)
    worker = Worker(engine, house, channels, clock, metrics, pause=_no_pause)
    stage = Stage(
        engine=engine,
        clock=clock,
        house=house,
        channels={"website": website},
        worker=worker,
        intake=Intake(engine, clock, metrics, worker.feed),
        senders=[Sender(engine, channel, clock, metrics, chance=Random(1)) for channel in channels.values()],
        ticker=Ticker(engine, house, clock),
        sim=sim,
        telegram=telegram,
    )
    for sender in stage.senders:
        await sender._adopt_orphans()
    await worker.start()
    await telegram.client()  # loading the library takes longer than patience when the machine is busy
    await telegram.start(stage.intake.accept)
    try:
        yield stage
    finally:
        await telegram.stop()
        await worker.stop()
        await telegram.close()
        await engine.stop()
        if own:
            await sim.stop()
