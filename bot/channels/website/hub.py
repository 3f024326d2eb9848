"""The open windows of the website chat, and how they hear what is new."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.clock import Clock
from storage import mailbox
from storage.database import Database, Engine, Touched
from storage.mailbox import Mail

from . import frames

log = logging.getLogger(__name__)


class Window(Protocol):
    """Where frames go: a socket, or a poll that waits."""

    async def push(self, frame: dict[str, Any]) -> None: ...


@dataclass(eq=False)
class Guest:
    """One open window of a visitor: how far it has seen, and where to send."""

    visitor: str
    cursor: int
    window: Window
    conversation_id: int | None = None
    told_at: datetime | None = None  # edits before this are known


@dataclass
class News:
    """What one look at the database found for one guest."""

    guest: Guest
    lines: list[Mail] = field(default_factory=list)
    changes: list[Mail] = field(default_factory=list)


class Hub:
    """Knows the open windows; after each commit it looks up what is new for those concerned."""

    def __init__(self, engine: Engine, clock: Clock, name: str, account: str) -> None:
        self._engine = engine
        self._clock = clock
        self._name = name
        self._account = account
        self._by_conversation: dict[int, set[Guest]] = {}
        self._strangers: set[Guest] = set()  # have no conversation yet
        self._dirty: set[int] = set()
        self._changed: set[int] = set()
        self._pump: asyncio.Task[None] | None = None
        self._open = True

    def __len__(self) -> int:
        return len(self._strangers) + sum(len(guests) for guests in self._by_conversation.values())

    async def join(self, guest: Guest) -> None:
        """Open a window: replay what it missed, then keep it posted."""
        guest.told_at = self._clock.now()
        self._strangers.add(guest)  # first, so that a commit in between is heard
        number = await self._engine.read(lambda db: self._find(db, guest.visitor))
        if number is not None:
            self._introduce(guest, number)
            await self._tell([guest], frozenset())

    def leave(self, guest: Guest) -> None:
        """Close a window."""
        self._strangers.discard(guest)
        if guest.conversation_id is not None:
            guests = self._by_conversation.get(guest.conversation_id, set())
            guests.discard(guest)
            if not guests:
                self._by_conversation.pop(guest.conversation_id, None)

    def guests(self) -> list[Guest]:
        """Every open window."""
        return [*self._strangers, *(guest for guests in self._by_conversation.values() for guest in guests)]

    def hear(self, touched: Touched) -> None:
        """A commit: remember whom it concerns and look soon. Called on the loop after each commit."""
        for kind, number in touched:
            if kind == "conversation" and (self._strangers or number in self._by_conversation):
                self._dirty.add(number)
            elif kind == "line":
                self._dirty.add(number)
                self._changed.add(number)
        if self._dirty and self._open and (self._pump is None or self._pump.done()):
            self._pump = asyncio.create_task(self._run())

    async def show_typing(self, conversation_id: int, name: str) -> None:
        """A colleague is typing."""
        for guest in list(self._by_conversation.get(conversation_id, ())):
            await guest.window.push({"t": "typing", "name": name})

    async def close(self) -> None:
        """Stop looking."""
        self._open = False
        if self._pump is not None:
            await asyncio.wait({self._pump}, timeout=2)

    async def _run(self) -> None:
        while self._dirty and self._open:
            dirty, self._dirty = self._dirty, set()
            changed, self._changed = self._changed, set()
            try:
                await self._meet(dirty)
                guests = [guest for number in dirty for guest in self._by_conversation.get(number, ())]
                await self._tell(guests, frozenset(changed))
            except Exception:
                log.exception("the website chat could not look for news")

    async def _meet(self, dirty: set[int]) -> None:
        """Strangers whose first message has just made a conversation."""
        if not self._strangers:
            return

        async def look(db: Database) -> dict[str, int]:
            found = {number: await mailbox.visitor_of(db, number, self._name, self._account) for number in dirty}
            return {visitor: number for number, visitor in found.items() if visitor is not None}

        known = await self._engine.read(look)
        for guest in list(self._strangers):
            if guest.visitor in known:
                self._introduce(guest, known[guest.visitor])

    def _introduce(self, guest: Guest, number: int) -> None:
        """From now on this window follows its conversation, unless it was closed meanwhile."""
        if guest in self._strangers:
            self._strangers.discard(guest)
            guest.conversation_id = number
            self._by_conversation.setdefault(number, set()).add(guest)

    async def _find(self, db: Database, visitor: str) -> int | None:
        return await mailbox.conversation_of(db, self._name, self._account, visitor)

    async def _tell(self, guests: list[Guest], changed: frozenset[int]) -> None:
        if not guests:
            return

        async def look(db: Database) -> list[News]:
            return [await self._news(db, guest, changed) for guest in guests]

        for news in await self._engine.read(look):
            await self._push(news)

    async def _news(self, db: Database, guest: Guest, changed: frozenset[int]) -> News:
        number = guest.conversation_id
        if number is None:
            return News(guest)
        news = News(guest, await mailbox.since(db, number, guest.cursor))
        if number in changed and guest.told_at is not None:
            news.changes = await mailbox.changed(db, number, guest.told_at, guest.cursor)
        return news

    async def _push(self, news: News) -> None:
        guest = news.guest
        for mail in news.changes:
            await guest.window.push(frames.line(mail, "update"))
        if news.changes:
            times = [at for mail in news.changes for at in (mail.edited_at, mail.recalled_at, guest.told_at) if at]
            guest.told_at = max(times, default=None)
        for mail in news.lines:
            if mail.seq > guest.cursor:  # another look may have been faster
                guest.cursor = mail.seq
                await guest.window.push(frames.line(mail))
