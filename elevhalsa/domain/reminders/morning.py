"""Sums up what waits, for staff who want it, at their own time on the days when they work: how
many, never what. It asks who has not been told today, so there is no job to lose."""

from sqlalchemy import or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Reach, Staff
from elevhalsa.domain.serving.hours import OnDuty
from elevhalsa.extensions import db


def sum_up() -> int:
    """Tell each whose time has come and who is at work; of nothing nobody is told. Returns how many
    were told. Safe to call any number of times: a day has one cause."""
    now, today = clock.local(clock.now()), clock.today()
    minute, on_duty, told = now.hour * 60 + now.minute, OnDuty(), 0
    query = (
        select(Reach.staff_id)
        .join(Staff, Staff.id == Reach.staff_id)
        .where(
            Reach.summary_at <= minute,
            or_(Reach.summed_up_on.is_(None), Reach.summed_up_on < today),
            Staff.works_on(today),
            Staff.profession.is_not(None),
        )
    )
    for staff_id in db.session.scalars(query).all():
        row = db.session.get(Reach, staff_id, with_for_update={"skip_locked": True})
        at = on_duty.next_moment(row.staff.municipality_id, staff_id) if row else None
        if row and at and at <= clock.now():
            told += _sum_up_for(row)
        work.commit()
    return told


def _sum_up_for(row: Reach) -> bool:
    today = clock.today()
    if row.summed_up_on == today:
        return False
    row.summed_up_on = today
    waiting, last_day = queries.waiting_today(row.staff)
    if waiting:
        notices.post_all(
            [
                notices.ToStaff(
                    Kind.SUMMARY,
                    [row.staff],
                    f"summary:{today}",
                    figures=f"{waiting} {last_day}",
                )
            ]
        )
    return bool(waiting)
