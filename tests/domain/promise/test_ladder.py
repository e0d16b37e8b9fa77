"""The ladder: who is told when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.promise.rules import (
    Audience,
    Rung,
    hurried,
    ladder_from,
    next_rung,
    rung_after,
    usual_ladder,
)


def test_the_usual_ladder_tells_staff_at_once_and_opens_wide_when_the_promise_breaks():
    first, second, third, last = ladder_from(None, 24)
    assert first == Rung(0, (Audience.STAFF,))
    assert second == Rung(12, (Audience.STAFF,))
    assert third == Rung(20, (Audience.TAKER, Audience.COVER))
    assert last == Rung(24, (Audience.STAFF, Audience.COORDINATOR), opens_wide=True)


def test_a_municipality_that_promises_eight_hours_opens_wide_at_eight():
    assert [rung.hours for rung in ladder_from(None, 8)] == [0, 4, 6, 8]


def test_a_municipalitys_own_rungs_are_read_lowest_first():
    stored = [
        {"hours": 24, "audience": ["coordinator"], "opens_wide": True},
        {"hours": 12, "audience": ["staff", "taker"]},
    ]
    assert ladder_from(stored, 24) == (
        Rung(12, (Audience.STAFF, Audience.TAKER)),
        Rung(24, (Audience.COORDINATOR,), opens_wide=True),
    )


@pytest.mark.parametrize(
    "rung",
    [
        {},
        {"hours": 4},
        {"audience": ["staff"]},
        {"hours": "soon", "audience": ["staff"]},
        {"hours": None, "audience": ["staff"]},
        {"hours": 4, "audience": ["everybody"]},
        {"hours": 4, "audience": None},
        None,
        "staff",
        7,
    ],
)
def test_a_rung_that_cannot_be_read_is_refused(rung):
    with pytest.raises(ValueError):  # noqa: PT011
        ladder_from([rung], 24)


def test_the_next_rung_is_the_lowest_above():
    ladder = ladder_from([{"hours": hours, "audience": ["staff"]} for hours in (20, 0, 24, 12)], 24)
    assert next_rung(ladder, 0).hours == 12
    assert next_rung(ladder, 12).hours == 20
    assert next_rung(ladder, 13).hours == 20
    assert next_rung(ladder, 24) is None


def test_however_few_rungs_are_stored_one_stands_where_the_promise_breaks():
    for stored in ([], [{"hours": 12, "audience": ["staff"]}]):
        assert ladder_from(stored, 24)[-1] == ladder_from(None, 24)[-1]


@given(hours=st.integers(1, 72))
def test_the_usual_ladder_rises_from_nothing_to_the_promise_and_opens_wide_there_only(hours):
    rungs = usual_ladder(hours)
    assert [rung.hours for rung in rungs] == sorted({rung.hours for rung in rungs})
    assert (rungs[0].hours, rungs[-1].hours) == (0, hours)
    assert [rung for rung in rungs if rung.opens_wide] == [rungs[-1]]


@given(hours=st.integers(1, 72))
def test_urgency_shortens_and_never_lengthens_and_the_promise_stands(hours):
    usual, urgent = usual_ladder(hours), hurried(usual_ladder(hours), hours)
    for rung, sooner in zip(usual, urgent, strict=True):
        assert rung.hours == sooner.hours, "they are the same rungs"
        assert rung_after(sooner, hours, urgent=True) <= rung_after(rung, hours, urgent=False)
        assert set(rung.audience) <= set(sooner.audience)
    assert rung_after(urgent[-1], hours, urgent=True) == hours
