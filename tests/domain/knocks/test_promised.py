"""The *senast* that a form showed is the one that its knock is given, for half an hour."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_encryption_key
from elevhalsa.domain.knocks import asking, promised
from elevhalsa.domain.knocks.words import DueShown
from elevhalsa.domain.promise.policy import Policy, policy_of
from elevhalsa.extensions import db
from tests.domain.helpers import at

from .waits import next_rung_of

POLICY = Policy(hours=24, eves_closed=True, stored_ladder=None)
THURSDAY = at("2026-06-18 09:30")
MOMENTS = st.datetimes(
    at("2026-01-01 00:00").replace(tzinfo=None), at("2027-12-31 00:00").replace(tzinfo=None)
).map(lambda naive: naive.replace(tzinfo=clock.STOCKHOLM).astimezone(UTC))


@pytest.fixture(autouse=True, scope="module")
def _keys():
    keyring.configure([new_encryption_key()], "x" * 32)


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=2)))
def test_what_was_shown_is_given_for_half_an_hour_and_is_never_later_than_the_rule(shown_at, later):
    shown = promised.at(POLICY, shown_at)
    now = shown.since + later
    carried = shown.signed("s")
    assert promised.read(carried, "s") == shown
    got, said = promised.given(POLICY, now, carried, "s")
    assert got.due_at <= POLICY.due_at(now)
    if later <= promised.HOLDS:
        assert (got.due_at, said) == (shown.due_at, None)
    else:
        assert got.due_at == POLICY.due_at(now)
        assert said is (None if got.due_at == shown.due_at else DueShown.ANOTHER)


@given(st.text(max_size=80))
def test_what_we_have_not_signed_is_as_if_nothing_had_been_shown(carried):
    assert promised.given(POLICY, THURSDAY, carried, "s") == (
        promised.Promised(THURSDAY, POLICY.due_at(THURSDAY)),
        DueShown.NONE,
    )


@given(st.integers(0, 200), st.characters(codec="utf-8"))
def test_another_schools_or_one_that_was_changed_is_not_ours(place, letter):
    carried = promised.at(POLICY, THURSDAY).signed("s")
    changed = carried[:place] + letter + carried[place + 1 :]
    assert promised.read(carried, "another") is None
    assert (promised.read(changed, "s") is None) == (changed != carried)


def test_the_last_rung_falls_when_the_shown_time_has_passed(make):
    school = make.school()
    make.counsellor(school)
    make.home.ladder = []
    with clock.frozen(THURSDAY):
        shown = promised.at(policy_of(school.municipality), clock.now())
    with clock.frozen(THURSDAY + timedelta(minutes=29)):
        knock = asking.knock(school, make.asked(), shown=shown.signed(school.id)).knock
        db.session.commit()
    assert knock.due_at == knock.deadline_at == next_rung_of(knock) == at("2026-06-22 09:30")
    assert knock.due_shown is None
