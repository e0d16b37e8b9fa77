"""The whole way: a pupil knocks, staff answer, they agree on a time, it is done. On a phone that
runs scripts and on one that does not; in the test's process and with the real server and
PostgreSQL."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from elevhalsa.domain.people.models import Staff
from tests import any_hour, postgres
from tests.running import environment, eventually, free_port, listens, running

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import code_on, knocks_in_the_app, next_day_at, signs_in

DAY = r"(mån|tis|ons|tors|fre|lör|sön)dag \d{1,2} [a-z]+"
BY_WHEN = re.compile(rf"^senast {DAY}( kl\. \d\d\.\d\d)?$")
CODE_PARTS = re.compile(r"[a-zåäö]+|\d{4}")


def _refreshes(person: Person) -> None:
    """Without JavaScript one loads the page again; with it one looks at the phone again."""
    if person.js:
        person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    else:
        person.reloads()


def _agree(site: Site, me: Staff, pupil: Person, staff: Person) -> None:
    _knocks(pupil)
    receipt = pupil.path
    _is_taken_and_answered(site, me, pupil, staff)
    _agree_on_a_time(pupil, staff)
    assert pupil.path == receipt
    _write_a_last_word(pupil, staff)
    _is_closed(pupil, staff)


def _knocks(pupil: Person) -> None:
    pupil.opens("/")
    pupil.follows("Norrskogens exempelskola")
    assert pupil.heading == "Knacka på. Vi hör av oss."
    knocks_in_the_app(pupil, text="Jag sover dåligt.")
    assert pupil.heading == "Vi hörde dig."
    assert BY_WHEN.match(pupil.page.locator(".clock strong").inner_text())
    parts = code_on(pupil).split()
    assert len(parts) == 5 and all(CODE_PARTS.fullmatch(part) for part in parts)
    track = pupil.page.locator(".track li")
    expect(track.nth(0)).to_contain_text("Du knackade på · i dag")
    expect(track.nth(1)).to_contain_text("har läst (inte än)")


def _is_taken_and_answered(site: Site, me: Staff, pupil: Person, staff: Person) -> None:
    track = pupil.page.locator(".track li")
    signs_in(staff, site, me)
    assert staff.heading == "Inkorg"
    expect(staff.page.locator(".knock")).to_have_count(1)
    staff.does_not_see("Jag sover dåligt.")
    staff.presses("Ta emot")
    staff.sees("Jag sover dåligt.")
    if not staff.js:  # else the page says so itself
        staff.presses("Jag har läst")
    _refreshes(pupil)
    expect(track.nth(1)).to_contain_text("Kuratorn har läst · i dag")
    expect(track.nth(2)).to_contain_text("Kuratorn har tagit emot · i dag")

    staff.types("Svar", "Hej! Vad bra att du skrev. Vill du ses?")
    staff.presses("Skicka svar")
    staff.sees("inte läst än")
    _refreshes(pupil)
    pupil.sees("Hej! Vad bra att du skrev. Vill du ses?")
    pupil.sees("Kuratorn på Norrskogens exempelskola har hört av sig")


def _agree_on_a_time(pupil: Person, staff: Person) -> None:
    form = staff.unfolds("Föreslå tider att ses")
    for number, hour in ((1, 10), (2, 13)):
        day, time = next_day_at(hour)
        form.locator(f"#tid{number}-date").fill(day)
        form.locator(f"#tid{number}-time").fill(time)
        form.locator(f"#tid{number}-place").fill(f"Rum {number}")
    staff.presses("Skicka förslaget")
    _refreshes(pupil)
    expect(pupil.page.locator("#mote input[type=radio]")).to_have_count(2)
    pupil.chooses(re.compile("kl. 13.00"))
    pupil.presses("Svara")
    expect(pupil.page.locator("#mote")).to_contain_text("kl. 13.00")
    expect(pupil.page.locator("#mote")).to_contain_text("Rum 2")
    _refreshes(staff)
    staff.sees("eleven valde den här")


def _write_a_last_word(pupil: Person, staff: Person) -> None:
    pupil.types("Vill du skriva något mer?", "Tack, vi ses.")
    pupil.presses("Skicka")
    pupil.sees("Tack, vi ses.")
    _refreshes(staff)
    staff.sees("Tack, vi ses.")


def _is_closed(pupil: Person, staff: Person) -> None:
    attempt = staff.unfolds("Notera ett försök")
    staff.chooses(re.compile("^Träffa"), within=attempt)
    staff.presses("Notera")
    closing = staff.unfolds("Avsluta")
    staff.chooses(re.compile("träff|möte|Möte", re.I), within=closing)
    staff.presses("Avsluta knackningen")
    staff.follows("Klara")
    expect(staff.page.locator(".knock")).to_have_count(1)

    _refreshes(pupil)
    pupil.sees("Vi är klara med det här.")
    pupil.reloads()
    expect(pupil.page.get_by_label("Vill du skriva något mer?")).to_have_count(1)  # it reopens
    pupil.follows("Knacka på igen")
    assert pupil.heading == "Knacka på"


def test_a_pupil_knocks_and_is_answered_meets_and_is_done(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    _agree(site, me, device(js=js), device(js=js))


@pytest.fixture
def real_server(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Site, Staff]]:
    """The web processes of the Procfile, on PostgreSQL, and a counsellor."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "workers.web"]
    # The site of the test's own process is on another port, and only looks into the database.
    with served(postgres_url) as site:
        me = site.make.counsellor(site.school)
        env = environment(
            DATABASE_URL=postgres.as_role(postgres_url, postgres.WEB),
            PUBLIC_URL=url,
            BIND="127.0.0.1",
            PORT=str(port),
            **any_hour.CHILDREN,
        )
        with running(command, env, tmp_path / "web.log"):
            eventually(lambda: listens(port))
            site.url = url
            yield site, me


def test_the_same_on_the_real_server_and_postgresql(
    real_server: tuple[Site, Staff], device: Device
) -> None:
    site, me = real_server
    _agree(site, me, device(at=site), device(at=site, width=1280, height=800))
