"""The one place that asks what time it is, so that a test can decide it.

Every datetime in the code is aware. Stored and compared in UTC, shown in Europe/Stockholm.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_now", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment in Swedish wall-clock time."""
    return moment.astimezone(STOCKHOLM)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Let ``now()`` answer ``moment`` (aware) within the block. For tests and demo data."""
    if moment.tzinfo is None:
        raise ValueError("frozen() needs an aware datetime")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
