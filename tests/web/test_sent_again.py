"""What was refused, for whatever reason, is sent again from where it was given back, and arrives.

Every form of every page (tests/pages/every_form.py): filled in, refused once for each cause, and at
last sent from the page that the refusal gave.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import abort
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from elevhalsa.core import clock
from elevhalsa.domain.people.models import StaffSession
from elevhalsa.extensions import db
from elevhalsa.web import access
from tests.authenticator import a_key
from tests.conftest import Reader, app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tests.pages.browser import Page
from tests.pages.every_form import (
    DIGITS,
    HERE,
    ONLY_COOKIES,
    SETTINGS,
    TEXT,
    House,
    an_app,
    posted,
    with_texts,
)

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    app = app_for(settings_for(sqlite_url, **SETTINGS))
    app.test_client_class = Reader
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context(), clock.frozen(MONDAY):
        yield House(app, Make())
        db.session.remove()
        db.engine.dispose()


def too_many() -> None:
    abort(429)


def away() -> None:
    raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


def broken() -> None:
    raise ZeroDivisionError("en hemlighet")


REFUSALS = {too_many: 429, away: 503, broken: 500}
RULES = access.rules(an_app())
NOT_THE_SAME = {"disclosure.weigh", "referrals.form"}
"""Forms that refuse one and the same text in all their fields, and give it back."""
SAYS_NEW = ("csrf_token", "sedd")
"""What a page gives anew each time."""


def essence(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in fields.items() if name not in SAYS_NEW}


@pytest.mark.parametrize("endpoint", posted())
def test_what_was_refused_is_sent_again_and_arrives(house, endpoint):
    house.comes_to(endpoint)
    browser, address = house.browser(endpoint), house.address(endpoint)
    page = browser.get(house.page_of(endpoint))
    filled = house.fills_in(page.form(address))
    before = house.rows()
    view = house.app.view_functions[endpoint]
    forms = []
    for refuse, status in REFUSALS.items():

        def refusing(refuse=refuse, **_values: str) -> None:
            refuse()

        setattr(refusing, access.MARK, getattr(view, access.MARK))
        house.app.view_functions[endpoint] = refusing
        action = page.form(address).action
        response = browser.send("POST", action, data=filled, headers=HERE)
        house.app.view_functions[endpoint] = view
        browser.page = Page(response, action)
        assert browser.page.status == status
        assert 'href="tel:112"' in browser.page.html, "nobody is left without somebody to call"
        forms.append(browser.page.form(address))
    stale = filled | {"csrf_token": ["gammal"]}
    response = browser.send("POST", action, data=stale, headers={})
    browser.page = Page(response, action)
    assert browser.page.status == 400
    forms.append(browser.page.form(address))
    assert house.rows() == before, "what was refused has changed something"
    assert all(essence(form.data) == essence(forms[0].data) for form in forms)
    assert DIGITS not in browser.page.html

    sent = browser.submit(address)
    if sent.status == 422:  # a secret is never given back, and is typed once more
        sent = browser.submit(address, house.fills_in(sent.form(address)))
    if house.rows() == before and sent.has_form(address):  # it asks once more, and is said yes to
        sent = browser.submit(address)
    assert sent.status == 200, f"{endpoint}: {sent.text}"
    assert (house.rows() != before) == (endpoint not in ONLY_COOKIES)


@pytest.mark.parametrize("endpoint", [name for name in posted() if RULES[name].steps_up])
def test_what_wants_a_confirmation_does_nothing_before_it_and_is_sent_after_it(house, endpoint):
    house.comes_to(endpoint)
    browser, address = house.staff, house.address(endpoint)
    page = browser.get(house.page_of(endpoint))
    filled = house.fills_in(page.form(address))
    db.session.add(a_key(house.me))  # that she confirmed with is long ago when she sends it
    db.session.execute(update(StaffSession).values(confirmed_at=None))
    db.session.commit()
    before = house.rows()
    response = browser.send("POST", address, data=filled, headers=HERE)
    page = browser.page = Page(response, address)
    assert (page.status, page.h1) == (403, "Bekräfta att det är du")
    assert house.rows() == before
    left = {name: values for name, values in essence(filled).items() if any(values)}
    assert left.items() <= essence(page.form(address).data).items()
    db.session.execute(update(StaffSession).values(confirmed_at=clock.now()))
    db.session.commit()
    assert browser.submit(address).status == 200
    assert house.rows() != before


@pytest.mark.parametrize("endpoint", [name for name in with_texts() if name.startswith("inbox.")])
def test_what_waited_behind_the_sign_in_is_sent_from_there(house, endpoint):
    house.comes_to(endpoint)
    browser, address = house.staff, house.address(endpoint)
    form = browser.get(house.page_of(endpoint)).form(address)
    filled = house.fills_in(form)
    before = house.rows()
    with clock.frozen(MONDAY + timedelta(minutes=61)):
        response = browser.send("POST", form.action, data=filled, headers=HERE)
        assert response.status_code == 303
        assert response.location.startswith("/logga-in/")
        page = browser.sign_in(house.me)
        assert page.url == house.page_of(endpoint)
        assert essence(page.form(address).data) == essence(filled)
        assert browser.submit(address).status == 200
    changed = [name for name, rows in house.rows().items() if rows != before[name]]
    assert set(changed) > {"audit_event", "staff_session"}


@pytest.mark.parametrize("endpoint", ["mine.write", "mine.unlock"])
def test_what_waited_behind_the_code_is_sent_from_there(house, endpoint):
    house.comes_to(endpoint)
    browser, address = house.pupil, house.address(endpoint)
    form = browser.get(house.page_of(endpoint)).form(address)
    filled = house.fills_in(form) | {"text": [TEXT]}
    with clock.frozen(MONDAY + timedelta(minutes=31)):  # a borrowed phone has forgotten
        response = browser.send("POST", form.action, data=filled, headers=HERE)
        browser.page = Page(response, form.action)
        assert browser.page.h1 == "Skriv din kod"
        page = browser.submit("/mitt/kod", code=house.receipt.code)
        if endpoint == "mine.unlock":
            page = browser.submit("/las-upp", pin=DIGITS)
        assert page.form("/skriv").data["text"] == [TEXT]
        browser.submit("/skriv")
    assert TEXT in [message.text for message in house.knock.messages]


@pytest.mark.parametrize("endpoint", with_texts())
def test_a_page_from_before_a_restart_is_sent_to_what_runs_after_it(house, sqlite_url, endpoint):
    house.comes_to(endpoint)
    browser, address = house.browser(endpoint), house.address(endpoint)
    form = browser.get(house.page_of(endpoint)).form(address)
    filled = house.fills_in(form) | {name: [TEXT] for name in house.texts(endpoint)}
    cookies = browser.client._cookies
    browser.client = app_for(settings_for(sqlite_url, **SETTINGS)).test_client()
    browser.client._cookies = cookies
    answer = browser.send("POST", form.action, data=filled, headers=HERE)
    assert answer.status_code == (422 if endpoint in NOT_THE_SAME else 303)
    assert endpoint not in NOT_THE_SAME or answer.text.count(TEXT) == len(house.texts(endpoint))
