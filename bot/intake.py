"""The way in: raw events are committed before anybody is told "received"."""

from collections.abc import Callable, Sequence

from storage import events
from storage.database import Database, Engine
from storage.events import RawEvent
from storage.records import Event

from .clock import Clock
from .metrics import Metrics


class Intake:
    """Commits raw events and hands the new ones on. Raises `storage.database.Overloaded`: answer 503."""

    def __init__(self, engine: Engine, clock: Clock, metrics: Metrics, feed: Callable[[list[Event]], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._feed = feed

    async def accept(self, channel: str, account: str, raws: Sequence[RawEvent]) -> int:
        """Keep the events of one request; returns how many were new. After this they may be acknowledged."""
        now = self._clock.now()

        async def keep(db: Database) -> list[Event]:
            return await events.add_all(db, channel, account, raws, now)

        new = await self._engine.write(keep)
        self._metrics.accepted.labels(channel).inc(len(new))
        if len(new) < len(raws):
            self._metrics.repeated.labels(channel).inc(len(raws) - len(new))
        self._feed(new)
        return len(new)
