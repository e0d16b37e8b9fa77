"""Who is named to answer for the log and for what is disclosed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.walls import SCHOOL_WALLS, Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.operations import health
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Responsibility
from elevhalsa.domain.people.rules import SEATS, Seat, may_hold
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR

OVERSIGHT = Seat(Duty.OVERSIGHT)
MEDICAL = Seat(Duty.DISCLOSURE, Wall.MEDICAL)


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize("profession", [*Profession, None])
def test_behind_a_wall_only_who_stands_there_answers_and_over_all_only_who_stands_behind_none(
    seat, profession
):
    stands_behind = profession.wall if profession else None
    assert may_hold(seat, profession, is_partner=False) is (stands_behind is seat.wall)
    assert not may_hold(seat, profession, is_partner=True)


def test_each_wall_has_a_seat_and_the_municipality_has_one():
    assert {seat.wall for seat in SEATS if seat.duty is Duty.DISCLOSURE} == set(SCHOOL_WALLS)
    assert [seat for seat in SEATS if seat.duty is Duty.OVERSIGHT] == [OVERSIGHT]
    assert len({seat.word for seat in SEATS}) == len(SEATS)


def test_one_at_a_time_is_named_and_who_it_was_stays(make):
    school = make.school()
    first, second = make.nurse(school), make.nurse(school)
    for person in (first, first, second):
        duties.name(make.home, MEDICAL, person, by=OPERATOR)
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.MEDICAL) == second
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.PSYCHOSOCIAL) is None
    assert duties.responsible(make.home.id, Duty.OVERSIGHT) is None
    rows = db.session.scalars(select(Responsibility).order_by(Responsibility.until)).all()
    assert {(row.staff_id, row.until is None) for row in rows} == {
        (first.id, False), (second.id, True),
    }  # fmt: skip
    duties.name(make.home, MEDICAL, None, by=OPERATOR)
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.MEDICAL) is None
    events = select(AuditEvent.action, AuditEvent.staff_id, AuditEvent.reason)
    assert db.session.execute(events.order_by(AuditEvent.id)).all() == [
        (Action.DUTY_NAMED, first.id, "disclosure_medical"),
        (Action.DUTY_ENDED, first.id, "disclosure_medical"),
        (Action.DUTY_NAMED, second.id, "disclosure_medical"),
        (Action.DUTY_ENDED, second.id, "disclosure_medical"),
    ]


def test_who_has_left_or_works_behind_another_wall_now_answers_no_longer(make):
    nurse = make.nurse(make.school())
    duties.name(make.home, MEDICAL, nurse, by=OPERATOR)
    db.session.commit()
    assert duties.held_by(nurse) == (MEDICAL,)
    nurse.profession = Profession.COUNSELLOR
    assert duties.held_by(nurse) == ()
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.MEDICAL) is None
    nurse.profession = Profession.DOCTOR
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.MEDICAL) == nurse
    nurse.ends_on = clock.today() - timedelta(days=1)
    assert duties.responsible(make.home.id, Duty.DISCLOSURE, Wall.MEDICAL) is None
    assert duties.places_with_vacancies() == 1


def test_nobody_of_another_place_or_wall_can_be_named(make):
    elsewhere = make.municipality()
    stranger = make.staff(None, municipality_id=elsewhere.id)
    counsellor = make.counsellor(make.school())
    coordinator = make.coordinator()
    for seat, person in ((OVERSIGHT, stranger), (MEDICAL, counsellor), (MEDICAL, coordinator),
                         (OVERSIGHT, counsellor)):  # fmt: skip
        with pytest.raises(InvalidInput):
            duties.name(make.home, seat, person, by=work.staff(coordinator.id))
    assert db.session.scalars(select(Responsibility)).all() == []


def test_all_is_well_when_every_seat_of_every_place_has_somebody(make):
    school = make.school()
    assert duties.places_with_vacancies() == 1
    for seat, person in zip(
        SEATS, (make.coordinator(), make.nurse(school), make.counsellor(school)), strict=True
    ):
        assert duties.places_with_vacancies() == 1
        says = "får ingen loggens sigill i brev" in health.responsible().line
        assert says == (seat == OVERSIGHT), "the first of them"
        duties.name(make.home, seat, person, by=OPERATOR)
    assert duties.places_with_vacancies() == 0
    other = make.municipality()
    assert duties.places_with_vacancies() == 0, "who has no school that is open needs nobody"
    make.school(municipality_id=other.id)
    assert duties.places_with_vacancies() == 1
