"""Write an audit event in the transaction of the thing it tells of."""

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.about import About
from elevhalsa.domain.rows import insert

from .models import Action, AuditEvent


def record(
    action: Action,
    *,
    by: work.Actor | None = None,
    municipality_id: str | None = None,
    staff_id: str | None = None,
    about: About | None = None,
    to_staff_id: str | None = None,
    reason: str | None = None,
    from_school_id: str | None = None,
    to_school_id: str | None = None,
) -> None:
    """Add one event. ``reason`` is a code word of at most 40 characters, never free text.

    by: who acts; the present unit's actor when left out. municipality_id: likewise.
    staff_id: of the staff whom it is about, when the operator or the system acts.
    """
    scope = work.scope()
    actor = by or scope.actor
    insert(
        AuditEvent(
            at=clock.now(),
            action=action,
            actor=actor.kind,
            municipality_id=municipality_id or scope.municipality_id,
            staff_id=actor.staff_id or staff_id,
            **({"about_kind": about.kind, "about_id": about.id} if about else {}),
            to_staff_id=to_staff_id,
            reason=reason,
            from_school_id=from_school_id,
            to_school_id=to_school_id,
        )
    )
