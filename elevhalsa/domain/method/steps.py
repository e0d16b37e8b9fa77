"""The steps of the local way: what is done, who does it and by when, in words. Nothing here
commits.
"""

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.extensions import db

from . import rules
from .models import MethodStep
from .rules import Way

MOST = 40


def every(municipality_id: str) -> list[MethodStep]:
    """In their order."""
    query = (
        select(MethodStep)
        .where(MethodStep.municipality_id == municipality_id)
        .order_by(MethodStep.place, MethodStep.id)
    )
    return list(db.session.scalars(query))


def say(
    staff: Staff,
    step_id: str | None,
    *,
    what: str,
    who: str,
    by_when: str,
    form_id: str | None = None,
) -> MethodStep:
    """A coordinator adds a step last (no id), or says one in another way. A new one gets the id of
    the form that it was typed in: the same form again adds nothing.

    Raises NotFound where there is none of the id, InvalidInput where there are too many.
    """
    places.hold(staff.municipality_id)
    rows = every(staff.municipality_id)
    row = next((one for one in rows if one.id == (step_id or form_id)), None)
    if step_id and row is None:
        raise NotFound(_("Steget finns inte längre."))
    if row is None:
        if len(rows) >= MOST:
            raise InvalidInput(_("Det är för många steg. Ta bort ett först."), "what")
        place = rows[-1].place + 1 if rows else 1
        row = MethodStep(id=form_id or new_id(), municipality_id=staff.municipality_id, place=place)
        db.session.add(row)
    row.what, row.who, row.by_when = what, who, by_when
    db.session.flush()
    _record(staff, row.id)
    return row


def move(staff: Staff, step_id: str, way: Way) -> None:
    """A coordinator has a step come earlier or later. One that is gone changes nothing."""
    places.hold(staff.municipality_id)
    rows = {one.id: one for one in every(staff.municipality_id)}
    for place, one in enumerate(rules.moved(list(rows), step_id, way), start=1):
        rows[one].place = place
    if step_id in rows:
        _record(staff, step_id)


def remove(staff: Staff, step_id: str) -> None:
    """A coordinator takes a step away. Twice is once."""
    places.hold(staff.municipality_id)
    row = next((one for one in every(staff.municipality_id) if one.id == step_id), None)
    if row:
        db.session.delete(row)
        _record(staff, step_id)


def _record(staff: Staff, step_id: str) -> None:
    audit.record(
        Action.METHOD_STEP_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=step_id,
    )
