"""A desk that somebody has left in the middle of a sentence: the page covers itself, and the
sentence waits behind the sign-in."""

from datetime import timedelta

from playwright.sync_api import expect

from elevhalsa.core import clock
from elevhalsa.domain.people.models import StaffSession
from elevhalsa.extensions import db

from .conftest import Device
from .person import Person
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"
TEXT = "Hej, jag såg att du knackade. Ska vi ses på"


def an_hour_passes(site: Site) -> None:
    with site.meanwhile():
        for session in db.session.scalars(db.select(StaffSession)):
            session.last_seen_at = clock.now() - timedelta(minutes=61)


def looks_again(person: Person) -> None:
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def begins_to_write(site: Site, person: Person) -> str:
    me = site.make.counsellor(site.school)
    knock = site.make.knock(site.school, text="Jag sover dåligt.").knock
    signs_in(person, site, me)
    person.opens(f"/personal/arende/{knock.id}")
    person.types("Svar", TEXT)
    return site.link_for(me)


def test_the_page_covers_itself_and_the_text_waits(site: Site, device: Device) -> None:
    person = device(width=360)
    link = begins_to_write(site, person)
    case = person.path
    an_hour_passes(site)
    looks_again(person)
    expect(person.page.locator("h1")).to_have_text("Du är utloggad")
    expect(person.page.get_by_text("Det du skrev är sparat.")).to_be_visible()
    assert person.path == case  # nobody was sent anywhere
    assert TEXT not in person.page.content()
    person.does_not_see("Jag sover dåligt.")
    person.looks()
    person.follows("Logga in")
    person.sees("Din text väntar.")
    person.opens(link)
    person.presses("Logga in här")
    assert person.path == case
    expect(person.page.get_by_role("textbox", name="Svar", exact=True)).to_have_value(TEXT)
    person.presses("Ta emot och skicka svar")
    person.sees(TEXT)
    person.does_not_see("Du har text här som inte är skickad.")


def test_without_javascript_the_press_of_the_button_keeps_it(site: Site, device: Device) -> None:
    person = device(js=False, width=360)
    link = begins_to_write(site, person)
    case = person.path
    an_hour_passes(site)
    person.presses("Ta emot och skicka svar")
    person.sees("Din text väntar.")
    person.opens(link)
    person.presses("Logga in här")
    assert person.path == case
    expect(person.page.get_by_role("textbox", name="Svar", exact=True)).to_have_value(TEXT)


def test_a_text_that_cannot_be_put_aside_is_held_until_it_can(site: Site, device: Device) -> None:
    person = device(width=360)
    person.page.clock.install()
    begins_to_write(site, person)
    person.page.route("**/personal/utkast", lambda route: route.abort())
    person.was_out_of_reach = True
    an_hour_passes(site)
    looks_again(person)
    expect(person.page.get_by_text("Det du skrev är inte sparat än.")).to_be_visible()
    assert TEXT not in person.page.content()
    person.page.unroute("**/personal/utkast")
    person.page.clock.fast_forward("00:30")
    expect(person.page.get_by_text("Det du skrev är sparat.")).to_be_visible()
    person.faults.clear()  # the browser notes what was out of reach


def test_what_is_typed_keeps_the_session(site: Site, device: Device) -> None:
    person = device(width=1280)
    begins_to_write(site, person)
    with site.meanwhile():
        session = db.session.scalars(db.select(StaffSession)).one()
        session.last_seen_at = clock.now() - timedelta(minutes=59)
    with person.page.expect_response("**/personal/utkast") as saved:
        person.page.get_by_role("textbox", name="Svar", exact=True).press_sequentially(" fredag")
    assert saved.value.status == 204
    with site.meanwhile():
        session = db.session.scalars(db.select(StaffSession)).one()
        assert clock.now() - session.last_seen_at < timedelta(minutes=1)
