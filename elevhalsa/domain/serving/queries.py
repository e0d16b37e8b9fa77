"""Who may be told of a matter, who may read it and who may be given it, at a moment.

A matter is a knock, or whatever else stands at a school behind a wall: it is described by its
values (``Matter``) or, in a query over many, by its columns (``Columns``). The wall comes first:
nobody without a profession, of another municipality, behind another wall or avoided is ever among
the answers, whatever cover or opening wide say.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    cast,
    exists,
    false,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased, defer

from elevhalsa.core import clock
from elevhalsa.core.i18n import alphabetical
from elevhalsa.core.walls import (
    SCHOOL_PROFESSIONS,
    Profession,
    Wall,
    professions_behind,
    reads_what_has_no_wall,
)
from elevhalsa.domain.people.models import Assignment, Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db

from . import rules
from .gaps import Post
from .models import Absence, Cover, GapAccepted, Place
from .words import Standing


@dataclass(frozen=True)
class Matter:
    """What the question is about."""

    municipality_id: str
    school_id: str
    wall: Wall | None
    """None: behind no wall yet; anybody of elevhälsan who serves the school may take it."""
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
        stands(matters.wall, wall),
        or_(
            matters.school_id.in_(_schools_served(staff_id, day)),
            matters.opened_wide_at.is_not(None),
            matters.taken_by_id == staff_id,
        ),
    )


def stands(of_matter: SQLColumnExpression[Wall | None], reader: Wall | None) -> ColumnElement[bool]:
    """As a condition on the wall of a matter: may one who stands behind ``reader`` be let near it?
    Behind one's own wall; of elevhälsan also while it is behind none. Nobody without a wall."""
    if reader is None:
        return false()
    own = of_matter == reader
    return or_(own, of_matter.is_(None)) if reads_what_has_no_wall(reader) else own


def reads(matters: Columns, day: date) -> ColumnElement[bool]:
    """Of ``Staff``: may they read the matter on that day? As ``may_read``, for whoever it is."""
    behind = (
        and_(matters.wall == wall, Staff.profession.in_(professions_behind(wall))) for wall in Wall
    )
    return and_(
        Staff.municipality_id == matters.municipality_id,
        or_(and_(matters.wall.is_(None), Staff.profession.in_(SCHOOL_PROFESSIONS)), *behind),
        or_(
            _serves(matters.school_id, day),
            matters.opened_wide_at.is_not(None),
            matters.taken_by_id == Staff.id,
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


# --- the roster ----------------------------------------------------------------------------------


def roster(
    municipality_id: str,
    first: date,
    last: date,
    is_closed: rules.Closed,
    *,
    school_id: str | None = None,
) -> rules.Roster:
    """Who is where and when from one day to another, both included, in one statement.

    school_id: only those who serve that school on some of the days. Names are not read.
    """
    known = {"municipality_id": municipality_id, "first": first, "last": last}
    if school_id is not None:
        known["school_id"] = school_id
    people: dict[str, _Draft] = {}
    for row in db.session.execute(_roster(of_one_school=school_id is not None), known):
        people.setdefault(row.staff_id, _Draft()).add(row)
    return rules.Roster(
        [draft.person(staff_id) for staff_id, draft in sorted(people.items())], is_closed
    )


def person_of(staff: Staff, first: date, last: date) -> rules.Person:
    """One person of the ``roster``, who works here."""
    known = {"staff_id": staff.id, "first": first, "last": last}
    draft = _Draft()
    for row in db.session.execute(_roster(of_one_person=True), known):
        draft.add(row)
    return draft.person(staff.id)


def posts(municipality_id: str) -> dict[Post, tuple[str, ...]]:
    """The professions of elevhälsan that each school has, with the ids of those who are assigned:
    also when the last day of their account has passed, until they are shut out for good."""
    found: dict[Post, list[str]] = {}
    for school_id, profession, staff_id in db.session.execute(
        _posts(), {"municipality_id": municipality_id}
    ):
        if profession:
            found.setdefault(Post(school_id, profession), []).append(staff_id)
    return {post: tuple(ids) for post, ids in found.items()}


@cache
def _posts() -> Select[str, Profession | None, str]:
    return (
        select(School.id, Staff.profession, Staff.id)
        .join(Assignment, Assignment.school_id == School.id)
        .join(Staff, Staff.id == Assignment.staff_id)
        .where(
            School.municipality_id == bindparam("municipality_id"),
            School.active,
            Staff.active,
            Staff.profession.in_(SCHOOL_PROFESSIONS),
        )
        .order_by(School.id, Staff.profession, Staff.id)
    )


def unstaffed(municipality_id: str) -> list[str]:
    """Ids of the schools that have no post."""
    known = {"municipality_id": municipality_id}
    return list(db.session.scalars(_unstaffed(), known))


@cache
def _unstaffed() -> Select[str]:
    has_post = (
        exists()
        .where(Assignment.school_id == School.id, Assignment.staff_id == Staff.id)
        .where(Staff.active, Staff.profession.in_(SCHOOL_PROFESSIONS))
    )
    here = School.municipality_id == bindparam("municipality_id")
    return select(School.id).where(here, School.active, ~has_post).order_by(School.id)


def gaps_accepted(municipality_id: str) -> list[GapAccepted]:
    """All that have been said."""
    query = select(GapAccepted).join(School, School.id == GapAccepted.school_id)
    here = School.municipality_id == municipality_id
    return list(db.session.scalars(query.where(here).order_by(GapAccepted.id)))


@dataclass(frozen=True)
class Asked:
    """A cover that does not hold: there is no answer yet, or the answer was no."""

    absent_id: str
    cover_id: str
    school_ids: frozenset[str]
    """Those that the absent one serves, where none was named."""
    days: rules.Days
    said_no: bool


def asked(municipality_id: str, since: date) -> tuple[Asked, ...]:
    """Those that have days left, in the order in which the days come."""
    found: dict[tuple[str, str, date, date, bool], set[str]] = {}
    known = {"municipality_id": municipality_id, "since": since}
    for row in db.session.execute(_asked(), known):
        absent_id, cover_id, starts_on, ends_on, ended_as, school_id = row
        key = (absent_id, cover_id, starts_on, ends_on, ended_as is not None)
        found.setdefault(key, set()).add(school_id)
    return tuple(
        Asked(absent_id, cover_id, frozenset(schools), rules.Days(first, last), said_no)
        for (absent_id, cover_id, first, last, said_no), schools in found.items()
    )


@cache
def _asked() -> Select[str, str, date, date, Standing | None, str]:
    since: Any = bindparam("since", type_=Date)
    waits = and_(Cover.accepted_at.is_(None), Cover.ended_at.is_(None))
    said_no = Cover.ended_as.in_((Standing.DECLINED, Standing.GIVEN_BACK))
    return (
        select(
            Cover.absent_id,
            Cover.cover_id,
            Cover.starts_on,
            Cover.ends_on,
            Cover.ended_as,
            Assignment.school_id,
        )
        .join(Staff, Staff.id == Cover.absent_id)
        .join(Assignment, Assignment.staff_id == Cover.absent_id)
        .where(
            Staff.municipality_id == bindparam("municipality_id"),
            or_(waits, said_no),
            Cover.ends_on >= since,
            or_(Cover.school_id.is_(None), Cover.school_id == Assignment.school_id),
        )
        .order_by(Cover.starts_on, Cover.ends_on, Cover.cover_id)
    )


class _What(IntEnum):
    """What a row of the roster's statement says of somebody, and so which columns it fills."""

    ACCOUNT = 0
    SCHOOL = 1
    STAY = 2
    AWAY = 3
    COVER = 4


class _Draft:
    """What the rows have said of one person so far."""

    def __init__(self) -> None:
        self._account: Any = None
        self._schools: set[str] = set()
        self._stays: list[rules.Stay] = []
        self._away: list[rules.Days] = []
        self._covers: dict[tuple[str, rules.Days], set[str]] = {}

    def add(self, row: Any) -> None:
        days = rules.Days(row.starts_on, row.ends_on)
        if row.what == _What.ACCOUNT:
            self._account = row
        elif row.what == _What.SCHOOL:
            self._schools.add(row.school_id)
        elif row.what == _What.STAY:
            self._stays.append(
                rules.Stay(row.school_id, row.number, row.starts_at, row.ends_at, days)
            )
        elif row.what == _What.AWAY:
            self._away.append(days)
        else:
            self._covers.setdefault((row.word, days), set()).add(row.school_id)

    def person(self, staff_id: str) -> rules.Person:
        word = self._account.word
        return rules.Person(
            id=staff_id,
            profession=Profession(word) if word else None,
            coordinates=bool(self._account.number),
            works=rules.Days(None, self._account.ends_on),
            school_ids=frozenset(self._schools),
            stays=tuple(one for one in self._stays if one.school_id in self._schools),
            away=tuple(self._away),
            covering=tuple(
                rules.Covering(absent_id, frozenset(schools), days)
                for (absent_id, days), schools in self._covers.items()
            ),
        )


@cache
def _roster(*, of_one_school: bool = False, of_one_person: bool = False) -> CompoundSelect[Any]:
    first: Any = bindparam("first", type_=Date)
    last: Any = bindparam("last", type_=Date)
    absent = aliased(Assignment)
    is_of, holds = (
        absent.staff_id == Cover.absent_id,
        and_(
            Cover.accepted_at.is_not(None),
            Cover.ended_at.is_(None),
            _some_of(Cover, first, last),
            or_(Cover.school_id.is_(None), Cover.school_id == absent.school_id),
        ),
    )
    who = select(Staff.id).where(
        Staff.municipality_id == bindparam("municipality_id"), Staff.works_on(first)
    )
    if of_one_person:
        who = select(Staff.id).where(Staff.id == bindparam("staff_id"))
    if of_one_school:
        here: Any = bindparam("school_id")
        assigned = select(Assignment.staff_id).where(Assignment.school_id == here)
        covering = select(Cover.cover_id).join(absent, is_of).where(holds, absent.school_id == here)
        who = who.where(or_(Staff.id.in_(assigned), Staff.id.in_(covering)))

    def of(what: _What, staff_id: Any, **columns: Any) -> Select[Any]:
        types = {"word": String, "school_id": String, "number": Integer, "starts_at": Integer,
                 "ends_at": Integer, "starts_on": Date, "ends_on": Date}  # fmt: skip
        values = (columns.get(name, cast(null(), kind)).label(name) for name, kind in types.items())
        named = literal(int(what)).label("what"), staff_id.label("staff_id")
        return select(*named, *values).where(staff_id.in_(who))

    return union_all(
        of(
            _What.ACCOUNT,
            Staff.id,
            word=type_coerce(Staff.profession, String),
            number=cast(Staff.coordinates, Integer),
            ends_on=Staff.ends_on,
        ),
        of(_What.SCHOOL, Assignment.staff_id, school_id=Assignment.school_id),
        of(
            _What.STAY,
            Place.staff_id,
            school_id=Place.school_id,
            number=Place.weekday,
            starts_at=Place.starts_at,
            ends_at=Place.ends_at,
            starts_on=Place.starts_on,
            ends_on=Place.ends_on,
        ).where(
            or_(Place.starts_on.is_(None), Place.starts_on <= last),
            or_(Place.ends_on.is_(None), Place.ends_on >= first),
        ),
        of(
            _What.AWAY, Absence.staff_id, starts_on=Absence.starts_on, ends_on=Absence.ends_on
        ).where(_some_of(Absence, first, last)),
        of(
            _What.COVER,
            Cover.cover_id,
            word=Cover.absent_id,
            school_id=absent.school_id,
            starts_on=Cover.starts_on,
            ends_on=Cover.ends_on,
        )
        .join(absent, is_of)
        .where(holds),
    )


def _some_of(table: type[Absence] | type[Cover], first: Any, last: Any) -> ColumnElement[bool]:
    return and_(table.starts_on <= last, table.ends_on >= first)


# --- the rules, as SQL ---------------------------------------------------------------------------


def _behind(wall: Wall | None, day: Any) -> Select[Staff]:
    """Everybody whom the wall allows on that day, wherever they serve."""
    return select(Staff).where(
        Staff.municipality_id == bindparam("municipality_id"),
        Staff.works_on(day),
        Staff.profession.in_(professions_behind(wall)),
    )


def _serves(school_id: Any, day: Any) -> ColumnElement[bool]:
    """Of ``Staff``: assigned to the school, or covering there on that day for one who is.

    school_id: perhaps a column of whatever query it stands in, however deep.
    """
    assigned = (
        exists()
        .where(Assignment.staff_id == Staff.id, Assignment.school_id == school_id)
        .correlate_except(Assignment)
    )
    absent = aliased(Assignment)
    covering = (
        exists()
        .where(
            Cover.cover_id == Staff.id,
            absent.staff_id == Cover.absent_id,
            absent.school_id == school_id,
            _covers(school_id, day),
        )
        .correlate_except(Cover, absent)
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
        Cover.ended_at.is_(None),
        _holds_on(Cover, day),
        or_(Cover.school_id.is_(None), Cover.school_id == school_id),
    )


def _holds_on(table: type[Absence] | type[Cover], day: Any) -> ColumnElement[bool]:
    return and_(table.starts_on <= day, table.ends_on >= day)


def _is_away(day: Any) -> ColumnElement[bool]:
    return exists().where(Absence.staff_id == Staff.id, _holds_on(Absence, day))


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
