"""Whose a consultation is, and the trace of what is done with it: what the verbs and the ladder
have in common. Nothing here commits."""

from elevhalsa import work
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import service as waits
from elevhalsa.extensions import db

from .models import Consultation
from .words import State


def give_to(staff: Staff, row: Consultation) -> None:
    """Hers from now on, and behind her wall. Raises Conflict for one without a profession."""
    if staff.profession is None:
        raise Conflict(_("Bara den som arbetar i elevhälsan kan ta emot den."))
    row.taken_by_id, row.wall = staff.id, staff.profession.wall
    db.session.expire(row, ["taken_by"])
    waits.give(row.about, staff.id)


def give_back(row: Consultation) -> None:
    """Whoever may take it can take it again."""
    row.state, row.taken_by_id = State.WAITING, None
    row.wall = row.wanted.wall if row.wanted else None
    waits.give(row.about, None)


def record(action: Action, row: Consultation, *, by: work.Actor, reason: str | None = None) -> None:
    """reason: a word of ours, never content."""
    audit.record(
        action,
        by=by,
        municipality_id=row.municipality_id,
        about=row.about,
        reason=reason,
    )
