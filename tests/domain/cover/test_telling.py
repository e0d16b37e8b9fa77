"""The coordinators are told 14, 7 and 2 days before nobody is home: once each, whatever crashes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import mending, telling
from elevhalsa.domain.cover.ahead import look
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.serving.models import Absence, Cover, GapAccepted, GapTold, Place
from elevhalsa.extensions import db
from tests.domain.helpers import at, together
from workers import jobs, schedule


class Town:
    """A school whose only nurse goes away; its counsellor does not."""

    def __init__(self, make) -> None:
        self.make, self.home, self.school = make, make.home, make.school()
        self.nurse, self.coordinator = make.nurse(self.school), make.coordinator()
        make.counsellor(self.school)

    def away(self, first: str, last: str) -> Absence:
        row = Absence(
            staff_id=self.nurse.id,
            starts_on=date.fromisoformat(first),
            ends_on=date.fromisoformat(last),
        )
        db.session.add(row)
        db.session.commit()
        return row

    def told(self, moment: str) -> bool:
        with clock.frozen(at(moment)):
            told = telling.tell_of_gaps_in(self.home)
        db.session.commit()
        return told

    def told_between(self, first: str, last: str) -> list[str]:
        """The days on which somebody was told, each time once."""
        day, found = date.fromisoformat(first), []
        while day <= date.fromisoformat(last):
            if self.told(f"{day} 00:10"):
                assert not self.told(f"{day} 14:00")
                found.append(day.isoformat())
            day += timedelta(days=1)
        return found


@pytest.fixture
def town(make):
    return Town(make)


def letters() -> list[Notice]:
    db.session.rollback()
    query = select(Notice).where(Notice.channel == Channel.EMAIL, Notice.staff_id.is_not(None))
    return list(db.session.scalars(query.order_by(Notice.created_at)))


def test_over_midsummer_they_are_told_on_three_days_when_somebody_works(town):
    town.away("2026-06-22", "2026-07-03")  # after midsummer: two days before it is a Saturday
    assert town.told_between("2026-06-01", "2026-07-06") == [
        "2026-06-08", "2026-06-15", "2026-06-18",
    ]  # fmt: skip
    for row in letters():
        assert (row.kind, row.staff_id) == (Kind.NOBODY_HOME, town.coordinator.id)
        assert (row.told_as, row.about_id) == (Audience.COORDINATOR, None)
    assert db.session.scalars(select(GapTold)).all() == []


def test_what_is_found_late_is_told_at_once(town):
    town.away("2026-12-28", "2026-12-30")
    assert town.told("2026-12-23 18:00")
    town.away("2026-12-31", "2027-01-04")  # it goes on for longer
    assert town.told("2026-12-29 09:00")
    assert not town.told("2026-12-29 09:15")


def test_only_what_is_mended_goes_silent_and_it_is_told_anew_when_it_breaks(town):
    cover = town.make.nurse(town.make.school())
    town.away("2026-06-22", "2026-06-26")
    assert town.told("2026-06-08 09:00")
    row = Cover(absent_id=town.nurse.id, cover_id=cover.id, starts_on=date(2026, 6, 22),
                ends_on=date(2026, 6, 26))  # fmt: skip
    db.session.add(row)
    db.session.commit()
    assert town.told("2026-06-15 09:00")  # asked is not mended
    row.accepted_at = at("2026-06-15 10:00")
    db.session.commit()
    assert town.told_between("2026-06-16", "2026-06-18") == []
    db.session.delete(row)
    db.session.commit()
    assert town.told("2026-06-18 15:00")


def test_a_post_that_is_empty_for_good_is_told_of_once(town):
    town.nurse.ends_on = date(2026, 6, 5)
    db.session.commit()
    assert town.told_between("2026-05-20", "2026-09-05") == [
        "2026-05-25", "2026-06-01", "2026-06-05",
    ]  # fmt: skip


def works_on(town, weekdays) -> None:
    db.session.execute(delete(Place))
    db.session.add_all(
        Place(staff_id=town.nurse.id, school_id=town.school.id, weekday=day, starts_at=480,
              ends_at=960)
        for day in weekdays
    )  # fmt: skip
    db.session.commit()


def gap(town, moment):
    """The first, as the coordinator says of it."""
    ahead = look(town.home)
    one = ahead.gaps[0]
    return (town.coordinator, one.school_ids[0], one.profession, *ahead.days(one))


def test_of_days_off_that_are_as_they_should_be_nobody_is_told_but_of_all_others(town):
    works_on(town, (0, 1, 2))
    assert town.told_between("2026-05-25", "2026-06-05")
    with clock.frozen(at("2026-06-05 09:00")):
        for _twice in range(2):
            mending.accept(*gap(town, clock.now()))
        (row,) = db.session.scalars(select(GapAccepted))
        assert (row.weekdays, row.last_on) == (0b11000, None)
        assert all(look(town.home).is_accepted(one) for one in look(town.home).gaps)
        db.session.commit()
    assert town.told_between("2026-06-06", "2026-08-01") == []
    town.away("2026-08-17", "2026-08-21")  # Monday to Wednesday are not days off
    assert town.told("2026-08-03 09:00")
    with clock.frozen(at("2026-08-04 09:00")):
        later = [one for one in look(town.home).gaps if not look(town.home).is_accepted(one)]
        assert len(later) == 1
        mending.mind(*gap(town, clock.now()))
        db.session.commit()
    assert db.session.scalars(select(GapAccepted)).all() == []
    assert town.told("2026-08-04 10:00")


def test_what_was_as_it_should_be_is_so_no_longer_when_somebody_works_then(town):
    works_on(town, (0, 1, 2))
    with clock.frozen(at("2026-06-05 09:00")):
        mending.accept(*gap(town, clock.now()))
        db.session.commit()
    works_on(town, (0, 1, 2, 3, 4))
    assert not town.told("2026-06-05 10:00")
    works_on(town, (0, 1, 2))
    assert town.told("2026-06-05 11:00")


def test_an_empty_post_that_is_as_it_should_be_is_told_of_when_it_has_been_filled(town):
    town.nurse.ends_on = date(2026, 6, 5)
    db.session.commit()
    with clock.frozen(at("2026-05-20 09:00")):
        mending.accept(*gap(town, clock.now()))
        db.session.commit()
    assert town.told_between("2026-05-20", "2026-06-30") == []
    town.nurse.ends_on = None
    db.session.commit()
    assert not town.told("2026-07-01 09:00")
    town.away("2026-07-03", "2026-07-10")
    assert town.told("2026-07-01 10:00")


def test_a_school_without_anybody_at_all_is_told_of_once_until_it_has_had_somebody(town):
    school = town.make.school()
    assert town.told("2026-06-08 09:00")
    assert town.told_between("2026-06-08", "2026-07-03") == []
    nurse = town.make.nurse(school)
    assert not town.told("2026-07-06 09:00")
    nurse.active = False
    db.session.commit()
    assert town.told("2026-07-06 10:00")
    school.active = False
    db.session.commit()
    assert not town.told("2026-07-06 11:00")
    assert db.session.scalars(select(GapTold)).all() == []


def test_with_a_doctor_at_work_somebody_is_home(town):
    town.make.staff(Profession.DOCTOR, [town.school])
    town.away("2026-06-22", "2026-06-26")
    assert not town.told("2026-06-20 09:00")


def test_a_turn_that_dies_tells_at_the_next_one(town, monkeypatch):
    town.away("2026-06-22", "2026-06-26")
    posts = notices.post
    with clock.frozen(at("2026-06-08 09:00")):

        def dies(*told, **values):
            posts(*told, **values)
            raise SystemExit

        monkeypatch.setattr(notices, "post", dies)
        with pytest.raises(SystemExit):
            jobs.tell_of_gaps()
        assert letters() == []
        monkeypatch.setattr(notices, "post", posts)
        jobs.tell_of_gaps()
        jobs.tell_of_gaps()
    assert len(letters()) == 1
    assert jobs.tell_of_gaps in [turn.job for turn in schedule.TURNS]


def test_of_two_workers_at_once_one_tells(app, town):
    town.away("2026-06-22", "2026-06-26")
    municipality_id = town.home.id

    def tell(meet):
        home = db.session.get_one(type(town.home), municipality_id)
        meet()
        return telling.tell_of_gaps_in(home)

    with clock.frozen(at("2026-06-08 09:00")):
        assert sorted(map(bool, together(app, tell, tell))) == [False, True]
    assert len(letters()) == 1


def test_a_municipality_that_fails_keeps_no_other_from_being_told(make, monkeypatch):
    places = [make.home, make.municipality()]
    for home in places:
        school = make.school(municipality_id=home.id)
        nurse = make.staff(Profession.NURSE, [school], municipality_id=home.id)
        make.staff(None, municipality_id=home.id)
        nurse.ends_on = date(2026, 6, 12)
    db.session.commit()
    first = min(home.id for home in places)

    def fails(municipality):
        if municipality.id == first:
            raise RuntimeError
        return look(municipality)

    monkeypatch.setattr(telling, "look", fails)
    with clock.frozen(at("2026-06-08 09:00")):
        assert telling.tell_of_gaps() == 1


def test_each_municipality_hears_of_its_own_and_none_without_a_coordinator(make):
    other = make.municipality()
    abroad = make.school(municipality_id=other.id)
    nurse = make.staff(Profession.NURSE, [abroad], municipality_id=other.id)
    home, theirs = make.coordinator(), make.staff(None, municipality_id=other.id)
    make.municipality()
    db.session.add(
        Absence(staff_id=nurse.id, starts_on=date(2026, 6, 22), ends_on=date(2026, 6, 26))
    )
    db.session.commit()
    with clock.frozen(at("2026-06-20 09:00")):
        assert telling.tell_of_gaps() == 1
    assert {row.staff_id for row in letters()} == {theirs.id}
    assert home.id not in {row.staff_id for row in letters()}
