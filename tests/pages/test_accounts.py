"""Staff sign in with an account at a provider of OpenID Connect, tied once and never by e-mail."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from elevhalsa.core import clock, labels
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.identity.models import OidcRequest
from elevhalsa.domain.identity.words import OidcTold
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.people import staffing
from elevhalsa.domain.people.models import StaffAccount, StaffSession
from elevhalsa.domain.people.words import SignIn
from elevhalsa.extensions import db
from tests.authenticator import a_key
from tests.conftest import Reader, app_for, settings_for
from tests.oidc import asked_in

from .browser import Browser, Page

SESSIONS = "/personal/inloggningar"
INBOX = "/personal/inkorg"
CONFIRM = "Bekräfta att det är du"
UNKNOWN = "Kontot är inte knutet till någon som arbetar här."


@pytest.fixture
def app(sqlite_url, oidc):
    app = app_for(settings_for(sqlite_url, **oidc.settings))
    app.test_client_class = Reader
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def school(make):
    return make.school(slug="norrskogen")


@pytest.fixture
def me(make, school):
    return make.counsellor(school)


@pytest.fixture
def desk(app, me):
    """Where somebody has signed in by the link that was mailed."""
    browser = Browser(app.test_client())
    browser.sign_in(me)
    return browser


def local(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def comes_back(browser: Browser, oidc, asked: dict[str, str], sub: str = "sub-k") -> Page:
    page = browser.get(local(oidc.arbete.logs_in(asked, sub)))
    path = urlsplit(page.url).path
    return browser.submit(path) if page.has_form(path) else page


def asks_to_tie(browser: Browser) -> dict[str, str]:
    browser.get(SESSIONS)
    return asked_in(browser.submit("/konto/arbete").link("Fortsätt"))


def ties(browser: Browser, oidc, sub: str = "sub-k") -> Page:
    return comes_back(browser, oidc, asks_to_tie(browser), sub)


def begins(browser: Browser) -> dict[str, str]:
    browser.get("/logga-in/")
    return asked_in(browser.submit("/logga-in/konto/arbete").link("Fortsätt"))


def signs_in(app, oidc, sub: str = "sub-k") -> Browser:
    browser = Browser(app.test_client())
    comes_back(browser, oidc, begins(browser), sub)
    return browser


def actions() -> list[Action]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def rows(model) -> list:
    db.session.rollback()
    return list(db.session.scalars(select(model)))


# --- what works ----------------------------------------------------------------------------------


def test_after_the_mailed_link_the_account_is_tied_and_signs_in_from_then_on(app, desk, me, oidc):
    page = ties(desk, oidc)
    assert page.url == SESSIONS and "Klart. Nu kan du logga in med Arbetskonto." in page.text
    assert rows(Notice)[-1].kind is Kind.ACCOUNT_TIED  # who did not do it is told
    later = signs_in(app, oidc)
    assert later.page.url == INBOX
    assert "Med konto" in later.get(SESSIONS).text
    assert {Action.ACCOUNT_TIED, Action.SIGNED_IN} <= set(actions())
    ways = [one.way for one in rows(StaffSession)]
    assert ways.count(SignIn.ACCOUNT) == 1
    (account,) = rows(StaffAccount)
    assert account.staff_id == me.id and account.last_used_at
    assert "sub-k" not in repr(vars(account)) and not rows(OidcRequest)


def test_a_tie_can_be_seen_and_taken_away_and_then_opens_nothing(app, desk, oidc):
    ties(desk, oidc)
    page = desk.get(SESSIONS)
    assert "Mina konton Arbetskonto" in page.text
    assert not page.has_form("/konto/arbete")  # one at each provider
    assert "Kontot är borttaget." in desk.submit("/ta-bort").text
    assert UNKNOWN in signs_in(app, oidc).page.text
    assert Action.ACCOUNT_UNTIED in actions()


def test_a_coordinator_takes_accounts_away_with_all_the_rest(app, desk, me, oidc, make):
    ties(desk, oidc)
    boss = Browser(app.test_client())
    boss.arrives_as(make.coordinator())
    assert "1 konto" in boss.get(f"/samordnare/personal/{me.id}").text
    boss.submit("/avsluta-inloggningar")
    assert desk.get(INBOX).h1 != "Inkorg" and UNKNOWN in signs_in(app, oidc).page.text
    assert Action.ACCOUNTS_REVOKED in actions()


def test_whoever_has_left_is_not_let_in(app, desk, me, oidc):
    ties(desk, oidc)
    db.session.merge(me).ends_on = clock.today().replace(year=2020)
    db.session.commit()
    assert UNKNOWN in signs_in(app, oidc).page.text
    staffing.deactivate(db.session.merge(me))
    db.session.commit()
    assert rows(StaffAccount) == []


def test_what_was_being_typed_waits_behind_it_as_behind_a_link(app, desk, oidc):
    ties(desk, oidc)
    before = Browser(app.test_client())
    comes_back(before, oidc, begins(before))
    first = before.client.get_cookie("session").value
    before.submit("/logga-in/ut")
    comes_back(before, oidc, begins(before))
    assert before.page.url == INBOX
    assert before.client.get_cookie("session").value != first


# --- keys ----------------------------------------------------------------------------------------


def test_whoever_has_a_key_confirms_with_it_before_an_account_is_tied_or_untied(
    app, desk, me, oidc
):
    ties(desk, oidc)
    db.session.add(a_key(db.session.merge(me)))
    db.session.commit()
    desk.get(SESSIONS)
    assert desk.submit("/konto/" + rows(StaffAccount)[0].id + "/ta-bort").h1 == CONFIRM
    assert len(rows(StaffAccount)) == 1
    db.session.execute(db.delete(StaffAccount))
    db.session.commit()
    desk.get(SESSIONS)
    assert desk.submit("/konto/arbete").h1 == CONFIRM


def test_where_a_key_is_required_an_account_opens_nothing_before_one_is_shown_or_made(
    app, desk, me, oidc
):
    ties(desk, oidc)
    db.session.merge(me).municipality.requires_passkey = True
    db.session.commit()
    later = signs_in(app, oidc)
    assert later.page.h1 == "Gör en nyckel"
    db.session.add(a_key(db.session.merge(me)))
    db.session.commit()
    for address in (INBOX, SESSIONS):
        assert later.get(address).h1 == CONFIRM


# --- who is not let in ---------------------------------------------------------------------------


def test_the_same_email_address_lets_nobody_in(app, desk, me, oidc):
    """An account of somebody else, in which stands the address of one who works here."""
    ties(desk, oidc)
    oidc.arbete.people["sub-x"] |= {"email": me.email, "email_verified": True,
                                    "preferred_username": me.email, "name": me.name}  # fmt: skip
    page = signs_in(app, oidc, "sub-x").page
    assert UNKNOWN in page.text and "knyt kontot hos Arbetskonto" in page.text
    assert SignIn.ACCOUNT not in [one.way for one in rows(StaffSession)]


def test_who_is_shut_out_while_the_provider_answers_ties_nothing(app, desk, oidc, monkeypatch):
    asked = asks_to_tie(desk)
    port = app.extensions["elevhalsa"].oidc
    redeem = port.redeem

    def meanwhile(*given):
        claims = redeem(*given)
        with db.engine.begin() as elsewhere:
            elsewhere.execute(update(StaffSession).values(revoked_at=clock.now()))
        return claims

    monkeypatch.setattr(port, "redeem", meanwhile)
    page = comes_back(desk, oidc, asked)
    assert "Du är inte inloggad längre." in page.text
    assert not rows(StaffAccount)


def test_an_account_is_one_persons_and_a_person_has_one_at_each_provider(
    app, desk, me, oidc, make, school
):
    ties(desk, oidc)
    other = Browser(app.test_client())
    other.sign_in(make.nurse(school))
    assert "knutet till någon annan" in ties(other, oidc).text
    (account,) = rows(StaffAccount)
    assert account.staff_id == me.id
    desk.get(SESSIONS)
    sent = desk.send("POST", f"{SESSIONS}/konto/arbete", headers={"Origin": "http://localhost"})
    asked = asked_in(Page(sent, "/").link("Fortsätt"))
    assert "redan ett konto" in comes_back(desk, oidc, asked, "sub-x").text


def test_the_same_subject_at_another_provider_is_another_account(app, desk, oidc):
    ties(desk, oidc)
    oidc.arbete.changes = {"iss": oidc.skola.issuer}
    assert labels.of(OidcTold.UNTRUE) in signs_in(app, oidc).page.text
    assert rows(StaffAccount)[0].last_used_at is None


def test_a_pupils_provider_signs_no_staff_in_and_the_other_way_around(app, desk, oidc):
    here = {"Origin": "http://localhost"}
    for address in ("/logga-in/konto/skolkonto", f"{SESSIONS}/konto/skolkonto"):
        assert desk.send("POST", address, headers=here).status_code in (303, 404)
    visitor = Browser(app.test_client())
    for address in ("/logga-in/konto/skolkonto", "/logga-in/med/arbete"):
        sent = visitor.send("POST", address, data={"skola": "norrskogen"}, headers=here)
        assert sent.status_code == 404
    asked = begins(visitor)
    answer = local(oidc.arbete.logs_in(asked, "sub-k"))
    assert visitor.get(answer.replace("/konto/arbete", "/med/skolkonto")).status == 409


# --- what an attacker would try ------------------------------------------------------------------


def test_an_answer_in_another_browser_ties_and_opens_nothing(app, desk, me, oidc, make, school):
    mine = local(oidc.arbete.logs_in(asks_to_tie(desk), "sub-x"))
    attacker = Browser(app.test_client())
    assert attacker.get(mine).status == 409
    attacker.sign_in(make.nurse(school))
    assert attacker.get(mine).url == SESSIONS
    assert not rows(StaffAccount)
    theirs = local(oidc.arbete.logs_in(asks_to_tie(attacker), "sub-x"))
    assert desk.get(theirs).url == SESSIONS  # nor is the attacker's account tied to the victim
    assert not rows(StaffAccount) and "token" not in oidc.arbete.calls


def test_an_account_is_tied_in_the_session_that_asked_for_it(app, desk, oidc, make, school):
    """Whoever signs in meanwhile in the same browser gets no account of another's."""
    answer = local(oidc.arbete.logs_in(asks_to_tie(desk), "sub-x"))
    with desk.client.session_transaction() as session:
        begun = session["konto"]
    desk.submit("/logga-in/ut")
    desk.sign_in(make.nurse(school))
    with desk.client.session_transaction() as session:
        assert "konto" not in session
        session["konto"] = begun  # as if nothing had been forgotten
    desk.get(answer)
    desk.submit(urlsplit(answer).path)
    assert not rows(StaffAccount) and not rows(OidcRequest)


def test_an_answer_is_used_once_and_a_session_is_never_the_one_of_before(app, desk, oidc):
    ties(desk, oidc)
    browser = Browser(app.test_client())
    browser.client.set_cookie("session", "planted")
    asked = begins(browser)
    before = browser.client.get_cookie("session").value
    answer = local(oidc.arbete.logs_in(asked, "sub-k"))
    browser.get(answer)
    browser.submit(urlsplit(answer).path)
    assert browser.page.url == INBOX
    with browser.client.session_transaction() as session:
        assert "konto" not in session and session["_user_id"]
    thief = Browser(app.test_client())
    thief.client.set_cookie("session", before)
    assert thief.get(answer).status == 409
    assert thief.get(INBOX).h1 == "Logga in"


def test_no_address_leads_out_of_here(app, desk, oidc):
    ties(desk, oidc)
    browser = Browser(app.test_client())
    answer = local(oidc.arbete.logs_in(begins(browser), "sub-k"))
    browser.get(f"{answer}&next=https://exempel.invalid/")
    browser.submit(urlsplit(answer).path)
    assert browser.page.url == INBOX


def test_another_municipality_is_not_opened_by_it(app, desk, me, oidc, make):
    ties(desk, oidc)
    db.session.merge(me).municipality.host = "annan.invalid"
    make.municipality()
    db.session.commit()
    app.extensions["elevhalsa_directory"].clear()
    browser = Browser(app.test_client())
    comes_back(browser, oidc, begins(browser))
    assert UNKNOWN in browser.page.text
