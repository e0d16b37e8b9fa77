"""Fara för liv: what to do now, what is known, and what was done."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Triage, Way
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.domain.helpers import at

from ..factories import Make
from .browser import Browser

NIGHT = at("2026-11-24 00:10")


@pytest.fixture(autouse=True)
def night() -> Iterator[None]:
    with clock.frozen(NIGHT):
        yield


@pytest.fixture
def school(make: Make) -> School:
    make.home.duty_phone = "0176-000 00"
    return make.school(name="Exempelskolan", town="Exempelstad")


@pytest.fixture
def me(make: Make, school: School) -> Staff:
    return make.counsellor(school)


@pytest.fixture
def browser(client: FlaskClient, me: Staff) -> Browser:
    browser = Browser(client)
    browser.arrives_as(me)
    return browser


def address(knock: Knock) -> str:
    return f"/personal/arende/{knock.id}/fara-for-liv"


def test_one_press_on_the_case_leads_to_what_to_do_and_all_that_is_known(
    browser: Browser, make: Make, school: School, me: Staff
) -> None:
    knock = make.knock(
        school, way=Way.CALL, phone="070-111 22 33", name="Namn Exempel", school_class="8 B",
        safe_times="Efter skolan", is_protected=True, text="Jag orkar inte mer",
    ).knock  # fmt: skip
    browser.get(f"/personal/arende/{knock.id}")
    page = browser.follow("Fara för liv")
    assert (page.status, page.url) == (200, address(knock))
    for words in (
        "Ring 112", "Ring 0176-000 00", "Exempelskolan, Exempelstad", "8 B", "Namn Exempel",
        "070-111 22 33", "Efter skolan", "Samtal", "Skyddade uppgifter", "Jag orkar inte mer",
        "i dag 00.10",
    ):  # fmt: skip
        assert words in page.text
    assert page.link("Ring 112") == "tel:112"
    assert "Vi har inget nummer" not in page.text
    assert "OSL 10 kap. 27 §" in page.text  # the counsellor's; the nurse's is another
    assert "OSL 25 kap. 12 §" not in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    query = select(AuditEvent.action, AuditEvent.reason).where(AuditEvent.staff_id == me.id)
    assert (Action.SHOWN, "danger") in [tuple(row) for row in db.session.execute(query)]


def test_of_one_without_a_name_and_a_number_it_says_what_can_be_done(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school, text="Hjälp").knock
    page = browser.get(address(knock))
    assert "Vi har inget nummer till eleven." in page.text
    assert "Anonym: eleven har inte sagt sitt namn." in page.text


def test_what_was_done_is_noted_stands_on_the_case_and_marks_it_urgent(
    browser: Browser, make: Make, school: School
) -> None:
    make.counsellor(school)
    knock = make.knock(school, text="Hjälp").knock
    browser.get(address(knock))
    page = browser.submit(
        "/fara-for-liv", measures=["called_112", "talked"], text="Polisen åker dit.", time="23:50",
        tells="1",
    )  # fmt: skip
    assert "Noteringen är sparad. Ingen kollega arbetar just nu: ring någon." in page.text
    page = browser.get(f"/personal/arende/{knock.id}")
    for words in (
        "i går 23.50",
        "Ringde 112",
        "Pratade med eleven",
        "Polisen åker dit.",
        "Bråttom",
    ):
        assert words in page.text
    db.session.rollback()
    assert db.session.get_one(Knock, knock.id).triage is Triage.URGENT


def test_an_empty_note_and_a_time_that_is_none_come_back_as_they_were(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    browser.get(address(knock))
    page = browser.submit("/fara-for-liv")
    assert page.status == 422
    assert "Kryssa i vad du gjorde, eller skriv det." in page.text
    page = browser.submit("/fara-for-liv", text="Jag ringde.", time="sen")
    assert page.status == 422
    assert "Jag ringde." in page.html


def test_what_the_pupil_writes_meanwhile_comes_to_the_page_and_only_then_is_it_shown_anew(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school, text="Hjälp").knock
    html = browser.get(address(knock)).html
    path = html.partition('hx-get="')[2].partition('"')[0]
    assert browser.get(path, htmx=True).status == 204
    with clock.frozen(NIGHT + timedelta(minutes=1)):
        asking.write(knock, "Jag är vid bron", form_id=new_id())
        db.session.commit()
        page = browser.get(path, htmx=True)
    assert "Jag är vid bron" in page.html
    assert "<html" not in page.html


def test_a_note_that_was_not_saved_waits_on_the_case_and_on_its_page(
    browser: Browser, make: Make, school: School
) -> None:
    knock = make.knock(school).knock
    token = browser.get(address(knock)).form("/fara-for-liv").data["csrf_token"]
    typed = {"csrf_token": token, "till": address(knock), "text": "Jag ringer n", "form_id": "x"}
    browser.send("POST", "/personal/utkast", data=typed, headers={"Origin": "http://localhost"})
    page = browser.get(f"/personal/arende/{knock.id}")
    assert "Du har en notering om fara för liv som inte är sparad." in page.text
    assert "Jag ringer n" in browser.get(address(knock)).html


@pytest.mark.parametrize("who", ["a nurse", "elsewhere", "avoided"])
def test_nobody_whom_the_wall_keeps_out_finds_the_page(
    client: FlaskClient, make: Make, school: School, me: Staff, who: str
) -> None:
    other = make.nurse(school) if who == "a nurse" else make.counsellor(
        school if who == "avoided" else make.school()
    )  # fmt: skip
    knock = make.knock(school, avoid_staff_ids=(other.id,) if who == "avoided" else ()).knock
    browser = Browser(client)
    browser.arrives_as(other)
    assert browser.get(address(knock)).status == 404
