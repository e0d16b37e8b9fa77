"""Forgets sign-in links and sessions that no longer open anything."""

from datetime import timedelta

from sqlalchemy import delete

from elevhalsa.core import clock
from elevhalsa.domain.rows import changed

from .models import SignInLink, StaffSession

KEEP = timedelta(days=1)
"""After they have run out, so that a clock that is a little wrong does no harm."""


def forget_expired() -> int:
    """Delete links and sessions that ran out more than a day ago. Returns how many."""
    before = clock.now() - KEEP
    return sum(
        changed(
            delete(table)
            .where(table.expires_at < before)
            .execution_options(synchronize_session=False)
        )
        for table in (SignInLink, StaffSession)
    )
