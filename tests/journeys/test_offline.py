"""Without a net, after one visit: the public pages open, a knock waits on the phone and is sent
once, and nothing that is somebody's own lies in a cache."""

import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import wraps

import pytest
from flask import Response, request
from flask.typing import ResponseReturnValue
from playwright.sync_api import Error, Page, expect
from wtforms import RadioField, ValidationError

from elevhalsa.pages.door.forms import KnockForm
from elevhalsa.pages.pwa import service_worker
from tests.running import eventually

from .conftest import Device
from .person import Person
from .site import Site, served
from .steps import knocks_in_the_app

TEXT = "Jag sover dåligt."
WAITS = "Ditt meddelande ligger kvar i mobilen och skickas när du får nät."
ARRIVED = "Din knackning har kommit fram."
MEND = "Nästan klart. Något i ditt meddelande behöver ändras."
NO_SYNC = "delete ServiceWorkerRegistration.prototype.sync;"

CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      found.push([new URL(request.url).pathname + new URL(request.url).search,
                  await (await (await caches.open(name)).match(request)).text()]);
  return found;
}"""
STORED = """() => new Promise((done) => {
  const asked = indexedDB.open("osant");
  asked.onsuccess = () => {
    const base = asked.result;
    if (!base.objectStoreNames.contains("items")) return base.close(), done([]);
    const all = base.transaction("items").objectStore("items").getAll();
    all.onsuccess = () => { base.close(); done(all.result.map((item) => ({ ...item,
      box: item.box && new TextDecoder("latin1").decode(item.box), iv: null }))); };
  };
})"""
AGE = """(age) => new Promise((done) => {
  indexedDB.open("osant").onsuccess = (event) => {
    const base = event.target.result, change = base.transaction("items", "readwrite");
    change.objectStore("items").openCursor().onsuccess = ({ target }) => {
      const cursor = target.result;
      if (!cursor) return;
      const { at, seen } = cursor.value;
      cursor.update({ ...cursor.value, at: at - age, seen: seen && seen - age });
      cursor.continue();
    };
    change.oncomplete = () => { base.close(); done(); };
  };
})"""
READY = "() => navigator.serviceWorker.controller !== null"


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    with served(sqlite_url) as site:
        site.make.nurse(site.school)
        site.make.counsellor(site.school)
        yield site


def has_been_here(person: Person, path: str = "/s/norrskogen") -> None:
    """One visit, long enough for the service worker to have kept what it keeps."""
    person.opens(path)
    person.page.wait_for_function(READY)


def loses_the_net(person: Person) -> None:
    person.was_out_of_reach = True
    person.context.set_offline(True)


def finds_the_net(person: Person) -> None:
    person.context.set_offline(False)


def writes(person: Person, text: str = TEXT, *, who: str = "Kurator") -> None:
    person.chooses(who)
    person.chooses("Här i appen")
    person.types("Vill du berätta vad det gäller?", text)


def knocks_without_a_net(person: Person, text: str = TEXT) -> None:
    loses_the_net(person)
    person.opens("/knacka?skola=norrskogen")
    writes(person, text)
    person.presses("Knacka på")


def opens_receipt(person: Person) -> None:
    person.presses("Visa min kod och tid")
    assert person.path.startswith("/mitt/")
    assert person.heading == "Vi hörde dig."
    expect(person.page.locator(".code")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Knacka på. Vi hör av oss."),
        ("/s/norrskogen", "Knacka på. Vi hör av oss."),
        ("/knacka", "Knacka på"),
        ("/knacka?skola=norrskogen", "Knacka på"),
        ("/hjalp-nu", "Hjälp nu"),
        ("/sa-funkar-det", "Vad händer om jag berättar?"),
    ],
)
def test_after_one_visit_it_opens_without_a_net(phone: Person, path: str, heading: str) -> None:
    has_been_here(phone)
    loses_the_net(phone)
    phone.opens(path)
    assert phone.heading == heading
    if path in ("/", "/knacka"):
        phone.sees(re.compile("Norrskogens exempelskola"))


@pytest.mark.parametrize("status", [500, 503])
def test_when_the_service_is_down_the_phone_has_its_pages(
    site: Site, phone: Person, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_been_here(phone)
    phone.was_out_of_reach = True
    answer = site.app.wsgi_app

    def down(environ: dict[str, str], start: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/static/"):
            return answer(environ, start)  # type: ignore[arg-type]
        start(f"{status} Down", [("Content-Type", "text/html")])
        return [b"<title>x</title><h1>Application error</h1>"]

    monkeypatch.setattr(site.app, "wsgi_app", down)
    for path, heading in (("/hjalp-nu", "Hjälp nu"), ("/", "Knacka på. Vi hör av oss.")):
        phone.opens(path)
        assert phone.heading == heading
    phone.page.goto(phone.base_url + "/mitt/kod")
    assert phone.heading == ("Application error" if status == 500 else "Ingen kontakt just nu")
    phone.opens("/knacka?skola=norrskogen")
    writes(phone)
    phone.presses("Knacka på")
    phone.sees(WAITS)
    monkeypatch.setattr(site.app, "wsgi_app", answer)
    phone.opens("/")
    phone.sees(ARRIVED)
    opens_receipt(phone)
    assert [message.text for message in site.knocks()[0].messages] == [TEXT]


def test_a_visit_to_the_form_alone_is_enough_for_the_form(phone: Person) -> None:
    has_been_here(phone, "/knacka?skola=norrskogen")
    loses_the_net(phone)
    phone.opens("/knacka?skola=norrskogen")
    phone.sees(re.compile("Norrskogens exempelskola"))


def test_the_school_that_was_chosen_last_is_the_one_that_opens(site: Site, phone: Person) -> None:
    other = site.make.school(name="Fiskarnas exempelskola", slug="fiskarna")
    site.make.nurse(other)
    has_been_here(phone)
    phone.opens("/s/fiskarna")
    form = "caches.match('/knacka?skola=fiskarna').then((found) => !!found)"
    eventually(lambda: phone.page.evaluate(form))
    loses_the_net(phone)
    for path in ("/", "/knacka", "/s/fiskarna"):
        phone.opens(path)
        phone.sees(re.compile("Fiskarnas exempelskola"))
    phone.opens("/knacka?skola=okand")
    assert phone.heading == "Ingen kontakt just nu", "never another school's form"


def test_what_needs_the_net_says_so_and_what_still_works(phone: Person) -> None:
    has_been_here(phone)
    loses_the_net(phone)
    for path in ("/mitt", "/mitt/kod", "/integritet", "/personal/inkorg", "/?byt=1"):
        phone.opens(path)
        assert phone.heading == "Ingen kontakt just nu"
        assert phone.path == path.partition("?")[0]
    phone.follows("Hjälp nu")
    assert phone.heading == "Hjälp nu"
    phone.opens("/mitt/kod")
    finds_the_net(phone)
    phone.follows("Försök igen")
    assert phone.heading == "Skriv din kod"


def test_help_from_the_phone_does_not_say_what_is_open_now(site: Site, phone: Person) -> None:
    site.app.test_cli_runner().invoke(args=["crisis", "import"])
    has_been_here(phone)
    phone.opens("/hjalp-nu")
    phone.sees("Öppet nu")
    loses_the_net(phone)
    phone.opens("/hjalp-nu")
    phone.sees(re.compile("112"))
    phone.does_not_see("Öppet nu")
    phone.does_not_see(re.compile("öppnar"))


@pytest.mark.parametrize("background_sync", [True, False])
def test_a_knock_without_a_net_is_one_knock_when_it_is_back(
    site: Site, phone: Person, background_sync: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not background_sync:  # as in Safari and Firefox
        with site.app.test_request_context():
            source = service_worker.source()
        monkeypatch.setattr(service_worker, "source", lambda: NO_SYNC + source)
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.sees(WAITS)
    phone.sees("Tiden räknas från när det kommer fram.")
    assert not site.knocks()
    for path in ("/", "/knacka?skola=norrskogen", "/mitt"):
        phone.opens(path)
        phone.sees(WAITS)

    finds_the_net(phone)
    phone.sees(ARRIVED)
    phone.opens("/")
    phone.sees(ARRIVED)
    opens_receipt(phone)
    (knock,) = site.knocks()
    assert [message.text for message in knock.messages] == [TEXT]
    phone.opens("/mitt")
    phone.does_not_see(ARRIVED)
    phone.sees(re.compile("^Du knackade på i dag"))
    assert phone.page.evaluate(STORED) == []


def test_it_is_sent_although_no_page_is_open(site: Site, phone: Person) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.sees(WAITS)
    blank = phone.context.new_page()
    phone.page.close()
    assert not site.knocks()
    finds_the_net(phone)
    _the_browser_finds_the_net(blank, site.url)
    eventually(site.knocks)
    phone.page = blank
    phone.opens("/")
    phone.sees(ARRIVED)
    opens_receipt(phone)
    assert len(site.knocks()) == 1


def _the_browser_finds_the_net(page: Page, origin: str) -> None:
    """It wakes the service worker, as it does by itself when the machine's net comes back."""
    session = page.context.new_cdp_session(page)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(20)
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": origin, "registrationId": known[0], "tag": "knackning", "lastChance": False},
    )


def test_a_knock_that_waits_can_be_removed(site: Site, phone: Person) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.unfolds("Ta bort")
    phone.page.get_by_role("button", name="Ta bort meddelandet").click()
    expect(phone.page.get_by_text(WAITS)).to_have_count(0)
    finds_the_net(phone)
    phone.opens("/")
    phone.does_not_see(ARRIVED)
    assert not site.knocks()


@pytest.mark.parametrize("days", [9, -9000], ids=["days ago", "in another century"])
def test_a_phone_whose_clock_is_wrong_loses_nothing(site: Site, phone: Person, days: int) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.page.evaluate(AGE, timedelta(days=days).total_seconds() * 1000)
    phone.opens("/")
    phone.sees(WAITS)
    finds_the_net(phone)
    phone.opens("/")
    phone.sees(ARRIVED)
    assert [message.text for message in site.knocks()[0].messages] == [TEXT]


def test_of_what_was_delivered_nothing_can_be_opened_and_soon_nothing_is_left(
    site: Site, phone: Person
) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    finds_the_net(phone)
    phone.sees(ARRIVED)
    (item,) = phone.page.evaluate(STORED)
    assert item["state"] == "sent" and not item.get("box"), "only where its receipt is"
    phone.page.evaluate(AGE, timedelta(minutes=31).total_seconds() * 1000)
    phone.opens("/")
    phone.does_not_see(ARRIVED)
    assert phone.page.evaluate(STORED) == []


def test_whoever_says_that_the_phone_is_theirs_finds_the_answer_much_later(
    site: Site, phone: Person
) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.page.get_by_role("button", name="Ja, det är min mobil").click()
    phone.sees("Den här mobilen minns dig när det har kommit fram.")
    finds_the_net(phone)
    phone.sees(ARRIVED)
    opens_receipt(phone)
    cookie = next(c for c in phone.context.cookies() if c["name"] == "dorr")
    assert cookie["expires"] > 0, "remembered when the browser closes"


def test_the_form_from_the_phone_has_an_id_of_its_own_and_nobodys_token(phone: Person) -> None:
    has_been_here(phone)
    loses_the_net(phone)
    ids = set()
    for _visit in range(2):
        phone.opens("/knacka")
        field = phone.page.locator("#knacka [name=form_id]")
        expect(field).to_have_value(re.compile(r"^[0-9a-f-]{36}$"))
        ids.add(field.input_value())
        expect(phone.page.locator("#knacka [name=csrf_token]")).to_have_value("")
    assert len(ids) == 2


def test_a_stale_token_loses_nothing(site: Site, phone: Person) -> None:
    has_been_here(phone)
    phone.opens("/knacka?skola=norrskogen")
    writes(phone)
    phone.page.evaluate(
        "document.querySelector('#knacka [name=csrf_token]').value = 'from-long-ago'"
    )
    loses_the_net(phone)
    phone.presses("Knacka på")
    phone.sees(WAITS)
    phone.context.clear_cookies()
    finds_the_net(phone)
    phone.sees(ARRIVED)
    opens_receipt(phone)
    assert len(site.knocks()) == 1


def test_a_form_that_no_longer_fits_is_kept_and_can_be_mended(
    site: Site, phone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.sees(WAITS)

    def is_for_nobody(_form: KnockForm, who: RadioField) -> None:
        if who.data == "counsellor":
            raise ValidationError("Kuratorn har slutat.")

    monkeypatch.setattr(KnockForm, "validate_who", is_for_nobody, raising=False)
    finds_the_net(phone)
    phone.sees(MEND)
    assert not site.knocks()
    phone.presses("Öppna och ändra")
    phone.sees("Kuratorn har slutat.")
    expect(phone.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value(TEXT)
    phone.chooses("Skolsköterska")
    phone.presses("Knacka på")
    assert phone.heading == "Vi hörde dig."
    assert len(site.knocks()) == 1
    phone.opens("/")
    phone.does_not_see(MEND)


def test_going_back_to_what_was_refused_is_no_new_press(
    phone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser would send it once more, and the phone keep it until it was answered."""

    def is_for_nobody(_form: KnockForm, _field: RadioField) -> None:
        raise ValidationError("Kuratorn har slutat.")

    has_been_here(phone)
    monkeypatch.setattr(KnockForm, "validate_who", is_for_nobody, raising=False)
    phone.opens("/knacka?skola=norrskogen")
    writes(phone)
    phone.presses("Knacka på")
    phone.sees("Kuratorn har slutat.")
    phone.opens("/hjalp-nu")
    with suppress(Error):  # the browser asks whether to send it again
        phone.page.go_back(wait_until="commit")
    phone.page.wait_for_timeout(500)
    phone.was_out_of_reach = True
    phone.opens("/hjalp-nu")
    assert phone.page.evaluate(STORED) == []


@pytest.mark.parametrize("has_id", [True, False])
def test_an_answer_that_was_lost_on_the_way_makes_no_second_knock(
    site: Site, phone: Person, monkeypatch: pytest.MonkeyPatch, has_id: bool
) -> None:
    has_been_here(phone)
    phone.opens("/knacka?skola=norrskogen")
    writes(phone)
    if not has_id:  # from the phone, and its script did not come
        phone.page.locator("#knacka [name=form_id]").evaluate("(field) => { field.value = '' }")
    take_in = site.app.view_functions["door.knock"]
    loses = True

    def broken(connection: socket.socket) -> Iterator[bytes]:
        connection.shutdown(socket.SHUT_RDWR)
        yield b""

    @wraps(take_in)
    def take_in_but_lose_the_answer() -> ResponseReturnValue:
        answer = take_in()
        if not loses or request.method == "GET":
            return answer  # type: ignore[return-value]
        return Response(broken(request.environ["werkzeug.socket"]))

    monkeypatch.setitem(site.app.view_functions, "door.knock", take_in_but_lose_the_answer)
    phone.presses("Knacka på")
    phone.sees(WAITS)
    assert len(site.knocks()) == 1
    loses = False
    phone.opens("/")
    phone.sees(ARRIVED)
    opens_receipt(phone)
    assert len(site.knocks()) == 1


def test_a_phone_that_cannot_keep_it_says_so_and_the_text_is_still_there(phone: Person) -> None:
    has_been_here(phone)
    loses_the_net(phone)
    phone.opens("/knacka?skola=norrskogen")
    writes(phone)
    phone.context.service_workers[0].evaluate("() => { lay = async () => { throw 0; }; }")
    phone.presses("Knacka på")
    assert phone.heading == "Det gick inte att skicka"
    phone.goes_back()
    expect(phone.page.get_by_label("Vill du berätta vad det gäller?")).to_have_value(TEXT)


def test_an_ipad_that_is_left_keeps_nothing_of_what_was_sent(site: Site, device: Device) -> None:
    ipad, own = device(width=820, height=1100), device()
    has_been_here(ipad)
    knocks_without_a_net(ipad)
    finds_the_net(ipad)
    ipad.sees(ARRIVED)
    ipad.opens("/flytta")
    ipad.presses("Visa koden")
    code = ipad.page.locator(".code").inner_text()
    own.opens("/flytta/hit")
    own.types("Koden på den andra mobilen", code)
    own.presses("Hämta hit")
    ipad.sees("Den här mobilen har glömt dem.")
    eventually(lambda: ipad.page.evaluate(STORED) == [])


def test_what_waits_cannot_be_read_from_the_phones_store(phone: Person) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone, "Hemligheten")
    (item,) = phone.page.evaluate(STORED)
    assert "Hemligheten" not in str(item)
    assert "counsellor" not in str(item)


def test_after_a_quick_exit_only_ones_own_page_tells_that_it_waits(
    site: Site, phone: Person
) -> None:
    has_been_here(phone)
    knocks_without_a_net(phone)
    phone.page.evaluate("navigator.sendBeacon('/lamna')")
    phone.opens("/")
    phone.page.wait_for_timeout(300)
    phone.does_not_see(WAITS)
    phone.opens("/mitt")
    phone.sees(WAITS)
    finds_the_net(phone)
    phone.opens("/mitt")
    eventually(site.knocks)
    eventually(lambda: phone.page.evaluate(STORED) == [])
    phone.opens("/mitt")
    phone.sees(re.compile("^Den här mobilen minns inget"))
    phone.does_not_see(ARRIVED)
    assert len(site.knocks()) == 1


def test_a_phone_that_is_told_to_forget_forgets_what_waits_too(site: Site, phone: Person) -> None:
    has_been_here(phone)
    knocks_in_the_app(phone)
    knocks_without_a_net(phone)
    phone.page.route("**/knacka**", lambda route: route.abort())
    finds_the_net(phone)
    phone.opens("/mitt")
    phone.presses("Glöm mina svar på den här mobilen")
    phone.page.wait_for_load_state("networkidle")
    assert phone.page.evaluate(STORED) == []


def test_nothing_of_ones_own_is_in_a_cache(site: Site, phone: Person) -> None:
    has_been_here(phone)
    knocks_in_the_app(phone, text=TEXT)
    receipt = phone.path
    for path in (receipt, "/mitt", "/mitt/kod", "/logga-in", "/installera", "/", "/knacka",
                 "/hjalp-nu", "/finns-inte"):  # fmt: skip
        phone.opens(path)
    phone.opens(receipt)
    phone.types("Vill du skriva något mer?", "Ett ord till.")
    phone.presses("Skicka")
    phone.page.wait_for_load_state("networkidle")
    cached = phone.page.evaluate(CACHED)
    pages = {path for path, _text in cached if not path.startswith("/static/")}
    assert pages == {"/", "/s/norrskogen", "/knacka", "/knacka?skola=norrskogen", "/hjalp-nu",
                     "/sa-funkar-det", "/offline", "/made"}  # fmt: skip
    for path, text in cached:
        assert TEXT not in text, path
        assert not re.search(r'name="(form_id|csrf_token)" value="."', text), path
        assert receipt not in text, path


@pytest.mark.parametrize(
    ("scheme", "width", "forced"),
    [
        pytest.param("dark", 360, False, id="a dark phone"),
        pytest.param("light", 320, False, id="a narrow phone", marks=pytest.mark.trial),
        pytest.param("light", 360, True, id="colours of one's own", marks=pytest.mark.trial),
    ],
)
def test_what_waits_can_be_read_by_everybody(
    device: Device,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    width: int,
    forced: bool,
) -> None:
    """What the phone itself writes: an error, what waits, what has come and what must be mended."""
    phone = device(scheme=scheme, width=width, forced=forced)
    has_been_here(phone)
    loses_the_net(phone)
    phone.opens("/knacka?skola=norrskogen")
    phone.presses("Knacka på")
    phone.page.wait_for_selector("#besked:focus")
    phone.looks()
    writes(phone)
    phone.presses("Knacka på")
    phone.sees(WAITS)
    phone.unfolds("Ta bort")
    phone.looks()
    finds_the_net(phone)
    phone.sees(ARRIVED)
    phone.looks()
    knocks_without_a_net(phone)
    phone.sees(WAITS)

    def is_for_nobody(_form: KnockForm, _field: RadioField) -> None:
        raise ValidationError("Kuratorn har slutat.")

    monkeypatch.setattr(KnockForm, "validate_way", is_for_nobody, raising=False)
    finds_the_net(phone)
    phone.sees(MEND)
    phone.looks()
