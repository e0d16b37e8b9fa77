"""What the probes and the platform ask of the database: counts and ages, never a row."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text, type_coerce

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.domain.knocks.floods import FLOODED
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES, State
from elevhalsa.domain.notices import outbox, schedule
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.reminders.instead import SMS_STOPPED
from elevhalsa.domain.reminders.pushes import REFUSED
from elevhalsa.extensions import db

from .models import SchemaMark

SWEEP = "sweep"
SWEEP_BY_WEB = "sweep_by_web"
"""Done by the web when no worker does it (workers/last_resort.py)."""
GUESSED = "guessed"
"""Noted when more codes were tried than anybody mistypes (web/limits.py)."""
LATELY_SECONDS = 24 * 3600
"""How long it is told that something was tried with the service: until somebody has had a working
day to look."""
IN_MEMORY = ":memory:"


def migrated_to() -> str | None:
    """The database's revision; None when no migration has run in it.

    Raises SQLAlchemyError when the database cannot be reached or has no tables.
    """
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def oldest_code() -> str | None:
    """The newest migration of the oldest code that can work with the tables; None when the database
    does not say."""
    return db.session.scalar(select(SchemaMark.oldest_code))


def database_time() -> float:
    """Seconds since 1970 by the database's clock; on SQLite that is this machine's.

    Raises SQLAlchemyError when it cannot be reached.
    """
    return float(db.session.execute(_TIME[db.engine.dialect.name]).scalar_one())


_TIME = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400"),
    "postgresql": text("SELECT extract(epoch FROM clock_timestamp())"),
}


def database_file() -> Path | None:
    """Of SQLite; None for a server."""
    name = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    return Path(name) if name and name != IN_MEMORY else None


def is_read_only() -> bool:
    """True when nothing can be written: neither in the file nor beside it, or on a standby."""
    file = database_file()
    if file:
        return not all(os.access(path, os.W_OK) for path in (file, file.resolve().parent))
    if db.engine.dialect.name == "postgresql":
        return bool(db.session.execute(text("SELECT pg_is_in_recovery()")).scalar_one())
    return False


def swept_at() -> datetime | None:
    """When a worker last swept to the end; None when none ever did."""
    return schedule.last_finished(SWEEP)


def swept_seconds_ago() -> float | None:
    """Seconds since a worker's last sweep that was done to the end; None when there was none."""
    return _seconds_since(swept_at())


def swept_by_web_seconds_ago() -> float | None:
    """As above, of the web's."""
    return _seconds_since(schedule.last_finished(SWEEP_BY_WEB))


def push_refused_seconds_ago() -> float | None:
    """Seconds since a push service last refused our keys or headers; None when none ever did."""
    return _seconds_since(schedule.last_finished(REFUSED))


def guessed_seconds_ago() -> float | None:
    """Seconds since codes were last guessed in a number that is no mistyping; None: never."""
    return _seconds_since(schedule.last_finished(GUESSED))


def flooded_seconds_ago() -> float | None:
    """Seconds since so many knocks last came at once that they were set aside; None: never."""
    return _seconds_since(schedule.last_finished(FLOODED))


def sms_stopped_seconds_ago() -> float | None:
    """Seconds since a cap last kept an SMS back; None: never."""
    return _seconds_since(schedule.last_finished(SMS_STOPPED))


def mail_waits_seconds() -> float:
    """How long the oldest letter that has not left has waited; 0 when none waits."""
    return _waiting(clock.now(), Notice.channel == Channel.EMAIL)[1]


def waiting_in(municipality_id: str) -> tuple[int, float]:
    """How many notices of a municipality have not left though they should have, and for how many
    seconds the oldest has waited; 0 when none waits."""
    with work.beyond(work.Beyond.COUNTS):
        return _waiting(clock.now(), Notice.municipality_id == municipality_id)


def _waiting(now: datetime, *which: ColumnElement[bool]) -> tuple[int, float]:
    """How many notices have not left though they should have, and for how many seconds the oldest
    has waited: since it was posted, whenever it is tried again. What waits for a time of day, or
    for the moment it was posted for, waits from then."""
    has_failed = and_(
        Notice.error.is_not(None), Notice.error.not_in((outbox.QUIET, outbox.BUNDLED))
    )
    since = case((has_failed, Notice.created_at), else_=Notice.not_before)
    count, oldest = db.session.execute(
        select(func.count(), type_coerce(func.min(since), UtcDateTime())).where(
            Notice.sent_at.is_(None),
            Notice.given_up_at.is_(None),
            or_(has_failed, Notice.not_before <= now),
            *which,
        )
    ).one()
    return count, _seconds_since(oldest) or 0.0


def _seconds_since(moment: datetime | None) -> float | None:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else None


@dataclass(frozen=True)
class Figures:
    open_by_state: dict[State, int]
    late: int
    """Open knocks whose promise has passed without a contact attempt."""
    notices_waiting: int
    oldest_notice_seconds: float
    """How long the longest waiting notice has waited; 0 when none waits."""
    letters_waiting: int
    oldest_letter_seconds: float
    """As above, of what leaves by e-mail."""
    swept_seconds_ago: float | None
    push_refused_seconds_ago: float | None
    guessed_seconds_ago: float | None
    flooded_seconds_ago: float | None
    sms_stopped_seconds_ago: float | None


def figures() -> Figures:
    """Three counts and two dates, a query each."""
    now = clock.now()
    counted = db.session.execute(
        select(Knock.state, func.count()).where(Knock.state.in_(OPEN_STATES)).group_by(Knock.state)
    ).all()
    counts = {row[0]: row[1] for row in counted}
    late = db.session.scalar(select(func.count()).where(Knock.is_late(now)))
    waiting, oldest = _waiting(now)
    letters, oldest_letter = _waiting(now, Notice.channel == Channel.EMAIL)
    return Figures(
        {state: counts.get(state, 0) for state in OPEN_STATES},
        late or 0,
        waiting,
        oldest,
        letters,
        oldest_letter,
        swept_seconds_ago(),
        push_refused_seconds_ago(),
        guessed_seconds_ago(),
        flooded_seconds_ago(),
        sms_stopped_seconds_ago(),
    )
