"""Standing times: staff set them, and what can be booked in them follows. Nothing here commits.

Whose times a pupil is offered: those of whoever has the knock; of one that nobody has, those of
everybody who may take it now, and never of whom the pupil avoids (``serving``).
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from elevhalsa.core import clock, labels
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving import rules as roster
from elevhalsa.extensions import db

from . import queries, rules
from .models import StandingTime
from .words import MeetingWay

MOST = 40
"""Of one person's."""
SHOWN, SHOWN_A_DAY = 9, 3
"""Of the times that a pupil can book, the next."""


@dataclass(frozen=True)
class Wanted:
    """What one of the staff wants a standing time to be. Minutes after midnight; days included."""

    school_id: str
    weekday: int
    starts_at: int
    ends_at: int
    minutes: int
    way: MeetingWay
    place: str | None
    starts_on: date | None
    ends_on: date | None


# --- staff ---------------------------------------------------------------------------------------


def of(staff: Staff) -> list[StandingTime]:
    """One person's, in the order of the week; those that are over are left out."""
    return list(
        db.session.scalars(
            select(StandingTime)
            .where(StandingTime.staff_id == staff.id, _is_to_come(clock.today()))
            .options(joinedload(StandingTime.school))
            .order_by(StandingTime.weekday, StandingTime.starts_at, StandingTime.id)
        )
    )


def has_any(staff: Staff, school_id: str) -> bool:
    """Has one person any at a school?"""
    known = exists().where(
        StandingTime.staff_id == staff.id,
        StandingTime.school_id == school_id,
        _is_to_come(clock.today()),
    )
    return bool(db.session.scalar(select(known)))


def one_of(staff: Staff, standing_id: str) -> StandingTime:
    """Raises NotFound for one that is not this person's."""
    found = db.session.scalar(
        select(StandingTime).where(
            StandingTime.id == standing_id, StandingTime.staff_id == staff.id
        )
    )
    if found is None:
        raise NotFound(_("Tiden finns inte längre."))
    return found


def put(staff: Staff, wanted: Wanted, standing: StandingTime | None = None) -> StandingTime:
    """Set a new one, or change one. Raises InvalidInput, with the field, for what cannot be."""
    _check(staff, wanted)
    if standing is None:
        if len(of(staff)) >= MOST:
            raise InvalidInput(_("Högst %(most)s tider får plats. Ta bort någon först.", most=MOST))
        standing = StandingTime(id=new_id(), staff_id=staff.id)
        db.session.add(standing)
    for name, value in vars(wanted).items():
        setattr(standing, name, value)
    db.session.flush()
    return standing


def remove(standing: StandingTime) -> None:
    """What has been booked in it stands."""
    db.session.delete(standing)


def _check(staff: Staff, wanted: Wanted) -> None:
    if wanted.school_id not in {one.id for one in serving.schools_of(staff, clock.now())}:
        raise InvalidInput(_("Välj en av dina skolor."), "school")
    if wanted.starts_at >= wanted.ends_at:
        raise InvalidInput(_("Sluttiden måste vara efter starttiden."), "ends_at")
    if not rules.LEAST_MINUTES <= wanted.minutes <= rules.MOST_MINUTES:
        raise InvalidInput(_("Ett möte är 5 till 240 minuter."), "minutes")
    if wanted.minutes > wanted.ends_at - wanted.starts_at:
        raise InvalidInput(_("Mötet får inte plats mellan tiderna."), "minutes")
    if wanted.starts_on and wanted.ends_on and wanted.starts_on > wanted.ends_on:
        raise InvalidInput(_("Sista dagen är före den första."), "ends_on")
    if wanted.ends_on and wanted.ends_on < clock.today():
        raise InvalidInput(_("Dagen har varit. Välj i dag eller en senare dag."), "ends_on")
    lacking = rules.lacks(wanted.way, wanted.place)
    if lacking:
        raise InvalidInput(labels.of(lacking), "place")


# --- what can be booked --------------------------------------------------------------------------


@dataclass(frozen=True)
class Free:
    """A time that can be booked."""

    standing: StandingTime
    span: rules.Span

    @property
    def key(self) -> str:
        """By which it is named in a form."""
        return f"{self.standing.id}~{self.span.starts_at.timestamp():.0f}"


def free_for(knock: Knock, key: str | None = None, *, hold: bool = False) -> list[Free]:
    """What the pupil can book, in order. Nothing for a knock that has ended, or was set aside as
    one of many alike; while nobody has it, of each day at most half (``rules.free_times``).

    key: only this one, if it can be. hold: of two who book one person's times at once, the second
    waits here until the first has, and gets what is left.
    """
    if not knock.is_open or knock.flood:
        return []
    now, today = clock.now(), clock.today()
    known = _at_school(knock, today, key)
    if not known:
        return []
    if hold:
        _hold({one.staff_id for one in known})
    last = clock.local(now + rules.BOOKABLE).date()
    people = serving.roster(
        knock.municipality_id,
        today,
        last,
        policy_of(knock.municipality).is_closed,
        school_id=knock.school_id,
    )
    may = _who_may(knock, people)
    busy = queries.busy_of(may, knock, now, now + rules.BOOKABLE)
    found: list[Free] = []
    for standing in known:
        person = people.person(standing.staff_id)
        if person and person.id in may:
            spans = rules.free_times(
                standing.weekly,
                now=now,
                is_there=IsThere(person, standing, people.is_closed),
                busy=busy[person.id].all,
                is_known=knock.taken_by_id is not None,
            )
            found += [Free(standing, span) for span in spans]
    if key is not None:
        return [one for one in found if one.key == key]
    return sorted(found, key=lambda one: (one.span.starts_at, one.standing.id))


def moment_of(key: str) -> datetime | None:
    """When the time of a key begins; None for what is none."""
    _standing_id, _between, stamp = key.partition("~")
    return datetime.fromtimestamp(int(stamp), UTC) if re.fullmatch("[0-9]{9,11}", stamp) else None


@dataclass(frozen=True)
class IsThere:
    """Can whoever has set a standing time be met in a part of it?"""

    person: roster.Person
    standing: StandingTime
    is_closed: roster.Closed

    def __call__(self, span: rules.Span) -> bool:
        return roster.can_be_met(
            self.person,
            self.standing.school_id,
            roster.Span(span.starts_at, span.ends_at),
            self.is_closed,
            on_site=self.standing.way in (MeetingWay.ROOM, MeetingWay.WALK),
        )


def never_there(staff: Staff) -> set[str]:
    """Ids of one person's that nobody can book in the coming weeks, since she cannot be met then.
    Those that begin later are not among them."""
    first, last = clock.today(), clock.local(clock.now() + rules.BOOKABLE).date()
    is_closed = policy_of(staff.municipality).is_closed
    person = serving.person_of(staff, first, last)
    found = set()
    for one in of(staff):
        is_there = IsThere(person, one, is_closed)
        spans = [span for day in rules.days(first, last) for span in one.weekly.on(day)]
        if spans and not any(map(is_there, spans)):
            found.add(one.id)
    return found


def _at_school(knock: Knock, today: date, key: str | None) -> list[StandingTime]:
    query = select(StandingTime).where(
        StandingTime.school_id == knock.school_id, _is_to_come(today)
    )
    if key is not None:
        query = query.where(StandingTime.id == key.partition("~")[0])
    if knock.taken_by_id:
        query = query.where(StandingTime.staff_id == knock.taken_by_id)
    return list(db.session.scalars(query.options(joinedload(StandingTime.staff))))


def _is_to_come(today: date) -> ColumnElement[bool]:
    return or_(StandingTime.ends_on.is_(None), StandingTime.ends_on >= today)


def _who_may(knock: Knock, people: roster.Roster) -> set[str]:
    """Who is to take the knock by being booked is whom the pupil asked for, by name or profession,
    and at work before its *senast*; where somebody of them is as the pupil wishes, that one."""
    if knock.taken_by_id:
        return {knock.taken_by_id}
    now = clock.now()
    told = serving.At(now).may_be_told(knocks.matter_of(knock))
    asked_for = {staff.id for staff in told if staff.id == knock.wanted_staff_id} or {
        staff.id for staff in told if _is_wanted(knock, staff)
    }
    here = {one for one in asked_for if _is_here_in_time(people, one, now, knock.deadline_at)}
    wished = knock.wished_gender
    return {staff.id for staff in told if wished and staff.gender is wished} & here or here


def _is_wanted(knock: Knock, staff: Staff) -> bool:
    """Of whoever the wall allows: all of them when the profession asked for is behind another."""
    wanted = knock.wanted
    return wanted is None or wanted is staff.profession or wanted.wall is not staff.wall


def _is_here_in_time(people: roster.Roster, staff_id: str, now: datetime, by: datetime) -> bool:
    person = people.person(staff_id)
    if person is None:
        return False
    return by <= now or bool(roster.first_at_work(person, now, by, people.is_closed))


def next_of(free_times: Sequence[Free]) -> list[Free]:
    """The next ones, of several days."""
    shown: list[Free] = []
    a_day: Counter[date] = Counter()
    for one in free_times:
        day = clock.local(one.span.starts_at).date()
        if a_day[day] < SHOWN_A_DAY and len(shown) < SHOWN:
            a_day[day] += 1
            shown.append(one)
    return shown


def hold(staff: Staff) -> None:
    """Until the transaction ends nobody books a time of this person's."""
    _hold({staff.id})


def _hold(staff_ids: Collection[str]) -> None:
    """(SQLite has one who writes anyway, see work.Scope.)"""
    db.session.execute(
        select(StandingTime.id)
        .where(StandingTime.staff_id.in_(staff_ids))
        .order_by(StandingTime.id)
        .with_for_update()
    )
