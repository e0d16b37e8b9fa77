"""A nurse makes a key with the browser's own authenticator, signs in and confirms with it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from elevhalsa.core import clock
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Passkey, Staff, StaffSession
from elevhalsa.extensions import db

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import signs_in

SERVICE_WORKERS = "block"
WHY = "Eleven mår sämre och behöver mer hjälp."


@pytest.fixture
def site(sqlite_url: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """At a host that has a name; with letters, so that an address can be typed, if so asked."""
    mail = {"mail_url": "smtp://127.0.0.1:1", "mail_from": "dorr@exempel.invalid"}
    with served(sqlite_url, **(mail if hasattr(request, "param") else {})) as site:
        site.url = site.url.replace("127.0.0.1", "localhost")
        yield site


@pytest.fixture
def nurse(site: Site) -> Staff:
    with site.meanwhile():
        staff = site.make.nurse(site.school)
        db.session.get_one(Staff, staff.id).key_offered = False
    return staff


def with_a_key_in_it(person: Person) -> tuple[CDPSession, str]:
    """Give the browser an authenticator; it answers whenever a page asks."""
    tools = person.context.new_cdp_session(person.page)
    tools.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools, made["authenticatorId"]


def makes_a_key(person: Person, site: Site, nurse: Staff) -> None:
    signs_in(person, site, nurse)
    assert person.heading == "Gör en nyckel"
    person.types("Vad ska den heta?", "Min mobil")
    person.presses("Gör nyckeln")
    person.sees("Nyckeln är klar. Nu loggar du in med den.")


def test_a_key_is_made_after_the_link_and_opens_everything_from_then_on(
    site: Site, device: Device, nurse: Staff
) -> None:
    person = device()
    tools, authenticator = with_a_key_in_it(person)
    makes_a_key(person, site, nurse)
    person.opens("/personal/inloggningar/nyckel")
    person.presses("Gör nyckeln")
    person.sees("Skriv vad nyckeln ska heta.")
    person.types("Vad ska den heta?", "Min andra")
    person.page.get_by_role("button", name="Gör nyckeln").click()
    person.sees("Den här enheten har redan en nyckel hos oss.")
    person.presses("Logga ut")

    # Nobody was checked: the browser's question is not answered.
    quiet: dict[str, Any] = {"authenticatorId": authenticator, "isUserVerified": False}
    tools.send("WebAuthn.setUserVerified", quiet)
    person.page.get_by_role("button", name="Logga in med nyckel").click()
    person.sees("Det blev inget den här gången. Försök en gång till.")
    tools.send("WebAuthn.setUserVerified", quiet | {"isUserVerified": True})
    person.presses("Logga in med nyckel")
    assert person.heading == "Inkorg"
    person.presses("Logga ut")

    person.opens(site.link_for(nurse))
    assert person.heading == "Bekräfta med din nyckel"
    person.presses("Logga in med nyckel")
    assert person.heading == "Inkorg"
    _crosses_a_wall(site, person, nurse)


def _crosses_a_wall(site: Site, person: Person, nurse: Staff) -> None:
    site.make.counsellor(site.school)
    knock = site.make.knock(site.school, wanted=nurse.profession).knock
    with site.meanwhile():
        answering.take(db.session.get_one(Staff, nurse.id), db.session.get_one(Knock, knock.id))
        db.session.execute(db.update(StaffSession).values(confirmed_at=None))
    person.opens(f"/personal/arende/{knock.id}")
    folded = person.unfolds("Flytta över sekretessgränsen")
    folded.get_by_role("textbox").fill(WHY)
    folded.get_by_role("button").click()
    expect(person.page.locator("h1")).to_have_text("Bekräfta att det är du")
    person.looks()
    person.sees("Allt du skrev är kvar.")
    expect(person.page.get_by_role("button", name="Fortsätt")).to_be_hidden()
    person.page.get_by_role("button", name="Bekräfta med nyckel").click()
    person.sees("Bekräftat.")
    onward = person.page.get_by_role("button", name="Fortsätt")
    expect(onward).to_be_focused()
    person.looks()
    person.presses("Fortsätt")
    with site.meanwhile():
        assert db.session.get_one(Knock, knock.id).wall != nurse.wall
        [key] = db.session.scalars(db.select(Passkey))
        assert key.last_used_at
        assert key.sign_count > 0


@pytest.mark.parametrize("site", ["with letters"], indirect=True)
def test_the_browser_offers_the_key_where_the_address_would_be_typed(
    site: Site, phone: Person, nurse: Staff
) -> None:
    """This one takes what is offered."""
    with_a_key_in_it(phone)
    makes_a_key(phone, site, nurse)
    with site.meanwhile():
        db.session.execute(db.update(StaffSession).values(revoked_at=clock.now()))
    phone.page.goto(f"{site.url}/logga-in/")
    phone.page.wait_for_url("**/personal/inkorg")


def test_without_javascript_the_page_says_that_a_key_needs_it_and_the_link_still_works(
    site: Site, phone_without_js: Person, nurse: Staff
) -> None:
    said = "En nyckel behöver JavaScript, som är avstängt här."
    phone_without_js.opens("/logga-in/")
    assert said in phone_without_js.page.content()
    signs_in(phone_without_js, site, nurse)
    assert said in phone_without_js.page.content()
    phone_without_js.follows("Inte nu")
    assert phone_without_js.heading == "Inkorg"
