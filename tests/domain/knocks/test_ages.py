"""What holds at an age: every age has its texts behind each wall, with a source; and a municipality
says any of them in its own way."""

import pytest

from elevhalsa.core.errors import NotFound
from elevhalsa.core.walls import SCHOOL_WALLS, Wall
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import ages
from elevhalsa.domain.knocks.ages import Reader, Topic
from elevhalsa.extensions import db
from tools.lix import MOST, lix


@pytest.mark.parametrize("band", AgeBand)
@pytest.mark.parametrize("wall", SCHOOL_WALLS)
def test_every_age_has_every_text_behind_each_wall(app, band: AgeBand, wall: Wall) -> None:
    to_pupil = ages.texts(None, band, Reader.PUPIL, wall)
    assert [topic for topic, _some in ages.by_topic(to_pupil)] == list(Topic)
    assert all(len(some) == 1 for _topic, some in ages.by_topic(to_pupil))
    assert [one.topic for one in ages.texts(None, band, Reader.STAFF, wall)] == [Topic.HOME]


def test_each_has_a_law_a_source_and_a_pupil_can_read_it() -> None:
    keys = [one.key for one in ages.usual()]
    assert len(keys) == len(set(keys))
    for one in ages.usual():
        assert one.law and one.source and one.bands, one.key
        assert ("sedd" in one.source or "inte hur ofta" in one.source) == (
            one.verified_on is None
        ), one.key
        if one.to is Reader.PUPIL:
            assert lix(one.says) < MOST, one.key
            assert "barn" not in one.says and "ärende" not in one.says, one.key


def test_a_municipality_says_it_in_its_own_way_and_no_other_does(make) -> None:
    coordinator, elsewhere = make.coordinator(), make.municipality()
    ages.say(coordinator, "hemma_18", "Du är 18. Du bestämmer.")
    ages.say(coordinator, "hemma_18", "Du har fyllt 18. Du bestämmer.")
    db.session.commit()

    def says(municipality_id: str) -> str:
        found = ages.texts(municipality_id, AgeBand.ADULT, Reader.PUPIL)
        return next(one.says for one in found if one.topic is Topic.HOME)

    assert says(make.home.id) == "Du har fyllt 18. Du bestämmer."
    assert says(elsewhere.id) == next(o.says for o in ages.usual() if o.key == "hemma_18")
    ages.say(coordinator, "hemma_18", " ")
    db.session.commit()
    assert says(make.home.id) == says(elsewhere.id)
    with pytest.raises(NotFound):
        ages.say(coordinator, "hemma_9", "Nej")
