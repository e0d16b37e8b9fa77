"""How long what is kept is kept, as a coordinator decides it, and the purge. Numbers alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.retention import queries
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.extensions import db
from tests.domain.helpers import at
from workers import jobs

from .browser import Browser

PAGE = "/kommun/gallring"
MONDAY = at("2026-11-23 09:30")
SAID = {
    "kind": "knock", "days": "90", "reference": "EX 2026/7 § 3", "decided_on": "2026-11-02",
    "decided_by": "Exempelnämnden",
}  # fmt: skip


@pytest.fixture
def place(make):
    """Without a decision; two knocks ended there long ago."""
    place = make.municipality(has_decision=False)
    school = make.school(municipality_id=place.id)
    with clock.frozen(MONDAY - timedelta(days=181)):
        for _ in range(2):
            asking.withdraw(make.knock(school, text="hemliga ord").knock, shown=None)
        db.session.commit()
    return place


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def me(make, place):
    return make.staff(None, municipality_id=place.id)


@pytest.fixture
def coordinator(client, me):
    browser = Browser(client)
    browser.sign_in(me)
    return browser


def worker(job) -> None:
    db.session.rollback()
    job()
    db.session.rollback()


def test_a_decision_is_looked_at_then_entered_and_then_what_waited_for_it_goes(coordinator, place):
    assert "Gallringsbeslut saknas." in coordinator.get("/samordnare/").text
    worker(jobs.tidy)
    page = coordinator.get(PAGE)
    assert "Inget beslut. Låses 180 dagar efter avslut." in page.text
    assert "Tjänsten 0 2 0 0" in page.text
    page = coordinator.submit(PAGE, gor="visa", **SAID)
    assert "Med det beslutet gallras 2 knackningar" in page.text
    assert queries.decision(place.id, RecordKind.KNOCK) is None
    page = coordinator.submit(PAGE, gor="spara", **SAID)
    assert "Beslutet är infört." in page.text
    assert "90 dagar. EX 2026/7 § 3, Exempelnämnden" in page.text
    page = coordinator.submit("/kommun/gallring/kor")
    assert "En gallring pågår." in page.text
    worker(jobs.run_retention)
    page = coordinator.get(PAGE)
    assert "En gallring pågår." not in page.text
    assert " 2 0 0 0" in page.text
    assert "hemliga" not in page.text
    assert "Gallringsbeslut saknas." not in coordinator.get("/samordnare/").text


def test_a_decision_that_has_ended_stays_in_the_history(coordinator, place):
    coordinator.get(PAGE)
    coordinator.submit(PAGE, gor="spara", **SAID)
    page = coordinator.submit("/kommun/gallring/avsluta")
    assert "Inget gallras förrän ett nytt är infört." in page.text
    assert "Beslut som har gällt" in page.text
    assert "Inget beslut. Låses 90 dagar efter avslut." in page.text
    assert "Låsta 0 och 2 som låses snart" in page.text


REFUSED = [
    ("days", "0", "Skriv hur många dagar."),
    ("days", "3651", "Skriv ett antal dagar från 1 till 3650."),
    ("reference", "", "Skriv var beslutet finns."),
    ("decided_on", "", "Skriv dagen för beslutet."),
    ("decided_on", "2027-11-02", "Dagen för beslutet har inte kommit än."),
    ("decided_by", "", "Skriv vem som har beslutat."),
]


def test_what_cannot_be_is_refused_in_words_and_given_back(coordinator):
    for field, typed, said in REFUSED:
        coordinator.get(PAGE)
        page = coordinator.submit(PAGE, gor="spara", **SAID | {"note": "Så här.", field: typed})
        assert page.status == 422
        assert said in page.text
        assert page.form(PAGE).data["note"] == ["Så här."]


def test_what_a_pupil_keeps_from_her_she_does_not_count(coordinator, me, place):
    assert "och 2 som låses snart" in coordinator.get(PAGE).text
    one = db.session.scalars(select(Knock)).first()
    db.session.add(Avoided(knock_id=one.id, staff_id=me.id))
    db.session.commit()
    assert "och 1 som låses snart" in coordinator.get(PAGE).text


@pytest.mark.parametrize(
    ("has_decision", "closed", "privacy"),
    [
        (True, "Sedan tar vi bort det.", "Så har kommunen bestämt."),
        (False, "Sedan låser vi det.", "Ingen av oss läser det då."),
    ],
)
def test_a_pupil_is_told_what_will_happen_and_what_has(client, make, has_decision, closed, privacy):
    place = make.municipality(has_decision=has_decision, host="localhost")
    pupil, receipt = Browser(client), make.knock(make.school(municipality_id=place.id), text="hej")
    asking.withdraw(receipt.knock, shown=None)
    db.session.commit()
    said = pupil.get("/integritet").text
    assert "finns det du skrev kvar i 180 dagar" in said
    assert privacy in said
    pupil.get("/mitt/kod")
    page = pupil.submit("/mitt/kod", code=receipt.code)
    assert closed in page.text
    assert "lördag 22 maj 2027" in page.text
    with clock.frozen(MONDAY + timedelta(days=182)):
        worker(jobs.tidy)
        pupil.get("/mitt/kod")
        page = pupil.submit("/mitt/kod", code=receipt.code)
        assert ("Ingen av oss läser det nu." in page.text) is not has_decision


def test_who_is_of_elevhalsan_too_is_not_told_how_many_have_gone(coordinator, me, place):
    for says in (True, False):
        coordinator.get(PAGE)
        page = coordinator.submit("/kommun/gallring/kor")
        assert ("Därför står det inte hur många." in page.text) is not says
        me.profession = Profession.NURSE
        db.session.commit()
