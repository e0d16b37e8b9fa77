"""Staff set times that pupils book on their own page."""

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.models import StandingTime
from elevhalsa.domain.meetings.queries import meetings_of
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.domain.helpers import at

from ..factories import Make
from .browser import Browser

MONDAY = at("2026-11-23 09:00")
TIMES = "/personal/tider"


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make: Make) -> School:
    return make.school(slug="norrskogen", name="Norrskogen")


@pytest.fixture
def me(make: Make, school: School) -> Staff:
    return make.nurse(school)


@pytest.fixture
def staff(app: Flask, me: Staff) -> Browser:
    browser = Browser(app.test_client())
    browser.sign_in(me)
    return browser


def pupil_of(app: Flask, make: Make, school: School, **asked) -> tuple[Browser, Knock]:
    receipt = make.knock(school, **{"wanted": Profession.NURSE} | asked)
    browser = Browser(app.test_client())
    browser.get("/mitt/kod")
    browser.submit("/mitt/kod", code=receipt.code)
    return browser, receipt.knock


@pytest.fixture
def tuesdays(me: Staff, school: School) -> StandingTime:
    """Ten and twenty past ten."""
    return sets(me, school)


def sets(me: Staff, school: School, way=MeetingWay.ROOM, ends_at=640) -> StandingTime:
    place = "Rum 7" if way is MeetingWay.ROOM else None
    wanted = standing.Wanted(school.id, 1, 600, ends_at, 20, way, place, None, None)
    made = standing.put(me, wanted)
    db.session.commit()
    return made


NEW = {"starts_at": "10", "ends_at": "11", "place": "Rum 7"}


def test_a_time_is_set_changed_and_taken_away(staff, school):
    staff.get(TIMES)
    page = staff.submit(
        TIMES, school=school.id, weekday="1", starts_at="10", ends_at="11", place="Rum 7"
    )
    assert "tisdag 10.00–11.00" in page.text
    assert "Norrskogen" in page.text
    (row,) = db.session.scalars(select(StandingTime))
    address = f"{TIMES}/{row.id}"
    staff.get(address)
    page = staff.submit(address, weekday="3", way="phone", place="")
    assert "torsdag 10.00–11.00" in page.text
    staff.get(address)
    page = staff.submit(f"{address}/ta-bort")
    assert "Du har inga tider" in page.text


def test_what_cannot_be_is_told_at_its_field_and_given_back(staff, school):
    staff.get(TIMES)
    page = staff.submit(TIMES, school=school.id, **NEW | {"ends_at": "9", "minutes": "3"})
    assert page.status == 422
    assert "Skriv 5 till 240 minuter" in page.text
    form = page.form(TIMES).data
    assert (form["ends_at"], form["place"], form["minutes"]) == (["09:00"], ["Rum 7"], ["3"])
    page = staff.submit(TIMES, minutes="20")
    assert "Sluttiden måste vara efter starttiden." in page.text
    page = staff.submit(TIMES, ends_at="12", place="")
    assert "Skriv var ni ska ses." in page.text


def test_nobody_opens_anothers_time(app, make, school, tuesdays):
    colleague = Browser(app.test_client())
    colleague.sign_in(make.nurse(school))
    assert colleague.get(f"{TIMES}/{tuesdays.id}").status == 404
    assert "Rum 7" not in colleague.get(TIMES).text


def test_a_pupil_books_a_time_and_moves_it(app, make, school, me, tuesdays):
    pupil, knock = pupil_of(app, make, school)
    page = pupil.get(f"/mitt/{knock.id}")
    assert "Skolsköterska. Rum på skolan: Rum 7, 20 minuter" in page.text
    assert "Den du bokar hos tar emot din knackning" in page.text
    first, second, *_later = standing.free_for(knock)
    page = pupil.submit(f"/mitt/{knock.id}/mote/boka", time=first.key)
    assert "tisdag 24 november kl. 10.00, 20 minuter" in page.text
    assert "senast" in page.text  # the first word is still promised
    assert "Byt till en annan tid" in page.text
    page = pupil.submit(f"/mitt/{knock.id}/mote/boka", time=second.key)
    assert "tisdag 24 november kl. 10.20, 20 minuter" in page.text
    db.session.expire_all()
    assert knock.taken_by_id == me.id


def test_who_was_not_first_is_told_keeps_the_number_and_sees_what_is_left(
    app, make, school, me, tuesdays
):
    sets(me, school, MeetingWay.PHONE, ends_at=620)
    (one, first), (other, second) = (pupil_of(app, make, school) for _number in range(2))
    for pupil, knock in ((one, first), (other, second)):
        pupil.get(f"/mitt/{knock.id}")
    calls = next(f.key for f in standing.free_for(first) if f.standing.way is MeetingWay.PHONE)
    book = f"/mitt/{first.id}/mote/boka"
    page = one.submit(book, time=calls)
    assert page.status == 422
    page = one.submit(book, number="070-174 06 05")
    assert "Vi ringer 070-174 06 05" in page.text
    page = other.submit(f"/mitt/{second.id}/mote/boka", time=calls, number="070-174 06 15")
    assert page.status == 409
    assert "Den tiden är inte ledig längre" in page.text
    form = page.form(f"/mitt/{second.id}/mote/boka")
    assert form.data["number"] == ["0701740615"]
    left = [key for c in form.controls if c.name == "time" for key in c.options]
    assert left == [free.key for free in standing.next_of(standing.free_for(second))]
    assert calls not in left


def test_when_nothing_is_left_the_page_says_so(app, make, school, me):
    standing.put(me, standing.Wanted(school.id, 1, 600, 620, 20, MeetingWay.PHONE, None, None,
                                     MONDAY.date().replace(day=24)))  # fmt: skip
    db.session.commit()
    (one, first), (other, second) = (pupil_of(app, make, school) for _number in range(2))
    other.get(f"/mitt/{second.id}")
    one.get(f"/mitt/{first.id}")
    (free,) = standing.free_for(first)
    one.submit(f"/mitt/{first.id}/mote/boka", time=free.key, number="070-174 06 05")
    page = other.submit(f"/mitt/{second.id}/mote/boka", time=free.key, number="070-174 06 15")
    assert page.status == 409
    assert "Det finns inga fler tider just nu" in page.text
    assert page.form(f"/mitt/{second.id}/mote/boka").data["number"] == ["0701740615"]


def test_without_standing_times_a_pupils_page_says_nothing_of_booking(app, make, school, me):
    pupil, knock = pupil_of(app, make, school)
    assert "Boka" not in pupil.get(f"/mitt/{knock.id}").html


def test_staff_see_what_was_booked_and_pupils_see_names_only_where_they_are_shown(
    app, make, school, me, tuesdays, staff
):
    pupil, knock = pupil_of(app, make, school)
    assert me.name not in pupil.get(f"/mitt/{knock.id}").text
    make.home.show_names = True
    db.session.commit()
    assert me.name in pupil.get(f"/mitt/{knock.id}").text
    pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[0].key)
    page = staff.get(f"/personal/arende/{knock.id}")
    assert "tisdag 24 november kl. 10.00" in page.text
    assert meetings_of(db.session.get_one(Knock, knock.id)).agreed
