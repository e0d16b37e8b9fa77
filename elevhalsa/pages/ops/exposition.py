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
        if figures.swept_seconds_ago is not None:
            yield GaugeMetricFamily(
                "elevhalsa_sweep_age_seconds",
                "Since the last finished sweep of the promises",
                value=figures.swept_seconds_ago,
            )
        if figures.push_refused_seconds_ago is not None:
            yield GaugeMetricFamily(
                "elevhalsa_push_refused_age_seconds",
                "Since a push service last refused our keys or headers",
                value=figures.push_refused_seconds_ago,
            )
        if figures.guessed_seconds_ago is not None:
            yield GaugeMetricFamily(
                "elevhalsa_guessed_age_seconds",
                "Since more wrong codes were tried than anybody mistypes",
                value=figures.guessed_seconds_ago,
            )
        if figures.flooded_seconds_ago is not None:
            yield GaugeMetricFamily(
                "elevhalsa_flooded_age_seconds",
                "Since so many knocks came at once that they were set aside",
                value=figures.flooded_seconds_ago,
            )
        if figures.sms_stopped_seconds_ago is not None:
            yield GaugeMetricFamily(
                "elevhalsa_sms_stopped_age_seconds",
                "Since a cap last kept an SMS back",
                value=figures.sms_stopped_seconds_ago,
            )
        yield GaugeMetricFamily(
            "elevhalsa_queue_up",
            "1 when the job queue answers",
            value=0 if self._queue_length is None else 1,
        )
        if self._queue_length is not None:
            yield GaugeMetricFamily(
                "elevhalsa_queue_length", "Jobs that wait", value=self._queue_length
            )
