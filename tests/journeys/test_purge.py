"""A coordinator enters the decision and has what waited for it purged; with a key she confirms."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from elevhalsa.core import clock
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.retention import service
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.extensions import db
from elevhalsa.work import OPERATOR
from workers import jobs

from .conftest import Device
from .site import Site, served
from .steps import signs_in
from .test_passkeys import makes_a_key, with_a_key_in_it

SERVICE_WORKERS = "block"


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    """At a host that has a name, without a decision; two knocks ended there long ago."""
    with served(sqlite_url) as site:
        site.url = site.url.replace("127.0.0.1", "localhost")
        made = [site.make.knock(site.school, text="hemliga ord").knock.id for _ in range(2)]
        with site.meanwhile():
            service.end(site.make.home, RecordKind.KNOCK, by=OPERATOR)
            for knock_id in made:
                asking.withdraw(db.session.get_one(Knock, knock_id), shown=None)
            long_ago = clock.now() - timedelta(days=181)
            db.session.execute(update(Knock).values(closed_at=long_ago))
        yield site


@pytest.mark.parametrize(("js", "width"), [(True, 360), (False, 1280)])
def test_what_waits_for_a_decision_goes_when_it_is_entered(
    site: Site, device: Device, js: bool, width: int
) -> None:
    coordinator = site.make.coordinator()
    person = device(js=js, width=width)
    if js:
        with site.meanwhile():
            db.session.get_one(Staff, coordinator.id).key_offered = False
        with_a_key_in_it(person)
        makes_a_key(person, site, coordinator)
        with site.meanwhile():
            db.session.execute(update(StaffSession).values(confirmed_at=None))
        person.opens("/samordnare/")
    else:
        signs_in(person, site, coordinator)
    person.follows("För in det")
    person.sees("Inget beslut. Låses 180 dagar efter avslut.")
    person.unfolds("För in ett beslut")
    person.types("Hur många dagar?", "180")
    person.types("Var finns beslutet?", "EX 2026/7 § 3")
    person.types("Vilken dag?", str(clock.today()))
    person.types("Vem har beslutat?", "Exempelnämnden")
    person.presses("Visa vad det gör först")
    if js:  # to look asks for the key as well: what a decision does is hers alone to see
        person.page.get_by_role("button", name="Bekräfta med nyckel").click()
        person.sees("Bekräftat.")
        person.presses("Fortsätt")
    person.sees("Med det beslutet gallras 2 knackningar, inom en timme.")
    person.presses("För in beslutet")
    person.sees("Beslutet är infört.")
    person.presses("Gallra nu")
    person.sees("En gallring pågår.")
    with site.meanwhile():
        jobs.run_retention()
    if not js:
        person.follows("Visa hur långt den har kommit")
    expect(person.page.get_by_text("En gallring pågår.")).to_have_count(0)
    row = person.page.get_by_role("row", name=coordinator.name)
    assert row.get_by_role("cell").all_inner_texts()[1] == "2"
    assert not site.knocks()
    person.does_not_see("hemliga")
