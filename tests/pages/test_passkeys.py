"""Staff make keys, sign in with them and confirm with them; what is typed meanwhile is kept."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people import queries
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Passkey, Staff
from elevhalsa.extensions import db
from elevhalsa.web import access
from tests import postgres
from tests.authenticator import Authenticator
from tests.conftest import app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make

from .browser import Browser, Page

MONDAY = at("2026-11-23 09:30")
WHY = "Eleven mår sämre och behöver mer hjälp."
NEW, QUESTION = "/personal/inloggningar/nyckel", "/personal/inloggningar/nyckel/fraga"
CONFIRM = "/personal/inloggningar/bekrafta"


EITHER = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """On SQLite unless a test asks for either: what keys do in each database is tried in
    tests/domain/people/test_passkeys.py. On PostgreSQL in the web's own role."""
    if getattr(request, "param", "sqlite") == "sqlite":
        url = request.getfixturevalue("sqlite_url")
    else:
        url = postgres.as_role(request.getfixturevalue("postgres_url"), postgres.WEB)
    app = app_for(settings_for(url, mail_url="smtp://127.0.0.1:1", mail_from="a@b.invalid"))
    with app.app_context(), clock.frozen(MONDAY):
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def make(app: Flask) -> Make:
    return Make()


def makes(browser: Browser, device: Authenticator, name: str = "Min mobil") -> Page:
    browser.get(NEW)
    return browser.submit(NEW, name=name, credential=device.create(browser.get(QUESTION).html))


def signs_in(browser: Browser, device: Authenticator) -> Page:
    browser.get("/logga-in/")
    answer = device.get(browser.get("/logga-in/nyckel/fraga").html)
    return browser.submit("/logga-in/nyckel", credential=answer)


def confirms(browser: Browser, device: Authenticator) -> int:
    """As the script does; the page stays where it is."""
    answer = device.get(browser.send("GET", f"{CONFIRM}/fraga").text)
    form = browser.page.form(CONFIRM)
    data = form.data | {"credential": [answer]}
    return browser.send("POST", CONFIRM, data=data).status_code


@pytest.fixture
def nurse(make: Make) -> Staff:
    return make.nurse(make.school())


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def device(browser: Browser, nurse: Staff) -> Authenticator:
    """With the nurse's key in it; she is signed in, and made it more than five minutes ago."""
    device = Authenticator()
    with clock.frozen(MONDAY - timedelta(minutes=6)):
        browser.sign_in(nurse)
        makes(browser, device)
    return device


def test_after_the_first_sign_in_by_a_link_a_key_is_offered_once(browser, nurse):
    nurse.key_offered = False
    page = browser.sign_in(nurse)
    assert (page.url, page.h1) == (NEW, "Gör en nyckel")
    assert browser.follow("Inte nu").url == "/personal/inkorg"
    assert browser.sign_in(nurse).url == "/personal/inkorg"


@EITHER
def test_a_nurse_makes_a_key_is_told_by_letter_and_signs_in_with_it_alone(app, browser, nurse):
    device = Authenticator()
    browser.sign_in(nurse)
    page = makes(browser, device)
    assert page.h1 == "Inloggningar och nycklar"
    assert "Min mobil" in page.text
    assert "Inte använd än" in page.text
    told = db.session.scalars(select(Notice).where(Notice.kind == Kind.KEY_ADDED)).all()
    assert {(one.staff_id, one.channel) for one in told} == {
        (nurse.id, Channel.APP), (nurse.id, Channel.EMAIL),
    }  # fmt: skip
    other = Browser(app.test_client())
    assert signs_in(other, device).url == "/personal/inkorg"
    page = other.get("/personal/inloggningar")
    assert "Med nyckel" in page.text
    assert "Senast använd" in page.text


def test_with_a_key_a_mailed_link_alone_opens_nothing(app, browser, nurse, device):
    link = f"/logga-in/lank/{people.make_link(nurse)}"
    db.session.commit()
    thief = Browser(app.test_client())
    page = thief.get(link)
    assert page.h1 == "Bekräfta med din nyckel"
    posted = thief.send("POST", link, headers={"Origin": "http://localhost"})
    assert posted.status_code == 403
    assert thief.get("/personal/inkorg").url == "/logga-in/"
    thief.get(link)
    answer = device.get(thief.get("/logga-in/nyckel/fraga").html)
    assert thief.submit("/logga-in/nyckel", credential=answer).url == "/personal/inkorg"


def test_a_link_that_was_opened_before_the_key_was_made_opens_nothing_either(app, nurse):
    link = f"/logga-in/lank/{people.make_link(nurse)}"
    db.session.commit()
    thief, hers = Browser(app.test_client()), Browser(app.test_client())
    thief.get(link)
    hers.sign_in(nurse)
    makes(hers, Authenticator())
    assert thief.submit(link).status == 403


def test_a_key_that_is_refused_is_told_so_where_one_signs_in_and_to_no_log(
    app, browser, nurse, device, caplog
):
    answer = device.get(browser.get("/logga-in/nyckel/fraga").html)  # asked of another browser
    other = Browser(app.test_client())
    other.get("/logga-in/")
    page = other.submit("/logga-in/nyckel", credential=answer)
    assert page.status == 422
    assert "Nyckeln gick inte att använda" in page.text
    assert page.has_form("/logga-in/")
    assert device.credentials[0].id.decode() not in page.html + caplog.text


def test_without_a_script_it_is_said_that_a_key_needs_one(browser, nurse):
    page = browser.get("/logga-in/")
    assert "En nyckel behöver JavaScript, som är avstängt här." in page.text
    browser.sign_in(nurse)
    assert "behöver JavaScript" in browser.get(NEW).text
    page = browser.submit(NEW, name="Min mobil")
    assert page.status == 422
    assert page.form(NEW).data["name"] == ["Min mobil"]


def test_signing_in_with_a_key_keeps_nothing_of_the_session_before(app, browser, nurse, device):
    planted = Browser(app.test_client())
    planted.get("/logga-in/")
    with planted.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = planted.client.get_cookie("session").value
    signs_in(planted, device)
    with planted.client.session_transaction() as session:
        assert "planted" not in session
    attacker = Browser(app.test_client())
    attacker.client.set_cookie("session", before)
    assert attacker.get("/personal/inkorg").url == "/logga-in/"


# --- confirming ----------------------------------------------------------------------------------


def test_every_way_over_a_wall_out_of_the_house_or_to_the_bin_wants_a_confirmation(app):
    """Found by what its address says. Who adds one of these marks it, or this fails."""
    calls = re.compile(
        r"over-gransen|avsluta-inloggningar|utlamn|utdrag|export|gallr|ansvarig|\.(csv|pdf|zip)$"
    )
    rules = access.rules(app)
    found = {
        route.endpoint
        for route in app.url_map.iter_rules()
        if rules[route.endpoint].who in access.NEEDS_SIGN_IN and calls.search(route.rule)
    }
    assert {"inbox.cross", "coordinator.shut_out"} <= found
    assert sorted(name for name in found if not rules[name].steps_up) == []


@pytest.fixture
def taken(make: Make, nurse: Staff) -> Knock:
    """By the nurse, with somebody on the other side to cross to."""
    school = nurse.assignments[0].school
    make.counsellor(school)
    knock = make.knock(school, wanted=nurse.profession).knock
    answering.take(nurse, knock)
    db.session.commit()
    return knock


def wall_of(knock: Knock) -> str:
    return str(db.session.get_one(Knock, knock.id).wall)


def test_crossing_a_wall_is_confirmed_first_and_what_was_typed_is_sent_with_one_press(
    browser, device, taken
):
    before = wall_of(taken)
    browser.get(f"/personal/arende/{taken.id}")
    page = browser.submit("/over-gransen", reason=WHY)
    assert (page.status, page.h1) == (403, "Bekräfta att det är du")
    assert page.form("/over-gransen").data["reason"] == [WHY]
    assert browser.submit("/over-gransen").status == 403  # not confirmed yet
    assert wall_of(taken) == before
    assert confirms(browser, device) == 204
    assert browser.submit("/over-gransen").status == 200
    assert wall_of(taken) != before
    done = db.session.scalars(select(AuditEvent.action)).all()
    assert Action.KEY_CONFIRMED in done


def test_a_confirmation_lasts_for_five_minutes_and_one_session(app, browser, nurse, device, taken):
    other = Browser(app.test_client())
    browser.get(f"/personal/arende/{taken.id}")
    browser.submit("/over-gransen", reason="för kort")
    assert confirms(browser, device) == 204
    signs_in(other, device)
    with clock.frozen(MONDAY + timedelta(minutes=4, seconds=59)):
        assert browser.submit("/over-gransen").status == 422
    with clock.frozen(MONDAY + timedelta(minutes=5)):
        for one in (browser, other):
            one.get(f"/personal/arende/{taken.id}")
            assert one.submit("/over-gransen", reason="för kort").status == 403


def test_nobody_confirms_with_another_persons_key(app, browser, make, device, taken):
    colleague, theirs = Browser(app.test_client()), Authenticator()
    colleague.sign_in(make.nurse(make.school()))
    makes(colleague, theirs)
    browser.get(f"/personal/arende/{taken.id}")
    browser.submit("/over-gransen", reason=WHY)
    assert confirms(browser, theirs) == 422
    assert browser.submit("/over-gransen").status == 403


def test_who_has_no_key_is_not_stopped(browser, nurse, taken):
    browser.sign_in(nurse)
    browser.get(f"/personal/arende/{taken.id}")
    assert browser.submit("/over-gransen", reason="för kort").status == 422


def test_an_unattended_screen_makes_no_key_and_removes_none(browser, nurse, device):
    page = browser.get(NEW)
    assert (page.status, page.h1) == (403, "Bekräfta att det är du")
    assert page.link("Fortsätt") == NEW
    assert browser.send("GET", QUESTION).status_code == 403
    page = browser.get("/personal/inloggningar")
    assert browser.submit("/ta-bort").status == 403
    assert len(queries.keys_of(nurse)) == 1
    confirms(browser, device)
    assert browser.submit("/ta-bort").h1 == "Inloggningar och nycklar"
    assert queries.keys_of(nurse) == []


def test_a_key_gets_another_name(browser, nurse, device):
    browser.get("/personal/inloggningar")
    page = browser.submit("/namn", name="")
    assert page.status == 422
    assert "Skriv vad nyckeln ska heta." in page.text
    assert "Jobbmobilen" in browser.submit("/namn", name="Jobbmobilen").text


def test_nobody_names_or_removes_a_colleagues_key(app, browser, nurse, device, make):
    [key] = queries.keys_of(nurse)
    other = Browser(app.test_client())
    other.sign_in(make.nurse(make.school()))
    for end in ("namn", "ta-bort"):
        sent = other.send(
            "POST", f"{NEW}/{key.id}/{end}", data={"name": "Min"},
            headers={"Origin": "http://localhost"},
        )  # fmt: skip
        assert sent.status_code == 404
    assert [one.name for one in queries.keys_of(nurse)] == ["Min mobil"]


# --- taken away by others ------------------------------------------------------------------------


@EITHER
def test_a_coordinator_ends_sessions_and_keys_at_once_and_the_person_is_told(
    app, browser, nurse, device, make
):
    boss = Browser(app.test_client())
    me = make.coordinator()
    boss.sign_in(me)
    boss.get(f"/samordnare/personal/{nurse.id}")
    assert "1 inloggning nu, 1 nyckel" in boss.page.text
    page = boss.submit("/avsluta-inloggningar")
    assert "Inloggningar och nycklar är avslutade." in page.text
    assert browser.get("/personal/inkorg").url == "/logga-in/"
    assert signs_in(browser, device).status == 422
    told = db.session.scalars(select(Notice.staff_id).where(Notice.kind == Kind.KEYS_REVOKED))
    assert set(told) == {nurse.id}
    done = db.session.execute(
        select(AuditEvent.action, AuditEvent.to_staff_id).where(AuditEvent.staff_id == me.id)
    ).all()
    assert {(Action.SESSIONS_REVOKED, nurse.id), (Action.KEYS_REVOKED, nurse.id)} <= set(done)
    assert browser.sign_in(nurse).url == "/personal/inkorg"  # by a link again


def test_no_coordinator_ends_the_keys_of_another_municipality_or_her_own_there(app, make, nurse):
    far = make.municipality()
    boss = Browser(app.test_client())
    elsewhere = make.staff(None, municipality_id=far.id)
    boss.sign_in(elsewhere)
    for who in (nurse, elsewhere):
        sent = boss.send(
            "POST", f"/samordnare/personal/{who.id}/avsluta-inloggningar",
            headers={"Origin": "http://localhost"},
        )  # fmt: skip
        assert sent.status_code in (404, 409)
    assert boss.get("/samordnare/").status == 200


# --- what a municipality requires ----------------------------------------------------------------


def test_where_a_key_is_required_nothing_else_opens_before_there_is_one(app, make, browser, nurse):
    make.home.requires_passkey = True
    device = Authenticator()
    page = browser.sign_in(nurse)
    assert page.url == NEW
    assert "Inte nu" not in page.text
    for path in ("/personal/inkorg", "/personal/inloggningar", "/personal/schema"):
        assert browser.get(path).url == NEW
    makes(browser, device)
    assert browser.get("/personal/inkorg").url == "/personal/inkorg"
    assert signs_in(Browser(app.test_client()), device).url == "/personal/inkorg"


# --- hosts ---------------------------------------------------------------------------------------

OWN = "http://elevhalsa.exempel.invalid"


@pytest.fixture
def two_hosts(make: Make) -> tuple[Staff, Staff]:
    """One person with an account in a municipality that has its own host and in one that has
    not."""
    own = make.municipality(host="elevhalsa.exempel.invalid")
    school, there = make.school(), make.school(municipality_id=own.id)
    return make.nurse(school), make.staff(schools=[there], municipality_id=own.id)


def test_a_key_opens_at_its_own_municipalitys_host_alone(app, two_hosts):
    shared, own = two_hosts
    device = Authenticator(origin=f"{OWN}:8000")
    at_home = Browser(app.test_client(), base_url=f"{OWN}:8000")
    at_home.sign_in(own)
    makes(at_home, device)
    assert queries.keys_of(own)[0].host == "elevhalsa.exempel.invalid"
    at_home = Browser(app.test_client(), base_url=f"{OWN}:8000")
    assert signs_in(at_home, device).url == "/personal/inkorg"
    visitor = Browser(app.test_client())
    assert signs_in(visitor, device).status == 422
    visitor.sign_in(shared)
    phone = Authenticator()
    makes(visitor, phone)
    assert signs_in(Browser(app.test_client()), phone).url == "/personal/inkorg"
    phone.origin = f"{OWN}:8000"  # as no browser would have it
    assert signs_in(Browser(app.test_client(), base_url=phone.origin), phone).status == 422


def test_at_the_shared_host_a_link_of_who_has_a_key_at_home_opens_nothing(app, two_hosts):
    _shared, own = two_hosts
    at_home = Browser(app.test_client(), base_url=f"{OWN}:8000")
    at_home.sign_in(own)
    makes(at_home, Authenticator(origin=f"{OWN}:8000"))
    thief = Browser(app.test_client())
    link = f"/logga-in/lank/{people.make_link(own)}"
    db.session.commit()
    page = thief.get(link)
    assert page.link(OWN)
    assert not page.has_form(link)
    posted = thief.send("POST", link, headers={"Origin": "http://localhost"})
    assert posted.status_code == 403


def test_where_no_key_can_be_made_none_is_offered(app, nurse):
    nurse.key_offered = False
    bare = Browser(app.test_client(), base_url="http://127.0.0.1")
    assert bare.sign_in(nurse).url == "/personal/inkorg"
    page = bare.get(NEW)
    assert page.link("localhost") == "http://localhost"
    assert not page.has_form(NEW)
    assert bare.send("GET", QUESTION).status_code == 404
    assert db.session.query(Passkey).count() == 0
