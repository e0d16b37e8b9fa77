"""Staff sign in with a link that works once, and look after their sessions."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.extensions import db

from ..conftest import app_for, settings_for
from ..factories import Make
from .browser import Browser


@pytest.fixture
def with_mail(database_url: str) -> Iterator[Flask]:
    """The app as where e-mail is set up; nothing is sent, letters wait as rows."""
    app = app_for(
        settings_for(database_url, mail_url="smtp://127.0.0.1:1", mail_from="dorr@exempel.invalid")
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def letters() -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.kind == Kind.SIGN_IN_LINK)))


def link_for(staff: Staff) -> str:
    token = people.make_link(staff)
    db.session.commit()
    return f"/logga-in/lank/{token}"


def test_a_known_and_an_unknown_address_get_the_same_answer(with_mail: Flask) -> None:
    nurse = Make().nurse()
    answers = []
    for address in (nurse.email.upper() + " ", "ingen@exempel.invalid"):
        browser = Browser(with_mail.test_client())
        browser.get("/logga-in/")
        page = browser.submit("/logga-in/", email=address)
        answers.append(re.sub(r'value="[^"]*"', "", page.html))
    assert answers[0] == answers[1]
    assert "Om adressen finns här har en länk skickats" in page.text
    assert [(n.staff_id, n.channel) for n in letters()] == [(nurse.id, Channel.EMAIL)]


def test_asking_again_within_a_minute_sends_one_letter(with_mail: Flask) -> None:
    nurse = Make().nurse()
    browser = Browser(with_mail.test_client())
    moment = clock.now().replace(second=10)
    for seconds in (0, 20, 60):
        with clock.frozen(moment + timedelta(seconds=seconds)):
            browser.get("/logga-in/")
            browser.submit("/logga-in/", email=nurse.email)
    assert len(letters()) == 2


def test_a_letter_is_of_no_use_when_the_link_would_have_expired(with_mail: Flask) -> None:
    nurse = Make().nurse()
    browser = Browser(with_mail.test_client())
    with clock.frozen(clock.now()):
        browser.get("/logga-in/")
        browser.submit("/logga-in/", email=nurse.email)
    [letter] = letters()
    assert letter.useful_until == letter.created_at + people.LINK_LIFE


def test_somebody_who_has_left_gets_no_letter(with_mail: Flask) -> None:
    gone = Make().staff(active=False)
    browser = Browser(with_mail.test_client())
    browser.get("/logga-in/")
    browser.submit("/logga-in/", email=gone.email)
    assert letters() == []


def test_half_an_address_is_kept_and_explained(with_mail: Flask) -> None:
    browser = Browser(with_mail.test_client())
    browser.get("/logga-in/")
    page = browser.submit("/logga-in/", email="anna.utan.snabel-a")
    assert page.status == 422
    assert "Skriv hela adressen" in page.text
    assert page.form("/logga-in/").data["email"] == ["anna.utan.snabel-a"]


def test_nobody_can_have_one_person_drowned_in_letters(with_mail: Flask) -> None:
    nurse = Make().nurse()
    statuses = []
    for number in range(7):
        client = with_mail.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        browser = Browser(client)
        browser.get("/logga-in/")
        statuses.append(browser.submit("/logga-in/", email=nurse.email).status)
    assert statuses == [200] * 5 + [429] * 2


def test_one_visitor_cannot_try_addresses_for_ever(with_mail: Flask) -> None:
    browser = Browser(with_mail.test_client())
    statuses = []
    for number in range(62):
        browser.get("/logga-in/")
        statuses.append(browser.submit("/logga-in/", email=f"p{number}@exempel.invalid").status)
    assert statuses == [200] * 60 + [429] * 2


def test_without_mail_the_page_says_who_makes_links(client: FlaskClient) -> None:
    page = Browser(client).get("/logga-in/")
    assert "flask --app app staff invite" in page.text
    assert not page.has_form("/logga-in/")


def test_a_professional_comes_to_the_inbox_and_a_coordinator_to_the_figures(
    app: Flask, make: Make
) -> None:
    assert Browser(app.test_client()).sign_in(make.nurse(make.school())).url == "/personal/inkorg"
    assert Browser(app.test_client()).sign_in(make.coordinator()).url == "/samordnare/"


def test_who_is_signed_in_is_led_past_the_sign_in_page(client: FlaskClient, make: Make) -> None:
    browser = Browser(client)
    browser.sign_in(make.nurse(make.school()))
    assert browser.get("/logga-in/").url == "/personal/inkorg"


def test_a_mail_scanner_that_opens_the_link_does_not_use_it_up(app: Flask, make: Make) -> None:
    link = link_for(make.nurse(make.school()))
    scanner = app.test_client()
    for method in ("GET", "HEAD", "GET"):
        assert scanner.open(link, method=method).status_code == 200
    browser = Browser(app.test_client())
    browser.get(link)
    assert browser.submit(link).h1 == "Inkorg"


def test_a_link_works_once(app: Flask, make: Make) -> None:
    link = link_for(make.nurse(make.school()))
    first, second = Browser(app.test_client()), Browser(app.test_client())
    first.get(link)
    second.get(link)
    assert first.submit(link).url == "/personal/inkorg"
    late = second.submit(link)
    assert (late.status, late.h1) == (410, "Länken gäller inte längre")
    assert second.get("/personal/inkorg").url == "/logga-in/"
    assert Browser(app.test_client()).get(link).status == 410


def test_a_link_works_for_fifteen_minutes(client: FlaskClient, make: Make) -> None:
    link = link_for(make.nurse(make.school()))
    browser = Browser(client)
    now = clock.now()
    with clock.frozen(now + timedelta(minutes=14, seconds=50)):
        assert browser.get(link).status == 200
    with clock.frozen(now + timedelta(minutes=15, seconds=1)):
        page = browser.get(link)
    assert page.status == 410
    assert page.link("Till inloggningen") == "/logga-in/"


def test_the_links_token_is_told_to_nobody(app: Flask, make: Make) -> None:
    link = link_for(make.nurse(make.school()))
    page = Browser(app.test_client()).get(link)
    assert page.response.headers["Referrer-Policy"] == "strict-origin"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["X-Robots-Tag"] == "noindex"
    assert [a.href for a in page.links if a.href.startswith("http")] == []


def test_the_link_can_be_used_over_https(database_url: str) -> None:
    """There the CSRF check wants a Referer, and the page's policy lets only the origin through."""
    app = app_for(settings_for(database_url, public_url="https://elevhalsa.exempel.invalid"))
    with app.app_context():
        make = Make()
        link = link_for(make.nurse(make.school()))
        browser = Browser(app.test_client(), base_url="https://elevhalsa.exempel.invalid")
        browser.get(link)
        page = browser.submit(link, headers={"Referer": "https://elevhalsa.exempel.invalid/"})
        assert page.url == "/personal/inkorg"
        cookies = page.response.request.headers["Cookie"]
        assert "__Host-session=" in cookies
        db.session.remove()
        db.engine.dispose()


def test_signing_in_keeps_nothing_of_the_session_before(client: FlaskClient, make: Make) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    browser = Browser(client)
    browser.sign_in(make.nurse(make.school()))
    with client.session_transaction() as session:
        assert "planted" not in session


def test_signing_in_as_another_ends_the_first_session(client: FlaskClient, make: Make) -> None:
    school = make.school()
    first, second = make.nurse(school), make.counsellor(school)
    browser = Browser(client)
    browser.sign_in(first)
    page = browser.sign_in(second)
    assert "Kurator · 1 skola" in page.text
    assert people.sessions_of(first) == []


def test_after_signing_out_the_old_cookie_opens_nothing(client: FlaskClient, make: Make) -> None:
    browser = Browser(client)
    browser.sign_in(make.nurse(make.school()))
    old = client.get_cookie("session")
    assert old
    assert browser.submit("/logga-in/ut").url == "/logga-in/"
    client.set_cookie("session", old.value)
    assert browser.get("/personal/inkorg").url == "/logga-in/"


def test_a_session_ends_after_an_hour_without_use(client: FlaskClient, make: Make) -> None:
    browser = Browser(client)
    start = clock.now()
    with clock.frozen(start):
        browser.sign_in(make.nurse(make.school()))
    for minutes, url in ((50, "/personal/inkorg"), (105, "/personal/inkorg"), (166, "/logga-in/")):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert browser.get("/personal/inkorg").url == url


def test_a_page_that_refreshes_itself_on_an_empty_desk_is_not_use(
    client: FlaskClient, make: Make
) -> None:
    browser = Browser(client)
    start = clock.now()
    with clock.frozen(start):
        browser.sign_in(make.nurse(make.school()))
    for minutes in (20, 40, 59):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert browser.get("/personal/inkorg", htmx=True).status == 200
    with clock.frozen(start + timedelta(minutes=61)):
        answer = browser.get("/personal/inkorg", htmx=True)
        assert answer.response.headers["HX-Trigger"] == "signed-out"


def test_a_session_ends_after_ten_hours_however_much_it_is_used(
    client: FlaskClient, make: Make
) -> None:
    browser = Browser(client)
    start = clock.now()
    with clock.frozen(start):
        browser.sign_in(make.nurse(make.school()))
    for minutes in range(50, 600, 50):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert browser.get("/personal/inkorg").status == 200
            assert browser.page.url == "/personal/inkorg"
    with clock.frozen(start + timedelta(minutes=601)):
        assert browser.get("/personal/inkorg").url == "/logga-in/"


def test_i_see_my_sessions_and_end_the_one_on_a_lost_phone(app: Flask, make: Make) -> None:
    nurse = make.nurse(make.school())
    phone, desk = Browser(app.test_client()), Browser(app.test_client())
    phone.sign_in(nurse)
    [on_phone] = people.sessions_of(nurse)
    desk.sign_in(nurse)
    page = desk.get("/personal/inloggningar")
    assert page.text.count("Senast använd") == 2
    assert page.text.count("den här") == 1
    [index] = [
        number
        for number, form in enumerate(page.forms)
        if form.data.get("session") == [on_phone.id]
    ]
    assert "Inloggningen är avslutad." in desk.submit(index).text
    assert phone.get("/personal/inkorg").url == "/logga-in/"
    assert desk.get("/personal/inkorg").url == "/personal/inkorg"


def test_i_can_end_all_other_sessions_at_once(app: Flask, make: Make) -> None:
    nurse = make.nurse(make.school())
    others = [Browser(app.test_client()) for _number in range(2)]
    for other in others:
        other.sign_in(nurse)
    here = Browser(app.test_client())
    here.sign_in(nurse)
    page = here.get("/personal/inloggningar")
    last = len(page.forms) - 1
    assert page.form(last).data["session"] == ["andra"]
    here.submit(last)
    assert here.get("/personal/inkorg").url == "/personal/inkorg"
    assert {other.get("/personal/inkorg").url for other in others} == {"/logga-in/"}


def test_nobody_can_end_a_colleagues_session(app: Flask, make: Make) -> None:
    school = make.school()
    colleague = make.nurse(school)
    theirs = Browser(app.test_client())
    theirs.sign_in(colleague)
    [session] = db.session.scalars(select(StaffSession))
    mine = Browser(app.test_client())
    mine.sign_in(make.nurse(school))
    mine.get("/personal/inloggningar")
    mine.submit("/avsluta", session=session.id)
    assert theirs.get("/personal/inkorg").url == "/personal/inkorg"


@pytest.mark.parametrize("path", ["/personal/inkorg", "/personal/inloggningar", "/samordnare/"])
def test_who_is_not_signed_in_is_asked_to(client: FlaskClient, path: str) -> None:
    browser = Browser(client)
    assert browser.get(path).url == "/logga-in/"
    answer = browser.get(path, htmx=True)
    assert answer.status == 204
    assert answer.response.headers["HX-Trigger"] == "signed-out"  # and it covers itself
    assert answer.html == ""


def test_a_post_without_the_forms_token_does_nothing(client: FlaskClient, make: Make) -> None:
    browser = Browser(client)
    browser.sign_in(make.nurse(make.school()))
    assert client.post("/logga-in/ut").status_code == 400
    assert browser.get("/personal/inkorg").url == "/personal/inkorg"
