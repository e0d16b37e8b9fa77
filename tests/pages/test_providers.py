"""A pupil logs in with a provider of OpenID Connect, without JavaScript: what works, what does not,
and what an attacker would try."""

from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock, labels
from elevhalsa.domain.identity import claims, oidc, rules
from elevhalsa.domain.identity.models import Identity, OidcRequest
from elevhalsa.domain.identity.words import AgeBand, OidcTold
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.conftest import Reader, app_for, settings_for
from tests.oidc import asked_in

from .browser import Browser, Page

COOKIE = "legitimation"
SCHOOL = "/s/norrskogen"
CONFIRM = "/logga-in/klart?skola=norrskogen"
BACK = "/logga-in/med/skolkonto/svar"


@pytest.fixture
def app(sqlite_url, oidc):
    """On one database: what differs between the two is the domain's, and tried there."""
    app = app_for(settings_for(sqlite_url, **oidc.settings))
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


def begins(browser: Browser, key: str = "skolkonto") -> dict[str, str]:
    """Returns what the provider is asked."""
    browser.get(SCHOOL)
    browser.follow("Logga in och knacka på")
    page = browser.submit(f"/logga-in/med/{key}")
    return asked_in(page.link("Fortsätt")) if page.status == 200 else {}


def local(address: str) -> str:
    parts = urlsplit(address)
    assert parts.netloc == "localhost"
    return f"{parts.path}?{parts.query}"


def comes_back(browser: Browser, address: str) -> Page:
    """And presses the button that a script would."""
    page = browser.get(address)
    return browser.submit(urlsplit(address).path) if page.has_form(urlsplit(address).path) else page


def logs_in(browser: Browser, oidc, sub: str = "sub-a") -> Page:
    return comes_back(browser, local(oidc.skola.logs_in(begins(browser), sub)))


def says(page: Page, told: OidcTold) -> bool:
    assert labels.of(told) in page.text, page.text
    assert "Knacka på utan att logga in" in page.text
    assert count(Identity) == 0
    return page.status >= 400


def token(browser: Browser) -> str:
    found = browser.client.get_cookie(COOKIE)
    return found.value if found else ""


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


# --- what works ----------------------------------------------------------------------------------


def test_a_pupil_knocks_with_the_schools_account(pupil, oidc, make, school):
    pupil.get(SCHOOL)
    page = pupil.follow("Logga in och knacka på")
    assert "Skolkonto: ditt namn, din klass och ungefär hur gammal du är." in page.text
    assert "BankID" not in page.text
    page = logs_in(pupil, oidc)
    assert page.h1 == "Det här fick vi från Skolkonto"
    assert "Exempel Elva" in page.text and "5 A" in page.text
    page = pupil.submit("/logga-in/klart")
    form = page.form("inloggad")
    assert (form.data["name"], form.data["school_class"]) == (["Exempel Elva"], ["5 A"])
    page = pupil.submit("inloggad", who="counsellor", way="app", text="Hej")
    assert "Du loggade in med Skolkonto. De som kan svara dig ser ditt namn." in page.text
    db.session.rollback()
    knock = db.session.scalars(select(Knock)).one()
    assert (knock.identity.name, knock.school_class) == ("Exempel Elva", "5 A")
    assert knock.identity.number is None
    assert count(OidcRequest) == 0 and token(pupil) == ""  # used, and logged out
    staff = Browser(pupil.client.application.test_client())
    staff.sign_in(make.counsellor(school))
    text = staff.get(f"/personal/arende/{knock.id}").text
    assert "Inloggad med Skolkonto Exempel Elva" in text and "Legitimerad" not in text


def test_of_the_birth_date_the_age_band_alone_is_kept(pupil, oidc):
    logs_in(pupil, oidc)
    db.session.rollback()
    kept = db.session.scalars(select(Identity)).one()
    born = date(2015, 1, 1)
    assert kept.age_band is rules.age_band(born, clock.today()) and kept.age_band in AgeBand
    assert not any("2015" in repr(value) for value in vars(kept).values())


def test_the_page_on_the_way_leads_on_by_itself_and_by_a_button(pupil, oidc):
    asked = begins(pupil)
    html = pupil.page.html
    assert (
        html.count(oidc.skola.issuer) == 2 and '<meta http-equiv="refresh" content="0; url=' in html
    )
    assert pupil.page.response.headers["Referrer-Policy"] == "strict-origin"
    assert asked["redirect_uri"] == f"http://localhost{BACK}"


def test_a_get_changes_nothing(pupil, oidc):
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    for _one in range(2):
        assert pupil.get(back).h1 == "Nästan inloggad"
    assert "token" not in oidc.skola.calls and count(Identity) == 0 and count(OidcRequest) == 1
    assert pupil.page.response.headers["Referrer-Policy"] == "strict-origin"


def test_where_none_is_set_up_nothing_is_shown(sqlite_url, school):
    browser = Browser(app_for(settings_for(sqlite_url)).test_client())
    assert "Logga in" not in browser.get(SCHOOL).text
    assert not any("konto" in form.action for form in browser.get("/logga-in/").forms)
    headers = {"Origin": "http://localhost"}
    for address in ("/logga-in/med/skolkonto", BACK, "/logga-in/konto/arbete"):
        sent = browser.send("POST", address, data={"skola": "norrskogen"}, headers=headers)
        assert sent.status_code == 404


def test_at_a_municipality_that_has_it_not_it_is_not_offered(sqlite_url, oidc, school):
    text = oidc.text.replace(
        'audience = "pupils"', 'audience = "pupils"\nmunicipalities = ["annan"]'
    )
    browser = Browser(app_for(settings_for(sqlite_url, oidc_providers=text)).test_client())
    assert "Logga in" not in browser.get(SCHOOL).text
    headers = {"Origin": "http://localhost"}
    sent = browser.send(
        "POST", "/logga-in/med/skolkonto", data={"skola": "norrskogen"}, headers=headers
    )
    assert sent.status_code == 404


# --- what does not -------------------------------------------------------------------------------


def test_every_error_has_its_sentence_and_two_ways_on(pupil, oidc):
    for code in (*claims.ERRORS, "something-new"):
        page = comes_back(pupil, local(oidc.skola.back(begins(pupil), error=code)))
        assert says(page, claims.failed(code))
        assert page.has_form("/logga-in/med/skolkonto")
    assert count(OidcRequest) == 0


def test_a_provider_that_is_away_is_said_to_be_away_at_either_end(pupil, oidc):
    oidc.skola.is_away = True
    begins(pupil)
    assert says(pupil.page, OidcTold.BUSY) and pupil.page.status == 503
    oidc.skola.is_away = False
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    oidc.skola.is_away = True
    assert says(comes_back(pupil, back), OidcTold.BUSY)


def test_who_is_not_let_in_and_who_has_no_name_is_told(pupil, oidc):
    asked = begins(pupil, "annat")
    oidc.annat.people["sub-a"]["hd"] = "annan.invalid"
    assert says(comes_back(pupil, local(oidc.annat.logs_in(asked, "sub-a"))), OidcTold.NOT_LET_IN)
    oidc.skola.people["sub-a"] = {}
    assert says(logs_in(pupil, oidc), OidcTold.NAMELESS)


def test_it_runs_out(pupil, oidc):
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    with clock.frozen(clock.now() + rules.LIVES + timedelta(seconds=1)):
        assert says(comes_back(pupil, back), OidcTold.OTHER_BROWSER)
        assert oidc_forgets() == 1


def oidc_forgets() -> int:
    return oidc.forget_expired()


def test_a_quick_exit_ends_what_was_begun(pupil, oidc):
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    pupil.send("POST", "/lamna", headers={"Origin": "http://localhost"})
    assert count(OidcRequest) == 0
    page = comes_back(pupil, back)
    assert "Exempel Elva" not in page.text and count(Identity) == 0


# --- what an attacker would try ------------------------------------------------------------------


def spliced_of(oidc, state: str, code: str) -> str:
    """An answer that no provider gave."""
    return f"{BACK}?{urlencode({'state': state, 'code': code, 'iss': oidc.skola.issuer})}"


def test_a_code_in_another_browser_is_nobodys(pupil, attacker, oidc):
    """Injected: the attacker's own code into the victim's browser, and the other way around."""
    theirs = local(oidc.skola.logs_in(begins(attacker), "sub-a"))
    page = comes_back(pupil, theirs)  # at no school yet
    assert labels.of(OidcTold.OTHER_BROWSER) in page.text and page.link("Till dörren")
    pupil.get(SCHOOL)
    assert says(comes_back(pupil, theirs), OidcTold.OTHER_BROWSER)  # who began nothing
    begins(pupil)
    assert says(comes_back(pupil, theirs), OidcTold.OTHER_BROWSER)  # who began something else
    mine = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    assert says(comes_back(attacker, mine), OidcTold.OTHER_BROWSER)
    assert "token" not in oidc.skola.calls


def test_a_code_with_the_victims_state_is_bound_to_the_question_it_answers(pupil, attacker, oidc):
    """Code injection: PKCE and the nonce are of the browser that began."""
    stolen = asked_in(oidc.skola.logs_in(begins(attacker), "sub-a"))["code"]
    asked = begins(pupil)
    spliced = (
        f"{BACK}?{urlencode({'state': asked['state'], 'code': stolen, 'iss': oidc.skola.issuer})}"
    )
    assert says(comes_back(pupil, spliced), OidcTold.EXPIRED)  # the provider refuses it: PKCE


def test_a_nonce_of_another_question_is_found_where_a_provider_does_not_look_at_pkce(
    pupil, attacker, oidc
):
    code = asked_in(oidc.skola.logs_in(begins(attacker), "sub-a"))["code"]
    asked = begins(pupil)
    oidc.skola.codes[code].asked["code_challenge"] = asked["code_challenge"]
    spliced = (
        f"{BACK}?{urlencode({'state': asked['state'], 'code': code, 'iss': oidc.skola.issuer})}"
    )
    assert says(comes_back(pupil, spliced), OidcTold.UNTRUE)


@pytest.mark.parametrize("state", ["", "x", "å", "0" * 64])
def test_a_state_that_is_made_up_ends_nothing(pupil, oidc, state):
    asked = begins(pupil)
    code = asked_in(oidc.skola.logs_in(asked, "sub-a"))["code"]
    made_up = spliced_of(oidc, state, code)
    assert says(pupil.get(made_up), OidcTold.OTHER_BROWSER)
    assert count(OidcRequest) == 1


def test_an_answer_is_used_once(pupil, attacker, oidc):
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    kept = token(pupil)
    comes_back(pupil, back)
    assert pupil.get(back).h1 == "Det här fick vi från Skolkonto"  # of the login that there is
    attacker.client.set_cookie(COOKIE, kept)  # the cookie of before the login, too
    page = comes_back(attacker, back)
    assert page.status == 409 and count(Identity) == 1


def test_an_answer_at_another_providers_address_is_none(pupil, oidc):
    """Mix-up: what one was asked, another answers."""
    asked = begins(pupil)
    oidc.annat.secrets_of = {}
    answer = asked_in(oidc.annat.back(asked, code="theirs"))
    assert says(pupil.get(f"/logga-in/med/annat/svar?{urlencode(answer)}"), OidcTold.OTHER_BROWSER)
    mixed = f"{BACK}?{urlencode(answer)}"  # and says so itself
    assert says(comes_back(pupil, mixed), OidcTold.UNTRUE)
    assert "token" not in (*oidc.skola.calls, *oidc.annat.calls)


def test_a_token_of_another_provider_is_not_believed(pupil, oidc):
    asked = begins(pupil)
    oidc.skola.changes = {"iss": oidc.annat.issuer}
    assert says(comes_back(pupil, local(oidc.skola.logs_in(asked, "sub-a"))), OidcTold.UNTRUE)


def test_a_cookie_that_somebody_planted_is_not_the_one_that_is_logged_in(pupil, attacker, oidc):
    pupil.client.set_cookie(COOKIE, "planted")
    asked = begins(pupil)
    begun = token(pupil)
    comes_back(pupil, local(oidc.skola.logs_in(asked, "sub-a")))
    assert len({"planted", begun, token(pupil)}) == 3
    for known in ("planted", begun):
        attacker.client.set_cookie(COOKIE, known)
        assert "Exempel Elva" not in attacker.get(CONFIRM).text


def test_no_address_leads_out_of_here_but_to_who_was_set_up(pupil, oidc):
    pupil.get(SCHOOL)
    pupil.follow("Logga in och knacka på")
    form = pupil.page.form("/logga-in/med/skolkonto")
    evil = {"redirect_uri": "https://exempel.invalid", "next": "//exempel.invalid"}
    sent = pupil.send(
        "POST", form.action, data={**form.data, **evil}, headers={"Origin": "http://localhost"}
    )
    html = sent.get_data(as_text=True)
    assert "exempel.invalid" not in html and oidc.skola.issuer in html
    back = local(oidc.skola.logs_in(begins(pupil), "sub-a"))
    page = pupil.get(f"{back}&next=https://exempel.invalid&skola=//exempel.invalid")
    pupil.submit(BACK)
    assert pupil.page.url == CONFIRM and "exempel.invalid" not in page.html


def test_nothing_of_it_is_logged_or_stands_in_the_database(pupil, oidc, caplog):
    asked = begins(pupil)
    secrets = [token(pupil).partition(".")[0], asked["state"], asked["nonce"]]
    db.session.rollback()
    row = db.session.scalars(select(OidcRequest)).one()
    stored = repr({name: value for name, value in vars(row).items() if name[0] != "_"})
    back = local(oidc.skola.logs_in(asked, "sub-a"))
    secrets.append(asked_in(back)["code"])
    comes_back(pupil, back)
    assert pupil.page.h1 == "Det här fick vi från Skolkonto"
    assert not any(one in caplog.text + stored for one in (*secrets, "Elva", "sub-a"))
