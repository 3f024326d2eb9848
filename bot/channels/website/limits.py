"""How much one address may do: new visitors an hour, messages a minute."""

from dataclasses import dataclass, field

FORGET_AFTER = 10_000  # addresses


@dataclass(slots=True)
class Window:
    """Counts what happened since `start`, for one address."""

    start: float
    count: int = 0


@dataclass(slots=True)
class Limit:
    """At most `most` within `seconds` for each address; 0 means no limit."""

    most: int
    seconds: float
    _windows: dict[str, Window] = field(default_factory=dict)

    def allows(self, address: str, now: float) -> bool:
        """Count one more. `now` in monotonic seconds."""
        if not self.most:
            return True
        window = self._windows.get(address)
        if window is None or now - window.start >= self.seconds:
            self._forget(now)
            window = self._windows[address] = Window(now)
        window.count += 1
        return window.count <= self.most

    def seconds_left(self, address: str, now: float) -> int:
        """When to come back."""
        window = self._windows.get(address)
        return 0 if window is None else max(1, round(window.start + self.seconds - now))

    def _forget(self, now: float) -> None:
        if len(self._windows) >= FORGET_AFTER:
            self._windows = {key: one for key, one in self._windows.items() if now - one.start < self.seconds}
