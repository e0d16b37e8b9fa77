"""When many knocks are a flood, and which of them stands by itself."""

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.config import Settings
from elevhalsa.domain.knocks import alike
from elevhalsa.domain.knocks.alike import CALM, COMPARED, LONGEST, Pace, Traits
from tests.domain.helpers import at

NOW = at("2026-11-23 09:30")
PLACE = [
    Pace(most, timedelta(minutes=m)) for most, m in Settings.model_fields["flood_place"].default
]
SCHOOL = [
    Pace(most, timedelta(minutes=m)) for most, m in Settings.model_fields["flood_school"].default
]
CLASS = 30
SPAM = "Det här är samma text om och om igen"

minutes_ago = st.lists(st.integers(0, 90), max_size=400)
texts = st.text(st.sampled_from(string.ascii_lowercase + "åäö  "), max_size=60)
contacts = st.sampled_from(["", "0701740605", "0701740606", "namn@exempel.se"])
traits = st.builds(Traits.of, texts, contacts, is_known=st.just(False))
spam = st.builds(
    lambda number: Traits.of(f"{SPAM} {number}", None, is_known=False), st.integers(0, 10**6)
)


def came(minutes: list[int]):
    return [NOW - timedelta(minutes=m) for m in minutes]


@given(minutes_ago)
def test_a_flood_begins_only_when_more_have_come_than_some_pace_allows(minutes):
    found = alike.exceeded(came(minutes), NOW, PLACE)
    within = {pace: sum(timedelta(minutes=m) < pace.within for m in minutes) for pace in PLACE}
    assert (found is not None) is any(count > pace.most for pace, count in within.items())
    assert found is None or within[found] > found.most


@given(minutes_ago, st.integers(0, 59))
def test_one_more_never_ends_a_flood(minutes, more):
    before = came(minutes)
    if alike.exceeded(before, NOW, PLACE):
        assert alike.exceeded([*before, *came([more])], NOW, PLACE)
    if not alike.is_over(before, NOW, PLACE):
        assert not alike.is_over([*before, *came([more])], NOW, PLACE)


@given(minutes_ago)
def test_a_flood_is_over_an_hour_after_the_last_of_it(minutes):
    assert alike.is_over(came(minutes), NOW + LONGEST + timedelta(minutes=1), PLACE)


def test_two_classes_at_once_are_no_flood_and_neither_are_four_within_the_hour():
    at_once = [NOW] * (2 * CLASS)
    assert alike.exceeded(at_once, NOW, PLACE) is None
    in_turn = came([0] * CLASS + [15] * CLASS + [30] * CLASS + [45] * CLASS)
    assert alike.exceeded(in_turn, NOW, PLACE) is None
    assert alike.exceeded([NOW] * 150, NOW, SCHOOL) is None
    assert alike.exceeded([NOW] * (2 * CLASS + 1), NOW, PLACE)


def test_a_class_after_a_flood_is_no_part_of_it():
    assert alike.is_over(came([20] * 500 + [0] * (CALM - 1)), NOW, PLACE)


@given(st.lists(spam, min_size=1, max_size=COMPARED), spam)
def test_what_is_the_same_but_for_a_number_does_not_stand_out(others, one):
    assert not alike.stands_out(one, others)


@given(st.lists(spam, min_size=2, max_size=COMPARED))
def test_a_text_of_ones_own_stands_out_and_so_does_none(others):
    own = Traits.of("Jag vill prata med någon om en sak hemma", None, is_known=False)
    assert alike.stands_out(own, others)
    assert alike.stands_out(Traits.of(None, None, is_known=False), others)


@given(st.lists(spam, min_size=2, max_size=COMPARED))
def test_a_number_of_ones_own_stands_out_where_the_others_gave_none(others):
    own = Traits.of(SPAM, "0701740605", is_known=False)
    assert alike.stands_out(own, others)
    shared = [Traits.of(SPAM, "0701740605", is_known=False)] * 2
    assert not alike.stands_out(own, [*others, *shared])


@given(traits, st.lists(traits, max_size=COMPARED))
def test_what_is_like_another_in_all_never_stands_out(one, others):
    assert not alike.stands_out(one, [*others, one])


@given(traits, st.lists(traits, max_size=COMPARED))
def test_a_browser_that_was_here_before_always_stands_out(one, others):
    known = Traits(one.parts, one.contact, is_known=True)
    assert alike.stands_out(known, others)


@given(st.lists(texts, max_size=COMPARED))
def test_so_many_stand_out_at_most_that_most_are_still_alike(said):
    """Whoever makes up a text for each knock does not fill the inbox by it."""
    every = [Traits.of(text, None, is_known=False) for text in said]
    outside = [
        one for i, one in enumerate(every) if alike.stands_out(one, every[:i] + every[i + 1 :])
    ]
    assert len(outside) <= (1 - alike.AGREE) * len(every) + 1


@given(st.integers(1, 200), st.integers(1, 10))
def test_a_flood_that_has_begun_is_not_over_at_once(most, minutes):
    paces = [Pace(most, timedelta(minutes=minutes))]
    moments = [NOW] * (most + 1)
    assert alike.exceeded(moments, NOW, paces)
    assert not alike.is_over(moments, NOW, paces)


@given(st.lists(traits, max_size=COMPARED), traits, st.randoms(use_true_random=False))
def test_the_order_in_which_they_came_does_not_matter(others, one, random):
    before = alike.stands_out(one, others)
    random.shuffle(others)
    assert alike.stands_out(one, others) is before


@given(texts)
def test_alike_is_the_same_both_ways_and_holds_for_oneself(text):
    one = Traits.of(text, None, is_known=False).parts
    assert alike.are_alike(one, one)
    other = Traits.of(text[::-1], None, is_known=False).parts
    assert alike.are_alike(one, other) is alike.are_alike(other, one)


@pytest.mark.parametrize(
    ("members", "times"), [(0, 0), (99, 0), (100, 1), (399, 1), (400, 2), (500, 2)]
)
def test_staff_are_told_again_when_it_has_grown_fourfold(members, times):
    assert alike.growth(members) == times
