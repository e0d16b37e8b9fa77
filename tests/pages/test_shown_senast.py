"""What the form says before it is sent, and what the receipt says then."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.i18n import by_when
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db
from tests.domain.helpers import at

from .browser import Browser

FORM = "/knacka?skola=norrskogen"
FRIDAY = at("2026-11-27 16:20")
CHANGED = "Tiden har ändrats."
COUNTED = "Tiden räknas från när din knackning kom fram."


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.nurse(school)
    make.counsellor(school)
    make.nurse(make.school(slug="sodra"))
    return school


@pytest.fixture
def pupil(client, school):
    return at_the_form(client, FRIDAY)


def at_the_form(client, moment) -> Browser:
    with clock.frozen(moment):
        pupil = Browser(client)
        pupil.get(FORM)
    return pupil


def only_knock() -> Knock:
    return db.session.scalars(select(Knock)).one()


@pytest.mark.parametrize("minutes", [0, 1, 30])
def test_the_time_that_the_form_showed_is_the_knocks_for_half_an_hour(pupil, minutes):
    assert "senast måndag 30 november kl. 16.20" in pupil.page.text
    with clock.frozen(FRIDAY + timedelta(minutes=minutes)):
        page = pupil.submit("/knacka", who="nurse", way="app")
    assert "senast måndag 30 november kl. 16.20" in page.text
    assert CHANGED not in page.text
    assert COUNTED not in page.text
    assert only_knock().due_at == at("2026-11-30 16:20")


def test_after_half_an_hour_the_receipt_says_the_new_time_and_that_it_has_changed(pupil):
    with clock.frozen(FRIDAY + timedelta(minutes=31)):
        page = pupil.submit("/knacka", who="nurse", way="app")
    assert "senast måndag 30 november kl. 16.51" in page.text
    assert CHANGED in page.text


def test_on_a_saturday_the_time_is_the_same_all_day_and_nothing_has_changed(client, school):
    pupil = at_the_form(client, at("2026-11-28 11:00"))
    with clock.frozen(at("2026-11-28 15:00")):
        page = pupil.submit("/knacka", who="nurse", way="app")
    assert "senast måndag 30 november" in page.text
    assert CHANGED not in page.text


@pytest.mark.parametrize("senast", ["", "1.2.3", "på torsdag", None])
def test_a_form_of_before_or_one_that_was_changed_is_taken_in_with_a_time_of_its_own(
    pupil, client, senast
):
    with clock.frozen(FRIDAY + timedelta(minutes=5)):
        data = {"skola": "norrskogen", "who": "nurse", "way": "app"}
        if senast is not None:
            data["senast"] = senast
        answer = client.post("/knacka", data=data, headers={"Origin": "http://localhost"})
        page = pupil.get(answer.headers["Location"])
    assert only_knock().due_at == at("2026-11-30 16:25")
    assert COUNTED in page.text


def test_another_schools_time_is_not_taken(pupil):
    senast = pupil.page.form("/knacka").data["senast"]
    with clock.frozen(FRIDAY + timedelta(minutes=5)):
        pupil.get("/knacka?skola=sodra")
        pupil.submit("/knacka", who="nurse", way="app", senast=senast)
    assert only_knock().due_at == at("2026-11-30 16:25")


def test_a_refused_form_keeps_its_time_as_long_as_it_holds(pupil):
    with clock.frozen(FRIDAY + timedelta(minutes=20)):
        page = pupil.submit("/knacka", who="nurse")
        assert page.status == 422
        assert "senast måndag 30 november kl. 16.20" in page.text
    with clock.frozen(FRIDAY + timedelta(minutes=40)):
        page = pupil.submit("/knacka")
        assert "senast måndag 30 november kl. 17.00" in page.text
    with clock.frozen(FRIDAY + timedelta(minutes=70)):
        page = pupil.submit("/knacka", way="app")
    assert by_when(only_knock().due_at) in page.text
    assert only_knock().due_at == at("2026-11-30 17:00")


def test_the_form_that_a_phone_keeps_says_no_time(pupil):
    page = pupil.get(f"{FORM}&skal=1")
    assert "senast" not in page.form("/knacka").names
    assert "Knackar du på nu" not in page.text
    assert "När vi senast hör av oss ser du när din knackning har kommit fram." in page.text
