"""A coordinator writes the words and the steps; everybody signed in reads them."""

import pytest
from flask import Flask

from elevhalsa.core.walls import Profession
from elevhalsa.domain.method import glossary, steps
from tests.factories import Make

from .browser import Browser

WORDS = "/samordnare/arbetssatt/ordlista"
STEPS = "/samordnare/arbetssatt/steg"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def test_what_a_coordinator_writes_a_nurse_reads(app: Flask, browser, make: Make) -> None:
    school = make.school()
    coordinator, nurse = make.coordinator(), make.nurse(school)
    steps.say(coordinator, None, what="Ring vården", who="Skolsköterskan", by_when="Samma dag")
    glossary.say(
        coordinator, None, word="örtte", school="En dryck", social="", care="", we_say="Säg te"
    )
    browser.arrives_as(nurse)
    page = browser.get("/personal/arbetssatt").text
    assert "Ring vården" in page and "Skolsköterskan" in page and "Säg te" in page
    assert browser.client.get(WORDS).status_code == 403


def test_another_municipality_reads_its_own(browser, make: Make) -> None:
    steps.say(make.coordinator(), None, what="Bara här", who="Kuratorn", by_when="")
    other = make.municipality()
    browser.arrives_as(make.staff(Profession.NURSE, municipality_id=other.id))
    assert "Bara här" not in browser.get("/personal/arbetssatt").text
