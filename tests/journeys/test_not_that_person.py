"""Whom a pupil wants, and whom a pupil does not want to know of it: what was said of both is what
the receipt says and what happens."""

import re

from playwright.sync_api import expect

from .conftest import Device
from .person import Person
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"
TEXT = "Jag sover dåligt."


def at_the_form(pupil: Person) -> None:
    pupil.opens("/s/norrskogen")
    pupil.follows("Knacka på utan att logga in")
    pupil.chooses("Här i appen")
    pupil.types("Vill du berätta vad det gäller?", TEXT)


def avoids(pupil: Person, whom: str) -> None:
    folded = pupil.unfolds("Är det någon du inte vill ska veta?")
    box = folded.get_by_role("checkbox", name=whom)
    folded.locator(f"label[for='{box.get_attribute('id')}']").click()
    expect(box).to_be_checked()


def test_choosing_and_avoiding_the_same_person_is_asked_about_before_it_is_sent(
    site: Site, device: Device, js: bool
) -> None:
    with site.meanwhile():
        site.school.municipality.show_names = True
    nurse, counsellor = site.make.nurse(site.school), site.make.counsellor(site.school)
    pupil = device(js=js)
    at_the_form(pupil)
    pupil.chooses(re.compile(f"^{nurse.name}"))
    avoids(pupil, f"Inte {nurse.name}")
    pupil.presses("Knacka på")
    assert pupil.page.title().startswith("Fel:")
    pupil.sees("Du har valt samma person som du inte vill ska veta. Ändra ett av valen.")
    assert not site.knocks()
    expect(pupil.page.get_by_role("textbox", name="Vill du berätta vad det gäller?")).to_have_value(
        TEXT
    )

    pupil.chooses(re.compile(f"^{counsellor.name}"))
    pupil.presses("Knacka på")
    pupil.sees(f"{counsellor.name}, kurator på Norrskogens exempelskola, hör av sig")
    (knock,) = site.knocks()
    case = f"/personal/arende/{knock.id}"
    wanted, avoided = device(js=js, width=1280), device(js=js, width=1280)
    signs_in(wanted, site, counsellor)
    wanted.opens(case)
    wanted.sees(TEXT)
    signs_in(avoided, site, nurse)
    expect(avoided.page.locator(".knock")).to_have_count(0)
    response = avoided.page.goto(site.url + case)
    assert response
    assert response.status == 404


def test_the_receipt_names_who_will_really_answer_and_so_it_is(
    site: Site, device: Device, js: bool
) -> None:
    nurse, counsellor = site.make.nurse(site.school), site.make.counsellor(site.school)
    pupil = device(js=js)
    at_the_form(pupil)
    pupil.chooses("Spelar ingen roll")
    avoids(pupil, "Inte skolsköterskan")
    pupil.presses("Knacka på")
    pupil.sees("Kuratorn på Norrskogens exempelskola hör av sig")
    pupil.does_not_see(re.compile("[Ss]kolsköterskan"))

    desk, other = device(js=js, width=1280), device(js=js, width=1280)
    signs_in(other, site, nurse)
    expect(other.page.locator(".knock")).to_have_count(0)
    signs_in(desk, site, counsellor)
    desk.opens(f"/personal/arende/{site.knocks()[0].id}")
    desk.types("Svar", "Hej! Vi ses på torsdag.")
    desk.presses("Ta emot och skicka svar")
    pupil.reloads()
    pupil.sees(re.compile("^Kuratorn har läst"))
    pupil.does_not_see(re.compile("[Ss]kolsköterskan"))


def test_avoiding_everybody_who_could_answer_is_asked_about(
    site: Site, device: Device, js: bool
) -> None:
    site.make.nurse(site.school)
    site.make.counsellor(site.school)
    pupil = device(js=js)
    at_the_form(pupil)
    pupil.chooses("Spelar ingen roll")
    for whom in ("Inte skolsköterskan", "Inte kuratorn"):
        avoids(pupil, whom)
    pupil.presses("Knacka på")
    pupil.sees("Nu får ingen av oss veta. Ta bort något kryss, så att någon kan svara.")
    assert not site.knocks()
