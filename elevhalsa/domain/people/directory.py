"""A snapshot of who can be knocked on where, as plain values that need no database.

Names of staff are in it only where the municipality shows them.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from elevhalsa.core.walls import Profession
from elevhalsa.domain.places.models import Municipality, School, SchoolForm
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
    schools: list[SchoolView] = field(default_factory=list, repr=False, compare=False)


@dataclass(frozen=True)
class Directory:
    municipalities: tuple[MunicipalityView, ...]
    by_host: dict[str, MunicipalityView]
    by_slug: dict[str, SchoolView]


def load() -> Directory:
    """Read the snapshot: three queries, whatever the number of municipalities."""
    rows = db.session.scalars(select(Municipality).order_by(Municipality.name))
    municipalities = {
        row.id: MunicipalityView(
            row.id, row.slug, row.name, row.host, row.promise_hours, row.show_names,
            row.contact_email,
        )
        for row in rows
    }  # fmt: skip
    people: dict[str, list[PersonView]] = defaultdict(list)
    staffed = (
        select(Assignment.school_id, Staff)
        .join(Assignment.staff)
        .where(Staff.active, Staff.profession.is_not(None))
        .order_by(Staff.id)
    )
    for school_id, staff in db.session.execute(staffed):
        name = staff.name if municipalities[staff.municipality_id].show_names else None
        if staff.profession:
            people[school_id].append(PersonView(staff.id, staff.profession, name))
    by_slug: dict[str, SchoolView] = {}
    for school in db.session.scalars(select(School).where(School.active).order_by(School.name)):
        municipality = municipalities[school.municipality_id]
        view = SchoolView(
            school.id, school.slug, school.name, school.form, school.town,
            tuple(people[school.id]), municipality,
        )  # fmt: skip
        municipality.schools.append(view)
        by_slug[view.slug] = view
    listed = tuple(municipalities.values())
    return Directory(listed, {m.host: m for m in listed if m.host}, by_slug)
