"""A teacher scans the school's link, types a name, is warned, changes it and sends; the nurse
answers and says what came of it; the coordinator renews the link and the old one says so."""

import re

import pytest

from elevhalsa.domain.consultations import links

from .conftest import Device
from .person import Person
from .site import Site
from .steps import code_on, signs_in

SERVICE_WORKERS = "block"


def link_at(site: Site) -> str:
    """As it stands in the QR code."""
    with site.meanwhile():
        return links.renew(site.make.coordinator(), site.school).token or ""


def fills_in(teacher: Person, text: str) -> None:
    teacher.page.get_by_label("Vad arbetar du som?").select_option("Lärare")
    teacher.page.get_by_label("Vad gäller det?").select_option("Hur någon mår")
    teacher.chooses(re.compile("^Ett barn"))
    teacher.chooses("15 minuter på telefon")
    teacher.types("Vilket nummer ska vi ringa?", "070-174 06 05")
    teacher.types("Vad vill du prata om?", text)


def answers(person: Person) -> None:
    person.follows("Råd")
    person.does_not_see("gråter")
    person.follows("Hur någon mår")
    person.sees("En elev gråter varje dag efter lunch. Hur gör jag?")
    person.presses("Ta emot")
    person.types("Ditt svar", "Jag ringer dig i eftermiddag.")
    person.presses("Skicka svaret")
    person.chooses("Rådet räckte")
    person.types("Hur många minuter tog det?", "12")
    person.presses("Spara")
    person.sees("Avslutat.")


@pytest.mark.parametrize(
    ("js", "width"),
    [(False, 360), pytest.param(True, 1280, marks=pytest.mark.trial)],
    ids=["phone without a script", "desk"],
)
def test_from_the_link_to_what_came_of_it(site: Site, device: Device, js: bool, width: int) -> None:
    token, nurse = link_at(site), site.make.nurse(site.school)
    coordinator = site.make.coordinator()
    teacher = device(js=js, width=width)
    teacher.opens(f"/rad/l/{token}")
    teacher.presses("Skicka frågan")
    teacher.sees("Välj vad du arbetar som.")
    fills_in(teacher, "Wilma gråter varje dag efter lunch. Hur gör jag?")
    teacher.presses("Skicka frågan")
    teacher.sees("Titta en gång till innan du skickar")
    teacher.sees("Wilma")
    teacher.types("Vad vill du prata om?", "En elev gråter varje dag efter lunch. Hur gör jag?")
    teacher.presses("Skicka det ändrade")
    teacher.sees("Frågan har kommit fram")
    receipt, code = teacher.path, code_on(teacher)

    person = device(js=js, width=width, scheme="dark")
    signs_in(person, site, nurse)
    answers(person)

    teacher.opens(receipt)
    teacher.sees("Jag ringer dig i eftermiddag.")
    teacher.sees("Samtalet är avslutat")
    teacher.follows("Far ett barn illa?")
    teacher.sees("Tror du att ett barn far illa?")

    elsewhere = device(js=js)
    elsewhere.opens("/rad/")
    elsewhere.types("Koden du fick", code)
    elsewhere.presses("Visa svaret")
    elsewhere.sees("Jag ringer dig i eftermiddag.")

    boss = device(js=js, width=width)
    signs_in(boss, site, coordinator)
    boss.opens("/samordnare/rad")
    card = boss.page.locator(f"#skola-{site.school.slug}")
    boss.presses(re.compile("^Byt länk"), within=card, exact=False)
    boss.sees(re.compile("Den gamla gäller inte längre"))
    teacher.opens(f"/rad/l/{token}")
    teacher.sees("Den här länken gäller inte längre")
