"""The date of a guarantee, and when those who can act are reminded of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import STOCKHOLM, local
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise.rules import due_at, guarantee_due, reminder_at
from tests.domain.helpers import at

IS_CLOSED = closed_days()
DAY = timedelta(days=1)
MOMENTS = st.datetimes(
    at("2026-01-01 00:00").replace(tzinfo=None), at("2027-12-31 00:00").replace(tzinfo=None)
).map(lambda naive: naive.replace(tzinfo=STOCKHOLM))
AMOUNTS = st.integers(1, 30)


@pytest.mark.parametrize(
    ("knocked", "amount", "unit", "due"),
    [
        ("2026-06-18 09:30", 1, Unit.WEEKDAYS, "2026-06-23 00:00"),  # over midsummer
        ("2026-06-18 09:30", 1, Unit.CALENDAR_DAYS, "2026-06-20 00:00"),
        ("2026-11-28 11:00", 1, Unit.WEEKDAYS, "2026-12-01 00:00"),  # from a Saturday
        ("2026-10-23 10:00", 1, Unit.WEEKDAYS, "2026-10-27 00:00"),  # the clocks are changed
        ("2026-06-18 09:30", 24, Unit.HOURS, "2026-06-22 09:30"),
    ],
)
def test_a_guarantee_ends_with_its_last_day(knocked, amount, unit, due):
    assert guarantee_due(at(knocked), amount, unit, is_closed=IS_CLOSED) == at(due)


@given(MOMENTS, AMOUNTS)
def test_so_many_weekdays_lie_between_the_day_of_the_knock_and_the_end(knocked, amount):
    due = guarantee_due(knocked, amount, Unit.WEEKDAYS, is_closed=IS_CLOSED)
    assert local(due).time().isoformat() == "00:00:00"
    first, last = knocked.date(), local(due).date() - DAY
    days = [first + number * DAY for number in range(1, (last - first).days + 1)]
    assert sum(not IS_CLOSED(day) for day in days) == amount
    assert not IS_CLOSED(last)


@given(MOMENTS, AMOUNTS, st.sampled_from(Unit))
def test_more_is_never_sooner_and_the_reminder_is_never_after_the_date(knocked, amount, unit):
    due = guarantee_due(knocked, amount, unit, is_closed=IS_CLOSED)
    assert knocked < due < guarantee_due(knocked, amount + 1, unit, is_closed=IS_CLOSED)
    assert knocked <= reminder_at(knocked, due, is_closed=IS_CLOSED) <= due
    if unit is Unit.HOURS:
        assert due == due_at(knocked, amount, is_closed=IS_CLOSED)


def test_where_no_day_counts_there_is_no_date():
    with pytest.raises(ValueError, match="no open day"):
        guarantee_due(at("2026-01-01 09:00"), 1, Unit.WEEKDAYS, is_closed=lambda _day: True)
