"""A session or a cookie that somebody else has had a hand in."""

from http.cookies import SimpleCookie

import pytest

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import service as people
from elevhalsa.extensions import db
from elevhalsa.web import leaving
from tests import bankid
from tests.pages.browser import Browser
from tests.pages.every_form import HERE


@pytest.fixture
def victim(app) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def attacker(app) -> Browser:
    return Browser(app.test_client())


def planted(attacker: Browser, victim: Browser) -> None:
    """Every cookie of the attacker's, in the victim's browser."""
    for cookie in attacker.client._cookies.values():
        victim.client.set_cookie(cookie.key, cookie.value)


def test_who_planted_the_session_before_the_sign_in_is_not_signed_in(app, make, attacker, victim):
    nurse = make.nurse(make.school())
    attacker.get("/logga-in/")  # a session with a token against forgery
    with attacker.client.session_transaction() as session:
        session["_id"] = session["planted"] = "the attacker's"
    planted(attacker, victim)
    assert victim.sign_in(nurse).url == "/personal/inkorg"
    assert attacker.get("/personal/inkorg").url == "/logga-in/"
    with victim.client.session_transaction() as session:
        assert "planted" not in session


def test_the_victim_of_a_planted_sign_in_works_in_a_session_of_her_own(app, make, attacker, victim):
    """Signed in as the attacker without knowing it, then as herself: nothing of hers is theirs."""
    school = make.school()
    nurse, other = make.nurse(school), make.counsellor(school)
    attacker.sign_in(other)
    planted(attacker, victim)
    victim.sign_in(nurse)
    assert [one.staff_id for one in people.sessions_of(nurse)] == [nurse.id]
    assert attacker.get("/personal/inkorg").url == "/logga-in/", "the planted one has ended"


def test_a_forms_token_of_another_session_is_worth_nothing(app, make, attacker, victim):
    nurse, other = make.nurse(make.school()), make.counsellor(make.school())
    attacker.sign_in(other)
    token = attacker.page.form("/logga-in/ut").data["csrf_token"]
    victim.sign_in(nurse)
    fields = {"csrf_token": token}
    assert victim.send("POST", "/logga-in/ut", data=fields, headers={}).status_code == 400
    assert victim.get("/personal/inkorg").url == "/personal/inkorg"


def test_a_planted_login_with_bankid_is_seen_by_name_before_it_is_used(app, make, victim):
    """A pupil who would knock in the attacker's name is shown the attacker's name, and is asked."""
    school = make.school(slug="norrskogen")
    make.nurse(school)
    victim.client.set_cookie(leaving.LOGIN.name, bankid.a_login(school))
    page = victim.get("/logga-in/klart?skola=norrskogen")
    assert bankid.TEEN.name in page.text
    fields = {"who": "nurse", "way": "app", "form_id": "f" * 22}
    answer = victim.send("POST", "/knacka/inloggad?skola=norrskogen", data=fields, headers=HERE)
    assert answer.status_code < 500
    assert [one.identity_id for one in db.session.scalars(db.select(Knock))] in ([], [None])


def test_no_answer_gives_a_cookie_to_another_host_or_to_a_script(app, make, victim):
    victim.sign_in(make.nurse(make.school()))
    for answer in (victim.send("GET", "/personal/inkorg"), victim.send("GET", "/logga-in/")):
        for line in answer.headers.getlist("Set-Cookie"):
            for cookie in SimpleCookie(line).values():
                assert not cookie["domain"]
                assert cookie["httponly"]
