"""What can go wrong between a bot and Telegram, on demand or by seeded chance."""

import random
from collections import deque
from dataclasses import dataclass
from typing import Literal

CallFault = Literal[
    "lost_reply",  # done, but the answer never arrives
    "reset",  # the connection breaks before anything is done
    "server_error",  # 500 with JSON
    "restarting",  # 500 "restart"
    "html_500",
    "bad_gateway",  # 502 with HTML
    "slow",  # done, answered after `seconds`
    "flood",  # 429 with retry_after `seconds`
    "bare_flood",  # 429 without parameters
]
UpdateFault = Literal[
    "duplicate_update",  # the same update_id twice
    "reordered",  # a pressed button overtakes the message before it
    "malformed_update",  # an extra update with required fields missing comes first
    "unknown_update",  # an extra update of a type nobody knows comes first
]
UPDATE_FAULTS = ("duplicate_update", "reordered", "malformed_update", "unknown_update")


@dataclass(frozen=True)
class Fault:
    """One thing that will go wrong."""

    kind: CallFault | UpdateFault
    seconds: float = 5.0


class Faults:
    """`next` plans a fault, `chance` lets it happen at random; one seed is one course of events."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._planned: dict[str, deque[Fault]] = {}
        self._chances: dict[str, list[tuple[float, Fault]]] = {}
        self._outage: Fault | None = None
        self.happened: list[tuple[str, str]] = []  # (method or "update", kind), in order

    def next(self, kind: CallFault | UpdateFault, method: str = "*", *, times: int = 1, seconds: float = 5.0) -> None:
        """Plan a fault for the next `times` calls of a method ("*": any method), or for the next updates."""
        place = "update" if kind in UPDATE_FAULTS else method.lower()
        self._planned.setdefault(place, deque()).extend([Fault(kind, seconds)] * times)

    def chance(
        self, kind: CallFault | UpdateFault, probability: float, method: str = "*", seconds: float = 5.0
    ) -> None:
        """From now on this happens with that probability (0 to 1)."""
        place = "update" if kind in UPDATE_FAULTS else method.lower()
        self._chances.setdefault(place, []).append((probability, Fault(kind, seconds)))

    def outage(self, kind: CallFault = "bad_gateway") -> None:
        """Every call fails until `over`."""
        self._outage = Fault(kind)

    def over(self) -> None:
        """Nothing goes wrong any more: no outage, no chances, no plans."""
        self._outage = None
        self._planned.clear()
        self._chances.clear()

    def for_call(self, method: str) -> Fault | None:
        """What goes wrong with this call."""
        fault = self._outage or self._drawn(method.lower()) or self._drawn("*")
        return self._noted(method, fault)

    def for_update(self) -> Fault | None:
        """What goes wrong with this update."""
        return self._noted("update", self._drawn("update"))

    def _noted(self, place: str, fault: Fault | None) -> Fault | None:
        if fault:
            self.happened.append((place, fault.kind))
        return fault

    def _drawn(self, place: str) -> Fault | None:
        if planned := self._planned.get(place):
            return planned.popleft()
        for probability, fault in self._chances.get(place, ()):
            if self._random.random() < probability:
                return fault
        return None
