"""When a knock is due: every case that the architecture names, and those beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import Babel

from elevhalsa.core import clock, i18n
from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.promise.rules import counted_hours, due_at, is_late
from tests.domain.helpers import at

USUAL = closed_days()


def never(_day: date) -> bool:
    return False


def due(knocked_at: str, hours: float = 24, is_closed=USUAL) -> datetime:
    return due_at(at(knocked_at), hours, is_closed=is_closed)


def test_a_knock_the_day_before_midsummer_eve_is_due_on_monday_at_the_same_time():
    assert due("2026-06-18 09:30") == at("2026-06-22 09:30")


def test_a_knock_on_a_friday_afternoon_is_due_on_monday_at_the_same_time():
    assert due("2026-11-27 16:20") == at("2026-11-30 16:20")


def test_a_knock_on_a_saturday_is_due_at_the_end_of_monday():
    promised = due("2026-11-28 11:00")
    assert promised == at("2026-12-01 00:00")
    app = Flask(__name__)
    Babel(app, default_locale="sv")
    with app.app_context(), clock.frozen(at("2026-11-28 11:00")):
        assert i18n.by_when(promised) == "senast måndag 30 november"


def test_a_knock_the_day_before_christmas_eve_is_due_on_the_monday_after():
    assert due("2026-12-23 15:00") == at("2026-12-28 15:00")


def test_a_knock_before_the_clock_change_is_due_at_the_same_time_of_day():
    promised = due("2026-10-23 10:00")
    assert promised == at("2026-10-26 10:00")
    assert promised.astimezone(UTC) - at("2026-10-23 10:00").astimezone(UTC) == timedelta(hours=73)


def test_a_knock_before_the_clock_goes_forward_is_due_at_the_same_time_of_day():
    assert due("2026-03-27 10:00") == at("2026-03-30 10:00")


def test_where_eves_are_ordinary_days_midsummer_eve_counts():
    assert due("2026-06-18 09:30", is_closed=closed_days(eves_closed=False)) == at(
        "2026-06-19 09:30"
    )


def test_where_eves_are_ordinary_days_christmas_eve_counts():
    assert due("2026-12-23 15:00", is_closed=closed_days(eves_closed=False)) == at(
        "2026-12-24 15:00"
    )


def test_the_summer_break_counts():
    assert due("2026-07-14 13:00") == at("2026-07-15 13:00")


def test_the_autumn_break_counts():
    assert due("2026-10-27 13:00") == at("2026-10-28 13:00")


def test_a_knock_on_an_ordinary_day_is_due_the_next():
    assert due("2026-11-23 09:30") == at("2026-11-24 09:30")


def test_a_knock_on_new_years_eve_is_due_at_the_end_of_the_first_weekday():
    assert due("2026-12-31 18:00") == at("2027-01-05 00:00")  # 1-3 January: holiday and weekend


def test_a_knock_before_easter_is_due_after_it():
    assert due("2026-04-02 08:00") == at("2026-04-07 08:00")


def test_a_knock_at_the_very_start_of_a_weekday_is_due_at_its_end():
    assert due("2026-11-24 00:00") == at("2026-11-25 00:00")


def test_a_knock_on_a_friday_night_at_its_last_second_keeps_its_second():
    assert due("2026-11-27 23:59:59") == at("2026-11-30 23:59:59")


def test_a_promise_of_four_hours_stays_within_the_day():
    assert due("2026-11-23 09:30", 4) == at("2026-11-23 13:30")


def test_a_promise_of_four_hours_late_on_a_friday_goes_on_on_monday():
    assert due("2026-11-27 22:00", 4) == at("2026-11-30 02:00")


def test_a_promise_of_two_days_of_hours_takes_two_weekdays():
    assert due("2026-11-26 10:00", 48) == at("2026-11-30 10:00")


def test_half_hours_count():
    assert due("2026-11-23 09:30", 1.5) == at("2026-11-23 11:00")


def test_no_hours_at_all_means_now():
    assert due("2026-11-23 09:30", 0) == at("2026-11-23 09:30")


def test_the_answer_is_aware_and_swedish():
    assert due("2026-11-23 09:30").utcoffset() == timedelta(hours=1)
    assert due("2026-06-22 09:30").utcoffset() == timedelta(hours=2)


def test_an_hour_that_spring_skips_moves_past_the_gap():
    promised = due("2026-03-28 02:30", is_closed=never)
    assert promised == at("2026-03-29 03:30")
    assert promised.hour == 3


def test_a_knock_in_the_hour_that_comes_twice_is_never_due_before_it_was_made():
    second_time = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02.30 for the second time
    promised = due_at(second_time, 0.25, is_closed=never)
    assert promised.astimezone(UTC) == second_time + timedelta(minutes=15)


def test_an_hour_that_comes_twice_means_the_first():
    promised = due("2026-10-24 02:30", is_closed=never)
    assert promised.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="aware"):
        due_at(datetime(2026, 11, 23, 9, 30), is_closed=USUAL)


def test_negative_hours_are_refused():
    with pytest.raises(ValueError, match="negative"):
        due("2026-11-23 09:30", -1)


def test_a_calendar_that_never_opens_is_refused_instead_of_searched_for_ever():
    with pytest.raises(ValueError, match="no open day"):
        due("2026-11-23 09:30", is_closed=lambda day: True)


def test_counted_hours_leave_out_the_weekend():
    assert counted_hours(at("2026-11-27 16:20"), at("2026-11-30 16:20"), is_closed=USUAL) == 24


def test_counted_hours_within_a_weekend_are_none():
    assert counted_hours(at("2026-11-28 01:00"), at("2026-11-29 23:00"), is_closed=USUAL) == 0


def test_counted_hours_backwards_are_none():
    assert counted_hours(at("2026-11-24 09:00"), at("2026-11-23 09:00"), is_closed=USUAL) == 0


def test_a_promise_is_late_when_its_time_passed_without_contact():
    promised = at("2026-11-24 09:30")
    before, after = promised - timedelta(minutes=1), promised + timedelta(minutes=1)
    assert not is_late(promised, before, None)
    assert not is_late(promised, promised, None)
    assert is_late(promised, after, None)
    assert not is_late(promised, after, before)
    assert not is_late(promised, after, promised)
    assert is_late(promised, after + timedelta(days=9), after)
