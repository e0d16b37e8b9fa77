"""The municipality's promise: what is saved, what is refused, and how it would go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.promise.models import ClimbedRung
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep

from .browser import Browser

MONDAY = at("2026-11-23 09:30")
PAGE = "/kommun/loftet"


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make):
    school = make.school(name="Norrskogens exempelskola")
    make.nurse(school)
    return school


@pytest.fixture
def coordinator(client, make, school):
    browser = Browser(client)
    browser.sign_in(make.coordinator())
    return browser


def saved() -> Municipality:
    db.session.rollback()
    return db.session.scalars(select(Municipality)).one()


def events(action: Action) -> list[str | None]:
    return list(db.session.scalars(select(AuditEvent.reason).where(AuditEvent.action == action)))


def test_the_page_shows_how_it_would_go_with_the_clock_times_that_are_then_kept(
    coordinator, make, school
):
    page = coordinator.get(PAGE)
    assert page.status == 200
    knock = make.knock(school, wanted=Profession.NURSE).knock
    for moment in ("2026-11-23 16:00", "2026-11-24 08:00", "2026-11-24 09:30"):
        with clock.frozen(at(moment)):
            sweep()
    for told in (
        "skolsköterska (1) får veta måndag 23 november kl. 09.30",
        "skolsköterska (1) får veta måndag 23 november kl. 16.00",
        "skolsköterska (1) får veta tisdag 24 november kl. 08.00",
        "samordnare (1) får veta tisdag 24 november kl. 09.30",
    ):
        assert told in page.text
    assert "Löftet: senast tisdag 24 november kl. 09.30." in page.text
    assert "elevens nya tid senast tisdag 24 november kl. 13.30" in page.text
    assert "3 gånger efter 4 arbetstimmar, sedan efter 8." in page.text
    rows = list(db.session.scalars(select(ClimbedRung).order_by(ClimbedRung.hours)))
    assert [row.at for row in rows] == [
        at("2026-11-23 16:00"), at("2026-11-24 08:00"), at("2026-11-24 09:30"),
    ]  # fmt: skip
    assert rows[-1].again_at == at("2026-11-24 13:30")
    assert knock.due_at == at("2026-11-24 09:30")
    assert "måndag 21 juni 2027" in page.text or "torsdag 24 juni 2027" in page.text


def test_what_is_typed_is_shown_as_it_would_go_and_not_saved(coordinator):
    coordinator.get(PAGE)
    page = coordinator.submit(PAGE, hours="8", hours_1="4", hours_2="", gor="visa",
                              whom_1=["staff"], whom_2=[])  # fmt: skip
    assert page.status == 200
    assert "Löftet: senast måndag 23 november kl. 17.30." in page.text
    assert page.form(PAGE).data["hours"] == ["8"]
    assert saved().promise_hours == 24


def test_what_is_saved_holds_for_new_knocks_and_those_before_keep_their_rungs(
    coordinator, make, school
):
    before = make.knock(school, wanted=Profession.NURSE).knock
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        coordinator.get(PAGE)
        page = coordinator.submit(PAGE, hours="4", hours_1="2", whom_1=["coordinator"],
                                  hours_2="", whom_2=[], gor="spara")  # fmt: skip
        assert "Sparat." in page.text
        assert saved().promise_hours == 4
        after = make.knock(school, wanted=Profession.NURSE).knock
    assert (before.due_at, after.due_at) == (at("2026-11-24 09:30"), at("2026-11-23 13:31"))
    for moment in ("2026-11-23 11:31", "2026-11-23 13:31", "2026-11-23 16:00", "2026-11-24 08:00",
                   "2026-11-24 09:30"):  # fmt: skip
        with clock.frozen(at(moment)):
            sweep()
    rows = db.session.execute(select(ClimbedRung.hours, ClimbedRung.is_late, ClimbedRung.told))
    found = [(hours, is_late, told) for hours, is_late, told in rows]
    assert (2, False, {"coordinator": 1}) in found
    assert {hours for hours, is_late, _told in found if not is_late} == {2, 12, 20}
    assert events(Action.PROMISE_CHANGED) == [None]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"hours": "0"}, "Löftet kan vara 1 till 72 timmar."),
        ({"hours": "500"}, "Löftet kan vara 1 till 72 timmar."),
        ({"hours": ""}, "Skriv hur många timmar löftet gäller."),
        ({"hours_1": "24"}, "Steget måste komma före löftets tid, som är 24 timmar."),
        ({"hours_1": "0"}, "Alla får alltid veta direkt."),
        ({"hours_1": "20"}, "Det finns redan ett steg efter så många timmar."),
        ({"whom_1": []}, "Välj vem som ska få veta."),
        ({"hours_1": ""}, "Skriv efter hur många timmar, eller ta bort kryssen."),
        ({"private_from": "2026-11-01"}, "Skriv både dagen och var beslutet finns"),
    ],
)
def test_what_cannot_be_kept_watch_by_is_refused_in_words_and_given_back(coordinator, typed, said):
    coordinator.get(PAGE)
    page = coordinator.submit(PAGE, gor="spara", **typed)
    assert page.status == 422
    assert said in page.text
    given = page.form(PAGE).data
    for name, value in typed.items():
        assert given.get(name, []) == (value if isinstance(value, list) else [value])
    assert (saved().promise_hours, saved().ladder) == (24, None)
    assert events(Action.PROMISE_CHANGED) == []


def test_a_decision_on_private_numbers_has_a_day_and_a_place_and_can_be_taken_back(coordinator):
    coordinator.get(PAGE)
    coordinator.submit(PAGE, gor="spara", private_from="2026-11-01", private_ref="KS 2026:12")
    assert (f"{saved().private_numbers_from}", saved().private_numbers_ref) == (
        "2026-11-01", "KS 2026:12",
    )  # fmt: skip
    coordinator.get(PAGE)
    coordinator.submit(PAGE, gor="spara", private_from="", private_ref="")
    assert saved().private_numbers_from is None
    assert events(Action.PRIVATE_NUMBERS_DECIDED) == ["on", "off"]
    assert events(Action.PROMISE_CHANGED) == []


def test_none_but_a_coordinator_decides(client, make, school):
    browser = Browser(client)
    browser.sign_in(make.nurse(school))
    assert browser.get(PAGE).status == 403


def test_where_nobody_is_there_in_time_the_page_says_so(coordinator, make):
    empty = make.school(name="Tomma exempelskolan")
    coordinator.get(PAGE)
    page = coordinator.submit(PAGE, gor="visa", school=empty.id)
    assert "Ingen på skolan kan svara i tid." in page.text
