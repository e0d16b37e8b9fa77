"""A house in which somebody is about to send each form of the app, built once and gone back to.

To stand somebody at a form costs ten times what it costs to send it. So the database is copied when
they stand there, and every attack on the form begins from the copy.
"""

import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from elevhalsa.extensions import db, limiter
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests.conftest import Reader
from tests.factories import Make
from tests.pages.browser import Browser, Form
from tests.pages.every_form import HERE, House

MARK = "x-f7"
"""What an attack writes is known by."""
SCRIPT = f"</script>\"'><{MARK} {MARK}=1>\r\n{MARK.upper()}: 1"
PUBLIC = (Who.ANYONE, Who.OPERATOR)
FEED = "week.calendar_feed"
"""Kept by the calendar program that fetches it, and asked for anew each time; it names nobody."""


class Marked(HTMLParser):
    """Has the mark become a tag or an attribute anywhere?"""

    found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = self.found or tag == MARK or any(name == MARK for name, _value in attrs)


class Guarded(Reader):
    """Looks at each answer, whatever was asked: what holds for all of them."""

    def open(self, *arguments: Any, buffered: bool = True, **values: Any) -> TestResponse:
        answer = super().open(*arguments, buffered=buffered, **values)
        holds(self.application, answer)
        return answer


def endpoint_of(app: Flask, answer: TestResponse) -> str | None:
    asked = answer.request
    try:
        return app.url_map.bind("localhost").match(asked.path, method=asked.method)[0]
    except HTTPException:
        return None


def holds(app: Flask, answer: TestResponse) -> None:
    """For every answer of the app."""
    where = f"{answer.request.method} {answer.request.path} {answer.status_code}"
    headers = answer.headers
    assert answer.status_code not in (500, 502), where
    # It is framed by nobody, and is what it says it is.
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy or answer.mimetype == "text/javascript", where
    assert "unsafe" not in policy, where
    assert headers["X-Frame-Options"] == "DENY", where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    # No browser keeps what is somebody's.
    endpoint = endpoint_of(app, answer)
    is_somebodys = endpoint is None or access.rules(app)[endpoint].who not in PUBLIC
    if endpoint == FEED and answer.status_code < 400:
        assert headers["Cache-Control"] == "private, no-cache", where
    elif is_somebodys:
        assert headers["Cache-Control"] == "no-store", where
    # No header is of somebody else's making, and none leads to another site.
    for name, value in headers.items():
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", f"{name}{value}"), where
        assert name.lower() != MARK, where
    location = headers.get("Location", "/")
    assert re.match(r"/(?![/\\])|http://localhost/", location), f"{where} leads to {location}"
    assert not shows_script(answer), where


def shows_script(answer: TestResponse) -> bool:
    if answer.mimetype != "text/html" or MARK not in answer.text.lower():
        return False
    reader = Marked()
    reader.feed(answer.text)
    return reader.found


@dataclass
class Scene:
    """Somebody at a form, filled in as a person does."""

    house: House
    endpoint: str
    form: Form
    body: dict[str, list[str]]
    _back: Callable[[], None]

    @property
    def browser(self) -> Browser:
        return self.house.browser(self.endpoint)

    def sends(self, body: dict[str, list[str]] | None = None, *, to: str = "") -> TestResponse:
        """Pressed, once more from the beginning. Default: what the person would send."""
        self._back()
        data = self.body if body is None else body
        return self.browser.send("POST", to or self.form.action, data=data, headers=HERE)


class Scenes:
    """Of one app and its SQLite file."""

    def __init__(self, app: Flask, path: Path, make: Make, **how: Any) -> None:
        self.app = app
        self.house = House(app, make, **how)
        self._path = path
        self._begins = (dict(self.house.typed), dict(self.house.chosen))
        self._known: dict[str, tuple[Form, dict[str, list[str]], dict[str, str]]] = {}
        self._kept: dict[str, list[Any]] = {}
        self.keeps("")

    def keeps(self, name: str) -> None:
        """So that one can go back to it as it is now."""
        db.session.commit()
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.rollback()
        db.engine.dispose()
        shutil.copyfile(self._path, self._copy(name))
        browsers = (self.house.pupil, self.house.staff)
        self._kept[name] = [deepcopy(one.client._cookies) for one in browsers]

    def forgets(self) -> None:
        """Where anybody has stood: from now on they come from what is now."""
        self._known.clear()
        self.keeps("")

    def goes_back(self, name: str) -> None:
        db.session.rollback()
        db.session.expire_all()
        db.engine.dispose()
        shutil.copyfile(self._copy(name), self._path)
        browsers = (self.house.pupil, self.house.staff)
        for browser, cookies in zip(browsers, self._kept[name], strict=True):
            browser.client._cookies = deepcopy(cookies)
        limiter.reset()

    def _copy(self, name: str) -> Path:
        return self._path.with_name(f"kept-{name}")

    def at(self, endpoint: str) -> Scene:
        house = self.house
        if endpoint not in self._known:
            self.goes_back("")
            typed, chosen = self._begins
            house.typed, house.chosen = dict(typed), dict(chosen)
            house.comes_to(endpoint)
            page = house.browser(endpoint).get(house.page_of(endpoint))
            form = page.form(house.address(endpoint))
            self._known[endpoint] = form, house.fills_in(form), dict(house.values)
            self.keeps(endpoint)
        form, body, house.values = self._known[endpoint]
        self.goes_back(endpoint)
        return Scene(house, endpoint, form, body, lambda: self.goes_back(endpoint))
