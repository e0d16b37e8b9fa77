"""Rules of a consultation. Pure: no database, no Flask, no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from elevhalsa.core.walls import Profession
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise import rules as promise

from .words import OPEN, Concerns, Form, Outcome, Role, State, Theme

USUAL_HOURS = 48
"""Counted hours within which whoever asks hears from somebody, where nothing else is decided."""
LEAST_HOURS, MOST_HOURS = 1, 120
TEXT_KEPT = timedelta(days=30)
"""Wall-clock, from when a text was written until it is taken away; of the number to call, from when
the consultation ended."""
MOST_TEXT = 2000
MOST_MINUTES = 480
SHORT = 15
"""Minutes: what is called short in the figures."""
MORNING = time(8)
"""When the day of a follow-up begins, Swedish time."""
MOST_AHEAD = timedelta(days=180)
REMINDED, LATE = 1, 2
"""The rungs of a wait (``Wait.rung_hours``): reminded of; too late."""
AGAIN_HOURS = 24
"""Counted hours from one word of what is late to the next."""

Closed = Callable[[date], bool]


@dataclass(frozen=True)
class Asked:
    """What somebody said."""

    form_id: str
    role: Role
    theme: Theme
    concerns: Concerns
    form: Form
    wanted: Profession | None
    """None: whoever is free first."""
    phone: str | None
    call_when: str | None
    text: str | None

    def said(self) -> str:
        """In one line, by which the same form with other words is told from the same."""
        parts = (self.role, self.theme, self.concerns, self.form, self.wanted, self.phone,
                 self.call_when, self.text)  # fmt: skip
        return "\n".join(str(part or "") for part in parts)


def due(asked_at: datetime, hours: int, is_closed: Closed) -> datetime:
    """*Senast*, in Europe/Stockholm. hours: counted. Raises ValueError as ``promise.due_at``."""
    return promise.due_at(asked_at, hours, is_closed=is_closed)


def is_fit(hours: int) -> bool:
    return LEAST_HOURS <= hours <= MOST_HOURS


def is_kept(due_at: datetime, contacted_at: datetime | None, now: datetime) -> bool:
    """Has the promise held so far?"""
    return not promise.is_late(due_at, now, contacted_at)


def again_at(now: datetime, is_closed: Closed) -> datetime:
    """Of what is late: when it is told of anew, and the new *senast*."""
    return promise.due_at(now, AGAIN_HOURS, is_closed=is_closed)


def follow_up_at(day: date) -> datetime:
    """When a follow-up is due to be begun on."""
    return datetime.combine(day, MORNING, promise.STOCKHOLM)


def follow_up_due(day: date, is_closed: Closed) -> datetime:
    """By when it must have been done: the end of that day, or of the first weekday after."""
    return promise.guarantee_due(
        datetime.combine(day - timedelta(days=1), MORNING, promise.STOCKHOLM), 1,
        Unit.WEEKDAYS, is_closed=is_closed,
    )  # fmt: skip


def may_take(state: State) -> bool:
    return state is State.WAITING


def may_release(state: State, *, has_contact: bool) -> bool:
    """Given back to the others, who has said nothing yet."""
    return state is State.TAKEN and not has_contact


def may_answer(state: State) -> bool:
    return state in (State.TAKEN, State.FOLLOW_UP)


def may_withdraw(state: State) -> bool:
    return state in OPEN


def after(outcome: Outcome) -> State:
    return State.FOLLOW_UP if outcome is Outcome.FOLLOW_UP else State.CLOSED


def kept_until(written_at: datetime) -> datetime:
    """Of a text."""
    return written_at + TEXT_KEPT
