"""The form: nothing typed is lost, what is not asked for is not shown, one press is one knock."""

import re

from playwright.sync_api import Locator, Route, expect

from .conftest import Device
from .person import Person
from .site import Site
from .steps import code_on, knocks_in_the_app

SERVICE_WORKERS = "block"

TEXT = "Jag sover dåligt. Å, ä och ö – och <b>hakar</b> & 'citat'."
FORM = "/knacka?skola=norrskogen"


def _fill_in_call(pupil: Person, number: str) -> None:
    pupil.opens(FORM)
    pupil.chooses("Skolsköterska")
    pupil.chooses("Samtal")
    pupil.types("Ditt nummer", number)
    pupil.types("När och var kan du prata ostört?", "efter kl. 15")
    pupil.page.get_by_text("Ni får prata in ett meddelande").click()
    pupil.types("Vill du berätta vad det gäller?", TEXT)
    pupil.unfolds("Vill du säga vad du heter?")
    pupil.types("Namn", "Elev 1")
    pupil.types("Klass", "8 B")


def test_an_error_keeps_all_that_was_typed(site: Site, device: Device, js: bool) -> None:
    pupil = device(js=js)
    site.make.nurse(site.school)
    _fill_in_call(pupil, "070")
    pupil.presses("Knacka på")

    pupil.sees("Titta på numret en gång till. Det är för kort.")
    assert pupil.page.title().startswith("Fel: Något saknas")
    page = pupil.page
    expect(page.get_by_role("radio", name="Skolsköterska")).to_be_checked()
    expect(page.get_by_role("radio", name="Samtal")).to_be_checked()
    expect(page.get_by_label("Ditt nummer")).to_have_value("070")
    expect(page.get_by_label("När och var kan du prata ostört?")).to_have_value("efter kl. 15")
    expect(page.get_by_label("Ni får prata in")).to_be_checked()
    expect(page.get_by_label("Vill du berätta vad det gäller?")).to_have_value(TEXT)
    expect(page.locator("#name")).to_have_value("Elev 1")
    expect(page.locator("#school_class")).to_have_value("8 B")

    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Ditt nummer")).to_be_in_viewport()
    pupil.types("Ditt nummer", "070-174 06 15")
    pupil.presses("Knacka på")
    assert pupil.heading == "Vi hörde dig."
    (knock,) = site.knocks()
    assert (knock.phone, knock.safe_times, knock.voicemail_ok) == (
        "0701740615",
        "efter kl. 15",
        True,
    )
    assert (knock.messages[0].text, knock.name) == (TEXT, "Elev 1")


def test_an_empty_form_says_what_is_missing_and_sends_nothing(
    site: Site, device: Device, js: bool
) -> None:
    pupil = device(js=js)
    site.make.counsellor(site.school)
    pupil.opens(FORM)
    pupil.presses("Knacka på")
    alert = pupil.page.get_by_role("alert")
    expect(alert.get_by_role("link")).to_have_count(2)
    assert site.knocks() == []


def test_only_the_chosen_way_asks_for_more(site: Site, device: Device, js: bool) -> None:
    pupil = device(js=js)
    site.make.counsellor(site.school)
    pupil.opens(FORM)
    fields: dict[str, Locator] = {
        "Sms": pupil.page.get_by_label("Ditt mobilnummer"),
        "Samtal": pupil.page.get_by_label("Ditt nummer"),
        "E-post": pupil.page.locator("#email"),
        "Möt mig på skolan": pupil.page.get_by_label("Vad heter du?"),
    }
    for one in fields.values():
        expect(one).to_be_hidden()
    for name, one in fields.items():
        pupil.chooses(re.compile(f"^{name}"))
        expect(one).to_be_visible()
        for other in fields.values():
            if other is not one:
                expect(other).to_be_hidden()
    pupil.chooses("Här i appen")
    for one in fields.values():
        expect(one).to_be_hidden()
    pupil.looks()


def test_a_number_typed_for_a_way_that_was_left_is_not_sent(
    site: Site, device: Device, js: bool
) -> None:
    pupil = device(js=js)
    site.make.nurse(site.school)
    _fill_in_call(pupil, "070-174 06 15")
    pupil.chooses("Här i appen")
    pupil.presses("Knacka på")
    (knock,) = site.knocks()
    assert knock.phone is None and knock.safe_times is None


def test_two_fast_presses_are_one_knock(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    phone.opens(FORM)
    phone.chooses("Kurator")
    phone.chooses("Här i appen")
    phone.page.get_by_role("button", name="Knacka på").dblclick(no_wait_after=True)
    # The second press may end the first's way there, which is no fault.
    expect(phone.page).to_have_url(re.compile("/mitt/"))
    assert phone.looks() and phone.heading == "Vi hörde dig."
    assert len(site.knocks()) == 1


def test_an_impatient_thumb_on_a_slow_network_is_one_knock(
    site: Site, device: Device, js: bool
) -> None:
    """The knock has arrived but the answer is slow, so the button is pressed once more."""
    pupil = device(js=js)
    site.make.counsellor(site.school)
    pupil.opens(FORM)
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    page, held = pupil.page, list[Route]()
    page.route("**/knacka**", lambda route: route.continue_() if held else held.append(route))
    button = page.get_by_role("button", name="Knacka på")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    while not held:
        page.wait_for_timeout(20)
    assert held[0].fetch(max_redirects=0).status == 303
    (first,) = site.knocks()
    page.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    expect(page).to_have_url(re.compile("/mitt/"))
    page.unroute_all(behavior="ignoreErrors")
    assert pupil.looks() and pupil.path == f"/mitt/{first.id}"
    assert len(site.knocks()) == 1


def test_going_back_and_pressing_again_gives_the_same_receipt(site: Site, device: Device) -> None:
    pupil = device()
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil, text="Hej")
    receipt, code = pupil.path, code_on(pupil)
    pupil.goes_back()
    expect(pupil.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value("Hej")
    pupil.presses("Knacka på")
    assert (pupil.path, code_on(pupil)) == (receipt, code)
    assert len(site.knocks()) == 1


def test_without_javascript_who_goes_back_finds_an_empty_form(site: Site, device: Device) -> None:
    """Nobody could take away what was typed when the pupil has left."""
    pupil = device(js=False)
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil, text="Hej")
    pupil.goes_back()
    expect(pupil.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value("")
    expect(pupil.page.locator("input:checked")).to_have_count(0)


def test_going_back_and_saying_something_else_asks_first(site: Site, device: Device) -> None:
    pupil = device()
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil, text="Hej")
    pupil.goes_back()
    pupil.types("Vill du berätta vad det gäller?", "Något helt annat")
    pupil.presses("Knacka på")
    pupil.sees(re.compile("Du har redan knackat på."))
    expect(pupil.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value(
        "Något helt annat"
    )
    assert len(site.knocks()) == 1
    pupil.presses("Knacka på")
    assert len(site.knocks()) == 2


def test_the_receipt_can_be_loaded_again(site: Site, device: Device, js: bool) -> None:
    pupil = device(js=js)
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil)
    code = code_on(pupil)
    pupil.reloads()
    assert code_on(pupil) == code
    assert len(site.knocks()) == 1


def test_the_whole_form_can_be_used_with_a_keyboard_alone(site: Site, device: Device) -> None:
    """Every stop on the way has a focus that shows (WCAG 2.4.7)."""
    pupil = device(width=1280, height=800)
    site.make.counsellor(site.school)
    page = pupil.opens("/s/norrskogen")

    def tab_to(words: str) -> None:
        for _press in range(40):
            page.keyboard.press("Tab")
            where = page.evaluate(FOCUS)
            assert where["shows"], f"no focus to be seen on {where['text']}"
            if where["text"].startswith(words):
                return
        raise AssertionError(f"{words} cannot be reached with the tab key")

    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["text"] == "Hoppa till innehållet"
    tab_to("Knacka på utan att logga in")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    pupil.looks()
    tab_to("Kurator")
    page.keyboard.press("Space")
    tab_to("Här i appen")
    page.keyboard.press("Space")
    tab_to("Vill du berätta vad det gäller?")
    page.keyboard.type("Jag sover dåligt.")
    tab_to("Knacka på")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    pupil.looks()
    assert pupil.heading == "Vi hörde dig."
    assert site.knocks()[0].messages[0].text == "Jag sover dåligt."


FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const words = e.labels?.[0]?.innerText ?? e.innerText ?? "";
  return {
    text: words.trim().split("\\n")[0],
    shows: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      && box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def test_nothing_is_lost_at_400_percent(site: Site, device: Device) -> None:
    """1280 by 1024 at 400 % is 320 by 256 (WCAG 1.4.10)."""
    pupil = device(width=320, height=256)
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil, text="Hej")
    assert pupil.heading == "Vi hörde dig."
    expect(pupil.page.locator(".clock strong")).to_be_visible()
    hidden = pupil.page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((e) => e.childElementCount === 0 && e.scrollWidth > e.clientWidth + 1
            && getComputedStyle(e).overflow !== "visible" && !e.closest(".sr"))
          .map((e) => e.outerHTML.slice(0, 100))"""
    )
    assert hidden == []
