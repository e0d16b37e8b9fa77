"""Organisations beside the schools: what a coordinator decides, and what who leads one sees."""

import pytest
from flask import Flask

from elevhalsa.core.walls import Profession
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import SEATS
from elevhalsa.domain.places.models import Organisation
from elevhalsa.domain.places.words import OrganisationKind
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from tests.factories import Make

from .browser import Browser


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def test_a_coordinator_adds_an_organisation_changes_it_and_closes_it(browser, make: Make) -> None:
    browser.arrives_as(make.coordinator())
    browser.get("/kommun/partner")
    browser.submit(
        "/kommun/partner", kind="preschool", name="Förskolan Ett", contact="ett@exempel.se"
    )
    row = db.session.scalars(db.select(Organisation)).one()
    assert (row.name, row.kind, row.contact, row.active) == (
        "Förskolan Ett", OrganisationKind.PRESCHOOL, "ett@exempel.se", True,
    )  # fmt: skip
    address = f"/kommun/partner/{row.id}"
    browser.get(address)
    browser.submit(address, contact="", is_closed="1")
    db.session.refresh(row)
    assert (row.contact, row.active) == (None, False)
    assert "stängd" in browser.get("/kommun/partner").text


def test_two_of_one_name_are_refused_and_what_was_typed_stays(browser, make: Make) -> None:
    make.organisation(name="Förskolan Ett")
    browser.arrives_as(make.coordinator())
    browser.get("/kommun/partner")
    page = browser.submit("/kommun/partner", kind="arts", name="Förskolan Ett", contact="Skriven")
    assert "heter så" in page.text
    assert page.form("/kommun/partner").data["contact"] == ["Skriven"]
    assert db.session.scalars(db.select(Organisation)).one().kind is OrganisationKind.OPEN_HELP


def test_one_where_somebody_works_is_not_closed(browser, make: Make) -> None:
    row = make.organisation()
    make.leader(row)
    browser.arrives_as(make.coordinator())
    browser.get(f"/kommun/partner/{row.id}")
    page = browser.submit(f"/kommun/partner/{row.id}", contact="", is_closed="1")
    assert "arbetar kvar" in page.text
    db.session.refresh(row)
    assert row.active


def test_who_leads_one_sees_its_people_and_nothing_of_elevhälsan(browser, make: Make) -> None:
    school, row = make.school(), make.organisation(name="Exempelhjälpen")
    other = make.organisation()
    leader = make.leader(row)
    names = [
        make.staff(Profession.SOCIAL_WORKER, [school], organisation_id=one.id).name
        for one in (row, other)
    ]
    nurse = make.nurse(school)
    browser.arrives_as(leader)
    page = browser.get("/partner/").text
    assert "Exempelhjälpen" in page and "OSL 26 kap. 1 §" in page
    assert names[0] in page and names[1] not in page and nurse.name not in page
    for address in ("/samordnare/", "/kommun/partner", f"/kommun/partner/{row.id}",
                    "/personal/inkorg", "/kommun/logg"):  # fmt: skip
        assert browser.client.get(address).status_code == 403, address


def test_nobody_of_an_organisation_is_named_to_answer_for_anything_of_elevhälsan(make) -> None:
    leader = make.leader(make.organisation())
    for seat in SEATS:
        with pytest.raises(Exception, match="Välj någon"):
            duties.name(make.home, seat, leader, by=OPERATOR)
