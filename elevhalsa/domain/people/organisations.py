"""Organisations beside the schools and who works there. Nothing here commits."""

from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.domain.places import service as places
from elevhalsa.domain.places.models import Municipality, Organisation
from elevhalsa.domain.places.service import Change
from elevhalsa.domain.places.words import OrganisationKind
from elevhalsa.extensions import db

from .models import Staff


def every(municipality_id: str) -> list[tuple[Organisation, int]]:
    """Those of a municipality with how many work there today: open ones first, by name."""
    count = (
        select(func.count())
        .select_from(Staff)
        .where(Staff.organisation_id == Organisation.id, Staff.works_on(clock.today()))
        .scalar_subquery()
    )
    here = Organisation.municipality_id == municipality_id
    found = db.session.execute(select(Organisation, count).where(here)).all()
    rows = [(row, number) for row, number in found]
    return sorted(rows, key=lambda one: (not one[0].active, alphabetical(one[0].name)))


def get(municipality_id: str, organisation_id: str) -> Organisation:
    """Raises NotFound."""
    row = db.session.get(Organisation, organisation_id)
    if row is None or row.municipality_id != municipality_id:
        raise NotFound(_("Organisationen finns inte."))
    return row


def people_of(organisation: Organisation) -> list[Staff]:
    """Who works there today, by name."""
    query = select(Staff).where(
        Staff.organisation_id == organisation.id, Staff.works_on(clock.today())
    )
    return sorted(db.session.scalars(query), key=lambda staff: alphabetical(staff.name))


def add(
    by: work.Actor,
    municipality: Municipality,
    name: str,
    kind: OrganisationKind,
    *,
    contact: str | None,
) -> Organisation:
    """Raises Conflict when there is one of that name."""
    if places.find_organisation(municipality, name):
        raise Conflict(_("Det finns redan en organisation som heter så."))
    row, _change = places.put_organisation(
        municipality, name, kind, contact=contact, at_door=False, by=by
    )
    return row


def change(
    by: work.Actor, organisation: Organisation, *, contact: str | None, active: bool
) -> Change:
    """Where it is reached, and whether it is open. Raises InvalidInput when somebody still works
    at one that is to be closed."""
    if organisation.active and not active and people_of(organisation):
        raise InvalidInput(_("Någon arbetar kvar där. Stäng ute dem först."), "is_closed")
    _row, done = places.put_organisation(
        organisation.municipality, organisation.name, organisation.kind,
        contact=contact, at_door=organisation.at_door, active=active, by=by,
    )  # fmt: skip
    return done
