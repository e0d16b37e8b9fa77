"""What has ended and waits for a word on the record is hers who made contact, and when she has left
it is shown to those behind the same wall."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks import answering, asking, journal, unrecorded
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make

MONDAY = at("2026-11-23 09:30")
TUESDAY = at("2026-11-24 09:45")


@pytest.fixture
def school(make: Make) -> School:
    return make.school()


@pytest.fixture
def nurse(make: Make, school: School) -> Staff:
    return make.nurse(school)


@pytest.fixture
def knock(make: Make, school: School, nurse: Staff) -> Knock:
    """She talked with its pupil, who then took it back."""
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE, text="hemliga ord").knock
        answering.take(nurse, knock)
        answering.log_attempt(nurse, knock, AttemptKind.TALKED)
        asking.withdraw(knock, shown=None)
        db.session.commit()
    return knock


def told() -> set[str | None]:
    query = select(Notice.staff_id).where(
        Notice.kind == Kind.JOURNAL_DUE, Notice.channel == Channel.APP
    )
    return set(db.session.scalars(query))


def test_it_stands_in_her_list_until_she_has_said_and_in_no_other(make, school, nurse, knock):
    colleague, counsellor = make.nurse(school), make.counsellor(school)
    with clock.frozen(TUESDAY):
        assert [one.id for one in unrecorded.of(nurse)] == [knock.id]
        assert unrecorded.count(nurse) == 1
        assert unrecorded.of(colleague) == unrecorded.of(counsellor) == []
        journal.note(nurse, knock, Journal.NOTHING)
        db.session.commit()
        assert unrecorded.count(nurse) == 0


@pytest.mark.parametrize("how", ["steps aside", "another school", "another part"])
def test_when_she_may_not_read_it_any_more_those_who_may_see_it(make, school, nurse, knock, how):
    other = make.school()
    here, there = make.nurse(school), make.nurse(other)
    counsellor = make.counsellor(school)
    if how == "steps aside":
        db.session.add(Avoided(knock_id=knock.id, staff_id=nurse.id))
    elif how == "another school":
        knock.school_id = other.id
    else:
        knock.wall = Wall.PSYCHOSOCIAL
    knock.taken_by_id = None
    db.session.commit()
    reader = {"steps aside": here, "another school": there, "another part": counsellor}[how]
    with clock.frozen(TUESDAY):
        for one in (nurse, here, there, counsellor):
            assert unrecorded.count(one) == (one is reader)
        unrecorded.remind()
    assert told() == {reader.id}


def test_when_she_has_left_those_behind_the_same_wall_see_it_and_nobody_avoided(
    make, school, nurse, knock
):
    colleague, avoided, counsellor = make.nurse(school), make.nurse(school), make.counsellor(school)
    elsewhere = make.nurse(make.school())
    nurse.active = False
    db.session.add(Avoided(knock_id=knock.id, staff_id=avoided.id))
    db.session.commit()
    with clock.frozen(TUESDAY):
        assert [one.id for one in unrecorded.of(colleague)] == [knock.id]
        for other in (avoided, counsellor, elsewhere):
            assert unrecorded.of(other) == []
        unrecorded.remind()
    assert told() == {colleague.id}


def test_she_is_reminded_once_a_week_a_day_after_it_ended(nurse, knock):
    with clock.frozen(MONDAY + timedelta(hours=23)):
        assert unrecorded.remind() == 0
    with clock.frozen(TUESDAY):
        assert unrecorded.remind() == unrecorded.remind() == 1
    assert told() == {nurse.id}
    with clock.frozen(TUESDAY + timedelta(days=6)):
        unrecorded.remind()
        rows = db.session.scalars(select(Notice).where(Notice.kind == Kind.JOURNAL_DUE)).all()
        assert len({row.cause for row in rows if row.channel is Channel.APP}) == 2
        assert all(row.about_id is None for row in rows), "it leads to her list, to no pupil"
        journal.note(nurse, knock, Journal.RECORDED)
        db.session.commit()
        assert unrecorded.remind() == 0


def test_what_is_open_waits_for_nobodys_word_yet(make, school, nurse):
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.take(nurse, knock)
        answering.log_attempt(nurse, knock, AttemptKind.TALKED)
        db.session.commit()
    with clock.frozen(TUESDAY):
        assert unrecorded.of(nurse) == []
        assert unrecorded.remind() == 0
