"""Who may open a knock: this phone for a while, one's own phone for long, any phone with the code,
and with digits of one's own only whoever knows them."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Device as DeviceRow
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.purging import purge
from elevhalsa.extensions import db
from tests.domain.helpers import digits_count_until

from .conftest import Device
from .person import Person
from .site import Site
from .steps import code_on, knocks_in_the_app

SERVICE_WORKERS = "block"
TOOK_LONG = "Det här tog lång tid att skriva."


def _types_code(person: Person, code: str) -> None:
    person.opens("/mitt")
    person.follows("Skriv min kod")
    person.types("Koden du fick", code)
    person.presses("Visa svar")


def test_the_code_opens_it_on_another_phone(site: Site, device: Device, js: bool) -> None:
    site.make.counsellor(site.school)
    pupil, other = device(js=js), device(js=js)
    knocks_in_the_app(pupil, text="Jag sover dåligt.")
    code = code_on(pupil)

    other.opens(pupil.path)
    assert other.heading == "Vi hittar inte sidan"
    _types_code(other, "fel ord och siffror 1234")
    other.sees("Vi hittar inte den koden. Titta på varje ord och siffra en gång till.")
    expect(other.page.get_by_role("textbox")).to_have_value("fel ord och siffror 1234")
    other.types("Koden du fick", code.upper())
    other.presses("Visa svar")
    assert other.path == pupil.path
    other.sees("Jag sover dåligt.")
    expect(other.page.locator(".code")).to_have_count(0)


def test_digits_of_ones_own_lock_it_for_who_has_only_the_code(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil, other = device(js=js), device(js=js)
    knocks_in_the_app(pupil, text="Jag sover dåligt.")
    code = code_on(pupil)
    pupil.unfolds("Lås med egna siffror")
    pupil.types("Välj 4 till 8 siffror", "12")
    pupil.presses("Lås")
    expect(pupil.page.locator("#pin-fel")).to_have_text("Välj 4 till 8 siffror.")
    pupil.types("Välj 4 till 8 siffror", "2580")
    pupil.types("Samma siffror en gång till", "2580")
    pupil.presses("Lås")
    pupil.sees("Jag sover dåligt.")
    assert pupil.page.get_by_text("Byt siffror").is_visible()

    _types_code(other, code)
    assert other.heading == "Skriv dina siffror"
    other.does_not_see("Jag sover dåligt.")
    other.page.get_by_label("Dina siffror").fill("1111")
    other.presses("Lås upp")
    other.sees("Siffrorna stämde inte. Prova igen.")
    other.page.get_by_label("Dina siffror").fill("2580")
    other.presses("Lås upp")
    other.sees("Jag sover dåligt.")
    other.unfolds("Ta bort siffrorna")
    other.page.get_by_label("Siffrorna du har nu").last.fill("1111")
    other.presses("Ta bort")
    expect(other.page.locator("#current-fel")).to_have_text("Siffrorna stämde inte. Prova igen.")
    other.looks()
    other.page.get_by_label("Siffrorna du har nu").last.fill("2580")
    other.presses("Ta bort")
    assert other.page.get_by_text("Lås med egna siffror").is_visible()


def test_a_text_that_took_long_to_write_is_sent_once_the_digits_are_given_again(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    pupil.unfolds("Lås med egna siffror")
    pupil.types("Välj 4 till 8 siffror", "2580")
    pupil.types("Samma siffror en gång till", "2580")
    pupil.presses("Lås")
    pupil.types("Vill du skriva något mer?", "Det här tog lång tid att skriva.")
    with site.meanwhile():
        digits_count_until(clock.now())
    pupil.presses("Skicka")
    pupil.sees("Det du skrev är kvar. Det skickas när du har låst upp.")
    pupil.page.get_by_label("Dina siffror").fill("1111")
    pupil.presses("Lås upp")
    pupil.page.get_by_label("Dina siffror").fill("2580")
    pupil.presses("Lås upp")
    pupil.sees("Det här tog lång tid att skriva.")
    assert len(site.knocks()[0].messages) == 1


def test_a_page_left_open_asks_for_the_digits_again(site: Site, phone: Person) -> None:
    site.make.counsellor(site.school)
    knocks_in_the_app(phone, text="Jag sover dåligt.")
    phone.unfolds("Lås med egna siffror")
    phone.types("Välj 4 till 8 siffror", "2580")
    phone.types("Samma siffror en gång till", "2580")
    phone.presses("Lås")
    with site.meanwhile():
        digits_count_until(clock.now())
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    phone.sees("Du har låst den här med siffror som bara du kan.")
    phone.does_not_see("Jag sover dåligt.")
    phone.looks()


def test_ones_own_phone_is_remembered_and_can_be_told_to_forget(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    cookie = next(c for c in pupil.context.cookies() if c["name"] == "dorr")
    assert cookie["expires"] == -1, "a borrowed phone forgets when the browser closes"
    pupil.sees("Är det här din egen mobil?")
    pupil.unfolds("Är det här din egen mobil?")
    pupil.presses("Ja, minns mig här")
    pupil.does_not_see("Är det här din egen mobil?")
    cookie = next(c for c in pupil.context.cookies() if c["name"] == "dorr")
    assert cookie["expires"] > clock.now().timestamp() + timedelta(days=300).total_seconds()

    pupil.opens("/")
    pupil.follows("Jag har redan knackat – visa svar")
    pupil.follows(re.compile("^Du knackade på i dag"))
    receipt = pupil.path
    pupil.opens("/mitt")
    pupil.presses("Glöm mina svar på den här mobilen")
    pupil.sees("Den här mobilen minns inget. Har du knackat på? Då hittar du svaret med din kod.")
    pupil.opens(receipt)
    assert pupil.heading == "Vi hittar inte sidan"


def test_a_text_from_a_phone_that_has_forgotten_waits_behind_the_code(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    code = code_on(pupil)
    pupil.types("Vill du skriva något mer?", TOOK_LONG)
    with site.meanwhile():
        db.session.execute(update(DeviceRow).values(expires_at=clock.now()))
    pupil.presses("Skicka")
    assert pupil.heading == "Skriv din kod"
    expect(pupil.page.get_by_label("Det du skrev")).to_have_value(TOOK_LONG)
    pupil.types("Koden du fick", "fel ord och siffror 1234")
    pupil.presses("Visa svar")
    pupil.types("Koden du fick", code)
    pupil.presses("Visa svar")
    pupil.sees("Det du skrev är kvar. Tryck på Skicka, så kommer det fram.")
    assert not site.knocks()[0].messages
    pupil.presses("Skicka")
    pupil.sees(TOOK_LONG)
    assert [message.text for message in site.knocks()[0].messages] == [TOOK_LONG]


def test_a_text_to_what_has_been_removed_goes_on_as_a_new_knock(
    site: Site, device: Device, js: bool
) -> None:
    site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    pupil.types("Vill du skriva något mer?", TOOK_LONG)
    (old,) = site.knocks()
    with site.meanwhile():
        long_ago = clock.now() - timedelta(days=181)
        db.session.execute(update(Knock).values(state=State.WITHDRAWN, closed_at=long_ago))
        purge()
    assert not site.knocks()
    pupil.presses("Skicka")
    expect(pupil.page.get_by_label("Det du skrev")).to_have_value(TOOK_LONG)
    pupil.unfolds("Jag har tappat bort koden, eller så går den inte")
    pupil.presses("Knacka på igen")
    told = pupil.page.get_by_role("textbox", name="Vill du berätta vad det gäller?")
    expect(told).to_have_value(TOOK_LONG)
    pupil.chooses("Kurator")
    pupil.chooses("Här i appen")
    pupil.presses("Knacka på")
    pupil.sees(TOOK_LONG)
    (new,) = site.knocks()
    assert new.id != old.id
    assert [message.text for message in new.messages] == [TOOK_LONG]


def test_a_pupil_takes_the_knock_back(site: Site, device: Device, js: bool) -> None:
    site.make.counsellor(site.school)
    pupil = device(js=js)
    knocks_in_the_app(pupil)
    pupil.unfolds("Ta tillbaka min knackning")
    pupil.presses("Ta tillbaka")
    pupil.sees("Du har tagit tillbaka din knackning.")
    assert not site.knocks()[0].is_open


def test_a_promise_that_broke_is_told_honestly(site: Site, device: Device, js: bool) -> None:
    site.make.counsellor(site.school)
    with clock.frozen(clock.now() - timedelta(days=9)):
        receipt = site.make.knock(site.school, text="Jag sover dåligt.")
    pupil = device(js=js)
    _types_code(pupil, receipt.code)
    pupil.sees("Vi är sena. Det är vårt fel, inte ditt.")
    pupil.sees(re.compile(r"Vi lovade att höra av oss senast (mån|tis|ons|tors|fre)dag \d+ "))
    assert pupil.heading == "Din knackning"
