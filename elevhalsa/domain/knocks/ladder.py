"""Who is told of a knock, and when: at once, and rung by rung while its promise is not kept."""

from datetime import datetime

from elevhalsa.core import clock
from elevhalsa.core.calendar import IsClosed, closed_days
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, Actor
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import About, Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.promise import rules as promise
from elevhalsa.extensions import db

from . import queries
from .models import Knock
from .words import State


def is_closed(row: Knock) -> IsClosed:
    return closed_days(eves_closed=row.municipality.eves_closed)


def tell_of_new(row: Knock, *, cause: str, besides: Staff | None = None) -> None:
    """Tell those who may see a waiting knock.

    Where nobody is left to tell (no such profession at the school, or the pupil avoids the only
    one) it opens wide at once and the coordinator knows.
    """
    receivers = [s for s in queries.staff_behind(row) if besides is None or s.id != besides.id]
    if not receivers and row.opened_wide_at is None:
        open_wide(row)
        receivers = [s for s in queries.staff_behind(row) if besides is None or s.id != besides.id]
        notices.post(
            Kind.NEW_KNOCK,
            queries.coordinators(row.municipality_id),
            cause=f"knock:{row.id}:{cause}",
            about=About.knock(row.id),
        )
    notices.post(
        Kind.NEW_KNOCK, receivers, cause=f"knock:{row.id}:{cause}", about=About.knock(row.id)
    )


def tell_pupil(row: Knock, kind: Kind, *, cause: str, useful_until: datetime | None = None) -> None:
    """Remind the pupil, if the pupil has asked for that. The same cause is told once."""
    notices.post_to_pupil(
        kind,
        about=About.knock(row.id),
        municipality_id=row.municipality_id,
        cause=cause,
        has_address=bool(row.remind_phone or row.remind_email),
        useful_until=useful_until,
    )


def open_wide(row: Knock) -> None:
    """Open to every professional behind the wall in the municipality."""
    if row.opened_wide_at is None:
        row.opened_wide_at = clock.now()
        _done_by_itself(Action.OPENED_WIDE, row)


def _done_by_itself(action: Action, row: Knock) -> None:
    audit.record(action, actor=Actor.SYSTEM, municipality_id=row.municipality_id, knock_id=row.id)
    db.session.flush()


def arm(row: Knock, municipality: Municipality) -> None:
    """Set when the sweep must look next: the ladder's next rung in counted hours."""
    ladder = promise.ladder_from(municipality.ladder, municipality.promise_hours)
    rung = promise.next_rung(ladder, row.rung_hours)
    row.next_rung_at = (
        promise.due_at(row.knocked_at, rung.hours, is_closed=is_closed(row)) if rung else None
    )


def climb(row: Knock, now: datetime) -> bool:
    """Do what is due for one knock. True when something was done; safe to call twice."""
    if not row.is_open or row.next_rung_at is None or row.next_rung_at > now:
        return False
    if row.retry_due:
        receivers = [row.taken_by] if row.taken_by else queries.staff_behind(row)
        cause = f"retry:{row.id}:{row.next_rung_at.timestamp():.0f}"
        notices.post(Kind.ATTEMPT_DUE, receivers, cause=cause, about=About.knock(row.id))
        row.next_rung_at = promise.due_at(
            now, row.municipality.promise_hours, is_closed=is_closed(row)
        )
        return True
    municipality = row.municipality
    ladder = promise.ladder_from(municipality.ladder, municipality.promise_hours)
    rung = promise.next_rung(ladder, row.rung_hours)
    if rung is None:
        row.next_rung_at = None
        return False
    row.rung_hours = rung.hours
    if rung.opens_wide:
        open_wide(row)
        _wait_again(row)
    kind = Kind.PROMISE_LATE if row.due_at <= now else Kind.NEW_KNOCK
    notices.post(
        kind, _audience(row, rung), cause=f"knock:{row.id}:{rung.hours}", about=About.knock(row.id)
    )
    if kind is Kind.PROMISE_LATE:
        tell_pupil(row, kind, cause=f"late:{row.id}")
    arm(row, municipality)
    return True


def _wait_again(row: Knock) -> None:
    """Somebody took it and made no contact in time: now whoever is first may. No word of blame."""
    if row.state is State.TAKEN:
        row.state = State.WAITING
        row.taken_by = None
        row.taken_at = None
        _done_by_itself(Action.RELEASED, row)


def _audience(row: Knock, rung: promise.Rung) -> list[Staff]:
    found: dict[str, Staff] = {}
    for audience in rung.audience:
        if audience is promise.Audience.STAFF:
            some = queries.staff_behind(row)
        elif audience is promise.Audience.TAKER:
            some = [row.taken_by] if row.taken_by else []
        elif audience is promise.Audience.COORDINATOR:
            some = queries.coordinators(row.municipality_id)
        else:
            some = []  # cover: nobody can be appointed yet
        found |= {staff.id: staff for staff in some}
    return list(found.values())
