"""Whether the service can do its work: the database, its tables, the sweep, the queue."""

from enum import StrEnum
from functools import cache

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa.adapters import Adapters
from elevhalsa.config import ROOT
from elevhalsa.core.vapid import vapid
from elevhalsa.domain.operations import queries as operations
from elevhalsa.extensions import db

SWEEP_SECONDS = 300
"""The sweep runs every minute. Silence this long means that nobody watches the promises."""


PUSH_SECONDS = 24 * 3600
"""How long a refusal by a push service is told: until somebody has had a working day to look."""


class Health(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@cache
def newest_revision() -> str:
    """The revision that no other follows. They are numbered in their order, by their files' names
    (a test asks Alembic, which would take 10 MB of each web process for this one word)."""
    versions = ROOT / "migrations" / "versions"
    return max(path.name for path in versions.glob("*.py")).partition("_")[0]


def all_checks() -> dict[str, Health]:
    """Name -> health. What cannot be asked because the database is away is failing too."""
    return _in_database() | {"queue": _queue()}


def _in_database() -> dict[str, Health]:
    checks = dict.fromkeys(("database", "migrations", "sweep"), Health.FAILING)
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = Health.OK
        if operations.migrated_to() == newest_revision():
            checks["migrations"] = Health.OK
        swept = operations.swept_seconds_ago()
        if swept is not None and swept <= SWEEP_SECONDS:
            checks["sweep"] = Health.OK
        if vapid.is_on:
            checks["push"] = _push()
    except SQLAlchemyError:
        db.session.rollback()
    return checks


def _push() -> Health:
    """Never failing: without pushes everything is told in the app, by letter and by SMS."""
    refused = operations.push_refused_seconds_ago()
    return Health.OK if refused is None or refused > PUSH_SECONDS else Health.DEGRADED


def _queue() -> Health:
    """Never failing: without the queue knocks are taken and letters leave by the schedule, so
    the door must stay open."""
    adapters: Adapters = current_app.extensions["elevhalsa"]
    return Health.DEGRADED if adapters.queue.length() is None else Health.OK
