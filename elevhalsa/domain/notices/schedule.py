"""Whose turn it is to do a recurring thing, when several workers look at the same clock.

A row per thing is the lock. The queue is not needed, so nothing is forgotten when it is gone.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from elevhalsa.core import clock
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from .models import ScheduledRun


def begin(name: str, every: timedelta) -> bool:
    """Claim the turn: True for exactly one caller each ``every``, measured from start to start.

    The caller commits before it does the work. A turn that died is taken up at the next one.
    """
    now = clock.now()
    # A start further ahead than one turn comes from a clock that has been set back.
    recently = ScheduledRun.started_at.between(now - every, now + every)
    claimed = changed(
        update(ScheduledRun)
        .where(ScheduledRun.name == name, ScheduledRun.started_at.is_(None) | ~recently)
        .values(started_at=now)
        .execution_options(synchronize_session=False)
    )
    if claimed == 1:
        return True
    if db.session.get(ScheduledRun, name) is not None:
        return False
    try:
        with db.session.begin_nested():
            db.session.add(ScheduledRun(name=name, started_at=now))
    except IntegrityError:  # another worker made the row a moment before
        return False
    return True


def finish(name: str) -> None:
    """The thing has been done to the end."""
    now = clock.now()
    run = db.session.get(ScheduledRun, name)
    if run is None:
        db.session.add(ScheduledRun(name=name, started_at=now, finished_at=now))
    else:
        run.finished_at = now


def is_under_way(name: str) -> bool:
    """Somebody has begun it and not come to the end."""
    run = db.session.get(ScheduledRun, name, populate_existing=True)
    if run is None or run.started_at is None:
        return False
    return run.finished_at is None or run.finished_at < run.started_at


def last_finished(name: str) -> datetime | None:
    """When the thing was last done to the end; None when it never was."""
    run = db.session.get(ScheduledRun, name, populate_existing=True)
    return run.finished_at if run else None
