"""Forgets sign-in links, sessions and answered challenges that no longer open anything, and what
opened something for those who have left."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from . import accounts, passkeys
from .models import Passkey, Reach, SignInLink, SpentChallenge, Staff, StaffAccount, StaffSession

KEEP = timedelta(days=1)
"""After they have run out, so that a clock that is a little wrong does no harm."""


def forget_expired() -> int:
    """Delete what ran out more than a day ago. Returns how many."""
    before = clock.now() - KEEP
    return sum(
        changed(
            delete(table)
            .where(table.expires_at < before)
            .execution_options(synchronize_session=False)
        )
        for table in (SignInLink, StaffSession, SpentChallenge)
    )


AFTER_LAST_DAY = timedelta(days=30)
"""Whoever comes back before that has keys and numbers as they were."""


def has_left() -> ColumnElement[bool]:
    """Of ``Staff``: shut out for good, or the last day was more than thirty days ago."""
    return or_(~Staff.active, Staff.ends_on < clock.today() - AFTER_LAST_DAY)


def forget_left() -> int:
    """Delete keys, accounts elsewhere and private numbers of those who have left. Returns of how
    many people."""
    kept = (select(table.staff_id) for table in (Passkey, StaffAccount, Reach))
    people = db.session.scalars(
        select(Staff).where(has_left(), or_(*(Staff.id.in_(one) for one in kept)))
    ).all()
    for staff in people:
        passkeys.remove_all(staff, by=work.SYSTEM)
        accounts.remove_all(staff, by=work.SYSTEM)
        changed(delete(Reach).where(Reach.staff_id == staff.id))
    return len(people)
