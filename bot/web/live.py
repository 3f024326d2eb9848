"""Open pages hear what changed. Notices carry no data: the page asks anew, with its own rights.

A colleague's streams stop at once, before the next notice, when anything about them changed; they go on
only after the database has confirmed that the very same login still counts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from care import logins
from care.logins import Login
from storage.database import Engine, Touched

log = logging.getLogger(__name__)

BREATH = 20.0  # seconds between signs of life; each one also checks the login
GATHER = 0.12  # seconds in which changes are gathered into one notice

LIST = frozenset({"case", "conversation", "customer"})  # what the list of cases is made of


@dataclass(eq=False)
class Stream:
    """One open page: what it watches and what it has not yet heard."""

    login: Login
    watched: frozenset[tuple[str, int]]
    wants_list: bool = True
    news: set[str] = field(default_factory=set)
    held: bool = False  # until the login is confirmed
    ended: bool = False
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, touched: Touched) -> None:
        """Note what of this concerns the page."""
        if self.wants_list and any(kind in LIST for kind, _ in touched):
            self.news.add("list")
        if touched & self.watched:
            self.news.add("case")
        if self.news:
            self.awake.set()

    def end(self) -> None:
        """Nothing more may be sent."""
        self.ended = True
        self.news.clear()
        self.awake.set()

    async def next(self) -> list[str] | None:
        """What to tell: names of events, [] for a sign of life. None: close."""
        try:
            async with asyncio.timeout(BREATH):
                await self.awake.wait()
                await asyncio.sleep(GATHER)
        except TimeoutError:
            pass
        if self.ended:
            return None
        self.awake.clear()
        if self.held:
            return []
        news, self.news = sorted(self.news), set()
        return news


class Hub:
    """All open streams. Start it inside the loop whose engine it listens to."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._streams: set[Stream] = set()
        self._checks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._unsubscribe = self._engine.subscribe(self._changed)

    async def stop(self) -> None:
        """Close every stream."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        for stream in list(self._streams):
            stream.end()
        if self._checks:
            await asyncio.gather(*self._checks, return_exceptions=True)

    def open(self, login: Login, watched: frozenset[tuple[str, int]], *, wants_list: bool = True) -> Stream:
        """Start a stream for a page; give it back to `close`."""
        stream = Stream(login, watched, wants_list)
        self._streams.add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """The page is gone."""
        self._streams.discard(stream)

    @property
    def watching(self) -> int:
        """How many pages are open."""
        return len(self._streams)

    async def still_counts(self, stream: Stream) -> bool:
        """Ask the database whether the login of a stream still holds; ends it if not."""
        login = stream.login
        found = await self._engine.read(lambda db: logins.login_by_hash(db, login.session.token_hash, self._now()))
        if found is None or found.staff.role != login.staff.role:
            stream.end()
            return False
        stream.held = False
        if stream.news:
            stream.awake.set()
        return True

    def _changed(self, touched: Touched) -> None:
        people = {number for kind, number in touched if kind == "staff"}
        for stream in self._streams:
            if stream.login.staff.id in people:
                stream.held = True
                self._later(self._check(stream))
            stream.hear(touched)

    async def _check(self, stream: Stream) -> None:
        try:
            await self.still_counts(stream)
        except Exception:  # a stream we cannot vouch for is closed, the page opens a new one
            log.exception("a login could not be checked")
            stream.end()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)
