"""A guardian is asked: a link, a code that came another way, an answer, and a way back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from elevhalsa.core import clock
from elevhalsa.domain.consents import queries, service, texts
from elevhalsa.domain.consents.models import Consent, ConsentBasis
from elevhalsa.domain.consents.rules import MOST_WRONG
from elevhalsa.domain.consents.words import Given, Reader, Role, State
from elevhalsa.extensions import db
from elevhalsa.web import leaving
from tests.domain.consents.helpers import NAMES, allowed_now, asked, found_out
from tests.domain.helpers import at

from .browser import Browser, Page
from .test_language import EASY, lix, sentences_of

MONDAY = at("2026-11-23 09:30")


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


class Asked:
    """Somebody who has a link and a code, and a phone."""

    def __init__(self, app: Flask, basis: ConsentBasis, role: Role = Role.GUARDIAN_ONE) -> None:
        consent = asked(basis, role)
        door = service.open_door(consent)
        db.session.commit()
        self.id, self.code, self.address = consent.id, door.code, f"/samtycke/{door.token}"
        self.phone = Browser(app.test_client())

    @property
    def consent(self) -> Consent:
        db.session.rollback()
        return db.session.get_one(Consent, self.id)

    def opens(self, code: str | None = None) -> Page:
        self.phone.get(self.address)
        return self.phone.submit(self.address, told_code=self.code if code is None else code)

    def answers(self, answer: str) -> Page:
        return self.phone.submit(f"{self.address}/svar", answer=answer)

    def takes_back(self) -> Page:
        return self.phone.submit(f"{self.address}/ta-tillbaka")


@pytest.fixture
def basis(make) -> ConsentBasis:
    make.school()
    return found_out(make.home)


@pytest.fixture
def guardian(app, basis) -> Asked:
    return Asked(app, basis)


TOLD = ("Barnet Ett", "Kuratorn", "Öppna hjälpen", "morgnarna")


def test_before_the_code_the_link_says_nothing_of_anybody(guardian):
    page = guardian.phone.get(guardian.address)
    assert page.status == 200
    assert not [word for word in (*TOLD, *NAMES.values()) if word in page.html]


def test_with_the_code_she_reads_who_asks_what_for_what_is_told_to_whom_and_for_how_long(guardian):
    page = guardian.opens()
    assert all(word in page.text for word in TOLD)
    assert "Till söndag 21 februari" in page.text
    assert "eller om det har gjort det" in page.text  # never that there is anything
    assert "21 kap. 2 §" in page.text and "Inte kollat mot lagen" in page.text
    assert NAMES[Role.GUARDIAN_TWO] not in page.html


def test_it_is_said_in_words_that_are_easy_to_read(guardian):
    assert lix(sentences_of(guardian.phone.get(guardian.address).html)) < EASY
    guardian.opens()
    html = re.sub(r"<details.*?</details>", "", guardian.answers("ja").html, flags=re.S)
    assert lix(sentences_of(html)) < EASY  # what the law says is folded below


def test_a_yes_by_a_link_does_not_hold_until_she_is_reached(guardian, basis, make):
    guardian.opens()
    page = guardian.answers("ja")
    assert "Du sa ja" in page.text and "numret som skolan har" in page.text
    consent = guardian.consent
    assert (consent.state, consent.given, consent.confirmed_at) == (
        State.GIVEN, Given.LINK, None,
    )  # fmt: skip
    nurse = make.nurse(make.school())
    service.confirm(nurse, consent)
    db.session.commit()
    page = guardian.phone.get(guardian.address)
    assert "numret som skolan har" not in page.text
    assert not allowed_now(db.session.get_one(ConsentBasis, basis.id))  # the others have not said


def test_a_no_is_a_no_and_stops_it(guardian):
    guardian.opens()
    page = guardian.answers("nej")
    assert "Du sa nej" in page.text and "Inget är lämnat." in page.text
    assert guardian.consent.state is State.REFUSED
    assert not any("svar" in (form.action or "") for form in page.forms)


def test_she_may_rather_be_called_and_can_answer_all_the_same(guardian):
    guardian.opens()
    page = guardian.answers("ring")
    assert "Vi ringer dig först" in page.text and guardian.consent.call_me_at
    assert "Du sa nej" in guardian.answers("nej").text


def test_without_a_choice_she_is_told_what_to_do(guardian):
    guardian.opens()
    page = guardian.phone.submit(f"{guardian.address}/svar")
    assert page.status == 422 and "Välj ja, nej" in page.text
    assert guardian.consent.state is State.ASKED


def test_taking_it_back_says_honestly_what_has_been_shared(guardian, basis, app):
    others = [Asked(app, basis, role) for role in (Role.CHILD, Role.GUARDIAN_TWO)]
    for one in (guardian, *others):
        one.opens()
        one.answers("ja")
    basis = db.session.get_one(ConsentBasis, basis.id)
    for consent in queries.consents_of(basis):
        consent.confirmed_at = clock.now()
    service.share(
        basis.about, basis.what, told="Hela formuläret", to_whom="Öppna hjälpen", cause="x", by=None
    )
    db.session.commit()
    assert "Hela formuläret" in guardian.phone.get(guardian.address).text
    page = guardian.takes_back()
    assert "Du tog tillbaka" in page.text and "Hela formuläret" in page.text
    assert "Till Öppna hjälpen, i dag 09.30." in page.text
    assert not allowed_now(db.session.get_one(ConsentBasis, basis.id))


def test_a_wrong_code_opens_nothing_and_after_ten_nothing_does(guardian):
    for number in range(MOST_WRONG):
        with clock.frozen(MONDAY + timedelta(minutes=number)):
            page = guardian.opens("0000 0000")
        if page.status == 429:
            break
        assert page.status == 422 and not [word for word in TOLD if word in page.html]
    assert guardian.consent.wrong_codes == MOST_WRONG
    assert guardian.phone.get(guardian.address).status == 404


def test_who_has_the_phone_next_is_asked_for_the_code(guardian):
    guardian.opens()
    page = guardian.phone.submit(f"{guardian.address}/stang")
    assert "Skriv din kod" in page.text
    guardian.opens()
    with clock.frozen(MONDAY + timedelta(minutes=31)):
        assert "Skriv din kod" in guardian.phone.get(guardian.address).text


def test_who_took_more_than_half_an_hour_shows_the_code_again_and_the_answer_is_kept(guardian):
    guardian.opens()
    with clock.frozen(MONDAY + timedelta(minutes=31)):
        page = guardian.answers("nej")
        assert page.status == 422
        assert "Skriv koden en gång till. Ditt svar är kvar." in page.text
        assert guardian.consent.answered_at is None
        page = guardian.phone.submit(guardian.address, told_code="0000 0000")
        assert page.status == 422
        page = guardian.phone.submit(guardian.address, told_code=guardian.code)
        assert page.status == 200
        guardian.phone.submit(f"{guardian.address}/svar")
    assert guardian.consent.state is State.REFUSED


def test_what_the_browser_keeps_of_a_closed_page_is_of_another_time(guardian):
    guardian.opens()
    before = guardian.phone.client.get_cookie(leaving.MARK)
    guardian.phone.submit(f"{guardian.address}/stang")
    after = guardian.phone.client.get_cookie(leaving.MARK)
    assert after and (before is None or after.value != before.value)


def test_an_answer_without_the_code_changes_nothing(guardian, app):
    guardian.opens()
    stranger = Browser(app.test_client())
    token = stranger.get(guardian.address).forms[0].data["csrf_token"]
    for ending, said, status in (("svar", ["ja"], 422), ("ta-tillbaka", [], 303)):
        data = {"csrf_token": token, "answer": said}
        answer = stranger.client.post(
            f"{guardian.address}/{ending}", data=data, headers={"Origin": "http://localhost"}
        )
        assert answer.status_code == status
    assert guardian.consent.state is State.ASKED


def test_a_link_that_was_replaced_or_leads_nowhere_says_how_to_get_another(guardian):
    service.open_door(guardian.consent)
    db.session.commit()
    for address in (guardian.address, "/samtycke/finns-inte"):
        page = guardian.phone.get(address)
        assert page.status == 404 and "Be den som frågade om en ny" in page.text


def test_who_has_answered_comes_back_by_the_same_door(guardian, app):
    guardian.opens()
    guardian.answers("ja")
    guardian.phone = Browser(app.test_client())
    assert "Du sa ja" in guardian.opens().text
    assert "Du tog tillbaka" in guardian.takes_back().text


# --- what a municipality says ---------------------------------------------------------------------


@pytest.fixture
def coordinator(app, make) -> Browser:
    make.school()
    browser = Browser(app.test_client())
    browser.arrives_as(make.coordinator())
    return browser


def publishes(browser: Browser, body: str, **button: Any) -> Page:
    browser.get("/kommun/samtycken")
    return browser.submit("/kommun/samtycken", reader="guardian", body=body, **button)


def test_a_text_is_looked_at_before_it_is_published_and_the_earlier_ones_stay(coordinator, make):
    page = publishes(coordinator, "Så här blir det.", gor="visa")
    assert "Så här ser det ut" in page.text
    assert texts.versions(make.home.id, Reader.GUARDIAN) == []
    page = publishes(coordinator, "Så här blir det.")
    assert "Publicerat." in page.text and "Version 1" in page.text and "Version 2" in page.text
    assert "Ingen blir arg" in page.text  # what stood before
    assert "Så står det redan." in publishes(coordinator, "Så här blir det.").text
    assert publishes(coordinator, " ").status == 422
    assert texts.present(make.home.id, Reader.GUARDIAN) == "Så här blir det."


def test_who_was_asked_before_has_what_was_shown_then(coordinator, guardian, app):
    publishes(coordinator, "Så här blir det.")
    assert "Så här blir det." not in guardian.opens().text
    basis = db.session.get_one(ConsentBasis, guardian.consent.basis_id)
    assert "Så här blir det." in Asked(app, basis, Role.GUARDIAN_TWO).opens().text


def test_what_is_said_of_a_paragraph_is_read_by_whoever_is_asked(coordinator, guardian):
    coordinator.get("/kommun/samtycken/lag")
    page = coordinator.submit("/kommun/samtycken/lag", key="oprovad", says="Vi frågar er alltid.")
    assert "Sparat." in page.text
    page = guardian.opens()
    assert "Vi frågar er alltid." in page.text and "Kommunens egen text." in page.text
