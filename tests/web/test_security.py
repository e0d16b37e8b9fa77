"""Headers, cookies and what never leaves the building."""

import logging
import re

import pytest

from elevhalsa import create_app
from elevhalsa.config import ROOT
from elevhalsa.extensions import db, visitor_key
from elevhalsa.web import access
from elevhalsa.web.access import Who
from tests.conftest import settings_for
from tests.pages.browser import Browser


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen")
    make.nurse(school)
    return school


@pytest.mark.parametrize(
    "address", ["/", "/knacka", "/mitt", "/logga-in/", "/personal/inkorg", "/x"]
)
def test_every_answer_forbids_inline_scripts_frames_and_third_parties(client, school, address):
    headers = client.get(address).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {
        "'self'"
    }
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.fixture
def secure_client(database_url):
    app = create_app(settings_for(database_url, public_url="https://elevhalsa.exempel.invalid"))
    with app.app_context():
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


def test_over_https_browsers_are_told_to_stay_there(secure_client):
    assert "max-age=31536000" in secure_client.get("/").headers["Strict-Transport-Security"]


def test_over_https_cookies_are_secure_httponly_and_bound_to_the_host(
    secure_client, app, make, school
):
    pupil = Browser(secure_client, base_url="https://localhost")
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="app")
    kept = {c.key: c for c in secure_client._cookies.values()}
    assert {"__Host-session", "__Host-dorr", "__Secure-kvitto"} <= set(kept)
    for cookie in kept.values():
        assert cookie.secure, cookie.key
        assert cookie.http_only, cookie.key
        assert cookie.same_site in ("Lax", "Strict"), cookie.key


def test_no_page_asks_anything_of_another_host(client, school):
    for address in ("/", "/s/norrskogen", "/knacka?skola=norrskogen", "/hjalp-nu", "/mitt/kod"):
        html = client.get(address).text
        fetched = re.findall(r'<(?:script|img|link|iframe)[^>]*?(?:src|href)="([^"]+)"', html)
        ours = re.compile(r"/static/|/manifest\.webmanifest|http://127\.0\.0\.1:8000/")
        assert [f for f in fetched if not ours.match(f)] == []


def test_static_files_last_for_ever_under_names_of_their_content(client, school):
    html = client.get("/").text
    address = re.search(r'href="(/static/css/base\.[0-9a-f]{10}\.css)"', html).group(1)
    with client.get(address, headers={"Accept-Encoding": "br"}) as answer:
        assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["Cache-Control"].endswith("public, immutable")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_rate_limit_counts_visitors_apart_without_their_address(app):
    keys = set()
    for address in ("192.0.2.1", "192.0.2.2"):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            assert address not in visitor_key()
            keys.add(visitor_key())
            assert visitor_key() == visitor_key()
    assert len(keys) == 2


def test_a_knock_leaves_no_trace_of_who_or_what_in_the_log(client, school, caplog):
    caplog.set_level(logging.DEBUG)
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="sms", sms_phone="0701234567", text="En hemlighet",
                 name="Elev Ett", headers={"User-Agent": "Min-Egen-Mobil/1"})  # fmt: skip
    for secret in ("0701234567", "En hemlighet", "Elev Ett", "127.0.0.1", "Min-Egen-Mobil"):
        assert secret not in caplog.text


def test_nothing_in_the_database_can_be_read_without_the_keys(client, school):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="nurse", way="sms", sms_phone="0701234567", text="En hemlighet",
                 name="Elev Ett", headers={"User-Agent": "Min-Egen-Mobil/1"})  # fmt: skip
    raw = ""
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            columns = ", ".join(f'CAST("{c.name}" AS TEXT)' for c in table.columns)
            for row in connection.exec_driver_sql(f'SELECT {columns} FROM "{table.name}"'):
                raw += repr(tuple(row))
    assert "knocked" in raw
    for secret in ("0701234567", "En hemlighet", "Elev Ett", "127.0.0.1", "Min-Egen-Mobil"):
        assert secret not in raw


def test_a_fault_shows_and_keeps_nothing(app, client, school, monkeypatch, caplog):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("elevhalsa.domain.knocks.ladder.tell_of_new", lambda *a, **k: 1 / 0)
    fields = {"who": "nurse", "way": "app", "text": "En hemlighet", "form_id": "f" * 22}
    answer = client.post(
        "/knacka?skola=norrskogen", data=fields, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 500
    assert "Något gick fel hos oss" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "En hemlighet" not in caplog.text


@pytest.mark.parametrize("address", ["/s/a%00", "/mitt/a%00", "/hjalp-nu?x=%00", "/mitt/kod?a=%00"])
def test_an_address_that_no_database_can_look_up_is_not_found(client, school, address):
    assert client.get(address).status_code == 404


def test_what_needs_no_sign_in_is_a_short_list_that_somebody_has_read(app):
    rules = access.rules(app)
    open_to_all = {
        e for e, rule in rules.items() if rule.who in (Who.ANYONE, Who.VISITOR, Who.OPERATOR)
    }
    assert {e.partition(".")[0] for e in open_to_all} == {
        "door", "eid", "pwa", "signin", "ops", "week", "consents", "consultations",
    }  # fmt: skip
    assert {e for e in open_to_all if e.startswith("signin")} == {
        "signin.index", "signin.link", "signin.key", "signin.key_question",
        "signin.account", "signin.account_answered",
    }  # fmt: skip
    assert {e for e in open_to_all if e.startswith("week")} == {"week.calendar_feed"}
    assert {e for e in open_to_all if e.startswith("cons")} == {
        "consents.door", "consents.answer", "consents.take_back", "consents.close",
        "consultations.ask", "consultations.concern",
    }  # fmt: skip


def test_a_fault_logs_where_it_was_but_neither_what_it_said_nor_the_address(
    app, client, monkeypatch, caplog
):
    """An address may be a key: this one signs somebody in."""

    number = "070-174 06 05"

    def fails(token):
        raise LookupError(f"no row for {token} of {number}")

    monkeypatch.setattr("elevhalsa.domain.people.service.find_link", fails)
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/logga-in/lank/hemlig-nyckel").status_code == 500
    assert "signin.link failed: LookupError" in caplog.text
    assert "views.py" in caplog.text
    for secret in ("hemlig-nyckel", number):
        assert secret not in caplog.text


def test_no_list_of_advertisements_and_notices_blocks_a_file_or_an_address_of_ours(app):
    """The words that filter lists look for in addresses (EasyList, its lists of notices)."""
    words = re.compile(
        r"(^|[/_.-])(ads?|adverts?|analytics?|banners?|beacons?|cookie-?(consent|banner|notice)|"
        r"pixels?|popups?|promo|push-?(notifications?|prompt|sdk)|sponsors?|stats|track(er|ing)?|"
        r"telemetry|web-?push)([/_.-]|$)"
    )
    addresses = [rule.rule for rule in app.url_map.iter_rules()]
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.*")]
    assert not [address for address in addresses + files if words.search(address)]
