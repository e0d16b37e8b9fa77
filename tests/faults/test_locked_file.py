"""Another process holds SQLite's only lock, as a long import or a copy does: what was sent comes
back in a form that can be sent, whoever only looks is shown the page at once, and nobody is kept
out for it."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy.engine import make_url

from elevhalsa import database as engine
from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import db
from tests.conftest import Reader, app_for, settings_for
from tests.factories import Make
from tests.pages.browser import Browser, Page
from tests.pages.every_form import HERE, SETTINGS, TEXT, House, with_texts
from tests.running import eventually

from .conftest import Say
from .service import HOST, started

WAITS = 0.4
"""Seconds that a page waits for the lock here, instead of ten."""
LONG = 20

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(url: str) -> Iterator[None]:
    """By a process of its own, until the block ends."""
    words = [sys.executable, "-c", HOLD, str(make_url(url).database)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        yield
        other.communicate()


@pytest.fixture
def house(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(engine, "SQLITE_WAIT_SECONDS", WAITS)
    app = app_for(settings_for(sqlite_url, **SETTINGS))
    app.test_client_class = Reader
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        yield House(app, Make())
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("endpoint", with_texts())
def test_what_is_sent_to_a_locked_file_is_given_back_and_keeps_nobody_out(
    house: House, sqlite_url: str, endpoint: str
) -> None:
    house.comes_to(endpoint)
    browser, address = house.browser(endpoint), house.address(endpoint)
    form = browser.get(house.page_of(endpoint)).form(address)
    filled = house.fills_in(form) | {name: [TEXT] for name in house.texts(endpoint)}
    other = Browser(house.app.test_client())
    with locked(sqlite_url):
        house.app.extensions["elevhalsa_directory"].clear()  # it is this post that reads it anew
        response = browser.send("POST", form.action or "", data=filled, headers=HERE)
        browser.page = Page(response, form.action or "")
        assert browser.page.status == 503
        assert TEXT in browser.page.html
        began = time.monotonic()
        for address_of_all in ("/", "/knacka?skola=norrskogen", "/hjalp-nu", "/mitt", "/mitt/kod"):
            assert other.get(address_of_all).status == 200
        assert time.monotonic() - began < WAITS * 5, "who only looks waits for no lock"
    sent = browser.submit(address)
    if sent.status == 422:  # a secret is never given back, and is typed once more
        sent = browser.submit(address, house.fills_in(sent.form(address)))
    assert sent.status == 200


def asks(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    headers = {"Origin": f"http://{HOST}:{port}"}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.trial
def test_a_file_that_is_locked_for_twenty_seconds_loses_no_text_and_closes_no_page(
    database: Path, tmp_path: Path, say: Say
) -> None:
    with started(database, tmp_path / "stack.log") as service:
        eventually(lambda: "/mitt/kod" in service.process.said())  # it has told all it tells
        fields = {"skola": service.slug, "form_id": new_id(), "who": "nurse", "way": "app"}
        form = urlencode(fields | {"text": TEXT})
        before = service.knocks_stored
        with locked(f"sqlite:///{database}"):
            began = time.monotonic()
            status, page = asks(service.port, "POST", "/knacka", form)
            say(f"a knock was given back after {time.monotonic() - began:.0f} s")
            assert status == 503
            assert TEXT in page
            while time.monotonic() - began < LONG:
                for path in ("/", "/mitt/kod", f"/knacka?skola={service.slug}", "/hjalp-nu"):
                    asked = time.monotonic()
                    assert asks(service.port, "GET", path)[0] == 200
                    assert time.monotonic() - asked < 2
                time.sleep(0.5)
        for _twice in range(2):
            assert asks(service.port, "POST", "/knacka", form)[0] == 303
        assert service.knocks_stored == before + 1
