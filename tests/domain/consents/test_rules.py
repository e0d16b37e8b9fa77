"""Who must agree: every combination of age, offer, sender, receiver and maturity against a table of
paragraphs, and what holds whatever it is."""

import csv
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.consents import law, rules
from elevhalsa.domain.consents.rules import (
    RECEIVERS,
    WITHIN,
    Need,
    Needed,
    Record,
    all_hold,
    holds,
    may_become,
    may_share,
    who_must_agree,
)
from elevhalsa.domain.consents.words import (
    GUARDIANS,
    Law,
    Maturity,
    Offered,
    OneGuardian,
    Purpose,
    Role,
    Side,
    State,
)
from tests.domain.helpers import at

# --- the table ------------------------------------------------------------------------------------

AGES = range(21)
TABLE = Path(__file__).parent / "expected.csv"
OFFERS = {"prövad": Offered.ASSESSED, "oprövad": Offered.UNASSESSED, "ingen": Offered.NONE}
NOTES = {"inte": Maturity.NOT_NOTED, "inte_än": Maturity.NOT_YET, "mogen": Maturity.MATURE}
PURPOSES = {"lämna": Purpose.LIFT, "ta emot": Purpose.RECEIVE}
Combination = tuple[int, Offered, Side, Side, Maturity]


def ages_of(said: str) -> range:
    first, last = said.split("-")
    return range(int(first), int(last) + 1)


def is_from(said: str, sender: Side, receiver: Side) -> bool:
    """``!familj inom``: not of the family's own, nor within one area."""
    if said == "*":
        return True
    assert said == "!familj inom"
    same = {"medical", "psychosocial", "school", "preschool", "social_services"}
    return sender != "family" and not (sender == receiver and sender.value in same)


def is_to(said: str, receiver: Side) -> bool:
    return said == "*" or (said[0] == "!") is (receiver != said.removeprefix("!"))


def expected() -> dict[Combination, set[tuple[Role, Purpose, Law]]]:
    found: dict[Combination, set[tuple[Role, Purpose, Law]]] = {
        one: set() for one in product(AGES, Offered, Side, RECEIVERS, Maturity)
    }
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    for (age, offered, sender, receiver, maturity), needs in found.items():
        for row in rows:
            offers = (
                list(Offered)
                if row["insats"] == "*"
                else [OFFERS[word] for word in row["insats"].split()]
            )
            notes = (
                list(Maturity)
                if row["mognad"] == "*"
                else [NOTES[word] for word in row["mognad"].split()]
            )
            if (
                age in ages_of(row["ålder"])
                and offered in offers
                and maturity in notes
                and is_from(row["från"], sender, receiver)
                and is_to(row["till"], receiver)
            ):
                who = GUARDIANS if row["vem"] == "båda" else (Role.CHILD,)
                needs |= {(one, PURPOSES[row["till vad"]], Law(row["paragraf"])) for one in who}
    return found


def test_each_combination_needs_who_the_table_says_by_the_paragraph_it_says():
    table = expected()
    assert len(table) == 21 * 3 * 9 * 8 * 3
    for (age, offered, sender, receiver, maturity), needs in table.items():
        needed = who_must_agree(age, offered, sender, receiver, maturity=maturity)
        found = [(need.who, need.what, need.law) for need in needed.needs]
        assert len(found) == len(set(found))
        assert set(found) == needs, (age, offered, sender, receiver, maturity)


def test_a_child_of_13_may_get_an_assessed_effort_without_the_guardian_but_never_an_unassessed():
    way, mature = (Side.PSYCHOSOCIAL, Side.SOCIAL_SERVICES), Maturity.MATURE
    alone = who_must_agree(13, Offered.ASSESSED, *way, maturity=mature)
    assert alone.roles == (Role.CHILD,)
    both = who_must_agree(13, Offered.UNASSESSED, *way, maturity=mature)
    assert both.roles == (Role.CHILD, *GUARDIANS)
    assert [need.what for need in both.of(Role.GUARDIAN_ONE)] == [Purpose.RECEIVE]


def test_a_young_person_of_15_does_it_alone_and_nobody_at_home_is_told():
    needed = who_must_agree(15, Offered.UNASSESSED, Side.FAMILY, Side.SOCIAL_SERVICES)
    assert needed.roles == (Role.CHILD,)
    assert not needed.told & set(GUARDIANS)
    assert Law.NOT_HOME in needed.laws


def test_what_the_nurse_may_tell_without_consent_ends_at_18_and_is_no_yes_to_an_effort():
    nurse = who_must_agree(10, Offered.NONE, Side.MEDICAL, Side.SOCIAL_SERVICES)
    assert nurse.unless is Law.MEDICAL_NEEDED
    assert may_share(nurse, []) is False
    assert may_share(nurse, [], without_consent=True)
    effort = who_must_agree(10, Offered.ASSESSED, Side.MEDICAL, Side.SOCIAL_SERVICES)
    assert may_share(effort, [], without_consent=True) is False
    grown = who_must_agree(18, Offered.NONE, Side.MEDICAL, Side.SOCIAL_SERVICES)
    assert grown.unless is None and may_share(grown, [], without_consent=True) is False


@pytest.mark.parametrize(
    ("sender", "receiver", "unless"),
    [
        (Side.MEDICAL, Side.SOCIAL_SERVICES, Law.MEDICAL_NEEDED),
        (Side.MEDICAL, Side.HEALTH_CARE, Law.MEDICAL_NEEDED),
        (Side.MEDICAL, Side.PSYCHOSOCIAL, Law.MEDICAL_WITHIN),
        (Side.SOCIAL_SERVICES, Side.HEALTH_CARE, Law.SOCIAL_NEEDED),
        (Side.SOCIAL_SERVICES, Side.MEDICAL, Law.SOCIAL_NEEDED),
        (Side.PSYCHOSOCIAL, Side.SOCIAL_SERVICES, None),
        (Side.PRESCHOOL, Side.SOCIAL_SERVICES, None),
        (Side.INDEPENDENT, Side.SOCIAL_SERVICES, None),
        (Side.SOCIAL_SERVICES, Side.PSYCHOSOCIAL, None),
    ],
)
def test_only_where_a_paragraph_says_so_can_it_be_told_without(sender, receiver, unless):
    assert who_must_agree(9, Offered.NONE, sender, receiver).unless is unless


def test_each_law_is_data_with_a_source_and_what_nobody_has_seen_says_so():
    assert set(law.usual()) == set(Law)
    for line in law.usual().values():
        assert line.says and line.source, line.key
        unseen = "inte sedd" in line.source or "inte sett" in line.source
        known = "allmänt känd" in line.source
        assert (unseen or known) is (line.verified_on is None), line.key
        assert line.law or unseen, line.key


# --- whatever it is -------------------------------------------------------------------------------

ages = st.integers(0, 25)
facts = st.fixed_dictionaries(
    {
        "offered": st.sampled_from(Offered),
        "sender": st.sampled_from(Side),
        "receiver": st.sampled_from(RECEIVERS),
        "maturity": st.sampled_from(Maturity),
        "one_guardian": st.sampled_from([None, *OneGuardian]),
        "protected": st.booleans(),
    }
)


def guardians(needed: Needed) -> int:
    return len(set(needed.roles) & set(GUARDIANS))


@given(ages, ages, facts)
def test_a_younger_child_never_needs_fewer_guardians(one, other, known):
    younger, older = sorted((one, other))
    few, many = (guardians(who_must_agree(age, **known)) for age in (older, younger))
    assert few <= many


@given(st.integers(18, 99), facts)
def test_from_18_nobody_at_home_is_asked_told_or_contacted(age, known):
    needed = who_must_agree(age, **known)
    assert guardians(needed) == 0
    assert needed.never == set(GUARDIANS)
    assert not needed.told & set(GUARDIANS) and needed.unless is None


@given(ages, facts)
def test_no_other_than_who_must_agree_is_told_but_the_child(age, known):
    needed = who_must_agree(age, **known)
    assert needed.told == {*needed.roles, Role.CHILD}
    assert not needed.heard & set(needed.roles)
    assert needed.heard <= {Role.CHILD}


@given(ages, facts)
def test_with_a_ground_one_guardian_suffices_and_the_other_is_never_contacted(age, known):
    one = who_must_agree(age, **(known | {"one_guardian": OneGuardian.SOLE}))
    both = who_must_agree(age, **(known | {"one_guardian": None}))
    assert Role.GUARDIAN_TWO not in one.roles and Role.GUARDIAN_TWO in one.never
    assert [need for need in both.needs if need.who is not Role.GUARDIAN_TWO] == list(one.needs)
    assert (one.one is Law.SOLE) is (guardians(both) > 0)
    hidden = who_must_agree(age, **(known | {"one_guardian": None, "protected": True}))
    assert Role.GUARDIAN_TWO in hidden.never and hidden.needs == both.needs


@given(ages, facts, st.data())
def test_without_an_agreement_that_is_needed_nothing_is_shared(age, known, data):
    needed = who_must_agree(age, **known)
    pairs = {(need.who, need.what) for need in needed.needs}
    agreed = data.draw(st.sets(st.sampled_from(sorted(product(Role, Purpose)))))
    assert may_share(needed, agreed) is (pairs <= agreed)
    waived = may_share(needed, agreed, without_consent=True)
    left = {pair for pair in pairs if needed.unless is None or pair[1] is Purpose.RECEIVE}
    assert waived is (left <= agreed)


@given(ages, facts)
def test_each_need_has_its_paragraph_and_all_that_is_shown_is_known(age, known):
    needed = who_must_agree(age, **known)
    assert set(needed.laws) <= set(law.usual())
    assert {need.law for need in needed.needs} <= set(needed.laws)
    assert Law.NOT_GDPR in needed.laws
    is_lifted = any(need.what is Purpose.LIFT for need in needed.needs)
    assert is_lifted is (needed.secrecy is not None)


def test_within_one_area_and_from_the_family_itself_there_is_no_secrecy_to_lift():
    for side in WITHIN:
        assert who_must_agree(8, Offered.NONE, side, side).needs == ()
    assert who_must_agree(8, Offered.NONE, Side.FAMILY, Side.SOCIAL_SERVICES).needs == ()
    assert who_must_agree(8, Offered.NONE, Side.INDEPENDENT, Side.INDEPENDENT).needs


@pytest.mark.parametrize(("age", "receiver"), [(-1, Side.MEDICAL), (8, Side.FAMILY)])
def test_what_cannot_be_is_refused(age, receiver):
    with pytest.raises(ValueError, match="no such"):
        who_must_agree(age, Offered.NONE, Side.MEDICAL, receiver)


# --- the records ----------------------------------------------------------------------------------

NOW = at("2026-11-23 09:30")
YES = Record(
    state=State.GIVEN,
    lifts=True,
    receives=True,
    begins_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=1),
    confirmed_at=NOW,
)


def test_a_yes_holds_from_its_first_moment_until_its_last_and_when_it_is_certain_whose():
    assert holds(YES, NOW)
    assert holds(YES, YES.ends_at - timedelta(seconds=1)) and not holds(YES, YES.ends_at)
    assert not holds(replace(YES, begins_at=NOW + timedelta(seconds=1)), NOW)
    assert not holds(replace(YES, confirmed_at=None), NOW)
    assert not holds(replace(YES, confirmed_at=NOW + timedelta(seconds=1)), NOW)


@given(st.sampled_from([state for state in State if state is not State.GIVEN]))
def test_nothing_but_a_yes_holds(state):
    assert not holds(replace(YES, state=state), NOW)
    assert not all_hold([YES, replace(YES, state=state)], NOW)
    only_secrecy = replace(YES, state=state, receives=False)
    assert all_hold([only_secrecy], NOW, without_consent=True)
    assert not all_hold([replace(YES, state=state)], NOW, without_consent=True)


@given(st.lists(st.sampled_from(State), min_size=2, max_size=8))
def test_what_was_refused_or_taken_back_is_never_turned_into_a_yes(wanted):
    state = State.NEEDED
    for to in wanted:
        if may_become(state, to):
            assert state not in (State.REFUSED, State.TAKEN_BACK, State.EXPIRED)
            state = to
    if state is State.TAKEN_BACK:
        assert not may_become(state, State.GIVEN)


def test_needs_are_told_apart_by_whose_and_what_for():
    one = Need(Role.CHILD, Purpose.LIFT, Law.OWN_SECRECY)
    assert one != Need(Role.CHILD, Purpose.RECEIVE, Law.OWN_SECRECY)
    assert rules.ADULT == 18
