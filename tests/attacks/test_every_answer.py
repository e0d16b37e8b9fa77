"""Every address of the app, asked by somebody who means harm: with another's site, with lines of
their own, with bodies that are no form, and after somebody has written script in every row."""

import json
import logging
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapper
from werkzeug.test import TestResponse

from elevhalsa.config import ROOT
from elevhalsa.core import clock
from elevhalsa.core.columns import EncryptedText
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.places.models import ConcernStep, CrisisLine, ReplyTemplate
from elevhalsa.extensions import Base, db
from elevhalsa.web import access, kept
from tests.pages import every_form
from tests.pages.browser import Browser
from tests.pages.every_form import HERE, an_app

from .others import STEPS
from .scenes import MARK, SCRIPT, Scenes

RULES = access.rules(an_app())
ROUTES = sorted(an_app().url_map.iter_rules(), key=lambda rule: rule.endpoint)
READ = re.compile(r'request\.(?:args|values|form)[.\w]*[\[(]"(\w+)"|"(\w+)" in request\.args')
USUAL = {"next", "nasta", "url", "return", "return_to", "redirect_uri", "tillbaka", "continue"}
"""What others call where one is to be led."""
ELSEWHERE = ("https://ond.invalid/x", "//ond.invalid/x", "/\\ond.invalid", "javascript:alert(1)",
             "https:ond.invalid", "/%0d%0aLocation:https://ond.invalid")  # fmt: skip


def names_read() -> set[str]:
    """Of the query and of forms, anywhere in the code."""
    files = [*(ROOT / "elevhalsa/pages").rglob("*.py"), *(ROOT / "elevhalsa/web").rglob("*.py")]
    found = {a or b for path in files for a, b in READ.findall(path.read_text())}
    return found | {
        name for rule in RULES.values() if rule.takes for name in kept.kinds(rule.takes)
    }


@pytest.fixture(scope="module")
def peopled(scenes: Scenes) -> Scenes:
    """A row in nearly every table."""
    house = scenes.house
    house.comes_to("door.index")
    for step in (*STEPS, every_form.with_a_break, every_form.with_a_feed):
        step(house)
        db.session.commit()
    scenes.keeps("")
    return scenes


@pytest.fixture
def asked(peopled: Scenes, caplog: pytest.LogCaptureFixture) -> Iterator[Scenes]:
    """From the beginning; and nothing of what is sent comes into a log."""
    peopled.goes_back("")
    peopled.app.config["RATELIMIT_ENABLED"] = False
    caplog.set_level(logging.DEBUG)
    yield peopled
    peopled.app.config["RATELIMIT_ENABLED"] = True
    assert MARK not in caplog.text.lower()
    assert "ond.invalid" not in caplog.text


def addresses(scenes: Scenes, method: str) -> list[tuple[str, str]]:
    """Endpoint and address: of a row that there is, where one is known."""
    house = scenes.house
    found = []
    for rule in ROUTES:
        if method in (rule.methods or ()) and rule.endpoint != "static":
            values = {name: house.values.get(name, "x") for name in rule.arguments}
            routes = scenes.app.url_map.bind("localhost")
            found.append((rule.endpoint, routes.build(rule.endpoint, values, method=method)))
    return found


def browsers(scenes: Scenes) -> list[Browser]:
    return [scenes.house.pupil, scenes.house.staff, Browser(scenes.app.test_client())]


def test_no_address_leads_to_another_site_whatever_it_is_asked(asked):
    """``Guarded`` looks at where each answer leads."""
    leads = 0
    for there in ELSEWHERE:
        query = "&".join(f"{name}={quote(there)}" for name in sorted(names_read() | USUAL))
        headers = HERE | {"Referer": there, "X-Forwarded-Host": "ond.invalid",
                          "X-Original-URL": there, "HX-Current-URL": there}  # fmt: skip
        is_first = there == ELSEWHERE[0]
        for _endpoint, address in addresses(asked, "GET")[:: 1 if is_first else 3]:
            for who in browsers(asked)[:: 1 if is_first else 2]:
                answer = who.send("GET", f"{address.partition('?')[0]}?{query}", headers=headers)
                leads += answer.status_code in (301, 302, 303, 307, 308)
    for address in (
        "//ond.invalid/samordnare",
        "//ond.invalid/%2e%2e",
        "/\\ond.invalid/samordnare",
    ):
        asked.house.staff.send("GET", address)
    assert leads


def test_a_host_of_nobodys_leads_nowhere_and_stands_on_no_page(asked):
    for endpoint, address in addresses(asked, "GET"):
        answer = asked.app.test_client().get(address, headers={"Host": "ond.invalid"})
        assert "ond.invalid" not in answer.text, endpoint
        assert "ond.invalid" not in answer.headers.get("Location", ""), endpoint


# --- what is written in every row -----------------------------------------------------------------

LINKS = {"url", "link", "source"}
"""Columns with an address that a page leads to."""
NO_WORDS = {
    "of a browser": {"endpoint", "p256dh", "auth", "vapid_key_id", "origin", "transports"},
    "ids, marks, places": {"baton_id", "about_id", "flood", "meeting_id", "parent_id", "row_id",
                           "guarantee_id", "credential_id", "current_of", "form", "cause", "host",
                           "slug", "key", "mac", "form_print"},
    "sealed as a whole": {"fields", "number"},
    "lists of words, hours, figures": {"steps", "measures", "sms_countries", "needs", "hours",
                                       "figures", "error"},
    "of a provider": {"order_ref", "start_token", "qr_token", "qr_secret", "provider"},
    "with a form of their own": {"email", "contact_email"},
}  # fmt: skip
LEFT = set().union(*NO_WORDS.values())


def words_of(mapper: Mapper[Any]) -> Iterator[str]:
    """The attributes that hold what somebody has written."""
    table = mapper.class_.__tablename__
    if table.startswith(("audit_", "data_key", "key_mark", "schema_mark")):
        return
    for name, column in mapper.columns.items():
        is_text = isinstance(column.type, EncryptedText) or type(column.type) in (String, Text)
        is_id = column.primary_key or column.foreign_keys or name.endswith("_hash")
        if is_text and not is_id and name not in LEFT:
            yield name


@pytest.fixture
def written_in(asked: Scenes) -> tuple[Scenes, set[str]]:
    """By somebody who has got past every form: an import, a fault, an older release."""
    home = asked.house.school.municipality_id
    today = clock.today()
    db.session.add_all([
        CrisisLine(municipality_id=home, name="x", about="x", phone="1", sms="1", url="https://x",
                   hours="dygnet runt", verified_on=today, urgent=True),
        ReplyTemplate(municipality_id=home, title="x", body="x"),
        ConcernStep(municipality_id=home, key=concern.steps(home)[0].key, says="x", link="x"),
    ])  # fmt: skip
    db.session.flush()
    places = set()
    for mapper in Base.registry.mappers:
        names = list(words_of(mapper))
        for row in db.session.scalars(db.select(mapper.class_)) if names else ():
            for name in names:
                value = f"https://x/{SCRIPT}" if name in LINKS else SCRIPT
                setattr(row, name, value)
                places.add(f"{mapper.class_.__tablename__}.{name}")
    db.session.commit()
    return asked, places


def assert_is_nothing_but_text(answer: TestResponse, where: str) -> None:
    if answer.mimetype == "text/calendar":  # no line is begun by what somebody has written
        assert not re.search(rf"^{MARK}", answer.text, re.MULTILINE | re.IGNORECASE), where
    elif answer.mimetype == "application/json":
        json.loads(answer.data)
    elif answer.mimetype == "application/pdf":
        assert not re.search(rb"/(JavaScript|JS|URI|Launch|OpenAction)\b", answer.data), where


def test_script_in_every_row_is_nothing_but_text_on_every_page(written_in):
    """Of what is a page ``Guarded`` sees that it has become neither a tag nor an attribute."""
    scenes, places = written_in
    assert len(places) > 20
    shown = set()
    for endpoint, address in addresses(scenes, "GET"):
        for who in browsers(scenes):
            answer = who.send("GET", address)
            assert_is_nothing_but_text(answer, endpoint)
            if MARK in answer.text:
                shown.add(endpoint)
    assert len(shown) > 20
    for form in ("text", "pdf"):
        address = scenes.house.address("inbox.extract")
        answer = scenes.house.staff.send("POST", address, data={"form": form}, headers=HERE)
        assert answer.status_code == 200
        assert_is_nothing_but_text(answer, form)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//ond.invalid", "x"])
def test_where_a_text_of_the_municipality_leads_is_an_address_of_the_web(asked, link):
    house = asked.house
    page = house.staff.get("/kommun/oro")
    form = page.form("/kommun/oro")
    answer = house.staff.send("POST", form.action, data=form.data | {"link": [link]}, headers=HERE)
    assert answer.status_code == 422
    assert f'href="{link}' not in answer.text


# --- headers, and what is no form -----------------------------------------------------------------

ODD = f"\x1b[31m{MARK}\x7f\x85 \\r\\n{MARK}:1 %0d%0a{MARK}:1 \"'><{MARK}>"
HEADERS = (
    "User-Agent", "Referer", "Accept-Language", "Accept", "X-Request-ID", "X-Forwarded-For",
    "X-Forwarded-Proto", "Forwarded", "Authorization", "If-None-Match", "If-Modified-Since",
    "Range", "HX-Request", "HX-Target", "HX-Trigger", "HX-Prompt", "HX-Current-URL", "Purpose",
    "Sec-Fetch-Site", "X-CSRFToken", "Accept-Encoding", "X-HTTP-Method-Override",
)  # fmt: skip


def test_no_header_of_anybodys_comes_into_an_answer_or_a_log(asked):
    for endpoint, address in addresses(asked, "GET"):
        answer = asked.house.staff.send("GET", address, headers=dict.fromkeys(HEADERS, ODD))
        assert MARK not in str(answer.headers).lower(), endpoint
        assert MARK not in answer.text.lower(), endpoint


FORM, PARTS, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
PART = b'--x\r\nContent-Disposition: form-data; name="text"'
END = b"\r\n\r\n1\r\n--x--\r\n"
BODIES: dict[str, tuple[str, bytes]] = {
    "far too large": (FORM, b"text=" + b"a" * 1_100_000),
    "a little too large": (FORM, b"text=" + b"%C3%A5" * 50_000),
    "thousands of fields": (FORM, b"&".join(b"f%d=1" % number for number in range(5_000))),
    "one field thousands of times": (FORM, b"&".join([b"text=1", b"shown=1", b"who=1"] * 3_000)),
    "no UTF-8": (FORM, b"text=%ff%fe&\xff\xfe=1&form_id=%c3%28&name=%ed%a0%80&way=%c0%80"),
    "NULs": (FORM, b"text=%00&a%00b=1&\0=\0&form_id=%00&code=%00&email=a%00b&way=%00"),
    "only signs": (FORM, b"&&==&=&%&%%&%u0041&text[]=1&text[a][b]=1;;"),
    "another charset": (FORM + "; charset=utf-7", b"text=+AGEAYgBj-"),
    "no boundary": (PARTS, b"--x\r\n\r\n1\r\n--x--"),
    "a part without an end": (PARTS + "; boundary=x", PART),
    "a part without a head": (PARTS + "; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"),
    "thousands of parts": (PARTS + "; boundary=x", (PART + END) * 2_000),
    "a file": (PARTS + "; boundary=x",
               PART + b'; filename="../x\r\n.py"\r\nContent-Type: text/html' + END),
    "another's boundary": (PARTS + '; boundary="' + "x" * 300 + '"', PART),
    "JSON where there is a form": (JSON, b'{"text": "1", "form_id": [{}]}'),
    "deep JSON": (JSON, b"[" * 100_000),
    "JSON of depth": (JSON, b'{"keys":' * 3_000 + b"1" + b"}" * 3_000),
    "a number without an end": (JSON, b"1" * 100_000),
    "no JSON": (JSON, b"\xff\xfe{}"),
    "XML": ("text/xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'),
    "no kind": ("", b"text=1"),
    "an odd kind": ("\x85/;;=;boundary", b"text=1"),
    "packed": (FORM, zlib.compress(b"text=" + b"a" * 100_000)),
    "nothing": (FORM, b""),
}  # fmt: skip
FEW = ("far too large", "no UTF-8", "NULs", "a part without an end", "deep JSON", "an odd kind")


@pytest.mark.parametrize(
    "what", [one if one in FEW else pytest.param(one, marks=pytest.mark.trial) for one in BODIES]
)
def test_a_body_that_is_no_form_of_ours_is_no_fault(asked, what):
    """At every address that takes one; ``Guarded`` sees that none is answered by a fault."""
    kind, body = BODIES[what]
    taken = {answers(asked, one, body, kind) for one in addresses(asked, "POST")}
    assert taken <= {200, 204, 303, 400, 401, 403, 404, 409, 410, 413, 415, 422}


def answers(scenes: Scenes, one: tuple[str, str], body: bytes, kind: str) -> int:
    endpoint, address = one
    who = scenes.house.browser(endpoint)
    before = dict(who.client._cookies)
    found = who.send("POST", address, data=body, headers=HERE, content_type=kind)
    who.client._cookies = before
    return found.status_code


COOKIES = (f"session={MARK}; dorr={MARK}", "session=a.b.c; dorr=\x01", "=; ;session",
           f"skola=\"'><{MARK}>; diskret={MARK}")  # fmt: skip


@pytest.mark.parametrize("cookie", COOKIES)
def test_a_cookie_of_nobodys_is_none(asked, cookie):
    for endpoint, address in addresses(asked, "GET")[:: 1 if "skola" in cookie else 9]:
        answer = asked.app.test_client().get(address, headers={"Cookie": cookie})
        assert MARK not in answer.text.lower(), endpoint
        assert MARK not in str(answer.headers).lower(), endpoint


@pytest.mark.parametrize("value", ["[" * 50_000, "1" * 5_000, "{}"])
def test_what_a_script_would_send_of_a_key_is_read_with_care(asked, value):
    """As a field of a form, which no library has looked at before."""
    for endpoint, address in addresses(asked, "POST"):
        if endpoint in every_form.NO_FORM and (form := RULES[endpoint].takes):
            fields = dict.fromkeys(kept.kinds(form), value)
            answer = asked.house.browser(endpoint).send("POST", address, data=fields, headers=HERE)
            assert answer.status_code < 500, endpoint
