"""Organisations beside the schools and who works there: in an area of secrecy of their own, and
with nothing of elevhälsan's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession, area
from elevhalsa.domain.people import staffing
from elevhalsa.domain.places import service as places
from elevhalsa.domain.places.service import Change
from elevhalsa.domain.places.words import PROFESSIONS_AT, OrganisationKind, may_work_at

ADDRESS = "person-1@exempel.se"


@given(st.none() | st.sampled_from(OrganisationKind), st.none() | st.sampled_from(Profession))
def test_a_profession_belongs_to_elevhälsan_or_to_organisations_and_never_to_both(kind, profession):
    if profession is None:
        assert may_work_at(kind, profession)
    elif kind is None:
        assert may_work_at(kind, profession) is (profession in SCHOOL_PROFESSIONS)
    else:
        assert may_work_at(kind, profession) is (profession in PROFESSIONS_AT[kind])
        assert not (may_work_at(kind, profession) and may_work_at(None, profession))


def test_every_kind_has_people_and_each_profession_beside_the_schools_works_somewhere():
    assert set(PROFESSIONS_AT) == set(OrganisationKind)
    everywhere = {one for some in PROFESSIONS_AT.values() for one in some}
    assert everywhere == set(Profession) - set(SCHOOL_PROFESSIONS)
    assert all(area(one.wall).professions == (one,) for one in everywhere)


def test_an_organisation_is_put_once_and_changed_by_its_name(make):
    put = places.put_organisation
    help_, new = put(make.home, "Öppna hjälpen", OrganisationKind.OPEN_HELP,
                     contact=None, at_door=False)  # fmt: skip
    again, same = put(make.home, "Öppna hjälpen", OrganisationKind.OPEN_HELP,
                      contact=None, at_door=False)  # fmt: skip
    shown, changed = put(make.home, "Öppna hjälpen", OrganisationKind.OPEN_HELP,
                         contact="oppna@exempel.se", at_door=True)  # fmt: skip
    assert (new, same, changed) == (Change.NEW, Change.UNCHANGED, Change.CHANGED)
    assert help_ is again is shown and shown.at_door
    with pytest.raises(Conflict):
        put(make.home, "Öppna hjälpen", OrganisationKind.ARTS, contact=None, at_door=False)


def test_who_works_at_an_organisation_needs_no_school_and_coordinates_none(make):
    here = make.organisation(OrganisationKind.OPEN_HELP)
    person, _ = staffing.put(make.home, ADDRESS, name="Person Ett", schools=[],
                             profession=Profession.SOCIAL_WORKER, organisation=here)  # fmt: skip
    assert (person.organisation, person.coordinates, person.leads) == (here, False, False)
    person, _ = staffing.put(make.home, ADDRESS, name="Person Ett", schools=[],
                             profession=None, organisation=here)  # fmt: skip
    assert (person.coordinates, person.leads, person.wall) == (False, True, None)


def test_the_same_person_may_lead_and_have_a_profession(make):
    here = make.organisation(OrganisationKind.OPEN_HELP)
    put: dict[str, Any] = {
        "name": "Person Ett",
        "schools": [],
        "profession": Profession.SOCIAL_WORKER,
    }
    person, _ = staffing.put(make.home, ADDRESS, organisation=here, leads=True, **put)
    person, _ = staffing.put(make.home, ADDRESS, organisation=here, **put)
    assert person.leads and not person.coordinates
    person, _ = staffing.put(make.home, ADDRESS, organisation=here, leads=False, **put)
    assert not person.leads


@pytest.mark.parametrize(
    "values",
    [
        {"profession": Profession.NURSE},
        {"profession": Profession.LEADER},
        {"profession": Profession.SOCIAL_WORKER, "organisation": None},
        {"profession": Profession.SOCIAL_WORKER, "coordinates": True},
        {"profession": None, "coordinates": True},
    ],
)
def test_who_does_not_belong_there_is_not_let_in(make, values):
    here = make.organisation(OrganisationKind.OPEN_HELP)
    given: dict[str, Any] = {"name": "Person Ett", "schools": [], "organisation": here} | values
    with pytest.raises(InvalidInput):
        staffing.put(make.home, ADDRESS, **given)


def test_an_organisation_of_another_municipality_is_none_of_ours(make):
    there = make.organisation(municipality_id=make.municipality().id)
    with pytest.raises(InvalidInput):
        staffing.put(make.home, ADDRESS, name="Person Ett", schools=[], organisation=there,
                     profession=Profession.SOCIAL_WORKER)  # fmt: skip
