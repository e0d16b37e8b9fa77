"""Where a knock belongs while somebody is away: for any covers and any pupil's choice."""

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.cover.rules import Baton, Fate, Held, fate

GIVER, COVERS, ANOTHER = "giver", ("first", "second"), "another"
PEOPLE = (GIVER, *COVERS, ANOTHER)
schools = st.sampled_from(["here", "there"])
batons = st.lists(
    st.builds(
        Baton, st.sampled_from(COVERS), st.one_of(st.none(), schools), st.booleans()
    ),
    max_size=3,
)  # fmt: skip
held = st.builds(
    Held,
    schools,
    st.sampled_from([None, *PEOPLE]),
    st.frozensets(st.sampled_from(PEOPLE)),
    st.booleans(),
    st.sampled_from([None, *COVERS]),
)


def after(knock: Held, what: Fate, to: str | None) -> Held:
    """As it is once it has been done."""
    if what is Fate.GOES:
        return Held(knock.school_id, to, knock.avoided, True, to)
    if what is Fate.WAITS:
        return Held(knock.school_id, None, knock.avoided, True, None)
    holder = GIVER if what is Fate.COMES_BACK else knock.holder_id
    return Held(knock.school_id, holder, knock.avoided, False)


@given(knock=held, given_to=batons, is_here=st.booleans())
def test_it_goes_to_nobody_who_is_avoided_or_away_or_covers_elsewhere(knock, given_to, is_here):
    what, to = fate(knock, GIVER, given_to, giver_is_here=is_here)
    if what is Fate.GOES:
        assert to not in knock.avoided
        mine = [b for b in given_to if b.cover_id == to and b.school_id in (None, knock.school_id)]
        assert any(baton.is_here for baton in mine)
    elif what is Fate.COMES_BACK:
        assert to == GIVER
        assert knock.holder_id == GIVER or (is_here and GIVER not in knock.avoided)
    else:
        assert to is None


@given(knock=held, given_to=batons, is_here=st.booleans())
def test_to_do_it_twice_does_nothing_more(knock, given_to, is_here):
    what, to = fate(knock, GIVER, given_to, giver_is_here=is_here)
    if what is Fate.STAYS:
        return
    again = fate(after(knock, what, to), GIVER, given_to, giver_is_here=is_here)
    assert again == (Fate.STAYS, None)


@given(knock=held, given_to=batons, is_here=st.booleans())
def test_what_nobody_was_given_by_the_baton_is_never_taken_from_them(knock, given_to, is_here):
    if knock.holder_id in (None, GIVER, knock.went_to if knock.went else None):
        return
    what, _to = fate(knock, GIVER, given_to, giver_is_here=is_here)
    assert what is (Fate.IS_ANOTHERS if knock.went else Fate.STAYS)


@given(
    knock=held, days=st.lists(st.tuples(batons, st.booleans()), max_size=4)
)  # fmt: skip
def test_what_one_had_comes_back_whatever_covers_there_were(knock, days):
    start = Held(knock.school_id, GIVER, knock.avoided - {GIVER}, False)
    now = start
    for given_to, is_here in days:
        what, to = fate(now, GIVER, given_to, giver_is_here=is_here)
        now = now if what is Fate.STAYS else after(now, what, to)
    what, to = fate(now, GIVER, [], giver_is_here=True)
    at_last = now if what is Fate.STAYS else after(now, what, to)
    assert at_last.holder_id == GIVER
    assert not at_last.went
