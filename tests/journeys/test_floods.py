"""Many alike on a nurse's phone: the one who needs her first, the others folded away, dismissed in
one act and taken back."""

from playwright.sync_api import expect

from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.floods import Flood
from elevhalsa.domain.knocks.words import State

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"
PHONE = 360


def _a_flood(site: Site, count: int = 4) -> str:
    number = new_id()
    said = [site.make.asked(text=f"Hej {turn}") for turn in range(count)]
    with site.meanwhile():
        for asked in said:
            asking.knock(site.school, asked, flood=Flood(number, [], begins=False))
    return number


def test_a_flood_is_folded_away_dismissed_and_taken_back(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    number = _a_flood(site)
    hers = site.make.knock(site.school, text="Jag vill prata om en sak hemma").knock
    person = device(js=js, width=PHONE, height=800)
    signs_in(person, site, me)
    titles = person.page.locator(".knock .title")
    expect(titles).to_have_count(1)
    expect(titles).to_be_in_viewport()
    assert titles.get_attribute("href") == f"/personal/arende/{hers.id}"
    folded = person.unfolds("Många liknande (4)")
    expect(folded.get_by_text("Var och en har kvar sin tid.")).to_be_visible()
    person.looks()
    folded.get_by_role("link", name="Titta på dem").click()
    expect(titles).to_have_count(4)
    button = person.page.get_by_role("button", name="Ja, ta bort alla 4")
    expect(button).not_to_be_visible()
    person.unfolds("Ta bort alla 4 ur inkorgen")
    person.looks()
    person.presses("Ja, ta bort alla 4")
    person.sees("4 knackningar är borttagna ur inkorgen. Du kan ta tillbaka dem i sju dagar.")
    expect(titles).to_have_count(1)
    assert sum(knock.state is State.CLOSED for knock in site.knocks()) == 4
    person.looks()
    person.presses("Ta tillbaka")
    person.sees("Många liknande (4)")
    assert {knock.state for knock in site.knocks()} == {State.WAITING}
    assert {knock.flood for knock in site.knocks()} == {number, None}


def test_what_is_unfolded_stays_so_when_the_list_refreshes(site: Site, device: Device) -> None:
    me = site.make.counsellor(site.school)
    _a_flood(site)
    person = device(width=PHONE, height=800)
    person.page.clock.install()
    signs_in(person, site, me)
    folded = person.unfolds("Många liknande (4)")
    site.make.knock(site.school)
    with person.page.expect_response(lambda r: "hx-request" in r.request.headers):
        person.page.clock.run_for(21_000)
    expect(person.page.locator(".knock")).to_have_count(1)
    expect(folded).to_have_attribute("open", "")
    expect(person.page.locator("summary:focus")).to_have_count(1)
