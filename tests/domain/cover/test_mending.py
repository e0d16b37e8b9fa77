"""A coordinator asks colleagues to answer on the days of a gap, and nobody else is asked."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import mending, service
from elevhalsa.domain.cover.ahead import look
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.extensions import db
from tests.domain.helpers import at, together
from workers import jobs

NOW = at("2026-06-01 10:00")
FIRST, LAST = date(2026, 6, 22), date(2026, 7, 3)


@pytest.fixture(autouse=True)
def in_june():
    with clock.frozen(NOW):
        yield


class Town:
    """A nurse of two schools who goes away, two who may cover, and those who may not."""

    def __init__(self, make) -> None:
        self.schools = [make.school(), make.school()]
        other = make.school()
        self.away = make.nurse(*self.schools)
        self.nurse, self.doctor = make.nurse(other), make.staff(Profession.DOCTOR, [other])
        self.busy, self.counsellor = make.nurse(other), make.counsellor(*self.schools)
        self.abroad = make.staff(municipality_id=make.municipality().id)
        self.coordinator = make.coordinator()
        db.session.add_all(
            Absence(staff_id=one.id, starts_on=FIRST, ends_on=LAST)
            for one in (self.away, self.busy)
        )
        db.session.commit()

    def ask(self, **values):
        return mending.ask(
            self.coordinator, self.schools[0].id, Profession.NURSE, FIRST, LAST, **values
        )

    @property
    def gap(self):
        (gap,) = look(self.coordinator.municipality).gaps
        return gap


@pytest.fixture
def town(make):
    return Town(make)


def covers() -> list[Cover]:
    return list(db.session.scalars(select(Cover)))


def asked_by_notice() -> set[tuple[str, Channel]]:
    rows = db.session.scalars(select(Notice).where(Notice.kind == Kind.COVER_ASKED))
    return {(row.staff_id, row.channel) for row in rows}


def test_all_who_fit_are_asked_once_for_all_the_schools_and_told(town):
    assert set(town.gap.school_ids) == {school.id for school in town.schools}
    for _time in range(2):
        town.ask()
        db.session.commit()
    assert {(c.absent_id, c.cover_id, c.school_id) for c in covers()} == {
        (town.away.id, town.nurse.id, None),
        (town.away.id, town.doctor.id, None),
    }
    assert all((c.starts_on, c.ends_on, c.accepted_at) == (FIRST, LAST, None) for c in covers())
    assert asked_by_notice() == {
        (one.id, channel)
        for one in (town.nurse, town.doctor)
        for channel in (Channel.APP, Channel.EMAIL)
    }
    waiting = look(town.coordinator.municipality)
    assert waiting.fitting(waiting.gaps[0]) == []
    assert len(waiting.asked_for(waiting.gaps[0])) == 2


def test_who_is_asked_by_name_must_fit(town):
    assert town.ask(who=[town.doctor.id]) == [town.doctor]
    for other in (town.counsellor, town.busy, town.abroad, town.coordinator):
        with pytest.raises(Conflict):
            town.ask(who=[other.id])
    assert [cover.cover_id for cover in covers()] == [town.doctor.id]


def test_a_gap_that_is_not_as_it_was_asks_nobody(town):
    with pytest.raises(Conflict):
        mending.ask(town.coordinator, town.schools[0].id, Profession.NURSE, FIRST, FIRST)
    assert covers() == []


def test_nothing_changes_before_somebody_says_yes_and_then_the_gap_is_gone(town):
    town.ask(who=[town.nurse.id])
    assert town.gap.alone == town.gap.days
    for cover in covers():
        cover.accepted_at = NOW
    assert look(town.coordinator.municipality).gaps == []


def test_the_post_of_one_who_has_left_is_covered_as_any_other(town):
    town.away.ends_on = FIRST - timedelta(days=1)
    db.session.commit()
    (gap,) = look(town.coordinator.municipality).gaps
    first, last = look(town.coordinator.municipality).days(gap)
    school_id = town.schools[0].id
    mending.ask(town.coordinator, school_id, Profession.NURSE, first, last, who=[town.nurse.id])
    (cover,) = covers()
    service.accept(town.nurse, cover.baton_id)
    db.session.commit()
    with clock.frozen(at("2026-06-23 10:00")):
        jobs.carry_batons()
        db.session.rollback()
        ahead = look(town.coordinator.municipality)
        assert all(ahead.days(gap)[0] > last for gap in ahead.gaps)
        assert {school.id for school in serving.schools_of(town.nurse, clock.now())} > {school_id}


def test_a_doctor_who_covers_is_somebody_home_though_no_nurse(town):
    town.ask(who=[town.doctor.id])
    for cover in covers():
        cover.accepted_at = NOW
    assert town.gap.days and not town.gap.alone


def test_of_some_of_her_schools_each_is_named(town, make):
    other = make.nurse(town.schools[1])
    town.ask(who=[town.nurse.id])
    assert [cover.school_id for cover in covers()] == [town.schools[0].id]
    assert other.id not in {cover.cover_id for cover in covers()}


def test_a_cover_that_ends_where_the_gap_begins_may_go_on(town):
    early = FIRST + timedelta(days=4)  # Friday; the gap is what follows the weekend
    db.session.add(
        Cover(absent_id=town.away.id, cover_id=town.nurse.id, starts_on=FIRST, ends_on=early,
              accepted_at=NOW)
    )  # fmt: skip
    ahead = look(town.coordinator.municipality)
    (gap,) = ahead.gaps
    assert ahead.days(gap) == (early + timedelta(days=3), LAST)
    assert [(who, cover.days.last) for who, cover in ahead.may_go_on(gap, ahead.fitting(gap))] == [
        (town.nurse.id, early)
    ]


def test_of_two_who_ask_at_once_each_colleague_is_asked_once(app, town):
    school_id, coordinator_id = town.schools[0].id, town.coordinator.id

    def ask(meet):
        coordinator = db.session.get_one(Staff, coordinator_id)
        meet()
        return len(mending.ask(coordinator, school_id, Profession.NURSE, FIRST, LAST))

    assert set(together(app, ask, ask)) == {0, 2}
    assert len(covers()) == 2
