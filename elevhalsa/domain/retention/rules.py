"""When something is due to go. Pure: the moment is an argument."""

from collections.abc import Collection
from datetime import datetime, timedelta

from .words import Hold, RecordKind, Standing

DAYS: dict[RecordKind, tuple[int, int]] = {
    RecordKind.KNOCK: (1, 3650),
    RecordKind.LOG: (365, 36500),
}
"""Fewest and most wall-clock days that can be decided."""


def may_be(kind: RecordKind, days: int) -> bool:
    fewest, most = DAYS[kind]
    return fewest <= days <= most


def ended_before(now: datetime, days: int) -> datetime:
    """What ended then or before has had its days. Aware datetimes; wall-clock days."""
    return now - timedelta(days=days)


def standing(
    ended_at: datetime | None,
    now: datetime,
    *,
    days: int,
    has_decision: bool,
    holds: Collection[Hold],
) -> Standing:
    """Of a knock. ended_at: None while it is open. What stays only because somebody has asked for
    it is read by no more people for that."""
    if ended_at is None or ended_at > ended_before(now, days):
        return Standing.OPEN
    if any(one is not Hold.LEGAL for one in holds):
        return Standing.HELD
    return Standing.DUE if has_decision and not holds else Standing.LOCKED
