"""The verbs of places: add and change what an operator keeps in order. Nothing here commits.

A ``put`` writes a row whether it exists or not and tells which of the two it was, so that the
same list can be put twice without harm.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.extensions import Base, db

from .models import Break, CrisisLine, Municipality, ReplyTemplate, School, SchoolForm


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
    row: Base | None, fresh: Base, values: dict[str, Any], what: str, owner: str | None
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
        audit.record(Action.IMPORTED, by=work.OPERATOR, municipality_id=owner, reason=what)
    return change


# --- municipalities ------------------------------------------------------------------------------


def add_municipality(slug: str, name: str, **values: Any) -> Municipality:
    """Raises Conflict when the slug or the host is taken, InvalidInput as ``set_municipality``."""
    if db.session.scalar(select(Municipality.id).where(Municipality.slug == slug)):
        raise Conflict(_("Kortnamnet %(slug)s är upptaget.", slug=slug))
    row = Municipality(id=new_id(), slug=slug, name=name)
    _check_municipality(row, values)
    _put(None, row, values, "municipality", row.id)
    return row


def set_municipality(row: Municipality, **values: Any) -> Change:
    """Change settings. Dates already promised stand; only coming knocks get the new promise.

    Raises Conflict when the host is taken, InvalidInput for hours or days out of range.
    """
    _check_municipality(row, values)
    return _put(row, row, values, "municipality", row.id)


def _check_municipality(row: Municipality, values: dict[str, Any]) -> None:
    if not 1 <= values.get("promise_hours", 24) <= 240:
        raise InvalidInput(_("Löftet är 1 till 240 räknade timmar."))
    if not 1 <= values.get("retention_days", 180) <= 3650:
        raise InvalidInput(_("Gallringstiden är 1 till 3650 dagar."))
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
) -> Change:
    """A school is known by its slug, which is unique in the deployment.

    Raises Conflict when another municipality's school has it.
    """
    row = db.session.scalar(select(School).where(School.slug == slug))
    if row and row.municipality_id != municipality.id:
        raise Conflict(_("kortnamnet %(slug)s används av en annan kommuns skola", slug=slug))
    fresh = School(id=new_id(), municipality_id=municipality.id, slug=slug)
    values = {"name": name, "form": form, "town": town, "active": active}
    return _put(row, fresh, values, "school", municipality.id)


def put_break(
    municipality: Municipality, school: School | None, name: str, starts_on: date, ends_on: date
) -> Change:
    """A break that overlaps a stored one of the same name and school is that one, moved.

    Raises InvalidInput when it ends before it begins or is longer than a year.
    """
    if not 0 <= (ends_on - starts_on).days <= 366:
        raise InvalidInput(_("lovet slutar innan det börjar, eller är längre än ett år"))
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
    return _put(row, fresh, values, "break", municipality.id)


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


def has_national_crisis_lines() -> bool:
    query = select(CrisisLine.id).where(CrisisLine.municipality_id.is_(None)).limit(1)
    return db.session.scalar(query) is not None


def remove(row: Break | CrisisLine | ReplyTemplate | None) -> None:
    """Take away one row that no other points to. Raises NotFound for None."""
    if row is None:
        raise NotFound(_("Raden finns inte."))
    audit.record(
        Action.IMPORTED,
        by=work.OPERATOR,
        municipality_id=row.municipality_id,
        reason=f"removed_{row.__tablename__}",
    )
    db.session.delete(row)
