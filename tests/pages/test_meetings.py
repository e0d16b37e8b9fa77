"""A meeting on both sides' pages: moved, cancelled, asked about, put in a calendar."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.queries import meetings_of
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.domain import helpers
from tests.domain.helpers import at

from ..factories import Make
from .browser import Browser, Page

MONDAY = at("2026-11-23 09:00")
FIRST = at("2026-11-25 10:00")
SECOND = at("2026-11-26 13:00")
SECRETS = ("rum 7", "exempel", "elevh", "kurator", "Person", "skol", "Hemligt")


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make: Make) -> School:
    return make.school(slug="norrskogen")


@pytest.fixture
def me(make: Make, school: School) -> Staff:
    return make.counsellor(school)


@pytest.fixture
def staff(app: Flask, me: Staff) -> Browser:
    browser = Browser(app.test_client())
    browser.arrives_as(me)
    return browser


@pytest.fixture
def pupil(app: Flask, me: Staff) -> Browser:
    """Has knocked and looks at the receipt."""
    browser = Browser(app.test_client())
    browser.get("/knacka?skola=norrskogen")
    browser.submit("/knacka", who="counsellor", way="app", text="Hemligt")
    return browser


def the_knock() -> Knock:
    db.session.rollback()
    return db.session.scalars(select(Knock)).one()


def propose(me: Staff, *starts: datetime, way: MeetingWay = MeetingWay.ROOM) -> Proposal:
    place = "rum 7" if way is MeetingWay.ROOM else None
    knock = the_knock()
    proposal = meetings.propose(me, knock, [Offer(start, 30, way, place) for start in starts])
    db.session.commit()
    return proposal


def agree(me: Staff, start: datetime = FIRST) -> str:
    proposal = propose(me, start)
    meetings.pick(the_knock(), proposal.id, proposal.slots[0].id)
    db.session.commit()
    return proposal.id


def looks(pupil: Browser) -> Page:
    return pupil.get(f"/mitt/{the_knock().id}")


def case(staff: Browser) -> Page:
    return staff.get(f"/personal/arende/{the_knock().id}")


# --- the pupil -----------------------------------------------------------------------------------


def test_the_pupil_cancels_and_both_sides_see_it_and_who_answers_by_when(pupil, staff, me):
    agree(me)
    page = looks(pupil)
    assert "Ja, avboka" in page.html
    page = pupil.submit("/mote/avboka", text="Jag är sjuk.")
    assert "Du har avbokat mötet onsdag 25 november kl. 10.00." in page.text
    assert "Du får svar av oss.senast tisdag 24 november kl. 09.00" in page.text
    assert "Jag är sjuk." in page.text
    assert "Mötet är avbokat · i dag 09.00" in page.text
    assert not page.has_form("/mote/avboka")
    page = case(staff)
    assert "avbokat av eleven i dag 09.00" in page.text
    assert "Jag är sjuk." in page.text
    assert "svar senast tisdag 24 november kl. 09.00" in page.text
    assert "Möte" not in staff.get("/personal/inkorg?flik=mina").text.replace("Mötes", "")


def test_staff_call_it_off_and_the_pupil_sees_it_and_waits_for_a_new_time(pupil, staff, me):
    agree(me)
    case(staff)
    page = staff.submit("/stall-in", text="Jag är sjuk.")
    assert "Mötet är inställt. Eleven får veta det." in page.text
    assert "inställt av oss i dag 09.00" in page.text
    page = looks(pupil)
    assert (
        "Mötet onsdag 25 november kl. 10.00 är inställt. Vi hör av oss om en ny tid." in page.text
    )
    assert "senast tisdag 24 november kl. 09.00" in page.text
    assert "Jag är sjuk." in page.text


def test_staff_propose_new_times_and_the_old_one_stands_until_one_is_picked(pupil, staff, me):
    agree(me)
    page = case(staff)
    assert "Flytta mötet: föreslå nya tider" in page.text
    assert "Mötet onsdag 25 november kl. 10.00 gäller tills eleven har valt en ny tid." in page.text
    new = propose(me, SECOND)
    page = looks(pupil)
    assert "Vi vill byta tid. Tiden här ovanför gäller tills du har valt en ny." in page.text
    assert "Välj om du vill flytta mötet." in pupil.get("/mitt").text
    looks(pupil)
    page = pupil.submit("/mote", slot=new.slots[0].id)
    assert "torsdag 26 november kl. 13.00" in page.text
    assert "onsdag 25 november kl. 10.00" not in page.text
    assert "flyttat" in case(staff).text


def test_the_pupil_asks_for_another_time_and_the_old_one_stands(pupil, staff, me):
    agree(me)
    looks(pupil)
    page = pupil.submit("/mote/annan-tid", text="Jag har prov då.")
    assert "Du har bett om en annan tid. Den här gäller tills ni har bestämt en ny." in page.text
    assert "onsdag 25 november kl. 10.00" in page.text
    assert "senast tisdag 24 november kl. 09.00" in page.text
    page = case(staff)
    assert "eleven vill ha en annan tid" in page.text
    assert "Jag har prov då." in page.text


@pytest.mark.parametrize("verb", ["avboka", "annan-tid"])
def test_what_was_written_about_a_meeting_that_is_no_more_stands_in_the_threads_form(
    pupil, me, verb
):
    agree(me)
    looks(pupil)
    meetings.call_off(me, the_knock(), meetings_of(the_knock()).agreed.id)
    db.session.commit()
    if verb == "avboka":  # it is called off already, and what was said is said
        page = pupil.submit(f"/mote/{verb}", text="Jag är sjuk.")
        assert [m.text for m in the_knock().messages][-1] == "Jag är sjuk."
        assert page.status == 200
        return
    page = pupil.submit(f"/mote/{verb}", text="Jag är sjuk.")
    assert page.status == 409
    assert "Mötet har ändrats. Titta en gång till." in page.text
    assert page.form("/skriv").data["text"] == ["Jag är sjuk."]


def test_a_text_about_a_meeting_that_is_too_long_is_given_back_in_its_form(pupil, me):
    agree(me)
    looks(pupil)
    page = pupil.submit("/mote/avboka", text="å" * 5001)
    assert page.status == 422
    assert page.form("/mote/avboka").data["text"] == ["å" * 5001]
    assert meetings_of(the_knock()).agreed


def test_what_is_written_about_a_meeting_waits_behind_the_digits_and_is_not_sent_alone(
    app, pupil, me
):
    agree(me)
    page = looks(pupil)
    pupil.submit("/siffror", pin="2580", again="2580")
    looks(pupil)
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        page = pupil.submit("/mote/avboka", text="Jag är sjuk.")
        assert "Det du skrev är kvar." in page.text
        page = pupil.submit("/las-upp", pin="2580")
        assert page.form("/skriv").data["text"] == ["Jag är sjuk."]
    assert len(the_knock().messages) == 1
    assert meetings_of(the_knock()).agreed


def test_times_that_have_been_can_be_answered_with_when_one_can(pupil, staff, me):
    propose(me, at("2026-11-23 09:10"))
    with clock.frozen(at("2026-11-23 09:15")):
        page = looks(pupil)
        assert "Tiderna vi föreslog har varit." in page.text
        assert not page.has_form("/mote")
        page = pupil.submit("/mote/ingen-passar", text="Onsdag.")
        assert "Du sa att ingen tid passar. Vi föreslår nya." in page.text
        assert "tiderna har varit utan svar" not in case(staff).text


def test_a_meeting_by_phone_asks_for_a_number_and_keeps_what_was_chosen(pupil, staff, me):
    phone = propose(me, FIRST, SECOND, way=MeetingWay.PHONE).slots[1].id
    page = looks(pupil)
    for number, fault in (("", "Skriv ditt nummer"), ("0701", "Titta på numret en gång till")):
        page = pupil.submit("/mote", slot=phone, phone=number)
        assert page.status == 422
        assert fault in page.text
        assert page.form("/mote").data["slot"] == [phone]
        assert page.form("/mote").data.get("phone", [""]) == [number]
    page = pupil.submit("/mote", slot=phone, phone="070 174 06 05")
    assert "Vi ringer 070-174 06 05." in page.text
    page = case(staff)
    assert page.link("Ring 070-174 06 05") == "tel:+46701740605"
    assert "Säg inte var du ringer ifrån" in page.text


def test_a_number_is_not_asked_for_twice_nor_for_another_way(app, pupil, me):
    knock = the_knock()
    offers = [Offer(FIRST, 30, MeetingWay.PHONE, None), Offer(SECOND, 30, MeetingWay.ROOM, "rum 7")]
    room = meetings.propose(me, knock, offers).slots[1].id
    db.session.commit()
    looks(pupil)
    assert "rum 7" in pupil.submit("/mote", slot=room, phone="inget nummer").text
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="counsellor", way="call", call_phone="0701740605")
    other = db.session.scalars(select(Knock).where(Knock.id != knock.id)).one()
    slot = (
        meetings.propose(
            me, other, [Offer(SECOND + timedelta(hours=1), 30, MeetingWay.PHONE, None)]
        )
        .slots[0]
        .id
    )
    db.session.commit()
    page = pupil.get(f"/mitt/{other.id}")
    assert "Väljer du telefon ringer vi 070-174 06 05." in page.text
    assert "phone" not in page.form("/mote").names
    assert "Vi ringer 070-174 06 05." in pupil.submit("/mote", slot=slot).text


def test_what_has_been_is_told_as_that(pupil, staff, me):
    agree(me)
    assert "Möte onsdag 25 november kl. 10.00 (inte än)" in looks(pupil).text
    inbox = "/personal/inkorg?flik=mina"
    assert "Möte onsdag 25 november kl. 10.00" in staff.get(inbox).text
    with clock.frozen(FIRST + timedelta(minutes=31)):
        db.session.rollback()
        token = the_knock().id
        staff.arrives_as(me)
        assert "Mötet onsdag 25 november kl. 10.00 har varit" in staff.get(inbox).text
        assert "har varit" in staff.get(f"/personal/arende/{token}").text


def test_a_closed_knock_says_that_the_meeting_is_not_to_be(pupil, staff, me):
    agree(me)
    answering.close(me, the_knock(), Outcome.TALKED, shown=the_knock().newest)
    db.session.commit()
    page = looks(pupil)
    assert "Mötet onsdag 25 november kl. 10.00 blir inte av." in page.text
    assert not page.has_form("/mote/avboka")
    assert "blev inte av: knackningen avslutades" in case(staff).text


# --- staff are asked -----------------------------------------------------------------------------


def slot(number: int, **values: str) -> dict[str, str]:
    return {f"tid{number}-{name}": value for name, value in values.items()}


def test_odd_times_are_asked_about_and_sent_when_that_is_what_one_wants(pupil, staff, me, make):
    agree(me)
    other = make.knock(make.school(), text="hej").knock
    me.assignments[0].school_id = other.school_id
    db.session.commit()
    staff.get(f"/personal/arende/{other.id}")
    fields = slot(1, date="2026-11-25", time="10:15", place="Rum 2") | slot(
        2, date="2026-11-28", time="06:30", way="phone"
    )
    page = staff.submit("/foresla-tider", fields)
    assert page.status == 422
    for line in (
        "onsdag 25 november kl. 10.15 krockar med ett möte som du har.",
        "lördag 28 november kl. 06.30 är före klockan 7.",
        "lördag 28 november kl. 06.30 är helg eller röd dag.",
    ):
        assert line in page.text
    form = page.form("/foresla-tider")
    assert {name: form.data[name] for name in fields} == {n: [v] for n, v in fields.items()}
    page = staff.submit("/foresla-tider")
    assert page.status == 422, "without a yes it is asked again"
    [yes] = [c.options[0] for c in page.form("/foresla-tider").controls if c.name == "yes_to"]
    page = staff.submit("/foresla-tider", slot(2, time="05:00"), yes_to=yes)
    assert page.status == 422, "the yes was to something else"
    [yes] = [c.options[0] for c in page.form("/foresla-tider").controls if c.name == "yes_to"]
    assert "Förslaget är skickat." in staff.submit("/foresla-tider", yes_to=yes).text


def test_two_pupils_who_picked_the_same_time_are_seen_on_both_pages(pupil, staff, me, make, school):
    agree(me)
    assert "krockar" not in case(staff).text
    first = the_knock()
    other = make.knock(school).knock
    theirs = helpers.propose(me, other, [Offer(FIRST, 30, MeetingWay.WALK, "grinden")])
    meetings.pick(other, theirs.id, theirs.slots[0].id)
    db.session.commit()
    for knock_id in (first.id, other.id):
        page = staff.get(f"/personal/arende/{knock_id}")
        assert "krockar med ett annat möte som du har" in page.text


def test_a_meeting_that_was_cancelled_meanwhile_is_not_called_off_and_the_text_is_kept(
    pupil, staff, me
):
    old = agree(me)
    case(staff)
    form = staff.page.form("/stall-in")
    assert form.data["proposal"] == [old]
    new = propose(me, SECOND)
    meetings.pick(the_knock(), new.id, new.slots[0].id)
    db.session.commit()
    page = staff.submit("/stall-in", text="Jag är sjuk.")
    assert page.status == 409
    assert "Mötet har ändrats. Titta en gång till." in page.text
    assert "Jag är sjuk." in page.html
    assert meetings_of(the_knock()).agreed


# --- in calendars --------------------------------------------------------------------------------


def calendar_of(browser: Browser, address: str):
    response = browser.send("GET", address)
    assert response.mimetype == "text/calendar"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == "attachment; filename=mote.ics"
    return response.text, Calendar.from_ical(response.text)


@pytest.mark.parametrize("side", ["pupil", "staff"])
def test_a_calendar_gets_a_time_and_nothing_else_and_is_moved_and_emptied(pupil, staff, me, side):
    browser = pupil if side == "pupil" else staff
    knock_id = the_knock().id
    address = (
        f"/mitt/{knock_id}/mote.ics"
        if side == "pupil"
        else (f"/personal/arende/{knock_id}/mote.ics")
    )
    assert browser.send("GET", address).status_code == 404
    agree(me)
    before = db.session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()))
    found = []
    for minute, step in enumerate(("agreed", "moved", "cancelled")):
        with clock.frozen(MONDAY + timedelta(minutes=minute)):
            if step == "moved":
                agree(me, SECOND)
            elif step == "cancelled":
                meetings.cancel(the_knock(), meetings_of(the_knock()).agreed.id)
                db.session.commit()
            text, file = calendar_of(browser, address)
        assert not [word for word in SECRETS if word.lower() in text.lower()]
        [event] = file.walk("VEVENT")
        found.append((file, event))
        assert str(event["summary"]) == "Möte"
        assert str(event["class"]) == "PRIVATE"
        assert not {"location", "description", "organizer", "url"} & set(map(str.lower, event))
    files, events = zip(*found, strict=True)
    assert len({str(event["uid"]) for event in events}) == 1
    sequences = [int(event["sequence"]) for event in events]
    assert sequences == sorted(set(sequences))
    assert [event["dtstart"].dt for event in events] == [FIRST, SECOND, SECOND]
    assert events[0]["dtend"].dt == FIRST + timedelta(minutes=30)
    assert [str(event["status"]) for event in events] == ["CONFIRMED"] * 2 + ["CANCELLED"]
    assert [str(file["method"]) for file in files] == ["PUBLISH"] * 2 + ["CANCEL"]
    assert before is not None


@pytest.mark.parametrize("moment", ["2026-11-25 10:00", "2027-03-24 10:00", "2027-03-30 10:00"])
def test_the_zone_in_the_file_is_that_of_swedish_clocks(pupil, me, moment):
    agree(me, at(moment))
    text, file = calendar_of(pupil, f"/mitt/{the_knock().id}/mote.ics")
    assert "DTSTART;TZID=Europe/Stockholm:" + at(moment).strftime("%Y%m%dT%H%M%S") in text
    [zone] = file.walk("VTIMEZONE")
    own, real = zone.to_tz(lookup_tzid=False), ZoneInfo(str(zone["tzid"]))
    hour = datetime(2026, 1, 1, tzinfo=UTC)
    while hour.year < 2029:
        assert hour.astimezone(own).utcoffset() == hour.astimezone(real).utcoffset(), hour
        hour += timedelta(hours=1 if hour.month in (3, 10) else 24)


def test_nobody_behind_the_other_wall_gets_the_time(app, make, school, pupil, me):
    agree(me)
    nurse = Browser(app.test_client())
    nurse.arrives_as(make.nurse(school))
    assert nurse.send("GET", f"/personal/arende/{the_knock().id}/mote.ics").status_code == 404
    other = Browser(app.test_client())
    assert other.send("GET", f"/mitt/{the_knock().id}/mote.ics").status_code == 404


def test_a_process_that_makes_no_calendar_never_loads_what_makes_them():
    code = (
        "import sys; from tests.conftest import settings_for; from elevhalsa import create_app;"
        "create_app(settings_for('sqlite:////nowhere/x.db')); print('icalendar' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
