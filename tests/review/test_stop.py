"""Stopping takes ten seconds at most: whoever hangs, the others stop beside them and not after them."""

import asyncio
from typing import Any

from bot.app import App


class Meeting:
    """Comes to an end only when all the others are ending as well."""

    def __init__(self, everybody: int) -> None:
        self._barrier = asyncio.Barrier(everybody)

    async def stop(self) -> None:
        await self._barrier.wait()

    async def cleanup(self) -> None:
        await self._barrier.wait()


async def test_site_turns_and_sends_stop_side_by_side() -> None:
    meeting: Any = Meeting(4)
    quiet: Any = type("Engine", (), {"stop": lambda self: asyncio.sleep(0)})()
    nothing: Any = None
    app = App(
        settings=nothing,
        clock=nothing,
        engine=quiet,
        house=nothing,
        metrics=nothing,
        media=nothing,
        answers=quiet,
        channels={},
        worker=meeting,
        intake=nothing,
        senders={("a", ""): meeting, ("b", ""): meeting},
        ticker=nothing,
        site=nothing,
        _runner=meeting,
    )
    await asyncio.wait_for(app.stop(), 2)
