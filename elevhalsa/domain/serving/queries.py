"""Who may be told of a matter, who may read it and who may be given it, at a moment.

A matter is a knock, or whatever else stands at a school behind a wall: it is described by its
values (``Matter``) or, in a query over many, by its columns (``Columns``). The wall comes first:
nobody without a profession, of another municipality, behind another wall or avoided is ever among
the answers, whatever cover or opening wide say.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import aliased, defer

from elevhalsa.core import clock
from elevhalsa.core.i18n import alphabetical
from elevhalsa.core.walls import Wall, professions_behind
from elevhalsa.domain.people.models import Assignment, Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db

from .models import Absence, Cover


@dataclass(frozen=True)
class Matter:
    """What the question is about."""

    municipality_id: str
    school_id: str
    wall: Wall | None
    """None: behind no wall yet; anybody who serves the school may take it."""
    is_open_wide: bool
    """Open to every professional behind the wall in the municipality."""
    avoided: Collection[str]
    """Ids of the staff who must not know of it."""


@dataclass(frozen=True)
class Columns:
    """The columns that say the same of each matter in a query."""

    municipality_id: SQLColumnExpression[str]
    school_id: SQLColumnExpression[str]
    wall: SQLColumnExpression[Wall | None]
    opened_wide_at: SQLColumnExpression[datetime | None]
    taken_by_id: SQLColumnExpression[str | None]


_WITHOUT_NAMES = (defer(Staff.name), defer(Staff.email))
"""Who is told is told by id; a name is decrypted where one is shown."""


# --- who -----------------------------------------------------------------------------------------


class At:
    """Who may be told, at one moment. Asks the database once for all matters that differ only in
    whom they avoid, and so is of no use for longer than a transaction."""

    def __init__(self, moment: datetime) -> None:
        self._day = _day(moment)
        self._told: dict[tuple[str, str | None, Wall | None], list[Staff]] = {}
        self._coordinators: dict[str, list[tuple[Staff, bool]]] = {}

    def may_be_told(self, matter: Matter) -> list[Staff]:
        """Those who serve the school and are not away: assigned to it, or covering."""
        school_id = None if matter.is_open_wide else matter.school_id
        key = (matter.municipality_id, school_id, matter.wall)
        if key not in self._told:
            query = _told(matter.wall, wide=matter.is_open_wide)
            known = {"municipality_id": matter.municipality_id, "school_id": school_id}
            self._told[key] = list(db.session.scalars(query, known | {"day": self._day}))
        return [staff for staff in self._told[key] if staff.id not in matter.avoided]

    def coordinators(self, matter: Matter) -> list[Staff]:
        """Who answers for all schools of the municipality: told of counts, never of content. Whom
        the pupil avoids is not told here either. When all are away, all are told."""
        return self.coordinators_of(matter.municipality_id, matter.avoided)

    def coordinators_of(self, municipality_id: str, avoided: Collection[str] = ()) -> list[Staff]:
        """As ``coordinators``, of what is no matter of a pupil's."""
        key = municipality_id
        if key not in self._coordinators:
            known = {"municipality_id": key, "day": self._day}
            found = db.session.execute(_coordinators(), known)
            self._coordinators[key] = [(staff, is_away) for staff, is_away in found]
        some = [one for one in self._coordinators[key] if one[0].id not in avoided]
        present = [staff for staff, is_away in some if not is_away]
        return present or [staff for staff, _is_away in some]


@cache
def _told(wall: Wall | None, *, wide: bool) -> Select[Staff]:
    """Made once: making it costs more than asking it."""
    day = bindparam("day", type_=Date)
    query = _behind(wall, day).where(~_is_away(day))
    if not wide:
        query = query.where(_serves(bindparam("school_id"), day))
    return query.order_by(Staff.id).options(*_WITHOUT_NAMES)


def may_have_again(matter: Matter, staff: Staff, moment: datetime) -> bool:
    """May one who has had it have it once more: still here, not away, and on the right side of the
    wall and of the pupil's choice?"""
    if staff.id in matter.avoided:
        return False
    day = bindparam("day", type_=Date)
    query = _behind(matter.wall, day).where(Staff.id == staff.id, ~_is_away(day))
    known = {"municipality_id": matter.municipality_id, "day": _day(moment)}
    return db.session.scalar(query.with_only_columns(Staff.id), known) is not None


@dataclass(frozen=True)
class Colleague:
    """To whom something may be handed over."""

    staff: Staff
    serves_school: bool
    """Of the matter, covering included."""
    is_away: bool


def may_be_given(matter: Matter, giver: Staff, moment: datetime) -> list[Colleague]:
    """To whom one who has it may hand it over: colleagues behind the giver's own wall. Those of the
    school first, those who are away last, by name."""
    day = bindparam("day", type_=Date)
    query = _behind(matter.wall, day).where(
        Staff.id != giver.id, Staff.profession.in_(professions_behind(giver.wall))
    )
    found = db.session.execute(
        query.add_columns(_serves(bindparam("school_id"), day), _is_away(day)),
        {
            "municipality_id": matter.municipality_id,
            "school_id": matter.school_id,
            "day": _day(moment),
        },
    )
    colleagues = [
        Colleague(staff, bool(serves), bool(away))
        for staff, serves, away in found
        if staff.id not in matter.avoided
    ]
    return sorted(
        colleagues, key=lambda c: (c.is_away, not c.serves_school, alphabetical(c.staff.name))
    )


def may_read(
    staff_id: str, municipality_id: str, wall: Wall, matters: Columns, day: date
) -> ColumnElement[bool]:
    """The matters that one who stands behind a wall may read on a day, as a condition, apart from
    whom each avoids. What one has taken stays readable. Who stands behind no wall reads none."""
    return and_(
        matters.municipality_id == municipality_id,
        or_(matters.wall == wall, matters.wall.is_(None)),
        or_(
            matters.school_id.in_(_schools_served(staff_id, day)),
            matters.opened_wide_at.is_not(None),
            matters.taken_by_id == staff_id,
        ),
    )


@cache
def _coordinators() -> Select[Staff, bool]:
    day: Any = bindparam("day", type_=Date)
    return (
        select(Staff, _is_away(day))
        .where(
            Staff.municipality_id == bindparam("municipality_id"),
            Staff.works_on(day),
            Staff.coordinates,
        )
        .options(*_WITHOUT_NAMES)
    )


def schools_of(staff: Staff, moment: datetime) -> list[School]:
    """The schools that one person serves at that moment, covered ones included, by name."""
    known = {"staff_id": staff.id, "day": _day(moment)}
    rows = db.session.scalars(_schools_of(), known)
    return sorted(rows, key=lambda school: alphabetical(school.name))


@cache
def _schools_of() -> Select[School]:
    served = _schools_served(bindparam("staff_id"), bindparam("day", type_=Date))
    return select(School).where(School.id.in_(served))


# --- the rules, as SQL ---------------------------------------------------------------------------


def _behind(wall: Wall | None, day: Any) -> Select[Staff]:
    """Everybody whom the wall allows on that day, wherever they serve."""
    return select(Staff).where(
        Staff.municipality_id == bindparam("municipality_id"),
        Staff.works_on(day),
        Staff.profession.in_(professions_behind(wall)),
    )


def _serves(school_id: Any, day: Any) -> ColumnElement[bool]:
    """Of ``Staff``: assigned to the school, or covering there on that day for one who is."""
    assigned = exists().where(Assignment.staff_id == Staff.id, Assignment.school_id == school_id)
    absent = aliased(Assignment)
    covering = exists().where(
        Cover.cover_id == Staff.id,
        absent.staff_id == Cover.absent_id,
        absent.school_id == school_id,
        _covers(school_id, day),
    )
    return or_(assigned, covering)


def _schools_served(staff_id: Any, day: Any) -> Select[str]:
    absent = aliased(Assignment)
    covered = (
        select(absent.school_id)
        .join(Cover, Cover.absent_id == absent.staff_id)
        .where(Cover.cover_id == staff_id, _covers(absent.school_id, day))
    )
    assigned = select(Assignment.school_id).where(Assignment.staff_id == staff_id)
    return select(assigned.union_all(covered).subquery().c[0])


def _covers(school_id: Any, day: Any) -> ColumnElement[bool]:
    return and_(
        Cover.accepted_at.is_not(None),
        _holds_on(Cover, day),
        or_(Cover.school_id.is_(None), Cover.school_id == school_id),
    )


def _holds_on(table: type[Absence] | type[Cover], day: Any) -> ColumnElement[bool]:
    return and_(table.starts_on <= day, table.ends_on >= day)


def _is_away(day: Any) -> ColumnElement[bool]:
    return exists().where(Absence.staff_id == Staff.id, _holds_on(Absence, day))


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
