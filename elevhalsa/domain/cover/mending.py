"""A gap is mended: colleagues are asked to answer instead. Who acts is the first argument; nothing
here commits.

What is asked for is a cover that has not been accepted, so nothing changes of who serves where
before somebody says yes. To let a cover go on is to ask whoever covers once more.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.domain.serving import rules
from elevhalsa.domain.serving.gaps import Together
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
    service.ask(coordinator, absent, receivers, _schools(absent, gap), rules.Days(first, last))
    return receivers


def _schools(absent: Staff, gap: Together) -> list[str | None]:
    """None: all that the absent one serves."""
    served = {assignment.school_id for assignment in absent.assignments}
    return [None] if served == set(gap.school_ids) else list(gap.school_ids)
