"""Rules of what is hidden and who opens it. Pure: no database, no Flask, no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise.rules import guarantee_due

from .words import Hidden, Verdict

OPEN_FOR = timedelta(hours=24)
"""How long whoever opened it sees it; after that it has to be opened anew."""
TOLD_WITHIN = timedelta(days=14)
"""The pupil is told at the latest so many days after, or after the day of the last reason to wait.
"""
REASON_LEAST = 10
"""Letters: a reason is a sentence."""


def hidden(*, has_login: bool, hides: bool, has_address: bool) -> tuple[Hidden, ...]:
    """What there is of a knock that staff do not see."""
    there = {
        Hidden.NAME: has_login and hides,
        Hidden.NUMBER: has_login,
        Hidden.REMINDER: has_address,
    }
    return tuple(what for what in Hidden if there[what])


@dataclass(frozen=True)
class Opened:
    """As much of a reveal as the rules ask for."""

    by: str
    """The id of whoever opened it."""
    at: datetime
    verdict: Verdict | None = None


def may_see(opened: Opened, viewer: str, now: datetime) -> bool:
    """Whoever opened it, for a day, and no longer than until another has found it wrong."""
    is_time = opened.at <= now < opened.at + OPEN_FOR
    return viewer == opened.by and is_time and opened.verdict is not Verdict.NOT_RIGHT


def may_review(
    opened: Opened, reviewer: str, *, reads: bool, oversees: bool, others: bool, is_late: bool
) -> bool:
    """Never whoever opened it. reads: the reviewer may read the knock, behind the same wall.
    oversees: is the municipality's responsible, who reviews when nobody else can or has in time.
    others: somebody else behind the wall could."""
    if reviewer == opened.by or opened.verdict is not None:
        return False
    return reads or (oversees and (is_late or not others))


def review_due(at: datetime, is_closed: Callable[[date], bool]) -> datetime:
    """*Senast*: the end of the next *helgfri vardag* after the day on which it was opened."""
    return guarantee_due(at, 1, Unit.WEEKDAYS, is_closed=is_closed)


class Fault(StrEnum):
    """Why the pupil cannot be told on a day."""

    PASSED = "passed"
    TOO_FAR = "too_far"
    NO_REASON = "no_reason"


def told_at_the_latest(opened_on: date) -> date:
    return opened_on + TOLD_WITHIN


def fault_of_day(day: date, *, today: date, last: date, has_reason: bool) -> Fault | None:
    """May the telling wait to a day? Up to the last day without more; past it with a reason, and
    never longer than ``TOLD_WITHIN`` from today."""
    if day <= today:
        return Fault.PASSED
    if day <= last:
        return None
    if day > today + TOLD_WITHIN:
        return Fault.TOO_FAR
    return None if has_reason else Fault.NO_REASON
