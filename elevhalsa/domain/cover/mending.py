"""A gap is mended: colleagues are asked to answer instead. Who acts is the first argument; nothing
here commits.

What is asked for is a cover that has not been accepted, so nothing changes of who serves where
before somebody says yes. To let a cover go on is to ask whoever covers once more.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.words import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.domain.serving import rules
from elevhalsa.domain.serving.gaps import Together
from elevhalsa.domain.serving.models import Cover
from elevhalsa.extensions import db

from .ahead import Ahead, look


def find(
    ahead: Ahead, school_id: str, profession: Profession, first: date, last: date
) -> Together | None:
    """The gap that a page showed; None when it is not as it was any more."""
    for gap in ahead.gaps:
        same_post = gap.profession is profession and school_id in gap.school_ids
        if same_post and ahead.days(gap) == (first, last):
            return gap
    return None


def ask(
    coordinator: Staff,
    school_id: str,
    profession: Profession,
    first: date,
    last: date,
    *,
    who: Collection[str] | None = None,
) -> list[Staff]:
    """Ask colleagues behind the same wall to answer on the days of a gap, at all its schools.
    Returns those who were asked now: whoever has been asked already is not asked again.

    who: ids; None: all who fit. Raises Conflict when the gap has changed, or one of them has.
    """
    ahead = look(coordinator.municipality)
    gap = find(ahead, school_id, profession, first, last)
    if gap is None:
        raise Conflict(_("Luckan ser inte ut så längre. Titta på listan en gång till."))
    absent = db.session.get_one(Staff, gap.holders[0])
    lock(absent)  # of two who ask at once the later sees what the first has asked
    ahead = look(coordinator.municipality)
    fitting = ahead.fitting(gap)
    known = {one.cover_id for one in ahead.asked_for(gap)}
    chosen = fitting if who is None else [one for one in who if one not in known]
    if not set(chosen) <= set(fitting):
        raise Conflict(_("Någon av dem kan inte längre. Titta på listan en gång till."))
    receivers = list(db.session.scalars(select(Staff).where(Staff.id.in_(chosen))))
    for one in receivers:
        _propose(coordinator, absent, one, _schools(absent, gap), first, last)
        _tell(ahead, one)
    return receivers


def _schools(absent: Staff, gap: Together) -> list[str | None]:
    """None: all that the absent one serves."""
    served = {assignment.school_id for assignment in absent.assignments}
    return [None] if served == set(gap.school_ids) else list(gap.school_ids)


def _propose(
    coordinator: Staff,
    absent: Staff,
    cover: Staff,
    school_ids: list[str | None],
    first: date,
    last: date,
) -> None:
    db.session.add_all(
        Cover(
            id=new_id(),
            absent_id=absent.id,
            cover_id=cover.id,
            school_id=school_id,
            starts_on=first,
            ends_on=last,
        )
        for school_id in school_ids
    )
    audit.record(Action.COVER_ASKED, by=work.staff(coordinator.id), to_staff_id=cover.id)


def _tell(ahead: Ahead, receiver: Staff) -> None:
    """When at work."""
    now, person = clock.now(), ahead.roster.person(receiver.id)
    at = rules.when_to_tell(person, now, now, ahead.roster.is_closed) if person else None
    notices.post(Kind.COVER_ASKED, [receiver], cause=f"asked:{new_id()}", not_before=at)
