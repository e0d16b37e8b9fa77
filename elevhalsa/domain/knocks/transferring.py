"""A knock that came to the wrong school, or whose pupil has changed school, is moved to another of
the municipality with all its dates. Who acts is the first argument; nothing here commits."""

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotAllowed
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import ladder, moves, thread
from .models import Knock, Transfer
from .words import Author, State


def schools_for(knock: Knock) -> list[School]:
    """Where it can be moved: the other open schools of its municipality, by name."""
    every = places.schools(knock.municipality)
    return [school for school in every if school.active and school.id != knock.school_id]


def transfer(
    staff: Staff, knock: Knock, to: School, *, keeps: bool = False, shown: str | None
) -> None:
    """Move it to another school. Who has it keeps it if they want to; otherwise it waits there,
    behind the same wall, and those who serve that school are told.

    shown: as in ``answering.close``. Raises NewText when the pupil has written since, Conflict when
    a colleague has it or it has ended, NotAllowed for another municipality's school.
    """
    lock(knock)
    moves.require_open(knock)
    if knock.taken_by_id not in (None, staff.id):
        raise Conflict(moves.taken_by(knock))
    thread.require_shown(knock, shown, of=Author.PUPIL)
    _move(knock, to, staff)
    if knock.taken_by_id and not keeps:
        moves.wait_again(knock)
    _tell(knock)


def transfer_own(knock: Knock, to: School) -> None:
    """The pupil says which school it is about, as long as nobody has taken it.

    Raises Conflict when somebody has or it has ended, NotAllowed as ``transfer``.
    """
    lock(knock)
    moves.require_open(knock)
    if knock.state is not State.WAITING:
        raise Conflict(_("Någon av oss har redan tagit emot. Skriv till oss i stället."))
    _move(knock, to, None)
    _tell(knock)


def _move(knock: Knock, to: School, staff: Staff | None) -> None:
    if to.id not in {school.id for school in schools_for(knock)}:
        raise NotAllowed(_("Dit kan knackningen inte flyttas."))
    left = knock.school_id
    now = clock.now()
    db.session.add(
        Transfer(
            id=new_id(),
            knock_id=knock.id,
            from_school_id=left,
            to_school_id=to.id,
            staff_id=staff.id if staff else None,
            at=now,
        )
    )
    audit.record(
        Action.TRANSFERRED,
        by=work.staff(staff.id) if staff else work.PUPIL,
        municipality_id=knock.municipality_id,
        about=knock.about,
        from_school_id=left,
        to_school_id=to.id,
    )
    knock.school = to
    knock.flood = None  # somebody has looked at it: it stands by itself
    knock.wanted_staff = None  # who was asked for was asked for at the school it has left
    ladder.narrow(knock)
    waits.look_again(knock.about)
    db.session.flush()


def _tell(knock: Knock) -> None:
    """Those who serve its school now; to the others it is nothing new any more."""
    if knock.taken_by is None:
        ladder.tell_of_new(knock, cause=f"transferred:{clock.now().timestamp():.0f}")
    ladder.no_longer_for_others(knock)
