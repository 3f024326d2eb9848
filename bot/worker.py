"""Takes stored events in order per lane and runs one turn for each."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers import dispatch
from handlers.messages import Incoming
from handlers.turn import House
from storage import events
from storage.database import Database, Engine
from storage.records import Event

from .channel import Channel
from .clock import Clock
from .metrics import Metrics

log = logging.getLogger(__name__)

TRIES = 5
IN_MEMORY = 10_000  # events; what comes beyond stays in the database until there is room
RETRY_SECONDS = (0.05, 0.2, 1.0, 3.0)

Channels = Mapping[tuple[str, str], Channel]
Pause = Callable[[float], Awaitable[None]]


class Worker:
    """Runs turns. One lane goes one after another; different lanes side by side."""

    def __init__(
        self,
        engine: Engine,
        house: House,
        channels: Channels,
        clock: Clock,
        metrics: Metrics,
        *,
        pause: Pause = asyncio.sleep,
        on_aside: Callable[[Event, str], None] = lambda event, reason: None,
    ) -> None:
        self._engine = engine
        self._house = house
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._pause = pause
        self._on_aside = on_aside
        self._lanes: dict[str, deque[Event]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending = 0
        self._last_fed = 0
        self._left_behind: int | None = None  # the newest event in memory when room ran out
        self._stopping = False

    async def start(self) -> None:
        """Take up what was accepted but not acted on before the last stop."""
        await self._top_up(0)

    async def stop(self) -> None:
        """Finish the turns under way; what waits stays in the database."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=8)

    @property
    def pending(self) -> int:
        """Events in memory, not yet done."""
        return self._pending

    def feed(self, new: list[Event]) -> None:
        """Take new events. Without room they wait in the database."""
        for event in new:
            if self._left_behind is not None:
                return
            if self._pending >= IN_MEMORY:
                self._left_behind = self._last_fed
                return
            self._take(event)

    async def idle(self) -> None:
        """Wait until everything fed has been acted on."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def replay(self, event_id: int | None = None) -> int:
        """Give events that were set aside a fresh start. Returns how many."""

        async def fresh(db: Database) -> int:
            return await events.replay(db, event_id)

        count = await self._engine.write(fresh)
        await self._top_up(0, only_forgotten=True)
        return count

    def _take(self, event: Event) -> None:
        self._pending += 1
        self._last_fed = max(self._last_fed, event.id)
        lane = self._lanes.get(event.lane)
        if lane is not None:
            lane.append(event)
            return
        self._lanes[event.lane] = deque((event,))
        task = asyncio.create_task(self._drain(event.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: str) -> None:
        lane = self._lanes[name]
        try:
            while lane and not self._stopping:
                await self._until_done(lane[0])
                lane.popleft()
                self._pending -= 1
        finally:
            self._pending -= len(lane)
            del self._lanes[name]
        if self._left_behind is not None and self._pending < IN_MEMORY // 2:
            behind, self._left_behind = self._left_behind, None
            await self._top_up(behind)

    async def _top_up(self, after: int, *, only_forgotten: bool = False) -> None:
        async def look(db: Database) -> list[Event]:
            return await events.waiting(db, after, IN_MEMORY)

        known = {event.id for lane in self._lanes.values() for event in lane} if only_forgotten else frozenset()
        self.feed([event for event in await self._engine.read(look) if event.id not in known])

    async def _until_done(self, event: Event) -> None:
        """Try until the event is acted on, or set aside so that those behind it go on."""
        for attempt in range(event.tries, TRIES + 1):
            if self._stopping or await self._try(event):
                return
            await self._pause(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])

    async def _try(self, event: Event) -> bool:
        """True: done with it, one way or the other."""
        started = self._clock.monotonic()
        try:
            incoming, together = await self._read(event)
            await self._engine.write(lambda db: self._turn(db, event, incoming, together))
        except Exception as error:
            log.exception("event %s of %s failed", event.id, event.channel)
            return await self._failed(event, f"{type(error).__name__}: {error}"[:500])
        self._metrics.processed.labels(event.channel).inc()
        self._metrics.turn_seconds.observe(self._clock.monotonic() - started)
        return True

    async def _read(self, event: Event) -> tuple[list[Incoming], list[int]]:
        channel = self._channels.get((event.channel, event.account))
        if channel is None:
            raise LookupError(f"channel {event.channel} is switched off: switch it on and replay the event")
        said, together = await channel.read(event)
        if channel.capabilities.buttons == "none":  # choices are shown as a list there: a typed "2" is a press
            said = [replace(one, extra=one.extra | {"no_buttons": True}) for one in said]
        return said, together

    async def _turn(self, db: Database, event: Event, incoming: list[Incoming], together: list[int]) -> None:
        now = self._clock.now()
        if not await events.finish(db, event.id, now):
            return
        for other in together:
            await events.finish(db, other, now)
        for one in incoming:
            await dispatch.hear(self._house, db, now, event.channel, event.account, one)

    async def _failed(self, event: Event, reason: str) -> bool:
        async def count(db: Database) -> bool:
            return await events.fail(db, event.id, reason, TRIES)

        aside = False
        with contextlib.suppress(Exception):  # the database itself may be the trouble: try again later
            aside = await self._engine.write(count)
        if aside:
            self._metrics.set_aside.labels(event.channel).inc()
            self._on_aside(event, reason)
        return aside
