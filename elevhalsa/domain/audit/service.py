"""Write an audit event in the transaction of the thing it tells of."""

from elevhalsa.core import clock
from elevhalsa.extensions import db

from .models import Action, Actor, AuditEvent


def record(
    action: Action,
    *,
    actor: Actor,
    municipality_id: str | None = None,
    staff_id: str | None = None,
    knock_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Add one event. ``reason`` is a code word of at most 40 characters, never free text."""
    db.session.add(
        AuditEvent(
            at=clock.now(),
            action=action,
            actor=actor,
            municipality_id=municipality_id,
            staff_id=staff_id,
            knock_id=knock_id,
            reason=reason,
        )
    )
