"""Pages that refresh themselves: only while somebody looks, and never at the cost of what is
being done on them."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from tests.domain.helpers import propose

from .conftest import Device
from .person import Person
from .site import Site
from .steps import knocks_in_the_app, signs_in

SERVICE_WORKERS = "block"

HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  Object.defineProperty(document, "visibilityState",
    {configurable: true, get: () => hidden ? "hidden" : "visible"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


BEING_PUT_IN = ".htmx-added, .htmx-settling"
"""What is new on the page, for an instant in which htmx does not know it yet."""

REFRESHED = """() => new Promise((done) => {
  document.addEventListener("htmx:afterRequest", () => done(), { once: true });
  htmx.trigger(document.querySelector("[data-refresh]"), "refresh");
})"""


class Refreshes:
    """Counts what htmx asks for."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("request", self._asked)

    def _asked(self, request) -> None:
        self.count += "hx-request" in request.headers


def _answers(staff: Staff, site: Site, text: str) -> None:
    with site.meanwhile():
        (knock,) = site.knocks()
        answering.answer(staff, knock, text, form_id=new_id())


def _passes(page: Page, seconds: int) -> None:
    """Time passes in the page, without anybody waiting for it."""
    page.clock.run_for(seconds * 1000)


def test_an_answer_appears_by_itself(site: Site, phone: Person) -> None:
    me = site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    _answers(me, site, "Hej! Vill du ses?")
    phone.does_not_see("Hej! Vill du ses?")
    _passes(phone.page, 16)
    phone.sees("Hej! Vill du ses?")


def test_a_page_that_nobody_sees_asks_for_nothing_until_it_is_seen_again(
    site: Site, phone: Person
) -> None:
    me = site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    asked = Refreshes(phone.page)
    with phone.page.expect_response(lambda r: "hx-request" in r.request.headers):
        _passes(phone.page, 16)
    assert asked.count == 1
    phone.page.evaluate(HIDE, True)
    _passes(phone.page, 600)
    assert asked.count == 1
    _answers(me, site, "Hej! Vill du ses?")
    phone.page.evaluate(HIDE, False)
    phone.sees("Hej! Vill du ses?")
    assert asked.count <= 1 + 2  # at once, and once more by the clock where the answer is slow


def test_what_is_being_written_stays_while_the_thread_is_refreshed(
    site: Site, phone: Person
) -> None:
    me = site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    phone.types("Vill du skriva något mer?", "Jag är mitt i en")
    _answers(me, site, "Hej! Vill du ses?")
    _passes(phone.page, 16)
    phone.sees("Hej! Vill du ses?")
    written = phone.page.get_by_label("Vill du skriva något mer?")
    expect(written).to_have_value("Jag är mitt i en")
    expect(written).to_be_focused()


def test_a_time_that_was_chosen_but_not_sent_stays_chosen(site: Site, phone: Person) -> None:
    me = site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    start = clock.now() + timedelta(days=3)
    offers = [Offer(start + timedelta(hours=n), 30, MeetingWay.WALK, "grinden") for n in range(2)]
    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, offers)
    phone.reloads()
    first = phone.page.locator("#mote input[type=radio]").first
    phone.page.locator("#mote label").first.click()
    phone.page.locator("#mote").get_by_role("button", name="Svara").focus()
    asked = Refreshes(phone.page)
    _passes(phone.page, 60)
    phone.page.wait_for_timeout(300)
    expect(first).to_be_checked()
    expect(phone.page.locator("#mote").get_by_role("button", name="Svara")).to_be_focused()
    assert asked.count <= 4
    phone.presses("Svara")
    expect(phone.page.locator("#mote input[type=radio]")).to_have_count(0)


def test_a_time_that_was_chosen_stays_chosen_when_a_message_comes(
    site: Site, phone: Person
) -> None:
    me = site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    offers = [Offer(clock.now() + timedelta(days=3), 30, MeetingWay.PHONE, None)]
    with site.meanwhile():
        (knock,) = site.knocks()
        propose(me, knock, offers)
    phone.reloads()
    phone.page.locator("#mote label").first.click()
    phone.page.evaluate("document.activeElement.blur()")
    _answers(me, site, "Säg till om du hellre vill ses ute.")
    _passes(phone.page, 16)
    phone.sees("Säg till om du hellre vill ses ute.")
    expect(phone.page.locator("#mote input[type=radio]").first).to_be_checked()
    expect(phone.page.get_by_role("status")).to_have_text("Det har hänt något nytt här.")


def test_a_page_where_nothing_has_happened_is_not_redrawn(site: Site, phone: Person) -> None:
    """What is drawn again is read out again by a screen reader."""
    site.make.counsellor(site.school)
    phone.page.clock.install()
    knocks_in_the_app(phone)
    part = phone.page.locator("#lage").element_handle()
    for _time in range(2):
        with phone.page.expect_response(lambda r: "hx-request" in r.request.headers) as answer:
            _passes(phone.page, 16)
        assert answer.value.status == 204
    assert part.evaluate("(e) => e.isConnected")


def test_a_new_knock_comes_into_the_inbox_by_itself(site: Site, desk: Person) -> None:
    me = site.make.counsellor(site.school)
    desk.page.clock.install()
    signs_in(desk, site, me)
    expect(desk.page.locator(".knock")).to_have_count(0)
    site.make.knock(site.school)
    _passes(desk.page, 21)
    expect(desk.page.locator(".knock")).to_have_count(1)
    desk.looks()


def test_a_page_that_cannot_refresh_itself_says_so_until_it_can(site: Site, device: Device) -> None:
    me = site.make.counsellor(site.school)
    pupil, desk = device(), device(width=1280)
    knocks_in_the_app(pupil)
    signs_in(desk, site, me)
    told = "Sidan når inte oss just nu. Det som står här kan vara gammalt."
    for person in (pupil, desk):
        person.was_out_of_reach = True
        note = person.page.get_by_text(told)
        expect(note).to_be_hidden()
        for fault in (lambda route: route.fulfill(status=503), lambda route: route.abort()):
            person.page.route("**/*", fault)
            person.page.evaluate(HIDE, False)
            expect(note).to_be_visible()
            person.page.unroute("**/*")
            person.page.evaluate(HIDE, False)
            expect(note).to_be_hidden()
            expect(person.page.locator(BEING_PUT_IN)).to_have_count(0)
        # By the server's clock, whatever the phone's says.
        at = {"Date": "Mon, 23 Nov 2026 13:05:00 GMT"}
        for answer in ({"status": 204, "headers": at}, {"status": 503}):
            person.page.route("**/*", lambda route, _asked, answer=answer: route.fulfill(**answer))
            person.page.evaluate(REFRESHED)
        expect(note).to_have_text(f"{told} Senast hämtat kl. 14.05.")


def test_a_colleague_who_opens_the_page_is_told_of_by_itself(site: Site, device: Device) -> None:
    mine, theirs = device(width=360), device(width=1280, height=800)
    mine.page.clock.install()
    with site.meanwhile():
        me = site.make.counsellor(site.school)
        colleague = site.make.counsellor(site.school)
        knock = site.make.knock(site.school).knock
    signs_in(mine, site, me)
    mine.opens(f"/personal/arende/{knock.id}")
    here = mine.page.get_by_text("har också det här öppet")
    expect(here).to_have_count(0)
    signs_in(theirs, site, colleague)
    with theirs.page.expect_response(lambda r: r.url.endswith("/last")):
        theirs.opens(f"/personal/arende/{knock.id}")
    theirs.sees(re.compile(", kurator, har också det här öppet"))
    _passes(mine.page, 46)
    expect(here).to_be_visible()
    mine.looks()


OLD = "for (const said of document.querySelectorAll('[data-now]')) said.textContent = 'gammalt'"


def _comes_back_to_the_tab(phone: Person, seconds: int) -> None:
    phone.page.evaluate(HIDE, True)
    _passes(phone.page, seconds)
    phone.page.evaluate(HIDE, False)


def test_a_page_left_in_a_tab_does_not_say_what_was_true_then(site: Site, phone: Person) -> None:
    site.app.test_cli_runner().invoke(args=["crisis", "import"])
    site.make.counsellor(site.school)
    phone.page.clock.install()
    phone.opens("/s/norrskogen")
    phone.page.evaluate(OLD)
    _comes_back_to_the_tab(phone, 61)
    phone.sees(re.compile("^Knackar du nu"))
    phone.does_not_see("gammalt")

    phone.opens("/hjalp-nu")
    phone.sees(re.compile(r"^Så är det öppet kl\. \d\d\.\d\d\.$"))
    phone.unfolds("Jag mår dåligt")
    count = phone.page.get_by_text("Öppet nu").count()
    assert count
    phone.page.evaluate(OLD)
    _comes_back_to_the_tab(phone, 61)
    expect(phone.page.get_by_text("Öppet nu")).to_have_count(count)
    expect(phone.page.locator("details[open] a[href='tel:90101']")).to_be_visible()

    phone.was_out_of_reach = True
    phone.context.set_offline(True)
    _comes_back_to_the_tab(phone, 61)
    expect(phone.page.locator("[data-now]")).to_have_count(0)
    expect(phone.page.locator("details[open] a[href='tel:90101']")).to_be_visible()
