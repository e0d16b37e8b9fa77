"""Where staff are and when they are away: what they say of themselves, or a coordinator of them.
Who acts is the first argument; nothing here commits.

Whoever reads the roster asks ``queries``. A day that has passed cannot be changed any more: what is
told and taken was told and taken by it.
"""

from collections.abc import Collection
from datetime import date, time, timedelta

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotAllowed, NotFound
from elevhalsa.core.i18n import _, clock_of_day, weekday
from elevhalsa.core.i18n import day as said
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from .models import Absence, Place
from .rules import Days, Stay, not_among

MOST_DAYS = 366
"""The longest absence: whoever is away for longer can say so again."""
MOST_PLACES = 100
"""Rows of one person's week, those of coming terms among them."""


def may_arrange(by: Staff, staff: Staff) -> bool:
    """For oneself, or for anybody of the municipality if one coordinates."""
    coordinates = by.coordinates and by.municipality_id == staff.municipality_id
    return by.id == staff.id or coordinates


def require_arranges(by: Staff, staff: Staff) -> None:
    """Raises NotAllowed unless ``by`` may say where ``staff`` is and when."""
    if not may_arrange(by, staff):
        raise NotAllowed(_("Du kan bara ändra det som är ditt."))


# --- places --------------------------------------------------------------------------------------


def places_of(staff: Staff) -> list[Place]:
    """Those that hold, or will, in the order of the week; none at a school that has been taken from
    the person, as in the roster."""
    found = select(Place).where(
        Place.staff_id == staff.id,
        Place.school_id.in_([one.school_id for one in staff.assignments]),
        Place.ends_on.is_(None) | (Place.ends_on >= clock.today()),
    )
    return sorted(
        db.session.scalars(found),
        key=lambda one: (one.weekday, one.starts_at, one.starts_on or date.min, one.id),
    )


def place_of(staff: Staff, place_id: str) -> Place:
    """Raises NotFound for what is not that person's."""
    row = db.session.scalar(select(Place).where(Place.id == place_id, Place.staff_id == staff.id))
    if row is None:
        raise NotFound(_("Raden finns inte längre i schemat."))
    return row


def add_places(
    by: Staff,
    staff: Staff,
    school: School | None,
    weekdays: Collection[int],
    *,
    starts_at: time,
    ends_at: time,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> None:
    """``staff`` is at a school on these weekdays from now on, or between two days. What is there
    already is not added twice.

    Raises InvalidInput for a school that the person does not serve, when it ends before it begins
    or when it clashes with another row.
    """
    require_arranges(by, staff)
    lock(staff)
    if school is None or school.id not in {a.school_id for a in staff.assignments}:
        raise InvalidInput(_("Välj en av skolorna i listan."), "school")
    _check_hours(starts_at, ends_at, starts_on, ends_on)
    known = places_of(staff)
    if len(known) + len(weekdays) > MOST_PLACES:
        raise InvalidInput(_("Schemat har redan så många rader som får plats. Ta bort någon."))
    added = False
    for number in sorted(weekdays):
        stay = Stay(school.id, number, _minutes(starts_at), _minutes(ends_at),
                    Days(starts_on, ends_on))  # fmt: skip
        if stay in map(stay_of, known):
            continue
        _check_free(stay, known, "weekdays")
        db.session.add(
            Place(
                id=new_id(),
                staff_id=staff.id,
                school_id=school.id,
                weekday=number,
                starts_at=stay.starts_at,
                ends_at=stay.ends_at,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        added = True
    if added:
        db.session.flush()
        _record(Action.PLACE_CHANGED, by, staff, "added")


def change_place(
    by: Staff,
    staff: Staff,
    place: Place,
    *,
    starts_at: time,
    ends_at: time,
    starts_on: date | None,
    ends_on: date | None,
) -> None:
    """Other hours or days of one row; a last day ends it. Raises InvalidInput as ``add_places``."""
    require_arranges(by, staff)
    lock(staff)
    lock(place)
    _check_hours(starts_at, ends_at, starts_on, ends_on)
    stay = Stay(place.school_id, place.weekday, _minutes(starts_at), _minutes(ends_at),
                Days(starts_on, ends_on))  # fmt: skip
    _check_free(stay, [other for other in places_of(staff) if other.id != place.id], "starts_at")
    if stay == stay_of(place):
        return
    place.starts_at, place.ends_at = stay.starts_at, stay.ends_at
    place.starts_on, place.ends_on = starts_on, ends_on
    _record(Action.PLACE_CHANGED, by, staff, "changed")


def remove_place(by: Staff, staff: Staff, place: Place) -> None:
    """As if the row had never been there."""
    require_arranges(by, staff)
    lock(place)
    db.session.delete(place)
    _record(Action.PLACE_CHANGED, by, staff, "removed")


def stay_of(place: Place) -> Stay:
    """A row, as the rules have it."""
    return Stay(
        place.school_id,
        place.weekday,
        place.starts_at,
        place.ends_at,
        Days(place.starts_on, place.ends_on),
    )


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _check_hours(
    starts_at: time, ends_at: time, starts_on: date | None, ends_on: date | None
) -> None:
    if ends_at <= starts_at:
        raise InvalidInput(_("Sluttiden måste vara efter starttiden."), "ends_at")
    if ends_on and ends_on < clock.today():
        raise InvalidInput(_("Dagen har varit. Välj i dag eller en senare dag."), "ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidInput(_("Sista dagen är före den första."), "ends_on")


def _check_free(stay: Stay, others: Collection[Place], field: str) -> None:
    for other in others:
        if stay.clashes_with(stay_of(other)):
            raise InvalidInput(
                _("Krockar med %(school)s, %(weekday)s %(start)s–%(end)s.",
                  school=other.school.name, weekday=weekday(other.weekday),
                  start=time_at(other.starts_at), end=time_at(other.ends_at)),
                field,
            )  # fmt: skip


def time_of(minutes: int) -> time:
    """minutes: after midnight, as rows have them."""
    return time(*divmod(minutes, 60))


def time_at(minutes: int) -> str:
    """'08.00'."""
    return clock_of_day(time_of(minutes))


# --- absence -------------------------------------------------------------------------------------


def absences_of(staff: Staff) -> list[Absence]:
    """Those that last or are to come, the first one first."""
    found = select(Absence).where(Absence.staff_id == staff.id, Absence.ends_on >= clock.today())
    return list(db.session.scalars(found.order_by(Absence.starts_on, Absence.id)))


def absence_of(staff: Staff, absence_id: str) -> Absence:
    """Raises NotFound for what is not that person's."""
    row = db.session.scalar(
        select(Absence).where(Absence.id == absence_id, Absence.staff_id == staff.id)
    )
    if row is None:
        raise NotFound(_("Frånvaron är redan borttagen."))
    return row


def be_away(by: Staff, staff: Staff, first: date, last: date) -> None:
    """``staff`` is away from one day to another, both included. No reason is asked for. The same
    days said twice are said once.

    Raises InvalidInput for days that have passed, that end before they begin, that are more than
    MOST_DAYS, or some of which are in another absence.
    """
    require_arranges(by, staff)
    lock(staff)
    if first < clock.today():
        raise InvalidInput(_("Dagen har varit. Välj i dag eller en senare dag."), "first")
    if last < first:
        raise InvalidInput(_("Sista dagen är före den första."), "last")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(_("Välj högst ett år i taget."), "last")
    days = Days(first, last)
    for known in absences_of(staff):
        if known.starts_on <= first and last <= known.ends_on:
            return
        if days.meets(Days(known.starts_on, known.ends_on)):
            raise InvalidInput(
                _("Några av dagarna står redan som frånvaro: %(first)s till %(last)s.",
                  first=said(known.starts_on), last=said(known.ends_on)),
                "first",
            )  # fmt: skip
    _add_absence(by, staff, days)


def be_away_besides(by: Staff, staff: Staff, first: date, last: date) -> None:
    """As ``be_away``, on those of the days on which ``staff`` is not away already."""
    require_arranges(by, staff)
    lock(staff)
    known = [Days(one.starts_on, one.ends_on) for one in absences_of(staff)]
    for days in not_among(first, last, known):
        _add_absence(by, staff, days)


def _add_absence(by: Staff, staff: Staff, days: Days) -> None:
    db.session.add(Absence(id=new_id(), staff_id=staff.id, starts_on=days.first, ends_on=days.last))
    db.session.flush()
    _record(Action.ABSENCE_CHANGED, by, staff, "added")


def come_back(by: Staff, staff: Staff, absence: Absence) -> None:
    """``staff`` is not away after all: from today on, if the absence has begun."""
    require_arranges(by, staff)
    lock(absence)
    today = clock.today()
    if absence.starts_on < today:
        absence.ends_on = min(absence.ends_on, today - timedelta(days=1))
    else:
        db.session.delete(absence)
    _record(Action.ABSENCE_CHANGED, by, staff, "removed")


def _record(action: Action, by: Staff, staff: Staff, reason: str) -> None:
    audit.record(
        action,
        by=work.staff(by.id),
        municipality_id=staff.municipality_id,
        to_staff_id=staff.id,
        reason=reason,
    )
