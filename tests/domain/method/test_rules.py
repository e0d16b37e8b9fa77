"""In what order the steps come."""

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.domain.method.rules import Way, moved

IDS = st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=8)


@given(IDS, st.text(max_size=3), st.sampled_from(Way))
def test_no_step_is_lost_or_doubled(ids, one, way):
    assert sorted(moved(ids, one, way)) == sorted(ids)


@given(IDS.filter(bool), st.data(), st.sampled_from(Way))
def test_a_step_goes_one_place_or_stays_at_the_end(ids, data, way):
    one = data.draw(st.sampled_from(ids))
    step = -1 if way is Way.UP else 1
    wanted = min(max(ids.index(one) + step, 0), len(ids) - 1)
    assert moved(ids, one, way).index(one) == wanted


@given(IDS.filter(lambda ids: len(ids) > 1), st.data())
def test_up_and_down_again_is_as_it_was(ids, data):
    one = data.draw(st.sampled_from(ids[1:]))
    assert moved(moved(ids, one, Way.UP), one, Way.DOWN) == ids
