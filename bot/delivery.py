"""The way out: claim, guards, pace, send, settle. One loop for all purposes; nothing else sends or retries."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from storage import outbox
from storage.database import Database, Engine, Work
from storage.records import Delivery

from . import guards
from .channel import (
    Ambiguous,
    Channel,
    Down,
    Misconfigured,
    Moved,
    Rejected,
    Rendered,
    SendError,
    Throttled,
    Unreachable,
)
from .clock import Clock
from .metrics import Metrics
from .outcome import Again, decide
from .pacing import Pacer
from .render import render

log = logging.getLogger(__name__)

MAILBOX_BATCH = 256
LEASE = timedelta(seconds=90)
SEND_DEADLINE = 30.0  # seconds for one attempt, whatever the channel's client does
IDLE_SECONDS = 5.0  # the database is looked at at least this often
BREAK_AFTER = 5  # failures in a row before a channel gets a rest
REST_SECONDS = (5.0, 15.0, 60.0)
SETTLE_SECONDS = (0.1, 0.5, 2.0, 5.0)  # between tries to keep an outcome; the last one for as long as it takes

Trouble = Callable[[Channel, SendError], None]
Pause = Callable[[float], Awaitable[None]]


class Sender:
    """Sends what one channel account has to say."""

    def __init__(
        self,
        engine: Engine,
        channel: Channel,
        clock: Clock,
        metrics: Metrics,
        *,
        checks: tuple[guards.Guard, ...] = guards.GUARDS,
        chance: random.Random | None = None,
        on_trouble: Trouble = lambda channel, error: None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._engine = engine
        self._channel = channel
        self._clock = clock
        self._metrics = metrics
        self._checks = checks
        self._chance = chance or random.Random()  # noqa: S311  (spreads retries, guards nothing)
        self._on_trouble = on_trouble
        self._pause = pause
        self._pacer = Pacer(channel.capabilities.account_pace)
        self._flying: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._failures = 0  # in a row
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Settle what a crash left open, then begin to send."""
        await self._adopt_orphans()
        self._loop_task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take nothing new, let the sends under way finish."""
        self._stopping = True
        self._wake.set()
        if self._loop_task is not None:
            await asyncio.wait({self._loop_task}, timeout=5)
        if self._flying:
            await asyncio.wait(self._flying, timeout=8)

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def step(self) -> int:
        """Take and start what may be sent now; returns how many messages were taken."""
        if self._channel.capabilities.mailbox:
            return await self._post()
        return await self._launch()

    async def landed(self) -> None:
        """Wait until every send under way is settled."""
        while self._flying:
            await asyncio.wait(self._flying)

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                taken = await self.step()
                wait = 0.0 if taken else await self._seconds_to_next()
            except Exception:  # the database is in trouble: what is due stays due
                log.exception("delivery on %s stumbled", self._channel.name)
                wait = 1.0
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)

    async def _seconds_to_next(self) -> float:
        """How long nothing can be due, unless somebody wakes us."""
        name, account = self._channel.name, self._channel.account
        if len(self._flying) >= self._channel.capabilities.in_flight:
            return IDLE_SECONDS
        now, mailbox = self._clock.now(), self._channel.capabilities.mailbox
        due = await self._engine.read(lambda db: outbox.next_due(db, name, account, now, mailbox=mailbox))
        if due is None:
            return IDLE_SECONDS
        ahead = (due - now).total_seconds()
        paced = self._pacer.account_wait(self._clock.monotonic())
        return min(max(ahead, paced, 0.02), IDLE_SECONDS)

    # Mailboxes: ours to keep, so taking and sending are one commit and nothing is ever in doubt.

    async def _post(self) -> int:
        now = self._clock.now()
        posted, seen = await self._engine.write(lambda db: self._post_due(db, now))
        if posted:
            self._metrics.delivered.labels(self._channel.name, "sent").inc(len(posted))
            for one in posted:
                self._metrics.delivery_seconds.labels(self._channel.name).observe((now - one.due_at).total_seconds())
        return seen

    async def _post_due(self, db: Database, now: datetime) -> tuple[list[Delivery], int]:
        due = await outbox.due(db, self._channel.name, self._channel.account, now, MAILBOX_BATCH, mailbox=True)
        posted = []
        for delivery in due:
            if await self._passes(db, delivery, now) and await outbox.post(db, delivery, now):
                posted.append(delivery)
        return posted, len(due)

    async def _passes(self, db: Database, delivery: Delivery, now: datetime) -> bool:
        verdict = await guards.check(db, delivery, now, self._checks)
        if isinstance(verdict, guards.Hold):
            await outbox.hold(db, delivery.id, verdict.until, verdict.reason)
        elif verdict is not None:
            await outbox.end(db, delivery, verdict.state, verdict.reason, now)
        return verdict is None

    # Networks: take first, commit, then call; the outcome is one of three kinds.

    async def _launch(self) -> int:
        room = self._channel.capabilities.in_flight - len(self._flying)
        if room <= 0 or self._stopping:
            return 0
        taken = await self._engine.write(lambda db: self._take(db, room))
        for delivery in taken:
            task = asyncio.create_task(self._fly(delivery))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return len(taken)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._wake.set()

    async def _take(self, db: Database, room: int) -> list[Delivery]:
        now, tick = self._clock.now(), self._clock.monotonic()
        taken: list[Delivery] = []
        if self._pacer.account_wait(tick) > 0:
            return taken
        due = await outbox.due(db, self._channel.name, self._channel.account, now, room * 4, mailbox=False)
        for delivery in due:
            if len(taken) >= room or self._pacer.account_wait(tick) > 0:
                break
            if not await self._passes(db, delivery, now):
                continue
            wait = self._pacer.wait(delivery.address, self._channel.pace_of(delivery.address), tick)
            if wait > 0:
                until = now + timedelta(seconds=wait)
                await outbox.hold(db, delivery.id, until, delivery.reason, keeps_place=True)
            elif await outbox.claim(db, delivery.id, now + LEASE):
                taken.append(replace(delivery, tries=delivery.tries + 1))
        return taken

    async def _fly(self, delivery: Delivery) -> None:
        """Send the parts not yet out and settle the row."""
        try:
            ids, in_doubt = await self._send_parts(delivery)
        except SendError as error:
            await self._refused(delivery, error)
        else:
            await self._took(delivery, ids, in_doubt)

    async def _send_parts(self, delivery: Delivery) -> tuple[list[str], str]:
        """The channel's ids, and what is in doubt about a part ("": nothing). Raises SendError."""
        ids, parts = list(delivery.external_ids), self._parts(delivery)
        in_doubt = Ambiguous.reason if len(ids) < delivery.part else ""  # a part of an earlier try has no id
        for part in parts[delivery.part :]:
            try:
                ids.append(await self._attempt(part))
            except Ambiguous as doubt:
                if part.part + 1 >= len(parts) or not (delivery.ambiguous or delivery.purpose == "marketing"):
                    raise
                in_doubt = doubt.detail or doubt.reason  # later parts must not wait for this one
            if len(parts) > 1:
                await self._progress(delivery, part.part + 1, ids)
        return ids, in_doubt

    def _parts(self, delivery: Delivery) -> list[Rendered]:
        try:
            return render(delivery, self._channel.capabilities)
        except Exception as error:  # what cannot be written down must not hold up its lane
            log.exception("message %s cannot be written down for %s", delivery.id, self._channel.name)
            raise Rejected(type(error).__name__) from error

    async def _progress(self, delivery: Delivery, part: int, ids: list[str]) -> None:
        known = list(ids)
        await self._settle(lambda db: outbox.progress(db, delivery.id, part, known))

    async def _attempt(self, part: Rendered) -> str:
        try:
            async with asyncio.timeout(SEND_DEADLINE):
                return await self._channel.send(part)
        except TimeoutError as error:
            raise Ambiguous("no answer in time") from error
        except SendError:
            raise
        except Exception as error:  # an adapter's mistake must not stop the loop, nor send twice
            log.exception("channel %s failed in an unknown way", self._channel.name)
            raise Ambiguous(type(error).__name__) from error

    async def _took(self, delivery: Delivery, ids: list[str], in_doubt: str) -> None:
        now = self._clock.now()

        async def settle(db: Database) -> None:
            if in_doubt:
                await outbox.end(db, delivery, "uncertain", in_doubt, now)
            else:
                await outbox.sent(db, delivery, ids, now)

        await self._settle(settle)
        self._failures = 0
        self._metrics.delivered.labels(self._channel.name, "uncertain" if in_doubt else "sent").inc()
        self._metrics.delivery_seconds.labels(self._channel.name).observe((now - delivery.due_at).total_seconds())

    async def _refused(self, delivery: Delivery, error: SendError) -> None:
        now = self._clock.now()
        self._slow_down(delivery, error)
        outcome = decide(error, delivery, now, self._chance)

        async def settle(db: Database) -> None:
            if isinstance(error, Moved):
                await outbox.readdress(db, self._channel.name, self._channel.account, delivery.address, error.address)
            if isinstance(outcome, Again):
                await outbox.again(db, delivery, outcome.at, outcome.reason, ambiguous=outcome.ambiguous)
                return
            await outbox.end(db, delivery, outcome.state, outcome.reason, now)
            if isinstance(error, Unreachable):
                await outbox.unreachable(db, delivery)

        await self._settle(settle)
        name = "again" if isinstance(outcome, Again) else outcome.state
        self._metrics.delivered.labels(self._channel.name, name).inc()

    async def _settle(self, work: Work[None]) -> None:
        """Keep the outcome, however long the database is in trouble: an open row would hold up its lane for ever."""
        for wait in itertools.chain(SETTLE_SECONDS, itertools.repeat(SETTLE_SECONDS[-1])):
            try:
                await self._engine.write(work)
                return
            except Exception:
                log.exception("an outcome on %s could not be kept yet", self._channel.name)
                if self._stopping:  # the next start finds the row, and takes it for one in doubt
                    return
                await self._pause(wait)

    def _slow_down(self, delivery: Delivery, error: SendError) -> None:
        """Give the chat or the whole channel a rest when it asks for one."""
        tick = self._clock.monotonic()
        if isinstance(error, Throttled):
            self._pacer.quiet("" if error.everyone else delivery.address, error.after, tick)
        elif isinstance(error, Misconfigured):
            self._pacer.quiet("", 60.0, tick)
            self._on_trouble(self._channel, error)
        elif isinstance(error, Down):
            self._failures += 1
            if self._failures >= BREAK_AFTER:
                rest = REST_SECONDS[min(self._failures - BREAK_AFTER, len(REST_SECONDS) - 1)]
                self._pacer.quiet("", rest, tick)
                self._on_trouble(self._channel, error)

    async def _adopt_orphans(self) -> None:
        """Rows that were under way when the last process died: in doubt, except in a mailbox."""
        now = self._clock.now()
        await self._engine.write(lambda db: self._adopt(db, now))

    async def _adopt(self, db: Database, now: datetime) -> None:
        lost = Ambiguous("stopped while sending")
        for delivery in await outbox.orphans(db, self._channel.name, self._channel.account):
            outcome = decide(lost, delivery, now, self._chance)
            if isinstance(outcome, Again):
                await outbox.again(db, delivery, outcome.at, outcome.reason, ambiguous=outcome.ambiguous)
            else:
                await outbox.end(db, delivery, outcome.state, outcome.reason, now)
