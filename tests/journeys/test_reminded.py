"""From a tap on a phone to a neutral line on its lock screen, and from there to the right page.

Chromium's own push service is out of reach here, so the browser's ``subscribe`` is answered with a
subscription at the test's push service, which reads what it is sent; what it read is then handed
to the real service worker through the DevTools protocol, as the browser would.
"""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Worker, expect

from elevhalsa.core.crypto import new_id
from elevhalsa.core.vapid import new_key, vapid
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests.push_service import Browser as Subscribed
from tests.push_service import PushService, Received, open_push_service
from tests.running import eventually
from workers import jobs

from .conftest import Device
from .messages import delivers
from .person import Person
from .site import Site, served
from .steps import knocks_in_the_app, signs_in

PUSHES = """([endpoint, p256dh, auth]) => {
  const made = (options) => ({
    endpoint,
    options: { applicationServerKey: options.applicationServerKey },
    toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
    unsubscribe: async () => { sessionStorage.removeItem("pushed"); return true; },
  });
  const key = () => Uint8Array.from(JSON.parse(sessionStorage.pushed)).buffer;
  PushManager.prototype.subscribe = async (options) => {
    const asked = JSON.stringify([...options.applicationServerKey]);
    if ((sessionStorage.pushed ?? asked) !== asked) throw new DOMException("", "InvalidStateError");
    if (!options.userVisibleOnly) throw new Error("userVisibleOnly");
    sessionStorage.pushed = JSON.stringify([...options.applicationServerKey]);
    return made({ applicationServerKey: key() });
  };
  PushManager.prototype.getSubscription = async () =>
    sessionStorage.pushed ? made({ applicationServerKey: key() }) : null;
}"""
SHOWN = """async () => {
  const all = await (await navigator.serviceWorker.ready).getNotifications();
  return all.map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }));
}"""
TAP = """async () => {
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""
SECRET = "Rum 12 i morgon, Elev Ett."


@pytest.fixture
def push_service() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service


@pytest.fixture
def site(sqlite_url: str, push_service: PushService) -> Iterator[Site]:
    settings = {
        "vapid_keys": [new_key()],
        "vapid_subject": "mailto:drift@exempel.invalid",
        "push_services": [push_service.origin],
    }
    with served(sqlite_url, **settings) as site:
        yield site


def can_be_reminded(person: Person, push_service: PushService) -> None:
    """The browser's part of Web Push, at the test's push service."""
    assert vapid.newest
    browser = push_service.subscribe(vapid.newest.public)
    person.context.add_init_script(f"({PUSHES})({json.dumps(keys_of(browser))})")
    person.context.add_init_script("navigator.setAppBadge = async (count) => { badge = count; }")
    person.context.grant_permissions(["notifications"], origin=person.base_url)


def keys_of(browser: Subscribed) -> list[str]:
    return [browser.endpoint, browser.p256dh, browser.auth]


def reminded(pupil: Person, push_service: PushService) -> None:
    can_be_reminded(pupil, push_service)
    knocks_in_the_app(pupil)
    pupil.opens("/push/")
    with pupil.page.expect_navigation():
        pupil.page.get_by_role("button", name="Säg till när jag får svar").click()
    pupil.sees("Påminnelser är på här.")


def turns_on(desk: Person) -> None:
    desk.opens("/personal/paminnelser")
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Slå på påminnelser").click()
    desk.sees("Påminnelser är på här.")


def worker_asks_of(person: Person, browser: Subscribed) -> Worker:
    """The service worker's view of the browser, with a subscription that is not made yet. It has
    not looked how that stands for long."""
    worker = person.context.service_workers[0]
    given = f"(keys) => {{ globalThis.sessionStorage = {{}}; ({PUSHES})(keys); checked = 0; }}"
    worker.evaluate(given, keys_of(browser))
    return worker


def sends(push_service: PushService, wanted: int) -> list[Received]:
    """The worker's rounds: a notice becomes a row for each browser, and each is sent."""
    db.session.rollback()
    for _round in range(3):
        jobs.flush_outbox()
    assert push_service.faults == []
    assert len(push_service.accepted) == wanted
    return push_service.accepted


def test_a_pupil_is_told_of_an_answer_and_a_tap_opens_it(
    device: Device, site: Site, push_service: PushService
) -> None:
    counsellor = site.make.counsellor(site.school)
    pupil = device()
    can_be_reminded(pupil, push_service)
    knocks_in_the_app(pupil)
    receipt = pupil.path
    pupil.follows("Säg till när jag får svar")
    assert push_service.attempts == 0
    expect(pupil.page.locator("[data-browser]")).to_have_count(0)
    with pupil.page.expect_navigation():
        pupil.page.get_by_role("button", name="Säg till när jag får svar").click()
    pupil.looks()
    pupil.sees("Påminnelser är på här.")
    expect(pupil.page.locator("[data-browser]")).to_have_count(1)

    with site.meanwhile():
        answering.answer(counsellor, site.knocks()[0], SECRET, form_id=new_id())
        row = reminders.list_for(_device_of(site))[0]
        reminders.set_quiet(row, None, None)
    [received] = sends(push_service, 1)
    assert SECRET not in received.plain.decode()
    assert received.headers["urgency"] == "high"

    pupil.opens("/hjalp-nu")
    delivers(pupil, received.plain.decode())
    [shown] = pupil.page.evaluate(SHOWN)
    assert (shown["title"], shown["body"]) == ("Påminnelse", "Du har ett svar")
    worker = pupil.context.service_workers[0]
    with pupil.page.expect_navigation(url=f"**{receipt}"):
        worker.evaluate(TAP)
    pupil.looks()
    pupil.sees(SECRET)
    assert pupil.page.evaluate("badge") == 0, "what was unread has been read"


def _device_of(site: Site):
    from elevhalsa.domain.knocks.models import Device as Row

    return db.session.scalars(db.select(Row)).one()


def test_a_tap_on_a_notice_takes_nobody_from_what_they_write(
    device: Device, site: Site, push_service: PushService
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    reminded(pupil, push_service)
    pupil.opens("/knacka?skola=norrskogen")
    pupil.types("Vill du berätta vad det gäller?", "Halvt skrivet")
    worker = pupil.context.service_workers[0]
    worker.evaluate("clients.openWindow = async (address) => { globalThis.opened = address; }")
    worker.evaluate(
        """async (url) => {
          await registration.showNotification("Påminnelse", { data: { url } });
          const [notification] = await registration.getNotifications();
          dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }""",
        f"{pupil.base_url}/mitt",
    )
    eventually(lambda: worker.evaluate("globalThis.opened") == f"{pupil.base_url}/mitt")
    text = pupil.page.get_by_label("Vill du berätta vad det gäller?")
    expect(text).to_have_value("Halvt skrivet")


def test_reminders_can_be_turned_off_again(
    device: Device, site: Site, push_service: PushService
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    reminded(pupil, push_service)
    pupil.presses("Ta bort de här påminnelserna")
    expect(pupil.page.get_by_role("button", name="Säg till när jag får svar")).to_be_visible()
    assert reminders.list_for(_device_of(site)) == []


def test_a_browser_that_was_told_no_says_how_to_change_it(
    device: Device, site: Site, push_service: PushService
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    pupil.context.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
    )
    knocks_in_the_app(pupil)
    pupil.opens("/push/")
    pupil.sees("Mobilen säger nej till påminnelser från oss.")


def test_an_iphone_is_shown_the_way_over_the_home_screen(
    device: Device, site: Site, push_service: PushService
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    pupil.context.add_init_script(
        "delete window.PushManager;"
        "Object.defineProperty(navigator, 'userAgent', { get: () => 'iPhone' })"
    )
    knocks_in_the_app(pupil)
    pupil.opens("/push/")
    pupil.sees("På iPhone och iPad måste du först lägga sidan på hemskärmen.")


def test_staff_are_told_of_a_knock(device: Device, site: Site, push_service: PushService) -> None:
    counsellor = site.make.counsellor(site.school)
    desk = device(width=1280, height=800)
    can_be_reminded(desk, push_service)
    signs_in(desk, site, counsellor)
    turns_on(desk)
    desk.looks()
    knocks_in_the_app(device())
    [received] = sends(push_service, 1)
    assert received.notification["body"] == "Något nytt väntar på svar"
    assert received.notification["navigate"].startswith(f"{desk.base_url}/personal/")
    desk.opens("/personal/inkorg")
    assert desk.page.evaluate("badge") == int(received.notification["app_badge"]) == 1


@pytest.mark.parametrize("told_by", ["the app opens", "the browser"])
def test_a_phone_whose_push_service_let_go_is_reminded_again(
    device: Device, site: Site, push_service: PushService, told_by: str
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    reminded(pupil, push_service)
    before = reminders.list_for(_device_of(site))[0].endpoint
    with site.meanwhile():
        reminders.forget_gone(reminders.list_for(_device_of(site))[0])

    assert vapid.newest
    newer = push_service.subscribe(vapid.newest.public)
    worker = worker_asks_of(pupil, newer)
    pupil.context.clear_cookies(name="session")  # the browser was closed since
    if told_by == "the app opens":
        pupil.opens("/s/norrskogen")
    else:
        worker.evaluate("dispatchEvent(new ExtendableEvent('pushsubscriptionchange'))")

    def is_back() -> bool:
        db.session.rollback()
        [row] = reminders.list_for(_device_of(site))
        return row.endpoint == newer.endpoint != before and row.gone_at is None

    eventually(is_back)
    pupil.opens("/push/")
    pupil.sees("Påminnelser är på här.")


def test_a_key_that_was_exchanged_is_taken_up_by_the_phone(
    device: Device, site: Site, push_service: PushService
) -> None:
    site.make.counsellor(site.school)
    pupil = device()
    reminded(pupil, push_service)
    vapid.configure([new_key()])
    assert vapid.newest
    pupil.opens("/push/")
    pupil.sees("Påminnelser är på här.")
    db.session.rollback()
    [row] = reminders.list_for(_device_of(site))
    assert row.vapid_key_id == vapid.newest.id


def test_a_pupils_reminders_and_those_of_staff_do_not_take_turns(
    device: Device, site: Site, push_service: PushService
) -> None:
    counsellor = site.make.counsellor(site.school)
    both = device(width=1280, height=800)
    reminded(both, push_service)
    signs_in(both, site, counsellor)
    both.opens("/personal/paminnelser")
    expect(both.page.get_by_role("button", name="Slå på påminnelser")).to_be_visible()
    db.session.rollback()
    assert len(reminders.list_for(_device_of(site))) == 1, "looking has changed nothing"
    turns_on(both)
    both.opens("/push/")
    expect(both.page.get_by_role("button", name="Säg till när jag får svar")).to_be_visible()
    both.opens("/personal/paminnelser")
    both.sees("Påminnelser är på här.")


def test_staff_who_are_not_signed_in_here_are_not_taken_for_gone(
    device: Device, site: Site, push_service: PushService
) -> None:
    counsellor = site.make.counsellor(site.school)
    desk = device(width=1280, height=800)
    can_be_reminded(desk, push_service)
    signs_in(desk, site, counsellor)
    turns_on(desk)
    desk.context.clear_cookies()
    assert vapid.newest
    newer = push_service.subscribe(vapid.newest.public)
    worker = worker_asks_of(desk, newer)
    worker.evaluate("checkReminders()")
    with site.meanwhile():
        [row] = reminders.list_for(counsellor)
    assert row.gone_at is None
    assert row.endpoint != newer.endpoint
