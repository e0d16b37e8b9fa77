"""Who is named to answer for what, as a coordinator names them."""

import pytest

from elevhalsa.core import clock
from elevhalsa.core.walls import Wall
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from tests.domain.helpers import at

from .browser import Browser

PAGE = "/kommun/ansvariga"


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(at("2026-11-23 09:30")):
        yield


@pytest.fixture
def coordinator(client, make):
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    return browser


def named(make, duty, wall=None):
    db.session.rollback()
    return duties.responsible(make.home.id, duty, wall)


def test_a_coordinator_names_somebody_and_somebody_else_and_nobody(coordinator, make):
    school = make.school()
    nurse, other = make.nurse(school), make.nurse(school)
    page = coordinator.get("/samordnare/")
    assert "Alla ansvariga för logg och utlämnande är inte utsedda." in page.text
    assert coordinator.get(PAGE).text.count("Ingen är utsedd än.") == 3
    for person in (nurse, other):
        page = coordinator.submit(PAGE, seat="disclosure_medical", who=person.id)
        assert f"{person.name} är utsedd." in page.text
        assert named(make, Duty.DISCLOSURE, Wall.MEDICAL).id == person.id
    page = coordinator.submit(PAGE, seat="disclosure_medical", who="")
    assert "Ingen är utsedd nu." in page.text
    assert named(make, Duty.DISCLOSURE, Wall.MEDICAL) is None


@pytest.mark.parametrize(
    ("seat", "said"),
    [
        ("", "Välj ett uppdrag."),
        ("disclosure_psychosocial", "Välj någon som arbetar i den delen av elevhälsan."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_given_back(coordinator, make, seat, said):
    nurse = make.nurse(make.school())
    coordinator.get(PAGE)
    page = coordinator.submit(PAGE, seat=seat, who=nurse.id)
    assert page.status == 422
    assert said in page.text
    assert page.form(PAGE).data["who"] == [nurse.id]


def test_nobody_of_another_municipality_can_be_chosen(coordinator, make):
    stranger = make.staff(None, municipality_id=make.municipality().id)
    page = coordinator.get(PAGE)
    assert stranger.id not in page.text
    for sent, said in (
        ({"seat": "oversight", "who": stranger.id}, "Välj en person i listan."),
        ({"seat": "all", "who": ""}, "Välj ett uppdrag i listan."),
    ):
        answer = coordinator.send("POST", PAGE, data=sent, headers={"Origin": "http://localhost"})
        assert answer.status_code == 422
        assert said in answer.text
    assert named(make, Duty.OVERSIGHT) is None


def test_none_but_a_coordinator_names(client, make):
    browser = Browser(client)
    browser.sign_in(make.nurse(make.school()))
    assert browser.get(PAGE).status == 403
