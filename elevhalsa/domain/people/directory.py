"""A snapshot of who can be knocked on where, as plain values that need no database.

Names of staff are in it only where the municipality shows them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from elevhalsa.core import clock, labels
from elevhalsa.core.i18n import alphabetical
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession
from elevhalsa.domain.places import queries, rules, shipped
from elevhalsa.domain.places.models import (
    CrisisLine,
    Guarantee,
    Municipality,
    School,
    SchoolAddress,
    SchoolForm,
)
from elevhalsa.extensions import db

from .models import Assignment, Staff


@dataclass(frozen=True)
class PersonView:
    id: str
    profession: Profession
    name: str | None
    """None where the municipality does not show names."""


@dataclass(frozen=True)
class SchoolView:
    id: str
    slug: str
    name: str
    form: SchoolForm
    town: str | None
    people: tuple[PersonView, ...]
    municipality: "MunicipalityView" = field(repr=False, compare=False)

    @property
    def professions(self) -> tuple[Profession, ...]:
        """Those that somebody active has here, in the order of the enum."""
        here = {person.profession for person in self.people}
        return tuple(profession for profession in Profession if profession in here)


@dataclass(frozen=True)
class MunicipalityView:
    id: str
    slug: str
    name: str
    host: str | None
    promise_hours: int
    show_names: bool
    contact_email: str | None
    duty_phone: str | None = field(default=None, repr=False)
    """The socialjour's."""
    sms_countries: tuple[str, ...] = ("46",)
    schools: list[SchoolView] = field(default_factory=list, repr=False, compare=False)

    @property
    def space(self) -> str:
        return rules.slug_space(self.id, self.host)


@dataclass(frozen=True)
class Elsewhere:
    """Somebody at another school, as far as its own door tells who is there: a person where names
    are shown, otherwise a profession."""

    key: str
    """What a form sends."""
    profession: Profession
    person: str | None
    """A name."""
    schools: tuple[str, ...]
    ids: frozenset[str]

    @property
    def name(self) -> str:
        """All that they can be looked for by."""
        return " ".join([self.person or "", labels.of(self.profession), *self.schools])


def elsewhere(school: SchoolView) -> list[Elsewhere]:
    """Who is at the other schools of a municipality, in the order of the schools."""
    here = {person.id for person in school.people}
    named: dict[str, Elsewhere] = {}
    found: list[Elsewhere] = []
    for other in school.municipality.schools:
        if other.id == school.id:
            continue
        for person in other.people:
            if person.name and person.id not in here:
                known = named.get(person.id)
                schools = (*(known.schools if known else ()), other.name)
                ids = frozenset({person.id})
                named[person.id] = Elsewhere(
                    person.id, person.profession, person.name, schools, ids
                )
        for profession in other.professions:
            unnamed = {p.id for p in other.people if not p.name and p.profession is profession}
            if unnamed:
                key = f"{profession}@{other.slug}"
                ids = frozenset(unnamed)
                found.append(Elsewhere(key, profession, None, (other.name,), ids))
    return [*named.values(), *found]


@dataclass(frozen=True)
class ClosedView:
    """A school that has closed, and that no other has taken the place of."""

    name: str
    municipality: MunicipalityView = field(repr=False, compare=False)


Door = SchoolView | ClosedView


@dataclass(frozen=True)
class Directory:
    municipalities: tuple[MunicipalityView, ...]
    by_host: dict[str, MunicipalityView]
    doors: dict[tuple[str, str], Door]
    """By space (``places.rules.slug_space``) and slug, those of before too. A closed school's
    leads to its successor where it has one."""
    crisis: tuple[CrisisLine, ...]
    """The crisis lines of all municipalities and the national ones."""
    guarantees: tuple[Guarantee, ...] = ()
    """Likewise."""

    def guarantees_for(
        self, place: MunicipalityView, wanted: Profession | None, day: date
    ) -> list[Guarantee]:
        """Those that a knock on that day is given."""
        return [one for one in self.guarantees if one.holds_for(place.id, wanted, day)]

    def door(self, place: MunicipalityView | None, slug: str) -> Door | None:
        """What stands at ``/s/<slug>`` at the host of ``place``; None: at the shared host."""
        return self.doors.get((place.space if place else rules.SHARED_SPACE, slug))

    def crisis_lines(
        self, place: MunicipalityView | None, moment: datetime
    ) -> tuple[queries.CrisisLineView, ...]:
        """What a municipality's pupils are shown, or with None anybody."""
        name, duty = (place.name, place.duty_phone or "") if place else ("", "")
        return queries.lines_at(
            self.crisis, place.id if place else None, moment, place=name, duty=duty
        )


def unknown() -> Directory:
    """What is known when the database has never answered: the national crisis lines."""
    return Directory((), {}, {}, shipped.crisis_lines())


def load() -> Directory:
    """Read the snapshot: six queries, whatever the number of municipalities."""
    rows = sorted(db.session.scalars(select(Municipality)), key=lambda row: alphabetical(row.name))
    municipalities = {
        row.id: MunicipalityView(
            row.id, row.slug, row.name, row.host, row.promise_hours, row.show_names,
            row.contact_email, row.duty_phone, tuple(row.sms_countries.split()),
        )
        for row in rows
    }  # fmt: skip
    people = _people(municipalities)
    by_name = sorted(db.session.scalars(select(School)), key=lambda row: alphabetical(row.name))
    schools = {row.id: row for row in by_name}
    views: dict[str, SchoolView] = {}
    for row in schools.values():
        if row.active:
            municipality = municipalities[row.municipality_id]
            views[row.id] = SchoolView(
                row.id, row.slug, row.name, row.form, row.town, tuple(people[row.id]),
                municipality,
            )  # fmt: skip
            municipality.schools.append(views[row.id])

    def door(row: School) -> Door:
        """The school's own, or that of the first open one among its successors."""
        after: School | None = row
        for _step in schools:
            if after is None or after.id in views:
                break
            after = schools[after.successor_id] if after.successor_id else None
        if after and after.id in views:
            return views[after.id]
        return ClosedView(row.name, municipalities[row.municipality_id])

    # The release before knows of no addresses: a school that it adds is reached under its slug.
    doors = {
        (municipalities[row.municipality_id].space, row.slug): door(row) for row in schools.values()
    }
    for address in db.session.scalars(select(SchoolAddress)):
        doors[address.space, address.slug] = door(schools[address.school_id])
    listed = tuple(municipalities.values())
    by_host = {m.host: m for m in listed if m.host}
    return Directory(listed, by_host, doors, queries.every_crisis_line(), queries.every_guarantee())


def _people(municipalities: Mapping[str, MunicipalityView]) -> dict[str, list[PersonView]]:
    """Who is at each school, by its id."""
    people: dict[str, list[PersonView]] = defaultdict(list)
    staffed = (
        select(Assignment.school_id, Staff)
        .join(Assignment.staff)
        .where(Staff.works_on(clock.today()), Staff.profession.in_(SCHOOL_PROFESSIONS))
        .order_by(Staff.id)
    )
    for school_id, staff in db.session.execute(staffed):
        name = staff.name if municipalities[staff.municipality_id].show_names else None
        if staff.profession:
            people[school_id].append(PersonView(staff.id, staff.profession, name))
    return people
