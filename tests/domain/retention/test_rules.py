"""What is due at a moment, and what is not whatever the moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.retention import rules
from elevhalsa.domain.retention.words import Hold, RecordKind, Standing

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
DAYS = st.integers(*rules.DAYS[RecordKind.KNOCK])
HOLDS = st.sets(st.sampled_from(Hold))


@given(MOMENTS, MOMENTS, DAYS, st.booleans(), HOLDS)
def test_it_goes_or_is_locked_only_when_its_days_are_over_and_nothing_holds_it(
    ended_at, now, days, has_decision, holds
):
    standing = rules.standing(ended_at, now, days=days, has_decision=has_decision, holds=holds)
    is_over = now - ended_at >= timedelta(days=days)
    assert (standing is Standing.OPEN) is not is_over
    stays = bool(holds - {Hold.LEGAL})
    asked_for = Hold.LEGAL in holds
    assert (standing is Standing.HELD) is (is_over and stays)
    assert (standing is Standing.DUE) is (is_over and not holds and has_decision)
    assert (standing is Standing.LOCKED) is (
        is_over and not stays and (asked_for or not has_decision)
    )


@given(MOMENTS, DAYS, st.booleans(), HOLDS)
def test_what_is_open_is_never_due(now, days, has_decision, holds):
    standing = rules.standing(None, now, days=days, has_decision=has_decision, holds=holds)
    assert standing is Standing.OPEN


@given(MOMENTS, DAYS)
def test_one_moment_before_and_it_stays(ended_at, days):
    end = ended_at + timedelta(days=days)
    both = [
        rules.standing(ended_at, moment, days=days, has_decision=True, holds=())
        for moment in (end - timedelta(microseconds=1), end)
    ]
    assert both == [Standing.OPEN, Standing.DUE]


@given(st.integers(-10, 40000), st.sampled_from(RecordKind))
def test_days_that_can_be_decided_are_within_what_the_data_says(days, kind):
    fewest, most = rules.DAYS[kind]
    assert rules.may_be(kind, days) is (fewest <= days <= most)
