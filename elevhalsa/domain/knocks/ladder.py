"""Who is told of a knock, and when: at once, and rung by rung while its promise is not kept."""

from datetime import datetime

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import moves, queries
from .models import Knock
from .words import State


def tell_of_new(knock: Knock, *, cause: str, besides: Staff | None = None) -> None:
    """Tell those who may see a waiting knock.

    Where nobody is left to tell (no such profession at the school, or the pupil avoids the only
    one) it opens wide at once and the coordinator knows.
    """
    receivers = _behind(knock, besides)
    if not receivers and knock.opened_wide_at is None:
        open_wide(knock)
        receivers = _behind(knock, besides)
        notices.post(
            Kind.NEW_KNOCK,
            serving.coordinators(knock.municipality_id),
            cause=f"knock:{knock.id}:{cause}",
            about=knock.about,
        )
    notices.post(Kind.NEW_KNOCK, receivers, cause=f"knock:{knock.id}:{cause}", about=knock.about)


def _behind(knock: Knock, besides: Staff | None = None) -> list[Staff]:
    told = serving.may_be_told(queries.matter_of(knock), clock.now())
    return [staff for staff in told if besides is None or staff.id != besides.id]


def tell_pupil(knock: Knock, kind: Kind, *, cause: str) -> None:
    """Remind the pupil, if the pupil has asked for that. The same cause is told once."""
    notices.post_to_pupil(
        kind, about=knock.about, municipality_id=knock.municipality_id, cause=cause
    )


def open_wide(knock: Knock) -> None:
    """Open to every professional behind the wall in the municipality."""
    if knock.opened_wide_at is None:
        knock.opened_wide_at = clock.now()
        _done_by_itself(Action.OPENED_WIDE, knock)


def _done_by_itself(action: Action, knock: Knock) -> None:
    audit.record(action, by=work.SYSTEM, municipality_id=knock.municipality_id, knock_id=knock.id)
    db.session.flush()


def arm(knock: Knock) -> None:
    """Set when the sweep must look next: the ladder's next rung in counted hours."""
    policy = policy_of(knock.municipality)
    rung = policy.next_rung(knock.rung_hours)
    knock.next_rung_at = policy.due_at(knock.knocked_at, rung.hours) if rung else None


def climb(knock: Knock, now: datetime) -> bool:
    """Do what is due for one knock. True when something was done; safe to call twice."""
    if not knock.is_open or knock.next_rung_at is None or knock.next_rung_at > now:
        return False
    if knock.retry_due:
        receivers = [knock.taken_by] if knock.taken_by else _behind(knock)
        cause = f"retry:{knock.id}:{knock.next_rung_at.timestamp():.0f}"
        notices.post(Kind.ATTEMPT_DUE, receivers, cause=cause, about=knock.about)
        knock.next_rung_at = policy_of(knock.municipality).due_at(now)
        return True
    rung = policy_of(knock.municipality).next_rung(knock.rung_hours)
    if rung is None:
        knock.next_rung_at = None
        return False
    knock.rung_hours = rung.hours
    if rung.opens_wide:
        open_wide(knock)
        _wait_again(knock)
    kind = Kind.PROMISE_LATE if knock.due_at <= now else Kind.NEW_KNOCK
    notices.post(
        kind,
        _audience(knock, rung),
        cause=f"knock:{knock.id}:{rung.hours}",
        about=knock.about,
    )
    if kind is Kind.PROMISE_LATE:
        tell_pupil(knock, kind, cause=f"late:{knock.id}")
    arm(knock)
    return True


def _wait_again(knock: Knock) -> None:
    """Somebody took it and made no contact in time: now whoever is first may. No word of blame."""
    if knock.state is State.TAKEN:
        moves.wait_again(knock)
        _done_by_itself(Action.RELEASED, knock)


def _audience(knock: Knock, rung: promise.Rung) -> list[Staff]:
    found: dict[str, Staff] = {}
    for audience in rung.audience:
        if audience is promise.Audience.STAFF:
            some = _behind(knock)
        elif audience is promise.Audience.TAKER:
            some = [knock.taken_by] if knock.taken_by else []
        elif audience is promise.Audience.COORDINATOR:
            some = serving.coordinators(knock.municipality_id)
        else:
            some = []  # cover: nobody can be appointed yet
        found |= {staff.id: staff for staff in some}
    return list(found.values())
