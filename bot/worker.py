"""Takes stored events in order per lane and runs one turn for each."""

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from care.faq.grounded import Grounded
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
Draft = Callable[[datetime, str, str, Incoming], Awaitable[Grounded | None]]  # asks a language model; never raises


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
        draft: Draft | None = None,
    ) -> None:
        self._engine = engine
        self._house = house
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._pause = pause
        self._on_aside = on_aside
        self._draft = draft
        self._lanes: dict[str, deque[Event]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending = 0
        self._last_fed = 0
        self._left_behind: int | None = None  # the newest event in memory when room ran out
        self._holding = False  # new events stay in the database; `_missed` says that there were some
        self._missed = False
        self._stopping = False

    def hold(self) -> None:
        """Leave new events in the database until `start`: they are safe there, and can be acknowledged."""
        self._holding = True

    async def start(self) -> None:
        """Take up what was accepted but not acted on."""
        await self._catch_up(0)

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
        if self._holding:
            self._missed = True
        else:
            self._feed(new)

    def _feed(self, new: list[Event]) -> None:
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
        found = await self._engine.read(lambda db: events.waiting(db, 0, IN_MEMORY))
        known = {event.id for lane in self._lanes.values() for event in lane}
        room = self._left_behind  # what is newer comes by itself, in its order
        self._feed([one for one in found if one.id not in known and (room is None or one.id <= room)])
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
            await self._catch_up(behind)

    async def _catch_up(self, after: int) -> None:
        """Take what waits in the database. What comes in meanwhile is read from there, too, so that order is kept."""
        self._holding, self._missed = True, True
        while self._missed and not self._stopping:
            self._missed = False
            found = await self._waiting(after)
            self._feed(found)
            after = max([after, *(event.id for event in found)])
            if self._left_behind is None and len(found) == IN_MEMORY:
                self._missed = True
            elif self._left_behind is not None:
                break
        self._holding = False

    async def _waiting(self, after: int) -> list[Event]:
        """The database may be in trouble for a while; without an answer nothing can go on."""
        for pause in itertools.chain(RETRY_SECONDS, itertools.repeat(RETRY_SECONDS[-1])):
            try:
                return await self._engine.read(lambda db: events.waiting(db, after, IN_MEMORY))
            except Exception:
                if self._stopping:
                    raise
                log.exception("what waits could not be read yet")
                await self._pause(pause)
        raise AssertionError("the pauses never end")

    async def _until_done(self, event: Event) -> None:
        """Try until the event is acted on, or set aside so that those behind it go on."""
        for pause in itertools.chain(RETRY_SECONDS, itertools.repeat(RETRY_SECONDS[-1])):
            if self._stopping or await self._try(event):  # tries are counted in the database, as far as it can count
                return
            await self._pause(pause)

    async def _try(self, event: Event) -> bool:
        """True: done with it, one way or the other."""
        started = self._clock.monotonic()
        try:
            incoming, together = await self._read(event)
            drafted = await self._drafted(event, incoming)
            await self._engine.write(lambda db: self._turn(db, event, incoming, together, drafted))
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

    async def _drafted(self, event: Event, incoming: list[Incoming]) -> Grounded | None:
        """What a language model makes of a single message; slow, so it is asked before the turn."""
        if self._draft is None or len(incoming) != 1:
            return None
        return await self._draft(self._clock.now(), event.channel, event.account, incoming[0])

    async def _turn(
        self,
        db: Database,
        event: Event,
        incoming: list[Incoming],
        together: list[int],
        drafted: Grounded | None,
    ) -> None:
        now = self._clock.now()
        if not await events.finish(db, event.id, now):
            return
        for other in together:
            await events.finish(db, other, now)
        for one in incoming:
            await dispatch.hear(self._house, db, now, event.channel, event.account, one, drafted)

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
