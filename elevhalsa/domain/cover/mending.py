"""A gap is mended: colleagues are asked to answer instead. Or it is as it should be, and nobody is
told of it any more. Who acts is the first argument; nothing here commits.

What is asked for is a cover that has not been accepted, so nothing changes of who serves where
before somebody says yes. To let a cover go on is to ask whoever covers once more.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.domain.serving import rules
from elevhalsa.domain.serving.gaps import Together, as_accepted
from elevhalsa.domain.serving.models import GapAccepted
from elevhalsa.extensions import db

from . import service
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
    gap = _require(look(coordinator.municipality), school_id, profession, first, last)
    absent = db.session.get_one(Staff, gap.holders[0])
    lock(absent)  # of two who ask at once the later sees what the first has asked
    ahead = look(coordinator.municipality)
    fitting = ahead.fitting(gap)
    known = {one.cover_id for one in ahead.asked_for(gap)}
    chosen = fitting if who is None else [one for one in who if one not in known]
    if not set(chosen) <= set(fitting):
        raise Conflict(_("Någon av dem kan inte längre. Titta på listan en gång till."))
    receivers = list(db.session.scalars(select(Staff).where(Staff.id.in_(chosen))))
    service.ask(coordinator, absent, receivers, _schools(absent, gap), rules.Days(first, last))
    return receivers


def _require(
    ahead: Ahead, school_id: str, profession: Profession, first: date, last: date
) -> Together:
    gap = find(ahead, school_id, profession, first, last)
    if gap is None:
        raise Conflict(_("Luckan ser inte ut så längre. Titta på listan en gång till."))
    return gap


def accept(
    coordinator: Staff, school_id: str, profession: Profession, first: date, last: date
) -> None:
    """A gap is as it should be: the coordinators are not told of its days, nor, of one that comes
    again each week, of those to come. Said twice is said once. Raises Conflict when the gap has
    changed."""
    ahead = look(coordinator.municipality)
    gap = _require(ahead, school_id, profession, first, last)
    if not gap.alone or ahead.is_accepted(gap):
        return
    db.session.add_all(
        GapAccepted(
            id=new_id(),
            school_id=one,
            wall=profession.wall,
            weekdays=weekdays,
            first_on=days.first,
            last_on=days.last,
        )
        for one in gap.school_ids
        for weekdays, days in as_accepted(gap, ahead.outlook.horizon)
    )
    _record(coordinator, "accepted")


def mind(
    coordinator: Staff, school_id: str, profession: Profession, first: date, last: date
) -> None:
    """A gap is not as it should be after all: the coordinators are told of it as of any other.
    Raises Conflict when the gap has changed."""
    ahead = look(coordinator.municipality)
    gap = _require(ahead, school_id, profession, first, last)
    rows = [
        one
        for one in ahead.accepted
        if one.school_id in gap.school_ids
        and one.wall is profession.wall
        and ahead.days_of(one) & gap.alone
    ]
    for row in rows:
        db.session.delete(row)
    if rows:
        _record(coordinator, "minded")


def _record(coordinator: Staff, reason: str) -> None:
    by, municipality_id = work.staff(coordinator.id), coordinator.municipality_id
    audit.record(Action.GAP_ACCEPTED, by=by, municipality_id=municipality_id, reason=reason)


def _schools(absent: Staff, gap: Together) -> list[str | None]:
    """None: all that the absent one serves."""
    served = {assignment.school_id for assignment in absent.assignments}
    return [None] if served == set(gap.school_ids) else list(gap.school_ids)
