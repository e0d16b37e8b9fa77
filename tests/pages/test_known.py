"""What a pupil hides staff do not see; what holds at an age is read before knocking, and on the
case; who they are is said later, from where the thread is open and from nowhere else."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock, codes
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import asking, pins
from elevhalsa.domain.knocks.models import Knock, Pin
from elevhalsa.extensions import db
from elevhalsa.web import access, leaving
from elevhalsa.web.access import Who
from tests import bankid
from tests.bankid import TEEN, a_login, settings_of_nobody
from tests.conftest import Reader, app_for, settings_for

from .browser import Browser
from .every_form import HERE

CODE_PAGE = "/mitt/kod"


@pytest.fixture
def app(database_url):
    app = app_for(settings_for(database_url, **settings_of_nobody()))
    app.test_client_class = Reader
    with app.app_context():
        app.extensions["elevhalsa"].bankid = bankid.Waiting()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def school(make):
    return make.school(slug="norrskogen", name="Norrskogens exempelskola")


@pytest.fixture
def me(make, school):
    return make.counsellor(school)


@pytest.fixture
def pupil(app, me):
    return Browser(app.test_client())


@pytest.fixture
def staff(app, me):
    browser = Browser(app.test_client())
    browser.sign_in(me)
    return browser


def logs_in(browser: Browser, school) -> None:
    browser.get("/s/norrskogen")
    browser.client.set_cookie(leaving.LOGIN.name, a_login(school))
    browser.get("/logga-in/klart?skola=norrskogen")


def _types(browser: Browser, **fields: str):
    """In the form where a name is typed."""
    forms = browser.page.forms
    number = next(i for i, one in enumerate(forms) if "name" in one.names)
    return browser.submit(number, fields)


def opens(browser: Browser, code: str) -> str:
    browser.get(CODE_PAGE)
    return browser.submit(CODE_PAGE, code=code).url


def test_a_hidden_name_is_on_no_page_of_staffs_but_the_age_is_with_what_holds_at_it(
    pupil, staff, school
):
    logs_in(pupil, school)
    assert "Du kan också dölja namnet." in pupil.page.text
    page = pupil.submit("/logga-in/klart", hide="1")
    assert "Ditt namn är dolt för oss." in page.text
    assert page.form("inloggad").data["name"] == [""]
    assert "Det här gäller dig: 12 till 14 år" in page.text
    assert "Du kan själv välja att prata med oss." in page.text
    page = pupil.submit("/knacka/inloggad", who="counsellor", way="app", text="Hej")
    assert "Ditt namn är dolt för oss." in page.text
    knock = db.session.scalars(select(Knock)).one()
    case = f"/personal/arende/{knock.id}"
    for address in (case, f"{case}/fara-for-liv", "/personal/inkorg", "/personal/notiser"):
        page = staff.get(address)
        assert TEEN.name not in page.html and TEEN.number not in page.html, address
    page = staff.get(case)
    assert "Eleven har loggat in men döljer sitt namn." in page.text
    assert "12 till 14 år" in page.text and "Eleven kan som regel själv avgöra" in page.text
    pupil.follow("Nu vill jag säga vem jag är")
    page = pupil.submit(pupil.page.forms.index(pupil.page.form("vem-jag-ar")))
    assert page.h1 == "Ska vi få veta det här?" and TEEN.name in page.text
    assert TEEN.name not in staff.get(case).text  # nothing is told before it is confirmed
    pupil.submit("vem-jag-ar")
    assert f"Legitimerad med BankID {TEEN.name}" in staff.get(case).text
    pupil.follow("Ändra om vi ser vem du är")
    pupil.submit("gom-igen")
    assert TEEN.name not in staff.get(case).text


def test_a_form_of_before_the_name_was_hidden_does_not_tell_it(pupil, school):
    logs_in(pupil, school)
    form = pupil.submit("/logga-in/klart")
    pupil.get("/logga-in/klart?skola=norrskogen")
    pupil.submit("/logga-in/klart", hide="1")
    pupil.page = form
    assert pupil.page.form("inloggad").data["name"] == [TEEN.name]
    pupil.submit("/knacka/inloggad", who="counsellor", way="app")
    knock = db.session.scalars(select(Knock)).one()
    assert (knock.name, knock.identity, knock.login.name) == (None, None, TEEN.name)


def test_a_name_is_said_later_in_the_thread_and_is_shown_first(pupil, staff, make, school):
    receipt = make.knock(school)
    case = f"/personal/arende/{receipt.knock.id}"
    opens(pupil, receipt.code)
    pupil.follow("Nu vill jag säga vem jag är")
    page = _types(pupil)
    assert page.status == 422 and "Skriv vad du heter." in page.text
    page = _types(pupil, name="Exa Exempelson", school_class="6B")
    assert page.h1 == "Ska vi få veta det här?"
    assert "Exa Exempelson" in page.text and "6B" in page.text
    assert "det vi har läst har vi läst" in page.text
    assert "Exa" not in staff.get(case).text
    pupil.submit("vem-jag-ar")
    assert "Exa Exempelson" in staff.get(case).text


def test_a_login_opens_no_thread_and_is_tied_to_one_only_where_it_is_open(pupil, app, make, school):
    receipt = make.knock(school, text="Hemliga ord")
    address = opens(pupil, receipt.code)
    guardian = Browser(app.test_client())
    logs_in(guardian, school)
    assert "Har du redan knackat på?" not in guardian.page.text
    for path in (address, f"{address}/vem-jag-ar"):
        page = guardian.get(path)
        assert page.status == 404 and "Hemliga ord" not in page.html
    body = {"how": "eid", "sure": "1"}
    answer = guardian.send(
        "POST", f"{address}/vem-jag-ar", data=body, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 404
    db.session.rollback()
    assert db.session.get_one(Knock, receipt.knock.id).identity_id is None
    logs_in(pupil, school)
    assert "Har du redan knackat på?" in pupil.page.text
    pupil.follow(next(one.text for one in pupil.page.links if "vem-jag-ar" in one.href))
    pupil.submit(pupil.page.forms.index(pupil.page.form("vem-jag-ar")))
    assert TEEN.name in pupil.page.text
    page = pupil.submit("vem-jag-ar")
    assert "De som kan svara dig ser ditt namn." in page.text
    cookie = pupil.client.get_cookie(leaving.LOGIN.name)
    assert cookie is None or not cookie.value  # and is over


def test_the_name_that_is_told_is_the_one_that_was_shown(pupil, make, school):
    """Somebody else logs in, in another tab of the same browser, between the two presses."""
    receipt = make.knock(school)
    opens(pupil, receipt.code)
    logs_in(pupil, school)
    pupil.follow(next(one.text for one in pupil.page.links if "vem-jag-ar" in one.href))
    asks = pupil.submit(pupil.page.forms.index(pupil.page.form("vem-jag-ar")))
    pupil.client.set_cookie(leaving.LOGIN.name, a_login(school))
    page = pupil.submit(asks.form("vem-jag-ar").action)
    assert page.h1 == "Ska vi få veta det här?"
    db.session.rollback()
    assert db.session.get_one(Knock, receipt.knock.id).identity_id is None
    assert "De som kan svara dig ser ditt namn." in pupil.submit("vem-jag-ar").text


def test_a_thread_with_a_pin_is_not_named_to_who_logs_in(pupil, make, school):
    receipt = make.knock(school)
    opens(pupil, receipt.code)
    pins.choose(db.session.get_one(Knock, receipt.knock.id), "258091")
    db.session.commit()
    logs_in(pupil, school)
    assert "Har du redan knackat på?" not in pupil.page.text


def test_what_holds_at_an_age_is_read_without_a_login_and_nothing_is_kept(app, make, school):
    visitor = Browser(app.test_client())
    page = visitor.get("/sa-funkar-det")
    assert "Hur gammal är du?" in page.text
    for age in ("under-12", "18"):
        page = visitor.get(f"/sa-funkar-det/{age}")
        assert page.status == 200 and "Du får alltid knacka på, hur gammal du än är." in page.text
        assert "Set-Cookie" not in page.response.headers
    assert "De hemma har ingen rätt att få veta något." in page.text
    assert visitor.get("/sa-funkar-det/99").status == 404
    assert "Hur gammal är du?" in visitor.get("/knacka?skola=norrskogen").text


def test_no_age_keeps_anybody_from_the_first_knock(app, make, school):
    from elevhalsa.domain.identity import service as logins
    from elevhalsa.domain.identity.rules import Said
    from elevhalsa.domain.identity.words import BANKID

    for number, band in enumerate(AgeBand):
        said = Said(BANKID, "BankID", f"n{number}", "Exa Exempelson", None, band)
        identity = logins.note(said, school.municipality_id)
        receipt = asking.knock(school, make.asked(), identity=identity)
        assert receipt.is_new and receipt.knock.age_band is band


def test_a_coordinator_writes_a_text_of_the_municipalitys_own(app, make, school):
    browser = Browser(app.test_client())
    browser.sign_in(make.coordinator())
    browser.get("/samordnare/")
    browser.follow("Åldrar")
    forms = [one for one in browser.page.forms if one.data.get("key") == ["hemma_18"]]
    page = browser.submit(browser.page.forms.index(forms[0]), says="Du bestämmer.")
    assert "Du bestämmer." in page.text and "Kommunens egen text." in page.text
    long = next(one for one in browser.page.forms if one.data.get("key") == ["hemma_18"])
    page = browser.submit(browser.page.forms.index(long), says="x" * 700)
    assert page.status == 422 and "x" * 700 in page.html


def test_no_lock_tells_whether_a_thread_is_there(app, make, school):
    """Whoever has neither its device nor its code gets the same answers of one that is open, of
    one with digits, of one whose digits are locked, and of none: logged in or not."""
    receipts = [make.knock(school, text="Hemliga ord") for _number in range(3)]
    for receipt in receipts[1:]:
        pins.choose(receipt.knock, "258091")
    db.session.execute(
        db.update(Pin)
        .where(Pin.knock_id == receipts[2].knock.id)
        .values(failures=99, locked_until=clock.now() + timedelta(hours=1))
    )
    db.session.commit()
    rules = access.rules(app)
    stranger = Browser(app.test_client())

    def answers(knock_id: str) -> dict[str, tuple[int, str]]:
        found = {}
        for rule in app.url_map.iter_rules():
            if "knock_id" not in rule.arguments or rules[rule.endpoint].who is not Who.PUPIL:
                continue
            address = rule.build(dict.fromkeys(rule.arguments, knock_id))
            for method in {"GET", "POST"} & (rule.methods or set()):
                body = {"pin": "258091", "text": "Hej", "how": "eid", "sure": "1"}
                answer = stranger.send(
                    method, address[1] if address else "/", data=body, headers=HERE
                )
                text = answer.get_data(as_text=True).replace(knock_id, "")
                text = re.sub(r'value="[^"]*"', "", text)  # tokens, new with each page
                found[f"{method} {rule.endpoint}"] = (answer.status_code, text)
        return found

    app.config["RATELIMIT_ENABLED"] = False
    for _logged_in in (False, True):
        nothing = answers(new_id())
        assert len(nothing) > 15
        for receipt in receipts:
            assert answers(receipt.knock.id) == nothing
        logs_in(stranger, school)


def test_a_code_of_elsewhere_is_answered_as_one_that_was_never_made(app, make, school):
    there = make.municipality(host="annan.example")
    receipt = make.knock(make.school(municipality_id=there.id))
    browser = Browser(app.test_client(), base_url="http://tredje.example")
    make.school(municipality_id=make.municipality(host="tredje.example").id)
    said = []
    for code in (receipt.code, codes.from_bytes(b"\1" * 32)):
        browser.get(CODE_PAGE)
        page = browser.submit(CODE_PAGE, code=code)
        said.append((page.status, page.text))
    assert said[0] == said[1] and said[0][0] == 422
