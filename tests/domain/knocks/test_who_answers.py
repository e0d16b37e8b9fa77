"""Whom a pupil is told will be in touch: who has really been told."""

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.rules import who_answers

PROFESSION = st.sampled_from(Profession)


@given(st.none() | PROFESSION, st.sets(PROFESSION))
def test_nobody_is_named_who_has_not_been_told_unless_nobody_has(wanted, told):
    named = who_answers(wanted, told)
    if told:
        assert named is None or named in told
        assert named is not None or len(told) > 1
    else:
        assert named is wanted


@given(PROFESSION, st.sets(PROFESSION))
def test_whom_the_pupil_asked_for_is_named_when_they_have_been_told(wanted, told):
    assert who_answers(wanted, told | {wanted}) is wanted


def test_where_several_can_answer_none_is_picked_out():
    assert who_answers(None, {Profession.NURSE, Profession.COUNSELLOR}) is None
