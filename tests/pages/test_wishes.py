"""What a pupil wishes is said to whoever reads it, and where it can be obeyed that is shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Way
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

from .browser import Browser

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen")
    make.school()
    return school


@pytest.fixture
def me(make, school):
    return make.counsellor(school)


@pytest.fixture
def staff(app, me) -> Browser:
    browser = Browser(app.test_client())
    browser.arrives_as(me)
    return browser


def test_a_woman_and_an_interpreter_are_wished_for_and_shown(client, staff, me):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    receipt = pupil.submit(
        "/knacka", who="counsellor", way="app", wished_gender="woman", interpreter="Somaliska"
    )
    assert "Helst en kvinna. Tolk: Somaliska. Vi försöker ordna det." in receipt.text
    assert "Somaliska" not in everything_stored()
    inbox = staff.get("/personal/inkorg")
    assert "Önskar en kvinna" in inbox.text
    assert "Önskar tolk" in inbox.text
    assert "Somaliska" not in inbox.text
    knock = db.session.scalars(select(Knock)).one()
    case = staff.get(f"/personal/arende/{knock.id}")
    assert "Önskar tolk Somaliska" in case.text
    assert "Helst en kvinna" in case.text


@pytest.mark.parametrize("said", [{}, {"wished_gender": "any", "interpreter": "  "}])
def test_nothing_wished_for_is_nothing(client, school, me, said):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    receipt = pupil.submit("/knacka", who="counsellor", way="app", **said)
    assert "Vi försöker ordna det." not in receipt.text
    knock = db.session.scalars(select(Knock)).one()
    assert (knock.wished_gender, knock.interpreter) == (None, None)


def test_who_is_as_the_pupil_wishes_stands_first_where_it_is_handed_over(staff, me, make, school):
    one, other = make.counsellor(school), make.counsellor(school)
    one.gender, other.gender = Gender.MAN, Gender.WOMAN
    elsewhere = make.staff(Profession.COUNSELLOR, [make.school()], gender=Gender.WOMAN)
    knock = make.knock(school, wished_gender=Gender.WOMAN).knock
    answering.take(me, knock)
    db.session.commit()
    page = staff.get(f"/personal/arende/{knock.id}")
    form = next(f for f in page.forms if "to" in f.names)
    assert next(c for c in form.controls if c.name == "to").options == [
        "", other.id, one.id, elsewhere.id,
    ]  # fmt: skip
    assert f"{other.name} · Kurator · som eleven önskar" in page.html
    assert page.html.count("som eleven önskar") == 2


def test_who_fits_and_can_answer_in_time_is_named_to_the_others(app, make, school, me):
    fits, away, avoided = (make.counsellor(school) for _ in range(3))
    elsewhere, nurse, man = (
        make.counsellor(make.school()),
        make.nurse(school),
        make.counsellor(school),
    )
    for one in (fits, away, avoided, elsewhere, nurse):
        one.gender = Gender.WOMAN
    man.gender = me.gender = Gender.MAN
    day = MONDAY.date()
    db.session.add(Absence(staff_id=away.id, starts_on=day, ends_on=day + timedelta(days=1)))
    with clock.frozen(MONDAY):
        knock = make.knock(
            school,
            wished_gender=Gender.WOMAN,
            way=Way.CALL,
            phone="0701740605",
            avoid_staff_ids=(avoided.id,),
        ).knock

        def seen_by(one):
            browser = Browser(app.test_client())
            browser.arrives_as(one)
            return browser.get("/personal/inkorg").text, browser.get(
                f"/personal/arende/{knock.id}"
            ).text

        row, page = seen_by(me)
        assert "Önskar en kvinna" in row and "som du" not in row
        assert f"Helst en kvinna Kan svara i tid: {fits.name}." in page
        row, page = seen_by(fits)
        assert "Önskar en kvinna, som du" in row
        assert "Kan svara i tid" not in page
        answering.log_attempt(me, knock, AttemptKind.TALKED)
        db.session.commit()
        assert "Kan svara i tid" not in seen_by(me)[1]


def test_staff_say_what_they_are_and_can_take_it_back(staff, me):
    staff.get("/personal/schema")
    staff.submit("/personal/kon", gender="woman")
    db.session.refresh(me)
    assert me.gender is Gender.WOMAN
    assert staff.page.form("/personal/kon").data["gender"] == ["woman"]
    staff.submit("/personal/kon", gender="unsaid")
    db.session.refresh(me)
    assert me.gender is None
