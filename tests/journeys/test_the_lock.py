"""A pupil's lock is a lock: set with the code at hand, changed and taken away with the old digits
alone, closed to guesses for longer each time, taken away by staff in person as all can see."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select, update

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks.models import Pin
from elevhalsa.domain.knocks.rules import pin_lock_minutes
from elevhalsa.extensions import db

from .conftest import Device
from .person import Person
from .site import Site
from .steps import code_on, knocks_in_the_app, signs_in

SERVICE_WORKERS = "block"
TEXT = "Jag sover dåligt."
MANY = "Det blev många försök."


def types_code(person: Person, code: str) -> None:
    person.opens("/mitt/kod")
    person.types("Koden du fick", code)
    person.presses("Visa svar")


def locks(person: Person, digits: str, *, code: str | None = None) -> None:
    person.unfolds("Lås med egna siffror")
    if code is not None:
        person.types("Koden du fick", code)
    person.types("Välj 4 till 8 siffror", digits)
    person.types("Samma siffror en gång till", digits)
    person.presses("Lås")


def gives(person: Person, digits: str) -> None:
    person.page.get_by_label("Dina siffror").fill(digits)
    person.presses("Lås upp")


def test_a_lock_is_set_by_who_has_the_code_and_changed_by_who_has_the_digits(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil, other = device(js=js), device(js=js)
    knocks_in_the_app(pupil, text=TEXT)
    code = code_on(pupil)
    types_code(other, code)
    expect(other.page.locator(".code")).to_have_count(0)
    locks(other, "2580", code="fel 1234 ord här nu")
    expect(other.page.locator("#code-fel")).to_have_text(
        "Skriv koden du fick. Du behöver den för att öppna igen."
    )
    assert other.page.title().startswith("Fel:")
    locks(other, "2580", code=code)
    other.sees("Byt siffror")

    pupil.reloads()
    assert pupil.heading == "Skriv dina siffror"  # it had not given them
    gives(pupil, "2580")
    pupil.sees(TEXT)
    change = pupil.unfolds("Byt siffror")
    for old, told in (("1111", "Siffrorna stämde inte. Prova igen."), ("2580", None)):
        change.get_by_label("Siffrorna du har nu").fill(old)
        change.get_by_label("Nya siffror, 4 till 8").fill("97531")
        change.get_by_label("De nya en gång till").fill("97531")
        pupil.presses("Byt")
        if told:
            expect(pupil.page.locator("#old-fel")).to_have_text(told)
    other.reloads()
    assert other.heading == "Skriv dina siffror"
    gives(other, "2580")
    other.sees("Siffrorna stämde inte. Prova igen.")
    gives(other, "97531")
    other.sees(TEXT)


def test_guesses_lock_it_for_longer_each_time_for_the_right_digits_too(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil, guesser = device(js=js), device(js=js)
    knocks_in_the_app(pupil, text=TEXT)
    code = code_on(pupil)
    locks(pupil, "2580")
    types_code(guesser, code)
    for number in range(5):
        gives(guesser, f"{number}111")
    gives(guesser, "2580")
    guesser.sees(re.compile(MANY))
    guesser.does_not_see(TEXT)
    lasted = [minutes_left()]
    with site.meanwhile():
        db.session.execute(update(Pin).values(locked_until=clock.now()))
    gives(guesser, "6111")
    lasted.append(minutes_left())
    assert [round(minutes) for minutes in lasted] == [pin_lock_minutes(5), pin_lock_minutes(6)]
    assert pin_lock_minutes(6) == 2 * pin_lock_minutes(5)
    with site.meanwhile():
        db.session.execute(update(Pin).values(locked_until=clock.now()))
    gives(guesser, "2580")
    guesser.sees(TEXT)


def minutes_left() -> float:
    db.session.rollback()
    until = db.session.scalars(select(Pin.locked_until)).one()
    assert until
    return (until - clock.now()) / timedelta(minutes=1)


def test_staff_who_have_it_take_forgotten_digits_away_and_everybody_can_see_it(
    site: Site, device: Device, js: bool
) -> None:
    mine, colleague = site.make.counsellor(site.school), site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil, text=TEXT)
    code = code_on(pupil)
    locks(pupil, "2580")
    case = f"/personal/arende/{site.knocks()[0].id}"

    desk, beside = device(js=js, width=1280), device(js=js, width=1280)
    signs_in(desk, site, mine)
    desk.opens(case)
    desk.does_not_see("Ta bort elevens siffror")  # nobody has the knock
    desk.presses("Ta emot")
    signs_in(beside, site, colleague)
    beside.opens(case)
    beside.does_not_see("Ta bort elevens siffror")
    folded = desk.unfolds("Ta bort elevens siffror")
    expect(folded.get_by_text("när eleven själv står framför dig")).to_be_visible()
    desk.presses("Ja, ta bort siffrorna")
    desk.sees("Elevens siffror är borttagna. Nu räcker koden.")
    desk.does_not_see("Ta bort elevens siffror")

    other = device(js=js)
    types_code(other, code)
    other.sees(TEXT)
    other.sees(re.compile("^Vi tog bort dina siffror"))
    db.session.rollback()
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.PIN_RESET)
    ).one()
    assert (event.staff_id, event.about_id) == (mine.id, site.knocks()[0].id)
    locks(other, "97531", code=code)
    other.does_not_see(re.compile("^Vi tog bort dina siffror"))
