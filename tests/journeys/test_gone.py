"""What is forgotten is gone: after each way out, nothing that a person typed or was shown comes
back by any key of the browser. The pages are those of the app's own map; so are the places where a
browser keeps something. A page or a store that is added is tried here, or the build fails."""

import fnmatch
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

from elevhalsa.core import clock
from elevhalsa.domain.consultations import service as consultations
from elevhalsa.domain.knocks.models import Device as DeviceRow
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import StaffSession
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.serving import service as serving
from elevhalsa.extensions import db
from elevhalsa.web import access, leaving
from elevhalsa.web.access import Who
from elevhalsa.web.leaving import Kind, Out
from elevhalsa.work import OPERATOR
from tests.domain.referrals.helpers import an_offer
from tests.pages.every_form import a_consultation

from .conftest import ARGUMENTS, Device
from .person import Pages, Person
from .site import Site, served
from .steps import knocks_in_the_app, signs_in
from .test_every_page import NOT_PAGES

TEXT, TYPED, NUMBER = "Hemligheten om mig.", "Halvskrivet av mig.", "0701740615"
EXPIRY = "expiry"
OF_ALL = [out for out in Out if out not in (Out.SIGN_OUT, Out.LOG_OUT)]
"""The ways out that take a pupil's answers with them; test_eid.py goes by the way out of e-ID."""
OUTS = [*(out.name for out in OF_ALL), EXPIRY]
SAMPLE = {("LEAVE", True, True), ("FORGET", False, False)}
MOST_STEPS = 60

TYPE = f"""() => {{
  for (const field of document.querySelectorAll("textarea, input:not([type=hidden])")) {{
    if (field.type === "radio" || field.type === "checkbox") field.checked = true;
    else field.value = field.type === "tel" ? "{NUMBER}" : field.type === "email"
      ? "hemlig@exempel.invalid" : field.type === "date" || field.type === "time" ? "" : "{TYPED}";
  }}
}}"""
READ = """() => document.documentElement.hidden ? "" : [
  document.body?.innerText ?? "",
  ...[...document.querySelectorAll("input, textarea, select")]
    .filter((field) => field.type !== "hidden" || field.name !== "csrf_token")
    .map((field) => field.type === "checkbox" || field.type === "radio" ? "" : field.value),
].join("\\n")"""
CENSUS = """async () => ({
  database: (await indexedDB.databases?.() ?? []).map(({ name }) => name),
  cache: await caches.keys(),
  session: Object.keys(sessionStorage),
  local: Object.keys(localStorage),
})"""


@pytest.fixture
def site(sqlite_url: str, elsewhere: str) -> Iterator[Site]:
    with served(sqlite_url, quick_exit_url=elsewhere) as site:
        site.make.nurse(site.school)
        site.make.counsellor(site.school)
        yield site


@pytest.fixture(scope="session")
def without_bfcache(driver: Playwright, chromium: str, examined: Path) -> Iterator[Pages]:
    """People whose browser makes each page anew when they go back."""
    browser = driver.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
    yield Pages(browser, examined)
    browser.close()


def addresses(site: Site, who: tuple[Who, ...], **arguments: str) -> list[str]:
    """Of every page of theirs, from the app's own map."""
    rules = access.rules(site.app)
    found = []
    with site.app.test_request_context():
        for rule in site.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES:
                continue
            if rules[rule.endpoint].who not in who:
                continue
            missing = rule.arguments - set(arguments)
            assert not missing, f"say in this test what {missing} of {rule.endpoint} is"
            wanted = {name: arguments[name] for name in rule.arguments}
            found.append(site.app.url_map.bind("localhost").build(rule.endpoint, wanted))
    return sorted(set(found))


def reads(page: Page) -> str:
    """All that stands on the screen, once the page has made up its mind."""
    for _try in range(40):
        with suppress(Error):  # one that the browser had kept is there, and is not loaded again
            page.wait_for_load_state(timeout=500)
        try:
            first = page.evaluate(READ)
            page.wait_for_timeout(60)
            if page.evaluate(READ) == first:
                return str(first)
        except Error:
            page.wait_for_timeout(50)
    raise AssertionError("the page never comes to rest")


def goes_through_the_history(page: Page, secrets: tuple[str, ...]) -> int:
    """Back to the beginning, each page loaded again on the way. Returns how many there were."""
    seen = 0
    for _step in range(MOST_STEPS):
        _is_silent(page, secrets)
        before = page.url
        try:
            page.go_back(wait_until="commit", timeout=5_000)
        except Error as error:
            if "ERR_CACHE_MISS" not in str(error):  # a page that a post gave
                raise
        if page.url == before == "about:blank":
            break
        seen += 1
        _is_silent(page, secrets)
        if seen % 3 == 0 or page.url.startswith("chrome-error"):
            page.reload(wait_until="commit")
    return seen


def _is_silent(page: Page, secrets: tuple[str, ...]) -> None:
    said = reads(page)
    for secret in secrets:
        assert secret not in said, f"{secret} on {page.url}: {said[:400]}"


def leaves(site: Site, pupil: Person, out: str) -> None:
    page = pupil.page
    if out == EXPIRY:
        with site.meanwhile():
            db.session.execute(db.update(DeviceRow).values(expires_at=clock.now()))
        # The half hour is the phone's too.
        page.evaluate(
            """() => { const d = JSON.parse(sessionStorage.utkast ?? "null");
              if (d) sessionStorage.utkast = JSON.stringify({ ...d, at: d.at - 31 * 60e3 }); }"""
        )
        page.reload(wait_until="commit")
        return
    if out == Out.LEAVE.name:
        with page.expect_request("**/lamna"):
            page.get_by_role("link", name="Lämna snabbt").click()
        expect(page).to_have_title("En annan sida")
        return
    page.goto(pupil.base_url + "/mitt")
    if out == Out.CLEAR.name:
        page.get_by_text("Rensa den här mobilen", exact=True).click()
        page.get_by_role("button", name="Rensa allt här").click()
    else:
        page.get_by_role("button", name="Glöm mina svar på den här mobilen").click()
    expect(page.get_by_text("Den här mobilen minns inget.", exact=False)).to_be_visible()


def matrix() -> list[object]:
    return [
        pytest.param(
            out,
            cached,
            js,
            id=f"{out.lower()}-{'bfcache' if cached else 'anew'}-{'js' if js else 'no js'}",
            marks=() if (out, cached, js) in SAMPLE else pytest.mark.trial,
        )
        for out in OUTS
        for cached in (True, False)
        for js in (True, False)
        # Chromium keeps a page for ten minutes, a device is known for thirty: without a script that
        # moves the page's clock there is no way to be where both are true.
        if (out, cached, js) != (EXPIRY, True, False)
    ]


@pytest.mark.parametrize(("out", "cached", "js"), matrix())
def test_nothing_of_a_pupil_comes_back(
    site: Site, device: Device, pages: Pages, request: pytest.FixtureRequest,
    out: str, cached: bool, js: bool,
) -> None:  # fmt: skip
    whose = pages if cached else request.getfixturevalue("without_bfcache")
    context = whose.browser.new_context(
        java_script_enabled=js, viewport={"width": 360, "height": 740}
    )
    pupil = Person(whose, context, site.url, js=js)
    pupil.may_ask.append(request.getfixturevalue("elsewhere"))
    page = pupil.page
    page.goto("about:blank")
    knocks_in_the_app(pupil, text=TEXT)
    knock_id, code = pupil.path.removeprefix("/mitt/"), pupil.page.locator(".code").inner_text()
    pupil.sees(TEXT)
    # A form that was refused lies in the history with the post that it answers.
    page.goto(site.url + "/knacka?skola=norrskogen")
    page.evaluate(TYPE)
    page.evaluate(
        "document.querySelectorAll('#knacka [type=radio]').forEach(r => r.checked = false)"
    )
    page.evaluate("document.querySelector('#knacka').submit()")
    page.wait_for_selector(".error")
    assert TYPED in reads(page)
    known = {"slug": "norrskogen", "knock_id": knock_id, "token": "x" * 22, "age": "under-12"}
    for address in addresses(site, (Who.ANYONE, Who.PUPIL), **known):
        page.goto(site.url + address)
        page.evaluate(TYPE)
    page.goto(f"{site.url}/mitt/{knock_id}")
    page.evaluate(TYPE)
    assert TEXT in reads(page) and code in reads(page)

    leaves(site, pupil, out)
    assert goes_through_the_history(page, (TEXT, TYPED, NUMBER, code)) > 10
    context.close()


def test_a_borrowed_phone_that_nobody_touches_covers_itself(site: Site, phone: Person) -> None:
    phone.page.clock.install()
    knocks_in_the_app(phone, text=TEXT)
    with site.meanwhile():
        db.session.execute(db.update(DeviceRow).values(expires_at=clock.now()))
    phone.page.clock.fast_forward(29 * 60_000)
    phone.sees(TEXT)
    phone.page.clock.fast_forward(3 * 60_000)
    phone.does_not_see(TEXT)
    assert TEXT not in reads(phone.page)
    phone.faults.clear()  # htmx notes that the poll was answered 404, as it should be


@pytest.mark.parametrize(
    ("out", "cached"),
    [
        pytest.param("SIGN_OUT", True, id="signs out-bfcache"),
        *(
            pytest.param(out, cached, id=f"{out.lower()}-{cached}", marks=pytest.mark.trial)
            for out, cached in (("SIGN_OUT", False), (EXPIRY, True), (EXPIRY, False))
        ),
    ],
)
def test_nothing_of_what_staff_saw_comes_back(
    site: Site, pages: Pages, request: pytest.FixtureRequest, out: str, cached: bool
) -> None:
    whose = pages if cached else request.getfixturevalue("without_bfcache")
    me = site.make.counsellor(site.school)
    knock = site.make.knock(site.school, text=TEXT).knock
    context = whose.browser.new_context(viewport={"width": 1280, "height": 800})
    staff = Person(whose, context, site.url, js=True)
    page = staff.page
    page.goto("about:blank")
    signs_in(staff, site, me)
    duties.name(me.municipality, Seat(Duty.DISCLOSURE, me.wall), me, by=OPERATOR)
    serving.add_places(me, me, site.school, [0], starts_at=time(8), ends_at=time(12))
    [place] = serving.places_of(me)
    weekly = standing.put(
        me,
        standing.Wanted(site.school.id, 0, 480, 540, 20, MeetingWay.PHONE, None, None, None),
    )
    asked = consultations.ask(site.school, a_consultation(me.profession)).row
    db.session.commit()
    offer = an_offer(me)
    db.session.commit()
    nobody = "x" * 22
    known = {
        "asker": "pupil",
        "slug": "norrskogen",
        "knock_id": knock.id,
        "place_id": place.id,
        "standing_id": weekly.id,
        "staff_id": me.id,
        "token": nobody,
        "number": nobody,
        "consultation_id": asked.id,
        "offer_id": offer.id,
        "which": "bron",
        "organisation_id": nobody,
    }
    for address in addresses(site, access.NEEDS_SIGN_IN, **known):
        page.goto(site.url + address)
        page.evaluate(TYPE)
    page.goto(f"{site.url}/personal/arende/{knock.id}")
    page.evaluate(TYPE)
    assert TEXT in reads(page)
    if out == EXPIRY:
        with site.meanwhile():
            db.session.execute(
                db.update(StaffSession).values(last_seen_at=clock.now() - timedelta(days=2))
            )
    else:
        page.get_by_role("button", name="Logga ut").click()
        page.wait_for_url(re.compile("/logga-in/"))
        _is_silent(page, (TEXT, TYPED))
        page.go_back(wait_until="commit")
    if out == EXPIRY:
        page.go_back(wait_until="commit")
    assert goes_through_the_history(page, (TEXT, TYPED)) > 5
    context.close()


def census(page: Page, url: str) -> set[tuple[Kind, str]]:
    """Every place where the browser keeps something of ours now."""
    found = {(Kind(kind), name) for kind, names in page.evaluate(CENSUS).items() for name in names}
    return found | {(Kind.COOKIE, c["name"]) for c in page.context.cookies(url)}


def store_of(kind: Kind, name: str) -> leaving.Store:
    for store in leaving.STORES:
        if store.kind is kind and fnmatch.fnmatch(name, store.name):
            return store
    raise AssertionError(f"say in web/leaving.py what takes away {kind} {name}")


@pytest.mark.parametrize("out", OF_ALL)
def test_every_place_that_keeps_something_is_emptied_by_what_it_says(
    site: Site, phone: Person, elsewhere: str, out: Out
) -> None:
    phone.may_ask.append(elsewhere)
    phone.opens("/s/norrskogen")
    phone.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.opens("/installera")
    phone.presses("Ja, göm namnet")
    phone.was_out_of_reach = True
    phone.context.set_offline(True)
    phone.page.goto(site.url + "/knacka?skola=norrskogen")
    phone.chooses("Kurator")
    phone.chooses("Här i appen")
    phone.presses("Knacka på")
    phone.context.set_offline(False)
    knocks_in_the_app(phone, text=TEXT)
    phone.page.goto(site.url + "/knacka?skola=norrskogen")
    phone.page.evaluate(TYPE)
    phone.page.goto(site.url + "/mitt")
    before = census(phone.page, site.url + "/mitt")
    kept = {store_of(kind, name) for kind, name in before}
    assert {store.name for store in kept} >= {"dorr", "kvitto", "osant", "utkast", "dorr-*"}
    leaves(site, phone, out.name)
    phone.page.goto(site.url + "/hjalp-nu")
    phone.page.wait_for_timeout(200)
    after = census(phone.page, site.url + "/mitt")
    left = {(kind, name) for kind, name in after if out in store_of(kind, name).gone_by}
    left -= {(kind, name) for kind, name in left if kind is Kind.DATABASE}  # emptied, see below
    if out is Out.CLEAR:  # a page that is opened anew keeps what pages keep
        left = {(kind, name) for kind, name in left if kind is not Kind.CACHE}
    assert not left
    if out in next(s for s in leaving.STORES if s.name == "osant").gone_by:
        from .test_offline import STORED

        assert phone.page.evaluate(STORED) == []
