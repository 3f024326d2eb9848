"""The FAQ index in use: rebuilt off the loop when entries change, swapped at once."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

import care
from care import settings as shop_settings
from care.faq import Entry, FaqIndex
from storage import faq
from storage.database import Database, Engine, Touched

log = logging.getLogger(__name__)

LEARN_AFTER = 3.0  # seconds; the start itself gets the processor first


class LiveAnswers:
    """Holds the newest index. `current()` is what turns use.

    The phrase bank is learnt once per version of Chạm, by a process of its own, and kept in a file of `folder`. Until
    then the index knows the shop's own words only. Without a folder the bank is learnt here, before anything is asked.
    """

    def __init__(self, engine: Engine, folder: Path | None = None, *, learn_after: float = LEARN_AFTER) -> None:
        self._engine = engine
        self._folder = folder
        self._learn_after = learn_after
        self._index: FaqIndex = FaqIndex.build(())
        self._task: asyncio.Task[None] | None = None
        self._learning: asyncio.Task[None] | None = None
        self._building = asyncio.Lock()
        self._knows_topics = True
        self._stale = False

    def current(self) -> Any:
        """The index as it stands now."""
        return self._index

    async def start(self) -> None:
        """Build the first index, then follow the changes."""
        folder = self._folder
        self._knows_topics = folder is None or await asyncio.to_thread(_take_up, folder)
        await self._rebuild()
        self._engine.subscribe(self.hear)
        if folder is not None and not self._knows_topics:
            self._learning = asyncio.create_task(self._learn(folder))

    async def stop(self) -> None:
        """End a learning that is under way; the next start begins it anew."""
        if self._learning is not None:
            self._learning.cancel()
            await self.learnt()

    async def learnt(self) -> None:
        """Wait until the phrase bank is learnt and in use."""
        if self._learning is not None:
            await asyncio.wait({self._learning})

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
        async with self._building:
            entries, thresholds = await self._engine.read(_look)
            bank = None if self._knows_topics else ()
            self._index = await asyncio.to_thread(partial(FaqIndex.build, entries, bank=bank, **thresholds))

    async def _learn(self, folder: Path) -> None:
        """Let another process learn the bank; where it cannot leave a file, learn here."""
        try:
            await asyncio.sleep(self._learn_after)
            if not (await _learn_apart(folder) and await asyncio.to_thread(_take_up, folder)):
                log.warning("the learnt phrase bank could not be kept in %s: every start learns it anew", folder)
                await asyncio.to_thread(_learn_here)
            self._knows_topics = True
            await self._rebuild()
        except Exception:
            log.exception("the phrase bank could not be learnt; the FAQ is searched by its own words")
        else:
            log.info("the phrase bank is learnt and in use")


async def _learn_apart(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    process = await create_subprocess_exec(
        sys.executable, "-m", "care.faq.learn", str(folder),
        stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True, env=_environment(),
    )  # fmt: skip
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _environment() -> dict[str, str]:
    """Ours, and `care` is found from any working directory."""
    places = [str(Path(care.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}


def _take_up(folder: Path) -> bool:
    """Use what was learnt, by this process or into a file of the folder."""
    from care.faq import background, learnt  # numpy is loaded here, not when the command line starts

    if background.adopted():
        return True
    found = learnt.load(learnt.file_in(folder))
    if found is not None:
        background.adopt(found)
    return found is not None


def _learn_here() -> None:
    from care.faq.background import background

    background()


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
