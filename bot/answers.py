"""The FAQ index in use: rebuilt off the loop when entries change, swapped at once."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypedDict, TypeVar, cast

from care import settings as shop_settings
from care.faq import Entry, FaqIndex
from storage import faq
from storage.database import Database, Engine, Touched

T = TypeVar("T")
log = logging.getLogger(__name__)


class LiveAnswers:
    """Holds the newest index. `current()` is what turns use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._index: FaqIndex = FaqIndex.build(())
        self._task: asyncio.Task[None] | None = None
        self._stale = False

    def current(self) -> Any:
        """The index as it stands now."""
        return self._index

    async def start(self) -> None:
        """Build the first index, then follow the changes."""
        await self._rebuild()
        self._engine.subscribe(self.hear)

    def hear(self, touched: Touched) -> None:
        """Entries or thresholds changed: build a new index soon, one at a time."""
        if not any(kind in ("faq", "settings") for kind, _ in touched):
            return
        self._stale = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def settled(self) -> None:
        """Wait until the index is up to date."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _follow(self) -> None:
        while self._stale:
            self._stale = False
            try:
                await self._rebuild()
            except Exception:
                log.exception("the FAQ index could not be rebuilt; the old one stays")

    async def _rebuild(self) -> None:
        entries, thresholds = await self._engine.read(_look)
        self._index = await aside(partial(FaqIndex.build, entries, **thresholds))


async def aside(work: Callable[[], T]) -> T:
    """Do slow work in a thread of its own, which does not hold up the end of the process as a pool's would."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():  # nobody waits any more
            return
        if error is None:
            done.set_result(cast(T, result))
        else:
            done.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="cham-faq", daemon=True).start()
    return await done


class Moved(TypedDict, total=False):
    """Thresholds the owner moved."""

    sure: float
    unsure: float


async def _look(db: Database) -> tuple[tuple[Entry, ...], Moved]:
    """The entries, and the thresholds the owner moved."""
    shop = await shop_settings.load(db)
    entries = tuple(Entry(one.id, one.question, one.phrasings, one.topics) for one in await faq.entries(db))
    moved = Moved()
    if shop.thresholds.sure is not None:
        moved["sure"] = shop.thresholds.sure
    if shop.thresholds.unsure is not None:
        moved["unsure"] = shop.thresholds.unsure
    return entries, moved
