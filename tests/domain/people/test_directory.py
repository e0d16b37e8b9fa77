"""The snapshot of who can be knocked on where."""

from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.directory import ClosedView, load
from elevhalsa.extensions import db
from tests.domain.helpers import counted_queries


def test_a_school_offers_the_professions_that_somebody_active_has_there(make):
    school, empty = make.school(), make.school()
    make.counsellor(school)
    make.nurse(school)
    make.staff(Profession.DOCTOR, [school], active=False)
    make.staff(None, [school])  # a coordinator
    known = load()
    assert known.doors["", school.slug].professions == (Profession.NURSE, Profession.COUNSELLOR)  # type: ignore[union-attr]
    assert known.doors["", empty.slug].professions == ()  # type: ignore[union-attr]


def test_names_are_shown_only_where_the_municipality_shows_them(make):
    shy, open_ = make.municipality(), make.municipality(show_names=True)
    names = {}
    for home in (shy, open_):
        school = make.school(municipality_id=home.id)
        person = make.staff(Profession.NURSE, [school], municipality_id=home.id)
        names[school.slug] = person.name if home is open_ else None
    known = load()
    assert {slug: known.doors["", slug].people[0].name for slug in names} == names  # type: ignore[union-attr]


def test_a_closed_school_is_not_offered_but_remembered_as_closed(make):
    school = make.school(active=False)
    known = load()
    assert known.doors["", school.slug] == ClosedView(school.name, known.municipalities[0])
    assert known.municipalities[0].schools == []


def test_a_municipality_is_found_by_its_host(make):
    home = make.municipality(host="elevhalsa.exempel.invalid")
    make.municipality()
    known = load()
    assert {host: m.id for host, m in known.by_host.items()} == {
        "elevhalsa.exempel.invalid": home.id
    }


def test_it_takes_as_many_queries_for_one_municipality_as_for_five(make):
    def needed() -> int:
        db.session.expire_all()
        with counted_queries() as statements:
            load()
        return len(statements)

    make.nurse(make.school())
    with_one = needed()
    for _ in range(4):
        home = make.municipality()
        school = make.school(municipality_id=home.id)
        make.staff(Profession.NURSE, [school], municipality_id=home.id)
    assert needed() == with_one == 6
