"""However many knock: one person gets three letters an hour, and each stands for those after it."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.notices import rules
from elevhalsa.domain.notices.words import Kind
from tests.domain.helpers import at

NOW = at("2026-11-23 09:30")
MOST = 3
kinds = st.sampled_from(rules.BUNDLED)
asked = st.lists(st.tuples(kinds, st.integers(0, 240)), max_size=60)


@given(asked)
def test_nobody_gets_more_than_three_an_hour_and_two_of_a_kind(wanted):
    """As the outbox does it: what may not leave now is asked again when it may."""
    left: list[tuple[Kind, datetime]] = []
    waiting = sorted((NOW + timedelta(minutes=m), i, kind) for i, (kind, m) in enumerate(wanted))
    while waiting:
        moment, number, kind = waiting.pop(0)
        at_last = rules.letter_at(kind, left, moment, most=MOST)
        if at_last > moment:
            waiting = sorted([*waiting, (at_last, number, kind)])
        else:
            left.append((kind, moment))
    assert len(left) == len(wanted)
    for _kind, moment in left:
        hour = [k for k, m in left if moment <= m < moment + rules.LETTERS_WITHIN]
        assert len(hour) <= MOST
        assert all(hour.count(kind) <= MOST - 1 for kind in hour)


@given(kinds, st.lists(st.tuples(kinds, st.integers(61, 500)), max_size=20))
def test_what_left_more_than_an_hour_ago_keeps_nothing_back(kind, before):
    lately = [(one, NOW - timedelta(minutes=m)) for one, m in before]
    assert rules.letter_at(kind, lately, NOW, most=MOST) == NOW


def test_of_what_is_late_one_letter_leaves_however_many_are_new():
    new = [(Kind.NEW_KNOCK, NOW)] * (MOST - 1)
    assert rules.letter_at(Kind.NEW_KNOCK, new, NOW, most=MOST) > NOW
    assert rules.letter_at(Kind.PROMISE_LATE, new, NOW, most=MOST) == NOW
