"""A server that takes few connections at a time gets a few; one that is away is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.notices import rules

answers = st.lists(st.booleans(), max_size=40)


def after(answered: list[bool], pace: rules.Pace | None = None, now: float = 100.0) -> rules.Pace:
    pace = pace or rules.Pace()
    for one in answered:
        pace = pace.after(answered=one, now=now)
    return pace


@given(answers)
def test_some_may_always_be_asked_and_never_more_than_the_bound(answered):
    assert 1 <= after(answered).at_once <= rules.AT_ONCE


@given(answers)
def test_one_that_answers_again_soon_gets_all_it_can_take(answered):
    pace = after([True] * rules.AT_ONCE, after(answered))
    assert pace == rules.Pace()


@given(answers)
def test_after_a_few_that_were_not_answered_it_is_let_alone_for_a_while(answered):
    pace = after([False] * rules.AT_ONCE, after(answered))
    assert not pace.is_open(100.0)
    assert pace.is_open(100.0 + rules.LEFT_ALONE_SECONDS)
    assert pace.at_once == 1, "and then tried with one"


def test_a_server_that_takes_two_at_a_time_is_not_let_alone():
    assert after([False]).is_open(100.0)
    assert after([False]).at_once == 2
    assert after([False, True, False]).is_open(100.0)
