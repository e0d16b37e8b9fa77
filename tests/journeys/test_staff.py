"""Staff among themselves: two who reach for the same, the walls, a long inbox, signing out."""

import re

from playwright.sync_api import expect

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db

from .conftest import Device
from .site import Site
from .steps import code_on, knocks_in_the_app, signs_in

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


def test_on_a_phone_the_first_knock_is_on_the_first_screen(
    site: Site, device: Device, js: bool
) -> None:
    """Of one who serves several schools, which takes most room."""
    me = site.make.counsellor(site.school, site.make.school(), site.make.school())
    site.make.knock(site.school)
    phone = device(js=js, width=360, height=740)
    signs_in(phone, site, me)
    place = phone.page.locator(".knock .title").first.bounding_box()
    assert place
    assert place["y"] + place["height"] <= 740
    place = phone.page.locator(".knock .pill").first.bounding_box()
    assert place
    assert place["y"] + place["height"] <= 740


# --- no cry is swallowed -------------------------------------------------------------------------


def test_nothing_is_closed_over_an_unseen_text_and_who_writes_again_opens_it(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    pupil, staff = device(js=js), device(js=js)
    knocks_in_the_app(pupil, text="Jag sover dåligt.")
    signs_in(staff, site, me)
    staff.presses("Ta emot")
    folded = staff.unfolds("Avsluta")
    staff.chooses("Behovet fanns inte längre", within=folded)
    pupil.types("Vill du skriva något mer?", "Nej, vänta!")
    pupil.presses("Skicka")
    staff.presses("Avsluta knackningen")
    staff.sees("Eleven har skrivit något nytt. Läs det först.")
    staff.sees("Nej, vänta!")
    assert site.knocks()[0].state is State.TAKEN
    expect(staff.page.get_by_role("radio", name="Behovet fanns inte längre")).to_be_checked()
    staff.presses("Avsluta knackningen")
    assert site.knocks()[0].state is State.CLOSED
    pupil.reloads()
    pupil.sees("Vi är klara med det här.")
    pupil.types("Vill du skriva något mer?", "Det kom tillbaka.")
    pupil.presses("Skicka")
    pupil.sees("Du skrev igen, så vi öppnade den")
    staff.follows("Mina")
    staff.follows(re.compile("Svara"))
    staff.sees("Det kom tillbaka.")
    assert site.knocks()[0].taken_by_id == me.id


def test_a_closing_and_a_hand_over_are_undone(site: Site, device: Device, js: bool) -> None:
    me, colleague = site.make.counsellor(site.school), site.make.counsellor(site.school)
    knock = site.make.knock(site.school).knock
    staff = device(js=js)
    signs_in(staff, site, me)
    staff.presses("Ta emot")
    folded = staff.unfolds("Avsluta")
    staff.chooses("Möte hölls", within=folded)
    staff.presses("Avsluta knackningen")
    staff.sees("Du avslutade en knackning.")
    staff.presses("Ångra")
    staff.sees("Ångrat. Allt är som det var.")
    assert staff.path == f"/personal/arende/{knock.id}"
    staff.unfolds("Lämna över till en kollega")
    choice = staff.page.get_by_label("Kollega", exact=True)
    assert choice.input_value() == "", "nobody is chosen beforehand"
    choice.select_option(colleague.id)
    staff.types("Något kollegan behöver veta", "Ring efter tre.")
    staff.presses("Lämna över")
    assert site.knocks()[0].taken_by_id == colleague.id
    staff.presses("Ångra")
    staff.sees("Ångrat. Allt är som det var.")
    assert site.knocks()[0].taken_by_id == me.id


def test_a_colleagues_knock_is_taken_over_with_a_reason_when_the_colleague_is_away(
    site: Site, device: Device, js: bool
) -> None:
    me, colleague = site.make.counsellor(site.school), site.make.counsellor(site.school)
    knock = site.make.knock(site.school, text="Jag sover dåligt.").knock
    with site.meanwhile():
        answering.take(colleague, knock)
        today = clock.today()
        db.session.add(Absence(staff_id=colleague.id, starts_on=today, ends_on=today))
    staff = device(js=js)
    signs_in(staff, site, me)
    staff.follows("Andras")
    staff.follows("Öppna")
    staff.sees("Jag sover dåligt.")
    staff.chooses("Kollegan är borta")
    staff.presses("Ta över")
    staff.sees(re.compile(f"^{me.name} tog över från {colleague.name}"))
    assert site.knocks()[0].taken_by_id == me.id


def test_a_knock_at_the_wrong_school_is_moved_and_one_who_knows_the_pupil_steps_aside(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    other = site.make.school(name="Rätta skolan")
    there, also = site.make.counsellor(other), site.make.counsellor(other)
    pupil, staff, elsewhere = device(js=js), device(js=js), device(js=js)
    knocks_in_the_app(pupil, text="Jag sover dåligt.")
    promised = pupil.page.locator(".clock strong").inner_text()
    signs_in(staff, site, me)
    staff.follows(re.compile("Kurator · I appen"))
    case = staff.path
    staff.unfolds("Flytta till en annan skola")
    staff.page.get_by_label("Skola", exact=True).select_option(other.id)
    staff.presses("Flytta till skolan")
    staff.sees("Knackningen är flyttad till Rätta skolan. Tiden är densamma.")
    expect(staff.page.locator(".knock")).to_have_count(0)
    staff.opens(case)
    assert staff.heading == "Vi hittar inte sidan"
    pupil.reloads()
    pupil.sees(re.compile("^Flyttad till Rätta skolan"))
    pupil.sees("Kuratorn på Rätta skolan hör av sig")
    assert pupil.page.locator(".clock strong").inner_text() == promised
    signs_in(elsewhere, site, there)
    elsewhere.presses("Ta emot")
    elsewhere.sees(re.compile(f"^{me.name} flyttade hit knackningen från Norrskogens"))
    elsewhere.unfolds("Jag känner eleven")
    elsewhere.presses("Låt någon annan ta den")
    expect(elsewhere.page.locator(".knock")).to_have_count(0)
    elsewhere.opens(case)
    assert elsewhere.heading == "Vi hittar inte sidan"
    pupil.reloads()
    pupil.sees(re.compile("^En annan av oss tar över"))
    with site.meanwhile():
        answering.take(also, site.knocks()[0])


def test_the_pupil_moves_the_knock_to_the_right_school(
    site: Site, device: Device, js: bool
) -> None:
    other = site.make.school(name="Rätta skolan")
    site.make.counsellor(site.school), site.make.counsellor(other)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    code = code_on(pupil)
    pupil.follows("Jag går på en annan skola")
    pupil.page.get_by_label("Vilken skola går du på?").select_option(other.id)
    pupil.presses("Flytta min knackning")
    pupil.sees("Kuratorn på Rätta skolan hör av sig")
    assert code_on(pupil) == code
    assert site.knocks()[0].school_id == other.id
