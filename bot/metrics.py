"""Numbers for `/metrics`: one registry per process, labels from fixed sets only."""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)  # seconds
SLOW = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200)  # seconds
DELIVERY_STATES = ("ready", "sending", "sent", "failed", "uncertain", "cancelled", "expired")


class Metrics:
    """Made once by `bot/app.py` and handed to whoever counts. `channel` is a channel's name, never an address."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events()
        self._outbox()
        self._process()

    def _events(self) -> None:
        by_channel = ["channel"]
        self.accepted = self._counter("events_accepted", "Events committed before they were acknowledged", by_channel)
        self.repeated = self._counter("events_repeated", "Events that had been accepted before", by_channel)
        self.refused = self._counter("events_refused", "Requests refused: forged, oversized or broken", by_channel)
        self.processed = self._counter("events_processed", "Events whose turn is done", by_channel)
        self.set_aside = self._counter("events_set_aside", "Events set aside after the last try", by_channel)
        self.turn_seconds = self._histogram("turn_seconds", "One turn, from the first line to its commit", [], FAST)

    def _outbox(self) -> None:
        self.outbox = Gauge("cham_outbox", "Messages by state of delivery", ["state"], registry=self.registry)
        self.delivered = self._counter("deliveries", "Attempts by outcome", ["channel", "outcome"])
        self.delivery_seconds = self._histogram("delivery_seconds", "From being due to being sent", ["channel"], SLOW)
        for state in DELIVERY_STATES:
            self.outbox.labels(state).set(0)

    def _process(self) -> None:
        self.sockets = Gauge("cham_open_sockets", "Open chat and desk connections", ["kind"], registry=self.registry)
        self.job_errors = self._counter("job_errors", "Scheduled jobs that failed", ["job"])
        self.job_misses = self._counter("job_misses", "Scheduled jobs that ran too late or not at all", ["job"])
        self.loop_lag = self._histogram("loop_lag_seconds", "How late the event loop woke up", [], FAST)

    def _counter(self, name: str, says: str, labels: list[str]) -> Counter:
        return Counter(f"cham_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, labels: list[str], edges: tuple[float, ...]) -> Histogram:
        return Histogram(f"cham_{name}", says, labels, buckets=edges, registry=self.registry)

    def count_outbox(self, by_state: Mapping[str, int]) -> None:
        """Set the gauge of every state; one that is absent has no rows."""
        for state in DELIVERY_STATES:
            self.outbox.labels(state).set(by_state.get(state, 0))

    def page(self) -> bytes:
        """What `/metrics` answers, in the text format."""
        return generate_latest(self.registry)
