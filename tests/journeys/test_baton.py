"""A summer with the lov baton: handed over before midsummer, a pupil who knocks in July, and home
again in August. The house's clock is set to each day; a browser keeps its own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from elevhalsa.core import clock
from elevhalsa.domain.people.models import Staff
from tests.domain.helpers import at
from workers import jobs

from .conftest import Device
from .person import Person
from .site import Site
from .steps import code_on, knocks_in_the_app, signs_in

SERVICE_WORKERS = "block"

Goes = Callable[[datetime], None]


@pytest.fixture
def it_is(monkeypatch: pytest.MonkeyPatch) -> Goes:
    """Sets the clock of the house, in all its threads."""

    def goes(moment: datetime) -> None:
        monkeypatch.setattr(clock, "of_the_machine", lambda: moment.astimezone(UTC))

    goes(at("2027-06-17 10:00"))
    return goes


def test_the_baton_goes_before_midsummer_and_comes_home_in_august(
    it_is: Goes, site: Site, device: Device
) -> None:
    """She has a phone; the cover a desk and no scripts."""
    nurse, cover = site.make.nurse(site.school), site.make.nurse(site.make.school())
    hers, theirs = device(), device(js=False, width=1280)
    pupil, in_july = device(), device(js=False)
    knocks_in_the_app(pupil, who="Skolsköterska", text="Kan vi ses i augusti?")
    code = code_on(pupil)
    _hands_over(hers, site, nurse)
    signs_in(theirs, site, cover)
    theirs.follows("Schema")
    theirs.follows("Ersättare")
    theirs.presses("Ja, jag svarar")

    _put_away(hers, theirs, pupil)
    it_is(at("2027-06-28 00:01"))
    jobs.carry_batons()
    it_is(at("2027-07-06 09:00"))
    knocks_in_the_app(in_july, who="Skolsköterska", text="Är någon där?")
    _answers_in_july(theirs, site, cover)
    in_july.reloads()
    in_july.sees("Ja, hela sommaren.")
    _looks_with(pupil, code)
    pupil.sees("En annan skolsköterska svarar dig nu. Den du hade är borta en tid.")

    _put_away(theirs, pupil, in_july)
    it_is(at("2027-08-02 08:00"))
    jobs.carry_batons()
    signs_in(hers, site, nurse)
    hers.follows("Schema")
    hers.follows("Ersättare")
    hers.sees("Det hände medan du var borta")
    hers.sees("hos dig igen")
    _looks_with(pupil, code)
    pupil.sees("Skolsköterskan är tillbaka och svarar dig igen.")


def _put_away(*people: Person) -> None:
    """None of them looks at a page of their own while weeks pass."""
    for person in people:
        person.opens("/hjalp-nu")


def _hands_over(hers: Person, site: Site, nurse: Staff) -> None:
    signs_in(hers, site, nurse)
    hers.presses("Ta emot")
    hers.follows("Schema")
    hers.follows("Ersättare")
    hers.follows("Skriv")
    hers.types("Det här behöver ersättaren veta", "Vill helst ses, inte ringa.")
    hers.presses("Spara")
    hers.page.get_by_role("checkbox", name=re.compile("^Person")).check()
    hers.page.get_by_label("Första dagen").fill("2027-06-28")
    hers.page.get_by_label("Sista dagen").fill("2027-07-30")
    hers.presses("Lämna över batongen")
    hers.sees("Väntar på svar, gäller inte än")


def _answers_in_july(theirs: Person, site: Site, cover: Staff) -> None:
    signs_in(theirs, site, cover)
    old, new = site.knocks()
    theirs.opens(f"/personal/arende/{old.id}")
    theirs.sees("Vill helst ses, inte ringa.")
    theirs.opens(f"/personal/arende/{new.id}")
    theirs.types("Svar", "Ja, hela sommaren.")
    theirs.presses("Ta emot och skicka svar")


def _looks_with(pupil: Person, code: str) -> None:
    pupil.opens("/mitt/kod")
    pupil.types("Koden du fick", code)
    pupil.presses("Visa svar")
