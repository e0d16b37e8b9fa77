"""What the probes and the platform ask of the database: counts and ages, never a row."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES, State
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.reminders.pushes import REFUSED
from elevhalsa.extensions import db

SWEEP = "sweep"


def migrated_to() -> str | None:
    """The database's revision; None when no migration has run in it.

    Raises SQLAlchemyError when the database cannot be reached or has no tables.
    """
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def swept_seconds_ago() -> float | None:
    """Seconds since the last sweep that was done to the end; None when there was none."""
    return _seconds_since(schedule.last_finished(SWEEP))


def push_refused_seconds_ago() -> float | None:
    """Seconds since a push service last refused our keys or headers; None when none ever did."""
    return _seconds_since(schedule.last_finished(REFUSED))


def _seconds_since(moment: datetime | None) -> float | None:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else None


@dataclass(frozen=True)
class Figures:
    open_by_state: dict[State, int]
    late: int
    """Open knocks whose promise has passed without a contact attempt."""
    notices_waiting: int
    oldest_notice_seconds: float
    """How long the longest waiting notice has been due; 0 when none waits."""
    swept_seconds_ago: float | None
    push_refused_seconds_ago: float | None


def figures() -> Figures:
    """Three counts and two dates, a query each."""
    now = clock.now()
    counted = db.session.execute(
        select(Knock.state, func.count()).where(Knock.state.in_(OPEN_STATES)).group_by(Knock.state)
    ).all()
    counts = {row[0]: row[1] for row in counted}
    late = db.session.scalar(select(func.count()).where(Knock.is_late(now)))
    waiting, oldest = db.session.execute(
        select(func.count(), func.min(Notice.not_before)).where(
            Notice.sent_at.is_(None), Notice.given_up_at.is_(None), Notice.not_before <= now
        )
    ).one()
    return Figures(
        {state: counts.get(state, 0) for state in OPEN_STATES},
        late or 0,
        waiting,
        _seconds_since(oldest) or 0.0,
        swept_seconds_ago(),
        push_refused_seconds_ago(),
    )
