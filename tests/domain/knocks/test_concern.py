"""Oro: that it was reported is kept, never what the report says; and somebody follows it up."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.walls import Wall
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, concern
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome, PupilTold, ReportedBy
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

MONDAY = at("2026-11-23 09:30")
FOLLOW_UP = MONDAY + timedelta(days=14)
NUMBER = "SN 2026-hemlig"


def reports(staff, knock: Knock, **values) -> bool:
    given: dict[str, Any] = {
        "is_adult": False, "ticked": ["misstanke", "saker"], "way": ReportedBy.PHONE,
        "reported_on": clock.today(), "reference": NUMBER, "told": PupilTold.NOT_SAFE,
        "follow_up_on": clock.today() + timedelta(days=14), "form_id": new_id(),
    } | values  # fmt: skip
    made = concern.report(staff, knock, **given)
    db.session.commit()
    return made


def told() -> list[str | None]:
    mine = select(Notice.staff_id).where(
        Notice.kind == Kind.FOLLOW_UP, Notice.channel == Channel.APP
    )
    return list(db.session.scalars(mine))


def test_a_report_is_kept_once_encrypted_and_leaves_an_event(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        form_id = new_id()
        assert reports(staff, knock, form_id=form_id)
        assert not reports(staff, knock, form_id=form_id)
        [row] = concern.reports_of(knock)
        assert (row.steps, row.reference) == ("saker misstanke", NUMBER)
        assert NUMBER not in everything_stored()
        events = select(AuditEvent).where(AuditEvent.action == Action.CONCERN_REPORTED)
        [event] = db.session.scalars(events)
        assert (event.staff_id, event.about_id, event.reason) == (staff.id, knock.id, "not_safe")


@pytest.mark.parametrize(
    "days", [{"reported_on": 1}, {"follow_up_on": -1}, {"follow_up_on": 181}], ids=str
)
def test_days_that_cannot_be_are_refused(make, days):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        given = {name: clock.today() + timedelta(days=ahead) for name, ahead in days.items()}
        with pytest.raises(InvalidInput):
            reports(staff, knock, **given)
        assert concern.reports_of(knock) == []


def test_who_reported_is_reminded_on_the_day_and_weekly_until_it_is_followed_up(make):
    school = make.school()
    staff, _colleague, _nurse = make.counsellor(school), make.counsellor(school), make.nurse(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        reports(staff, knock)
        [row] = concern.reports_of(knock)
        assert concern.remind() == 0
    for day, so_far in ((14, 1), (15, 1), (20, 1), (21, 2)):
        with clock.frozen(MONDAY + timedelta(days=day)):
            concern.remind()
            concern.remind()
            assert told() == [staff.id] * so_far, day
    with clock.frozen(MONDAY + timedelta(days=22)):
        assert concern.follow_up(staff, knock, row.id)
        assert not concern.follow_up(staff, knock, row.id)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=40)):
        assert concern.remind() == 0


def test_when_who_reported_has_left_those_who_may_read_it_are_reminded_and_nobody_else(make):
    school = make.school()
    staff, colleague, avoided = (make.counsellor(school) for _number in range(3))
    make.nurse(school)
    make.coordinator()
    with clock.frozen(MONDAY):
        knock = make.knock(school, avoid_staff_ids=(avoided.id,)).knock
        reports(staff, knock)
        staff.active = False
        db.session.commit()
    with clock.frozen(FOLLOW_UP):
        assert concern.remind() == 1
        assert told() == [colleague.id]


def test_who_has_it_from_another_school_is_reminded_of_her_own_report(make):
    school = make.school()
    staff, _colleague = make.counsellor(make.school()), make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        knock.opened_wide_at = clock.now()
        answering.take(staff, knock)
        knock.opened_wide_at = None
        reports(staff, knock)
    with clock.frozen(FOLLOW_UP):
        concern.remind()
        assert told() == [staff.id]


def test_what_was_ticked_of_the_other_age_is_not_kept(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        reports(staff, knock, is_adult=True, ticked=["misstanke", "vuxen"])
        [row] = concern.reports_of(knock)
        assert row.steps == "vuxen"
        [says] = concern.ticked(row)
        assert says.startswith("Den som har fyllt 18")


def test_a_knock_stays_until_its_report_is_followed_up(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock
        answering.take(staff, knock)
        answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
        reports(staff, knock)
        [row] = concern.reports_of(knock)
    with clock.frozen(MONDAY + timedelta(days=400)):
        assert purging.purge() == 0
        concern.follow_up(staff, knock, row.id)
        db.session.commit()
        assert purging.purge() == 1
        assert NUMBER not in everything_stored()


def test_a_report_of_another_knock_is_not_found(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock, other = make.knock(school).knock, make.knock(school).knock
        reports(staff, knock)
        [row] = concern.reports_of(knock)
        with pytest.raises(NotFound):
            concern.follow_up(staff, other, row.id)


def test_a_municipality_says_it_in_its_own_words_and_leads_to_its_own_page(make):
    here, elsewhere = make.coordinator(), make.municipality()
    [usual] = [one for one in concern.steps(make.home.id) if one.key == "misstanke"]
    concern.say(here, "misstanke", says=" Ring oss. ", link="https://exempel.se/oro")
    db.session.commit()
    [own] = [one for one in concern.steps(make.home.id) if one.key == "misstanke"]
    assert (own.says, own.link, own.is_own) == ("Ring oss.", "https://exempel.se/oro", True)
    assert usual in concern.steps(elsewhere.id)
    concern.say(here, "misstanke", says="", link="")
    db.session.commit()
    assert usual in concern.steps(make.home.id)
    with pytest.raises(InvalidInput):
        concern.say(here, "misstanke", says="", link="javascript:alert(1)")
    with pytest.raises(NotFound):
        concern.say(here, "finns-inte", says="", link="")


@pytest.mark.parametrize("wall", list(Wall))
def test_behind_each_wall_stands_what_holds_there(make, wall):
    keys = {one.key for one in concern.steps(make.home.id, wall)}
    everything = concern.steps(make.home.id)
    assert keys == {one.key for one in everything if one.wall in (None, wall)}
    assert {one.for_adult for one in everything if one.key in keys} == {False, True}
    assert all(one.says and one.source for one in everything)
    osl_10_27 = [one for one in everything if one.for_adult and "10 kap. 27" in one.law]
    assert [one.wall for one in osl_10_27] == [Wall.PSYCHOSOCIAL]
