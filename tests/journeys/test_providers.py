"""Logging in with a provider of OpenID Connect in a real browser, there and back: a pupil who
knocks, and one of staff who ties an account and signs in with it."""

from collections.abc import Iterator

import pytest

from elevhalsa.domain.people.models import StaffAccount
from elevhalsa.extensions import db
from tests.oidc import Providers

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import is_led, logs_in

SERVICE_WORKERS = "block"


@pytest.fixture
def site(sqlite_url: str, oidc: Providers) -> Iterator[Site]:
    with served(sqlite_url, **oidc.settings) as site:
        site.make.counsellor(site.school)
        yield site


@pytest.mark.parametrize("js", [pytest.param(True, marks=pytest.mark.trial), False])
def test_a_pupil_knocks_with_the_schools_account(
    site: Site, device: Device, oidc: Providers, js: bool
) -> None:
    oidc.skola.people = {"sub-a": {**oidc.skola.people["sub-a"], "name": "Exempel Elva"}}
    pupil = device(js=js)
    pupil.may_ask.append(oidc.skola.issuer)
    pupil.opens("/s/norrskogen")
    pupil.follows("Logga in och knacka på")
    pupil.page.route(f"{oidc.skola.issuer}/**", lambda route: route.fulfill(status=204))
    pupil.presses("Logga in med Skolkonto")  # the provider takes its time: the page between stands
    assert pupil.heading == "Du skickas till Skolkonto"
    pupil.page.unroute(f"{oidc.skola.issuer}/**")
    with pupil.page.expect_navigation():
        pupil.page.get_by_role("link", name="Fortsätt").click()
    logs_in(pupil, "Exempel Elva", "/logga-in/klart")
    assert pupil.heading == "Det här fick vi från Skolkonto"
    pupil.sees("5 A")
    pupil.presses("Det är jag. Fortsätt")
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    pupil.presses("Knacka på")
    assert pupil.heading == "Vi hörde dig."
    (knock,) = site.knocks()
    assert knock.identity.name == "Exempel Elva"


@pytest.mark.parametrize("js", [True, pytest.param(False, marks=pytest.mark.trial)])
def test_staff_tie_an_account_and_sign_in_with_it(
    site: Site, device: Device, oidc: Providers, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    desk = device(js=js)
    desk.opens(site.link_for(me))
    desk.presses("Logga in här")
    desk.opens("/personal/inloggningar")
    is_led(desk, oidc.arbete, "Knyt mitt konto hos Arbetskonto")
    logs_in(desk, "K", "/personal/inloggningar$")
    desk.sees("Klart. Nu kan du logga in med Arbetskonto.")
    db.session.rollback()
    assert db.session.scalars(db.select(StaffAccount.staff_id)).all() == [me.id]
    desk.presses("Logga ut")
    is_led(desk, oidc.arbete, "Logga in med Arbetskonto")
    logs_in(desk, "K", "/personal/inkorg")
    assert desk.heading.startswith("Inkorg")
    # Back through what was there meanwhile: nothing is sent anew, nobody is signed in twice.
    desk.page.go_back(wait_until="commit")
    desk.page.wait_for_timeout(300)
    assert oidc.arbete.calls.count("token") == 2
    desk.opens("/logga-in/")
    assert desk.heading.startswith("Inkorg")


def test_an_account_of_somebody_else_is_told_what_to_do(
    site: Site, phone: Person, oidc: Providers
) -> None:
    phone.opens("/logga-in/")
    is_led(phone, oidc.arbete, "Logga in med Arbetskonto")
    logs_in(phone, "X", "/svar$")
    phone.sees("Kontot är inte knutet till någon som arbetar här.")
    phone.sees("Logga in på ett annat sätt först.")
