"""Who has a knock's page open is told to those who may read it too, and for two minutes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.walls import SCHOOL_PROFESSIONS
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.knocks import answering, passing, presence
from elevhalsa.domain.knocks.models import Presence
from elevhalsa.domain.knocks.words import Outcome
from elevhalsa.extensions import db
from tests.domain.helpers import at
from workers import jobs

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def school(make):
    return make.school()


@pytest.fixture
def colleagues(make, school):
    """One of each profession, and one more of each."""
    return [make.staff(p, [school]) for p in SCHOOL_PROFESSIONS for _twice in range(2)]


@pytest.fixture
def knock(make, school, colleagues):
    with clock.frozen(MONDAY):
        yield make.knock(school).knock


def rows():
    return db.session.scalar(select(func.count()).select_from(Presence))


def test_only_those_behind_the_same_wall_are_told(knock, colleagues):
    for staff in colleagues:
        presence.note(staff, knock)
    for staff in colleagues:
        told = presence.others(staff, knock)
        alike = {one.id for one in colleagues if one.wall is staff.wall and one is not staff}
        assert {one.id for one in told} == alike


def test_it_lasts_for_two_minutes_after_it_was_last_said(knock, colleagues):
    one, other = colleagues[:2]
    presence.note(one, knock)
    for seconds in (45, 90, 135):
        with clock.frozen(MONDAY + timedelta(seconds=seconds)):
            presence.note(one, knock)
    assert rows() == 1
    with clock.frozen(MONDAY + timedelta(seconds=135 + 119)):
        assert presence.others(other, knock) == [one]
        assert presence.forget_old() == 0
    with clock.frozen(MONDAY + timedelta(seconds=135 + 120)):
        assert presence.others(other, knock) == []
        db.session.commit()
        jobs.tidy()
    assert rows() == 0


def test_it_is_no_event_and_is_written_down_once_in_a_while(knock, colleagues):
    events = db.session.scalar(select(func.count()).select_from(AuditEvent))
    presence.note(colleagues[0], knock)
    with clock.frozen(MONDAY + timedelta(seconds=20)):
        presence.note(colleagues[0], knock)
    assert db.session.scalar(select(Presence.at)) == MONDAY
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_who_has_stepped_aside_is_not_told_of(make, school, knock):
    one, other = make.counsellor(school), make.counsellor(school)
    presence.note(one, knock)
    passing.step_aside(one, knock)
    assert presence.others(other, knock) == []


def test_who_no_longer_works_here_is_not_told_of(knock, colleagues):
    one, other = colleagues[:2]
    presence.note(one, knock)
    assert presence.others(other, knock) == [one]
    one.ends_on = clock.today() - timedelta(days=1)
    db.session.flush()
    assert presence.others(other, knock) == []


def test_it_goes_with_the_knock(make, school, knock, colleagues):
    me = make.counsellor(school)
    presence.note(me, knock)
    answering.take(me, knock)
    answering.close(me, knock, Outcome.TALKED, shown=knock.newest)
    db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=3650)):
        purging.purge()
    assert rows() == 0
