"""Tells the owner what is broken, and watches whether the loop still breathes."""

import asyncio
import logging
from collections.abc import Callable

from handlers.messages import Outgoing
from handlers.outbound import say
from handlers.owner import alerts
from handlers.turn import House, Turn
from storage.database import Database, Engine
from storage.records import Event

from .channel import Channel, SendError
from .clock import Clock
from .metrics import Metrics

log = logging.getLogger(__name__)

LAG_EVERY = 0.5  # seconds

News = Callable[[Turn], list[Outgoing]]


class Alarms:
    """Turns trouble into a message to the owners; what cannot be said is at least in the log."""

    def __init__(self, engine: Engine, house: House, clock: Clock) -> None:
        self._engine = engine
        self._house = house
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def event_set_aside(self, event: Event, reason: str) -> None:
        """A poison event: the reason is in the database, the owner gets its number."""
        log.error("event %s of %s was set aside", event.id, event.channel)
        self._soon(lambda turn: alerts.event_set_aside(turn, event.id, event.channel))

    def channel_trouble(self, channel: Channel, error: SendError) -> None:
        """A channel takes nothing any more."""
        log.error("channel %s: %s", channel.name, error.reason)
        self._soon(lambda turn: alerts.channel_trouble(turn, channel.name, error.reason))

    def _soon(self, news: News) -> None:
        task = asyncio.create_task(self._tell(news))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, news: News) -> None:
        try:
            await self._engine.write(lambda db: self._say(db, news))
        except Exception:
            log.exception("the owner could not be told")

    async def _say(self, db: Database, news: News) -> None:
        turn = Turn(house=self._house, db=db, now=self._clock.now(), shop=await self._house.shop(db))
        await say(turn, news(turn))


async def watch_loop(metrics: Metrics) -> None:
    """Measure how late the loop wakes up: a blocked loop shows here first."""
    loop = asyncio.get_running_loop()
    while True:
        planned = loop.time() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY)
        metrics.loop_lag.observe(max(loop.time() - planned, 0))
