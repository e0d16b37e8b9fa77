"""A coordinator finds the days on which nobody answers, and mends them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from elevhalsa.core import clock
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"


@pytest.mark.parametrize(("js", "width"), [(True, 360), (False, 1280)])
def test_a_coordinator_finds_a_gap_and_asks_who_can_answer(
    site: Site, device: Device, js: bool, width: int
) -> None:
    nurse, cover = site.make.nurse(site.school), site.make.nurse(site.make.school())
    begins = clock.today() + timedelta(days=14)
    with site.meanwhile():
        db.session.add(
            Absence(staff_id=nurse.id, starts_on=begins, ends_on=begins + timedelta(days=13))
        )
    person = device(js=js, width=width)
    signs_in(person, site, site.make.coordinator())
    person.follows("Luckor")
    assert person.heading == "En lucka: dagar då ingen svarar"
    row = person.page.get_by_role("row", name="Norrskogens exempelskola, skolsköterska")
    weeks = [int(days) for days in row.get_by_role("cell").all_inner_texts() if days.strip()]
    assert 2 <= len(weeks) <= 3
    person.sees(f"{sum(weeks)} dagar ingen svarar")
    person.presses(f"Fråga {cover.name}")
    person.sees(f"{cover.name} är tillfrågad.")
    person.sees("tillfrågade, väntar på svar")
    theirs = device(js=js, width=width)
    signs_in(theirs, site, cover)
    theirs.opens("/personal/ersattare")
    theirs.presses("Ja, jag svarar")
    person.opens("/samordnare/luckor")
    assert person.heading == "Någon svarar varje dag"
    expect(person.page.get_by_role("table")).to_have_count(0)
