"""A guarantee stands beside the promise for pupil and staff; coordinators read its source."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind
from elevhalsa.domain.places import service
from elevhalsa.domain.places.words import Unit
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep

from ..factories import Make
from .browser import Browser

MONDAY = at("2026-11-23 09:30")
SENAST = "senast torsdag 26 november"


@pytest.fixture(autouse=True)
def monday(make: Make) -> Iterator[None]:
    with clock.frozen(MONDAY):
        service.put_guarantee(
            None, "Läkargarantin", Profession.DOCTOR, date(2026, 1, 1), amount=3,
            unit=Unit.WEEKDAYS, ends_on=None, verified_on=date(2026, 11, 1),
            source="Beslut 1 §", url="https://exempel.invalid/beslut",
        )  # fmt: skip
        db.session.commit()
        yield


def test_the_pupil_and_staff_see_it_beside_the_promise_until_it_is_met(
    app: Flask, make: Make
) -> None:
    school = make.school(slug="norrskogen")
    doctor, nurse = make.staff(Profession.DOCTOR, [school]), make.nurse(school)
    make.coordinator()
    pupil, staff = Browser(app.test_client()), Browser(app.test_client())
    form = pupil.get("/knacka?skola=norrskogen").form("/knacka")
    code = asking.receipt_code(form.data["form_id"][0])
    page = pupil.submit("/knacka", who="doctor", way="call", call_phone="070-174 06 15")
    said = f"Läkargarantin: kontakt med skolläkare {SENAST}."
    assert "senast tisdag 24 november kl. 09.30" in page.text
    assert said in page.text
    knock = db.session.scalars(db.select(Knock)).one()
    staff.sign_in(nurse)
    assert said in staff.get(f"/personal/arende/{knock.id}").text

    answering.log_attempt(nurse, knock, AttemptKind.TALKED)
    db.session.commit()
    page = pupil.get(page.url)
    assert "Vi har hört av oss. En tid till gäller för dig:" in page.text
    assert said in page.text
    assert f"garanti {SENAST}" in staff.get(f"/personal/arende/{knock.id}").text
    with clock.frozen(at("2026-11-27 09:00")):
        later = Browser(app.test_client())
        later.get("/mitt/kod")
        sweep()
        late = later.submit(0, code=code).text
        assert "Den tiden har gått. Det är inte ditt fel." in late
        assert "Vår nya tid: senast måndag 30 november kl. 09.00" in late
        staff.sign_in(nurse)
        rungs = staff.get(f"/personal/arende/{knock.id}").text
        assert "i dag 09.00 · skolsköterska (1), samordnare (1)" in rungs
        assert "Nästa steg, måndag 30 november kl. 09.00: påminnelse om garantin." in rungs

    answering.release(nurse, knock)
    answering.log_attempt(doctor, knock, AttemptKind.MET)
    db.session.commit()
    assert "Läkargarantin" not in pupil.get(page.url).text
    assert "Läkargarantin" not in staff.get(f"/personal/arende/{knock.id}").text


@pytest.mark.parametrize(("minutes", "at_last", "is_another"), [
    (0, "15.30", False), (20, "15.30", False), (31, "16.01", True),
])  # fmt: skip
def test_one_that_is_nearer_than_the_promise_is_kept_as_the_form_showed_it(
    app: Flask, make: Make, minutes: int, at_last: str, is_another: bool
) -> None:
    school = make.school(slug="norrskogen")
    make.staff(Profession.DOCTOR, [school])
    service.put_guarantee(
        None, "Snabbgarantin", Profession.DOCTOR, date(2026, 1, 1), amount=6, unit=Unit.HOURS,
        ends_on=None, verified_on=date(2026, 11, 1), source="Beslut 2 §", url=None,
    )  # fmt: skip
    db.session.commit()
    pupil = Browser(app.test_client())
    form = pupil.get("/knacka?skola=norrskogen")
    assert "hör av sig senast måndag 23 november kl. 15.30." in form.text
    with clock.frozen(MONDAY + timedelta(minutes=minutes)):
        page = pupil.submit("/knacka", who="doctor", way="app")
    assert f"senast måndag 23 november kl. {at_last}" in page.text
    assert ("Tiden har ändrats." in page.text) is is_another


def test_a_coordinator_reads_what_holds_and_where_it_stands(app: Flask, make: Make) -> None:
    browser = Browser(app.test_client())
    browser.sign_in(make.coordinator())
    browser.get("/samordnare/")
    page = browser.follow("Garantier")
    for words in (
        "Läkargarantin",
        "3 helgfria vardagar",
        "Skolläkare",
        "tills vidare",
        "Väntar nu 0",
    ):
        assert words in page.text
    assert page.link("Beslut 1 §") == "https://exempel.invalid/beslut"
