"""BankID in a real browser, against the simulator and its app: on the same device, on another, in
an app on the home screen; who leaves, who has two tabs, who logs out and goes back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from elevhalsa.core import labels, qr
from elevhalsa.domain.identity.rules import ERRORS, FAILURES
from elevhalsa.domain.identity.words import Told
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests import bankid
from tests.bankid import TEEN, confirms
from tools.bankid.orders import qr_text
from tools.bankid.server import Running

from .conftest import Device
from .person import Person
from .site import Site, served

SERVICE_WORKERS = "block"
CONFIRM = re.compile("/logga-in/klart")


@pytest.fixture
def site(sqlite_url: str, bank: Running) -> Iterator[Site]:
    with served(sqlite_url, **bankid.settings(bank)) as site:
        site.make.counsellor(site.school)
        yield site


def begins(pupil: Person, where: str) -> None:
    pupil.opens("/s/norrskogen")
    pupil.follows("Knacka på med BankID")
    pupil.presses(f"BankID på {where}")


def goes_on(pupil: Person) -> None:
    """From BankID's answer to the receipt."""
    pupil.page.wait_for_url(CONFIRM)
    pupil.looks()
    pupil.sees("12 till 14 år")
    pupil.presses("Det är jag. Fortsätt")
    pupil.sees(TEEN.name)
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    pupil.presses("Knacka på")
    assert pupil.heading == "Vi hörde dig."
    pupil.sees("De som kan svara dig ser ditt namn.")


def who_knocked(site: Site) -> str:
    (knock,) = site.knocks()
    return knock.identity.name


@pytest.mark.parametrize("js", [pytest.param(True, marks=pytest.mark.trial), False])
def test_on_the_same_device(site: Site, device: Device, bank: Running, js: bool) -> None:
    pupil = device(js=js)
    pupil.may_ask.append(bank.app)
    begins(pupil, "den här enheten")
    pupil.follows("Öppna BankID")
    pupil.page.get_by_label(re.compile(TEEN.name)).check()
    with pupil.page.expect_navigation():
        pupil.page.get_by_role("button", name="Godkänn", exact=True).click()
    if not js:
        pupil.presses("Jag är klar i BankID")
    goes_on(pupil)
    assert who_knocked(site) == TEEN.name


@pytest.mark.parametrize("js", [True, pytest.param(False, marks=pytest.mark.trial)])
def test_on_another_device(site: Site, device: Device, bank: Running, js: bool) -> None:
    pupil, phone = device(js=js), device()
    phone.may_ask.append(bank.app)
    begins(pupil, "en annan enhet")
    (order,) = bank.simulator.waiting()
    drawn = pupil.page.locator("#qr svg path[stroke]").first.get_attribute("d")
    assert drawn in "".join(qr.svg(qr_text(order, second), level="l") for second in range(20))
    if js:  # another one each second
        expect(pupil.page.locator("#qr svg path[stroke]").first).not_to_have_attribute("d", drawn)
    phone.page.goto(bank.app)
    phone.page.get_by_role("button", name="Läs av QR-koden på skärmen").click()
    if js:
        expect(pupil.page.get_by_role("status")).to_contain_text("Skriv din kod i BankID-appen.")
        expect(pupil.page.locator("#qr svg")).to_have_count(0)
    phone.page.get_by_label(re.compile(TEEN.name)).check()
    phone.page.get_by_role("button", name="Godkänn", exact=True).click()
    if not js:
        pupil.presses("Jag är klar i BankID")
    goes_on(pupil)
    assert who_knocked(site) == TEEN.name


def test_in_an_app_on_the_home_screen_one_switches_back(
    site: Site, phone: Person, bank: Running
) -> None:
    phone.page.add_init_script("Object.defineProperty(navigator, 'standalone', {value: true})")
    begins(phone, "den här enheten")
    assert "returnUrl" not in bank.simulator.calls[0][1]
    confirms(bank)
    phone.page.wait_for_url(CONFIRM)


def test_what_goes_wrong_in_the_app_is_said_and_can_be_tried_again(
    site: Site, phone: Person, bank: Running
) -> None:
    begins(phone, "en annan enhet")
    (order,) = bank.simulator.waiting()
    bank.simulator.fail(order.ref, "userCancel")
    expect(phone.page.get_by_role("alert")).to_have_text(
        "Det avbröts i BankID-appen. Du kan försöka igen."
    )
    phone.looks()
    phone.follows("Försök igen med BankID")
    phone.presses("BankID på en annan enhet")
    # Who leaves the page has cancelled it, whatever becomes of the page.
    phone.page.goto(site.url + "/hjalp-nu")
    for _try in range(50):
        if not bank.simulator.orders:
            break
        phone.page.wait_for_timeout(100)
    assert not bank.simulator.orders


def test_whatever_fails_is_said_in_words_with_a_way_on(
    site: Site, device: Device, bank: Running, js: bool
) -> None:
    """Each hint of an order that has failed, and each refusal of one that is begun: from the app's
    own maps."""
    phone = device(js=js)
    phone.opens("/s/norrskogen")
    phone.follows("Knacka på med BankID")
    for number, (hint, told) in enumerate(FAILURES.items()):
        # Where the code was not read in time there is a new one.
        is_here = told is Told.NO_APP or number % 2
        phone.presses("BankID på den här enheten" if is_here else "BankID på en annan enhet")
        (order,) = bank.simulator.waiting()
        bank.simulator.fail(order.ref, hint)
        if not js:
            phone.presses("Jag är klar i BankID")
        expect(phone.page.get_by_role("alert")).to_have_text(str(labels.of(told)))
        phone.looks()
        expect(phone.page.get_by_role("link", name="Knacka på utan")).to_be_visible()
        phone.follows("Försök igen med BankID")
    phone.was_out_of_reach = True  # BankID is, and the page says 503
    for code, told in ERRORS.items():
        bank.simulator.next_refusal = code
        phone.presses("BankID på en annan enhet")
        phone.sees(str(labels.of(told)))
        expect(phone.page.get_by_role("button", name="BankID på en annan enhet")).to_be_visible()
        expect(phone.page.get_by_role("link", name="Knacka på utan")).to_be_visible()


def test_two_tabs_come_to_the_same_login_and_nothing_of_it_is_left_after_it(
    site: Site, phone: Person, bank: Running
) -> None:
    begins(phone, "en annan enhet")
    tab = phone.another_tab()
    tab.opens("/logga-in/bankid/vantar")
    confirms(bank)
    for one in (phone, tab):
        one.page.wait_for_url(CONFIRM)
        one.sees(TEEN.name)
    phone.presses("Det är jag. Fortsätt")
    phone.presses("Logga ut")
    assert phone.path == "/s/norrskogen"
    for _step in range(3):
        phone.page.go_back(wait_until="commit")
        phone.page.wait_for_timeout(300)
        assert TEEN.name not in phone.page.locator("body").inner_text()
    tab.page.reload()
    tab.does_not_see(TEEN.name)
    db.session.rollback()
    assert not db.session.scalars(db.select(Knock)).all()
