"""Flytta min dörr: from the school's iPad to a phone of one's own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from elevhalsa.core import clock, qr
from elevhalsa.domain.knocks import devices, handoff
from elevhalsa.domain.knocks.models import Handoff
from elevhalsa.extensions import db

from .browser import Browser, Page
from .test_language import EASY, NEVER, lix, sentences_of

FRIDAY = datetime(2026, 6, 12, 14, 20, tzinfo=UTC)  # 16.20 in Sweden


@pytest.fixture(autouse=True)
def friday():
    with clock.frozen(FRIDAY):
        yield


@pytest.fixture
def ipad(client, make) -> Browser:
    """The school's, where somebody has just knocked."""
    school = make.school(slug="norrskogen", name="Norrskogens exempelskola")
    make.counsellor(school)
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", who="counsellor", way="app", text="Får jag prata med dig?")
    return pupil


@pytest.fixture
def phone(app) -> Browser:
    return Browser(app.test_client())


def makes_a_code(old: Browser, *, forget: bool = False) -> Page:
    old.get("/flytta")
    return old.submit("/flytta", forget="ja" if forget else ())


def code_on(page: Page) -> str:
    return re.search(r'class="code">([^<]+)<', page.html).group(1)


def token() -> str:
    """What the picture holds after #."""
    return handoff.secrets_of(db.session.query(Handoff).one()).token


def types(new: Browser, code: str) -> Page:
    new.get("/flytta/hit")
    return new.submit("/flytta/hit", code=code)


def test_the_code_brings_the_answer_to_the_phone(ipad, phone):
    page = makes_a_code(ipad)
    assert "Koden gäller till kl. 16.30." in page.text
    page = types(phone, code_on(page))
    assert (page.url, page.h1) == ("/flytta/klart", "Nu är dina svar här.")
    phone.follow("Visa mina svar")
    assert "Får jag prata med dig?" in phone.follow("Du knackade på i dag 16.20").text


def test_the_picture_holds_the_address_with_the_token_where_no_server_sees_it(ipad):
    page = makes_a_code(ipad)
    address = re.search(r'src="(/flytta/bild\.svg[^"]*)"', page.html).group(1)
    answer = ipad.client.get(address)
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == qr.svg(f"http://localhost/flytta/hit#{token()}")
    assert token() not in page.html + address
    assert "style" not in answer.text


def test_a_code_that_somebody_saw_can_be_changed_for_another(ipad, phone):
    seen = code_on(makes_a_code(ipad, forget=True))
    page = ipad.submit("/flytta")
    assert "glömmer den här mobilen dina svar" in page.text, "the choice stays"
    assert types(phone, seen).status == 422
    assert types(phone, code_on(page)).status == 200


def test_the_pictures_address_changes_with_the_code_and_tells_nothing_of_it(ipad):
    pages = [makes_a_code(ipad), ipad.submit("/flytta")]
    assert len({re.search(r"bild\.svg\?v=(\w+)", page.html).group(1) for page in pages}) == 2


def test_only_the_device_that_made_it_is_shown_the_picture(ipad, phone):
    makes_a_code(ipad)
    assert phone.get("/flytta/bild.svg").status == 404
    with clock.frozen(FRIDAY + timedelta(minutes=10)):
        assert ipad.get("/flytta/bild.svg").status == 404


def test_what_the_camera_read_brings_it_too(ipad, phone):
    makes_a_code(ipad)
    phone.get("/flytta/hit")
    assert phone.submit("/flytta/hit", token=token()).h1 == "Nu är dina svar här."


def test_opening_the_address_uses_nothing_up(ipad, phone):
    code = code_on(makes_a_code(ipad))
    for address in (f"/flytta/hit?token={token()}", f"/flytta/hit?code={code}"):
        phone.get(address)
    assert "Här finns inga svar." in phone.get("/flytta/klart").text
    assert types(phone, code).status == 200


def test_a_code_works_once(app, ipad, phone):
    code = code_on(makes_a_code(ipad))
    types(phone, code)
    page = types(Browser(app.test_client()), code)
    assert page.status == 422
    assert "Koden stämmer inte, eller så är den för gammal." in page.text
    assert page.form("/flytta/hit").data["code"] == [code]


def test_a_code_that_is_too_old_is_told_kindly_on_both_sides(ipad, phone):
    code = code_on(makes_a_code(ipad))
    with clock.frozen(FRIDAY + timedelta(minutes=10)):
        assert "för gammal" in types(phone, code).text
        page = ipad.get("/flytta")
        assert "Koden är för gammal nu. Gör en ny." in page.text
        assert code not in page.html
        assert "Koden gäller till kl. 16.40." in makes_a_code(ipad).text


def test_without_a_code_one_is_asked_for(phone, make):
    page = types(phone, " ")
    assert page.status == 422


def test_codes_cannot_be_guessed_quickly(ipad, phone):
    code = code_on(makes_a_code(ipad))
    # The minute may turn meanwhile; it cannot turn twice.
    for _guess in range(21):
        if types(phone, "sol 1234 sol").status == 429:
            break
    else:
        pytest.fail("21 guesses were let through")
    assert types(phone, code).status == 429


def test_a_whole_class_behind_one_address_may_move_at_once(app, ipad):
    for _pupil in range(12):
        page = types(Browser(app.test_client()), code_on(makes_a_code(ipad)))
        assert page.status == 200


def test_the_old_device_is_told_when_the_code_has_been_used(ipad, phone):
    page = makes_a_code(ipad)
    address = re.search(r'hx-get="([^"]+)"', page.html).group(1)
    assert ipad.get(address, htmx=True).status == 204
    types(phone, code_on(page))
    part = ipad.get(address, htmx=True)
    assert not part.is_whole
    assert "Klart! Dina svar är flyttade. De finns kvar här också." in part.text
    assert "hx-get" not in part.html, "nothing more to wait for"
    assert 'id="nytt" hx-swap-oob' in part.html
    assert "Klart!" in ipad.get("/flytta").text, "without JavaScript too"


def test_the_old_device_forgets_if_the_pupil_said_so(ipad, phone):
    code = code_on(makes_a_code(ipad, forget=True))
    assert "Du knackade på" in ipad.get("/mitt").text, "not before the code is used"
    types(phone, code)
    page = ipad.get("/flytta")
    assert "Klart! Dina svar är flyttade. Den här mobilen har glömt dem." in page.text
    assert not page.has_form("/flytta")
    assert "Den här mobilen minns inget." in ipad.get("/mitt").text
    assert "Du knackade på" in phone.get("/mitt").text


def test_a_borrowed_device_is_to_forget_unless_the_pupil_says_otherwise(ipad):
    assert ipad.get("/flytta").form("/flytta").data["forget"] == ["ja"]
    ipad.get("/mitt")
    ipad.follow("Du knackade på")
    ipad.submit("/min-mobil")
    assert "forget" not in ipad.get("/flytta").form("/flytta").data


def test_a_phone_of_ones_own_is_remembered_when_one_says_so(ipad, phone):
    types(phone, code_on(makes_a_code(ipad)))
    assert "Är det här din egen mobil?" in phone.page.text
    cookie = phone.client.get_cookie("dorr")
    assert cookie.max_age is None
    page = phone.submit("/flytta/min-mobil")
    assert "Den här mobilen minns dig." in page.text
    assert phone.client.get_cookie("dorr").max_age == devices.OWN.total_seconds()
    with clock.frozen(FRIDAY + timedelta(days=60)):
        assert "Du knackade på" in phone.get("/mitt").text


def test_a_phone_that_is_not_remembered_forgets_after_half_an_hour(ipad, phone):
    types(phone, code_on(makes_a_code(ipad)))
    with clock.frozen(FRIDAY + timedelta(minutes=31)):
        assert "Den här mobilen minns inget." in phone.get("/mitt").text


def test_a_knock_with_a_pin_still_asks_for_it(ipad, phone):
    ipad.get("/mitt")
    ipad.follow("Du knackade på")
    ipad.submit("/siffror", pin="2580", again="2580")
    types(phone, code_on(makes_a_code(ipad)))
    phone.get("/mitt")
    page = phone.follow("Låst med dina siffror (nummer 1)")
    assert page.h1 == "Skriv dina siffror"
    assert "Får jag prata med dig?" not in page.text


def test_what_the_phone_had_before_is_kept(ipad, phone):
    phone.get("/knacka?skola=norrskogen")
    phone.submit("/knacka", who="counsellor", way="app", text="Mitt andra")
    types(phone, code_on(makes_a_code(ipad)))
    assert phone.get("/mitt").text.count("Du knackade på") == 2


def test_typing_the_code_on_the_device_that_shows_it_does_no_harm(ipad, phone):
    code = code_on(makes_a_code(ipad, forget=True))
    page = types(ipad, code)
    assert page.status == 422
    assert "Koden är gjord här. Öppna den på din andra mobil." in page.text
    assert types(phone, code).status == 200


def test_a_device_that_remembers_nothing_offers_to_fetch(phone, make):
    page = phone.get("/flytta")
    assert "Den här mobilen minns inget att flytta." in page.text
    assert not page.has_form("/flytta")
    assert phone.follow("Hämta hit").url == "/flytta/hit"
    page = phone.get("/mitt")
    assert phone.follow("Hämta från en annan mobil").url == "/flytta/hit"


def test_a_device_that_remembers_nothing_can_make_no_code(ipad, phone):
    ipad.get("/flytta")
    ipad.client.delete_cookie("dorr")
    assert ipad.submit("/flytta").status == 404


def test_the_way_is_found_from_the_answer_and_from_the_list(ipad):
    ipad.get("/mitt")
    assert ipad.follow("Flytta till en annan mobil").url == "/flytta"
    ipad.get("/mitt")
    ipad.follow("Du knackade på")
    assert ipad.follow("Flytta till en annan mobil").url == "/flytta"


def test_the_app_on_the_home_screen_is_told_of_in_plain_words(phone, make):
    assert "På en iPhone är appen och Safari två olika dörrar." in phone.get("/flytta/hit").text


def test_neither_code_nor_token_is_logged(ipad, phone, caplog):
    caplog.set_level("DEBUG")
    code = code_on(makes_a_code(ipad))
    secret = token()
    phone.get("/flytta/hit")
    phone.submit("/flytta/hit", token=secret)
    assert secret not in caplog.text
    assert code not in caplog.text


def test_a_ten_year_old_can_read_every_page_of_moving(app: Flask, ipad, phone):
    pages = [
        ipad.get("/flytta"),
        makes_a_code(ipad),
        phone.get("/flytta"),
        phone.get("/flytta/hit"),
    ]
    pages += [types(phone, "fel"), types(phone, code_on(pages[1])), ipad.get("/flytta")]
    pages += [phone.get("/flytta/klart"), phone.submit("/flytta/min-mobil")]
    pages += [Browser(app.test_client()).get("/flytta/klart")]
    for page in pages:
        text = sentences_of(page.html)
        assert lix(text) < EASY, f"{page.url}: LIX {lix(text):.0f}: {text}"
        assert not [word for word in NEVER if word in page.text.lower()]
