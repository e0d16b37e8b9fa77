"""Staff and pupil move a knock to another school: what each of them is shown."""

import pytest
from sqlalchemy import select

from elevhalsa.core.i18n import by_when
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock, Transfer
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.extensions import db

from .browser import Browser


class Town:
    def __init__(self, make) -> None:
        self.make = make
        self.school = make.school(slug="norra", name="Norra skolan")
        self.other = make.school(slug="sodra", name="Södra skolan")
        self.closed = make.school(name="Stängda skolan", active=False)
        self.abroad = make.school(name="Fjärran", municipality_id=make.municipality().id)
        self.mine, self.there = make.counsellor(self.school), make.counsellor(self.other)


@pytest.fixture
def town(make):
    return Town(make)


@pytest.fixture
def staff(app, town):
    browser = Browser(app.test_client())
    browser.arrives_as(town.mine)
    return browser


@pytest.fixture
def pupil(app, town):
    browser = Browser(app.test_client())
    browser.get("/knacka?skola=norra")
    browser.submit("/knacka", who="counsellor", way="app", text="Hej")
    return browser


def only_knock() -> Knock:
    db.session.rollback()
    return db.session.scalars(select(Knock)).one()


def offered(page, action: str) -> set[str]:
    (control,) = [c for c in page.form(action).controls if c.name in ("to", "school")]
    return {option for option in control.options if option}


def test_staff_move_what_waits_and_see_it_no_more(staff, pupil, town):
    knock = only_knock()
    due = by_when(knock.due_at)
    page = staff.get(f"/personal/arende/{knock.id}")
    assert offered(page, "/flytta-till-skola") == {town.other.id}
    assert "keeps" not in page.form("/flytta-till-skola").names
    page = staff.submit("/flytta-till-skola", school=town.other.id)
    assert "flyttad till Södra skolan. Tiden är densamma." in page.text
    assert page.url == "/personal/inkorg"
    assert staff.get(f"/personal/arende/{knock.id}").status == 404
    page = pupil.get(pupil.page.url)
    assert "Kuratorn på Södra skolan hör av sig" in page.text
    assert "Vi flyttade din knackning till Södra skolan. Tiden är densamma." in page.text
    assert due in page.text


def test_who_has_it_can_keep_it(staff, pupil, town):
    answering.take(town.mine, only_knock())
    db.session.commit()
    staff.get(f"/personal/arende/{only_knock().id}")
    page = staff.submit("/flytta-till-skola", school=town.other.id, keeps="1")
    assert page.url == f"/personal/arende/{only_knock().id}"
    assert f"{town.mine.name} flyttade hit knackningen från Norra skolan" in page.text
    assert (only_knock().taken_by_id, only_knock().school_id) == (town.mine.id, town.other.id)


def test_without_a_school_or_to_one_that_is_not_offered_nothing_is_moved(staff, pupil, town):
    knock = only_knock()
    staff.get(f"/personal/arende/{knock.id}")
    page = staff.submit("/flytta-till-skola")
    assert (page.status, "Välj en skola." in page.text) == (422, True)
    pupil.get(f"/mitt/{knock.id}/skola")
    page = pupil.submit("/skola")
    assert (page.status, "Välj din skola." in page.text) == (422, True)
    here = {"Origin": "http://localhost"}
    for to in (town.abroad.id, town.closed.id, town.school.id, "x"):
        for who, path in ((staff, f"/personal/arende/{knock.id}/flytta-till-skola"),
                          (pupil, f"/mitt/{knock.id}/skola")):  # fmt: skip
            assert (
                who.send("POST", path, data={"to": to, "school": to}, headers=here).status_code
                == 422
            )
    assert db.session.scalars(select(Transfer)).all() == []


def test_the_pupil_moves_it_until_somebody_has_taken_it(staff, pupil, town):
    receipt = pupil.page.url
    page = pupil.follow("Jag går på en annan skola")
    assert offered(page, "/skola") == {town.other.id}
    page = pupil.submit("/skola", to=town.other.id)
    assert page.url == receipt
    assert "Du flyttade din knackning till Södra skolan." in page.text
    staff_there = Browser(staff.client.application.test_client())
    staff_there.arrives_as(town.there)
    page = staff_there.get(f"/personal/arende/{only_knock().id}")
    assert "Eleven flyttade hit knackningen från Norra skolan" in page.text
    staff_there.submit("/ta-emot")
    assert only_knock().state is State.TAKEN
    assert "Jag går på en annan skola" not in pupil.get(receipt).text
    here = {"Origin": "http://localhost"}
    answer = pupil.send("POST", f"{receipt}/skola", data={"to": town.school.id}, headers=here)
    assert answer.status_code == 409
    assert "redan tagit emot" in answer.get_data(as_text=True)
    assert len(db.session.scalars(select(Transfer)).all()) == 1


def test_what_has_ended_or_is_in_the_only_school_is_not_moved(staff, pupil, town):
    knock = only_knock()
    answering.take(town.mine, knock)
    answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)
    db.session.commit()
    assert not staff.get(f"/personal/arende/{knock.id}").has_form("/flytta-till-skola")
    assert pupil.get(f"/mitt/{knock.id}/skola").url == f"/mitt/{knock.id}"


def test_with_one_school_nobody_is_asked_about_another(app, make):
    school = make.school(slug="ensam")
    me = make.counsellor(school)
    pupil, staff = Browser(app.test_client()), Browser(app.test_client())
    pupil.get("/knacka?skola=ensam")
    page = pupil.submit("/knacka", who="counsellor", way="app")
    assert "Jag går på en annan skola" not in page.text
    staff.arrives_as(me)
    page = staff.get(f"/personal/arende/{only_knock().id}")
    assert not page.has_form("/flytta-till-skola")


def test_among_many_schools_one_is_found_by_typing(pupil, town):
    for number in range(16):
        town.make.school(name=f"Bergskolan {number:02}")
    page = pupil.get(f"/mitt/{only_knock().id}/skola")
    assert "to" not in page.form("/skola").names
    for typed, fault in (("", "Vi hittar ingen skola"), ("Fjärran", "Vi hittar ingen skola"),
                         ("berg", "Välj din skola.")):  # fmt: skip
        page = pupil.submit("/skola", name=typed)
        assert (page.status, fault in page.text) == (422, True)
        assert page.form("/skola").data["name"] == [typed]
    assert len(offered(page, "/skola")) == 16
    page = pupil.submit("/skola", name="SÖDRA")
    assert "Du flyttade din knackning till Södra skolan." in page.text
