"""A guardian asks for what a pupil has written; whoever is named weighs it and gives it."""

from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.work import OPERATOR

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"
SAID, FRIEND = "Jag och Vännen Exempel har bråkat.", "Vännen Exempel"


def test_only_what_was_looked_at_is_given_and_what_is_struck_is_not_in_it(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    with site.meanwhile():
        seat = Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL)
        duties.name(site.school.municipality, seat, me, by=OPERATOR)
    knock = site.make.knock(
        site.school, text=SAID, name="Elev Exempel", wanted=Profession.COUNSELLOR
    ).knock
    person = device(js=js)
    signs_in(person, site, me)
    person.opens(f"/personal/arende/{knock.id}")
    person.follows("Någon vill ha det utlämnat")
    person.follows("En vårdnadshavare")
    person.sees(SAID)
    person.presses("Förhandsgranska")
    person.sees("Så här blir det: Inget lämnas ut")
    page = person.page
    page.get_by_label("Samtalet", exact=False).select_option(label="Lämna ut")
    person.types("Stryk de här orden", FRIEND)
    person.types("Skäl", "Resten kan skada eleven.")
    page.get_by_label("Sekretessen gäller också mot vårdnadshavaren", exact=False).check()
    for box in page.locator("[name=checked]").all():
        box.check()
    page.get_by_label("Nej, det är inte säkert för eleven").check()
    person.presses("Förhandsgranska igen")
    person.sees("Så här blir det: En del lämnas ut")
    person.sees("Jag och [Struket: OSL 23 kap. 2 §] har bråkat.")
    with page.expect_download() as given:
        page.get_by_role("button", name="Hämta som text").click()
    assert given.value.suggested_filename == "utlamnande.txt"
    told = given.value.path().read_text("utf-8")
    assert "har bråkat." in told
    assert FRIEND not in told
    assert "Elev Exempel" not in told
    person.opens(f"/personal/utlamnande/{knock.id}")
    person.sees("En vårdnadshavare · En del lämnas ut")
