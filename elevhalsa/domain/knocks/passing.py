"""A knock goes from one to another behind the same wall. Who acts is the first argument; nothing
here commits."""

from datetime import datetime

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotAllowed
from elevhalsa.core.i18n import _, by_when
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.queries import Colleague
from elevhalsa.extensions import db

from . import ladder, moves, queries, rules, thread, undoing
from .models import Avoided, Knock, Passing
from .words import Author, How, TakeOverReason, Undoing


def colleagues(staff: Staff, knock: Knock) -> list[Colleague]:
    """Whom a knock may be handed over to: the school's own first, and of those, as of the others,
    first whoever is as the pupil wishes."""
    found = serving.may_be_given(queries.matter_of(knock), staff, clock.now())
    return sorted(
        found, key=lambda c: (c.is_away, not c.serves_school, not is_wished(knock, c.staff))
    )


def is_wished(knock: Knock, staff: Staff) -> bool:
    """Is somebody the woman, or the man, whom the pupil would rather meet?"""
    return staff.gender is not None and staff.gender is knock.wished_gender


def as_wished(staff: Staff, knock: Knock) -> list[Staff]:
    """Colleagues who are as the pupil wishes and can answer by its *senast*: to wait for them costs
    no time that was promised. None for one who is so herself, and of what nobody waits for."""
    if not (knock.is_open and knock.awaits and knock.wished_gender) or is_wished(knock, staff):
        return []
    in_time = ladder.in_time(knock)
    return [
        one.staff
        for one in colleagues(staff, knock)
        if one.staff.id in in_time and is_wished(knock, one.staff)
    ]


def hand_over(
    staff: Staff, knock: Knock, to: Staff, *, shown: str | None, note: str | None = None
) -> None:
    """Give a knock to a colleague behind the same wall, with a note that the two can read. It can
    be undone for some minutes, and is not sent before, unless it is urgent.

    shown: as in ``answering.close``. Raises NewText when the pupil has written since, NotAllowed
    for anyone else, and Conflict when it is not mine to give.
    """
    lock(knock)
    moves.require_held(knock, staff)
    thread.require_shown(knock, shown, of=Author.PUPIL)
    if to.id not in {colleague.staff.id for colleague in colleagues(staff, knock)}:
        raise NotAllowed(_("Du kan bara lämna över inom samma sekretessområde."))
    passing = _pass(knock, How.HANDED_OVER, to, note=(note or "").strip() or None)
    _record(Action.HANDED_OVER, staff, knock, to=to)
    senast = knock.deadline_at if knock.awaits else None
    at_once = rules.cannot_wait(knock.triage, senast, passing.at)
    notices.post(
        Kind.HANDED_OVER,
        [to],
        cause=undoing.cause_of(passing),
        about=knock.about,
        not_before=None if at_once else passing.at + undoing.CAN_BE_UNDONE,
        due_at=senast,
    )
    undoing.offer(staff, knock, Undoing.HAND_OVER, at=passing.at, row_id=passing.id)


def free_from(knock: Knock, now: datetime) -> datetime | None:
    """From when a colleague of the holder may take over; None of what nobody has."""
    holder = knock.taken_by
    if holder is None or not knock.is_open:
        return None
    is_here = serving.may_have_again(queries.matter_of(knock), holder, now)
    return rules.free_from(knock.deadline_at, now, holder_is_here=is_here)


def take_over(staff: Staff, knock: Knock, reason: TakeOverReason) -> None:
    """Take a colleague's knock, who is told. Doing it twice is doing it once.

    Raises Conflict before its time (``free_from``) or when nobody has it, NotAllowed behind another
    wall.
    """
    now = clock.now()
    lock(knock)
    moves.require_open(knock)
    holder = knock.taken_by
    if holder is None:
        raise Conflict(_("Ingen har knackningen nu. Ta emot den i stället."))
    if holder.id == staff.id:
        return
    if not serving.may_have_again(queries.matter_of(knock), staff, now):
        raise NotAllowed(_("Du kan inte ta över den här knackningen."))
    free = free_from(knock, now)
    if free and free > now:
        raise Conflict(_("%(who)s har knackningen. Du kan ta över den om svaret inte har kommit "
                         "%(by)s.", who=holder.name, by=by_when(free)))  # fmt: skip
    passing = _pass(knock, How.TAKEN_OVER, staff, reason=reason)
    _record(Action.TAKEN_OVER, staff, knock, to=holder, reason=reason)
    if holder.works_on(clock.today()):
        cause = f"taken over:{passing.id}"
        notices.post(
            Kind.TAKEN_OVER, [holder], cause=cause, about=knock.about, due_at=knock.deadline_at
        )


def step_aside(staff: Staff, knock: Knock) -> None:
    """``staff`` knows the pupil: without more words, it is as if the pupil avoided them. What they
    had waits for somebody else, by the date that it had. Cannot be undone.

    Raises Conflict when it has ended.
    """
    now = clock.now()
    lock(knock)
    moves.require_open(knock)
    insert_once(Avoided(knock_id=knock.id, staff_id=staff.id))
    if knock.wanted_staff_id == staff.id:
        knock.wanted_staff = None
    _record(Action.STEPPED_ASIDE, staff, knock)
    notices.mark_seen(staff, about=knock.about)
    had_it = knock.taken_by_id == staff.id
    if had_it:
        db.session.add(
            Passing(
                knock_id=knock.id,
                how=How.STEPPED_ASIDE,
                from_id=staff.id,
                held_since=knock.taken_at,
                at=now,
            )
        )
        moves.wait_again(knock)
    nobody_left = not ladder.in_time(knock)
    if had_it or (nobody_left and knock.taken_by_id is None):
        ladder.tell_of_new(knock, cause=f"aside:{now.timestamp():.0f}")


def carry(
    knock: Knock,
    how: How,
    to: Staff | None,
    *,
    covered: Staff | None = None,
    note: str | None = None,
) -> bool:
    """A knock goes with the baton to somebody, with a note for them; with None it waits for whoever
    may take it, who are told. covered: from whom it comes; None: from whoever has it. False when it
    cannot be had: behind another wall, or by one whom the pupil avoids. The caller holds the knock
    (``lock``)."""
    giver, since, now = knock.taken_by, knock.taken_at, clock.now()
    comes_from = covered or giver
    if to is not None and knock.taken_by is None:
        if not ladder.take(knock, to):
            return False
    elif to is not None and not _may_have(knock, to):
        return False
    db.session.add(
        Passing(
            id=new_id(),
            knock_id=knock.id,
            how=how,
            from_id=comes_from.id if comes_from else None,
            to_id=to.id if to else None,
            note=note,
            held_since=since,
            at=now,
        )
    )
    audit.record(
        Action.CARRIED,
        by=work.SYSTEM,
        municipality_id=knock.municipality_id,
        staff_id=giver.id if giver else None,
        about=knock.about,
        to_staff_id=to.id if to else None,
        reason=how,
    )
    if to is None:
        moves.wait_again(knock)
        ladder.tell_of_new(knock, cause=f"carried:{now.timestamp():.0f}", besides=giver)
    elif giver is not None:
        moves.give(knock, to, since=now)
    return True


def _may_have(knock: Knock, staff: Staff) -> bool:
    """Of one who has not taken it: the wall, the municipality and the pupil's choice allow it."""
    return (
        staff.municipality_id == knock.municipality_id
        and staff.wall is not None
        and staff.wall is knock.wall
        and staff.id not in queries.avoided_by([knock.id])[knock.id]
    )


def carried(knock: Knock) -> list[Passing]:
    """When it went with a baton and came back, the oldest first."""
    query = (
        select(Passing)
        .where(Passing.knock_id == knock.id, Passing.how.in_((How.COVERED, How.CAME_BACK)))
        .order_by(Passing.at)
    )
    return list(db.session.scalars(query))


def asides(knock: Knock) -> list[datetime]:
    """When somebody who had it stepped aside."""
    query = select(Passing.at).where(Passing.knock_id == knock.id, Passing.how == How.STEPPED_ASIDE)
    return list(db.session.scalars(query.order_by(Passing.at)))


def latest(knock: Knock) -> Passing | None:
    """How it last went from one to another."""
    return db.session.scalars(
        select(Passing)
        .where(Passing.knock_id == knock.id, Passing.undone_at.is_(None))
        .order_by(Passing.at.desc())
        .limit(1)
    ).first()


def _pass(
    knock: Knock,
    how: How,
    to: Staff,
    *,
    reason: TakeOverReason | None = None,
    note: str | None = None,
) -> Passing:
    passing = Passing(
        id=new_id(),
        knock_id=knock.id,
        how=how,
        from_id=knock.taken_by_id,
        to_id=to.id,
        reason=reason,
        note=note,
        held_since=knock.taken_at,
        at=clock.now(),
    )
    db.session.add(passing)
    moves.give(knock, to, since=passing.at)
    return passing


def _record(
    action: Action,
    staff: Staff,
    knock: Knock,
    *,
    to: Staff | None = None,
    reason: str | None = None,
) -> None:
    audit.record(
        action,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        to_staff_id=to.id if to else None,
        reason=reason,
    )
