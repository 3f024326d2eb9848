"""Delivery on a real database, with a network of our own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.delivery import Sender
from bot.metrics import Metrics
from storage import conversations, outbox, schema
from storage.database import Database
from storage.outbox import NewDelivery
from storage.records import Delivery
from storage.sqlite import SqliteEngine
from tests.bot.network import FakeNetwork
from tests.clock import FakeClock


class Post:
    """What the delivery tests do: put messages in, let the loop run, look at what became of them."""

    def __init__(self, engine: SqliteEngine, network: FakeNetwork) -> None:
        self.engine = engine
        self.network = network
        self.clock = FakeClock()
        self.metrics = Metrics()
        self.sender = self.new_sender()

    def new_sender(self) -> Sender:
        return Sender(self.engine, self.network, self.clock, self.metrics, chance=Random(1))

    async def say(self, text: str, to: str = "lan", *, purpose: str = "reply", due_in: float = 0, **more: Any) -> int:
        """Put a message in and return its number."""
        now = self.clock.now()
        payload = {"text": text} | more.pop("payload", {})
        new = NewDelivery("fake", "main", to, purpose, payload, due_at=now + timedelta(seconds=due_in), **more)
        number = await self.engine.write(lambda db: outbox.add(db, new, now))
        assert number is not None
        return number

    async def conversation(self, address: str = "lan") -> int:
        """A conversation at an address."""

        async def begin(db: Database) -> int:
            found, _ = await conversations.begin(
                db, "fake", "main", address, name="", language="vi", at=self.clock.now()
            )
            return found.id

        return await self.engine.write(begin)

    async def run(self) -> None:
        """Everything that can be sent at this moment."""
        while await self.sender.step():
            await self.sender.landed()

    async def wait(self, **duration: float) -> None:
        """Let time pass, then run."""
        self.clock.forward(**duration)
        await self.run()

    async def row(self, number: int) -> Delivery:
        found = await self.engine.read(lambda db: outbox.get(db, number))
        assert found is not None
        return found

    async def state(self, number: int) -> str:
        return (await self.row(number)).state


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
def post(engine: SqliteEngine) -> Post:
    return Post(engine, FakeNetwork())
