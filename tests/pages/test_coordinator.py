"""A coordinator sees how the promise is kept, and never a knock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering, rungs
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db

from ..factories import Make
from .browser import Browser

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=clock.STOCKHOLM)
A_WEEK_AGO = MONDAY - timedelta(days=7)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def knocks(make: Make, school: School, *, kept: int, late: int, by: Staff) -> list[str]:
    """So many a week ago that were answered in time, and so many that nobody answered."""
    made = []
    with clock.frozen(A_WEEK_AGO):
        for number in range(kept + late):
            knock = make.knock(school, text="det hemliga", name="Namn Exempel").knock
            made.append(knock.id)
            if number < kept:
                answering.answer(by, knock, "Hej", form_id=new_id())
        db.session.commit()
    return made


def test_counts_per_school_and_no_way_to_a_knock(client: FlaskClient, make: Make) -> None:
    school = make.school(name="Stora skolan")
    by = make.counsellor(school)
    made = knocks(make, school, kept=6, late=2, by=by)
    page = Browser(client).sign_in(make.coordinator())
    assert page.h1 == "Så hålls löftet"
    assert "Stora skolan 8 2 sena 8 75 %" in page.text
    assert "Öppna knackningar 8" in page.text
    for secret in ("det hemliga", "Namn Exempel", by.name, "/personal/arende", *made):
        assert secret not in page.html


def test_a_small_count_points_at_nobody_not_even_through_the_sum(
    client: FlaskClient, make: Make
) -> None:
    large, small = make.school(name="A-skolan"), make.school(name="B-skolan")
    empty = make.school(name="C-skolan")
    by = make.counsellor(large, small, empty)
    knocks(make, large, kept=5, late=0, by=by)
    knocks(make, small, kept=3, late=1, by=by)
    page = Browser(client).sign_in(make.coordinator())
    assert "A-skolan 5 ingen 5 100 %" in page.text
    assert "B-skolan 4 1 sen färre än 5 visas inte" in page.text
    assert "C-skolan 0 ingen 0 –" in page.text
    assert "Knackningar, 30 dagar minst 5" in page.text
    assert "Löftet hållet, 30 dagar 100 %" in page.text


def test_one_broken_promise_of_many_is_not_rounded_away(client: FlaskClient, make: Make) -> None:
    school = make.school(name="Stora skolan")
    knocks(make, school, kept=20, late=1, by=make.counsellor(school))
    assert "Stora skolan 21 1 sen 21 95 %" in Browser(client).sign_in(make.coordinator()).text


def test_a_signal_says_of_which_school_and_how_it_stands_and_leads_there(
    client: FlaskClient, make: Make
) -> None:
    school, other = make.school(name="Stora skolan"), make.school(name="Lilla skolan")
    coordinator, by = make.coordinator(), make.counsellor(school)
    made = knocks(make, school, kept=0, late=3, by=by)
    made += knocks(make, other, kept=0, late=1, by=by)
    for knock_id in made:
        row = db.session.get(Knock, knock_id)
        assert row
        while rungs.climb(row, clock.now()):
            pass
    answered = db.session.get(Knock, made[0])
    assert answered
    answering.answer(by, answered, "Hej", form_id=new_id())
    db.session.commit()
    page = Browser(client).sign_in(coordinator)
    late = "Löftet har inte hållits"
    assert f"Stora skolan {late}, 2 gånger väntar fortfarande i dag 09.00" in page.text
    assert f"Stora skolan {late} väntar inte längre i dag 09.00" in page.text
    assert f"Lilla skolan {late} väntar fortfarande i dag 09.00" in page.text
    assert page.link("Lilla skolan") == f"#skola-{other.slug}"
    assert f'id="skola-{other.slug}"' in page.html
    for knock_id in made:
        assert knock_id not in page.html


def test_another_municipalitys_schools_are_not_shown(client: FlaskClient, make: Make) -> None:
    make.school(name="Min skola")
    make.school(name="Deras skola", municipality_id=make.municipality().id)
    page = Browser(client).sign_in(make.coordinator())
    assert "Min skola" in page.text
    assert "Deras skola" not in page.text


def test_a_municipality_without_schools_gets_a_sentence(client: FlaskClient, make: Make) -> None:
    assert "Här finns inga skolor än." in Browser(client).sign_in(make.coordinator()).text


def test_a_professional_does_not_get_in(app: Flask, make: Make) -> None:
    browser = Browser(app.test_client())
    browser.arrives_as(make.nurse(make.school()))
    assert browser.get("/samordnare/").status == 403


# --- who works here until when -------------------------------------------------------------------


def test_a_last_day_is_set_moved_and_taken_away(client: FlaskClient, make: Make) -> None:
    nurse = make.nurse(make.school())
    abroad = make.staff(municipality_id=make.municipality().id)
    left = make.staff(active=False)
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    page = browser.follow("Personal")
    assert f"{nurse.name} Skolsköterska tills vidare" in page.text
    for other in (abroad, left):
        assert other.name not in page.text
    page = browser.submit("/personal", who=nurse.id, day="2026-12-18")
    assert f"Sista dagen för {nurse.name} är 2026-12-18." in page.text
    assert f"{nurse.name} Skolsköterska 2026-12-18" in page.text
    page = browser.submit("/personal", who=nurse.id, day="")
    assert f"{nurse.name} arbetar här tills vidare." in page.text
    nurse.ends_on = MONDAY.date() - timedelta(days=1)
    db.session.commit()
    assert "slutade 2026-11-22" in browser.get("/samordnare/personal").text


def test_a_day_that_cannot_be_used_is_told_and_kept(client: FlaskClient, make: Make) -> None:
    nurse = make.nurse(make.school())
    browser = Browser(client)
    browser.arrives_as(make.coordinator())
    browser.get("/samordnare/personal")
    for who, day, fault in (
        ("", "2026-12-18", "Välj en person."),
        (nurse.id, "2026-11-22", "Välj i dag eller en senare dag."),
        (nurse.id, "i jul", "Titta på dagen en gång till."),
    ):
        page = browser.submit("/personal", who=who, day=day)
        assert page.status == 422
        assert fault in page.text
        assert page.form("/personal").data["day"] == [day]
    db.session.expire_all()
    assert nurse.ends_on is None


def test_nobody_of_another_municipality_gets_a_last_day_from_here(app: Flask, make: Make) -> None:
    abroad = make.staff(municipality_id=make.municipality().id)
    browser = Browser(app.test_client())
    browser.arrives_as(make.coordinator())
    fields = {"who": abroad.id, "day": "2026-12-18"}
    origin = {"Origin": "http://localhost"}
    answer = browser.send("POST", "/samordnare/personal", data=fields, headers=origin)
    assert answer.status_code == 422
    db.session.expire_all()
    assert abroad.ends_on is None


def test_of_who_leaves_soon_with_something_open_the_coordinator_is_told(
    client: FlaskClient, make: Make
) -> None:
    school = make.school()
    leaving = make.counsellor(school)
    leaving.ends_on = MONDAY.date() + timedelta(days=4)
    answering.take(leaving, make.knock(school).knock)
    db.session.commit()
    page = Browser(client).sign_in(make.coordinator())
    assert (
        f"{leaving.name} slutar fredag 27 november och har knackningar som är öppna." in page.text
    )
