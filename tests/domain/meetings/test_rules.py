"""How a meeting stands, and what is asked about before a time is proposed."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.domain.meetings.rules import (
    MOST_MINUTES,
    OddTime,
    Span,
    number_to_call,
    odd_times,
    standing,
)
from elevhalsa.domain.meetings.words import Odd, ProposalState, Standing
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")
IS_CLOSED = closed_days()

HOURS = st.integers(0, 60)
SPANS = st.builds(
    lambda minutes, length: Span(MONDAY + timedelta(minutes=minutes), length),
    st.integers(0, 600),
    st.integers(5, MOST_MINUTES),
)


def odd(*times: Span, agreed: list[Span] | None = None, offered: list[Span] | None = None):
    return odd_times(times, agreed=agreed or [], offered=offered or [], is_closed=IS_CLOSED)


# --- overlaps ------------------------------------------------------------------------------------


@given(SPANS, SPANS)
def test_two_times_overlap_when_a_minute_belongs_to_both(one, other):
    def minutes(span: Span) -> set[datetime]:
        return {span.starts_at + timedelta(minutes=n) for n in range(span.minutes)}

    assert one.overlaps(other) is bool(minutes(one) & minutes(other))
    assert one.overlaps(other) is other.overlaps(one)
    assert one.overlaps(one)


@given(SPANS)
def test_a_time_that_begins_when_another_ends_does_not_overlap(span):
    assert not span.overlaps(Span(span.ends_at, 30))


@given(st.lists(SPANS, min_size=1, max_size=3), st.lists(SPANS, max_size=3), st.lists(SPANS))
def test_every_overlap_is_asked_about_and_nothing_else(times, agreed, offered):
    found = {(one.odd, one.starts_at) for one in odd(*times, agreed=agreed, offered=offered)}
    for word, others in ((Odd.AGREED, agreed), (Odd.OFFERED, offered)):
        for span in times:
            if any(span.overlaps(other) for other in others):
                assert (word, span.starts_at) in found
            elif all(span.starts_at != twin.starts_at for twin in times if twin is not span):
                assert (word, span.starts_at) not in found
    clashes = any(a.overlaps(b) for n, a in enumerate(times) for b in times[:n])
    assert clashes is any(word is Odd.EACH_OTHER for word, _when in found)


# --- odd hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "minutes", "found"),
    [
        ("2026-11-24 07:00", 30, []),
        ("2026-11-24 06:59", 30, [Odd.EARLY]),
        ("2026-11-24 18:30", 30, []),
        ("2026-11-24 18:31", 30, [Odd.LATE]),
        ("2026-11-24 23:30", 60, [Odd.LATE]),
        ("2026-11-24 00:30", 60, [Odd.EARLY]),
        ("2026-11-28 10:00", 30, [Odd.CLOSED]),
        ("2026-12-24 10:00", 30, [Odd.CLOSED]),
        ("2027-01-06 06:00", 30, [Odd.EARLY, Odd.CLOSED]),
        ("2026-03-29 19:00", 30, [Odd.LATE, Odd.CLOSED]),  # the clock was moved that night
        ("2026-03-30 07:00", 30, []),
    ],
)
def test_odd_hours_are_asked_about(moment, minutes, found):
    start = at(moment)
    assert odd(Span(start, minutes)) == [OddTime(word, start) for word in found]


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(7 * 60, 19 * 60 - 5), st.data())
def test_within_the_day_of_a_weekday_nothing_is_odd(day, minute, data):
    length = data.draw(st.integers(5, min(MOST_MINUTES, 19 * 60 - minute)))
    start = datetime.combine(day, time(*divmod(minute, 60)), STOCKHOLM)
    assert (odd(Span(start, length)) == []) is not IS_CLOSED(day)


# --- how it stands -------------------------------------------------------------------------------


def stands(state=ProposalState.PICKED, *, now, start=24, closed=None, reopened=None) -> Standing:
    """Hours from when it was proposed; the meeting is of 30 minutes."""

    def moment(hours):
        return None if hours is None else MONDAY + timedelta(hours=hours)

    span = Span(moment(start), 30)
    return standing(
        state,
        times=[span],
        picked=span if state is ProposalState.PICKED else None,
        made_at=MONDAY,
        closed_at=moment(closed),
        reopened_at=moment(reopened),
        now=moment(now),
    )


def test_a_meeting_is_agreed_until_it_is_over():
    assert stands(now=1) is Standing.AGREED
    assert stands(now=24.25) is Standing.AGREED, "it goes on"
    assert stands(now=24.5) is Standing.PAST


def test_what_was_offered_can_be_picked_until_its_last_time_begins():
    assert stands(ProposalState.OPEN, now=23.9) is Standing.PROPOSED
    assert stands(ProposalState.OPEN, now=24) is Standing.PASSED_BY


@given(HOURS, HOURS)
def test_what_ends_with_its_knock_stays_so_and_comes_back_when_the_end_is_undone(closed, now):
    now += closed
    before = stands(now=now, closed=closed)
    assert before is (Standing.FELL_AWAY if closed < 24 else Standing.PAST)
    assert stands(now=now) is (Standing.AGREED if now < 24.5 else Standing.PAST)
    assert stands(ProposalState.OPEN, now=now, closed=closed) is Standing.FELL_AWAY


@given(HOURS, HOURS)
def test_who_opens_a_knock_again_does_not_bring_its_meeting_back(reopened, now):
    reopened += 1
    now += reopened
    how = stands(now=now, reopened=reopened)
    assert how is (Standing.FELL_AWAY if reopened < 24 else Standing.PAST)
    assert stands(ProposalState.OPEN, now=now, reopened=reopened) is Standing.FELL_AWAY


@given(HOURS, st.none() | HOURS, st.none() | HOURS)
def test_what_has_been_answered_or_called_off_stands_so_whatever_comes(now, closed, reopened):
    for state in ProposalState:
        if state not in (ProposalState.OPEN, ProposalState.PICKED):
            found = stands(state, now=now, closed=closed, reopened=reopened)
            assert found.value == state.value


# --- whom to call --------------------------------------------------------------------------------


@given(
    st.none() | st.just("given"), st.none() | HOURS, st.none() | st.just("knock's"),
    st.none() | HOURS,
)  # fmt: skip
def test_the_number_that_was_said_last_is_called(given_, given_at, knocks, changed_at):
    def moment(hours):
        return None if hours is None else MONDAY + timedelta(hours=hours)

    found = number_to_call(given_, moment(given_at), knocks, moment(changed_at))
    assert (found is None) is (given_ is None and knocks is None)
    if given_ and knocks:
        later = changed_at is not None and (given_at is None or changed_at > given_at)
        assert found == (knocks if later else given_)
