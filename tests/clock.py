"""Our own clock: time moves only when a test says so."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # Saturday, 10:00 in Vietnam


class FakeClock:
    """Wall and monotonic time that stand still."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def forward(self, **duration: float) -> None:
        """Let time pass: `forward(minutes=3)`."""
        self._now += timedelta(**duration)
