"""A coordinator finds what puts each school's door on its devices and on its walls."""

import json
import plistlib
import re

import pytest

from elevhalsa import create_app
from elevhalsa.core import qr
from elevhalsa.extensions import db
from tests.conftest import settings_for

from .browser import Browser

ADDRESS = "/samordnare/genvagar/norrskogen"


@pytest.fixture
def school(make):
    make.home.name = "Exempelkommun"
    make.home.duty_phone = "0176-000 00"
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.nurse(school)
    make.counsellor(school)
    return school


@pytest.fixture
def coordinator(client, make, school):
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    return browser


def test_the_way_there_from_the_coordinators_page(coordinator):
    coordinator.get("/samordnare/")
    page = coordinator.follow("Genvägar och affischer")
    assert "Norrskogens exempelskola" in page.text
    assert "http://127.0.0.1:8000/s/norrskogen" in page.text
    for text in ("Affisch", "Kort", "Profil för iPad", "JSON för ChromeOS", "JSON för Edge"):
        assert coordinator.client.get(page.link(text)).status_code == 200, text


def test_the_profile_is_an_attachment_that_an_ipad_knows(coordinator):
    answer = coordinator.client.get(f"{ADDRESS}/ipad.mobileconfig")
    assert answer.mimetype == "application/x-apple-aspen-config"
    name = 'attachment; filename="elevhalsa-norrskogen.mobileconfig"'
    assert answer.headers["Content-Disposition"] == name
    [clip] = plistlib.loads(answer.data)["PayloadContent"]
    assert clip["URL"] == "http://127.0.0.1:8000/s/norrskogen"
    assert clip["Icon"].startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["chromeos", "edge"])
def test_the_policies_are_json_files(coordinator, kind):
    answer = coordinator.client.get(f"{ADDRESS}/{kind}.json")
    assert answer.mimetype == "application/json"
    assert f"elevhalsa-norrskogen-{kind}.json" in answer.headers["Content-Disposition"]
    assert json.loads(answer.text)[0]["url"] == "http://127.0.0.1:8000/s/norrskogen"


def test_a_shared_device_offers_nothing_of_one_pupil_to_the_next(coordinator):
    page = coordinator.get("/samordnare/genvagar/")
    profile = coordinator.client.get(page.link("Profil för delade iPads"))
    assert profile.mimetype == "application/x-apple-aspen-config"
    [payload] = plistlib.loads(profile.data)["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.applicationaccess"
    assert (payload["safariAllowAutoFill"], payload["allowPasswordAutoFill"]) == (False, False)
    policies = coordinator.client.get(page.link("JSON för delade Chromebook och datorer"))
    assert json.loads(policies.text) == {
        "PasswordManagerBlocklist": ["http://127.0.0.1:8000"],
        "AutofillAddressEnabled": False,
        "RestoreOnStartup": 5,
    }
    for answer in (profile, policies):
        assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("sheet", ["affisch", "kort"])
def test_a_sheet_of_paper_says_who_answers_when_and_what_to_do_in_a_hurry(coordinator, sheet):
    page = coordinator.get(f"{ADDRESS}/{sheet}")
    assert "Exempelkommun" in page.text
    assert "Norrskogens exempelskola" in page.text
    assert "127.0.0.1:8000/s/norrskogen" in page.text
    promise = "Du får kontakt med skolsköterska eller kurator inom 24 timmar, alla vardagar."
    assert promise in page.text
    for number in ("Vid fara 112", "1177", "Bris 116 111"):
        assert number in page.text
    assert "Socialjouren i Exempelkommun 0176-000 00" in page.text
    assert "{" not in page.text


@pytest.mark.parametrize(("sheet", "times"), [("affisch", 1), ("kort", 4)])
def test_its_qr_code_leads_to_the_schools_door(coordinator, sheet, times):
    html = coordinator.get(f"{ADDRESS}/{sheet}").html
    wanted = qr.svg("http://127.0.0.1:8000/s/norrskogen", level=qr.PAPER_LEVEL)
    assert html.count(wanted) == times
    assert "style=" not in html


def test_all_posters_come_in_one_page_to_be_printed(make, request):
    make.school(slug="asens", name="Åsens exempelskola")
    make.school(slug="stangd", name="Stängda skolan", active=False)
    coordinator = request.getfixturevalue("coordinator")
    coordinator.get("/samordnare/genvagar/")
    page = coordinator.follow("Alla affischer")
    assert page.html.count('class="sheet poster"') == 2
    assert page.text.index("Norrskogens exempelskola") < page.text.index("Åsens exempelskola")
    assert "Stängda" not in page.text
    for slug in ("norrskogen", "asens"):
        wanted = qr.svg(f"http://127.0.0.1:8000/s/{slug}", level=qr.PAPER_LEVEL)
        assert page.html.count(wanted) == 1


def test_paper_has_a_style_of_its_own_and_nothing_of_the_coordinators(coordinator):
    html = coordinator.get(f"{ADDRESS}/affisch").html
    assert re.findall(r'stylesheet" href="([^"]+)', html)[0].startswith("/static/css/print.")
    assert "Logga ut" not in html


def test_another_municipalitys_school_and_a_closed_one_are_not_found(coordinator, make):
    theirs = make.school(slug="deras", municipality_id=make.municipality().id)
    closed = make.school(slug="stangd", active=False)
    page = coordinator.get("/samordnare/genvagar/")
    for slug in (theirs.slug, closed.slug):
        assert slug not in page.html
        for name in ("affisch", "kort", "ipad.mobileconfig", "chromeos.json", "edge.json"):
            assert coordinator.get(f"/samordnare/genvagar/{slug}/{name}").status == 404


def test_a_professional_does_not_get_in(client, make, school):
    browser = Browser(client)
    browser.arrives_as(make.nurse(school))
    assert browser.get("/samordnare/genvagar/").status == 403


def test_a_municipality_without_schools_gets_a_sentence(client, make):
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    assert "Här finns inga skolor än." in browser.get("/samordnare/genvagar/").text


def test_a_municipality_with_a_host_name_has_its_doors_there(database_url, app, make):
    make.home.host = "elevhalsa.exempelkommun.invalid"
    make.school(slug="norrskogen")
    coordinator = make.coordinator()
    db.session.commit()
    live = create_app(settings_for(database_url, public_url="https://elevhalsa.exempel.invalid"))
    browser = Browser(live.test_client(), base_url="https://elevhalsa.exempelkommun.invalid")
    try:
        browser.arrives_as(coordinator)
        page = browser.get("/samordnare/genvagar/")
        assert "https://elevhalsa.exempelkommun.invalid/s/norrskogen" in page.text
    finally:
        with live.app_context():
            db.engine.dispose()
