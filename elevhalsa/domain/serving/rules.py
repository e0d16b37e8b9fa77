"""Who is at work where and when: the roster. Pure: no database, no Flask, no clock.

Who serves a school answers digitally wherever she sits, so she answers for all her schools on each
day on which she works at all. Where she is matters to her week; when she works matters to whoever
waits, and to when she may be told. Hours are Swedish wall-clock time.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from elevhalsa.core.walls import Profession

STOCKHOLM = ZoneInfo("Europe/Stockholm")
Closed = Callable[[date], bool]
"""True of a day that does not count and on which nobody works."""

USUAL_HOURS = (8 * 60, 16 * 60 + 30)
"""Minutes after midnight, Monday to Friday: of whoever has not said where she is."""
IN_TIME = timedelta(minutes=30)
"""The last moment of a day's work to be told something: there is time to do something about it."""
AHEAD = timedelta(days=31)
"""How far somebody's next moment at work is looked for."""


@dataclass(frozen=True)
class Span:
    """Aware moments; the end does not belong to it."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Days:
    """Days in a row, the first and the last included. None: without end that way."""

    first: date | None
    last: date | None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: "Days") -> bool:
        """True when they have a day in common."""
        begins_before_end = self.last is None or other.first is None or other.first <= self.last
        ends_after_begin = other.last is None or self.first is None or self.first <= other.last
        return begins_before_end and ends_after_begin


@dataclass(frozen=True)
class Stay:
    """Where somebody is on a weekday."""

    school_id: str
    weekday: int
    """0 is Monday."""
    starts_at: int
    """Minutes after midnight."""
    ends_at: int
    days: Days

    def clashes_with(self, other: "Stay") -> bool:
        """True when nobody could be at both: at some moment they are on at once."""
        return (
            self.weekday == other.weekday
            and self.starts_at < other.ends_at
            and other.starts_at < self.ends_at
            and self.days.meets(other.days)
        )


def not_among(first: date, last: date, some: Collection[Days]) -> list[Days]:
    """The days from one to another, both included, that none of some days in a row has."""
    left, begins = [], first
    while begins <= last:
        if any(begins in days for days in some):
            begins += timedelta(days=1)
            continue
        later = [days.first for days in some if days.first and begins < days.first <= last]
        ends = min(later) - timedelta(days=1) if later else last
        left.append(Days(begins, ends))
        begins = ends + timedelta(days=1)
    return left


@dataclass(frozen=True)
class Covering:
    """A cover that has been accepted."""

    absent_id: str
    school_ids: frozenset[str]
    days: Days


@dataclass(frozen=True)
class Person:
    """One of the staff, as far as it matters to who answers."""

    id: str
    profession: Profession | None
    coordinates: bool
    works: Days
    """As long as there is an account."""
    school_ids: frozenset[str]
    """Assigned to."""
    stays: tuple[Stay, ...] = ()
    away: tuple[Days, ...] = ()
    covering: tuple[Covering, ...] = ()


def serves(person: Person, school_id: str, day: date) -> bool:
    """Assigned there, or covering there on that day."""
    return school_id in person.school_ids or any(
        day in one.days and school_id in one.school_ids for one in person.covering
    )


def _is_off(person: Person, day: date, is_closed: Closed) -> bool:
    return is_closed(day) or day not in person.works or any(day in days for days in person.away)


def stays_on(person: Person, day: date, is_closed: Closed) -> tuple[Stay, ...]:
    """Where she is that day, in order; none when she is away or the day is closed. Who serves one
    school and has said nothing is there in the usual hours."""
    if _is_off(person, day, is_closed):
        return ()
    holding = [stay for stay in person.stays if day in stay.days]
    if not holding and len(person.school_ids) == 1 and day.weekday() < 5:
        (school_id,) = person.school_ids
        return (Stay(school_id, day.weekday(), *USUAL_HOURS, Days(day, day)),)
    there = (stay for stay in holding if stay.weekday == day.weekday())
    return tuple(sorted(there, key=lambda stay: (stay.starts_at, stay.school_id)))


def span_of(stay: Stay, day: date) -> Span:
    """Its hours on a day."""
    return Span(_at(day, stay.starts_at), _at(day, stay.ends_at))


def hours_on(person: Person, day: date, is_closed: Closed) -> tuple[Span, ...]:
    """When she works that day, at whatever school, in order and without overlap. Of one who has no
    place on any day of that time the usual hours; none when she is away or the day is closed."""
    if _is_off(person, day, is_closed):
        return ()
    stays = [stay for stay in person.stays if day in stay.days]
    if not stays:
        hours = [USUAL_HOURS] if day.weekday() < 5 else []
    else:
        hours = [(s.starts_at, s.ends_at) for s in stays if s.weekday == day.weekday()]
    return tuple(Span(_at(day, start), _at(day, end)) for start, end in _merged(hours))


def _merged(hours: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(hours):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _at(day: date, minutes: int) -> datetime:
    days, minutes = divmod(minutes, 24 * 60)
    return datetime.combine(
        day + timedelta(days=days), time(*divmod(minutes, 60)), tzinfo=STOCKHOLM
    )


def is_at_work(person: Person, moment: datetime, is_closed: Closed) -> bool:
    """moment: aware."""
    spans = hours_on(person, moment.astimezone(STOCKHOLM).date(), is_closed)
    return any(span.starts_at <= moment < span.ends_at for span in spans)


def answers_on(person: Person, school_id: str, day: date, is_closed: Closed) -> bool:
    """Somebody who knocks at that school may be answered by her on that day."""
    return serves(person, school_id, day) and bool(hours_on(person, day, is_closed))


def can_be_met(
    person: Person, school_id: str, span: Span, is_closed: Closed, *, on_site: bool
) -> bool:
    """She answers at the school that day; and if she has said when she is where, she is at work for
    all of the span, and at that school if it is on site and she is not just covering there."""
    day = span.starts_at.astimezone(STOCKHOLM).date()
    if not answers_on(person, school_id, day, is_closed):
        return False
    if not any(day in stay.days for stay in person.stays):
        return True
    hours = hours_on(person, day, is_closed)
    if on_site and school_id in person.school_ids:
        stays = stays_on(person, day, is_closed)
        hours = tuple(span_of(stay, day) for stay in stays if stay.school_id == school_id)
    return any(one.starts_at <= span.starts_at and span.ends_at <= one.ends_at for one in hours)


def first_at_work(
    person: Person, after: datetime, until: datetime, is_closed: Closed
) -> datetime | None:
    """The first moment at work, not before the one and before the other (aware)."""
    return next((span.starts_at for span in _spans(person, after, until, is_closed)), None)


def last_at_work(
    person: Person, since: datetime, before: datetime, is_closed: Closed
) -> datetime | None:
    """The last moment in which there is time to do something, not before ``since`` and before
    ``before`` (aware)."""
    last = None
    for span in _spans(person, since, before, is_closed):
        last = max(span.starts_at, span.ends_at - IN_TIME)
    return last


def when_to_tell(
    person: Person,
    nominal: datetime,
    since: datetime,
    is_closed: Closed,
    *,
    until: datetime | None = None,
) -> datetime | None:
    """When to tell somebody what is due at a moment: then, when she is at work; else at the last
    moment at work before it, though not before ``since``; else at the first after it.

    nominal, since: aware. until: how far to look; None: ``AHEAD`` of it. Returns None when she does
    not work before that. Counted hours run at night; people do not (arbetstidslagen (1982:673)
    13 §: the night's rest).
    """
    if is_at_work(person, nominal, is_closed):
        return nominal
    before = last_at_work(person, since, nominal, is_closed)
    return before or first_at_work(person, nominal, until or nominal + AHEAD, is_closed)


def _spans(person: Person, start: datetime, end: datetime, is_closed: Closed) -> Iterator[Span]:
    """What she works between two moments, in order, cut off at both."""
    day = start.astimezone(STOCKHOLM).date()
    while _at(day, 0) < end:
        for span in hours_on(person, day, is_closed):
            starts_at, ends_at = max(span.starts_at, start), min(span.ends_at, end)
            if starts_at < ends_at:
                yield Span(starts_at, ends_at)
        day += timedelta(days=1)


class Roster:
    """The people of a municipality, or those who serve one of its schools, for some days."""

    def __init__(self, people: Sequence[Person], is_closed: Closed) -> None:
        self.people = tuple(people)
        self.is_closed = is_closed

    @cached_property
    def _by_id(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    def person(self, staff_id: str) -> Person | None:
        return self._by_id.get(staff_id)

    def who_answers(
        self,
        school_id: str,
        professions: Collection[Profession],
        day: date,
        avoided: Collection[str] = (),
    ) -> list[Person]:
        """Those of these professions who answer at a school on a day."""
        return [
            person
            for person in self._of(professions, avoided)
            if answers_on(person, school_id, day, self.is_closed)
        ]

    def who_answers_between(
        self,
        school_id: str,
        professions: Collection[Profession],
        start: datetime,
        end: datetime,
        avoided: Collection[str] = (),
    ) -> list[Person]:
        """Those who are at work and answer at the school some time between two moments."""
        return [
            person
            for person in self._of(professions, avoided)
            if self.first_of(person, school_id, start, end)
        ]

    def first_at_work(
        self,
        school_id: str,
        professions: Collection[Profession],
        after: datetime,
        until: datetime,
        avoided: Collection[str] = (),
    ) -> datetime | None:
        """When somebody who may answer is at work for the first time."""
        found = (
            self.first_of(person, school_id, after, until)
            for person in self._of(professions, avoided)
        )
        return min((moment for moment in found if moment), default=None)

    def _of(self, professions: Collection[Profession], avoided: Collection[str]) -> list[Person]:
        return [p for p in self.people if p.profession in professions and p.id not in avoided]

    def first_of(
        self, person: Person, school_id: str, start: datetime, end: datetime
    ) -> datetime | None:
        """When one person is at work and serves the school for the first time."""
        for span in _spans(person, start, end, self.is_closed):
            if serves(person, school_id, span.starts_at.astimezone(STOCKHOLM).date()):
                return span.starts_at
        return None


# --- for the ladder ------------------------------------------------------------------------------

QUARTER = timedelta(minutes=15)


def when_worked(
    people: Collection[Person], start: datetime, long: timedelta, is_closed: Closed
) -> datetime | None:
    """When somebody of these has been at work for so long since ``start`` (aware), two at once
    counted as one, and then the next quarter of an hour. Returns None when that does not come
    within ``AHEAD``."""
    reached, left = start.astimezone(UTC), long
    for number in range(AHEAD.days):
        day = start.astimezone(STOCKHOLM).date() + timedelta(days=number)
        spans = [span for person in people for span in hours_on(person, day, is_closed)]
        for span in sorted(spans, key=lambda span: span.starts_at):
            begins, ends = (
                max(span.starts_at, reached).astimezone(UTC),
                span.ends_at.astimezone(UTC),
            )
            if ends <= begins:
                continue
            if left <= ends - begins:
                return _next_quarter(begins + left)
            left -= ends - begins
            reached = ends
    return None


def _next_quarter(moment: datetime) -> datetime:
    over = (moment - datetime(1970, 1, 1, tzinfo=UTC)) % QUARTER
    return (moment + (QUARTER - over if over else over)).astimezone(STOCKHOLM)
