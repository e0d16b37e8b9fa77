"""Which Swedish dates are closed."""

from datetime import date, timedelta

import holidays
import pytest

from elevhalsa.core import calendar
from elevhalsa.core.calendar import closed_days

EVES_2026 = [date(2026, 6, 19), date(2026, 12, 24), date(2026, 12, 31)]


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1), date(2026, 1, 6), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1),
        date(2026, 5, 14), date(2025, 6, 6), date(2026, 12, 25), date(2027, 3, 26),
    ],
)  # fmt: skip
def test_a_public_holiday_on_a_weekday_is_closed_whatever_the_setting(day):
    assert day.weekday() < 5
    assert closed_days()(day)
    assert closed_days(eves_closed=False)(day)


@pytest.mark.parametrize("eve", EVES_2026)
def test_the_three_eves_are_closed_unless_the_municipality_says_otherwise(eve):
    assert closed_days()(eve)
    assert not closed_days(eves_closed=False)(eve)


def test_every_saturday_and_sunday_is_closed():
    is_closed = closed_days(eves_closed=False)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert all(is_closed(day) for day in days if day.weekday() >= 5)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 7, 15),  # summer break
        date(2026, 10, 28),  # autumn break
        date(2026, 4, 2),  # Maundy Thursday
        date(2026, 4, 30),  # the eve of May Day
        date(2026, 5, 15),  # the day between Ascension Day and a Saturday
        date(2026, 12, 28),  # between Christmas and New Year
    ],
)
def test_school_breaks_and_half_days_are_open(day):
    assert not closed_days()(day)


@pytest.mark.parametrize("year", range(2005, 2101))
def test_the_red_days_of_every_year_are_those_that_others_have_worked_out(year):
    assert calendar.holidays(year) == set(holidays.SE(years=year))  # type: ignore[attr-defined]
    assert calendar.eves(year) == set(holidays.SE(years=year, categories="de_facto"))  # type: ignore[attr-defined]
