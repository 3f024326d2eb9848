"""What a turn may ask of a database, the same on every engine."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
Params = Mapping[str, Any]
Touched = frozenset[tuple[str, int]]
Listener = Callable[[Touched], None]
Work = Callable[["Database"], Awaitable[T]]

NO_PARAMS: Params = {}


class Database(Protocol):
    """One unit of work. SQL is the common part of SQLite and PostgreSQL, with `:name` parameters."""

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def query(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Run a statement and return all its rows; also for `INSERT … RETURNING`."""
        ...

    async def one(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        ...

    def touch(self, kind: str, id: int) -> None:
        """Say what changed; listeners hear it after the commit, never after a rollback."""
        ...


class Engine(Protocol):
    """A place where units of work run."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work alone and whole; returns after the commit."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run a unit of work that only looks, on one snapshot."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on the loop after commits; returns how to stop that."""
        ...


class StorageError(Exception):
    """The database could not do what was asked; the text says why and what to do."""


class Overloaded(StorageError):
    """Too much work is waiting: the caller answers "try again later" and nothing is kept."""


class WaitedInTurn(StorageError):
    """A turn waited for something other than the database, which would hold up everybody."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never really waits, and return its result.

    On SQLite a statement has finished when it is awaited, so a turn runs through in one go. One that
    waits for the network or a timer is a mistake: it would block the only writer.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    coroutine.close()
    raise WaitedInTurn(f"{getattr(coroutine, '__qualname__', 'a turn')} awaited something other than the database")
