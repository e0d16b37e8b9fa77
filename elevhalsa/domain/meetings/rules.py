"""Rules of a meeting. Pure: no database, no Flask, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .words import Odd, ProposalState, Standing

STOCKHOLM = ZoneInfo("Europe/Stockholm")

LEAST_MINUTES, MOST_MINUTES = 5, 240
DAY_BEGINS, DAY_ENDS = time(7), time(19)
"""Within these a meeting is nothing to ask about (Swedish wall-clock time)."""


@dataclass(frozen=True)
class Span:
    """A time: aware start, length in minutes. The end does not belong to it."""

    starts_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def overlaps(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


# --- how it stands -------------------------------------------------------------------------------


def standing(
    state: ProposalState,
    *,
    times: Sequence[Span],
    picked: Span | None,
    made_at: datetime,
    closed_at: datetime | None,
    reopened_at: datetime | None,
    now: datetime,
) -> Standing:
    """How a proposal stands. What a knock's end takes with it is not written down, so that undoing
    the end gives it back as it was.

    made_at: when it was proposed. closed_at: when its knock ended, of one that has. reopened_at:
    when the knock was last opened again by its pupil: what had ended does not come back by that.
    """
    was_before = reopened_at is not None and made_at < reopened_at
    ended_at = reopened_at if was_before else closed_at
    if state is ProposalState.OPEN:
        if ended_at:
            return Standing.FELL_AWAY
        return Standing.PROPOSED if any(t.starts_at > now for t in times) else Standing.PASSED_BY
    if state is not ProposalState.PICKED or picked is None:
        return Standing(state.value)
    if ended_at:
        return Standing.FELL_AWAY if picked.starts_at > ended_at else Standing.PAST
    return Standing.PAST if picked.ends_at <= now else Standing.AGREED


# --- what is asked about -------------------------------------------------------------------------


@dataclass(frozen=True)
class OddTime:
    """A time that is to be proposed, and what is odd about it."""

    odd: Odd
    starts_at: datetime


def odd_times(
    times: Sequence[Span],
    *,
    agreed: Sequence[Span],
    offered: Sequence[Span],
    is_closed: Callable[[date], bool],
) -> list[OddTime]:
    """What to ask about before times are proposed, in the order of the times.

    agreed, offered: what the same person has with other pupils. is_closed: of a day.
    """
    found = []
    for number, span in enumerate(times):
        begins, ends = (moment.astimezone(STOCKHOLM) for moment in (span.starts_at, span.ends_at))
        closes = datetime.combine(begins.date(), DAY_ENDS, STOCKHOLM)
        is_odd = {
            Odd.EARLY: begins.time() < DAY_BEGINS,
            Odd.LATE: ends > closes,
            Odd.CLOSED: is_closed(begins.date()),
            Odd.AGREED: any(span.overlaps(other) for other in agreed),
            Odd.OFFERED: any(span.overlaps(other) for other in offered),
            Odd.EACH_OTHER: any(span.overlaps(other) for other in times[:number]),
        }
        found += [OddTime(odd, span.starts_at) for odd, it_is in is_odd.items() if it_is]
    return found


# --- whom to call --------------------------------------------------------------------------------


def number_to_call(
    given: str | None, given_at: datetime | None, knocks: str | None, changed_at: datetime | None
) -> str | None:
    """The number that the pupil said last: with the meeting, or of the knock as a whole.

    changed_at: when the pupil last changed how to be contacted; None: never.
    """
    is_newer = changed_at is not None and (given_at is None or changed_at > given_at)
    return knocks if knocks and (is_newer or not given) else given
