"""What a pupil is told before a knock is sent, in July, and what holds then."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from elevhalsa.core import clock
from elevhalsa.domain.places.models import Break
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.extensions import db

from .conftest import Device
from .site import Site

SERVICE_WORKERS = "block"
SUMMER = {"starts_on": date(2026, 6, 15), "ends_on": date(2026, 8, 14)}


class Time:
    """What the service's clock says."""

    def __init__(self, now: datetime) -> None:
        self.now = now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time(datetime(2026, 7, 13, 7, 12, tzinfo=UTC))
    monkeypatch.setattr(clock, "of_the_machine", lambda: found.now)
    return found


@pytest.fixture
def summer(time: Time, site: Site) -> Site:
    """Both are away; a nurse of another school answers for the nurse."""
    nurse, counsellor = site.make.nurse(site.school), site.make.counsellor(site.school)
    cover = site.make.nurse(site.make.school())
    site.make.coordinator()
    with site.meanwhile():
        for one in (nurse, counsellor):
            db.session.add(Absence(staff_id=one.id, **SUMMER))
        db.session.add(Cover(absent_id=nurse.id, cover_id=cover.id, accepted_at=time.now, **SUMMER))
        home = site.school.municipality_id
        db.session.add(Break(municipality_id=home, name="Sommarlov", **SUMMER))
        db.session.commit()
    return site


COVER = "En ersättare för skolsköterskan på Norrskogens exempelskola hör av sig"


def test_in_july_another_is_chosen_where_nobody_is_home_and_a_late_form_says_its_new_time(
    device: Device, summer: Site, time: Time, js: bool
) -> None:
    pupil = device(js=js)
    pupil.opens("/s/norrskogen")
    pupil.sees(COVER)
    pupil.sees("Kuratorn på Norrskogens exempelskola kan inte svara i tid.")
    pupil.follows("Knacka på utan att logga in")
    pupil.sees("Sommarlov till och med")
    pupil.chooses("Kurator")
    pupil.sees("Välj skolsköterska, så svarar någon som är här.")
    pupil.chooses("Skolsköterska")
    expect(pupil.page.locator("#who-nurse-mer")).to_have_text(
        f"{COVER} senast tisdag 14 juli kl. 09.12."
    )
    pupil.chooses("Här i appen")
    time.now += timedelta(minutes=40)
    pupil.presses("Knacka på")
    pupil.sees(COVER)
    pupil.sees("senast tisdag 14 juli kl. 09.52")
    pupil.sees("Tiden har ändrats.")
    (knock,) = summer.knocks()
    assert knock.opened_wide_at is None


def test_who_knocks_all_the_same_at_night_is_taken_in_and_sees_whom_to_call(
    phone_without_js, summer: Site, time: Time
) -> None:
    time.now = datetime(2026, 7, 13, 20, 0, tzinfo=UTC)
    pupil = phone_without_js
    pupil.opens("/knacka?skola=norrskogen")
    pupil.chooses("Skolsköterska")
    pupil.sees("Tidigast tisdag 14 juli kl. 08.00 läser någon det här.")
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    pupil.page.get_by_text("Är det bråttom, eller kan det vänta?").click()
    pupil.chooses("Det är bråttom")
    pupil.presses("Knacka på")
    pupil.sees("Orkar du inte vänta? Ring direkt.")
    pupil.sees("i kommunen hör av sig")
    (knock,) = summer.knocks()
    assert knock.opened_wide_at is not None


def test_the_time_on_a_form_that_one_comes_back_to_is_the_one_that_is_kept(
    device: Device, summer: Site, time: Time
) -> None:
    time.now += timedelta(seconds=59)  # what is said in this minute is soon not given from memory
    pupil = device()
    pupil.opens("/knacka?skola=norrskogen")
    pupil.chooses("Skolsköterska")
    pupil.chooses("Här i appen")
    pupil.types("Vill du berätta vad det gäller?", "Jag sover dåligt")
    pupil.follows("Vad händer om jag berättar?")
    time.now += timedelta(minutes=10)
    pupil.page.wait_for_timeout(1_000)
    pupil.goes_back()
    expect(pupil.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value(
        "Jag sover dåligt"
    )
    # The browser has kept the page as it was, or it is made anew: each time says the same.
    said = pupil.page.locator("#who-nurse-mer strong").inner_text()
    at = said.removeprefix("senast tisdag 14 juli kl. ")
    assert at in ("09.12", "09.22")
    expect(pupil.page.locator("#knacka > p strong")).to_have_text(said)
    time.now += timedelta(minutes=15)
    pupil.presses("Knacka på")
    pupil.sees(said)
    pupil.does_not_see("Tiden har ändrats.")
    (knock,) = summer.knocks()
    assert f"{clock.local(knock.due_at):%H.%M}" == at
