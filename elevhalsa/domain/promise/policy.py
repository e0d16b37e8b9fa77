"""What a municipality has decided about its promise, as one value: hours, calendar, ladder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.places.queries import Terms

from . import rules
from .models import FormerTerms
from .rules import Rung


@dataclass(frozen=True)
class Policy:
    hours: int
    """Counted hours within which contact is promised."""
    eves_closed: bool
    stored_ladder: Sequence[Mapping[str, Any]] | None

    @cached_property
    def ladder(self) -> tuple[Rung, ...]:
        """Raises ValueError when what is stored cannot be read."""
        return rules.ladder_from(self.stored_ladder, self.hours)

    @property
    def is_closed(self) -> Callable[[date], bool]:
        return closed_days(eves_closed=self.eves_closed)

    def due_at(self, start: datetime, hours: float | None = None) -> datetime:
        """When so many counted hours (the promised ones when left out) have passed."""
        counted = self.hours if hours is None else hours
        return rules.due_at(start, counted, is_closed=self.is_closed)

    def counted_hours(self, start: datetime, end: datetime) -> float:
        return rules.counted_hours(start, end, is_closed=self.is_closed)

    def next_rung(self, after_hours: int, *, urgent: bool = False) -> Rung | None:
        """The lowest rung above ``after_hours``; None at the top, where what is late is told anew
        (``rules.REPEATED``)."""
        ladder = rules.hurried(self.ladder, self.hours) if urgent else self.ladder
        return rules.next_rung(ladder, after_hours)

    def rung_at(self, start: datetime, rung: Rung, *, urgent: bool = False) -> datetime:
        """When a rung comes, by counted hours."""
        return self.due_at(start, rules.rung_after(rung, self.hours, urgent=urgent))

    def below(self, rung: Rung, *, urgent: bool = False) -> Rung | None:
        """The rung under one; None under the lowest."""
        ladder = rules.hurried(self.ladder, self.hours) if urgent else self.ladder
        return next((one for one in reversed(ladder) if one.hours < rung.hours), None)


def policy_of(municipality: Municipality | Terms | FormerTerms) -> Policy:
    return Policy(
        hours=municipality.promise_hours,
        eves_closed=municipality.eves_closed,
        stored_ladder=municipality.ladder,
    )
