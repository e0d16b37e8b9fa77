"""Counted hours and the ladder. Pure: no database, no Flask, no clock.

A counted hour is an hour of a *helgfri vardag* in Europe/Stockholm wall-clock time. Which dates
are closed is passed in, so that a municipality's setting decides and a test can too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from elevhalsa.domain.places.words import Unit

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DEFAULT_HOURS = 24
LONGEST_CLOSED_RUN = 366


def due_at(
    knocked_at: datetime, hours: float = DEFAULT_HOURS, *, is_closed: Callable[[date], bool]
) -> datetime:
    """The moment when ``hours`` counted hours have passed since ``knocked_at``.

    knocked_at: aware. hours: counted hours, zero or more. is_closed: True for dates that do not
    count. Returns an aware datetime in Europe/Stockholm. A moment that falls exactly on midnight
    is the end of the day before. Hours are wall-clock hours, so that across a clock change the
    promise keeps its time of day.
    Raises ValueError for a naive datetime, negative hours, or if no day opens within a year.
    """
    if knocked_at.tzinfo is None:
        raise ValueError("knocked_at must be aware")
    if hours < 0:
        raise ValueError("hours must not be negative")
    at = knocked_at.astimezone(STOCKHOLM).replace(tzinfo=None)
    left = timedelta(hours=hours)
    closed_run = 0
    while True:
        next_midnight = datetime.combine(at.date() + timedelta(days=1), time())
        if is_closed(at.date()):
            closed_run += 1
            if closed_run > LONGEST_CLOSED_RUN:
                raise ValueError("no open day within a year")
            at = next_midnight
            continue
        closed_run = 0
        if left <= next_midnight - at:
            return _in_stockholm(at + left, earliest=knocked_at)
        left -= next_midnight - at
        at = next_midnight


def guarantee_due(
    knocked_at: datetime, amount: int, unit: Unit, *, is_closed: Callable[[date], bool]
) -> datetime:
    """The date of a guarantee, in Europe/Stockholm: so many counted hours after the knock, or the
    end of the day so many weekdays (calendar days) after the day of the knock.

    knocked_at: aware. amount: one or more. Raises ValueError as ``due_at``.
    """
    if unit is Unit.HOURS:
        return due_at(knocked_at, amount, is_closed=is_closed)
    day, left, closed_run = knocked_at.astimezone(STOCKHOLM).date(), amount, 0
    while left:
        day += timedelta(days=1)
        counts = unit is Unit.CALENDAR_DAYS or not is_closed(day)
        closed_run = 0 if counts else closed_run + 1
        if closed_run > LONGEST_CLOSED_RUN:
            raise ValueError("no open day within a year")
        left -= counts
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=STOCKHOLM)


REMINDED_AFTER = 0.75
"""Of the counted hours to the date of a guarantee or a new attempt, when those who can act are
reminded."""


def reminder_at(
    began_at: datetime, due: datetime, *, is_closed: Callable[[date], bool]
) -> datetime:
    """When those who can act are reminded of a guarantee. Never after its date."""
    hours = counted_hours(began_at, due, is_closed=is_closed)
    return min(due, due_at(began_at, hours * REMINDED_AFTER, is_closed=is_closed))


def counted_hours(start: datetime, end: datetime, *, is_closed: Callable[[date], bool]) -> float:
    """Counted hours from ``start`` to ``end`` (both aware); 0.0 when end is not after start."""
    at = start.astimezone(STOCKHOLM).replace(tzinfo=None)
    stop = end.astimezone(STOCKHOLM).replace(tzinfo=None)
    total = timedelta()
    while at < stop:
        next_midnight = datetime.combine(at.date() + timedelta(days=1), time())
        if not is_closed(at.date()):
            total += min(next_midnight, stop) - at
        at = next_midnight
    return total / timedelta(hours=1)


def _in_stockholm(naive: datetime, *, earliest: datetime) -> datetime:
    """Wall-clock time made aware. An hour that the spring change skips moves past the gap; of the
    two that the autumn change gives the first is meant, unless that is before ``earliest``."""
    aware = naive.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    if aware < earliest:
        aware = naive.replace(tzinfo=STOCKHOLM, fold=1).astimezone(UTC)
    return aware.astimezone(STOCKHOLM)


def is_late(due: datetime, now: datetime, kept_at: datetime | None) -> bool:
    """True when the promise's date has passed and no contact attempt had been made by then."""
    return due < (kept_at or now)


class Audience(StrEnum):
    """Who is told when a rung is reached."""

    STAFF = "staff"
    """Everybody behind the right wall at that school."""
    TAKER = "taker"
    COVER = "cover"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: after so many counted hours without contact, tell these."""

    hours: int
    audience: tuple[Audience, ...]
    opens_wide: bool = False
    """Open the knock to every professional behind its wall in the municipality."""


LAST_RUNG = (Audience.STAFF, Audience.COORDINATOR)
"""Told when the promise breaks, and again while it is not kept."""
_USUAL = (
    (0, (Audience.STAFF,)),
    (12, (Audience.STAFF,)),
    (20, (Audience.TAKER, Audience.COVER)),
)
"""Of a promise of 24 hours; of another the same parts of it."""
REPEATED = timedelta(hours=4)
"""How long those who may read what is late have been at work before they are told again. That
moment is the new *senast*: counted hours run at night, but nobody comes back to a pupil then."""
SELDOM = timedelta(hours=8)
"""As ``REPEATED``, after ``OFTEN`` times: about once a day's work."""
OFTEN = 3
STEP = 4
"""By how many hours the rungs after the promise are numbered."""
MOST_HOURS = 72
"""The longest promise that can be chosen."""
MOST_RUNGS = 4
"""Between the first and the last."""
HURRY = 0.5
"""Of what is urgent, the rungs before the promise come after this part of their hours."""


def usual_ladder(promise_hours: int) -> tuple[Rung, ...]:
    """What a municipality has that has chosen nothing: at 0, 12 and 20 hours of 24, and at last."""
    rungs = [Rung(0, _USUAL[0][1])]
    for hours, audience in _USUAL[1:]:
        here = promise_hours * hours // DEFAULT_HOURS
        if rungs[-1].hours < here < promise_hours:
            rungs.append(Rung(here, audience))
    return (*rungs, _at_last(promise_hours))


def _at_last(promise_hours: int) -> Rung:
    return Rung(promise_hours, LAST_RUNG, opens_wide=True)


def ladder_from(stored: Iterable[Mapping[str, Any]] | None, promise_hours: int) -> tuple[Rung, ...]:
    """A municipality's rungs, lowest first. There is always one when the promise breaks.

    stored: rows like {"hours": 24, "audience": ["staff"], "opens_wide": true}; None for the usual
    ladder.
    Raises ValueError for a row that cannot be read.
    """
    if stored is None:
        return usual_ladder(promise_hours)
    try:
        rungs = [
            Rung(
                int(row["hours"]),
                tuple(Audience(word) for word in row["audience"]),
                bool(row.get("opens_wide", False)),
            )
            for row in stored
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"unreadable rung: {error}") from error
    if all(rung.hours != promise_hours for rung in rungs):
        rungs.append(_at_last(promise_hours))
    return tuple(sorted(rungs, key=lambda rung: rung.hours))


def whole_ladder(promise_hours: int, between: Iterable[Rung]) -> tuple[Rung, ...]:
    """With the two that every ladder has: all are told at once, and when the promise breaks."""
    rungs = sorted(between, key=lambda rung: rung.hours)
    return (Rung(0, (Audience.STAFF,)), *rungs, _at_last(promise_hours))


def is_fit(promise_hours: int, between: Iterable[Rung]) -> bool:
    """A promise that can be kept watch over: each rung of its own hour, before the promise breaks,
    and somebody is told."""
    rungs = list(between)
    return (
        1 <= promise_hours <= MOST_HOURS
        and len(rungs) <= MOST_RUNGS
        and len({rung.hours for rung in rungs}) == len(rungs)
        and all(0 < rung.hours < promise_hours and rung.audience for rung in rungs)
    )


def hurried(ladder: tuple[Rung, ...], promise_hours: int) -> tuple[Rung, ...]:
    """The ladder of what is urgent: the last rung before the promise opens wide and tells everybody
    whom the one after it does. When the rungs come: ``rung_after``."""
    before = [rung for rung in ladder if 0 < rung.hours < promise_hours]
    if not before:
        return ladder
    wider = replace(
        before[-1],
        audience=tuple(dict.fromkeys((*before[-1].audience, *LAST_RUNG))),
        opens_wide=True,
    )
    return tuple(wider if rung is before[-1] else rung for rung in ladder)


def rung_after(rung: Rung, promise_hours: int, *, urgent: bool) -> float:
    """After how many counted hours a rung comes. Urgency shortens; the promise stands."""
    return rung.hours * HURRY if urgent and rung.hours < promise_hours else float(rung.hours)


def number_after(climbed: int, promise_hours: int) -> int:
    """What a rung after the promise is numbered: the promise's hours and one step for each."""
    return max(climbed, promise_hours) + STEP


def worked_before_next(climbed: int, promise_hours: int) -> timedelta:
    """How long somebody has been at work before the rung after ``climbed``, of what is late."""
    times = max(0, climbed - promise_hours) // STEP
    return REPEATED if times < OFTEN else SELDOM


def next_rung(ladder: tuple[Rung, ...], after_hours: int) -> Rung | None:
    """The lowest rung above ``after_hours``, or None at the top."""
    return next((rung for rung in ladder if rung.hours > after_hours), None)
