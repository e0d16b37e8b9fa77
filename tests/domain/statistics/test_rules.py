"""What may be told of counts: few are hidden, and stay hidden by every subtraction."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.statistics.rules import (
    FEWEST_SHOWN,
    Shown,
    Telling,
    percent,
    period_of,
    shown,
    shown_sum,
    was_told,
    whole_hours,
)
from tests.domain.helpers import at

parts = st.integers(0, 40).flatmap(
    lambda knocks: st.tuples(st.just(knocks), st.integers(0, knocks))
)
few = st.integers(1, FEWEST_SHOWN - 1).flatmap(
    lambda knocks: st.tuples(st.just(knocks), st.integers(0, knocks))
)
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(st.lists(parts, max_size=6), st.lists(few, min_size=1, max_size=3), st.data())
def test_nothing_that_is_shown_differs_whatever_number_is_hidden(told, hidden, data):
    others = data.draw(st.lists(few, min_size=len(hidden), max_size=len(hidden)))

    def page(those: list[tuple[int, int]]) -> tuple[list[Shown], Shown]:
        return [shown(*part) for part in told + those], shown_sum(told + those)

    assert page(hidden) == page(others)


@given(st.lists(parts, max_size=8))
def test_a_sum_less_the_rows_beside_it_leaves_nothing(every):
    rows, total = [shown(*part) for part in every], shown_sum(every)
    known = sum(row.knocks or 0 for row in rows)
    assert (total.knocks or 0) == known
    assert (total.telling is Telling.EXACT) == all(row.telling is Telling.EXACT for row in rows)


@given(parts)
def test_a_count_is_told_when_it_is_none_or_enough(part):
    knocks, kept = part
    figures = shown(knocks, kept)
    assert (figures.telling is Telling.EXACT) == (knocks == 0 or knocks >= 5)
    assert figures.knocks == (knocks if figures.telling is Telling.EXACT else None)


@given(parts)
def test_a_broken_promise_never_shows_as_a_hundred_per_cent(part):
    knocks, kept = part
    share = percent(kept, knocks)
    assert (share is None) == (knocks == 0)
    assert (share == 100) == (0 < kept == knocks)


@given(days)
def test_each_day_belongs_to_one_period_of_at_most_a_week(day):
    first, last = period_of(day)
    assert first <= day <= last
    assert last - first < timedelta(days=7)
    assert first.weekday() == 0 or (first.month, first.day) in ((1, 1), (7, 1))
    assert {period_of(first + timedelta(days=n)) for n in range((last - first).days + 1)} == {
        (first, last)
    }
    assert period_of(last + timedelta(days=1)) != (first, last)


@given(days)
def test_no_period_is_of_two_years_or_of_two_school_years(day):
    first, last = period_of(day)
    assert (first.year, first.month > 6) == (last.year, last.month > 6)


def test_the_week_of_new_year_is_cut_in_two():
    assert period_of(date(2026, 12, 31)) == (date(2026, 12, 28), date(2026, 12, 31))
    assert period_of(date(2027, 1, 1)) == (date(2027, 1, 1), date(2027, 1, 3))


def test_a_begun_hour_is_an_hour():
    assert [whole_hours(hours) for hours in (0.0, 0.02, 1.0, 22.5)] == [0, 1, 1, 23]


def test_to_tell_of_lateness_is_to_tell_it_before_the_contact():
    first, second = at("2026-11-24 09:30"), at("2026-11-24 10:30")
    assert was_told(second, [first])
    assert was_told(None, [second])
    assert not was_told(first, [second])
    assert not was_told(None, [])
