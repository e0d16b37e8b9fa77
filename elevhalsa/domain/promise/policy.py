"""What a municipality has decided about its promise, as one value: hours, calendar, ladder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.places.models import Municipality

from . import rules
from .rules import Rung


@dataclass(frozen=True)
class Policy:
    hours: int
    """Counted hours within which contact is promised."""
    eves_closed: bool
    ladder: tuple[Rung, ...]
    retention: timedelta
    """How long what was written is kept after a knock has ended."""

    @property
    def is_closed(self) -> Callable[[date], bool]:
        return closed_days(eves_closed=self.eves_closed)

    def due_at(self, start: datetime, hours: float | None = None) -> datetime:
        """When so many counted hours (the promised ones when left out) have passed."""
        counted = self.hours if hours is None else hours
        return rules.due_at(start, counted, is_closed=self.is_closed)

    def counted_hours(self, start: datetime, end: datetime) -> float:
        return rules.counted_hours(start, end, is_closed=self.is_closed)

    def next_rung(self, after_hours: int) -> Rung | None:
        return rules.next_rung(self.ladder, after_hours)


def policy_of(municipality: Municipality) -> Policy:
    """Raises ValueError when the stored ladder cannot be read."""
    return Policy(
        hours=municipality.promise_hours,
        eves_closed=municipality.eves_closed,
        ladder=rules.ladder_from(municipality.ladder, municipality.promise_hours),
        retention=timedelta(days=municipality.retention_days),
    )
