"""Who is named to answer for what in a municipality: to review the log, and behind each wall for
what is disclosed. Only one at a time each, and only while they work here and may.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from .models import Responsibility, Staff
from .rules import SEATS, Seat, may_hold
from .words import Duty


@dataclass(frozen=True)
class Held:
    """A seat as it stands now."""

    seat: Seat
    staff: Staff | None
    """None: nobody is named, or who is named may not hold it any more."""
    since: datetime | None = None


def seats(municipality_id: str) -> list[Held]:
    """Every seat of a municipality, in one query."""
    query = (
        select(Responsibility)
        .where(Responsibility.municipality_id == municipality_id, Responsibility.until.is_(None))
        .options(joinedload(Responsibility.staff))
    )
    rows = {row.seat: row for row in db.session.scalars(query) if _holds(row)}
    return [
        Held(seat, row.staff, row.since) if (row := rows.get(seat)) else Held(seat, None)
        for seat in SEATS
    ]


def _holds(row: Responsibility) -> bool:
    return row.staff.works_on(clock.today()) and _may(row.staff, row.seat)


def _may(staff: Staff, seat: Seat) -> bool:
    return may_hold(seat, staff.profession, is_partner=staff.is_partner)


def responsible(municipality_id: str, duty: Duty, wall: Wall | None = None) -> Staff | None:
    """Who answers for it today, or None. wall: of Duty.DISCLOSURE."""
    held = {one.seat: one.staff for one in seats(municipality_id)}
    return held[Seat(duty, wall)]


def named(municipality_id: str, seat: Seat) -> Staff | None:
    """Who is named to it, whether they may hold it today or not."""
    row = _present(municipality_id, seat)
    return row.staff if row else None


def _present(municipality_id: str, seat: Seat) -> Responsibility | None:
    return db.session.scalars(
        select(Responsibility).where(
            Responsibility.municipality_id == municipality_id,
            Responsibility.duty == seat.duty,
            Responsibility.wall.is_not_distinct_from(seat.wall),
            Responsibility.until.is_(None),
        )
    ).first()


def held_by(staff: Staff) -> tuple[Seat, ...]:
    """What one person who works here is named to."""
    named = {row.seat for row in staff.responsibilities}
    return tuple(seat for seat in SEATS if seat in named and _may(staff, seat))


def holds(staff: Staff, duty: Duty, wall: Wall | None = None) -> bool:
    return Seat(duty, wall) in held_by(staff)


def name(municipality: Municipality, seat: Seat, staff: Staff | None, *, by: work.Actor) -> bool:
    """From now on this person, or with None nobody. False when it was so already.

    Raises InvalidInput for somebody who may not, or does not work in the municipality.
    """
    lock(municipality)  # of two at once one comes after the other
    if staff and not (
        staff.municipality_id == municipality.id
        and staff.works_on(clock.today())
        and _may(staff, seat)
    ):
        raise InvalidInput(
            _("Välj någon som arbetar i den delen av elevhälsan.")
            if seat.wall
            else _("Välj någon som varken hör till den medicinska eller den psykosociala delen."),
            "who",
        )
    present = _present(municipality.id, seat)
    if (present.staff_id if present else None) == (staff.id if staff else None):
        return False
    now = clock.now()
    if present:
        present.until = now
        _record(municipality, present.staff_id, Action.DUTY_ENDED, seat, by)
    if staff:
        db.session.add(
            Responsibility(
                municipality_id=municipality.id, duty=seat.duty, wall=seat.wall,
                staff_id=staff.id, since=now,
            )
        )  # fmt: skip
        _record(municipality, staff.id, Action.DUTY_NAMED, seat, by)
    db.session.flush()
    return True


def _record(
    municipality: Municipality, staff_id: str, action: Action, seat: Seat, by: work.Actor
) -> None:
    audit.record(
        action,
        by=by,
        municipality_id=municipality.id,
        staff_id=staff_id,
        to_staff_id=staff_id if by.staff_id else None,
        reason=seat.word,
    )


def places_with_vacancies(seats: Collection[Seat] = SEATS) -> int:
    """In how many municipalities not every one of these seats has somebody."""
    query = (
        select(
            Responsibility.municipality_id, Responsibility.duty, Responsibility.wall,
            Staff.profession, Staff.organisation_id,
        )
        .join(Responsibility.staff)
        .where(Responsibility.until.is_(None), Staff.works_on(clock.today()))
    )  # fmt: skip
    taken = {
        (municipality_id, seat)
        for municipality_id, duty, wall, profession, organisation_id in db.session.execute(query)
        if may_hold(seat := Seat(duty, wall), profession, is_partner=organisation_id is not None)
    }
    every = db.session.scalars(select(School.municipality_id).where(School.active).distinct()).all()
    return sum(any((one, seat) not in taken for seat in seats) for one in every)
