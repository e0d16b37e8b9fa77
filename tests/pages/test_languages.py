"""Another language needs a catalogue and nothing else: here one is made up, from right to left,
every text between marks, and all that a visitor can read is asked for in it."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from elevhalsa import create_app
from elevhalsa.core import clock
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import shipped
from elevhalsa.extensions import babel, db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests.conftest import settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tools.check_catalogue import CATALOGUE

LANGUAGE = "ar"
"""Babel knows its dates, its direction and its six plural forms. Its texts here are made up."""
TEXT = "En text på svenska som eleven skrev."
NO_LANGUAGE = {"digg", "se", "imy", "flask", "app", "staff", "invite", "http", "localhost"}
NOT_PAGES = {"door.robots", "door.sitemap", "pwa.worker", "pwa.token", "push.check"}
SPOKEN = {"title", "alt", "placeholder", "aria-label", "data-label"}


def marked(text: str) -> str:
    return "HH:mm" if text == "HH.mm" else f"⟦{text}⟧"


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with CATALOGUE.open(encoding="utf-8") as file:
        source = read_po(file)
    made = Catalog(LANGUAGE)
    for message in source:
        if isinstance(message.id, tuple):
            made.add(message.id, tuple(marked(message.id[1]) for _form in range(made.num_plurals)))
        elif message.id:
            made.add(message.id, marked(message.id), context=message.context)  # type: ignore[arg-type]
    folder = tmp_path_factory.mktemp("translations")
    path = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, made)
    return folder


@pytest.fixture
def app(sqlite_url: str, translations: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url))
    monkeypatch.setattr(app.extensions["babel"], "default_locale", LANGUAGE)
    monkeypatch.setattr(app.extensions["babel"], "translation_directories", [str(translations)])
    with app.app_context():
        monkeypatch.setattr(babel.domain_instance, "cache", {})
    with clock.frozen(at("2026-11-27 16:20")):
        yield app


class Visible(HTMLParser):
    """What can be read on a page, or is read aloud."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent += tag in ("script", "style")
        self.parts += [value for name, value in given.items() if name in SPOKEN]
        if given.get("name") == "description":
            self.parts.append(given.get("content", ""))
        if tag not in ("a", "b", "strong", "span", "small", "bdi", "br", "time", "em", "i"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def not_translated(html: str) -> str:
    """What is left of a page's words when all that came from the catalogue is taken away."""
    left = "".join(Visible(html).parts)
    while left != (left := re.sub(r"⟦[^⟦⟧]*⟧", "", left)):
        pass
    words = re.findall(r"[A-Za-zÅÄÖåäöé]{2,}", left)
    return " ".join(word for word in words if word.lower() not in NO_LANGUAGE)


@cache
def law() -> list[str]:
    """What a law says and is called: in Swedish, and marked so, whatever the page speaks."""
    with concern.LAW.open(encoding="utf-8", newline="") as file:
        steps = list(csv.DictReader(file, delimiter=";"))
    said = {step[name] for step in steps for name in ("säger", "lag")}
    return [f' lang="sv" dir="ltr">{escape(text)}' for text in said if text]


def check(response, *, data: str = "") -> str:
    html: str = response.get_data(as_text=True)
    called = [line.name for line in shipped.crisis_lines()]  # on a page that tells of a fault
    for known in [*data.split("|"), *called]:
        html = html.replace(known, "") if known else html
    for known in law():
        html = html.replace(known, ">")
    if "<html" in html:
        assert f'<html lang="{LANGUAGE}" dir="rtl">' in html
    assert not_translated(html) == "", response.request.path
    return html


def school_in(app: Flask) -> None:
    with app.app_context():
        make = Make()
        school = make.school(slug="norrskogen", name="1")
        make.home.name = "2"
        make.nurse(school)
        make.counsellor(school)
        db.session.commit()


def addresses(app: Flask) -> list[str]:
    """Every address that anybody may open, from the app itself."""
    values = {"slug": "norrskogen", "token": "x" * 22}
    with app.test_request_context():
        rules = access.rules(app)
        return [
            app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})  # type: ignore[arg-type]
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and rules[rule.endpoint].who in (Who.ANYONE, Who.PUPIL, Who.VISITOR)
            and rule.endpoint not in NOT_PAGES
            and rule.arguments <= set(values)
        ]


def test_every_public_page_speaks_the_language_of_the_catalogue(app):
    school_in(app)
    client = app.test_client()
    asked = [*addresses(app), "/knacka?skola=norrskogen", "/finns-inte", "/offline"]
    assert len(asked) > 15
    for address in asked:
        response = client.get(address, follow_redirects=True)
        if response.mimetype == "text/html":
            check(response)
        elif response.mimetype == "application/manifest+json":
            assert (response.json["lang"], response.json["dir"]) == (LANGUAGE, "rtl")


def knocks(client: FlaskClient, **fields: str):
    given = {"who": "nurse", "way": "app", "text": TEXT, "form_id": "f" * 22} | fields
    return client.post(
        "/knacka?skola=norrskogen",
        data=given,
        headers={"Origin": "http://localhost"},
        follow_redirects=True,
    )


def test_what_is_wrong_with_a_form_is_said_in_it_too(app):
    school_in(app)
    wrong = knocks(app.test_client(), who="", way="sms", sms_phone="07", text="", name="x" * 201)
    assert wrong.status_code == 422
    assert "⟦Nästan klart⟧" in check(wrong)


def test_a_receipt_and_what_staff_see_tell_the_time_as_the_language_does(app):
    school_in(app)
    receipt = knocks(app.test_client())
    assert receipt.status_code == 200
    code = re.search(r'class="code">([^<]+)<', receipt.text).group(1)
    html = check(receipt, data=f"{TEXT}|{code}")
    assert "الاثنين، 30 نوفمبر" in html
    assert "16:20" in html
    assert "16.20" not in html
    assert '<p dir="auto">' in html


def test_the_inbox_and_a_knock_hold_no_text_outside_the_catalogue(app):
    school_in(app)
    knocks(app.test_client())
    with app.app_context():
        staff = db.session.scalars(select(Staff)).first()
        token, name = people.make_link(staff), staff.name
        db.session.commit()
    client = app.test_client()
    page = client.get(f"/logga-in/lank/{token}")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    inbox = client.post(f"/logga-in/lank/{token}", data={"csrf_token": csrf}, follow_redirects=True)
    assert inbox.status_code == 200
    case = re.search(r"/personal/arende/[\w-]+", check(inbox, data=name)).group()
    for address in (case, "/personal/notiser", "/personal/inloggningar", "/personal/paminnelser"):
        check(client.get(address), data=f"{TEXT}|{name}")
