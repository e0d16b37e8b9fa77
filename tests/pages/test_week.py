"""The week by place; times that pupils book; meetings of one who is away; one's own calendar."""

import html
import re

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_token
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.meetings import feed, standing
from elevhalsa.domain.meetings.models import StandingTime
from elevhalsa.domain.meetings.queries import meetings_of
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Assignment, Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving.models import Place
from elevhalsa.extensions import db
from tests.domain.helpers import at, counted_queries

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
    browser.arrives_as(me)
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
    colleague.arrives_as(make.nurse(school))
    assert colleague.get(f"{TIMES}/{tuesdays.id}").status == 404
    assert "Rum 7" not in colleague.get(TIMES).text


def test_of_times_when_one_is_not_there_it_is_said_that_nobody_can_book_them(
    staff, me, school, make, tuesdays
):
    said = "Kan inte bokas: du är inte där"
    knock = make.knock(school, wanted=Profession.NURSE).knock
    assert said not in staff.get(TIMES).text
    place = Place(staff_id=me.id, school_id=school.id, weekday=2, starts_at=480, ends_at=960)
    db.session.add(place)
    db.session.commit()
    staff.get(f"{TIMES}/{tuesdays.id}")
    page = staff.submit(f"{TIMES}/{tuesdays.id}", ends_at="11")
    assert "Tiden är sparad, men du är inte där då enligt ditt schema." in page.text
    assert said in page.text
    assert standing.free_for(knock) == []
    place.weekday = 1
    db.session.commit()
    assert said not in staff.get(TIMES).text
    me.assignments = [Assignment(school_id=make.school().id)]
    db.session.commit()
    assert said in staff.get(TIMES).text
    assert standing.free_for(knock) == []


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


# --- the week ------------------------------------------------------------------------------------


@pytest.fixture
def far(make: Make, me: Staff) -> School:
    """A second school of mine."""
    school = make.school(name="Fjällbacken")
    db.session.add(Assignment(staff_id=me.id, school_id=school.id))
    db.session.commit()
    return school


def is_at(me: Staff, school: School, weekday: int, starts_at: int = 480, ends_at: int = 960):
    db.session.add(
        Place(staff_id=me.id, school_id=school.id, weekday=weekday, starts_at=starts_at,
              ends_at=ends_at)
    )  # fmt: skip
    db.session.commit()


def sections(page) -> dict[str, str]:
    """Day or school -> what stands in its card."""
    found = re.findall(r"<section.*?</section>", page.html, re.DOTALL)
    texts = [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", one)).split()) for one in found]
    return {text.split(" ")[0]: text for text in texts}


def test_knocks_stand_at_the_first_day_at_their_school_with_the_offers_that_fit(
    make, staff, me, school, far
):
    is_at(me, school, 1)
    is_at(me, school, 3)
    is_at(me, far, 0, 780, 840)
    waits = make.knock(school, wanted=Profession.NURSE, text="Hemligt", name="Elev Ett").knock
    make.knock(school, wanted=Profession.COUNSELLOR)
    make.knock(school, wanted=Profession.NURSE, avoid_staff_ids=(me.id,))
    calls = make.knock(far, wanted=Profession.NURSE, way=Way.CALL, phone="0701740605").knock
    answering.take(me, make.knock(school, wanted=Profession.NURSE).knock)
    db.session.commit()
    page = staff.get("/personal/vecka")
    cards = sections(page)
    assert "Norrskogen 08.00–16.00 1 som väntar, 1 som du har Skolsköterska" in cards["tisdag"]
    assert "Ses 08.00 Promenad 08.30" in cards["tisdag"]
    assert "Ring i dag" not in cards["tisdag"]  # who waits there is not to be called
    assert "1 som väntar, 1 som du har (se tisdag 24 november)" in cards["torsdag"]
    assert "i dag Fjällbacken 13.00–14.00 1 som väntar" in cards["måndag"]
    assert "Ring i dag 13.00 Ses 13.00 Promenad 13.30" in cards["måndag"]
    assert "Ingen skola i schemat." in cards["onsdag"]
    later = sections(staff.get("/personal/vecka?fran=2026-11-30"))
    assert "1 som väntar, 1 som du har (se tisdag 24 november)" in later["tisdag"]
    page = staff.get("/personal/vecka")
    for secret in ("Hemligt", "Elev Ett", "070"):
        assert secret not in page.html
    address = next(one.href for one in page.links if f"{waits.id}?tid=room" in one.href)
    page = staff.get(address.partition("#")[0])
    form = page.form(f"/personal/arende/{waits.id}/foresla-tider").data
    assert (form["tid1-date"], form["tid1-time"]) == (["2026-11-24"], ["08:00"])
    assert form["tid1-way"] == ["room"]
    page = staff.submit(f"/personal/arende/{waits.id}/foresla-tider", **{"tid1-place": "Rum 7"})
    assert "Förslaget är skickat." in page.text
    # what is offered to one is not offered to the next
    assert "Ses 08.30 Promenad 09.00" in sections(staff.get("/personal/vecka"))["tisdag"]
    assert calls.phone == "0701740605"


def test_the_week_has_its_meetings_and_those_before_and_after_it_are_a_link_away(
    app, make, staff, me, school, tuesdays
):
    pupil, knock = pupil_of(app, make, school)
    pupil.get(f"/mitt/{knock.id}")
    pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[2].key)
    assert "10.00–10.20 möte" not in staff.get("/personal/vecka").text
    page = staff.follow("Nästa")
    assert "Vecka 49" in page.text
    assert "10.00–10.20 möte Rum på skolan · Rum 7 · Norrskogen" in sections(page)["tisdag"]
    assert "Vecka 48" in staff.follow("Förra").text
    for odd in ("x", "0001-01-01", "9999-12-31"):
        assert "Vecka 48" in staff.get(f"/personal/vecka?fran={odd}").text


def test_of_one_with_several_schools_and_no_places_each_school_stands_by_itself(
    make, staff, me, school, far
):
    make.knock(far, wanted=Profession.NURSE)
    page = staff.get("/personal/vecka")
    assert "Säg vilka dagar du är på vilken skola" in page.text
    assert "Fjällbacken 1 som väntar" in sections(page)["Fjällbacken"]


def test_who_serves_one_school_is_there_without_saying_so(make, staff, me, school):
    make.knock(school, wanted=Profession.NURSE)
    assert "Norrskogen 08.00–16.30 1 som väntar" in sections(staff.get("/personal/vecka"))["måndag"]


def test_when_no_time_is_left_to_meet_today_a_knock_stands_at_the_next_day(make, staff, me, school):
    is_at(me, school, 0)
    is_at(me, school, 2)
    make.knock(school, wanted=Profession.NURSE)
    for moment, day in (("15:00", "måndag"), ("15:01", "onsdag")):
        with clock.frozen(at(f"2026-11-23 {moment}")):
            staff.sign_in(me)
            cards = sections(staff.get("/personal/vecka"))
            assert [one for one, text in cards.items() if "Ses " in text] == [day]


def test_the_week_asks_the_same_of_the_database_however_much_there_is(make, staff, me, school, far):
    is_at(me, school, 1)
    staff.get("/personal/vecka")
    with counted_queries() as few:
        staff.get("/personal/vecka")
    is_at(me, far, 2)
    for number in range(4):
        make.knock((school, far)[number % 2], wanted=Profession.NURSE)
    with counted_queries() as many:
        staff.get("/personal/vecka")
    assert len(many) <= len(few) + 1  # the meetings of the knocks that are shown


def test_ones_own_free_times_fill_in_the_proposal(app, make, staff, me, school, tuesdays):
    _pupil, knock = pupil_of(app, make, school)
    staff.get(f"/personal/arende/{knock.id}")
    page = staff.follow("Fyll i mina lediga tider")
    form = page.form(f"/personal/arende/{knock.id}/foresla-tider").data
    assert [form[f"tid{row}-time"] for row in (1, 2, 3)] == [["10:00"], ["10:20"], ["10:00"]]
    assert form["tid1-place"] == ["Rum 7"]
    page = staff.submit(f"/personal/arende/{knock.id}/foresla-tider")
    assert "Förslaget är skickat." in page.text


def test_an_odd_time_in_the_address_fills_in_nothing(app, make, staff, me, school):
    _pupil, knock = pupil_of(app, make, school)
    for odd in ("x", "room~1~2", "hus~1764000000~30", "room~99999999999~30", "room~1764000000~"):
        form = staff.get(f"/personal/arende/{knock.id}?tid={odd}").form(
            f"/personal/arende/{knock.id}/foresla-tider"
        )
        assert odd[:4] == "room" or not form.data.get("tid1-date", [""])[0]


# --- away ----------------------------------------------------------------------------------------


def test_who_falls_ill_tells_those_who_were_to_come_and_they_are_offered_new_times(
    app, make, staff, me, school
):
    standing.put(
        me, standing.Wanted(school.id, 0, 840, 880, 20, MeetingWay.PHONE, None, None, None)
    )
    pupil, knock = pupil_of(app, make, school, way=Way.CALL, phone="0701740605")
    pupil.get(f"/mitt/{knock.id}")
    pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[0].key)
    staff.get("/personal/franvaro")
    page = staff.press("/personal/franvaro", "soon", "i-dag")
    assert "Du har 1 möte när du är borta." in page.text
    assert "Du är borta. Säg till eleverna" in sections(staff.get("/personal/vecka"))["måndag"]
    page = staff.follow("Säg till eleverna du skulle träffa")
    assert "måndag 23 november kl. 14.00" in page.text
    page = staff.submit("/personal/franvaro/moten")
    assert "1 möte är inställt. Eleven får veta det." in page.text
    assert "Du har inga möten de dagar du är borta." in page.text
    _is_told_and_books_a_new_time(pupil, knock)


def test_of_who_is_too_ill_to_say_so_a_coordinator_has_those_pupils_told_without_seeing_them(
    app, make, me, school
):
    standing.put(
        me, standing.Wanted(school.id, 0, 840, 880, 20, MeetingWay.PHONE, None, None, None)
    )
    pupil, knock = pupil_of(app, make, school, way=Way.CALL, phone="0701740605")
    pupil.get(f"/mitt/{knock.id}")
    pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[0].key)
    coordinator = Browser(app.test_client())
    coordinator.arrives_as(make.coordinator())
    page = coordinator.get(f"/samordnare/personal/{me.id}")
    assert not page.has_form("/franvaro/moten")
    page = coordinator.press(f"/samordnare/personal/{me.id}/franvaro", "soon", "i-dag")
    assert "1 möte är bokat de dagarna." in page.text
    assert "14.00" not in page.text
    assert school.name not in page.text.partition("1 möte")[2].partition("Ställ in")[0]
    page = coordinator.submit("/franvaro/moten")
    assert "1 möte är inställt. Eleven får veta det." in page.text
    assert not page.has_form("/franvaro/moten")
    _is_told_and_books_a_new_time(pupil, knock)


def _is_told_and_books_a_new_time(pupil: Browser, knock: Knock) -> None:
    page = pupil.get(f"/mitt/{knock.id}")
    assert "Mötet måndag 23 november kl. 14.00 är inställt." in page.text
    page = pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[0].key)
    assert "måndag 30 november kl. 14.00, 20 minuter" in page.text


# --- one's own calendar --------------------------------------------------------------------------


def test_a_calendar_fetches_ones_meetings_by_an_address_that_is_shown_once(
    app, make, staff, me, school, tuesdays
):
    make.municipality(host="annan.example")
    pupil, knock = pupil_of(app, make, school, text="Hemligt", name="Elev Ett")
    pupil.get(f"/mitt/{knock.id}")
    pupil.submit(f"/mitt/{knock.id}/mote/boka", time=standing.free_for(knock)[0].key)
    staff.get("/personal/kalender")
    page = staff.submit("/personal/kalender")
    (address,) = re.findall(r"http://localhost(/kalender/[\w-]{43}\.ics)", page.text)
    assert address not in staff.get("/personal/kalender").html
    program = app.test_client()
    assert program.get(address, base_url="http://annan.example").status_code == 404
    response = program.get(address)
    assert response.mimetype == "text/calendar"
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-cache"
    (event,) = Calendar.from_ical(response.data).walk("VEVENT")
    assert event["SUMMARY"] == "Möte"
    assert event.decoded("DTSTART") == at("2026-11-24 10:00")
    for secret in ("Hemligt", "Elev", "Norrskogen", "Rum", "skola", me.name, knock.id):
        assert secret not in response.text
    again = program.get(address, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    page = staff.submit("/personal/kalender", school="1", times="1")
    assert program.get(address).status_code == 404
    (renewed,) = re.findall(r"http://localhost(/kalender/[\w-]{43}\.ics)", page.text)
    text = program.get(renewed).text
    assert "LOCATION:Norrskogen" in text
    assert "TRANSP:TRANSPARENT" in text
    staff.submit("/personal/kalender/ta-bort")
    assert program.get(renewed).status_code == 404


def test_who_guesses_a_calendars_address_is_slowed_down_and_who_has_it_is_not(app, me, caplog):
    program = app.test_client()
    token = feed.make(me, shows_school=False, shows_times=False)
    db.session.commit()
    for _number in range(60):
        assert program.get(f"/kalender/{new_token()}.ics").status_code == 404
    assert program.get(f"/kalender/{new_token()}.ics").status_code == 429
    other = app.test_client()
    for _number in range(62):
        assert (
            other.get(
                f"/kalender/{token}.ics", environ_base={"REMOTE_ADDR": "10.0.0.9"}
            ).status_code
            == 200
        )
    assert token not in caplog.text
