"""By when, and what may be done."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.domain.consultations import rules
from elevhalsa.domain.consultations.words import OPEN, Outcome, State
from elevhalsa.domain.promise.rules import counted_hours
from tests.domain.helpers import at

CLOSED = closed_days(eves_closed=True)


def test_asked_before_christmas_is_due_two_weekdays_later():
    assert rules.due(at("2026-12-23 15:00"), 48, CLOSED) == at("2026-12-29 15:00")


def test_asked_before_midsummer_is_due_two_weekdays_later():
    assert rules.due(at("2026-06-18 09:30"), 48, CLOSED) == at("2026-06-23 09:30")


def test_a_follow_up_on_a_holiday_may_wait_until_the_next_weekday_has_ended():
    assert rules.follow_up_due(date(2026, 12, 25), CLOSED) == at("2026-12-29 00:00")
    assert rules.follow_up_due(date(2026, 11, 24), CLOSED) == at("2026-11-25 00:00")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 1), timezones=st.just(STOCKHOLM)),
       st.integers(rules.LEAST_HOURS, rules.MOST_HOURS))  # fmt: skip
def test_the_promise_is_as_many_counted_hours_as_was_decided(moment, hours):
    due = rules.due(moment, hours, CLOSED)
    assert abs(counted_hours(moment, due, is_closed=CLOSED) - hours) <= 1  # the clocks change
    assert rules.again_at(due, CLOSED) > due


@given(st.dates(date(2024, 1, 1), date(2033, 12, 31)))
def test_a_follow_up_is_never_due_before_its_day_has_begun(day):
    begins, due = rules.follow_up_at(day), rules.follow_up_due(day, CLOSED)
    assert begins.date() == day
    assert due > begins
    assert not CLOSED((due - timedelta(seconds=1)).date())


def test_what_has_ended_can_be_neither_taken_answered_nor_withdrawn():
    for state in State:
        if state not in OPEN:
            assert not (rules.may_take(state) or rules.may_answer(state))
            assert not rules.may_withdraw(state)
    assert {rules.after(one) for one in Outcome} == {State.FOLLOW_UP, State.CLOSED}
