"""The one place that asks what time it is, so that a test can decide it.

Every datetime in the code is aware. Stored and compared in UTC, shown in Europe/Stockholm.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_now", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or of_the_machine()


def is_decided() -> bool:
    """Within ``frozen``: a test asks."""
    return _frozen.get() is not None


def today() -> date:
    """The present day in Sweden."""
    return local(now()).date()


def of_the_machine() -> datetime:
    """What the machine's own clock says, whatever a test has decided: to be compared with another
    clock. Aware, in UTC."""
    return datetime.now(UTC)


def ago(seconds: float) -> datetime:
    """The moment so long before now. Aware, in UTC."""
    return now() - timedelta(seconds=seconds)


def local(moment: datetime) -> datetime:
    """The same moment in Swedish wall-clock time."""
    return moment.astimezone(STOCKHOLM)


def day_begins(day: date) -> datetime:
    """Its first moment in Sweden."""
    return datetime.combine(day, time(), STOCKHOLM)


def moments(day: date, at: time) -> list[datetime]:
    """When a Swedish clock shows that time on that day: once; never, in the hour that spring skips;
    twice, in the hour that autumn repeats. Aware."""
    shown = [datetime.combine(day, at, STOCKHOLM).replace(fold=fold) for fold in (0, 1)]
    utc = dict.fromkeys(moment.astimezone(UTC) for moment in shown)
    return [moment for moment in utc if local(moment).replace(tzinfo=None, fold=0)
            == datetime.combine(day, at)]  # fmt: skip


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
