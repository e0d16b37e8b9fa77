"""What has ended and waits for a word on the record: to whom it is shown, and who is reminded.

It is hers who made contact or has it. When she has left, or may not read it any more, it is shown
to all behind the same wall who may. Nothing here commits but ``remind``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving.hours import OnDuty
from elevhalsa.extensions import db

from . import journal, queries
from .models import Knock
from .receivers import Receivers, When, Whom

SHOWN = 50
LEFT_ALONE = timedelta(days=1)
"""From its end until she is reminded of it."""


def of(staff: Staff) -> list[Knock]:
    """Hers, the one that ended first first; at most SHOWN. Without what the pupil wrote."""
    query = (
        select(Knock)
        .where(queries.visible_to(staff), _is_hers(staff), *_wait())
        .options(*queries.WITHOUT_WORDS, joinedload(Knock.school).load_only(School.name))
        .order_by(Knock.closed_at, Knock.id)
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))


def count(staff: Staff) -> int:
    """How many, at most SHOWN."""
    some = select(Knock.id).where(queries.visible_to(staff), _is_hers(staff), *_wait()).limit(SHOWN)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _wait() -> tuple[ColumnElement[bool], ...]:
    return (Knock.closed_at.is_not(None), journal.waits())


def _is_hers(staff: Staff) -> ColumnElement[bool]:
    return or_(
        Knock.taken_by_id == staff.id,
        journal.contact(lambda who, _at: [who == staff.id]),
        ~journal.has_reader(),
    )


def remind() -> int:
    """Remind, once a week, whoever has something that waits since a day or more; of what nobody at
    work has, all who may read it. Each is told when she is at work, and never of what. Committed.
    Returns how many were reminded.

    Safe to call any number of times: a week has one cause.
    """
    now = clock.now()
    year, week, _day = clock.today().isocalendar()
    cause = f"unrecorded:{year}-{week}"
    moments = _of_makers(now) | _of_nobodys(now)
    staff = [db.session.get_one(Staff, staff_id) for staff_id in sorted(moments)]
    notices.post_all(
        [
            notices.ToStaff(Kind.JOURNAL_DUE, [one], cause, not_before=moments[one.id])
            for one in staff
        ]
    )
    work.commit()
    return len(staff)


def _since(now: datetime) -> ColumnElement[bool]:
    return and_(*_wait(), Knock.closed_at <= now - LEFT_ALONE)


def _of_makers(now: datetime) -> dict[str, datetime]:
    """Staff -> when she is told: those at work who made contact or have it, and may read it."""
    holders = select(Knock.taken_by_id).where(_since(now), Knock.taken_by_id.is_not(None))
    ids = {*db.session.scalars(holders), *journal.who_made_contact(_since(now))}
    on_duty = OnDuty()
    found: dict[str, datetime] = {}
    for one in _at_work(ids):
        readable = select(Knock.id).where(queries.visible_to(one), _is_hers(one), _since(now))
        at = on_duty.next_moment(one.municipality_id, one.id)
        if at and db.session.scalar(select(readable.exists())):
            found[one.id] = at
    return found


def _at_work(ids: Iterable[str | None]) -> list[Staff]:
    query = select(Staff).where(Staff.id.in_(ids), Staff.works_on(clock.today()))
    return list(db.session.scalars(query))


def _of_nobodys(now: datetime) -> dict[str, datetime]:
    """As ``_of_makers``, of what nobody who made contact can read any more."""
    query = select(Knock).where(_since(now), ~journal.has_reader())
    receivers = Receivers(now)
    found: dict[str, datetime] = {}
    for knock in db.session.scalars(query.options(*queries.WITHOUT_WORDS)):
        whom = Whom(receivers, knock, queries.avoided_by([knock.id])[knock.id])
        for one in whom.behind(When.now(now)):
            found[one.person.id] = min(one.at, found.get(one.person.id, one.at))
    return found
