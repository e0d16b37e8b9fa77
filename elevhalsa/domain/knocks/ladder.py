"""Who is told of a knock, and when: at once, and rung by rung while its promise is not kept."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import moves, queries
from .models import Knock
from .words import State


def tell_of_new(knock: Knock, *, cause: str, besides: Staff | None = None) -> None:
    """Tell those who may see a waiting knock: a new one, or one that waits for an answer.

    Where nobody is left to tell (no such profession at the school, or the pupil avoids the only
    one) it opens wide at once and the coordinator knows.
    """
    receivers = _behind(knock, besides)
    coordinators: list[Staff] = []
    if not receivers and knock.opened_wide_at is None:
        open_wide(knock)
        receivers = _behind(knock, besides)
        coordinators = serving.coordinators(queries.matter_of(knock), clock.now())
    kind = _kind_of_waiting(knock.awaits)
    _tell(kind, knock, receivers, coordinators, cause=f"knock:{knock.id}:{cause}")


def _kind_of_waiting(awaited: Awaited | None) -> Kind:
    return Kind.NEW_KNOCK if awaited is Awaited.FIRST_CONTACT else Kind.WAITS_FOR_ANSWER


def _tell(
    kind: Kind, knock: Knock, staff: list[Staff], coordinators: list[Staff], *, cause: str
) -> None:
    """Each once. Who may be told as a professional is, also when they coordinate."""
    notices.post(kind, staff, cause=cause, about=knock.about)
    others = [one for one in coordinators if one not in staff]
    if others:
        notices.post(kind, others, cause=cause, about=knock.about, told_as=Audience.COORDINATOR)


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


def climb(knock: Knock, now: datetime) -> bool:
    """Do what is due for one knock. True when something was done; safe to call twice."""
    query = open_about(knock.about).where(Wait.next_rung_at <= now).limit(1)
    wait = db.session.scalar(query)
    return wait is not None and _climb(knock, wait, now)


def climb_wait(wait_id: str, now: datetime) -> bool:
    """As ``climb``, for the sweep: by the wait's id. The knock is locked first, as every verb does;
    what another holds is passed by."""
    found = db.session.execute(
        select(Knock, Wait)
        .join(Wait, Wait.about_id == Knock.id)
        .where(Wait.id == wait_id, Wait.next_rung_at <= now)
        .with_for_update(of=(Knock, Wait), skip_locked=True)
        .options(joinedload(Knock.municipality, innerjoin=True))
        .execution_options(populate_existing=True)
    ).first()
    return found is not None and _climb(found[0], found[1], now)


def _climb(knock: Knock, wait: Wait, now: datetime) -> bool:
    if wait.awaited is Awaited.NEW_ATTEMPT:
        return _ask_for_new_attempt(knock, wait, now)
    is_first = wait.awaited is Awaited.FIRST_CONTACT
    if is_first and knock.contacted_at:
        # reached in another way than the chosen: nobody waits for a first word
        moves.no_longer_waits(knock, (Awaited.FIRST_CONTACT,))
        return True
    policy = policy_of(knock.municipality)
    rung = policy.next_rung(wait.rung_hours)
    if rung is None:
        wait.next_rung_at = None
        return True
    wait.rung_hours = rung.hours
    began_at = knock.knocked_at if is_first else wait.began_at
    wait.next_rung_at = policy.next_rung_at(began_at, rung.hours)
    if rung.opens_wide:
        open_wide(knock)
        _wait_again(knock)
    kind = Kind.PROMISE_LATE if wait.due_at <= now else _kind_of_waiting(wait.awaited)
    coordinators: list[Staff] = []
    if promise.Audience.COORDINATOR in rung.audience:
        coordinators = serving.coordinators(queries.matter_of(knock), clock.now())
    # A knock has one first contact, but may wait for many answers.
    what = f"knock:{knock.id}" if is_first else f"wait:{wait.id}"
    _tell(kind, knock, _staff_of(knock, rung), coordinators, cause=f"{what}:{rung.hours}")
    if kind is Kind.PROMISE_LATE:
        tell_pupil(knock, kind, cause=f"late:{knock.id if is_first else wait.id}")
    return True


def _ask_for_new_attempt(knock: Knock, wait: Wait, now: datetime) -> bool:
    if wait.next_rung_at is None:
        return False
    receivers = [knock.taken_by] if knock.taken_by else _behind(knock)
    cause = f"retry:{knock.id}:{wait.next_rung_at.timestamp():.0f}"
    notices.post(Kind.ATTEMPT_DUE, receivers, cause=cause, about=knock.about)
    wait.next_rung_at = policy_of(knock.municipality).due_at(now)
    return True


def _wait_again(knock: Knock) -> None:
    """Somebody took it and made no contact in time: now whoever is first may. No word of blame."""
    if knock.state is State.TAKEN:
        moves.wait_again(knock)
        _done_by_itself(Action.RELEASED, knock)


def _staff_of(knock: Knock, rung: promise.Rung) -> list[Staff]:
    """Whom a rung tells as professionals."""
    found: dict[str, Staff] = {}
    for audience in rung.audience:
        if audience is promise.Audience.STAFF:
            some = _behind(knock)
        elif audience is promise.Audience.TAKER:
            some = [knock.taken_by] if knock.taken_by else []
        else:
            some = []  # the coordinator, who is told apart; cover: nobody can be appointed yet
        found |= {staff.id: staff for staff in some}
    return list(found.values())
