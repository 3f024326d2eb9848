"""Metrics: every number has a place from the first scrape on, and two processes never share one."""

from bot.metrics import DELIVERY_STATES, Metrics


def test_every_state_of_delivery_is_shown_from_the_start() -> None:
    page = Metrics().page().decode()
    assert all(f'cham_outbox{{state="{state}"}} 0.0' in page for state in DELIVERY_STATES)


def test_a_state_without_rows_goes_back_to_zero() -> None:
    metrics = Metrics()
    metrics.count_outbox({"ready": 3})
    assert metrics.registry.get_sample_value("cham_outbox", {"state": "ready"}) == 3
    metrics.count_outbox({"sent": 1})
    assert metrics.registry.get_sample_value("cham_outbox", {"state": "ready"}) == 0


def test_counts_are_kept_apart_by_channel_and_registry() -> None:
    one, other = Metrics(), Metrics()
    one.accepted.labels("website").inc()
    one.turn_seconds.observe(0.002)
    assert 'cham_events_accepted_total{channel="website"} 1.0' in one.page().decode()
    assert 'cham_turn_seconds_bucket{le="0.0025"} 1.0' in one.page().decode()
    assert "website" not in other.page().decode()
