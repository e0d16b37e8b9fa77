"""A pupil logs in, hides the name and knocks. In danger to life one of the staff opens it, another
reviews that, and the pupil is told; later the pupil says it in person."""

import re
from collections.abc import Iterator

import pytest

from elevhalsa.web import leaving
from tests import bankid
from tests.bankid import TEEN

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import signs_in

SERVICE_WORKERS = "block"


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    with served(sqlite_url, **bankid.settings_of_nobody()) as site:
        yield site


def knocks_hidden(pupil: Person, site: Site) -> None:
    pupil.opens("/s/norrskogen")
    with site.meanwhile():
        login = bankid.a_login(site.school)
    cookie = {"name": leaving.LOGIN.name, "value": login, "url": site.url}
    pupil.context.add_cookies([cookie])  # type: ignore[list-item]
    pupil.opens("/logga-in/klart?skola=norrskogen")
    pupil.presses("Fortsätt, men dölj mitt namn")
    pupil.sees("Ditt namn är dolt för oss.")
    pupil.page.get_by_text("Det här gäller dig: 12 till 14 år").click()
    pupil.sees("Du kan själv välja att prata med oss.")
    pupil.looks()
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    pupil.types("Vill du berätta vad det gäller?", "Jag orkar inte mer.")
    pupil.presses("Knacka på")
    pupil.sees("Ditt namn är dolt för oss.")


@pytest.mark.parametrize("js", [pytest.param(True, marks=pytest.mark.trial), False])
def test_from_a_hidden_name_to_a_pupil_who_knows_and_says_it(
    site: Site, device: Device, js: bool
) -> None:
    me, colleague = site.make.counsellor(site.school), site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_hidden(pupil, site)
    receipt = pupil.path
    case = f"/personal/arende/{site.knocks()[0].id}"

    person = device(js=js)
    signs_in(person, site, me)
    person.opens(f"{case}/fara-for-liv")
    person.does_not_see(TEEN.name)
    person.follows("Öppna det eleven döljer")
    person.page.get_by_label("Namnet från e-legitimationen").check()
    person.chooses("Eleven kan ta sitt liv")
    person.types("Varför?", "Eleven skriver att hen inte orkar mer.")
    person.presses("Öppna nu")
    person.sees(TEEN.name)
    opened = person.path

    other = device(js=js, width=1280, scheme="dark")
    signs_in(other, site, colleague)
    other.opens(opened)
    other.does_not_see(TEEN.name)
    other.page.get_by_label("Riktigt", exact=True).check()
    other.presses("Spara granskningen")
    other.sees(re.compile("Granskat .*: Riktigt"))

    person.opens(opened)
    person.chooses(re.compile("^Berätta nu"))
    person.presses("Spara")
    pupil.opens(receipt)
    pupil.sees("Vi öppnade något du dolde")
    pupil.sees("Vi var rädda att du tänkte ta ditt liv.")

    pupil.follows("Nu vill jag säga vem jag är")
    pupil.presses("Visa mitt namn från BankID")
    pupil.sees(TEEN.name)
    pupil.presses("Ja, berätta det")
    person.opens(case)
    person.sees(TEEN.name)
    pupil.follows(re.compile("^Ändra om vi"))
    pupil.presses("Göm mitt namn")
    person.opens(case)
    person.does_not_see(TEEN.name)
