"""Whatever refuses a post, what was typed comes back in a form that can be sent again.

Every form with a text in it, from the app's own map of routes, against every cause.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from elevhalsa import create_app
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.walls import Profession
from elevhalsa.domain.consultations import links as consultation_links
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.asking import Receipt
from elevhalsa.domain.knocks.models import Draft, Knock, Message
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.web import access, kept
from elevhalsa.web.kept import Kind
from elevhalsa.work import OPERATOR
from tests.conftest import settings_for
from tests.domain.helpers import at
from tests.domain.referrals.helpers import an_offer
from tests.pages.browser import Browser, Page
from tests.pages.every_form import a_consultation, open_hidden

MONDAY = at("2026-11-23 09:30")
TEXT = 'Det här får inte försvinna.\n\n<b>Åsa</b> & "co"'
HERE = {"Origin": "http://localhost"}


def with_texts() -> dict[str, list[str]]:
    """Endpoint -> the names of the texts that its form takes."""
    app = create_app(settings_for("sqlite:////nowhere/x.db"))
    return {
        endpoint: names
        for endpoint, rule in access.rules(app).items()
        if rule.takes
        if (names := [n for n, kind in kept.kinds(rule.takes).items() if kind is Kind.TEXT])
    }


TEXTS = with_texts()


@dataclass
class Typing:
    """Somebody at a browser who has just pressed the button of a form."""

    app: Flask
    browser: Browser
    knock: Knock
    ids: dict[str, str] = field(default_factory=dict)
    """Of what else there is."""

    def address(self, endpoint: str, method: str = "POST") -> str:
        routes = self.app.url_map.bind("localhost")
        ids = {"knock_id": self.knock.id, "asker": "guardian", "which": "bron"} | self.ids
        path = routes.build(endpoint, ids, method=method).partition("?")[0]
        return f"{path}?skola={self.knock.school.slug}" if endpoint.startswith("door.") else path

    def fields(self, endpoint: str) -> dict[str, str]:
        takes = access.rules(self.app)[endpoint].takes
        assert takes
        filled = {Kind.TEXT: TEXT, Kind.LINE: "så", Kind.CARRIED: "a", Kind.SECRET: "9753"}
        typed = {name: filled[kind] for name, kind in kept.kinds(takes).items()}
        return typed | ({"form_id": new_id()} if "form_id" in typed else {})

    def posts(
        self, endpoint: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> Page:
        address = self.address(endpoint)
        response = self.send(address, fields, HERE if headers is None else headers)
        return Page(response, address)

    def send(self, address: str, fields: dict[str, str], headers: dict[str, str]) -> TestResponse:
        return self.browser.send("POST", address, data=fields, headers=headers)


@pytest.fixture
def typing(app: Flask, make) -> Iterator[Callable[[str], Typing]]:
    """Makes a person for an endpoint: one of staff who has the knock, or its pupil."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    school = make.school(slug="norrskogen")

    def person(endpoint: str) -> Typing:
        browser = Browser(app.test_client())
        receipt = make.knock(school)
        asked = consultations.ask(school, a_consultation()).row
        link = consultation_links.renew(make.coordinator(), school)
        ids = {"consultation_id": asked.id, "token": link.token or ""}
        db.session.commit()
        if access.rules(app)[endpoint].who in access.NEEDS_SIGN_IN:
            me = make.staff(Profession.COUNSELLOR, [school], coordinates=True)
            make.counsellor(school)  # somebody to hand over to
            duties.name(me.municipality, Seat(Duty.DISCLOSURE, me.wall), me, by=OPERATOR)
            browser.sign_in(me)
            answering.take(me, db.session.merge(receipt.knock))
            consultations.take(me, db.session.merge(asked))
            ids["offer_id"] = an_offer(me).id
            db.session.commit()
        else:
            browser.get("/mitt/kod")
            browser.submit("/mitt/kod", code=receipt.code)
        return Typing(app, browser, receipt.knock, ids)

    with clock.frozen(MONDAY):
        yield person


def assert_given_back(
    page: Page, endpoint: str, typed: dict[str, str], address: str | None = None
) -> None:
    """In one form that leads to the same address, everything but secrets, with a new token."""
    wanted = (address or page.url).partition("?")[0]
    for form in page.forms:
        if (form.action or "").partition("?")[0] == wanted and set(TEXTS[endpoint]) <= form.names:
            break
    else:
        raise AssertionError(f"{endpoint} {page.status}: no form with the text")
    texts = TEXTS[endpoint]
    for name in texts:
        (control,) = (c for c in form.controls if c.name == name)
        assert control.kind == "textarea"
        assert control.values == [TEXT]
    assert form.data.get("csrf_token", ["", ""])[0] not in ("", "gammal")
    assert form.data.get("form_id", [None])[0] == typed.get("form_id")
    for name, value in typed.items():
        if value == "så":
            assert form.data.get(name), name
    assert "9753" not in page.html


def too_many() -> None:
    abort(429)


def overtaken() -> None:
    raise Conflict("Någon annan var snabbare.")


def gone() -> None:
    raise NotFound("Den finns inte.")


def locked() -> None:
    raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


def broken() -> None:
    raise ZeroDivisionError("en hemlighet")


REFUSALS = {too_many: 429, overtaken: 409, gone: 404, locked: 503, broken: 500}


@pytest.mark.parametrize("endpoint", TEXTS)
def test_a_text_that_the_service_refuses_is_given_back(typing, endpoint, caplog):
    person = typing(endpoint)
    typed = person.fields(endpoint)
    view = person.app.view_functions[endpoint]
    for refuse, status in REFUSALS.items():

        def refusing(refuse: Callable[[], None] = refuse, **_values: str) -> None:
            refuse()

        setattr(refusing, access.MARK, getattr(view, access.MARK))
        person.app.view_functions[endpoint] = refusing
        page = person.posts(endpoint, typed)
        assert page.status == status, refuse
        assert_given_back(page, endpoint, typed)
    assert "försvinna" not in caplog.text


@pytest.mark.parametrize("endpoint", TEXTS)
def test_a_text_that_is_refused_before_its_form_is_looked_at_is_given_back_to_its_writer(
    typing, endpoint
):
    person = typing(endpoint)
    typed = person.fields(endpoint)
    stale = typed | {"csrf_token": "gammal"}

    # an old browser, which does not say where its page is from
    page = person.posts(endpoint, stale, headers={})
    assert page.status == 400
    assert_given_back(page, endpoint, typed)

    # another site
    page = person.posts(endpoint, stale, headers={"Origin": "https://annan.invalid"})
    assert page.status == 400
    if endpoint != "door.knock":  # a press is needed there all the same
        assert "försvinna" not in page.html

    # far too long
    long = "å" * (100_000 // len(TEXTS[endpoint]))
    page = person.posts(endpoint, typed | dict.fromkeys(TEXTS[endpoint], long))
    assert page.status == 413
    for name in TEXTS[endpoint]:
        assert any(form.data.get(name) == [long] for form in page.forms)


@pytest.mark.parametrize("endpoint", TEXTS)
def test_a_text_with_a_nul_is_given_back_without_it(typing, endpoint):
    person = typing(endpoint)
    typed = person.fields(endpoint) | dict.fromkeys(TEXTS[endpoint], TEXT + "\0")
    answer = person.send(person.address(endpoint), typed, HERE)
    assert answer.status_code in (303, 422)
    assert "\0" not in answer.text
    assert answer.status_code == 303 or "försvinna" in answer.text


@pytest.mark.parametrize("endpoint", TEXTS)
def test_a_text_that_came_without_any_cookie_is_given_back(typing, endpoint):
    """The phone has dropped them."""
    person = typing(endpoint)
    typed = person.fields(endpoint)
    person.browser.client._cookies.clear()
    page = person.posts(endpoint, typed)
    assert page.status in (401, 404, 422)
    address = "/mitt/kod" if endpoint.startswith("mine.") else None
    if endpoint == "door.knock_known":  # nobody is logged in: it goes on without
        address = "/knacka"
    assert_given_back(page, endpoint, typed, address)


def test_what_was_given_back_is_sent_again_and_taken_in_once(typing):
    person = typing("mine.write")
    typed = {"text": TEXT, "form_id": new_id(), "csrf_token": "gammal"}
    page = person.browser.page = person.posts("mine.write", typed, headers={})
    assert page.status == 400
    assert page.title.startswith("Sidan hade legat öppen")
    for _twice in range(2):
        person.browser.page = page
        person.browser.submit("/skriv")
    [message] = db.session.scalars(db.select(Message))
    assert message.text == TEXT


def test_a_phone_that_lost_its_session_but_not_its_memory_sends_at_once(typing):
    person = typing("mine.write")
    person.browser.client.delete_cookie("session")
    typed = {"text": TEXT, "form_id": new_id(), "csrf_token": "x"}
    assert person.send(person.address("mine.write"), typed, HERE).status_code == 303
    [message] = db.session.scalars(db.select(Message))
    assert message.text == TEXT


STAFFS = [name for name in TEXTS if name.startswith("inbox.")]


AFTER = {"idle": 1, "a long day": 10.5, "almost a day": 24}
"""Hours after the sign-in."""
LATER = [
    pytest.param(
        endpoint,
        hours,
        id=f"{endpoint}, {when}",
        marks=() if endpoint == "inbox.answer" or when == "idle" else pytest.mark.trial,
    )
    for endpoint in STAFFS
    for when, hours in AFTER.items()
]


@pytest.mark.parametrize(("endpoint", "hours"), LATER)
def test_a_text_sent_after_the_sessions_end_waits_behind_the_sign_in(typing, endpoint, hours):
    person = typing(endpoint)
    typed = person.fields(endpoint)
    with clock.frozen(MONDAY + timedelta(hours=hours, minutes=1)):
        page = person.browser.send("POST", person.address(endpoint), data=typed, headers=HERE)
        assert page.status_code == 303
        assert "Din text väntar" in person.browser.get(page.location).text
        assert "försvinna" not in person.browser.page.html
        me = db.session.get_one(Knock, person.knock.id).taken_by
        assert me
        signed_in = person.browser.sign_in(me)
        page_of_it = access.rules(person.app)[endpoint].page or endpoint
        assert signed_in.url == person.address(page_of_it, method="GET")
        assert "Du har text här som inte är skickad." in signed_in.text
        assert_given_back(signed_in, endpoint, typed, person.address(endpoint))


def test_a_day_after_the_sessions_end_nobody_is_known_and_the_text_is_in_the_page(typing):
    person = typing("inbox.answer")
    typed = person.fields("inbox.answer")
    with clock.frozen(MONDAY + timedelta(hours=26)):
        page = person.posts("inbox.answer", typed)
    assert page.status == 401
    assert_given_back(page, "inbox.answer", typed)


def test_what_is_typed_is_put_aside_and_is_use_of_the_session(typing):
    person = typing("inbox.answer")
    typed = person.fields("inbox.answer") | {"till": person.address("inbox.answer")}
    for minutes in (40, 80, 120):
        with clock.frozen(MONDAY + timedelta(minutes=minutes)):
            answer = person.browser.send("POST", "/personal/utkast", data=typed, headers=HERE)
            assert answer.status_code == 204
    with clock.frozen(MONDAY + timedelta(minutes=170)):
        page = person.browser.get(f"/personal/arende/{person.knock.id}")
        assert_given_back(page, "inbox.answer", typed, typed["till"])
        person.browser.submit("/svara")
        assert "inte är skickad" not in person.browser.page.text
        page = person.browser.get(f"/personal/arende/{person.knock.id}")
        assert "inte är skickad" not in page.text
    [message] = db.session.scalars(db.select(Message))
    assert message.text == TEXT


def test_what_is_put_aside_after_the_sessions_end_is_so_all_the_same(typing):
    person = typing("inbox.answer")
    typed = person.fields("inbox.answer") | {"till": person.address("inbox.answer")}
    with clock.frozen(MONDAY + timedelta(minutes=61)):
        answer = person.browser.send("POST", "/personal/utkast", data=typed, headers=HERE)
        assert answer.status_code == 303
        person.browser.client.delete_cookie("session")
        answer = person.browser.send("POST", "/personal/utkast", data=typed, headers=HERE)
        assert answer.status_code == 401  # nobody is known: the page must go on keeping it
    assert db.session.query(Draft).count() == 1


def test_every_form_of_staffs_with_a_text_is_put_aside_while_one_types(typing, make):
    person = typing("inbox.answer")
    me = db.session.get_one(Staff, person.knock.taken_by_id)
    offer = Offer(MONDAY + timedelta(days=1), 30, MeetingWay.WALK, "grinden")
    proposal = meetings.propose(me, person.knock, [offer])
    meetings.pick(person.knock, proposal.id, proposal.slots[0].id)
    open_hidden(make.counsellor(person.knock.school), person.knock)
    db.session.commit()
    rules = access.rules(person.app)
    own = [person.address(name) for name in STAFFS if rules[name].page is None]
    pages = [f"/personal/arende/{person.knock.id}", *own]
    html = "".join(person.browser.get(page).html for page in pages)
    found = set()
    for form in re.findall(r"<form[^>]*>.*?</form>", html, re.DOTALL):
        assert ("<textarea" in form) <= ("data-draft" in form.partition(">")[0]), form
        found |= {name for name in STAFFS if f'action="{person.address(name)}"' in form}
    assert found == set(STAFFS)


@pytest.fixture
def pupil(app, make) -> Iterator[tuple[Browser, Receipt]]:
    """Has knocked, and looks at the thread on a borrowed device."""
    with clock.frozen(MONDAY):
        receipt = make.knock(make.school())
        browser = Browser(app.test_client())
        browser.get("/mitt/kod")
        browser.submit("/mitt/kod", code=receipt.code)
        yield browser, receipt


def test_a_pupils_text_from_an_expired_device_waits_behind_the_code(pupil):
    browser, receipt = pupil
    with clock.frozen(MONDAY + timedelta(minutes=31)):
        page = browser.submit("/skriv", text=TEXT)
        assert page.status == 404
        assert page.h1 == "Skriv din kod"
        page = browser.submit("/mitt/kod", code="fel kod")
        assert page.status == 422
        page = browser.submit("/mitt/kod", code=receipt.code)
        assert page.url == f"/mitt/{receipt.knock.id}"
        assert page.form("/skriv").data["text"] == [TEXT]
        assert db.session.scalars(db.select(Message)).all() == []  # shown, not sent
        page = browser.submit("/skriv")
        assert "Det du skrev är kvar" not in page.text
        assert page.form("/skriv").data["text"] == [""]
    [message] = db.session.scalars(db.select(Message))
    assert message.text == TEXT


def test_a_text_that_the_page_brought_by_itself_is_shown_once_unlocked_and_not_sent(pupil):
    browser, receipt = pupil
    browser.submit("/siffror", pin="2580", again="2580", code=receipt.code)
    page = browser.page
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        browser.send("POST", page.url, headers=HERE)  # nothing: it is no form
        sent = {**page.form("/skriv").data, "text": [TEXT], "visa": ["1"]}
        action = page.form("/skriv").action or ""
        response = browser.send("POST", action, data=sent, headers=HERE)
        browser.page = Page(response, action)
        page = browser.submit("/las-upp", pin="2580")
        assert page.form("/skriv").data["text"] == [TEXT]
        assert db.session.scalars(db.select(Message)).all() == []


def test_a_page_that_must_be_unlocked_again_is_told_and_not_reloaded(pupil):
    browser, receipt = pupil
    browser.submit("/siffror", pin="2580", again="2580", code=receipt.code)
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        answer = browser.get(browser.page.url, htmx=True)
    assert answer.response.headers["HX-Trigger"] == "locked"
    assert "HX-Refresh" not in answer.response.headers
