"""Rules of a meeting. Pure: no database, no Flask, no clock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from elevhalsa.domain.serving.rules import Days
from elevhalsa.domain.serving.rules import Span as Stretch

from .words import Lacks, MeetingWay, Odd, ProposalState, Standing

STOCKHOLM = ZoneInfo("Europe/Stockholm")

LEAST_MINUTES, MOST_MINUTES = 5, 240
DAY_BEGINS, DAY_ENDS = time(7), time(19)
"""Within these a meeting is nothing to ask about (Swedish wall-clock time)."""

LEAST_AHEAD = timedelta(hours=3)
"""Wall-clock: who is to meet somebody has that long to see it."""
BOOKABLE = timedelta(days=28)
"""How far ahead a time can be booked."""
STEP = timedelta(minutes=10)
"""A proposed time begins at one of these after the full hour."""


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


def lacks(way: MeetingWay, place: str | None) -> Lacks | None:
    """What must be said of where, and is not."""
    if way is MeetingWay.VIDEO:
        return None if urlsplit(place or "").scheme == "https" else Lacks.LINK
    return None if way is MeetingWay.PHONE or place else Lacks.PLACE


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


# --- when somebody is free -----------------------------------------------------------------------


@dataclass(frozen=True)
class Weekly:
    """A time each week that is divided into meetings of the same length, one after the other."""

    weekday: int
    """0 is Monday."""
    starts_at: int
    """Minutes after midnight, Swedish wall-clock time."""
    ends_at: int
    minutes: int
    """Of each meeting; what is left at the end is none."""
    days: Days

    def on(self, day: date) -> list[Span]:
        """The meetings of a day. A time that the clocks skip that day, or show twice, is none."""
        if day.weekday() != self.weekday or day not in self.days:
            return []
        starts = range(self.starts_at, self.ends_at - self.minutes + 1, self.minutes)
        found = (datetime.combine(day, time(*divmod(start, 60)), STOCKHOLM) for start in starts)
        return [Span(moment, self.minutes) for moment in found if _is_once(moment)]


def free_times(
    weekly: Weekly,
    *,
    now: datetime,
    is_there: Callable[[Span], bool],
    busy: Sequence[Span],
    is_known: bool,
) -> Iterator[Span]:
    """Those that can be booked, in order. busy: what she has with others, agreed or offered.

    is_known: by somebody whom she has already. Others are offered a day's times until half of them
    are gone, so that one class cannot have them all.
    """
    first, last = ((now + ahead).astimezone(STOCKHOLM).date() for ahead in (LEAST_AHEAD, BOOKABLE))
    for day in days(first, last):
        spans = [span for span in weekly.on(day) if is_there(span)]
        free = [span for span in spans if not any(span.overlaps(other) for other in busy)]
        if not is_known and 2 * len(free) <= len(spans):
            continue
        yield from (s for s in free if now + LEAST_AHEAD <= s.starts_at <= now + BOOKABLE)


def _is_once(moment: datetime) -> bool:
    """Do the clocks show it once that day? Of what they skip or repeat the offset is unsure."""
    return moment.replace(fold=0).utcoffset() == moment.replace(fold=1).utcoffset()


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def first_free(
    hours: Iterable[Stretch], minutes: int, *, after: datetime, busy: Sequence[Span]
) -> Span | None:
    """The first time of that length within some hours, not before ``after``, that nothing takes."""
    for hour in hours:
        starts_at = _stepped(max(hour.starts_at, after))
        while (span := Span(starts_at, minutes)).ends_at <= hour.ends_at:
            taken = [other.ends_at for other in busy if span.overlaps(other)]
            if not taken:
                return span
            starts_at = _stepped(max(taken))
    return None


def _stepped(moment: datetime) -> datetime:
    """The next step, or the moment itself when it is one."""
    over = timedelta(minutes=moment.minute % 10, seconds=moment.second,
                     microseconds=moment.microsecond)  # fmt: skip
    return moment + (STEP - over if over else over)
