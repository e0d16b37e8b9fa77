"""Looking changes nothing: every address of the app against every way of only looking at it.

The addresses come from the app's own map, so one that is added next year is looked at too.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.people import service as people
from elevhalsa.extensions import db, limiter
from elevhalsa.web import access, looking
from elevhalsa.web.access import Who
from tests.conftest import Reader, app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tests.pages.browser import Browser

MONDAY = at("2026-11-23 09:30")
LATER = at("2026-11-23 09:45")
SECRET = "Det här får ingen läsa i förväg."
PUBLIC = (Who.ANYONE, Who.OPERATOR)

AHEAD = {
    "prefetch": {"Sec-Purpose": "prefetch"},
    "prerender": {"Sec-Purpose": "prefetch;prerender"},
    "an older browser": {"Purpose": "prefetch"},
    "an older Firefox": {"X-Moz": "prefetch"},
}
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "HEAD": ("HEAD", {}),
    "OPTIONS": ("OPTIONS", {}),
    **{name: ("GET", headers) for name, headers in AHEAD.items()},
    **{f"{name}, HEAD": ("HEAD", headers) for name, headers in list(AHEAD.items())[:2]},
    **{f"{name}, POST": ("POST", headers) for name, headers in list(AHEAD.items())[:2]},
}


class House:
    """Somebody signed in, somebody with a knock that is answered, and a link not used yet."""

    def __init__(self, app: Flask, make: Any) -> None:
        self.app = app
        school = make.school(slug="norrskogen")
        receipt = make.knock(school, text=SECRET)
        me = make.counsellor(school)
        me.coordinates = True
        self.browser = Browser(app.test_client())
        self.browser.arrives_as(me)
        self.browser.get("/mitt/kod")
        self.browser.submit("/mitt/kod", code=receipt.code)
        answering.answer(me, receipt.knock, SECRET, form_id=new_id())
        self.code = receipt.code
        self.known = {
            "knock_id": receipt.knock.id,
            "slug": school.slug,
            "token": people.make_link(me),
        }
        db.session.commit()

    def addresses(self, endpoint: str) -> list[str]:
        found = []
        for rule in self.app.url_map.iter_rules(endpoint):
            values = {name: self.known.get(name, "x") for name in rule.arguments}
            address = rule.rule
            for name, value in values.items():
                address = re.sub(rf"<(?:[^:>]+:)?{name}>", value, address)
            found.append(address)
        return found

    def rows(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        db.session.rollback()
        return {
            name: sorted(map(repr, db.session.execute(select(table)).all()))
            for name, table in db.metadata.tables.items()
        }


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    app = app_for(settings_for(sqlite_url, metrics_token="mätning"))
    app.test_client_class = Reader
    with app.app_context(), clock.frozen(MONDAY):
        yield House(app, Make())
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def limits_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was taken from somebody's share."""
    asked: list[str] = []
    strategy = type(limiter.limiter)
    hit = strategy.hit

    def counting(self: Any, item: Any, *identifiers: str, **values: Any) -> bool:
        asked.append(str(item))
        return hit(self, item, *identifiers, **values)

    monkeypatch.setattr(strategy, "hit", counting)
    return asked


def assert_nothing_of_a_person(body: str, house: House, address: str) -> None:
    """What the address itself says is no news to who asks."""
    for secret in (SECRET, house.known["knock_id"], house.code):
        assert secret in address or secret not in body, address


@pytest.mark.parametrize("way", WAYS)
def test_looking_at_any_address_changes_no_row_and_gives_no_cookie(house, limits_asked, way):
    method, headers = WAYS[way]
    rules = access.rules(house.app)
    with clock.frozen(LATER):  # late enough that any use would be noted
        before = house.rows()
        limits_asked.clear()
        for endpoint, rule in rules.items():
            for address in house.addresses(endpoint):
                # The body of a form too: a HEAD may have one.
                answer = house.browser.send(
                    method,
                    address,
                    headers=headers | {"Origin": "http://localhost"},
                    data={"code": house.code, "text": SECRET} if method != "OPTIONS" else None,
                )
                where = f"{way} {address} {answer.status_code}"
                assert answer.status_code < 500 or answer.status_code == looking.NOT_NOW, where
                assert "Set-Cookie" not in answer.headers, where
                if method != "POST" and rule.who not in PUBLIC:
                    assert_nothing_of_a_person(answer.text, house, address)
                    assert answer.headers["Cache-Control"] == "no-store", where
        assert house.rows() == before
        assert not limits_asked


def test_what_is_looked_at_can_then_be_used(house):
    for method, headers in WAYS.values():
        house.browser.send(method, f"/logga-in/lank/{house.known['token']}", headers=headers)
    other = Browser(house.app.test_client())
    other.get(f"/logga-in/lank/{house.known['token']}")
    assert other.submit(house.known["token"]).status == 200
    assert other.page.url == "/personal/inkorg"


def test_a_right_code_in_a_head_opens_nothing_and_wrong_ones_tell_nothing(house):
    stranger = Browser(house.app.test_client())
    for code in (house.code, "fel 1234 ord här nu"):
        answer = stranger.send("HEAD", "/mitt/kod", data={"code": code})
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)


def test_probes_by_head_are_answered_as_by_get(house):
    for address in ("/healthz", "/readyz", "/", "/hjalp-nu"):
        found = [house.browser.send(method, address).status_code for method in ("HEAD", "GET")]
        assert found[0] == found[1], address


def test_a_text_that_is_posted_ahead_is_given_back_and_not_sent(house):
    house.browser.get(f"/mitt/{house.known['knock_id']}")
    page = house.browser.submit("/skriv", {"text": "Kvar"}, headers=AHEAD["prerender"])
    assert page.status == looking.NOT_NOW
    assert "Kvar" in page.html


def test_no_view_takes_whatever_is_not_a_get_for_a_post():
    """HEAD and OPTIONS are neither: a view asks whether it is a POST."""
    for path in sorted(Path("elevhalsa").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and "request.method" in ast.unparse(node):
                said = ast.unparse(node)
                assert said not in ("request.method == 'GET'", "request.method != 'GET'"), path
