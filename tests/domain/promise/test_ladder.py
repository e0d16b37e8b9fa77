"""The ladder: who is told when."""

import pytest

from elevhalsa.domain.promise.rules import Audience, Rung, ladder_from, next_rung


def test_the_usual_ladder_tells_staff_at_once_and_opens_wide_when_the_promise_breaks():
    first, last = ladder_from(None, 24)
    assert first == Rung(0, (Audience.STAFF,))
    assert last == Rung(24, (Audience.STAFF, Audience.COORDINATOR), opens_wide=True)


def test_a_municipality_that_promises_eight_hours_opens_wide_at_eight():
    assert [rung.hours for rung in ladder_from(None, 8)] == [0, 8]


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


def test_an_empty_ladder_has_no_next_rung():
    assert next_rung(ladder_from([], 24), 0) is None
