"""To leave quickly: the page is gone, and going back brings nothing of it again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import knocks_in_the_app

SERVICE_WORKERS = "block"

TEXT = "Jag sover dåligt."


@pytest.fixture
def site(sqlite_url: str, elsewhere: str) -> Iterator[Site]:
    with served(sqlite_url, quick_exit_url=elsewhere) as site:
        site.make.counsellor(site.school)
        yield site


@pytest.fixture(autouse=True)
def _may_leave(phone: Person, phone_without_js: Person, elsewhere: str) -> None:
    for person in (phone, phone_without_js):
        person.may_ask.append(elsewhere)


def _has_left(pupil: Person) -> None:
    expect(pupil.page).to_have_title("En annan sida")


def test_the_button_leaves_and_back_does_not_return(phone: Person) -> None:
    phone.opens("/hjalp-nu")
    knocks_in_the_app(phone, text=TEXT)
    receipt = phone.path
    phone.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone)
    phone.goes_back()
    assert phone.path == "/knacka" != receipt
    # The form is the page before, but nothing that was typed or chosen is in it.
    expect(phone.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value("")
    expect(phone.page.locator("input:checked")).to_have_count(0)
    assert TEXT not in phone.page.content()


def test_a_borrowed_phone_forgets_when_one_leaves(phone: Person) -> None:
    knocks_in_the_app(phone, text=TEXT)
    receipt = phone.path
    with phone.page.expect_request("**/lamna"):
        phone.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone)
    response = phone.page.goto(f"{phone.base_url}{receipt}")
    assert response and response.status == 404
    assert phone.heading == "Vi hittar inte sidan"


def test_ones_own_phone_still_knows_after_one_has_left(phone: Person) -> None:
    knocks_in_the_app(phone, text=TEXT)
    receipt = phone.path
    phone.unfolds("Är det här din egen mobil?")
    phone.presses("Ja, minns mig här")
    with phone.page.expect_request("**/lamna"):
        phone.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone)
    # Whoever goes back sees nothing; whoever wants to, asks.
    phone.opens(receipt)
    assert phone.heading == "Du lämnade sidan."
    phone.does_not_see(TEXT)
    phone.presses("Visa mina svar")
    phone.opens(receipt)
    phone.sees(TEXT)


def test_esc_three_times_leaves(phone: Person) -> None:
    phone.opens("/")
    phone.opens("/knacka?skola=norrskogen")
    for _press in range(2):
        phone.page.keyboard.press("Escape")
    assert phone.path == "/knacka"
    phone.page.keyboard.press("Escape")
    _has_left(phone)
    phone.goes_back()
    assert phone.path == "/"


def test_esc_leaves_in_the_middle_of_a_text_too(phone: Person) -> None:
    phone.opens("/knacka?skola=norrskogen")
    phone.types("Vill du berätta vad det gäller?", TEXT)
    for _press in range(3):
        phone.page.keyboard.press("Escape")
    _has_left(phone)


def test_without_javascript_the_button_is_a_link_that_leaves(phone_without_js: Person) -> None:
    phone_without_js.opens("/")
    phone_without_js.page.get_by_role("link", name="Lämna snabbt").click()
    _has_left(phone_without_js)


def test_every_page_of_a_pupil_has_the_exit_on_top(device: Device, elsewhere: str) -> None:
    pupil = device(js=False)
    knocks_in_the_app(pupil)
    receipt = pupil.path
    for path in ("/", "/s/norrskogen", "/knacka", "/hjalp-nu", "/sa-funkar-det", "/integritet",
                 "/tillganglighet", "/mitt", "/mitt/kod", receipt, "/finns-inte"):  # fmt: skip
        pupil.opens(path)
        leave = pupil.page.get_by_role("link", name="Lämna snabbt")
        expect(leave).to_be_in_viewport()
        assert leave.get_attribute("href") == elsewhere
