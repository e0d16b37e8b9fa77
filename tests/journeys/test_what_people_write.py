"""Words that are too long for any screen, letters that run the other way, marks that nobody sees
and pictures between the words: whoever reads them sees what was written, and nothing else moves."""

from playwright.sync_api import expect

from .conftest import Device
from .site import Site
from .steps import signs_in

SERVICE_WORKERS = "block"

LONG = "Hej" + "å" * 430
ADDRESS = "https://exempel.invalid/" + "a" * 320
ARABIC = "مرحبا، أريد التحدث معكم!"
PICTURES = "😀 👩‍👩‍👧 Ö’Ö"
NAME = "Kim\u202e" + "o" * 150
ENDS = "Slut."


def test_what_was_written_is_shown_whole_in_its_own_direction(
    site: Site, device: Device, js: bool
) -> None:
    me = site.make.counsellor(site.school)
    pupil = device(js=js)
    pupil.opens("/knacka?skola=norrskogen")
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    field = pupil.page.get_by_role("textbox", name="Vill du berätta vad det gäller?")
    field.fill(ARABIC)
    assert field.evaluate("(field) => field.matches(':dir(rtl)')")
    field.fill("\n".join((LONG, ADDRESS, PICTURES, ENDS)))
    assert field.evaluate("(field) => field.matches(':dir(ltr)')")
    pupil.unfolds("Vill du säga vad du heter?")
    pupil.types("Namn", NAME)
    pupil.presses("Knacka på")  # each page is looked at from 320 px up: nothing stands outside
    pupil.types("Vill du skriva något mer?", ARABIC)
    pupil.presses("Skicka")
    for text in (LONG, PICTURES, ENDS):
        pupil.sees(text)

    desk, small = device(js=js, width=1280), device(js=js, width=360)
    for person in (desk, small):
        signs_in(person, site, me)
        person.opens(f"/personal/arende/{site.knocks()[0].id}")
        for text in (LONG, PICTURES, ENDS, NAME.replace("\u202e", "")):
            person.sees(text)
    for person in (pupil, desk):
        said = person.page.get_by_text(ARABIC)
        assert said.evaluate("(text) => getComputedStyle(text).direction") == "rtl"
        expect(person.page.locator("html")).to_have_attribute("lang", "sv")
    assert "\u202e" not in desk.page.content()
    (knock,) = site.knocks()
    assert [message.text for message in knock.messages] == [
        "\n".join((LONG, ADDRESS, PICTURES, ENDS)),
        ARABIC,
    ]
