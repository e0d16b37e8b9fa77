"""Bron: a coordinator's catalogue, forms and times."""

import pytest
from flask.testing import FlaskClient

from elevhalsa.domain.referrals import catalogue, forms
from elevhalsa.domain.referrals.words import FormKey, State
from tests.domain.referrals.helpers import an_offer

from ..factories import Make
from .browser import Browser, Value


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def test_a_coordinator_lays_an_offer_into_the_catalogue_and_takes_it_out(
    browser: Browser, make: Make
) -> None:
    me, receiver = make.coordinator(), make.organisation()
    browser.sign_in(me)
    assert "Katalogen är tom" in browser.get("/kommun/bron").text
    browser.get("/kommun/bron/nytt")
    written: dict[str, Value] = {
        "name": "Råd om vardagen", "about": "Ni pratar med oss.", "age_from": "6",
        "assessment": "unassessed", "documented": "nothing", "form": "bron",
    }  # fmt: skip
    page = browser.submit("/kommun/bron/nytt", written)
    assert page.status == 422
    assert "Skriv åldern i år." in page.text
    page = browser.submit("/kommun/bron/nytt", written, age_to="12")
    assert "Skriv var beslutet finns" in page.text
    page = browser.submit("/kommun/bron/nytt", decision="EX 1", decided_on="7/1 2026")
    assert "Välj vem som tar emot." in page.text
    page = browser.submit("/kommun/bron/nytt", receiver=receiver.id)
    for words in (
        "Råd om vardagen",
        "6–12 år",
        "Utan behovsprövning",
        "Beslut: EX 1",
        receiver.name,
    ):
        assert words in page.text
    [row] = catalogue.offers(me.municipality_id)
    address = f"/kommun/bron/erbjudande/{row.id}"
    browser.get(address)
    page = browser.submit(address, active=[])
    assert "Erbjuds inte nu" in page.text


def test_a_coordinator_changes_moves_adds_and_takes_away_questions(
    browser: Browser, make: Make
) -> None:
    me = make.coordinator()
    browser.sign_in(me)
    address = "/kommun/bron/formular/bron"
    page = browser.get(address)
    first, second = forms.shipped(FormKey.BRON)[:2]
    assert first.label in page.text
    page = browser.submit(address, label="Vad vill ni ha hjälp med?", position="2")
    now = forms.present(me.municipality_id, FormKey.BRON).fields
    assert [(one.key, one.label) for one in now[:2]] == [
        (second.key, second.label),
        (first.key, "Vad vill ni ha hjälp med?"),
    ]
    page = browser.submit(address, kind="choice", options="Bara ett")
    assert "Skriv minst två svar" in page.text
    assert "Bara ett" in page.text
    browser.get(address)
    browser.submit(address, gor="ta_bort")
    now = forms.present(me.municipality_id, FormKey.BRON).fields
    assert second.key not in {one.key for one in now}
    browser.submit(address, key="", label="Ny fråga", kind="yes_no", position="")
    assert forms.present(me.municipality_id, FormKey.BRON).fields[-1].label == "Ny fråga"
    assert browser.get("/kommun/bron/formular/nagot").status == 404


def test_a_coordinator_gives_each_step_its_time(browser: Browser, make: Make) -> None:
    me = make.coordinator()
    browser.sign_in(me)
    browser.get("/kommun/bron/tider")
    page = browser.submit("/kommun/bron/tider", sent="0")
    assert page.status == 422
    browser.submit("/kommun/bron/tider", sent="48")
    assert catalogue.hours(me.municipality_id)[State.SENT] == 48


def test_nobody_else_opens_them(browser: Browser, make: Make) -> None:
    coordinator = make.coordinator()
    row = an_offer(coordinator)
    there = make.municipality(slug="annan", host=None)
    other = make.staff(None, municipality_id=there.id)
    browser.sign_in(make.counsellor(make.school()))
    assert browser.get("/kommun/bron").status == 403
    browser.sign_in(other)
    assert browser.get(f"/kommun/bron/erbjudande/{row.id}").status == 404
