"""School addresses: whose a slug is, what leads on when it changes, and who was first."""

import pytest
from sqlalchemy import select

from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.domain.people.directory import ClosedView, SchoolView, load
from elevhalsa.domain.places import queries, service
from elevhalsa.domain.places.models import Municipality, School, SchoolAddress, SchoolForm
from elevhalsa.domain.places.service import Change
from elevhalsa.extensions import db
from tests.domain.helpers import together

HOST = "elevhalsa.exempel.invalid"
USUAL = {"name": "Norra", "form": SchoolForm.COMPULSORY, "town": None}


def put(place: Municipality, slug: str, **values: object) -> School:
    service.put_school(place, slug, **USUAL | values)  # type: ignore[arg-type]
    db.session.commit()
    return queries.school_by_slug(place, slug)


def at(place: Municipality | None, slug: str) -> str | None:
    """The id of the open school that a slug leads to at a municipality's own host, or at the
    shared one."""
    known = load()
    view = next((m for m in known.municipalities if place and m.id == place.id), None)
    found = known.door(view, slug)
    return found.id if isinstance(found, SchoolView) else None


def test_two_who_share_a_host_cannot_have_schools_with_the_same_slug(make):
    one, other = make.municipality(), make.municipality()
    put(one, "norra")
    with pytest.raises(Conflict, match="annan kommuns skola"):
        service.put_school(other, "norra", **USUAL)  # type: ignore[arg-type]


def test_two_with_hosts_of_their_own_and_one_without_may_all_have_the_same_slug(make):
    places = [make.municipality(host=host) for host in (HOST, f"dorr.{HOST}", None)]
    schools = [put(place, "norra") for place in places]
    assert [at(place, "norra") for place in places] == [school.id for school in schools]
    assert at(None, "norra") == schools[2].id


def test_a_slug_of_before_leads_to_the_school_for_ever(make):
    home = make.municipality()
    school = put(home, "norra")
    for slug in ("norr", "norrskogen"):
        assert service.rename_school(home, school, slug) is Change.CHANGED
    db.session.commit()
    assert {slug: at(None, slug) for slug in ("norra", "norr", "norrskogen")} == dict.fromkeys(
        ("norra", "norr", "norrskogen"), school.id
    )
    assert queries.school_by_slug(home, "norrskogen") is school


def test_a_slug_of_before_is_never_given_to_another_school(make):
    home, neighbour = make.municipality(), make.municipality()
    school = put(home, "norra", name="Norra")
    service.rename_school(home, school, "norrskogen")
    db.session.commit()
    with pytest.raises(Conflict, match="kortnamnet norra leder till Norra"):
        service.put_school(home, "norra", **USUAL | {"name": "En ny skola"})  # type: ignore[arg-type]
    db.session.rollback()
    other = put(neighbour, "sodra")
    with pytest.raises(Conflict, match="annan kommuns skola"):
        service.rename_school(neighbour, other, "norra")


def test_a_school_may_take_its_old_slug_back(make):
    home = make.municipality()
    school = put(home, "norra")
    service.rename_school(home, school, "norr")
    service.rename_school(home, school, "norra")
    db.session.commit()
    assert at(None, "norra") == at(None, "norr") == school.id
    assert school.slug == "norra"


def test_a_municipality_that_gets_a_host_is_still_reached_where_it_was_printed(make):
    home = make.municipality()
    school = put(home, "norra")
    service.set_municipality(home, host=HOST)
    db.session.commit()
    assert at(home, "norra") == at(None, "norra") == school.id
    # And another who is on paper there keeps its own.
    with pytest.raises(Conflict):
        service.put_school(make.municipality(), "norra", **USUAL)  # type: ignore[arg-type]
    db.session.rollback()
    service.rename_school(home, school, "norrskogen")
    db.session.commit()
    assert {at(place, slug) for place in (home, None) for slug in ("norra", "norrskogen")} == {
        school.id
    }


def test_a_municipality_cannot_move_in_where_its_slugs_are_taken(make):
    shared, alone = make.municipality(), make.municipality(host=HOST)
    put(shared, "norra")
    put(alone, "norra")
    with pytest.raises(Conflict, match="annan kommuns skola"):
        service.set_municipality(alone, host=None)
    db.session.rollback()
    assert db.session.get_one(Municipality, alone.id).host == HOST
    service.rename_school(alone, queries.school_by_slug(alone, "norra"), "sodra")
    service.set_municipality(alone, host=None)
    db.session.commit()
    assert at(None, "sodra") == queries.school_by_slug(alone, "sodra").id
    assert at(None, "norra") == queries.school_by_slug(shared, "norra").id


def test_a_closed_school_leads_to_the_one_that_took_its_place(make):
    home = make.municipality()
    last, middle, first = (put(home, slug, name=slug) for slug in ("tredje", "andra", "forsta"))
    for slug, successor in (("forsta", "andra"), ("andra", "tredje")):
        put(home, slug, name=slug, active=False, successor=successor)
    assert at(None, "forsta") == at(None, "andra") == last.id
    # What a closed school leads to stands when it is only closed again.
    put(home, "forsta", name="Nytt namn", active=False)
    assert at(None, "forsta") == last.id
    put(home, "tredje", name="tredje", active=False)
    known = load()
    assert isinstance(known.door(None, "forsta"), ClosedView)
    put(home, "forsta", name="forsta")
    assert at(None, "forsta") == first.id
    assert middle.successor_id == last.id


def test_a_school_leads_neither_to_itself_nor_round_in_a_ring(make):
    home = make.municipality()
    for slug in ("norra", "sodra"):
        put(home, slug)
    put(home, "norra", active=False, successor="sodra")
    wrong = (
        ("sodra", {"active": False, "successor": "sodra"}, InvalidInput),
        ("sodra", {"active": False, "successor": "norra"}, InvalidInput),
        ("sodra", {"active": True, "successor": "norra"}, InvalidInput),
        ("sodra", {"active": False, "successor": "okand"}, NotFound),
    )
    for slug, values, error in wrong:
        with pytest.raises(error):
            service.put_school(home, slug, **USUAL | values)  # type: ignore[arg-type]
        db.session.rollback()


def test_of_two_municipalities_that_ask_for_a_slug_at_once_one_gets_it(app, make):
    ids = [make.municipality().id for _number in range(3)]

    def wanting(place_id: str):
        def work(meet):
            place = db.session.get_one(Municipality, place_id)
            meet()
            return service.put_school(place, "norra", **USUAL)  # type: ignore[arg-type]

        return work

    results = together(app, *map(wanting, ids))
    assert sorted(map(str, results)).count("new") == 1
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert db.session.scalars(select(School.slug)).all() == ["norra"]


def test_the_same_school_put_twice_at_once_is_one_school(app, make):
    home_id = make.municipality().id

    def work(meet):
        place = db.session.get_one(Municipality, home_id)
        meet()
        return service.put_school(place, "norra", **USUAL)  # type: ignore[arg-type]

    assert sorted(map(str, together(app, work, work))) == ["new", "unchanged"]
    assert len(db.session.scalars(select(School)).all()) == 1


def test_a_school_that_is_added_while_the_host_changes_is_reached_where_its_municipality_is(
    app, make
):
    home = make.municipality()
    home_id = home.id

    def add(meet):
        place = db.session.get_one(Municipality, home_id)
        meet()
        return service.put_school(place, "norra", **USUAL)  # type: ignore[arg-type]

    def move(meet):
        place = db.session.get_one(Municipality, home_id)
        meet()
        return service.set_municipality(place, host=HOST)

    assert not [result for result in together(app, add, move) if isinstance(result, Exception)]
    place = db.session.get_one(Municipality, home_id)
    assert at(place, "norra") == queries.school_by_slug(place, "norra").id


def test_of_two_who_ask_for_the_same_host_at_once_one_gets_it(app, make):
    ids = [make.municipality().id for _number in range(2)]

    def wanting(place_id: str):
        def work(meet):
            place = db.session.get_one(Municipality, place_id)
            meet()
            return service.set_municipality(place, host=HOST)

        return work

    results = together(app, *map(wanting, ids))
    assert sum(isinstance(result, Conflict) for result in results) == 1


def test_every_school_that_is_put_has_its_address_in_the_table(make):
    home = make.municipality(host=HOST)
    school = put(home, "norra")
    rows = db.session.scalars(select(SchoolAddress)).all()
    assert [(row.space, row.slug, row.school_id) for row in rows] == [(home.id, "norra", school.id)]
