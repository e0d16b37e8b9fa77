"""Staff's own week and absence on their pages, and a coordinator's pages of the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.core.i18n import day_and_time
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import AuditEvent
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.places.models import Break
from elevhalsa.domain.serving import service as serving
from elevhalsa.extensions import db
from tests.domain.helpers import at, propose
from workers import jobs

from .browser import Browser

MONDAY = at("2026-11-23 09:00")
TODAY = MONDAY.date()
JULY, AUGUST = at("2027-07-05 09:00"), at("2027-08-02 09:00")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def with_field(browser: Browser, name: str) -> int:
    """Where on the page the form with that field stands: others lead to the same address."""
    return next(n for n, form in enumerate(browser.page.forms) if name in form.names)


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
    browser.arrives_as(nurse)
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
    browser.arrives_as(nurse)
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
    page = browser.submit(with_field(browser, "first"), first="2026-12-01", last="2026-11-30")
    assert page.status == 422
    page = browser.submit(with_field(browser, "first"), last="2026-12-04")
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


# --- the baton -----------------------------------------------------------------------------------


def test_a_nurse_hands_over_the_baton_and_the_pupil_is_told_who_is_there(app, make):
    house = Handing(app, make)
    page = house.nurse.get(f"/personal/ersattare/knackning/{house.knock.id}")
    house.nurse.submit(page.url, text="Ring inte hem.")
    assert "du har skrivit till ersättaren" in house.nurse.page.text
    assert house.hands_over(to=[]).status == 422
    house.hands_over()
    assert "Väntar på svar, gäller inte än" in house.nurse.page.text
    page = house.cover.get("/personal/ersattare")
    assert f"Kan du svara i stället för {house.staff[0].name}?" in page.text
    house.cover.submit("/ja")
    assert "Har sagt ja" in house.nurse.get("/personal/ersattare").text
    with clock.frozen(JULY):
        house.signs_in()
        jobs.carry_batons()
        page = house.cover.get(f"/personal/arende/{house.knock.id}")
        assert "Ring inte hem." in page.text
        colleague = Browser(app.test_client())
        colleague.sign_in(make.nurse(house.knock.school))
        page = colleague.get(f"/personal/arende/{house.knock.id}")
        assert f"svarar som ersättare för {house.staff[0].name}" in page.text
        assert "Ring inte hem." not in page.text
        said = "En annan skolsköterska svarar dig nu. Den du hade är borta en tid."
        assert house.pupils_page().count(said) == 2  # in the thread and on the track
        house.show_names()
        assert f"{house.staff[1].name} svarar dig nu." in house.pupils_page()
    with clock.frozen(AUGUST):
        jobs.carry_batons()
        house.signs_in()
        assert f"{house.staff[0].name} är tillbaka och svarar dig igen." in house.pupils_page()
        page = house.nurse.get("/personal/ersattare")
        assert "Det hände medan du var borta" in page.text
        assert "hos dig igen" in page.text


def test_an_agreed_meeting_goes_to_the_cover_and_comes_home_and_the_pupil_sees_it_all_along(
    app, make
):
    house = Handing(app, make)
    nurse, _cover, _coordinator = house.staff
    offer = Offer(AUGUST + timedelta(days=1), 30, MeetingWay.ROOM, "Rum 7")
    proposal = propose(nurse, house.knock, [offer])
    meetings.pick(house.knock, proposal.id, proposal.slots[0].id)
    db.session.commit()
    week, meets = f"/personal/vecka?fran={AUGUST:%Y-%m-%d}", "09.00–09.30 möte Rum på skolan"
    house.hands_over()
    house.cover.get("/personal/ersattare")
    house.cover.submit("/ja")
    for moment, has_it, has_not in (
        (MONDAY, house.nurse, house.cover),
        (JULY, house.cover, house.nurse),
        (AUGUST, house.nurse, house.cover),
    ):
        with clock.frozen(moment):
            jobs.carry_batons()
            house.signs_in()
            assert meets in has_it.get(week).text
            assert meets not in has_not.get(week).text
            assert day_and_time(offer.starts_at) in house.pupils_page()


def test_a_coordinator_asks_for_somebody_sees_the_answer_extends_and_takes_back(app, make):
    house = Handing(app, make)
    nurse, cover, coordinator = house.staff
    browser = Browser(app.test_client())
    browser.arrives_as(coordinator)
    person = f"/samordnare/personal/{nurse.id}"
    browser.get(person)
    page = browser.submit("/ersattare", to=[cover.id], begins="2026-11-30", ends="2026-11-27")
    assert page.status == 422
    assert page.form("/ersattare").data["to"] == [cover.id]
    browser.submit("/ersattare", ends="2026-12-04")
    assert "Väntar på svar, gäller inte än" in browser.page.text
    assert f"{cover.name} för {nurse.name}" in browser.get("/samordnare/personal").text
    house.cover.get("/personal/ersattare")
    house.cover.submit("/ja")
    browser.get(person)
    assert browser.submit("/forlang", last="2026-12-01").status == 422
    browser.submit("/forlang", last="2026-12-11")
    assert "lördag 5 december till fredag 11 december" in browser.page.text
    browser.submit(f"/{cover.id}/ta-tillbaka")
    assert "Tillbakatagen" in browser.page.text
    page = house.cover.get("/personal/ersattare")
    assert "lördag 5 december" in page.text
    house.cover.submit("/nej")
    assert not house.cover.page.has_form("/ja")
    assert "Har sagt nej" in browser.get(person).text


def test_of_many_colleagues_those_who_are_near_stand_first_and_the_others_are_folded_away(
    app, make, monkeypatch
):
    monkeypatch.setattr("elevhalsa.web.batons.FEW", 1)
    house = Handing(app, make)
    near = make.nurse(*[a.school for a in house.staff[0].assignments])
    page = house.nurse.get("/personal/ersattare")
    shown, folded = page.html.split("Fler kollegor i kommunen")
    assert near.name in shown
    assert house.staff[1].name in folded
    assert house.staff[1].name not in shown


def test_nobody_looks_at_anothers_baton_or_knock(app, make):
    house = Handing(app, make)
    house.hands_over()
    baton_id = batons.given_by(house.staff[0])[0].baton_id
    stranger = Browser(app.test_client())
    stranger.sign_in(make.nurse(make.school()))
    for path in ("ja", "nej", f"{house.staff[1].id}/ta-tillbaka", f"{house.staff[1].id}/forlang"):
        address = f"/personal/ersattare/{baton_id}/{path}"
        sent = {"last": "2027-09-01", "csrf_token": stranger.page.form(0).data["csrf_token"][0]}
        answer = stranger.send("POST", address, data=sent, headers={"Origin": "http://localhost"})
        assert answer.status_code == 404
    assert stranger.get(f"/personal/ersattare/knackning/{house.knock.id}").status == 404


class Handing:
    """A nurse who has a knock, one at another school, a coordinator, and the pupil."""

    def __init__(self, app, make) -> None:
        school = make.school()
        self.staff = [make.nurse(school), make.nurse(make.school()), make.coordinator()]
        self.receipt = make.knock(school, wanted=Profession.NURSE, text="Hej")
        self.knock = self.receipt.knock
        answering.take(self.staff[0], self.knock)
        db.session.commit()
        self.nurse, self.cover, self.pupil = (Browser(app.test_client()) for _one in range(3))
        self.signs_in()

    def signs_in(self) -> None:
        self.nurse.arrives_as(self.staff[0])
        self.cover.arrives_as(self.staff[1])

    def hands_over(self, **values):
        self.nurse.get("/personal/ersattare")
        filled = {"to": [self.staff[1].id], "begins": "2027-06-28", "ends": "2027-07-30"} | values
        return self.nurse.submit("/personal/ersattare", filled)

    def pupils_page(self) -> str:
        self.pupil.get("/mitt/kod")
        return self.pupil.submit("/mitt/kod", code=self.receipt.code).text

    def show_names(self) -> None:
        db.session.rollback()
        self.knock.municipality.show_names = True
        db.session.commit()
