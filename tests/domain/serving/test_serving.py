"""Who may be told, read and be given: the queries against the rule said once more, plainly."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.core.walls import (
    AREAS,
    SCHOOL_PROFESSIONS,
    SCHOOL_WALLS,
    Authority,
    Profession,
    Wall,
    across,
    area,
    professions_behind,
    reads_what_has_no_wall,
)
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.domain.serving.rules import Days, Stay
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-07-13 10:00")
TODAY = MONDAY.date()

days = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
ranges = st.tuples(days, days).map(sorted)


class Town:
    """Three schools; a nurse, a counsellor and more, some of them in another municipality."""

    def __init__(self, make) -> None:
        self.schools = [make.school() for _ in range(3)]
        abroad = make.municipality()
        here = [
            (Profession.NURSE, [0]), (Profession.NURSE, [1, 2]), (Profession.NURSE, []),
            (Profession.DOCTOR, [2]), (Profession.COUNSELLOR, [0, 1]), (Profession.COUNSELLOR, [2]),
            (Profession.PSYCHOLOGIST, []), (None, []), (Profession.SOCIAL_WORKER, [0]),
            (Profession.SOCIAL_WORKER, []), (Profession.HEALTH_WORKER, [1]),
        ]  # fmt: skip
        self.staff = [
            make.staff(profession, [self.schools[n] for n in served]) for profession, served in here
        ]
        self.staff.append(
            make.staff(Profession.NURSE, [self.schools[0]], municipality_id=abroad.id)
        )
        self.staff.append(make.staff(Profession.NURSE, [self.schools[0]], active=False))
        asked = [
            {"wanted": wanted, "avoid_staff_ids": avoided}
            for wanted in (None, Profession.NURSE, Profession.COUNSELLOR, Profession.SOCIAL_WORKER)
            for avoided in ((), (self.staff[0].id, self.staff[4].id))
        ]
        self.knocks = [make.knock(s, **a).knock for s in self.schools for a in asked]


@pytest.fixture
def town(make):
    with clock.frozen(MONDAY):
        return Town(make)


def assigned(staff: Staff) -> set[str]:
    return {assignment.school_id for assignment in staff.assignments}


def works_here(staff: Staff) -> bool:
    """The rule, said plainly: let in, and the last day has not passed."""
    return staff.active and not (staff.ends_on and staff.ends_on < TODAY)


def serves(staff: Staff, school_id: str, day: date, covers: list[Cover], by_id) -> bool:
    """The rule, said plainly: assigned, or covering for somebody who is."""
    return school_id in assigned(staff) or any(
        cover.cover_id == staff.id
        and cover.accepted_at is not None
        and cover.starts_on <= day <= cover.ends_on
        and cover.school_id in (None, school_id)
        and school_id in assigned(by_id[cover.absent_id])
        for cover in covers
    )


@given(data=st.data())
@settings(
    max_examples=settings.default.max_examples // 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_the_queries_say_what_the_rule_says_for_any_absence_and_cover(town, data):
    by_id = {staff.id: staff for staff in town.staff}
    people = st.integers(0, len(town.staff) - 1)
    away = data.draw(st.lists(st.tuples(people, ranges), max_size=4))
    batons = data.draw(
        st.lists(
            st.tuples(people, people, st.sampled_from([None, 0, 1, 2]), ranges, st.booleans()),
            max_size=5,
        )
    )
    leaving = data.draw(st.dictionaries(people, days, max_size=3))
    three = st.sets(st.integers(0, len(town.knocks) - 1), min_size=3, max_size=3)
    wide = data.draw(st.sets(st.integers(0, len(town.knocks) - 1)))
    absences = [
        Absence(staff_id=town.staff[who].id, starts_on=start, ends_on=end)
        for who, (start, end) in away
    ]
    covers = [
        Cover(
            absent_id=town.staff[absent].id,
            cover_id=town.staff[cover].id,
            school_id=None if school is None else town.schools[school].id,
            starts_on=start,
            ends_on=end,
            accepted_at=MONDAY if accepted else None,
        )
        for absent, cover, school, (start, end), accepted in batons
        if absent != cover
    ]
    with db.session.begin_nested() as undo:
        db.session.add_all([*absences, *covers])
        for who, last_day in leaving.items():
            town.staff[who].ends_on = last_day
        for number in wide:
            town.knocks[number].opened_wide_at = MONDAY
        db.session.flush()
        with clock.frozen(MONDAY):
            compare(town, by_id, absences, covers, data.draw(three))
            compare_roster(town, by_id, absences, covers, data.draw(days.filter(TODAY.__le__)))
        undo.rollback()


def compare(
    town: Town, by_id: dict[str, Staff], absences: list, covers: list, numbers: set[int]
) -> None:
    some = [town.knocks[number] for number in numbers]
    readable: dict[str, set[str]] = {
        staff.id: set(db.session.scalars(select(Knock.id).where(queries.visible_to(staff))))
        for staff in town.staff
    }
    for knock in some:
        avoided = set(
            db.session.scalars(select(Avoided.staff_id).where(Avoided.knock_id == knock.id))
        )
        allowed = [
            staff
            for staff in town.staff
            if staff.profession
            and staff.municipality_id == knock.municipality_id
            and (
                staff.profession in SCHOOL_PROFESSIONS
                if knock.wall is None
                else staff.profession.wall is knock.wall
            )
            and staff.id not in avoided
        ]
        there = {
            staff.id
            for staff in allowed
            if knock.opened_wide_at or serves(staff, knock.school_id, TODAY, covers, by_id)
        }
        for staff in town.staff:
            assert (knock.id in readable[staff.id]) is (staff.id in there)
        gone = {a.staff_id for a in absences if a.starts_on <= TODAY <= a.ends_on}
        told = {staff.id for staff in serving.At(MONDAY).may_be_told(queries.matter_of(knock))}
        assert told == {i for i in there if works_here(by_id[i])} - gone
        giver = town.staff[1]
        given_to = {
            c.staff.id for c in serving.may_be_given(queries.matter_of(knock), giver, clock.now())
        }
        assert given_to == {
            staff.id
            for staff in allowed
            if works_here(staff) and staff.wall is giver.wall and staff is not giver
        }


def compare_roster(
    town: Town, by_id: dict[str, Staff], absences: list, covers: list, day: date
) -> None:
    school = town.schools[day.weekday()]
    asked = (school.municipality_id, TODAY, TODAY + timedelta(days=2), closed_days())
    for roster in (serving.roster(*asked), serving.roster(*asked, school_id=school.id)):
        found = {one.id for one in roster.who_answers(school.id, list(Profession), day)}
        assert found == {
            staff.id
            for staff in town.staff
            if staff.profession
            and staff.municipality_id == school.municipality_id
            and staff.active
            and not (staff.ends_on and staff.ends_on < day)
            and serves(staff, school.id, day, covers, by_id)
            and not any(
                a.staff_id == staff.id and a.starts_on <= day <= a.ends_on for a in absences
            )
        }


def test_who_is_away_is_not_told_and_who_covers_is(town, make):
    nurse, cover = town.staff[0], town.staff[2]
    knock = town.knocks[2]
    assert knock.wall is Wall.MEDICAL
    db.session.add_all(
        [
            Absence(staff_id=nurse.id, starts_on=TODAY, ends_on=TODAY),
            Cover(absent_id=nurse.id, cover_id=cover.id, starts_on=TODAY, ends_on=TODAY,
                  accepted_at=MONDAY),
        ]
    )  # fmt: skip
    db.session.commit()
    matter = queries.matter_of(knock)
    assert serving.At(MONDAY).may_be_told(matter) == [cover]
    assert serving.At(MONDAY + timedelta(days=1)).may_be_told(matter) == [nurse]
    assert [s.id for s in serving.schools_of(cover, MONDAY)] == [town.schools[0].id]
    assert serving.schools_of(cover, MONDAY + timedelta(days=1)) == []


def test_the_roster_knows_the_places_of_each(town, make):
    nurse, school = town.staff[0], town.schools[0]
    until = TODAY + timedelta(days=7)
    db.session.add_all(
        [
            Place(staff_id=nurse.id, school_id=school.id, weekday=1, starts_at=540, ends_at=720,
                  ends_on=until),
            Place(staff_id=nurse.id, school_id=school.id, weekday=1, starts_at=540, ends_at=720,
                  starts_on=until + timedelta(days=365)),
        ]
    )  # fmt: skip
    db.session.commit()
    roster = serving.roster(school.municipality_id, TODAY, until, closed_days())
    person = roster.person(nurse.id)
    assert person and person.stays == (Stay(school.id, 1, 540, 720, Days(None, until)),)
    assert roster.first_at_work(school.id, [Profession.NURSE], MONDAY, at("2026-07-20 10:00")) == (
        at("2026-07-14 09:00")
    )


def test_every_wall_is_an_area_with_an_authority_and_its_professions():
    assert [one.wall for one in AREAS] == list(Wall)
    for one in AREAS:
        assert one.professions == professions_behind(one.wall)
        assert all(profession.wall is one.wall for profession in one.professions)
        for other in across(one.wall):
            assert other is not one.wall
            assert area(other).authority is one.authority
            assert one.authority is Authority.SCHOOL, "no other has two"
    assert set(professions_behind(None)) == {
        profession for profession in Profession if profession.wall in SCHOOL_WALLS
    }
    assert set(across(None)) == set(SCHOOL_WALLS) == {Wall.MEDICAL, Wall.PSYCHOSOCIAL}


@given(st.none() | st.sampled_from(Wall), st.sampled_from(Profession))
def test_what_is_behind_no_wall_yet_is_for_elevhälsan_and_what_is_behind_one_for_those_behind_it(
    wall, profession
):
    may = profession in professions_behind(wall)
    if wall is None:
        assert may is reads_what_has_no_wall(profession.wall)
        assert may is (area(profession.wall).authority is Authority.SCHOOL)
    else:
        assert may is (profession.wall is wall)
