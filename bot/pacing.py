"""Token buckets: how fast an account, a chat or a group may be written to."""

from dataclasses import dataclass

from .channel import Pace

FORGET_AFTER = 4096  # full buckets are dropped once there are this many


@dataclass(slots=True)
class Bucket:
    """Holds up to `burst` tokens and gains `rate` a second."""

    pace: Pace
    tokens: float
    at: float  # monotonic seconds

    def refill(self, now: float) -> None:
        self.tokens = min(self.pace.burst, self.tokens + max(now - self.at, 0) * self.pace.rate)
        self.at = now

    def wait(self, now: float) -> float:
        """Seconds until there is a whole token; 0: now."""
        self.refill(now)
        missing = 1 - self.tokens
        return 0.0 if missing <= 1e-9 else missing / self.pace.rate


class Pacer:
    """The buckets of one channel account, and how long it was told to keep quiet."""

    def __init__(self, account: Pace | None) -> None:
        self._account = account
        self._buckets: dict[str, Bucket] = {}
        self._quiet_until: dict[str, float] = {}  # "" is the whole account

    def wait(self, address: str, pace: Pace | None, now: float) -> float:
        """Seconds until one message may go to this chat; 0: now, and it is counted."""
        quiet = max(self._quiet_until.get("", 0), self._quiet_until.get(address, 0)) - now
        chat = self._bucket(address, pace, now)
        wait = max(quiet, chat.wait(now) if chat else 0.0)
        if wait > 0:
            return wait
        whole = self._bucket("", self._account, now)
        if whole is not None and (wait := whole.wait(now)) > 0:
            return wait
        for bucket in (chat, whole):
            if bucket is not None:
                bucket.tokens -= 1
        return 0.0

    def account_wait(self, now: float) -> float:
        """Seconds until the account as a whole may send; nothing is counted."""
        quiet = self._quiet_until.get("", 0) - now
        whole = self._bucket("", self._account, now)
        return max(quiet, whole.wait(now) if whole else 0.0, 0.0)

    def quiet(self, address: str, seconds: float, now: float) -> None:
        """The channel told us to wait: for one chat, or for everybody when `address` is empty."""
        self._quiet_until[address] = max(self._quiet_until.get(address, 0), now + seconds)
        if len(self._quiet_until) > FORGET_AFTER:
            self._quiet_until = {chat: until for chat, until in self._quiet_until.items() if until > now}

    def _bucket(self, address: str, pace: Pace | None, now: float) -> Bucket | None:
        if pace is None:
            return None
        bucket = self._buckets.get(address)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[address] = Bucket(pace, pace.burst, now)
        return bucket

    def _forget(self, now: float) -> None:
        if len(self._buckets) < FORGET_AFTER:
            return
        for bucket in self._buckets.values():
            bucket.refill(now)
        self._buckets = {chat: one for chat, one in self._buckets.items() if one.tokens < one.pace.burst}
