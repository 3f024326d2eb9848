"""What happens by the clock: a tick for what is due, and the nightly housekeeping. APScheduler keeps the time."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from handlers import dispatch
from handlers.turn import House
from storage import events, logins, outbox, timers
from storage.database import Database, Engine
from storage.records import Timer

from .clock import Clock
from .metrics import Metrics

log = logging.getLogger(__name__)

TICK_SECONDS = 1
TRIES = 5
AGAIN_AFTER = timedelta(seconds=30)
KEEP_RAW_EVENTS = timedelta(days=90)  # reliability C11


class Ticker:
    """Rings the timers that have come due; a test rings them itself."""

    def __init__(self, engine: Engine, house: House, clock: Clock) -> None:
        self._engine = engine
        self._house = house
        self._clock = clock

    async def tick(self) -> int:
        """Ring everything due; returns how many timers rang."""
        rung = 0
        while due := await self._due():
            for timer in due:
                await self._ring(timer)
            rung += len(due)
        return rung

    async def _due(self) -> list[Timer]:
        now = self._clock.now()
        return await self._engine.read(lambda db: timers.due(db, now))

    async def _ring(self, timer: Timer) -> None:
        try:
            await self._engine.write(lambda db: dispatch.ring(self._house, db, self._clock.now(), timer))
        except Exception as error:
            log.exception("timer %s (%s) failed", timer.id, timer.kind)
            reason = f"{type(error).__name__}: {error}"[:500]
            await self._engine.write(lambda db: self._failed(db, timer, reason))

    async def _failed(self, db: Database, timer: Timer, reason: str) -> None:
        await timers.fail(db, timer.id, reason, TRIES, self._clock.now() + AGAIN_AFTER)


class Housekeeping:
    """Small regular chores."""

    def __init__(
        self, engine: Engine, clock: Clock, metrics: Metrics, make_backup: Callable[[], Awaitable[object]]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._make_backup = make_backup

    async def back_up(self) -> None:
        """Make the nightly backup; the oldest ones are dropped."""
        await self._make_backup()

    async def count(self) -> None:
        """Bring the gauges up to date."""
        since = self._clock.now() - timedelta(days=1)
        self._metrics.count_outbox(await self._engine.read(lambda db: outbox.count_by_state(db, since)))

    async def forget(self) -> None:
        """Drop the texts of old raw events, a slice at a time; their keys stay."""
        before = self._clock.now() - KEEP_RAW_EVENTS
        while await self._engine.write(lambda db: events.forget_before(db, before)):
            pass
        await self._engine.write(lambda db: logins.forget_before(db, before))


class Scheduler:
    """Jobs declared in code, with fixed names; due work itself is rows in our tables."""

    def __init__(self, ticker: Ticker, chores: Housekeeping, metrics: Metrics, zone: Any) -> None:
        self._metrics = metrics
        self._scheduler = AsyncIOScheduler(
            timezone=zone, job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
        )
        self._scheduler.add_listener(self._heard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        every = IntervalTrigger(seconds=TICK_SECONDS, timezone=zone)
        self._scheduler.add_job(ticker.tick, every, id="tick", replace_existing=True)
        self._scheduler.add_job(
            chores.count, IntervalTrigger(seconds=15, timezone=zone), id="count", replace_existing=True
        )
        self._scheduler.add_job(
            chores.forget, CronTrigger(hour=3, minute=10, timezone=zone), id="forget", replace_existing=True
        )

        self._scheduler.add_job(
            chores.back_up, CronTrigger(hour=3, minute=30, timezone=zone), id="back_up", replace_existing=True
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _heard(self, event: Any) -> None:
        """A tick that overlaps is no trouble: the one under way does its work."""
        if event.code == EVENT_JOB_ERROR:
            self._metrics.job_errors.labels(event.job_id).inc()
            log.error("job %s failed: %r", event.job_id, event.exception)
        elif event.code == EVENT_JOB_MISSED:
            self._metrics.job_misses.labels(event.job_id).inc()
