"""The service's figures as Prometheus reads them, asked of the database at each reading."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from elevhalsa.domain.operations.queries import Figures


def text(figures: Figures, queue_length: int | None) -> bytes:
    """Prometheus text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Now(figures, queue_length))
    return generate_latest(registry)


class _Now(Collector):
    def __init__(self, figures: Figures, queue_length: int | None) -> None:
        self._figures = figures
        self._queue_length = queue_length

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures = self._figures
        knocks = GaugeMetricFamily(
            "elevhalsa_open_knocks", "Knocks that are not closed or withdrawn", labels=["state"]
        )
        for state, count in figures.open_by_state.items():
            knocks.add_metric([state], count)
        yield knocks
        yield GaugeMetricFamily(
            "elevhalsa_late_knocks",
            "Open knocks whose promise has passed without a contact attempt",
            value=figures.late,
        )
        yield GaugeMetricFamily(
            "elevhalsa_outbox_waiting",
            "Notices that should have left and have not",
            value=figures.notices_waiting,
        )
        yield GaugeMetricFamily(
            "elevhalsa_outbox_oldest_seconds",
            "How long the longest waiting notice has waited since it was posted",
            value=figures.oldest_notice_seconds,
        )
        yield GaugeMetricFamily(
            "elevhalsa_mail_waiting",
            "Letters that should have left and have not",
            value=figures.letters_waiting,
        )
        yield GaugeMetricFamily(
            "elevhalsa_mail_oldest_seconds",
            "How long the longest waiting letter has waited since it was posted",
            value=figures.oldest_letter_seconds,
        )
        for name, since, seconds in (
            ("sweep", "the last finished sweep of the promises", figures.swept_seconds_ago),
            ("push_refused", "a push service last refused our keys or headers",
             figures.push_refused_seconds_ago),
            ("guessed", "more wrong codes were tried than anybody mistypes",
             figures.guessed_seconds_ago),
            ("flooded", "so many knocks came at once that they were set aside",
             figures.flooded_seconds_ago),
            ("sms_stopped", "a cap last kept an SMS back", figures.sms_stopped_seconds_ago),
        ):  # fmt: skip
            if seconds is not None:  # else it has never happened
                yield GaugeMetricFamily(f"elevhalsa_{name}_age_seconds", f"Since {since}", seconds)
        yield GaugeMetricFamily(
            "elevhalsa_queue_up",
            "1 when the job queue answers",
            value=0 if self._queue_length is None else 1,
        )
        if self._queue_length is not None:
            yield GaugeMetricFamily(
                "elevhalsa_queue_length", "Jobs that wait", value=self._queue_length
            )
