"""What each area of secrecy means, as data that a municipality can say in its own way."""

from datetime import date

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.places import areas
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR


def test_each_area_says_what_it_means_and_where_that_was_read_or_that_nobody_has_read_it():
    assert set(areas.usual()) == set(Wall)
    for one in areas.usual().values():
        assert one.says and one.to_staff and one.source
        assert one.verified_on is None or date(2026, 1, 1) < one.verified_on <= clock.today()
        assert "inte" in one.source or one.verified_on
    assert [wall for wall, one in areas.usual().items() if not one.law] == [Wall.LEISURE]


def test_a_municipality_says_any_part_in_its_own_way_and_takes_it_back(make):
    here, there = make.home, make.municipality()
    usual = areas.usual()[Wall.SOCIAL_SERVICES]
    areas.say(OPERATOR, here.id, Wall.SOCIAL_SERVICES, law="OSL 26 kap. 2 §", says="", to_staff="")
    assert areas.of(here.id, Wall.SOCIAL_SERVICES).law == "OSL 26 kap. 2 §"
    assert areas.of(here.id, Wall.SOCIAL_SERVICES).says == usual.says
    assert areas.of(here.id, Wall.SOCIAL_SERVICES).is_own
    assert areas.of(there.id, Wall.SOCIAL_SERVICES) == areas.of(None, Wall.SOCIAL_SERVICES) == usual
    areas.say(OPERATOR, here.id, Wall.SOCIAL_SERVICES, law=usual.law, says=usual.says, to_staff="")
    assert areas.of(here.id, Wall.SOCIAL_SERVICES) == usual
    events = db.session.execute(select(AuditEvent.action, AuditEvent.reason)).all()
    assert events == [(Action.AREA_TEXT_CHANGED, "social_services")] * 2


@pytest.mark.parametrize("wall", list(Wall))
def test_an_area_can_be_said_to_have_no_paragraph(make, wall):
    areas.say(OPERATOR, make.home.id, wall, law="", says="", to_staff="")
    assert areas.of(make.home.id, wall).law == ""
