"""Before a break: the door moves from the school's iPad to a phone of the pupil's own."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from elevhalsa.domain.knocks import handoff
from elevhalsa.domain.knocks.models import Handoff
from elevhalsa.extensions import db

from .conftest import Device
from .person import Person
from .site import Site
from .steps import knocks_in_the_app, signs_in

SERVICE_WORKERS = "block"


def shows_a_code(old: Person) -> str:
    old.unfolds("Byta mobil, eller lägga på hemskärmen")
    old.follows("Flytta till en annan mobil")
    old.presses("Visa koden")
    old.sees(re.compile(r"Koden gäller till kl\. \d\d\.\d\d\."))
    return old.page.locator(".code").inner_text().strip()


def address_in_the_picture(site: Site) -> str:
    """What a camera reads."""
    db.session.rollback()
    row = db.session.query(Handoff).one()
    return f"{site.url}/flytta/hit#{handoff.secrets_of(row).token}"


def test_the_code_is_typed_on_the_phone_and_the_ipad_forgets(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    ipad, phone = device(js=js, width=820, height=1100), device(js=js)
    knocks_in_the_app(ipad, text="Jag sover dåligt.")
    code = shows_a_code(ipad)
    picture = ipad.page.locator("img.qr")
    assert picture.evaluate("img => img.complete && img.naturalWidth > 0")

    phone.opens("/mitt")
    phone.follows("Hämta från en annan mobil")
    phone.types("Koden på den andra mobilen", "sol 1234 sol")
    phone.presses("Hämta hit")
    phone.sees("Koden stämmer inte, eller så är den för gammal. Prova igen.")
    phone.types("Koden på den andra mobilen", code.upper())
    phone.presses("Hämta hit")
    assert phone.heading == "Nu är dina svar här."
    phone.sees("Är det här din egen mobil?")
    phone.presses("Ja, minns mig här")
    phone.sees("Den här mobilen minns dig.")
    phone.follows("Visa mina svar")
    phone.follows(re.compile("^Du knackade på i dag"))
    phone.sees("Jag sover dåligt.")

    if js:
        expect(ipad.page.get_by_text("Den här mobilen har glömt dem.")).to_be_visible()
        expect(ipad.page.locator("#nytt")).to_have_text("Klart! Dina svar är flyttade.")
        ipad.looks()
    else:
        ipad.follows("Se om det är klart")
        ipad.sees("Den här mobilen har glömt dem.")
    expect(ipad.page.locator(".code")).to_have_count(0)
    ipad.follows("Till mina svar")
    ipad.sees(re.compile("^Den här mobilen minns inget"))


def test_the_picture_is_read_by_the_phone_and_the_ipad_keeps_them(
    site: Site, device: Device
) -> None:
    site.make.counsellor(site.school)
    ipad, phone = device(width=820, height=1100), device()
    knocks_in_the_app(ipad, text="Jag sover dåligt.")
    ipad.unfolds("Byta mobil, eller lägga på hemskärmen")
    ipad.follows("Flytta till en annan mobil")
    ipad.page.get_by_text("Glöm mina svar här sedan").click()
    ipad.presses("Visa koden")
    address = address_in_the_picture(site)
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))

    phone.opens(address)
    phone.sees("Koden är läst. Tryck på knappen, så kommer dina svar hit.")
    expect(phone.page.get_by_role("textbox")).to_have_count(0)
    assert phone.page.url == f"{site.url}/flytta/hit", "the token is out of the address at once"
    phone.presses("Hämta hit")
    assert phone.heading == "Nu är dina svar här."
    secret = urlsplit(address).fragment
    assert asked and not [one for one in asked if secret in one], "no address, no Referer"

    ipad.sees("Klart! Dina svar är flyttade.")
    ipad.sees("De finns kvar här också.")


def test_without_scripts_the_picture_leads_to_where_the_code_is_typed(
    site: Site, device: Device
) -> None:
    site.make.counsellor(site.school)
    ipad, phone = device(js=False), device(js=False)
    knocks_in_the_app(ipad)
    code = shows_a_code(ipad)
    phone.opens(address_in_the_picture(site))
    phone.types("Koden på den andra mobilen", code)
    phone.presses("Hämta hit")
    assert phone.heading == "Nu är dina svar här."


def test_a_picture_read_by_two_phones_brings_it_to_the_first(site: Site, device: Device) -> None:
    site.make.counsellor(site.school)
    ipad, first, second = device(), device(), device()
    knocks_in_the_app(ipad)
    shows_a_code(ipad)
    address = address_in_the_picture(site)
    first.opens(address)
    second.opens(address)
    first.presses("Hämta hit")
    assert first.heading == "Nu är dina svar här."
    second.presses("Hämta hit")
    second.sees("Koden stämmer inte, eller så är den för gammal. Prova igen.")
    expect(second.page.get_by_role("textbox")).to_have_value("")


def test_the_pages_are_as_good_in_the_dark(site: Site, device: Device) -> None:
    site.make.counsellor(site.school)
    ipad, phone = device(scheme="dark"), device(scheme="dark")
    knocks_in_the_app(ipad)
    code = shows_a_code(ipad)
    phone.opens("/flytta")
    phone.follows("Hämta hit")
    phone.types("Koden på den andra mobilen", code)
    phone.presses("Hämta hit")
    phone.presses("Ja, minns mig här")


def test_the_coordinator_prints_a_poster_of_one_page_and_cards_of_one_page(
    site: Site, device: Device
) -> None:
    site.make.nurse(site.school)
    site.make.counsellor(site.school)
    for width in (1280, 360):
        coordinator = device(width=width, height=800)
        signs_in(coordinator, site, site.make.coordinator())
        coordinator.follows("Genvägar och affischer till skolorna")
        for link in ("Affisch, A4", "Kort, fyra på A4"):
            coordinator.follows(re.compile(link))
            coordinator.sees(re.compile(r"127\.0\.0\.1:\d+/s/norrskogen"))
            paper = coordinator.page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
            assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", paper), "A4"
            _fits_on_paper(coordinator)
            coordinator.follows("Tillbaka till genvägarna")


def _fits_on_paper(person: Person) -> None:
    """Nothing is cut off at the sheet's or a card's edge when printed."""
    page = person.page
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 pixels an inch
    page.emulate_media(media="print")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".sheet, .a6, .band, .urgent")]
          .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
          .map((e) => `${e.className} ${e.scrollHeight} > ${e.clientHeight}`)"""
    )
    assert not cut, cut
    assert not page.locator(".tools").is_visible()
    page.emulate_media(media="null")
    page.set_viewport_size(size)
