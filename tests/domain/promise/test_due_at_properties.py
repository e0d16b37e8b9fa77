"""What holds for every knock, whenever it is made."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.domain.promise.rules import counted_hours, due_at

CALENDARS = {True: closed_days(), False: closed_days(eves_closed=False)}

moments = st.datetimes(
    min_value=datetime(2025, 1, 1), max_value=datetime(2032, 12, 31), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))
calendars = st.sampled_from([CALENDARS[True], CALENDARS[False]])
hours = st.integers(1, 24 * 8)
some_hours = st.integers(0, 24 * 4)
zones = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


def day_of(moment: datetime) -> date:
    """The Swedish day that a promise's end belongs to; midnight ends the day before."""
    local = moment.astimezone(STOCKHOLM)
    return (local - timedelta(days=1) if local.time() == time() else local).date()


def on_open_day(moment: datetime, is_closed) -> bool:
    return not is_closed(moment.astimezone(STOCKHOLM).date())


@given(moments, hours, calendars)
def test_a_promise_is_always_ahead(knocked_at, promised, is_closed):
    assert due_at(knocked_at, promised, is_closed=is_closed) > knocked_at


@given(moments, hours, calendars)
def test_a_promise_lasts_as_many_counted_hours_as_it_says(knocked_at, promised, is_closed):
    # Clock changes fall on Sundays, which are closed, so wall-clock hours are whole here.
    due = due_at(knocked_at, promised, is_closed=is_closed)
    assert counted_hours(knocked_at, due, is_closed=is_closed) == promised


@given(moments, hours, calendars)
def test_a_promise_never_ends_within_a_closed_day(knocked_at, promised, is_closed):
    assert not is_closed(day_of(due_at(knocked_at, promised, is_closed=is_closed)))


@given(moments, hours, some_hours, calendars)
def test_more_hours_never_make_it_earlier(knocked_at, promised, more, is_closed):
    assert due_at(knocked_at, promised, is_closed=is_closed) <= due_at(
        knocked_at, promised + more, is_closed=is_closed
    )


@given(moments, st.integers(1, 60 * 24 * 10), hours, calendars)
def test_who_knocks_later_is_never_due_earlier(knocked_at, minutes_later, promised, is_closed):
    later = knocked_at + timedelta(minutes=minutes_later)
    first = due_at(knocked_at, promised, is_closed=is_closed)
    assert first <= due_at(later, promised, is_closed=is_closed)


@given(moments, st.integers(1, 60 * 24 * 10), hours, calendars)
def test_who_knocks_later_on_open_days_is_due_later(knocked_at, minutes, promised, is_closed):
    later = knocked_at + timedelta(minutes=minutes)
    assume(on_open_day(knocked_at, is_closed))
    assume(on_open_day(later, is_closed))
    first = due_at(knocked_at, promised, is_closed=is_closed)
    assert first < due_at(later, promised, is_closed=is_closed)


@given(moments, hours, hours, calendars)
def test_hours_can_be_counted_in_two_goes(knocked_at, first, second, is_closed):
    halfway = due_at(knocked_at, first, is_closed=is_closed)
    assert due_at(halfway, second, is_closed=is_closed) == due_at(
        knocked_at, first + second, is_closed=is_closed
    )


@given(moments, hours, zones, calendars)
def test_the_zone_that_a_moment_is_told_in_does_not_matter(knocked_at, promised, zone, is_closed):
    assert due_at(knocked_at.astimezone(zone), promised, is_closed=is_closed) == due_at(
        knocked_at, promised, is_closed=is_closed
    )


@given(moments, st.integers(1, 5), calendars)
def test_whole_days_keep_the_time_of_day_on_open_days(knocked_at, days, is_closed):
    assume(on_open_day(knocked_at, is_closed))
    local = knocked_at.astimezone(STOCKHOLM)
    due = due_at(knocked_at, 24 * days, is_closed=is_closed).astimezone(STOCKHOLM)
    assert due.timetz().replace(tzinfo=None) == local.timetz().replace(tzinfo=None)


@given(st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 31), timezones=st.just(UTC)), hours)
def test_where_the_spring_change_falls_on_an_open_day_nothing_breaks(knocked_at, promised):
    due = due_at(knocked_at, promised, is_closed=lambda day: False)
    elapsed = (due - knocked_at) / timedelta(hours=1)
    assert promised - 1 <= elapsed <= promised


@given(st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27), timezones=st.just(UTC)), hours)
def test_where_the_autumn_change_falls_on_an_open_day_nothing_breaks(knocked_at, promised):
    due = due_at(knocked_at, promised, is_closed=lambda day: False)
    elapsed = (due.astimezone(UTC) - knocked_at) / timedelta(hours=1)
    assert promised - 1 <= elapsed <= promised + 1
    assert due > knocked_at


@given(moments, moments, calendars)
def test_counted_hours_are_never_negative_nor_more_than_the_clock_says(one, other, is_closed):
    counted = counted_hours(one, other, is_closed=is_closed)
    assert counted >= 0
    assert counted <= max(0.0, (other - one) / timedelta(hours=1) + 1)
