"""Forgets sign-in links, sessions and answered challenges that no longer open anything."""

from datetime import timedelta

from sqlalchemy import delete

from elevhalsa.core import clock
from elevhalsa.domain.rows import changed

from .models import SignInLink, SpentChallenge, StaffSession

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
