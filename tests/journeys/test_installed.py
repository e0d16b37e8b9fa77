"""On the home screen: the browser finds it fit to install, the look can be discreet, a new version
takes over while a page is open, a notice shows only what it says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, expect

from elevhalsa.pages.pwa import service_worker
from elevhalsa.web import front
from tests.running import eventually

from .conftest import ARGUMENTS, Device
from .messages import delivers
from .person import Pages, Person
from .site import Site, served
from .steps import knocks_in_the_app

CONTROLLED = "() => navigator.serviceWorker.controller !== null"
VERSION = """async () => (await (await fetch('/sw.js', { cache: 'no-store' })).text())
  .match(/VERSION = "(.+?)"/)[1]"""
UPDATE = """async () => {
  const changed = new Promise((done) => navigator.serviceWorker.addEventListener(
    "controllerchange", done, { once: true }));
  await (await navigator.serviceWorker.ready).update();
  await changed;
}"""
ACTIVE = """async (version) => {
  const all = await navigator.serviceWorker.ready;
  await all.update();
  const kept = await caches.match("/sa-funkar-det", { cacheName: `dorr-${version}` });
  return kept && !all.installing && !all.waiting && all.active.state === "activated";
}"""
CACHES = "async () => (await caches.keys()).map((name) => name.replace('dorr-', ''))"
NOTICES = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
  ({ title, body, lang, tag, renotify, icon, data }) =>
    ({ title, body, lang, tag, renotify, icon, data }))"""
OFFER = """() => {
  const offer = new Event("beforeinstallprompt", { cancelable: true });
  offer.prompt = async () => { window.asked = (window.asked ?? 0) + 1; };
  window.dispatchEvent(offer);
  return offer.defaultPrevented;
}"""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    with served(sqlite_url) as site:
        site.make.nurse(site.school)
        site.make.counsellor(site.school)
        yield site


def comes(person: Person, path: str = "/s/norrskogen") -> CDPSession:
    person.opens(path)
    person.page.wait_for_function(CONTROLLED)
    return person.context.new_cdp_session(person.page)


def manifest_of(session: CDPSession) -> tuple[str, dict[str, Any]]:
    """As the browser has read it; it must have nothing to complain of."""
    told = session.send("Page.getAppManifest")
    assert told["errors"] == []
    return told["url"], json.loads(told["data"])


@pytest.fixture
def own_profile(driver: Playwright, chromium: str, tmp_path: Path) -> Iterator[Page]:
    """A window that is not private: in a private one nothing can be installed."""
    context = driver.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=chromium, args=list(ARGUMENTS)
    )
    yield context.pages[0]
    context.close()


@pytest.mark.parametrize("discreet", [False, True])
def test_the_browser_finds_it_fit_to_install(site: Site, own_profile: Page, discreet: bool) -> None:
    page = own_profile
    page.goto(f"{site.url}/installera")
    if discreet:
        page.get_by_role("button", name="Ja, göm namnet").click()
        page.get_by_role("button", name="Visa namnet igen").wait_for()
    for path in ("/s/norrskogen", "/hjalp-nu", "/installera"):
        page.goto(site.url + path)
        page.wait_for_function(CONTROLLED)
        session = page.context.new_cdp_session(page)
        assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        assert session.send("Page.getAppId")["appId"] == f"{site.url}/"


def test_a_schools_app_starts_at_the_school(phone: Person) -> None:
    _address, manifest = manifest_of(comes(phone))
    assert manifest["start_url"] == "/s/norrskogen"
    _address, manifest = manifest_of(comes(phone, "/hjalp-nu"))
    assert manifest["start_url"] == "/s/norrskogen", "the school that was chosen last"


def test_the_discreet_look_is_neutral_wherever_the_phone_shows_it(phone: Person) -> None:
    comes(phone)
    phone.opens("/installera")
    phone.presses("Ja, göm namnet")
    phone.sees("Nu heter den Anteckningar och har ett papper som bild.")
    for path in ("/", "/knacka", "/hjalp-nu", "/mitt", "/installera", "/offline"):
        session = comes(phone, path)
        _address, manifest = manifest_of(session)
        told = json.dumps(manifest, ensure_ascii=False)
        assert manifest["name"] == manifest["short_name"] == "Anteckningar"
        assert manifest["id"] == "/"
        assert not re.search("hälsa|svar|[Kk]nacka på|door-", told)
        assert phone.page.title() == "Sida – Anteckningar"
        head = phone.page.locator("head")
        for icon in head.locator("link[rel*=icon]").all():
            assert "/notes" in (icon.get_attribute("href") or "")
        name = head.locator("meta[name=apple-mobile-web-app-title]")
        assert name.get_attribute("content") == "Anteckningar"
    phone.opens("/installera")
    phone.presses("Visa namnet igen")
    _address, manifest = manifest_of(comes(phone))
    assert manifest["name"] == "Elevhälsa online"
    assert phone.page.title().endswith("– Elevhälsa online")


def test_the_discreet_look_holds_without_a_net_too(phone: Person) -> None:
    comes(phone)
    phone.opens("/installera")
    phone.presses("Ja, göm namnet")
    known = phone.page.evaluate(VERSION)
    eventually(lambda: phone.page.evaluate(ACTIVE, known))
    phone.context.set_offline(True)
    phone.opens("/")
    assert phone.page.title() == "Sida – Anteckningar"


def test_installing_is_offered_after_the_receipt_and_never_before(phone: Person) -> None:
    for path in ("/", "/s/norrskogen", "/knacka"):
        phone.opens(path)
        assert phone.page.locator("a[href='/installera']").count() == 0
        assert phone.page.evaluate(OFFER), "the browser's own bar is held back"
    knocks_in_the_app(phone)
    phone.unfolds("Byta mobil, eller lägga på hemskärmen")
    phone.follows("Lägg Elevhälsa online på hemskärmen")
    assert phone.path == "/installera"


def test_the_browsers_own_question_waits_for_a_press(phone: Person) -> None:
    phone.opens("/installera")
    button = phone.page.get_by_role("button", name="Lägg till nu")
    expect(button).to_be_hidden()
    phone.page.evaluate(OFFER)
    assert phone.page.evaluate("window.asked") is None
    button.click()
    expect(button).to_be_hidden()
    assert phone.page.evaluate("window.asked") == 1
    phone.page.evaluate("window.dispatchEvent(new Event('appinstalled'))")
    phone.sees("Klart. Den finns på din hemskärm.")


def test_the_steps_of_the_own_browser_stand_first(site: Site, pages: Pages) -> None:
    for agent, first in ((IPHONE, "iphone"), ("X (Android 15) SamsungBrowser/28.0", "samsung"),
                         ("X (Android 15; rv:145.0) Firefox/145.0", "firefox"),
                         ("X (Linux; Android 15) Chrome/142.0", "chrome")):  # fmt: skip
        context = pages.browser.new_context(user_agent=agent, service_workers="block")
        page = context.new_page()
        page.goto(f"{site.url}/installera")
        opened = page.locator("#sorter > details[open]")
        expect(opened).to_have_count(1)
        expect(opened).to_have_id(first)
        expect(page.locator("#sorter > details")).to_have_count(5)
        expect(page.locator("#sorter > details").first).to_have_id(first)
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("with_js", [True, False])
def test_every_step_can_be_read_by_everybody(device: Device, scheme: str, with_js: bool) -> None:
    person = device(js=with_js, scheme=scheme)
    person.opens("/installera")
    for kind in person.page.locator("#sorter > details").all():
        if kind.get_attribute("open") is None:
            kind.locator("summary").click()
    person.looks()
    person.opens("/offline")


def _another_version(site: Site, number: str) -> None:
    """As after a deploy: a new version, and nothing in the processes' memory."""
    site.app.config[service_worker.ANOTHER_VERSION] = number
    with site.app.app_context():
        front.memory().clear()


def test_a_new_version_takes_over_while_a_page_is_open(
    site: Site, phone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(phone)
    first = phone.page.evaluate(VERSION)
    fewer = service_worker.ASSETS[:-1]
    monkeypatch.setattr(service_worker, "ASSETS", fewer)
    _another_version(site, "2")
    second = phone.page.evaluate(VERSION)
    assert second != first
    phone.page.evaluate(UPDATE)
    _has_kept(phone, {first, second})

    # The page of the first version still gets a file that the second knows nothing of.
    phone.context.set_offline(True)
    script = phone.page.locator("script[data-offline]").get_attribute("data-offline")
    assert phone.page.evaluate("(src) => fetch(src).then((answer) => answer.status)", script) == 200
    phone.follows("Knacka på utan att logga in")
    assert phone.heading == "Knacka på"
    phone.context.set_offline(False)

    _another_version(site, "3")
    third = phone.page.evaluate(VERSION)
    phone.page.evaluate(UPDATE)
    phone.opens("/hjalp-nu")
    _has_kept(phone, {second, third})


def _has_kept(person: Person, versions: set[str]) -> None:
    eventually(lambda: set(person.page.evaluate(CACHES)) == versions)


def test_an_unchanged_worker_is_not_installed_again(phone: Person) -> None:
    comes(phone)
    assert phone.page.evaluate(VERSION) == phone.page.evaluate(VERSION)
    waits = """async () => {
      const all = await navigator.serviceWorker.ready;
      await all.update();
      return [all.installing, all.waiting];
    }"""
    assert phone.page.evaluate(waits) == [None, None]


def test_a_push_shows_its_own_words_and_nothing_else(phone: Person) -> None:
    comes(phone)
    phone.context.grant_permissions(["notifications"], origin=phone.base_url)
    told = {
        "web_push": 8030,
        "notification": {
            "title": "Anteckningar",
            "body": "Du har ett svar",
            "navigate": f"{phone.base_url}/mitt",
            "lang": "sv",
            "tag": "svar",
            "app_badge": "2",
        },
        "app_badge": 2,
    }
    worker = phone.context.service_workers[0]
    worker.evaluate("navigator.setAppBadge = async (count) => { globalThis.badge = count; }")
    delivers(phone, json.dumps(told) + " " * 400)
    assert worker.evaluate("badge") == 2
    (shown,) = phone.page.evaluate(NOTICES)
    assert (shown["title"], shown["body"]) == ("Anteckningar", "Du har ett svar")
    assert (shown["lang"], shown["tag"], shown["renotify"]) == ("sv", "svar", True)
    assert shown["data"] == {"url": f"{phone.base_url}/mitt"}
    assert "/static/icons/door-any-192" in shown["icon"]
