"""What can be booked never collides, and is never on a day when nobody is there."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.meetings.rules import (
    BOOKABLE,
    LEAST_AHEAD,
    STOCKHOLM,
    Span,
    Weekly,
    first_free,
    free_times,
)
from elevhalsa.domain.serving.rules import Days
from elevhalsa.domain.serving.rules import Span as Stretch

ALWAYS = Days(None, None)
AUTUMN = date(2026, 10, 25)
"""A Sunday on which the hour from two to three comes twice."""
SPRING = date(2027, 3, 28)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), STOCKHOLM)


def day_of(span: Span) -> date:
    return span.starts_at.astimezone(STOCKHOLM).date()


moments = st.datetimes(
    datetime(2026, 9, 1), datetime(2027, 5, 1), timezones=st.just(UTC)
)  # over both changes of the clocks
spans = st.builds(Span, moments, st.integers(5, 240))


@st.composite
def weeklies(draw: st.DrawFn) -> Weekly:
    start = draw(st.integers(0, 23 * 60))
    end = draw(st.integers(start + 1, 24 * 60))
    first = draw(st.none() | st.dates(date(2026, 9, 1), date(2027, 4, 1)))
    last = draw(st.none() | st.dates(first or date(2026, 9, 1), date(2027, 5, 1)))
    return Weekly(draw(st.integers(0, 6)), start, end, draw(st.integers(5, 240)), Days(first, last))


@given(weeklies(), moments, st.lists(spans, max_size=30), st.sets(st.integers(0, 6)))
def test_what_can_be_booked_is_free_in_its_time_and_on_a_day_when_she_is_there(
    weekly, now, busy, open_weekdays
):
    def is_there(span: Span) -> bool:
        return day_of(span).weekday() in open_weekdays

    found = list(free_times(weekly, now=now, is_there=is_there, busy=busy, is_known=True))
    assert found == sorted(found, key=lambda span: span.starts_at)
    for one, after in pairwise(found):
        assert one.ends_at <= after.starts_at
    for span in found:
        local = span.starts_at.astimezone(STOCKHOLM)
        minutes = local.hour * 60 + local.minute
        assert not any(span.overlaps(other) for other in busy)
        assert is_there(span)
        assert local.weekday() == weekly.weekday
        assert local.date() in weekly.days
        assert weekly.starts_at <= minutes
        assert minutes + span.minutes <= weekly.ends_at
        assert now + LEAST_AHEAD <= span.starts_at <= now + BOOKABLE


@given(weeklies(), moments)
def test_with_nobody_else_each_meeting_of_the_next_weeks_can_be_booked(weekly, now):
    found = list(free_times(weekly, now=now, is_there=lambda _span: True, busy=[], is_known=True))
    first = now.astimezone(STOCKHOLM).date()
    all_of_them = [
        span
        for number in range(BOOKABLE.days + 2)
        for span in weekly.on(first + timedelta(days=number))
        if now + LEAST_AHEAD <= span.starts_at <= now + BOOKABLE
    ]
    assert found == all_of_them


@given(weeklies(), moments, st.integers(0, 9))
def test_new_pupils_who_book_until_nothing_is_left_get_half_of_a_days_times(weekly, now, which):
    weekly = replace(weekly, minutes=weekly.minutes + 60)
    busy: list[Span] = []

    def free(*, is_known: bool) -> list[Span]:
        return list(
            free_times(weekly, now=now, is_there=lambda _span: True, busy=busy, is_known=is_known)
        )

    could = Counter(map(day_of, free(is_known=True)))
    while left := free(is_known=False):
        busy.append(left[which % len(left)])
    booked = Counter(map(day_of, busy))
    for day, number in could.items():
        assert booked[day] == min(number, (len(weekly.on(day)) + 1) // 2)
    assert Counter(map(day_of, free(is_known=True))) == could - booked


def test_an_hour_of_twenty_minutes_has_three_meetings_and_what_is_left_is_none():
    tuesday = date(2026, 12, 1)
    weekly = Weekly(1, 10 * 60, 11 * 60 + 10, 20, ALWAYS)
    assert [span.starts_at for span in weekly.on(tuesday)] == [
        at(tuesday, 10), at(tuesday, 10, 20), at(tuesday, 10, 40)
    ]  # fmt: skip
    assert weekly.on(tuesday + timedelta(days=1)) == []


def test_the_same_time_of_day_before_and_after_the_clocks_change():
    weekly = Weekly(0, 9 * 60, 10 * 60, 60, ALWAYS)
    before, after = date(2026, 10, 19), date(2026, 10, 26)
    (first,), (second,) = weekly.on(before), weekly.on(after)
    assert second.starts_at.astimezone(UTC) - first.starts_at.astimezone(UTC) == timedelta(
        days=7, hours=1
    )


def test_an_hour_that_the_clocks_skip_or_repeat_is_no_time():
    at_night = Weekly(6, 0, 5 * 60, 60, ALWAYS)
    for day in (AUTUMN, SPRING):
        assert [span.starts_at.hour for span in at_night.on(day)] == [0, 1, 3, 4]


@given(
    st.lists(st.tuples(moments, st.integers(5, 600)), max_size=4),
    st.integers(5, 90),
    moments,
    st.lists(spans, max_size=20),
)
def test_the_first_free_time_is_within_her_hours_and_nothing_is_free_before_it(
    stretches, minutes, after, busy
):
    hours = [Stretch(start, start + timedelta(minutes=length)) for start, length in stretches]
    found = first_free(hours, minutes, after=after, busy=busy)
    if found is None:
        return
    assert found.starts_at >= after
    assert found.starts_at.minute % 10 == 0
    assert any(h.starts_at <= found.starts_at and found.ends_at <= h.ends_at for h in hours)
    assert not any(found.overlaps(other) for other in busy)


def test_a_call_today_is_at_the_next_ten_minutes_after_what_she_has():
    monday = date(2026, 11, 30)
    hours = [Stretch(at(monday, 8), at(monday, 12))]
    busy = [Span(at(monday, 9), 45)]
    found = first_free(hours, 20, after=at(monday, 8, 47), busy=busy)
    assert found == Span(at(monday, 9, 50), 20)
    assert first_free(hours, 20, after=at(monday, 11, 41), busy=busy) is None
