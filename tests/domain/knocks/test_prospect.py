"""Who can answer before the *senast*: what is said of it, and who is told then."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import ladder, queries
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.notices.words import Channel, Kind
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.extensions import db
from tests.domain.helpers import at

TUESDAY = at("2026-07-14 17:10")
"""Everybody has gone home."""


@pytest.fixture
def school(make):
    return make.school()


def away(staff, first: date, last: date) -> None:
    db.session.add(Absence(staff_id=staff.id, starts_on=first, ends_on=last))


def covers(cover, absent, first: date, last: date) -> None:
    db.session.add(
        Cover(
            absent_id=absent.id, cover_id=cover.id, school_id=None, starts_on=first, ends_on=last,
            accepted_at=clock.now(),
        )
    )  # fmt: skip


def told(kind: Kind = Kind.NEW_KNOCK) -> set[str]:
    return set(db.session.scalars(select(Notice.staff_id).where(Notice.kind == kind)))


def test_one_who_is_there_today_but_not_before_the_senast_is_nobody(make, school):
    """She has gone home, and is away tomorrow: it opens wide at once and the coordinator knows."""
    nurse, coordinator = make.nurse(school), make.coordinator()
    elsewhere = make.nurse(make.school())
    with clock.frozen(TUESDAY):
        away(nurse, date(2026, 7, 15), date(2026, 8, 14))
        knock = make.knock(school, wanted=Profession.NURSE).knock
        assert queries.prospect_of(knock, clock.now()).is_nobody
    assert knock.opened_wide_at == TUESDAY
    assert {coordinator.id, elsewhere.id} <= told()


def test_one_who_is_away_today_and_comes_before_the_senast_is_told_and_it_stays_hers(make, school):
    nurse = make.nurse(school)
    make.nurse(make.school())
    with clock.frozen(at("2026-07-14 09:12")):
        away(nurse, date(2026, 7, 14), date(2026, 7, 14))
        knock = make.knock(school, wanted=Profession.NURSE).knock
        prospect = queries.prospect_of(knock, clock.now())
        assert ladder.in_time(knock) == {nurse.id}
    assert knock.opened_wide_at is None
    assert prospect.reads_at == at("2026-07-15 08:00")
    assert told() == {nurse.id}


def test_who_is_there_is_told_before_who_comes_later(make, school):
    one, other = make.nurse(school), make.nurse(school)
    with clock.frozen(at("2026-07-14 09:12")):
        away(other, date(2026, 7, 14), date(2026, 7, 14))
        make.knock(school, wanted=Profession.NURSE)
    letters = select(Notice.staff_id, Notice.not_before).where(Notice.channel == Channel.EMAIL)
    assert {tuple(row) for row in db.session.execute(letters)} == {
        (one.id, at("2026-07-14 09:12")), (other.id, at("2026-07-15 08:00")),
    }  # fmt: skip


def test_who_is_said_to_be_in_touch_is_told_although_she_comes_later(make, school):
    """A doctor is there today; the nurse, and the one who was asked for by name, tomorrow."""
    doctor = make.staff(Profession.DOCTOR, [school])
    nurse, asked_for = make.nurse(school), make.nurse(school)
    with clock.frozen(at("2026-07-14 09:12")):
        for one in (nurse, asked_for):
            away(one, date(2026, 7, 14), date(2026, 7, 14))
        knock = make.knock(school, wanted=Profession.NURSE).knock
        assert queries.prospect_of(knock, clock.now()).who is Profession.NURSE
        assert told() == {doctor.id, nurse.id, asked_for.id}
        make.nurse(school)
        knock = make.knock(school, wanted=Profession.NURSE, wanted_staff_id=asked_for.id).knock
        assert asked_for.id in ladder.in_time(knock)


def test_in_july_the_cover_answers_and_is_said_to_be_one(make, school):
    nurse, cover = make.nurse(school), make.nurse(make.school())
    with clock.frozen(at("2026-07-13 09:12")):
        away(nurse, date(2026, 6, 15), date(2026, 8, 14))
        covers(cover, nurse, date(2026, 6, 15), date(2026, 8, 14))
        knock = make.knock(school, wanted=Profession.NURSE).knock
        prospect = queries.prospect_of(knock, clock.now())
    assert [person.id for person in prospect.people] == [cover.id]
    assert (prospect.who, prospect.is_cover) == (Profession.NURSE, True)
    assert prospect.reads_at == at("2026-07-13 09:12")
    assert knock.opened_wide_at is None
    assert told() == {cover.id}


def test_the_cover_whom_the_pupil_avoids_is_nobody(make, school):
    nurse, cover = make.nurse(school), make.nurse(make.school())
    with clock.frozen(at("2026-07-13 09:12")):
        away(nurse, date(2026, 6, 15), date(2026, 8, 14))
        covers(cover, nurse, date(2026, 6, 15), date(2026, 8, 14))
        knock = make.knock(school, wanted=Profession.NURSE, avoid_staff_ids=(cover.id,)).knock
    assert knock.opened_wide_at is not None
    assert cover.id not in told()


def test_what_has_passed_its_senast_is_looked_at_from_now(make, school):
    nurse = make.nurse(school)
    with clock.frozen(at("2026-07-13 09:12")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    with clock.frozen(knock.due_at + timedelta(hours=1)):
        assert [person.id for person in queries.prospect_of(knock, clock.now()).people] == [
            nurse.id
        ]
