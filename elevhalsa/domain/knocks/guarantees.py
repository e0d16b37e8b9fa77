"""A knock's other clocks, with two rungs each: a guarantee that holds on its day, until the pupil
has been in contact with the profession that it is about, and a new attempt after one without
answer. None lengthens the promise. Nothing here commits.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from elevhalsa.core.walls import SCHOOL_PROFESSIONS
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Guarantee
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db

from . import ladder, moves
from .models import Attempt, Knock, Message
from .receivers import When, Whom
from .rules import REACHES
from .words import Author

REMINDED, LATE = 1, 2
"""The rungs: ``Wait.rung_hours`` counts them."""
EVERY_HOURS = 24
"""Counted, between what is told of a guarantee that is late; of a new attempt the promised ones."""
KINDS = {
    Awaited.GUARANTEE: (Kind.GUARANTEE_NEAR, Kind.GUARANTEE_LATE),
    Awaited.NEW_ATTEMPT: (Kind.ATTEMPT_DUE, Kind.ATTEMPT_DUE),
}


WAS_KEPT = and_(
    Wait.ended_at <= Wait.due_at,
    Wait.ended_at.is_distinct_from(Knock.closed_at),
    Wait.ended_at.is_distinct_from(Knock.first_ended_at),
)
"""Of a guarantee's wait and its knock: it ended in time by contact, and not with the knock."""


def dates(
    guarantees: Sequence[Guarantee], since: datetime, policy: Policy
) -> list[tuple[Guarantee, datetime]]:
    """Each with its *senast*, counted from when the form showed it, as the promise's is."""
    return [
        (one, promise.guarantee_due(since, one.amount, one.unit, is_closed=policy.is_closed))
        for one in guarantees
    ]


def begin(
    knock: Knock,
    dated: Sequence[tuple[Guarantee, datetime]],
    policy: Policy,
    *,
    since: datetime,
) -> None:
    """From the knock on its pupil waits for each of them too."""
    for guarantee, due in dated:
        waits.begin(
            Awaited.GUARANTEE,
            knock.about,
            municipality_id=knock.municipality_id,
            due_at=due,
            next_rung_at=reminder_at(since, due, policy),
            began_at=since,
            guarantee_id=guarantee.id,
        )


def open_of(knock: Knock) -> list[Wait]:
    """Those that its pupil still waits for, the nearest first."""
    query = waits.open_about(knock.about).where(Wait.awaited == Awaited.GUARANTEE)
    return list(db.session.scalars(query.options(joinedload(Wait.guarantee))))


def end_reached(knock: Knock, *, at: datetime) -> None:
    """Those that the pupil's contacts so far have met have ended, at that moment."""
    db.session.flush()
    for wait in open_of(knock):
        if _is_met(wait, knock):
            wait.ended_at, wait.next_rung_at = at, None
    moves.note_nearest(knock)


def _is_met(wait: Wait, knock: Knock) -> bool:
    """Somebody of the profession has talked with or met the pupil, or written what the pupil has
    had on a screen."""
    profession = wait.guarantee.profession if wait.guarantee else None
    of_it = (
        Staff.profession == profession if profession else Staff.profession.in_(SCHOOL_PROFESSIONS)
    )
    reached = exists().where(
        Attempt.knock_id == knock.id,
        Attempt.kind.in_(REACHES),
        Attempt.at >= wait.began_at,
        Staff.id == Attempt.staff_id,
        of_it,
    )
    read = exists().where(
        Message.knock_id == knock.id,
        Message.author == Author.STAFF,
        Message.seen_at.is_not(None),
        Staff.id == Message.staff_id,
        of_it,
    )
    return bool(db.session.scalar(select(or_(reached, read))))


def all_kept(knock: Knock) -> bool | None:
    """None of a knock that had no guarantee."""
    mine = (Wait.about_id == knock.id, Wait.awaited == Awaited.GUARANTEE)
    query = select(func.count(), func.count().filter(WAS_KEPT)).select_from(Wait)
    of, kept = db.session.execute(query.join(Knock, Knock.id == Wait.about_id).where(*mine)).one()
    return of == kept if of else None


def climb(
    wait: Wait, policy: Policy, now: datetime, whom: Whom
) -> tuple[ClimbedRung | None, list[notices.Told]] | None:
    """Do what is due of one. Returns the rung, and whom to tell; None: nothing was due after all.

    policy: as it was when it began.
    """
    knock = whom.knock
    is_guarantee = wait.awaited is Awaited.GUARANTEE
    if is_guarantee and _is_met(wait, knock):
        end_reached(knock, at=now)
        return None, []
    if wait.rung_hours < REMINDED:
        at = reminder_at(wait.began_at, wait.due_at, policy)
    else:
        at = wait.again_at or wait.due_at
    if now < at:
        wait.next_rung_at = at
        return None
    is_late = wait.due_at <= now
    wait.rung_hours = max(wait.rung_hours + 1, LATE) if is_late else REMINDED
    wait.again_at = policy.due_at(now, EVERY_HOURS if is_guarantee else None) if is_late else None
    wait.next_rung_at = wait.again_at or wait.due_at
    when = When.now(now, None if is_late else wait.due_at)
    hears = (whom.taker(when) if knock.taken_by_id else []) or whom.behind(when)
    coordinators = whom.coordinators(When.now(now)) if is_late or not hears else []
    kind = KINDS[wait.awaited][is_late]
    cause = f"wait:{wait.id}:{wait.rung_hours}"
    told = ladder.telling(kind, knock, hears, coordinators, cause=cause)
    row = ClimbedRung(
        wait_id=wait.id,
        hours=wait.rung_hours,
        at=now if is_late else min((one.at for one in hears), default=now),
        told=ladder.counted(told, hears),
        is_late=is_late,
        again_at=wait.again_at,
    )
    if wait.rung_hours == LATE and not _is_said_to_be_late(wait, knock, now):
        late = (Kind.PROMISE_LATE, knock.about, knock.municipality_id, f"late:{wait.id}")
        told.append(notices.ToPupil(*late, due_at=wait.due_at))
    return row, told


def _is_said_to_be_late(wait: Wait, knock: Knock, now: datetime) -> bool:
    """Another of its dates has passed too, and the pupil is told of that."""
    others = waits.open_about(knock.about).where(Wait.id != wait.id, Wait.due_at <= now)
    is_told = or_(Wait.awaited.not_in(KINDS), Wait.rung_hours >= LATE)
    return db.session.scalar(others.where(is_told).limit(1)) is not None


def reminder_at(began_at: datetime, due: datetime, policy: Policy) -> datetime:
    """When those who can act are reminded of one of these."""
    return promise.reminder_at(began_at, due, is_closed=policy.is_closed)
