"""Staff's own week and absence on their pages, and a coordinator's pages of the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.places.models import Break
from elevhalsa.domain.serving import service as serving
from elevhalsa.extensions import db
from tests.domain.helpers import at

from .browser import Browser

MONDAY = at("2026-11-23 09:00")
TODAY = MONDAY.date()


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def of_days(browser: Browser) -> int:
    """Where on the page the form with days of one's own stands."""
    return next(n for n, form in enumerate(browser.page.forms) if "first" in form.names)


def test_away_today_in_two_taps_and_back_again(client, make):
    nurse = make.nurse(make.school())
    browser = Browser(client)
    browser.sign_in(nurse)
    page = browser.follow("Schema")
    assert "måndag till fredag 08.00–16.30" in page.text
    page = browser.submit("/personal/franvaro", soon="i-dag")
    assert page.url == "/personal/franvaro"
    assert [(a.starts_on, a.ends_on) for a in serving.absences_of(nurse)] == [(TODAY, TODAY)]
    assert "Du är borta i dag" in browser.get("/personal/schema").text
    browser.get("/personal/franvaro")
    page = browser.submit("/ta-tillbaka")
    assert "Ingen frånvaro är inlagd" in page.text


def test_what_was_typed_of_a_week_is_kept_when_it_clashes(client, make):
    school = make.school(name="Norrskogens exempelskola")
    nurse = make.nurse(school)
    browser = Browser(client)
    browser.sign_in(nurse)
    browser.get("/personal/schema")
    typed = {"school": school.id, "weekdays": ["0", "2"], "starts_at": "08.00", "ends_at": "12"}
    assert "Schemat är sparat" in browser.submit("/personal/schema", **typed).text
    again = typed | {"weekdays": ["2", "4"], "starts_at": "11:30", "ends_at": "15:00"}
    page = browser.submit("/personal/schema", **again)
    assert page.status == 422
    assert "Krockar med Norrskogens exempelskola, onsdag 08.00–12.00." in page.text
    kept = page.form("/personal/schema").data
    assert (kept["weekdays"], kept["starts_at"], kept["ends_at"]) == (
        ["2", "4"], ["11:30"], ["15:00"],
    )  # fmt: skip
    assert len(serving.places_of(nurse)) == 2


def test_a_row_is_changed_and_removed(client, make):
    school = make.school()
    nurse = make.nurse(school)
    browser = Browser(client)
    browser.sign_in(nurse)
    browser.get("/personal/schema")
    browser.submit("/personal/schema", school=school.id, weekdays=["0"], starts_at="8",
                   ends_at="12")  # fmt: skip
    page = browser.follow("Ändra")
    assert page.form(page.url).data["starts_at"] == ["08:00"]
    assert browser.submit(page.url, ends_on="2026-11-20").status == 422
    browser.submit(page.url, ends_on="2026-12-18")
    assert "till och med fredag 18 december" in browser.page.text
    browser.follow("Ändra")
    assert "räknar vi med" in browser.submit("/ta-bort").text


def test_a_coordinator_does_the_same_for_anybody_of_the_municipality(client, make):
    school = make.school()
    nurse = make.nurse(school)
    elsewhere = make.staff(Profession.NURSE, [], municipality_id=make.municipality().id)
    coordinator = make.coordinator()
    browser = Browser(client)
    browser.sign_in(coordinator)
    browser.follow("Personal")
    browser.follow(nurse.name)
    page = browser.submit(of_days(browser), first="2026-12-01", last="2026-11-30")
    assert page.status == 422
    page = browser.submit(of_days(browser), last="2026-12-04")
    assert "tisdag 1 december till fredag 4 december" in page.text
    page = browser.submit("/schema", weekdays=["3"], starts_at="8", ends_at="12")
    assert "torsdag 08.00–12.00" in page.text
    browser.follow("Ändra")
    assert browser.submit(browser.page.url, ends_at="7").status == 422
    assert browser.submit(browser.page.url, ends_at="13").url == f"/samordnare/personal/{nurse.id}"
    browser.submit("/ta-tillbaka")
    browser.follow("Ändra")
    browser.submit("/ta-bort")
    assert not [*serving.places_of(nurse), *serving.absences_of(nurse)]
    done = db.session.scalars(db.select(AuditEvent).where(AuditEvent.to_staff_id == nurse.id))
    assert {event.staff_id for event in done} == {coordinator.id}
    assert browser.get(f"/samordnare/personal/{elsewhere.id}").status == 404


def test_breaks_of_one_school_and_of_all(client, make):
    school = make.school(name="Norrskogens exempelskola")
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    browser.follow("Lov")
    page = browser.submit("/samordnare/lov", name="Jullov")
    assert page.status == 422
    days = {"starts_on": "2026-12-21", "ends_on": "2027-01-08"}
    assert browser.submit("/samordnare/lov", days).status == 200
    browser.submit("/samordnare/lov", days, name="Jullov", school=school.id)
    assert "Jullov · alla skolor" in browser.page.text
    assert "Jullov · Norrskogens exempelskola" in browser.page.text
    page = browser.submit("/samordnare/lov", name="Lov", starts_on="2026-12-21",
                          ends_on="2026-12-20")  # fmt: skip
    assert page.status == 422
    assert page.form("/samordnare/lov").data["name"] == ["Lov"]
    browser.get("/samordnare/lov")
    browser.submit("/ta-bort")
    assert db.session.scalar(db.select(db.func.count()).select_from(Break)) == 1
    with clock.frozen(MONDAY + timedelta(days=90)):
        browser.sign_in(make.coordinator())
        assert "Inga lov är inlagda" in browser.get("/samordnare/lov").text
