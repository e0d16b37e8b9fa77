"""Who is at other schools, as far as pupils may know: what a search tells is what those schools'
own doors tell, and no more."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from elevhalsa.core.walls import Profession
from elevhalsa.domain.people.directory import (
    MunicipalityView,
    PersonView,
    SchoolView,
    elsewhere,
)
from elevhalsa.domain.places.models import SchoolForm
from elevhalsa.pages.door.forms import MOST_FOUND, KnockForm

NAMES = ("Anna Exempel", "Anna Provsson", "Bo Exempel", "Åsa Påhitt")
some_people = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(Profession),
        st.sampled_from(NAMES),
        st.sets(st.integers(0, 3), min_size=1),
    ),
    max_size=25,
    unique_by=lambda one: one[0],
)


def town(people, *, show_names: bool) -> MunicipalityView:
    home = MunicipalityView("m", "m", "Exempelkommun", None, 24, show_names, None)
    for number in range(4):
        here = tuple(
            PersonView(f"p{person}", profession, name if show_names else None)
            for person, profession, name, schools in people
            if number in schools
        )
        home.schools.append(
            SchoolView(f"s{number}", f"skola-{number}", f"Skola {number}", SchoolForm.COMPULSORY,
                       None, here, home)
        )  # fmt: skip
    return home


@given(some_people, st.booleans())
def test_nothing_is_told_that_no_door_tells(people, show_names):
    home = town(people, show_names=show_names)
    found = elsewhere(home.schools[0])
    doors = {
        (school.name, person.name, person.profession)
        for school in home.schools[1:]
        for person in school.people
    }
    for one in found:
        assert all((school, one.person, one.profession) in doors for school in one.schools)
        if not show_names:
            assert one.person is None
            assert not one.ids & set(one.key.split("@")), "nobody is pointed at by a profession"
    assert len({one.key for one in found}) == len(found)
    # Everybody there can be named, one way or another.
    here = {person.id for person in home.schools[0].people}
    there = {person.id for school in home.schools[1:] for person in school.people}
    assert {i for one in found for i in one.ids} | here >= there


@given(some_people, st.booleans(), st.sampled_from(["", "a", "an", "Anna", "exempel", "Skola 2"]))
def test_a_search_never_lists_many_and_finds_whoever_has_the_words(people, show_names, typed):
    home = town(people, show_names=show_names)
    form = KnockForm(home.schools[0], MultiDict({"find": typed}))
    shown = form.elsewhere
    assert len(shown) <= MOST_FOUND
    for one in shown:
        assert typed.casefold() in one.name.casefold()
    if len(typed) < 3:
        assert shown == []
    elif form.matches is not None:
        has_it = [
            one for one in elsewhere(home.schools[0]) if typed.casefold() in one.name.casefold()
        ]
        assert shown == has_it


@given(some_people, st.booleans(), st.data())
def test_who_is_ticked_is_avoided_wherever_they_work_and_nobody_else_is(people, show_names, data):
    home = town(people, show_names=show_names)
    every = elsewhere(home.schools[0])
    chosen = data.draw(st.lists(st.sampled_from(every), unique_by=lambda one: one.key)
                       if every else st.just([]))  # fmt: skip
    ticked = MultiDict([("avoid", one.key) for one in chosen] + [("avoid", "p999")])
    ticked.update({"who": "any", "way": "app"})
    form = KnockForm(home.schools[0], ticked)
    assert [one.key for one in form.elsewhere] == [one.key for one in every if one in chosen]
    assert set(form.asked().avoid_staff_ids) == {i for one in chosen for i in one.ids}
