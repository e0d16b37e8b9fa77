"""To leave quickly: the page is gone, and going back does not bring it again."""

from playwright.sync_api import expect

from .conftest import Device
from .person import EXIT, Person
from .site import Site
from .steps import knocks_in_the_app


def _has_left(pupil: Person) -> None:
    pupil.page.wait_for_url(f"{EXIT}**")
    assert pupil.page.title() == "En annan sida"


def test_the_button_leaves_and_back_does_not_return(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    phone.opens("/hjalp-nu")
    knocks_in_the_app(phone, text="Jag sover dåligt.")
    receipt = phone.path
    phone.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone)
    phone.page.go_back()
    assert phone.path != receipt
    phone.does_not_see("Jag sover dåligt.")


def test_a_borrowed_phone_forgets_when_one_leaves(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    knocks_in_the_app(phone)
    receipt = phone.path
    with phone.page.expect_request("**/lamna"):
        phone.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone)
    response = phone.page.goto(f"{phone.base_url}{receipt}")
    assert response and response.status == 404
    assert phone.heading == "Vi hittar inte sidan"


def test_esc_three_times_leaves(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    phone.opens("/")
    phone.opens("/knacka?skola=norrskogen")
    for _press in range(2):
        phone.page.keyboard.press("Escape")
    assert phone.path == "/knacka"
    phone.page.keyboard.press("Escape")
    _has_left(phone)
    phone.page.go_back()
    assert phone.path == "/"


def test_esc_leaves_from_within_a_text_too(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    phone.opens("/knacka?skola=norrskogen")
    phone.page.get_by_label("Vill du berätta vad det gäller?").focus()
    for _press in range(3):
        phone.page.keyboard.press("Escape")
    _has_left(phone)


def test_without_javascript_the_button_is_a_link_that_leaves(
    site: Site, phone_without_js: Person
) -> None:
    phone_without_js.opens("/")
    phone_without_js.follows("Lämna snabbt")
    _has_left(phone_without_js)


def test_every_page_of_a_pupil_has_the_exit_on_top(site: Site, device: Device) -> None:
    pupil = device(js=False)
    site.make.counsellor(site.school)
    knocks_in_the_app(pupil)
    receipt = pupil.path
    for path in ("/", "/s/norrskogen", "/knacka", "/hjalp-nu", "/sa-funkar-det", "/integritet",
                 "/tillganglighet", "/mitt", "/mitt/kod", receipt, "/finns-inte"):  # fmt: skip
        pupil.opens(path)
        leave = pupil.page.get_by_role("link", name="Lämna snabbt")
        expect(leave).to_be_in_viewport()
        assert leave.get_attribute("href") == EXIT
