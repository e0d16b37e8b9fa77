"""The verbs of places: add and change what an operator keeps in order. Nothing here commits.

A ``put`` writes a row whether it exists or not and tells which of the two it was, so that the
same list can be put twice without harm.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import Base, db

from . import rules
from .models import (
    Break,
    CrisisLine,
    Guarantee,
    Municipality,
    Organisation,
    ReplyTemplate,
    School,
    SchoolAddress,
    SchoolForm,
)
from .words import OrganisationKind


class Change(StrEnum):
    """What a put did to the row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def assign(row: Base, values: dict[str, Any]) -> Change:
    """Give a stored row these values. CHANGED only if one of them differs."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return Change.CHANGED if differing else Change.UNCHANGED


def _put(
    row: Base | None,
    fresh: Base,
    values: dict[str, Any],
    what: str,
    owner: str | None,
    by: work.Actor = work.OPERATOR,
) -> Change:
    """``row`` with the values, or ``fresh`` added with them. A change is an audit event."""
    if row is None:
        for name, value in values.items():
            setattr(fresh, name, value)
        db.session.add(fresh)
        change = Change.NEW
    else:
        change = assign(row, values)
    if change is not Change.UNCHANGED:
        db.session.flush()
        audit.record(Action.IMPORTED, by=by, municipality_id=owner, reason=what)
    return change


# --- municipalities ------------------------------------------------------------------------------


def add_municipality(slug: str, name: str, **values: Any) -> Municipality:
    """Raises Conflict when the slug or the host is taken, InvalidInput as ``set_municipality``."""
    if db.session.scalar(select(Municipality.id).where(Municipality.slug == slug)):
        raise Conflict(_("Kortnamnet %(slug)s är upptaget.", slug=slug))
    row = Municipality(id=new_id(), slug=slug, name=name)
    _check_municipality(row, values)
    _put_municipality(None, row, values)
    return row


def set_municipality(row: Municipality, **values: Any) -> Change:
    """Change settings. Dates already promised stand; only coming knocks get the new promise.

    A new host: the schools are reached there too from now on, under every slug that they have had.
    Raises Conflict when the host is taken or, where the municipality moves in with those who share
    a host, when a slug of its schools is taken there; InvalidInput for hours or days out of range.
    """
    lock(row)  # no school is given a slug while the host changes
    _check_municipality(row, values)
    change = _put_municipality(row, row, values)
    if "host" in values:
        for school in row.schools:
            _reach(row, school)
    return change


def _put_municipality(
    row: Municipality | None, fresh: Municipality, values: dict[str, Any]
) -> Change:
    """As ``_put``; of two at once that want the same slug or host, one gets Conflict."""
    try:
        with db.session.begin_nested():
            return _put(row, fresh, values, "municipality", fresh.id)
    except IntegrityError:
        raise Conflict(_("Kortnamnet eller värdnamnet blev just upptaget.")) from None


def _check_municipality(row: Municipality, values: dict[str, Any]) -> None:
    if not 1 <= values.get("promise_hours", 24) <= 240:
        raise InvalidInput(_("Löftet är 1 till 240 räknade timmar."))
    if not 1 <= values.get("retention_days", 180) <= 3650:
        raise InvalidInput(_("Tiden till gallring är 1 till 3650 dagar."))
    if not 0 <= values.get("sms_a_day", 0) <= 100_000:
        raise InvalidInput(_("Taket är 0 till 100 000 sms om dygnet."))
    host = values.get("host")
    taken = select(Municipality.name).where(Municipality.host == host, Municipality.id != row.id)
    if host and (name := db.session.scalar(taken)):
        raise Conflict(_("Värdnamnet %(host)s används av %(name)s.", host=host, name=name))


# --- what belongs to a municipality --------------------------------------------------------------


def put_school(
    municipality: Municipality,
    slug: str,
    *,
    name: str,
    form: SchoolForm,
    town: str | None,
    active: bool = True,
    earlier: str | None = None,
    successor: str | None = None,
) -> Change:
    """A school is known by its slug.

    earlier: the slug of a school that is to be called ``slug`` from now on, as ``rename_school``;
    says nothing when that has been done. successor: the slug of the school that a closed one leads
    to; left out, what it led to before stands.
    Raises Conflict when another school has the slug, or has had it, among those who share a host;
    InvalidInput for an open school with a successor, NotFound when there is no such successor.
    """
    lock(municipality)  # its host, and so the slugs that are free, stands until the end
    row = _school(municipality, slug)
    renamed = Change.UNCHANGED
    if row is None and earlier and (row := _school(municipality, earlier)):
        renamed = rename_school(municipality, row, slug)
    values = {"name": name, "form": form, "town": town, "active": active}
    fresh = School(id=new_id(), municipality_id=municipality.id, slug=slug)
    if active or successor:
        values["successor_id"] = _successor_id(municipality, row or fresh, active, successor)
    change = _put(row, fresh, values, "school", municipality.id)
    _reach(municipality, row or fresh)
    return renamed if change is Change.UNCHANGED else change


def rename_school(municipality: Municipality, school: School, slug: str) -> Change:
    """Give a school another slug. The one that it had leads to it for ever.

    Raises Conflict when another school has the new slug, or has had it, among those who share a
    host.
    """
    lock(municipality)
    _reach(municipality, school)
    change = _put(school, school, {"slug": slug}, "school_renamed", municipality.id)
    _reach(municipality, school)
    return change


def _school(municipality: Municipality, slug: str) -> School | None:
    return db.session.scalar(
        select(School).where(School.municipality_id == municipality.id, School.slug == slug)
    )


def _successor_id(
    municipality: Municipality, school: School, active: bool, slug: str | None
) -> str | None:
    if not slug:
        return None
    if active:
        raise InvalidInput(_("en öppen skola har ingen efterträdare"))
    found = _school(municipality, slug)
    if found is None:
        raise NotFound(_("det finns ingen skola ”%(slug)s”", slug=slug))
    after: School | None = found
    while after is not None:
        if after.id == school.id:
            raise InvalidInput(_("skolan kan inte leda till sig själv"))
        after = db.session.get(School, after.successor_id) if after.successor_id else None
    return found.id


def _reach(municipality: Municipality, school: School) -> None:
    """Let a school be reached under its slug and those that it has had: where its municipality is,
    and where it has been reached before.

    Raises Conflict when another school has its present slug where the municipality is. Elsewhere,
    and for a slug of before, whoever was first keeps it.
    """
    home = rules.slug_space(municipality.id, municipality.host)
    known = db.session.scalars(
        select(SchoolAddress).where(SchoolAddress.school_id == school.id)
    ).all()
    for space in {home, *(row.space for row in known)}:
        for slug in {school.slug, *(row.slug for row in known)}:
            owner_id = _address(space, slug, school)
            if owner_id != school.id and (space, slug) == (home, school.slug):
                raise Conflict(_taken(municipality, slug, owner_id))


def _address(space: str, slug: str, school: School) -> str:
    """The id of the school that has the address: this one, unless another was first."""
    row = db.session.get(SchoolAddress, (space, slug))
    if row is None:
        row = SchoolAddress(space=space, slug=slug, school_id=school.id)
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:  # another transaction was first
            row = db.session.get_one(SchoolAddress, (space, slug))
    return row.school_id


def _taken(municipality: Municipality, slug: str, owner_id: str) -> str:
    """Another municipality's school is not named."""
    owner = db.session.get_one(School, owner_id)
    if owner.municipality_id != municipality.id:
        return _("kortnamnet %(slug)s används av en annan kommuns skola", slug=slug)
    return _("kortnamnet %(slug)s leder till %(name)s", slug=slug, name=owner.name)


def put_break(
    municipality: Municipality,
    school: School | None,
    name: str,
    starts_on: date,
    ends_on: date,
    *,
    by: work.Actor = work.OPERATOR,
) -> Change:
    """A break that overlaps a stored one of the same name and school is that one, moved.

    Raises InvalidInput when it ends before it begins or is longer than a year.
    """
    if not 0 <= (ends_on - starts_on).days <= 366:
        raise InvalidInput(_("lovet slutar innan det börjar, eller är längre än ett år"), "ends_on")
    row = db.session.scalar(
        select(Break)
        .where(
            Break.municipality_id == municipality.id,
            Break.school_id == (school.id if school else None),
            Break.name == name,
            Break.starts_on <= ends_on,
            Break.ends_on >= starts_on,
        )
        .order_by(Break.starts_on != starts_on)
        .limit(1)
    )
    fresh = Break(
        id=new_id(), municipality_id=municipality.id, school_id=school.id if school else None
    )
    values = {"name": name, "starts_on": starts_on, "ends_on": ends_on}
    return _put(row, fresh, values, "break", municipality.id, by)


def put_organisation(
    municipality: Municipality,
    name: str,
    kind: OrganisationKind,
    *,
    contact: str | None,
    at_door: bool,
    active: bool = True,
    by: work.Actor = work.OPERATOR,
) -> tuple[Organisation, Change]:
    """An organisation is known by its name. Its kind stays: who stands where follows from it.

    Raises Conflict for another kind.
    """
    row = find_organisation(municipality, name)
    if row and row.kind is not kind:
        raise Conflict(_("Organisationen finns redan och är av ett annat slag."))
    fresh = Organisation(id=new_id(), municipality_id=municipality.id, name=name, kind=kind)
    values = {"contact": contact, "at_door": at_door, "active": active}
    change = _put(row, fresh, values, "organisation", municipality.id, by)
    return row or fresh, change


def find_organisation(municipality: Municipality, name: str) -> Organisation | None:
    """By name, whether active or not."""
    return db.session.scalar(
        select(Organisation).where(
            Organisation.municipality_id == municipality.id, Organisation.name == name
        )
    )


def put_template(municipality: Municipality, title: str, *, wall: Wall | None, body: str) -> Change:
    """A reply template is known by its title."""
    row = find_template(municipality, title)
    fresh = ReplyTemplate(id=new_id(), municipality_id=municipality.id, title=title)
    return _put(row, fresh, {"wall": wall, "body": body}, "template", municipality.id)


def find_template(municipality: Municipality, title: str) -> ReplyTemplate | None:
    return db.session.scalar(
        select(ReplyTemplate).where(
            ReplyTemplate.municipality_id == municipality.id, ReplyTemplate.title == title
        )
    )


def put_crisis_line(municipality: Municipality | None, name: str, **values: Any) -> Change:
    """A crisis line of one municipality, or with None a national one, known by its name."""
    owner = municipality.id if municipality else None
    row = db.session.scalar(
        select(CrisisLine).where(CrisisLine.municipality_id == owner, CrisisLine.name == name)
    )
    fresh = CrisisLine(id=new_id(), municipality_id=owner, name=name)
    return _put(row, fresh, values, "crisis_line", owner)


def put_guarantee(
    municipality: Municipality | None,
    name: str,
    profession: Profession | None,
    starts_on: date,
    **values: Any,
) -> Change:
    """A guarantee of one municipality, or with None a national one, known by its name, whom it is
    about and when it begins. It holds for knocks to come: a date that was given stands.

    Raises InvalidInput when it ends before it begins or is of no time at all.
    """
    if values["amount"] < 1:
        raise InvalidInput(_("en garanti är minst en timme eller en dag"))
    if values["ends_on"] and values["ends_on"] < starts_on:
        raise InvalidInput(_("garantin slutar innan den börjar"))
    owner = municipality.id if municipality else None
    row = db.session.scalar(
        select(Guarantee).where(
            Guarantee.municipality_id == owner,
            Guarantee.name == name,
            Guarantee.profession == profession,
            Guarantee.starts_on == starts_on,
        )
    )
    fresh = Guarantee(
        id=new_id(), municipality_id=owner, name=name, profession=profession, starts_on=starts_on
    )
    return _put(row, fresh, values, "guarantee", owner)


def has_national_crisis_lines() -> bool:
    query = select(CrisisLine.id).where(CrisisLine.municipality_id.is_(None)).limit(1)
    return db.session.scalar(query) is not None


def remove(
    row: Break | CrisisLine | Guarantee | ReplyTemplate | None, *, by: work.Actor = work.OPERATOR
) -> None:
    """Take away one row that no other points to. Raises NotFound for None."""
    if row is None:
        raise NotFound(_("Raden finns inte."))
    audit.record(
        Action.IMPORTED,
        by=by,
        municipality_id=row.municipality_id,
        reason=f"removed_{row.__tablename__}",
    )
    db.session.delete(row)
