"""SQLite: one writer thread that commits many units of work together, and a few readers.

Exactly one connection writes and checkpoints; readers are query-only. Times and shapes: `schema.py`.
"""

import asyncio
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlite_utils.db import Database as SqliteDatabase
from sqlite_utils.utils import sqlite3

from .database import NO_PARAMS, Listener, Overloaded, Params, Row, StorageError, Touched, Work, drive

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH = 256  # units of work in one commit
WAITING = 20_000  # units of work that may wait before callers are told to come back later
READERS = 3
BUSY_TIMEOUT_MS = 5_000
LOCK_TRIES = 6  # of 5 s each: a lock of up to 30 s is waited for

Settlement = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Unit:
    """One unit of work on one connection."""

    __slots__ = ("connection", "touched")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.touched: set[tuple[str, int]] = set()

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        return cast(int, self.connection.execute(sql, params).rowcount)

    async def query(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        cursor = self.connection.execute(sql, params)
        rows = cursor.fetchall()
        if not rows:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def one(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        cursor = self.connection.execute(sql, params)
        row = cursor.fetchone()
        if row is None:
            return None
        found = dict(zip([column[0] for column in cursor.description], row, strict=True))
        cursor.fetchall()  # a half-read query would hold its snapshot and stop the checkpoint
        return found

    def touch(self, kind: str, id: int) -> None:
        self.touched.add((kind, id))


@dataclass(slots=True)
class Job:
    work: Work[Any]
    future: "asyncio.Future[Any]"


def open_writer(path: str) -> Any:
    """The one read-write connection. Its three settings belong to the connection, not to the file."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
    SqliteDatabase(connection, execute_plugins=False, strict=True).enable_wal()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA cache_size=-16384")  # KiB
    return connection


def open_reader(path: str) -> Any:
    """A connection that can only look; used by one pool thread, closed by another."""
    uri = f"{Path(path).absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only=1")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection


class SqliteEngine:
    """Units of work on a SQLite file. Start it inside the loop whose callers it serves."""

    def __init__(self, path: str | os.PathLike[str], *, waiting: int = WAITING) -> None:
        self.path = os.fspath(path)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting_limit = waiting
        self._waiting = 0
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._reader = threading.local()
        self._open_readers: list[Any] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.lock_waits = 0  # how often a batch was tried again because the file was locked

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        started: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="cham-writer", daemon=True)
        self._thread.start()
        await started
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="cham-reader")

    async def stop(self) -> None:
        """Finish what waits, fold the log into the file and close."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._jobs.put(None)
        await asyncio.to_thread(thread.join)
        if self._readers is not None:
            self._readers.shutdown(wait=True)
        for connection in self._open_readers:
            connection.close()

    @property
    def waiting(self) -> int:
        """Units of work not yet committed."""
        return self._waiting

    async def write(self, work: Work[T]) -> T:
        if self._thread is None or self._loop is None:
            raise StorageError("the database is not open")
        if self._waiting >= self._waiting_limit:
            raise Overloaded(f"{self._waiting} units of work are waiting")
        self._waiting += 1
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(Job(work, future))
        return await future

    async def read(self, work: Work[T]) -> T:
        if self._readers is None or self._loop is None:
            raise StorageError("the database is not open")
        return await self._loop.run_in_executor(self._readers, self._look, work)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _look(self, work: Work[T]) -> T:
        connection = getattr(self._reader, "connection", None)
        if connection is None:
            connection = self._reader.connection = open_reader(self.path)
            self._open_readers.append(connection)
        connection.execute("BEGIN")
        try:
            return drive(cast("Coroutine[Any, Any, T]", work(Unit(connection))))
        finally:
            connection.execute("ROLLBACK")

    def _run(self, started: "asyncio.Future[None]") -> None:
        loop = cast(asyncio.AbstractEventLoop, self._loop)
        try:
            connection = open_writer(self.path)
        except Exception as error:
            loop.call_soon_threadsafe(started.set_exception, StorageError(f"cannot open {self.path}: {error}"))
            return
        loop.call_soon_threadsafe(started.set_result, None)
        try:
            while (jobs := self._take()) is not None:
                outcome = self._commit(connection, jobs)
                loop.call_soon_threadsafe(self._settle, *outcome)
        finally:
            connection.close()

    def _take(self) -> list[Job] | None:
        """What waits, at most a batch; None when asked to stop and nothing is left before it."""
        first = self._jobs.get()
        if first is None:
            return None
        jobs = [first]
        while len(jobs) < BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)  # finish this batch first
                break
            jobs.append(job)
        return jobs

    def _commit(self, connection: Any, jobs: list[Job]) -> tuple[list[Settlement], set[tuple[str, int]]]:
        try:
            _begin(connection, self)
        except Exception as error:
            return [(job.future, None, _explained(error)) for job in jobs], set()
        touched: set[tuple[str, int]] = set()
        try:
            done = [_attempt(connection, job, touched) for job in jobs]
            connection.execute("COMMIT")
        except Exception as error:  # disk full, for one: nothing of the batch was kept
            _roll_back(connection)
            return [(job.future, None, _explained(error)) for job in jobs], set()
        return done, touched

    def _settle(self, done: list[Settlement], touched: set[tuple[str, int]]) -> None:
        self._waiting -= len(done)
        if touched:
            self._tell(frozenset(touched))
        for future, result, error in done:
            if future.done():  # the caller was cancelled; the work is committed all the same
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _tell(self, touched: Touched) -> None:
        for listener in list(self._listeners):
            try:
                listener(touched)
            except Exception:
                log.exception("a listener failed")


def _begin(connection: Any, engine: SqliteEngine) -> None:
    """Take the write lock first, so that no unit of work fails half-way for want of it."""
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not tries_left:
                raise
            engine.lock_waits += 1
            time.sleep(0.05)


def _attempt(connection: Any, job: Job, touched: set[tuple[str, int]]) -> Settlement:
    """Run one unit of work in its own savepoint: it fails alone."""
    unit = Unit(connection)
    if not connection.in_transaction:  # a full disk rolled back the units before this one, too
        raise StorageError("the database gave up the whole batch")
    connection.execute("SAVEPOINT unit")
    try:
        result = drive(cast("Coroutine[Any, Any, Any]", job.work(unit)))
    except BaseException as error:  # a turn that exits or is cancelled must not take the only writer with it
        if connection.in_transaction:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
        return job.future, None, _explained(error)
    connection.execute("RELEASE unit")
    touched |= unit.touched
    return job.future, result, None


def _roll_back(connection: Any) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _explained(error: BaseException) -> BaseException:
    """The same error, or one whose text says what to do."""
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return StorageError("the disk is full: free some space, the bot goes on by itself")
    if not isinstance(error, Exception) or isinstance(error, StopIteration):  # no future takes these for an answer
        return StorageError(f"a unit of work ended with {type(error).__name__}")
    return error
