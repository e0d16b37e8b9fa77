"""A coordinator sees that something could not be sent, and lets it be tried again."""

import pytest
from flask.testing import FlaskClient

from elevhalsa.domain.notices import service
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.extensions import db
from tests.domain.test_unsent import a_notice
from tests.factories import Make
from workers import jobs

from .browser import Browser, Page

PATH = "/samordnare/utskick"


def opens(client: FlaskClient, make: Make, *rows: tuple[Channel, str]) -> tuple[Browser, Page]:
    coordinator = make.coordinator()
    db.session.add_all(a_notice(coordinator.municipality_id, *row) for row in rows)
    db.session.commit()
    browser = Browser(client)
    browser.arrives_as(coordinator)
    return browser, browser.get(PATH)


def test_why_it_did_not_leave_is_said_in_words_and_it_can_be_tried_again(
    client: FlaskClient, make: Make
) -> None:
    school = make.school(name="Hemliga skolan")
    nurse = make.nurse(school)
    service.post(Kind.NEW_KNOCK, [nurse], cause="a")
    letter = db.session.query(Notice).filter(Notice.channel == Channel.EMAIL).one()
    letter.given_up_at, letter.error = letter.created_at, "smtp 550 recipient"
    browser, page = opens(client, make, (Channel.EMAIL, "fault"))
    assert page.h1 == "2 meddelanden gick inte att skicka"
    assert "Adressen eller numret går inte att skicka till." in page.text
    assert "E-post" in page.text
    for secret in ("550", "Hemliga", nurse.name, nurse.email, "/personal/arende", letter.id):
        assert secret not in page.html
    page = browser.submit("/samordnare/utskick/igen")
    assert "2 försöks igen nu." in page.text
    assert page.h1 == "Allt har gått att skicka"
    assert "2 meddelanden väntar på att gå ut" in page.text


def test_what_may_have_come_is_not_offered_again(client: FlaskClient, make: Make) -> None:
    _browser, page = opens(client, make, (Channel.PUSH, "unknown"), (Channel.SMS, "sms ReadError"))
    assert "Ingen vet om det kom fram." in page.text
    assert "Försök igen" not in page.text


def test_when_the_promises_were_last_looked_over_is_told(client: FlaskClient, make: Make) -> None:
    browser, page = opens(client, make)
    assert "Löftena har inte setts över än." in page.text
    assert "Det som ser över löftena har stått still" in page.text
    jobs.sweep()
    page = browser.get(PATH)
    assert "Löftena sågs över" in page.text
    assert "stått still" not in page.text


@pytest.mark.parametrize("who", ["a professional", "nobody"])
def test_nobody_else_sees_it(client: FlaskClient, make: Make, who: str) -> None:
    browser = Browser(client)
    if who == "a professional":
        browser.arrives_as(make.nurse())
    answer = client.get(PATH)
    assert answer.status_code in (302, 303, 401, 403)
