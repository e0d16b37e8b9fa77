"""Where a referral can stand, who may lead it on, by when, and who holds the baton."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.referrals import rules
from elevhalsa.domain.referrals.rules import (
    FAMILY_HOLDS,
    MOST_HOURS,
    STEPS,
    USUAL_HOURS,
    AnswerFault,
    Baton,
    Field,
    FieldFault,
    OfferFault,
    Suspects,
)
from elevhalsa.domain.referrals.words import ENDED, OPEN, Deed, FieldKind, Party, State
from tests.domain.helpers import at

STATES = st.sampled_from(State)
PARTIES = st.sampled_from(Party)
DEEDS = st.sampled_from(Deed)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
HOURS = st.fixed_dictionaries({state: st.integers(1, MOST_HOURS) for state in OPEN})
IS_CLOSED = closed_days(eves_closed=True)


@given(st.sampled_from(OPEN), st.booleans())
def test_no_state_is_without_a_next_step_and_one_who_answers(
    state: State, has_sender: bool
) -> None:
    who = rules.answers(state, has_sender=has_sender)
    assert who
    assert rules.deeds(state, who), "whoever answers can do something"
    assert rules.deeds(state, Party.FAMILY), "the family can always end it"
    assert rules.step(state, Deed.WITHDRAW, Party.FAMILY)


@given(st.sampled_from(ENDED), DEEDS, PARTIES, st.booleans())
def test_what_has_ended_stays_so_and_nobody_answers_for_it(
    state: State, deed: Deed, by: Party, has_sender: bool
) -> None:
    assert rules.step(state, deed, by) is None
    assert rules.answers(state, has_sender=has_sender) is None


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    def reaches(start: State) -> set[State]:
        seen, left = {start}, [start]
        while left:
            for step in STEPS[left.pop()].values():
                if step.to not in seen:
                    seen.add(step.to)
                    left.append(step.to)
        return seen

    assert reaches(State.DRAFT) == set(State)
    for state in OPEN:
        assert reaches(state) >= set(ENDED)


def test_nobody_but_the_receiver_receives_accepts_returns_or_lets_it_wait() -> None:
    for state in State:
        for deed in (Deed.RECEIVE, Deed.ACCEPT, Deed.RETURN, Deed.WAIT):
            assert not rules.step(state, deed, Party.SENDER)
            assert not rules.step(state, deed, Party.FAMILY)
        assert not rules.step(state, Deed.WITHDRAW, Party.RECEIVER), (
            "they close it, with an outcome"
        )
    assert not any(rules.deeds(State.DRAFT, Party.RECEIVER)), "they know nothing of it yet"


@given(st.lists(st.tuples(DEEDS, PARTIES, st.sampled_from(["a", "b", "c"])), max_size=20),
       st.sampled_from(["a", FAMILY_HOLDS]))  # fmt: skip
def test_the_baton_is_one_persons_until_another_has_accepted_it(
    done: list[tuple[Deed, Party, str]], first: str
) -> None:
    state, baton = State.DRAFT, Baton(first)
    for deed, by, who in done:
        found = rules.step(state, deed, by)
        if not found:
            continue
        after = rules.baton_after(baton, deed, by, who)
        assert after.holder
        if after != baton:
            assert after.holder == who, "nobody is given it by somebody else"
        state, baton = found.to, after
        if state in (State.ACCEPTED, State.BOOKED, State.WAITING):
            assert baton.holder != FAMILY_HOLDS


@given(STATES, MOMENTS, HOURS, st.none() | st.timedeltas(timedelta(0), timedelta(days=60)))
def test_each_open_step_has_a_senast_in_counted_hours_and_what_has_ended_has_none(
    state: State, began: datetime, hours: Mapping[State, int], ahead: timedelta | None
) -> None:
    meeting = began + ahead if ahead is not None else None
    due = rules.senast(state, began, hours, is_closed=IS_CLOSED, meeting_at=meeting)
    if state in ENDED:
        assert due is None
        return
    assert due
    assert due > began
    if state is State.BOOKED and meeting:
        assert due > meeting, "nobody is late before the meeting has been"
    nothing = rules.senast(state, began, {}, is_closed=IS_CLOSED, meeting_at=meeting)
    usual = rules.senast(state, began, USUAL_HOURS, is_closed=IS_CLOSED, meeting_at=meeting)
    assert nothing == usual


@pytest.mark.parametrize(
    ("state", "began", "due"),
    [
        # 24 counted hours over Christmas, and over midsummer.
        (State.SENT, "2026-12-23 15:00", "2026-12-28 15:00"),
        (State.SENT, "2026-06-18 09:30", "2026-06-22 09:30"),
        # 48: a Thursday before a weekend.
        (State.RECEIVED, "2026-11-26 10:00", "2026-11-30 10:00"),
        # 72 from 22 December: 23, 28 and 29 December count, 24 to 27 do not.
        (State.ACCEPTED, "2026-12-22 12:00", "2026-12-29 12:00"),
    ],
)
def test_the_clock_of_a_step_stands_still_while_everything_is_closed(
    state: State, began: str, due: str
) -> None:
    found = rules.senast(state, at(began), {}, is_closed=IS_CLOSED)
    assert found == at(due)


@given(HOURS)
def test_hours_of_every_step_can_be_kept_watch_by_and_of_some_cannot(
    hours: dict[State, int],
) -> None:
    assert rules.is_fit(hours)
    for state in OPEN:
        assert not rules.is_fit(hours | {state: 0})
        assert not rules.is_fit(hours | {state: MOST_HOURS + 1})
        assert not rules.is_fit({one: number for one, number in hours.items() if one != state})


@given(
    st.integers(-5, 25), st.integers(-5, 25), st.booleans(), st.booleans(), st.booleans(),
    st.booleans(), st.integers(0, 20),
)  # fmt: skip
def test_an_offer_has_a_span_of_ages_its_decision_where_one_is_needed_and_a_receiver(
    first: int, last: int, needs: bool, has: bool, offered: bool, received: bool, age: int
) -> None:
    fault = rules.fault_of_offer(
        age_from=first,
        age_to=last,
        needs_decision=needs,
        has_decision=has,
        is_offered=offered,
        has_receiver=received,
    )
    if fault is OfferFault.AGES:
        assert first < 0 or last > rules.OLDEST or first > last
    elif fault is OfferFault.NO_DECISION:
        assert needs
        assert not has
    elif fault is OfferFault.NO_RECEIVER:
        assert offered
        assert not received
    else:
        assert rules.fits(first, last, first)
        assert rules.fits(first, last, last)
        assert rules.fits(first, last, age) is (first <= age <= last)


FIELDS = st.builds(
    Field,
    key=st.sampled_from("abcdef"),
    label=st.text(min_size=1, max_size=20),
    kind=st.sampled_from(FieldKind),
    help=st.text(max_size=20),
    required=st.booleans(),
    options=st.lists(st.text(min_size=1, max_size=10), max_size=5).map(tuple),
)


@given(FIELDS)
def test_a_field_is_read_as_it_was_stored(field: Field) -> None:
    assert rules.field_of(field.stored) == field


@given(st.lists(FIELDS, unique_by=lambda one: one.key, max_size=6), FIELDS, st.integers(-3, 12))
def test_a_field_stands_once_where_it_was_laid_and_the_others_keep_their_order(
    fields: list[Field], field: Field, place: int
) -> None:
    after = rules.put(fields, field, place)
    others = [one for one in fields if one.key != field.key]
    assert [one for one in after if one.key != field.key] == others
    assert after.count(field) == 1
    assert after.index(field) == min(max(place, 1), len(others) + 1) - 1
    assert rules.without(after, field.key) == tuple(others)


@given(FIELDS)
def test_what_one_chooses_among_has_something_to_choose(field: Field) -> None:
    fault = rules.fault_of_field(field)
    if field.kind not in (FieldKind.CHOICE, FieldKind.SEVERAL):
        assert fault is None
    else:
        is_few, is_twice = len(field.options) < 2, len(set(field.options)) < len(field.options)
        assert (fault is FieldFault.NO_OPTIONS) is is_few
        assert (fault is FieldFault.SAME_OPTION) is (is_twice and not is_few)


@given(
    st.lists(FIELDS, unique_by=lambda one: one.key, max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.text(max_size=5), max_size=3)),
)
def test_an_answer_is_among_what_can_be_answered_and_what_must_be_is(
    fields: list[Field], answers: dict[str, list[str]]
) -> None:
    faults = rules.faults_of_answers(fields, answers)
    for field in fields:
        said = [one for one in answers.get(field.key, []) if one]
        if field.required and not said:
            assert faults[field.key] is AnswerFault.MISSING
        if field.key in faults:
            continue
        if field.kind in (FieldKind.CHOICE, FieldKind.SEVERAL):
            assert set(said) <= set(field.options)
        if field.kind is FieldKind.YES_NO:
            assert set(said) <= {rules.YES, rules.NO}
        if field.kind is not FieldKind.SEVERAL:
            assert len(said) <= 1


def test_only_a_no_to_the_first_question_leads_to_a_form() -> None:
    assert [said for said in Suspects if rules.may_refer(said)] == [Suspects.NO]


@given(st.integers(0, 20))
def test_alone_one_begins_from_fifteen(age: int) -> None:
    assert rules.may_begin_alone(age) is (age >= 15)


def test_a_day_is_no_answer_to_what_is_chosen() -> None:
    day = Field("d", "Vilken dag?", FieldKind.DAY)
    assert not rules.faults_of_answers([day], {"d": [date(2026, 1, 1).isoformat()]})
