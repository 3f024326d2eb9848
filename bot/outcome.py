"""What to do after an attempt to send: the one place that decides about retries.

Surely not sent: again later. Nobody knows: service messages once more, marketing never (reliability: at most
two copies, and none of an advertisement). Refused for good: end, with the reason.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import Delivery

from .channel import Ambiguous, Misconfigured, Moved, SendError, Throttled

AMBIGUOUS_RETRY = timedelta(seconds=5)
FIRST_PAUSE = 2.0  # seconds
LONGEST_PAUSE = 600.0
MOST_TRIES = 200  # about a day of the longest pauses


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more at this time."""

    at: datetime
    reason: str
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """failed or uncertain, with the reason."""

    state: str
    reason: str


def decide(error: SendError, delivery: Delivery, now: datetime, chance: random.Random) -> Again | End:
    """What becomes of a message that a channel did not clearly take."""
    reason = f"{error.reason}: {error.detail}" if error.detail else error.reason
    if isinstance(error, Ambiguous):
        if delivery.ambiguous or delivery.purpose == "marketing":
            return End("uncertain", reason)
        return Again(now + AMBIGUOUS_RETRY, reason, ambiguous=True)
    if not error.retry:
        return End("uncertain" if delivery.ambiguous else "failed", reason)
    if delivery.tries >= MOST_TRIES:
        return End("uncertain" if delivery.ambiguous else "failed", reason)
    if isinstance(error, Moved):
        return Again(now, reason)
    if isinstance(error, Throttled):
        return Again(now + timedelta(seconds=error.after * (1 + 0.1 * chance.random())), reason)
    if isinstance(error, Misconfigured):
        return Again(now + timedelta(seconds=60), reason)
    return Again(now + timedelta(seconds=pause(delivery.tries, chance)), reason)


def pause(tries: int, chance: random.Random) -> float:
    """Seconds before the next try: growing, and never the same for everybody."""
    longest = min(FIRST_PAUSE * 2.0 ** min(tries, 12), LONGEST_PAUSE)
    return longest * (0.5 + 0.5 * chance.random())
