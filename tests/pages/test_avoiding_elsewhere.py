"""Inte den här personen: somebody who works at another school is looked for by typing, and what is
told is only what that school's own door tells."""

import pytest
from sqlalchemy import select

from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.people.models import Assignment
from elevhalsa.extensions import db

from .browser import Browser

FORM = "/knacka"


class Town:
    def __init__(self, make, *, show_names: bool) -> None:
        make.home.show_names = show_names
        self.make = make
        self.school = make.school(slug="norra", name="Norra skolan")
        self.other = make.school(slug="sodra", name="Södra skolan")
        self.mine = make.counsellor(self.school)
        self.mine.name = "Kurator Nordlund"
        self.there = make.counsellor(self.other)
        self.there.name = "Anna Söderprov"
        self.nurse = make.nurse(self.other)
        self.nurse.name = "Bo Söderprov"
        db.session.commit()


@pytest.fixture(params=[True, False], ids=["names shown", "names hidden"])
def shows(request) -> bool:
    return request.param


@pytest.fixture
def town(make, shows):
    return Town(make, show_names=shows)


@pytest.fixture
def pupil(client, town):
    browser = Browser(client)
    browser.get("/knacka?skola=norra")
    return browser


def avoided() -> set[str]:
    return set(db.session.scalars(select(Avoided.staff_id)))


def boxes(page) -> set[str]:
    return {o for c in page.form(FORM).controls if c.name == "avoid" for o in c.options}


def test_nobody_of_another_school_stands_on_the_form_from_the_start(pupil, town):
    for name in (town.there.name, town.nurse.name, town.there.id, "sodra"):
        assert name not in pupil.page.html


def test_by_the_name_of_the_school_who_is_there_is_found_ticked_and_avoided(pupil, town, shows):
    page = pupil.submit(FORM, find="södra", sok="1", text="Det jag skrev")
    assert page.status == 200
    assert db.session.scalars(select(Knock)).all() == []
    assert page.form(FORM).data["text"] == ["Det jag skrev"]
    key = town.there.id if shows else "counsellor@sodra"
    assert key in boxes(page)
    assert ("Inte Anna Söderprov" in page.text) is shows
    assert ("Inte kuratorn på Södra skolan" in page.text) is not shows
    page = pupil.submit(FORM, who="counsellor", way="app", avoid=[key])
    assert page.url.startswith("/mitt/")
    assert avoided() == {town.there.id}


def test_a_name_is_found_only_where_names_are_shown(pupil, town, shows):
    page = pupil.submit(FORM, find="  ANNA  ", sok="1")
    assert (town.there.id in boxes(page)) is shows
    assert ("Vi hittar ingen sådan." in page.text) is not shows
    assert town.nurse.id not in boxes(page)


def test_too_little_or_what_many_have_lists_nobody(pupil, town):
    for number in range(9):
        staff = town.make.staff(Profession.PSYCHOLOGIST, [town.make.school()])
        staff.name = f"Många {number}"
    db.session.commit()
    pupil.client.application.extensions["elevhalsa_directory"].clear()
    for typed in ("sö", "skolpsykolog"):
        page = pupil.submit(FORM, find=typed, sok="1")
        assert "Skriv lite mer av namnet." in page.text
        assert boxes(page) <= {town.mine.id, "counsellor"}


def test_a_name_that_was_written_and_not_looked_for_is_looked_for_before_it_is_sent(pupil, town):
    page = pupil.submit(FORM, who="counsellor", way="app", find="södra")
    assert page.status == 200
    assert "Titta först efter vem du inte vill ska veta." in page.text
    assert db.session.scalars(select(Knock)).all() == []
    assert pupil.submit(FORM).url.startswith("/mitt/")
    assert avoided() == set()


def test_who_was_ticked_stays_ticked_while_another_is_looked_for(pupil, town, shows):
    third = town.make.school(name="Västra skolan", slug="vastra")
    also = town.make.counsellor(third)
    pupil.client.application.extensions["elevhalsa_directory"].clear()
    keys = [town.there.id, also.id] if shows else ["counsellor@sodra", "counsellor@vastra"]
    pupil.submit(FORM, find="södra", sok="1")
    page = pupil.submit(FORM, find="västra", sok="1", avoid=[keys[0]])
    assert page.form(FORM).data["avoid"] == [keys[0]]
    pupil.submit(FORM, who="counsellor", way="app", avoid=keys)
    assert avoided() == {town.there.id, also.id}


def test_the_one_at_ones_own_school_is_avoided_by_the_other_school_too(pupil, town, shows):
    """Who works at both: the same person, whichever school they were named at."""
    db.session.add(Assignment(staff_id=town.there.id, school_id=town.school.id))
    db.session.commit()
    pupil.client.application.extensions["elevhalsa_directory"].clear()
    pupil.get("/knacka?skola=norra")
    page = pupil.submit(FORM, find="södra", sok="1")
    if shows:
        assert [o for c in page.form(FORM).controls for o in c.options].count(town.there.id) == 2
        key = town.there.id
    else:
        key = "counsellor@sodra"
    pupil.submit(FORM, who="counsellor", way="app", avoid=[key])
    assert avoided() == {town.there.id}


def test_of_another_municipality_nobody_is_found(pupil, town, make):
    abroad = make.municipality(show_names=True)
    school = make.school(name="Fjärran skolan", municipality_id=abroad.id)
    far = make.staff(Profession.NURSE, [school], municipality_id=abroad.id)
    pupil.client.application.extensions["elevhalsa_directory"].clear()
    pupil.get("/knacka?skola=norra")
    page = pupil.submit(FORM, find="fjärran", sok="1", avoid=[])
    assert "Vi hittar ingen sådan." in page.text
    assert far.name not in page.html


def test_where_there_is_one_school_there_is_nobody_to_look_for(client, make):
    make.counsellor(make.school(slug="ensam"))
    page = Browser(client).get("/knacka?skola=ensam")
    assert "find" not in page.form(FORM).names
