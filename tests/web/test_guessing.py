"""Limits hit guessers, not classes: only wrong ones count, and a /64 is one place."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from limits import parse
from sqlalchemy.exc import OperationalError

from elevhalsa import create_app
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import asking, devices
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations.health import Health
from elevhalsa.domain.operations.queries import GUESSED
from elevhalsa.domain.people import service as people
from elevhalsa.extensions import db, limiter, visitor_key
from elevhalsa.web import access, kept, limits
from tests.conftest import Reader, app_for, settings_for
from tests.pages.browser import Browser

ORIGIN = {"Origin": "http://localhost"}
CLASS = 30
IN_ONE_HOME = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2:a:b:c:d")
NEXT_DOOR = "2001:db8:1:3::1"


def phone(app: Flask, address: str = "192.0.2.1") -> Browser:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Browser(client)


def tries(browser: Browser, code: str) -> int:
    return browser.send("POST", "/mitt/kod", data={"code": code}, headers=ORIGIN).status_code


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if so many wrong codes had come in an hour."""
    monkeypatch.setattr(limits, "IN_ALL", "4 per hour")


def test_a_class_behind_one_address_knocks_opens_and_moves_together(app, make):
    school = make.school(slug="norrskogen")
    make.nurse(school)
    for _pupil in range(CLASS):
        own, ipad = phone(app), phone(app)
        form_id = new_id()
        fields = {"who": "nurse", "way": "app", "form_id": form_id}
        knocked = own.send("POST", "/knacka?skola=norrskogen", data=fields, headers=ORIGIN)
        assert knocked.status_code == 303
        assert tries(ipad, asking.receipt_code(form_id)) == 303
        own.get("/flytta")
        page = own.submit("/flytta")
        [spoken] = re.findall(r"[a-zåäö]+ \d{4} [a-zåäö]+", page.text)
        moved = phone(app).send("POST", "/flytta/hit", data={"code": spoken}, headers=ORIGIN)
        assert moved.status_code == 303


def test_thirty_of_staff_behind_one_address_sign_in_together(app, make):
    school = make.school()
    tokens = [people.make_link(make.nurse(school)) for _number in range(CLASS)]
    db.session.commit()
    for token in tokens:
        answer = phone(app).send("POST", f"/logga-in/lank/{token}", headers=ORIGIN)
        assert answer.status_code == 303


def test_a_right_code_between_wrong_ones_is_no_guess(app, make):
    receipt = make.knock(make.school())
    own = phone(app)
    for _number in range(9):
        assert tries(own, "fel 1234 ord här nu") == 422
    for _number in range(5):
        assert tries(own, receipt.code) == 303
    assert tries(own, "fel 1234 ord här nu") == 422
    assert tries(own, receipt.code) == 429


def test_an_address_of_ipv6_is_its_home_and_no_other(app):
    def place(address: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return visitor_key()

    assert len({place(address) for address in IN_ONE_HOME}) == 1
    assert place(NEXT_DOOR) != place(IN_ONE_HOME[0])
    assert place("::ffff:192.0.2.1") == place("192.0.2.1") != place("192.0.2.2")
    assert place("fe80::1%eth0") == place("fe80::1")


def test_guesses_from_all_over_are_slowed_down_but_who_has_the_code_gets_in(app, make, low):
    receipt = make.knock(make.school())
    for number in range(4):
        assert tries(phone(app, f"198.51.100.{number}"), "fel 1234 ord här nu") == 422
    assert schedule.last_finished(GUESSED) is None
    one_more = phone(app, "203.0.113.9")
    assert [tries(one_more, "fel 1234 ord här nu") for _number in range(4)] == [422, 422, 422, 429]
    db.session.rollback()
    assert schedule.last_finished(GUESSED) is not None
    assert health.guesses().health is Health.DEGRADED
    for _pupil in range(CLASS):
        assert tries(phone(app), receipt.code) == 303
    coordinator = phone(app)
    coordinator.sign_in(make.coordinator())
    assert "provat väldigt många koder" in coordinator.get("/samordnare/").text


def test_many_guesses_at_once_are_counted_each_before_it_is_looked_at(app, monkeypatch):
    """All of them are under way when the first is answered."""
    counted: list[int] = []
    own = phone(app)
    item = parse("10 per minute")

    def looking(code: str) -> None:
        taken = sum(
            limiter.limiter.get_window_stats(one.limit, *one.request_args).remaining
            for one in limiter.current_limits
            if one.limit == item
        )
        counted.append(taken)

    monkeypatch.setattr("elevhalsa.domain.knocks.devices.find_by_code", looking)
    assert tries(own, "fel 1234 ord här nu") == 422
    assert tries(own, "fel 1234 ord här nu") == 422
    assert counted == [9, 8]


def test_a_store_that_is_away_opens_nothing(sqlite_url):
    settings = settings_for(sqlite_url, redis_url="redis://127.0.0.1:1/0")
    app = app_for(settings)
    app.test_client_class = Reader
    with app.app_context():
        statuses = [tries(phone(app), "fel 1234 ord här nu") for _number in range(21)]
        db.session.remove()
        db.engine.dispose()
    assert set(statuses) == {422, 429}


def guessed() -> list[str]:
    """The endpoints whose form has a secret field: from the app's own map."""
    app = create_app(settings_for("sqlite:////nowhere/x.db"))
    return [
        endpoint
        for endpoint, rule in access.rules(app).items()
        if rule.takes and kept.Kind.SECRET in kept.kinds(rule.takes).values()
    ]


@pytest.mark.parametrize("endpoint", [*guessed(), "mine.code", "move.receive", "signin.link"])
def test_whatever_takes_a_secret_is_guarded(endpoint):
    app = create_app(settings_for("sqlite:////nowhere/x.db"))
    view: Callable[..., Any] = app.view_functions[endpoint]
    names = set()
    while view:
        names.add(view.__qualname__)
        code = getattr(view, "__code__", None)
        if code and code.co_filename == limits.__file__:
            return
        view = getattr(view, "__wrapped__", None)
    raise AssertionError(f"{endpoint}: not among limits.guesses: {names}")


def test_what_nobody_has_looked_at_for_want_of_the_database_is_no_guess(app, make, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    receipt = make.knock(make.school())
    own = phone(app)

    def away(_typed: str) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(devices, "find_by_code", away)
        for _press in range(12):
            assert tries(own, receipt.code) == 503
    assert tries(own, receipt.code) == 303
