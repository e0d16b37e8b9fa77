"""What staff did by mistake can be undone for some minutes. The audit keeps both.

What would be sent meanwhile waits in the outbox and falls away; what was too urgent to wait has
left, and is corrected by another notice.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed, lock
from elevhalsa.extensions import db

from . import moves, queries
from .models import Attempt, Knock, Passing, Undo
from .rules import REACHES
from .words import Author, State, Undoing

CAN_BE_UNDONE = timedelta(minutes=5)


def offer(
    staff: Staff, knock: Knock, what: Undoing, *, at: datetime, row_id: str | None = None
) -> None:
    """From now on ``staff`` can undo it. at: the moment that stands on what was done."""
    until = at + CAN_BE_UNDONE
    db.session.add(
        Undo(knock_id=knock.id, staff_id=staff.id, what=what, row_id=row_id, at=at, until=until)
    )


def open_to(staff: Staff) -> list[Undo]:
    """What one person can undo now, newest first."""
    return list(
        db.session.scalars(
            select(Undo)
            .where(Undo.staff_id == staff.id, Undo.until > clock.now())
            .order_by(Undo.at.desc(), Undo.id)
        )
    )


def undo(staff: Staff, undo_id: str) -> Knock:
    """As if it had not been done.

    Raises NotFound for what is not this person's or has been undone, Conflict when the minutes have
    passed or something has happened since that stands on it.
    """
    row = db.session.scalar(select(Undo).where(Undo.id == undo_id, Undo.staff_id == staff.id))
    if row is None:
        raise NotFound(_("Det går inte att ångra."))
    work.hold(row.knock_id)
    knock = db.session.get_one(Knock, row.knock_id)
    lock(knock)
    if row.until <= clock.now():
        raise Conflict(_("Det har gått mer än fem minuter. Det går inte att ångra längre."))
    _HOW[row.what](staff, knock, row)
    audit.record(
        Action.UNDONE,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=row.what,
    )
    db.session.execute(delete(Undo).where(Undo.id == row.id))
    return knock


def _overtaken() -> Conflict:
    return Conflict(_("Något nytt har hänt med knackningen. Det går inte att ångra längre."))


def _undo_close(staff: Staff, knock: Knock, row: Undo) -> None:
    if knock.state is not State.CLOSED or knock.closed_at != row.at:
        raise _overtaken()
    moves.undo_end(knock)


def _undo_hand_over(staff: Staff, knock: Knock, row: Undo) -> None:
    passing = db.session.get_one(Passing, row.row_id)
    to = passing.to_staff
    still_there = knock.state is State.TAKEN and to and knock.taken_by_id == to.id
    if not still_there or to is None or knock.taken_at != passing.at or _acted(knock, to, row.at):
        raise _overtaken()
    if staff.id in queries.avoided_by([knock.id])[knock.id]:  # stepped aside since
        raise _overtaken()
    moves.give(knock, staff, since=passing.held_since or clock.now())
    passing.undone_at = clock.now()
    if notices.take_back(cause_of(passing), to):
        cause = f"unhanded:{passing.id}"
        notices.post(
            Kind.HAND_OVER_UNDONE, [to], cause=cause, about=knock.about, due_at=knock.deadline_at
        )


def cause_of(passing: Passing) -> str:
    """Of the notice that tells of it."""
    return f"handed:{passing.id}"


def _acted(knock: Knock, staff: Staff, since: datetime) -> bool:
    """Has this person answered, called or the like since then?"""
    return any(a.staff_id == staff.id and a.at >= since for a in knock.attempts)


def _undo_attempt(staff: Staff, knock: Knock, row: Undo) -> None:
    mine = next((a for a in knock.attempts if a.id == row.row_id), None)
    if mine is None or mine is not knock.attempts[-1] or knock.taken_by_id != staff.id:
        raise _overtaken()
    if not knock.is_open:  # nobody waits for anything
        raise _overtaken()
    left = [a for a in knock.attempts if a is not mine]
    if knock.kept_at == mine.at:
        knock.kept_at = min((a.at for a in left if a.on_chosen_way), default=None)
    if knock.reached_at == mine.at:
        met = [a.at for a in left if a.kind in REACHES]
        seen = [m.seen_at for m in knock.messages if m.author is Author.STAFF and m.seen_at]
        knock.reached_at = min(met + seen, default=None)
    db.session.execute(delete(Attempt).where(Attempt.id == mine.id))
    db.session.expire(knock, ["attempts"])
    moves.undo_waits(knock, mine.at)


_HOW: Mapping[Undoing, Callable[[Staff, Knock, Undo], None]] = {
    Undoing.CLOSE: _undo_close,
    Undoing.HAND_OVER: _undo_hand_over,
    Undoing.ATTEMPT: _undo_attempt,
}


def forget_expired() -> int:
    """Delete what cannot be undone any more. Returns how many."""
    return changed(delete(Undo).where(Undo.until <= clock.now()))
