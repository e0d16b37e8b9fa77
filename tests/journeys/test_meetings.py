"""A meeting as both sides live it: by phone, moved, cancelled, asked about. With scripts and
without, at 360 pixels; axe looks at each page."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from elevhalsa.core import clock
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from tests.domain.helpers import propose

from .conftest import Device
from .person import Person
from .site import Site
from .steps import knocks_in_the_app, next_day_at, signs_in

SERVICE_WORKERS = "block"


def _fills(staff: Person, number: int, day: str, time: str, *, way: str = "Telefon") -> None:
    form = staff.page.locator("#form-propose")
    form.locator(f"#tid{number}-date").fill(day)
    form.locator(f"#tid{number}-time").fill(time)
    form.locator(f"#tid{number}-way").select_option(label=way)
    if way != "Telefon":
        form.locator(f"#tid{number}-place").fill("Rum 2")


def _opens_the_case(staff: Person, site: Site) -> None:
    (knock,) = site.knocks()
    staff.opens(f"/personal/arende/{knock.id}")


def test_a_meeting_by_phone_is_agreed_moved_and_cancelled(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    pupil, staff = device(js=js), device(js=js)
    knocks_in_the_app(pupil)
    signs_in(staff, site, me)
    _staff_are_asked_about_what_is_odd(site, staff)
    _the_pupil_is_asked_for_a_number(pupil)
    _opens_the_case(staff, site)
    staff.sees("Ring 070-174 06 05")
    _the_pupil_asks_for_another_time(pupil)
    _staff_move_it(site, staff)
    _the_pupil_takes_the_new_time(pupil)
    cancelling = pupil.unfolds("Avboka mötet")
    pupil.presses("Ja, avboka", within=cancelling)
    pupil.sees(re.compile("Du har avbokat mötet"))
    pupil.sees("Du får svar av oss.")
    _opens_the_case(staff, site)
    staff.sees(re.compile("avbokat av eleven"))


def _staff_are_asked_about_what_is_odd(site: Site, staff: Person) -> None:
    _opens_the_case(staff, site)
    staff.unfolds("Föreslå tider att ses")
    day, time = next_day_at(10)
    _fills(staff, 1, day, time)
    _fills(staff, 2, day, "10:15", way="Promenad")
    staff.presses("Ta emot och skicka förslaget")
    staff.sees(re.compile("krockar med en annan tid i förslaget"))
    staff.page.locator("label[for='yes_to']").click()
    staff.presses("Ta emot och skicka förslaget")
    staff.sees("Förslaget är skickat.")


def _the_pupil_is_asked_for_a_number(pupil: Person) -> None:
    pupil.reloads()
    pupil.chooses(re.compile(r"kl\. 10\.00"))
    pupil.presses("Svara")
    assert pupil.page.title().startswith("Fel:")
    expect(pupil.page.locator("#mote input[type=radio]").first).to_be_checked()
    pupil.types("Ditt nummer, om du väljer telefon", "070-174 06 05")
    pupil.presses("Svara")
    pupil.sees("Vi ringer 070-174 06 05.")


def _the_pupil_asks_for_another_time(pupil: Person) -> None:
    asking = pupil.unfolds("Jag behöver en annan tid")
    asking.get_by_role("textbox").fill("Jag har prov då.")
    pupil.presses("Be om en annan tid", within=asking)
    pupil.sees(re.compile("Du har bett om en annan tid"))


def _staff_move_it(site: Site, staff: Person) -> None:
    _opens_the_case(staff, site)
    staff.sees("eleven vill ha en annan tid")
    staff.sees("Jag har prov då.")
    staff.unfolds("Flytta mötet: föreslå nya tider")
    day, time = next_day_at(13)
    _fills(staff, 1, day, time)
    staff.presses("Skicka förslaget")


def _the_pupil_takes_the_new_time(pupil: Person) -> None:
    pupil.reloads()
    pupil.sees(re.compile("Tiden här ovanför gäller"))
    pupil.chooses(re.compile(r"kl\. 13\.00"))
    pupil.presses("Svara")
    expect(pupil.page.locator("#mote")).to_contain_text("kl. 13.00")
    expect(pupil.page.locator("#mote")).not_to_contain_text("kl. 10.00")


def test_staff_call_off_a_meeting_and_none_of_the_new_times_fits(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    pupil, staff = device(js=js), device(js=js, scheme="dark")
    knocks_in_the_app(pupil)
    start = clock.now() + timedelta(days=3)
    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, [Offer(start, 30, MeetingWay.WALK, "grinden")])
    pupil.reloads()
    pupil.page.locator("#mote .choice label").first.click()
    pupil.presses("Svara")
    expect(pupil.page.get_by_role("link", name="Lägg i min kalender")).to_be_visible()

    signs_in(staff, site, me)
    staff.opens("/personal/inkorg?flik=mina")
    staff.sees(re.compile("^Möte "))
    _opens_the_case(staff, site)
    calling_off = staff.unfolds("Ställ in mötet")
    calling_off.get_by_role("textbox").fill("Jag är sjuk. Vi hörs.")
    staff.presses("Ja, ställ in mötet", within=calling_off)
    staff.sees("Mötet är inställt. Eleven får veta det.")
    pupil.reloads()
    pupil.sees(re.compile("är inställt"))
    pupil.sees("Jag är sjuk. Vi hörs.")
    expect(pupil.page.get_by_role("link", name="Ta bort ur min kalender")).to_be_visible()

    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, [Offer(start, 30, MeetingWay.WALK, "grinden")])
    pupil.reloads()
    declining = pupil.unfolds("Ingen passar")
    declining.get_by_role("textbox").fill("Onsdag efter lunch.")
    pupil.presses("Säg att ingen passar", within=declining)
    pupil.sees("Onsdag efter lunch.")
    pupil.sees("Du får svar av oss.")


def test_what_one_types_about_a_meeting_is_not_taken_away_when_the_meeting_is(
    site: Site, device: Device
) -> None:
    me = site.make.counsellor(site.school)
    pupil = device()
    pupil.page.clock.install()
    knocks_in_the_app(pupil)
    start = clock.now() + timedelta(days=3)
    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, [Offer(start, 30, MeetingWay.WALK, "grinden")])
    pupil.reloads()
    declining = pupil.unfolds("Ingen passar")
    declining.get_by_role("textbox").fill("Onsdag efter lunch.")
    pupil.page.evaluate("document.activeElement.blur()")
    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, [Offer(start, 45, MeetingWay.WALK, "porten")])
    with pupil.page.expect_response(lambda r: "hx-request" in r.request.headers):
        pupil.page.clock.run_for(16_000)
    pupil.page.wait_for_timeout(300)
    expect(declining.get_by_role("textbox")).to_have_value("Onsdag efter lunch.")
    pupil.presses("Säg att ingen passar", within=declining)
    pupil.sees("Förslaget har ändrats. Titta en gång till.")
    expect(pupil.page.locator("#skriv textarea")).to_have_value("Onsdag efter lunch.")
