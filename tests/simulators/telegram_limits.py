"""Time and flood limits of the Telegram simulator: per chat, per group, for the whole bot."""

import asyncio
import heapq
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Protocol

from tests.simulators.telegram_request import too_many


class Clock(Protocol):
    """Seconds since 1970, and waiting."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The clock on the wall."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(max(seconds, 0))


class ManualClock:
    """A clock that only moves when a test says so."""

    def __init__(self, start: float = 1_790_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        self._asleep = asyncio.Condition()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has gone that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._count, future))
        async with self._asleep:
            self._asleep.notify_all()
        await future

    async def advance(self, seconds: float) -> None:
        """Let time pass and wake those whose time has come."""
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
        await asyncio.sleep(0)

    async def until_sleeping(self, for_seconds: float | None = None) -> None:
        """Wait (really, but without polling) until somebody sleeps, or sleeps for exactly that long from now."""

        def found() -> bool:
            awake_at = [at for at, _, future in self._sleepers if not future.done()]
            return any(for_seconds is None or math.isclose(at - self._now, for_seconds) for at in awake_at)

        async with self._asleep:
            await asyncio.wait_for(self._asleep.wait_for(found), 10)


@dataclass(frozen=True)
class Limits:
    """How much the bot may send. The numbers are Telegram's published ones; a test may lift or tighten them."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20  # shared by all topics of a forum; edits and new topics count too
    group_burst: int = 20  # messages at once in a group, within the minute's budget
    overall_per_second: int = 30
    silent_wait: float = 0.0  # the real server waits inside the request up to about 8 s before it answers 429
    callback_deadline: float = 60.0  # seconds in which a pressed button may be answered
    webhook_per_second: bool = True  # a second setWebhook within a second is refused
    enforced: bool = True

    @classmethod
    def lifted(cls) -> "Limits":
        """No flood limits at all, for load tests."""
        return cls(enforced=False, webhook_per_second=False)


class Flood:
    """Counts what was sent and refuses what is too much. Refused sends cost nothing."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._paces: dict[int, float] = defaultdict(float)
        self._groups: dict[int, deque[float]] = defaultdict(deque)
        self._overall: deque[float] = deque()

    def charge(self, chat_id: int, is_group: bool, count: int = 1) -> None:
        """Count `count` messages to a chat, or raise a 429 that says how long to wait."""
        if not self.limits.enforced:
            return
        now = self._clock.now()
        wait = max(self._wait(chat_id, is_group, count, now))
        if wait > 0:
            raise too_many(math.ceil(wait))
        self._spend(chat_id, is_group, count, now)

    def _wait(self, chat_id: int, is_group: bool, count: int, now: float) -> tuple[float, float, float]:
        limits = self.limits
        burst = max(limits.group_burst if is_group else limits.chat_burst, count)
        pace = self._paces[chat_id] - now - (burst - count) / limits.chat_per_second
        group = _window_wait(self._groups[chat_id], limits.group_per_minute, 60.0, count, now) if is_group else 0.0
        return pace, group, _window_wait(self._overall, limits.overall_per_second, 1.0, count, now)

    def _spend(self, chat_id: int, is_group: bool, count: int, now: float) -> None:
        self._paces[chat_id] = max(self._paces[chat_id], now) + count / self.limits.chat_per_second
        self._overall.extend([now] * count)
        if is_group:
            self._groups[chat_id].extend([now] * count)


def _window_wait(sent: deque[float], most: int, span: float, count: int, now: float) -> float:
    while sent and sent[0] <= now - span:
        sent.popleft()
    too_many_by = len(sent) + min(count, most) - most
    return sent[too_many_by - 1] + span - now if too_many_by > 0 else 0.0
