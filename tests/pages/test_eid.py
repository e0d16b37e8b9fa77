"""BankID at the door, without JavaScript, against the simulator: what works, all that does not, and
what an attacker would try."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock, labels, qr
from elevhalsa.domain.identity import rules
from elevhalsa.domain.identity.models import EidOrder, Identity
from elevhalsa.domain.identity.words import App, Told
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.bankid import OLDER, TEEN, confirms
from tests.bankid import settings as asks
from tests.conftest import Reader, app_for, settings_for
from tools.bankid.orders import ERRORS, FAILURES, PENDING, qr_text

from .browser import Browser, Page, Value

COOKIE = "legitimation"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
CONFIRM = "/logga-in/klart?skola=norrskogen"
WAIT, CANCEL, START = "/logga-in/bankid/vantar", "/logga-in/bankid/avbryt", "/logga-in/bankid"


@pytest.fixture
def app(sqlite_url, bank, monkeypatch):
    """On one database: what differs between the two is the domain's, and tried there. Nobody waits
    two seconds."""
    monkeypatch.setattr(rules, "BETWEEN", timedelta())
    monkeypatch.setattr("tools.bankid.orders.SOONEST_SECONDS", 0)
    app = app_for(settings_for(sqlite_url, **asks(bank)))
    app.test_client_class = Reader
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.counsellor(school)
    return school


@pytest.fixture
def pupil(app, school):
    return Browser(app.test_client())


@pytest.fixture
def attacker(app, school):
    return Browser(app.test_client())


WAYS_IN = ("Knacka på med BankID", "Logga in och knacka på")
"""The link's words where BankID is the only way, and where there are others."""


def begins(browser: Browser, where: App, agent: str = "", **fields: Value) -> Page:
    page = browser.get("/s/norrskogen")
    browser.follow(next(words for words in WAYS_IN if words in page.text))
    forms = [form for form in browser.page.forms if form.data.get("app") == [where.value]]
    return browser.submit(browser.page.forms.index(forms[0]), fields, headers={"User-Agent": agent})


def hears(browser: Browser, **fields: Value) -> Page:
    if not browser.page.has_form(WAIT):
        browser.get(WAIT)
    return browser.submit(WAIT, fields)


def logs_in(browser: Browser, bank, someone=TEEN):
    begins(browser, App.ELSEWHERE)
    confirms(bank, someone)
    hears(browser)
    return browser.submit("/logga-in/klart")


def token(browser: Browser) -> str:
    """As it stands in the cookie."""
    found = browser.client.get_cookie(COOKIE)
    return found.value if found else ""


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def knocks(browser: Browser, **fields):
    return browser.submit(
        "/knacka/inloggad", {"who": "counsellor", "way": "app", "text": "Hej"} | fields
    )


# --- what works ----------------------------------------------------------------------------------


def test_a_pupil_knocks_with_bankid_on_another_device(pupil, bank, make, school):
    page = begins(pupil, App.ELSEWHERE)
    assert "Vi väntar på BankID-appen." in page.text and "<svg" in page.html
    confirms(bank)
    page = hears(pupil)
    assert page.h1 == "Det här fick vi från BankID"
    assert TEEN.name in page.text and "12 till 14 år" in page.text
    assert TEEN.number[8:] not in page.html and TEEN.number not in page.html
    page = pupil.submit("/logga-in/klart")
    assert f"Du är inloggad med BankID som {TEEN.name}" in page.text
    assert page.form("inloggad").data["name"] == [TEEN.name]
    page = knocks(pupil, name="Exa")
    assert "Du loggade in med BankID. De som kan svara dig ser ditt namn." in page.text
    assert TEEN.name not in page.text
    db.session.rollback()
    knock = db.session.scalars(select(Knock)).one()
    assert (knock.name, knock.identity.name) == ("Exa", TEEN.name)
    assert token(pupil) == ""  # logged out
    staff = Browser(pupil.client.application.test_client())
    staff.sign_in(make.counsellor(school))
    text = staff.get(f"/personal/arende/{knock.id}").text
    assert f"Legitimerad med BankID {TEEN.name}" in text
    assert TEEN.number not in text
    assert TEEN.name in staff.get(f"/personal/arende/{knock.id}/fara-for-liv").text
    assert TEEN.name not in staff.get("/personal/inkorg").html


def test_a_pupil_logs_in_on_the_same_device_and_comes_back_by_the_return_address(pupil, bank):
    page = begins(pupil, App.HERE, SAFARI)
    assert page.link("Öppna BankID").startswith(f"{bank.app}?autostarttoken=")
    back = confirms(bank)
    assert re.fullmatch(r"http://localhost/logga-in/bankid/vantar\?svar=[\w-]{43}", back)
    assert hears(pupil).h1 == "Gå tillbaka med BankID-appen"  # no page gets it without the nonce
    page = pupil.get(back.removeprefix("http://localhost"))
    assert page.response.headers["Referrer-Policy"] == "strict-origin"
    assert count(Identity) == 1 and hears(pupil).h1 == "Det här fick vi från BankID"


def test_in_an_installed_app_there_is_no_way_back_but_by_hand(pupil, bank):
    begins(pupil, App.HERE, SAFARI, installed="1")
    assert confirms(bank) is None
    assert "returnUrl" not in bank.simulator.calls[0][1]
    assert hears(pupil).h1 == "Det här fick vi från BankID"


def test_each_second_has_a_qr_code_of_its_own_that_the_app_can_read(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    (order,) = bank.simulator.waiting()
    drawn = pupil.get(WAIT, htmx=True).html
    seconds = [qr.svg(qr_text(order, second), level="l") for second in range(30)]
    assert drawn in seconds and len(set(seconds)) == len(seconds)
    assert bank.simulator.read(qr_text(order, seconds.index(drawn)))
    hears(pupil)
    assert pupil.get(WAIT, htmx=True).status == 286  # read: the picture is taken away


def test_a_part_that_refreshes_itself_says_what_is_new_once_and_leads_on(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    (order,) = bank.simulator.waiting()
    htmx = {"HX-Request": "true"}
    bank.simulator.open(order.start_token)
    page = pupil.submit(WAIT, headers=htmx)
    assert "Skriv din kod" in page.html and not page.is_whole
    assert pupil.submit(WAIT, told="sign", headers=htmx).status == 204
    bank.simulator.confirm(order.ref, TEEN, ip="127.0.0.1")
    before = pupil.client.get_cookie("legitimation").value
    led = pupil.submit(WAIT, headers=htmx).response.headers["HX-Redirect"]
    assert led == "/logga-in/klart?skola=norrskogen"
    assert TEEN.name in pupil.get(led).text
    pupil.client.set_cookie("legitimation", before)  # of a picture asked for at the same moment
    late = pupil.get(WAIT, htmx=True)
    assert late.status == 286 and "HX-Redirect" not in late.response.headers


def test_only_a_post_changes_anything(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    confirms(bank)
    asked = len(bank.simulator.calls)
    for address in (WAIT, f"{WAIT}?svar=x", "/logga-in/klart", START):
        for htmx in (False, True):
            pupil.send("GET", address, headers={"HX-Request": "true"} if htmx else {})
    assert len(bank.simulator.calls) == asked and count(Identity) == 0


# --- what does not -------------------------------------------------------------------------------


def test_what_fails_says_why_and_two_ways_on(pupil, bank, monkeypatch):
    monkeypatch.setattr(rules, "MOST_RENEWALS", 0)
    for hint in (*FAILURES, "something-new"):
        begins(pupil, App.ELSEWHERE)
        (order,) = bank.simulator.waiting()
        bank.simulator.fail(order.ref, hint)
        page = hears(pupil)
        assert labels.of(rules.failed(hint)) in page.text
        assert page.link("Försök igen med BankID") and page.link("Knacka på utan att logga in")
    assert count(Identity) == 0


def test_every_hint_meanwhile_has_its_sentence(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    (order,) = bank.simulator.waiting()
    for hint in (*PENDING, "something-new"):
        bank.simulator.hint(order.ref, hint)
        assert labels.of(rules.pending(hint)) in hears(pupil).text


def test_every_error_at_the_start_has_its_sentence(pupil, bank):
    for code in ERRORS:
        bank.simulator.next_refusal = code
        page = begins(pupil, App.ELSEWHERE)
        assert page.status == 503
        assert labels.of(rules.refused(code)) in page.text
        assert page.link("Knacka på utan att logga in")
    assert count(EidOrder) == 0


def test_a_risk_stops_it_and_nothing_is_kept(pupil, bank):
    stops: dict[Told, dict[str, Any]] = {
        Told.RISK: {"risk": "high"},
        Told.OTHER_NET: {"ip": "198.51.100.1"},
    }
    for told, how in stops.items():
        begins(pupil, App.HERE, SAFARI)
        back = confirms(bank, **how)
        pupil.get(back.removeprefix("http://localhost"))
        assert labels.of(told) in hears(pupil).text
    assert count(Identity) == 0


def test_who_cancels_has_cancelled_at_bankid_too(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    assert pupil.submit(CANCEL).h1 == "Inloggningen är avbruten"
    assert not bank.simulator.orders


def test_a_page_that_is_left_cancels_it_and_another_sites_page_cannot(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    evil = {"Origin": "https://exempel.invalid"}
    assert pupil.send("POST", CANCEL, headers=evil).status_code == 400
    assert bank.simulator.orders
    assert pupil.send("POST", CANCEL, headers={"Origin": "http://localhost"}).status_code == 303
    assert not bank.simulator.orders


def test_a_new_try_cancels_the_one_before(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    (first,) = bank.simulator.orders
    begins(pupil, App.HERE, SAFARI)
    (second,) = bank.simulator.orders
    assert first != second


def test_at_a_school_of_another_municipality_one_can_log_in_anew_or_go_without(pupil, bank, make):
    elsewhere = make.municipality()
    there = make.school(municipality_id=elsewhere.id, slug="annan-skola")
    logs_in(pupil, bank)
    page = pupil.get(f"/knacka/inloggad?skola={there.slug}")
    assert page.h1 == "Knacka på med BankID"
    assert TEEN.name not in page.html
    assert "Knacka på utan att logga in" in page.text


def test_every_way_out_ends_it_on_the_server_too(pupil, bank):
    for address in ("/mitt/glom", "/mitt/rensa", "/lamna"):
        logs_in(pupil, bank)
        kept, mark = token(pupil), pupil.client.get_cookie("spar")
        if address == "/lamna":
            pupil.client.set_cookie("spar", "utanfor")  # static/js/leaving.js does, before it asks
        pupil.send("POST", address, headers={"Origin": "http://localhost"})
        assert token(pupil) == ""
        assert not db.session.scalars(
            select(Identity.id).where(Identity.ends_at > clock.now())
        ).all()
        pupil.client.set_cookie(COOKIE, kept)
        pupil.client.set_cookie("spar", mark.value if mark else "")
        assert pupil.get(CONFIRM).h1 == "Knacka på med BankID", address
        begins(pupil, App.ELSEWHERE)
        pupil.send("POST", address, headers={"Origin": "http://localhost"})
        assert not bank.simulator.orders


def test_a_quick_exit_without_a_net_shows_no_name_afterwards(pupil, bank):
    logs_in(pupil, bank)
    pupil.client.set_cookie("spar", "utanfor")  # static/js/leaving.js does
    assert token(pupil)
    for address in ("/knacka/inloggad?skola=norrskogen", CONFIRM, f"{START}?skola=norrskogen"):
        assert TEEN.name not in pupil.get(address).html
    assert logs_in(pupil, bank).status == 200
    assert TEEN.name in pupil.page.text  # whoever logs in after that is logged in


def test_a_knock_is_taken_in_although_the_login_has_ended(pupil, bank):
    logs_in(pupil, bank)
    db.session.execute(db.update(Identity).values(ends_at=clock.now()))
    db.session.commit()
    page = knocks(pupil)
    assert "Du hann bli utloggad. Din knackning kom fram ändå" in page.text
    db.session.rollback()
    assert db.session.scalars(select(Knock)).one().identity_id is None


def test_the_same_form_twice_is_one_knock_with_one_name(pupil, bank):
    logs_in(pupil, bank)
    form = pupil.page
    knocks(pupil)
    pupil.page = form
    assert "utan inloggning" not in knocks(pupil).text
    db.session.rollback()
    assert db.session.scalars(select(Knock)).one().identity.name == TEEN.name


def test_who_goes_without_takes_no_step_more(pupil):
    assert pupil.get("/s/norrskogen").link("Knacka på utan att logga in").startswith("/knacka?")
    assert not token(pupil)


# --- what an attacker would try ------------------------------------------------------------------


def test_what_an_attacker_began_on_the_same_device_and_a_victim_finished_is_nobodys(
    attacker, pupil, bank
):
    begins(attacker, App.HERE, SAFARI)
    back = confirms(bank).removeprefix("http://localhost")  # the victim opened the link
    page = pupil.get(back)  # and comes back in a browser of their own
    assert page.status == 409 and labels.of(Told.OTHER_BROWSER) in page.text
    hears(attacker)
    hears(attacker, svar="a-guess")
    assert "Det här fick vi" not in attacker.page.text
    assert attacker.get(CONFIRM).h1 == "Knacka på med BankID"
    attacker.get(WAIT)
    assert "Gå tillbaka med BankID-appen" in attacker.page.text


def test_another_browsers_cookie_opens_nothing(attacker, pupil, bank):
    begins(pupil, App.ELSEWHERE)
    begins(attacker, App.ELSEWHERE)
    assert token(pupil) != token(attacker)
    first = next(iter(bank.simulator.orders.values()))
    bank.simulator.open(first.start_token)
    bank.simulator.confirm(first.ref, TEEN, ip="127.0.0.1")
    assert hears(attacker).h1 == "Logga in med BankID"
    assert TEEN.name in hears(pupil).text


def test_a_return_address_is_used_once(pupil, attacker, bank):
    begins(pupil, App.HERE, SAFARI)
    kept = token(pupil)
    back = confirms(bank).removeprefix("http://localhost")
    pupil.get(back)
    hears(pupil)
    attacker.client.set_cookie(COOKIE, kept)  # the cookie of before the login, too
    assert attacker.get(back).status == 409
    assert count(EidOrder) == 0


def test_a_cookie_that_somebody_planted_is_not_the_one_that_is_logged_in(pupil, attacker, bank):
    pupil.client.set_cookie(COOKIE, "planted")
    begins(pupil, App.ELSEWHERE)
    begun = token(pupil)
    confirms(bank)
    hears(pupil)
    assert len({"planted", begun, token(pupil)}) == 3
    for known in ("planted", begun):
        attacker.client.set_cookie(COOKIE, known)
        assert attacker.get(CONFIRM).h1 == "Knacka på med BankID"


def test_nobody_knocks_in_the_name_of_who_logged_in_later(pupil, bank):
    logs_in(pupil, bank)
    form = pupil.page
    pupil.submit("/logga-in/avsluta")
    logs_in(pupil, bank, OLDER)
    pupil.page = form
    assert "utan inloggning" in knocks(pupil).text
    db.session.rollback()
    assert db.session.scalars(select(Knock)).one().identity_id is None


def test_what_was_not_confirmed_is_not_used(pupil, bank):
    begins(pupil, App.ELSEWHERE)
    confirms(bank)
    hears(pupil)
    assert pupil.get("/knacka/inloggad?skola=norrskogen").h1 == "Det här fick vi från BankID"


def test_bankid_opens_no_knock_of_before(pupil, attacker, bank):
    logs_in(pupil, bank)
    knocks(pupil)
    address = pupil.page.url
    logs_in(attacker, bank)  # the same person, at another device
    page = attacker.get(address)
    assert page.status == 404 and "Öppna med din kod" in page.text
    assert "Hej" not in attacker.get("/mitt").text


def test_at_another_municipalitys_host_nobody_is_logged_in(pupil, bank, make):
    logs_in(pupil, bank)
    other = make.municipality(host="annan.example")
    make.nurse(make.school(municipality_id=other.id, slug="annan"))
    elsewhere = Browser(pupil.client.application.test_client(), base_url="http://annan.example")
    elsewhere.client.set_cookie(COOKIE, token(pupil), domain="annan.example")
    page = elsewhere.get("/knacka/inloggad?skola=annan")
    assert TEEN.name not in page.html


def test_nothing_of_it_is_logged_or_in_an_address(pupil, bank, caplog):
    logs_in(pupil, bank)
    pages = [pupil.page.url]
    knocks(pupil)
    told = caplog.text + " ".join([*pages, pupil.page.url])
    for word in (TEEN.number, TEEN.name, TEEN.surname, "127.0.0.1"):
        assert word not in told
