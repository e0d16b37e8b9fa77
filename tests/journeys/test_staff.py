"""Staff among themselves: two who reach for the same, the walls, a long inbox, signing out."""

import re

from playwright.sync_api import expect

from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"


def test_of_two_who_take_the_same_the_later_is_told_who_has_it(
    site: Site, device: Device, js: bool
) -> None:
    first, second = site.make.counsellor(site.school), site.make.counsellor(site.school)
    site.make.knock(site.school)
    one = device(js=js, width=1280, height=800)
    other = device(js=js, width=1280, height=800)
    signs_in(one, site, first)
    signs_in(other, site, second)
    one.presses("Ta emot")
    other.presses("Ta emot")
    other.sees(re.compile(rf"^{first.name} tog emot knackningen kl\. \d\d\.\d\d\.$"))
    assert site.knocks()[0].taken_by_id == first.id


def test_a_text_that_could_not_be_sent_is_still_there(site: Site, device: Device, js: bool) -> None:
    first, second = site.make.counsellor(site.school), site.make.counsellor(site.school)
    knock = site.make.knock(site.school).knock
    late = device(js=js, width=1280, height=800)
    signs_in(late, site, second)
    late.opens(f"/personal/arende/{knock.id}")
    with site.meanwhile():
        answering.answer(first, knock, "Hej!", form_id=new_id())
    late.types("Svar", "Hej, jag såg att du knackade.")
    late.presses("Ta emot och skicka svar")
    late.sees("Din text skickades inte.")
    late.sees("Hej, jag såg att du knackade.")


def test_a_nurse_does_not_find_what_was_said_to_a_counsellor(
    site: Site, device: Device, js: bool
) -> None:
    nurse = site.make.nurse(site.school)
    site.make.counsellor(site.school)
    knock = site.make.knock(site.school, text="Jag sover dåligt.").knock
    desk = device(js=js, width=1280, height=800)
    signs_in(desk, site, nurse)
    expect(desk.page.locator(".knock")).to_have_count(0)
    response = desk.page.goto(f"{site.url}/personal/arende/{knock.id}")
    assert response and response.status == 404
    desk.looks()
    assert desk.heading == "Vi hittar inte sidan"
    desk.does_not_see("Jag sover dåligt.")


def test_a_knock_that_crosses_the_wall_leaves_the_screen_of_who_had_it(
    site: Site, device: Device, js: bool
) -> None:
    counsellor, nurse = site.make.counsellor(site.school), site.make.nurse(site.school)
    site.make.knock(site.school, text="Jag sover dåligt.")
    one = device(js=js, width=1280, height=800)
    other = device(js=js, width=1280, height=800)
    signs_in(one, site, counsellor)
    one.presses("Ta emot")
    case = one.path
    form = one.unfolds("Flytta över sekretessgränsen")
    one.presses("Flytta knackningen", within=form)
    one.sees(re.compile("Skriv skälet med minst"))
    one.page.get_by_label("Eleven samtycker").check()
    one.presses("Flytta knackningen")
    expect(one.page.locator(".knock")).to_have_count(0)
    one.opens(case)
    assert one.heading == "Vi hittar inte sidan"
    signs_in(other, site, nurse)
    other.presses("Ta emot")
    other.sees("Jag sover dåligt.")


def test_a_long_inbox_is_turned_page_by_page(site: Site, device: Device, js: bool) -> None:
    me = site.make.counsellor(site.school)
    ids = {site.make.knock(site.school).knock.id for _number in range(30)}
    desk = device(js=js, width=1280, height=800)
    signs_in(desk, site, me)
    links = desk.page.locator(".knock .title")
    seen = {link.get_attribute("href") for link in links.all()}
    assert len(seen) == 25
    desk.follows("Visa fler")
    seen |= {link.get_attribute("href") for link in links.all()}
    assert seen == {f"/personal/arende/{knock_id}" for knock_id in ids}
    desk.follows("Till början")
    expect(links).to_have_count(25)


def test_signing_out_in_one_tab_signs_out_in_the_other(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    knock = site.make.knock(site.school).knock
    desk = device(js=js, width=1280, height=800)
    signs_in(desk, site, me)
    tab = desk.another_tab()
    tab.opens(f"/personal/arende/{knock.id}")
    desk.presses("Logga ut")
    assert desk.heading == "Logga in"
    if js:
        tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(tab.page.locator("h1")).to_have_text("Logga in")
        tab.looks()
        tab.does_not_see(re.compile("^Knackning"))
    else:
        tab.presses("Ta emot")
        assert tab.heading == "Logga in"
    tab.opens("/personal/inkorg")
    assert tab.heading == "Logga in"
    assert site.knocks()[0].taken_by_id is None


def test_a_link_that_was_used_does_not_sign_in_again(site: Site, device: Device, js: bool) -> None:
    me = site.make.counsellor(site.school)
    desk, other = device(js=js, width=1280, height=800), device(js=js, width=1280, height=800)
    address = site.link_for(me)
    desk.opens(address)
    desk.presses("Logga in här")
    assert desk.heading == "Inkorg"
    other.opens(address)
    assert other.heading == "Länken gäller inte längre"


def test_a_session_is_ended_from_elsewhere(site: Site, device: Device, js: bool) -> None:
    me = site.make.counsellor(site.school)
    desk, forgotten = device(js=js, width=1280, height=800), device(js=js)
    signs_in(forgotten, site, me)
    signs_in(desk, site, me)
    desk.follows("Inloggningar")
    desk.presses("Avsluta alla andra")
    desk.sees("Inloggningen är avslutad.")
    forgotten.reloads()
    assert forgotten.heading == "Logga in"
    desk.follows("Inkorg")
    assert desk.heading == "Inkorg"
