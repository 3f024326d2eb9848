"""How many messages a group may still get in this minute. Every call counts: topics, edits and cards alike."""

from collections import deque

from bot.channel import Throttled

MINUTE = 60.0  # seconds


class Budget:
    """Counts what went to each group in the last minute."""

    def __init__(self, per_minute: float) -> None:
        self._most = max(int(per_minute), 1)
        self._spent: dict[str, deque[float]] = {}

    def take(self, address: str, now: float, count: int = 1) -> None:
        """Count `count` messages to a group. Raises Throttled when there is no room: surely nothing was sent."""
        spent = self._spent.setdefault(address, deque())
        while spent and spent[0] <= now - MINUTE:
            spent.popleft()
        count = min(count, self._most)
        if (over := len(spent) + count - self._most) > 0:
            raise Throttled(spent[over - 1] + MINUTE - now + 0.05, detail="the group's minute is full")
        spent.extend([now] * count)
