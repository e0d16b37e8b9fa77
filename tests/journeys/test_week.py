"""A nurse sets times, pupils book them, and she falls ill. With scripts and without, at 360 pixels
and at a desk; axe looks at each page."""

import re
from datetime import date

import pytest

from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.standing import Wanted
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff

from .conftest import Device
from .person import Person
from .site import Site
from .steps import knocks_in_the_app, next_day_at, signs_in

SERVICE_WORKERS = "block"


@pytest.fixture
def nurse(site: Site) -> Staff:
    return site.make.nurse(site.school)


def _sets_a_time(staff: Person) -> None:
    """Of three meetings, on the next weekday but one."""
    day, _time = next_day_at(10)
    staff.opens("/personal/tider")
    staff.page.get_by_label("Skola").select_option(index=1)
    staff.page.get_by_label("Veckodag").select_option(str(date.fromisoformat(day).weekday()))
    staff.types("Från kl.", "10:00")
    staff.types("Till kl.", "11:00")
    staff.types("Plats eller videolänk", "Rum 7")
    for end in ("Första dagen", "Sista dagen"):
        staff.types(end, day)
    staff.presses("Lägg till")
    staff.sees("Tiden är sparad. Elever kan boka den nu.")


def test_a_pupil_books_a_standing_time_and_moves_it_and_another_is_told_what_is_left(
    site: Site, device: Device, js: bool, nurse: Staff
) -> None:
    staff, pupil, other = device(js=js, width=1280), device(js=js), device(js=js)
    signs_in(staff, site, nurse)
    _sets_a_time(staff)
    for one in (pupil, other):
        knocks_in_the_app(one, who="Skolsköterska")
        one.unfolds("Boka en tid själv")
        one.chooses(re.compile(r"kl\. 10\.00"))
    pupil.presses("Boka", within=pupil.page.locator("#mote"))
    pupil.sees(re.compile(r"kl\. 10\.00, 20 minuter"))
    other.presses("Boka", within=other.page.locator("#mote"))
    other.sees("Den tiden är inte ledig längre. Välj en annan.")
    other.chooses(re.compile(r"kl\. 10\.20"))
    other.presses("Boka", within=other.page.locator("#mote"))
    other.sees(re.compile(r"kl\. 10\.20, 20 minuter"))
    pupil.unfolds("Byt till en annan tid")
    pupil.chooses(re.compile(r"kl\. 10\.40"))
    pupil.presses("Boka", within=pupil.page.locator("#mote"))
    pupil.sees("Lägg i min kalender")
    staff.opens("/personal/inkorg?flik=mina")
    staff.sees(re.compile("Möte .* kl. 10.20"))


def test_a_nurse_falls_ill_and_those_whom_she_was_to_meet_are_told_and_see_new_times(
    site: Site, device: Device, js: bool, nurse: Staff
) -> None:
    days = [date.fromisoformat(next_day_at(10, days=ahead)[0]) for ahead in (2, 5)]
    with site.meanwhile():
        for day in days:
            one_day = Wanted(site.school.id, day.weekday(), 600, 640, 20, MeetingWay.ROOM, "Rum 7",
                             day, day)  # fmt: skip
            standing.put(nurse, one_day)
    pupil, staff = device(js=js), device(js=js)
    knocks_in_the_app(pupil, who="Skolsköterska")
    pupil.unfolds("Boka en tid själv")
    pupil.page.get_by_role("radio").first.check(force=True)
    pupil.presses("Boka", within=pupil.page.locator("#mote"))
    signs_in(staff, site, nurse)
    staff.opens("/personal/franvaro")
    for end in ("Första dagen borta", "Sista dagen borta"):
        staff.types(end, days[0].isoformat())
    staff.presses("Spara dagarna")
    staff.sees("Du har 1 möte när du är borta.")
    staff.opens(f"/personal/vecka?fran={days[0]}")
    staff.follows("Säg till eleverna du skulle träffa")
    staff.presses("Säg till eleverna")
    staff.sees("1 möte är inställt. Eleven får veta det.")
    pupil.reloads()
    pupil.sees(re.compile("är inställt"))
    pupil.page.get_by_role("radio").first.check(force=True)
    pupil.presses("Boka", within=pupil.page.locator("#mote"))
    pupil.sees(re.compile(r"kl\. 10\.00, 20 minuter"))
