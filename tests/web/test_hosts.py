"""Which municipality answers at which host: two with a host of their own, one at the shared host,
and nobody anywhere else."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa import create_app
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.meetings import feed
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.places import service as places
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.places.service import Change
from elevhalsa.extensions import db
from elevhalsa.web import access, front
from elevhalsa.web.access import Who
from tests.conftest import settings_for
from tests.factories import Make
from tests.pages.browser import Browser

SHARED = "http://127.0.0.1:8000"
NORTH, SOUTH = "http://norr.exempel.invalid:8000", "http://dorr.soder.invalid:8000"
UNKNOWN = "http://nagon.annan.invalid:8000"


@dataclass
class Country:
    """North and south have hosts of their own, west has none. Each has a school ``ekskolan``."""

    north: Municipality
    south: Municipality
    west: Municipality
    schools: dict[str, School]

    @property
    def names(self) -> list[str]:
        return [place.name for place in (self.north, self.south, self.west)] + [
            school.name for school in self.schools.values()
        ]


@pytest.fixture
def country(make: Make) -> Country:
    north = make.municipality(name="Norrkommun", slug="norr", host="norr.exempel.invalid")
    south = make.municipality(name="Söderkommun", slug="soder", host="dorr.soder.invalid")
    west = make.municipality(name="Västerkommun", slug="vaster")
    schools = {
        place.slug: make.school(
            municipality_id=place.id, slug="ekskolan", name=f"Ekskolan i {place.slug}"
        )
        for place in (north, south, west)
    }
    return Country(north, south, west, schools)


def at(app: Flask, base_url: str) -> Browser:
    return Browser(app.test_client(), base_url=base_url)


def forget_snapshot(app: Flask) -> None:
    """What a command changes is seen within half a minute; tests do not wait."""
    app.extensions["elevhalsa_directory"].clear()
    front.memory().clear()


def addresses(html: str) -> set[str]:
    """Where a public page says that it and its service are."""
    found = re.findall(r'rel="canonical" href="([^"]+)|og:url" content="([^"]+)', html)
    found += re.findall(r'"(?:url|serviceUrl)": "([^"]+)()', html)
    return {one or other for one, other in found}


# --- whose host it is ----------------------------------------------------------------------------


def test_the_same_slug_is_another_school_at_another_host(app, country):
    for base, name in ((NORTH, "norr"), (SOUTH, "soder"), (SHARED, "vaster")):
        page = at(app, base).get("/s/ekskolan")
        assert (page.status, f"Ekskolan i {name}" in page.text) == (200, True), base


@pytest.mark.parametrize("spelled", ["NORR.Exempel.Invalid:8000", "norr.exempel.invalid.:8000"])
def test_a_host_is_the_same_however_it_is_written(app, country, spelled):
    page = at(app, f"http://{spelled}").get("/s/ekskolan")
    assert "Ekskolan i norr" in page.text


def test_a_page_gives_the_own_address_of_its_municipality(app, country):
    for base in (NORTH, SOUTH, SHARED):
        browser = at(app, base)
        page = browser.get("/s/ekskolan")
        assert {a.partition("/s/")[0].rstrip("/") for a in addresses(page.html)} == {base}
        for path in ("/", "/knacka", "/hjalp-nu", "/sa-funkar-det", "/integritet", "/installera"):
            shown = addresses(browser.get(path).html)
            assert shown, path
            assert all(address.startswith(f"{base}/") for address in shown), (path, shown)


def test_a_host_lists_its_own_pages_to_search_engines(app, country):
    for base in (NORTH, SOUTH, SHARED):
        browser = at(app, base)
        sitemap = browser.send("GET", "/sitemap.xml").get_data(as_text=True)
        listed = re.findall(r"<loc>([^<]+)</loc>", sitemap)
        assert all(address.startswith(f"{base}/") for address in listed)
        assert [address for address in listed if "/s/" in address] == [f"{base}/s/ekskolan"]
        robots = browser.send("GET", "/robots.txt").get_data(as_text=True)
        assert robots.endswith(f"Sitemap: {base}/sitemap.xml")


def test_at_the_shared_host_one_picks_a_municipality_and_may_be_led_to_its_own_host(app, country):
    page = at(app, SHARED).get("/")
    assert page.link("Norrkommun") == f"{NORTH}/"
    assert page.link("Västerkommun") == "/?kommun=vaster"
    assert "Ekskolan i vaster" in at(app, SHARED).get("/?kommun=vaster").text
    led = at(app, SHARED).send("GET", "/?kommun=norr")
    assert (led.status_code, led.location) == (303, f"{NORTH}/")
    # At an own host no other can be picked, or is named.
    page = at(app, NORTH).get("/?kommun=vaster")
    assert "Ekskolan i norr" in page.text
    assert not any(name in page.html for name in ("Väster", "Söder", "vaster"))


def test_the_remembered_school_is_this_host_s(app, country):
    client = app.test_client()
    for domain in ("norr.exempel.invalid", "dorr.soder.invalid", "nagon.annan.invalid"):
        client.set_cookie("skola", "ekskolan", domain=domain)
    for base, name in ((NORTH, "norr"), (SOUTH, "soder")):
        assert f"Ekskolan i {name}" in Browser(client, base_url=base).get("/").text


# --- addresses that were printed -----------------------------------------------------------------


def test_a_printed_address_leads_to_the_school_s_new_one_at_the_same_host(app, country):
    for place, base in ((country.north, NORTH), (country.west, SHARED)):
        places.rename_school(place, country.schools[place.slug], "linden")
        db.session.commit()
        forget_snapshot(app)
        browser = at(app, base)
        led = browser.send("GET", "/s/ekskolan?skal=1")
        assert (led.status_code, led.location) == (308, "/s/linden?skal=1")
        assert led.headers["Cache-Control"] == "no-store"  # it may be called so again
        assert f"Ekskolan i {place.slug}" in browser.get("/s/ekskolan").text
        assert f"Ekskolan i {place.slug}" in browser.get("/knacka?skola=ekskolan").text
    assert at(app, SOUTH).get("/s/ekskolan").status == 200
    assert at(app, SOUTH).get("/s/linden").status == 404


def test_a_poster_from_before_the_own_host_still_leads_to_the_school(app, country):
    west = country.west
    places.set_municipality(west, host="vast.exempel.invalid")
    db.session.commit()
    forget_snapshot(app)
    page = at(app, SHARED).get("/s/ekskolan")
    assert "Ekskolan i vaster" in page.text
    assert addresses(page.html) >= {"http://vast.exempel.invalid:8000/s/ekskolan"}
    assert at(app, "http://vast.exempel.invalid:8000").get("/s/ekskolan").status == 200
    # To choose another school is to go where all of them are.
    browser = at(app, SHARED)
    browser.get("/s/ekskolan")
    led = browser.send("GET", "/?byt=1")
    assert (led.status_code, led.location) == (303, "http://vast.exempel.invalid:8000/")
    assert "Ekskolan i vaster" in browser.get("/").text


def test_a_closed_school_s_poster_leads_to_its_successor_or_to_the_choice_of_another(
    app, country, make
):
    place, old = country.north, country.schools["norr"]
    make.school(municipality_id=place.id, slug="bjorken", name="Björkskolan")

    def close(successor: str | None) -> Change:
        change = places.put_school(
            place, old.slug, name=old.name, form=old.form, town=None, active=False,
            successor=successor,
        )  # fmt: skip
        db.session.commit()
        forget_snapshot(app)
        return change

    close(None)
    page = at(app, NORTH).get("/s/ekskolan")
    assert "Ekskolan i norr har stängt. Välj den skola som du går på nu." in page.text
    assert page.link("Björkskolan") == "/s/bjorken"
    assert f"{NORTH}/" in addresses(page.html)
    close("bjorken")
    browser = at(app, NORTH)
    led = browser.send("GET", "/s/ekskolan")
    assert (led.status_code, led.location) == (308, "/s/bjorken")
    assert "Björkskolan" in browser.get("/s/ekskolan").text


# --- staff ---------------------------------------------------------------------------------------


@pytest.fixture
def everywhere(make: Make, country: Country) -> dict[str, Staff]:
    """One counsellor who works in all three municipalities, under one address."""
    first = make.staff(
        Profession.COUNSELLOR, [country.schools["norr"]], municipality_id=country.north.id
    )
    same = {"email": first.email, "email_hash": first.email_hash}
    return {"norr": first} | {
        place.slug: make.staff(
            Profession.COUNSELLOR, [country.schools[place.slug]], municipality_id=place.id, **same
        )
        for place in (country.south, country.west)
    }


def test_a_sign_in_at_an_own_host_is_to_that_municipality_and_at_the_shared_one_to_each(
    app, country, everywhere
):
    app.config["SETTINGS"].mail_url = "smtp://127.0.0.1:1"

    def asked(base: str, email: str) -> tuple[str, set[str | None]]:
        db.session.query(Notice).delete()
        db.session.commit()
        browser = at(app, base)
        browser.get("/logga-in/")
        page = browser.submit("/logga-in/", email=email)
        rows = db.session.scalars(select(Notice).where(Notice.kind == Kind.SIGN_IN_LINK))
        answer = re.sub(r'value="[^"]*"', "", page.html)
        return answer, {row.staff_id for row in rows}

    ids = {slug: staff.id for slug, staff in everywhere.items()}
    address = everywhere["norr"].email
    answer, receivers = asked(SHARED, address)
    assert receivers == set(ids.values())
    assert asked(SHARED, "ingen@exempel.invalid") == (answer, set())
    for base, slug in ((NORTH, "norr"), (SOUTH, "soder")):
        answer, receivers = asked(base, address)
        assert receivers == {ids[slug]}
        assert asked(base, "ingen@exempel.invalid") == (answer, set())


def test_a_link_signs_in_at_the_own_host_and_at_the_shared_one_but_not_at_another_s(
    app, country, everywhere
):
    token = people.make_link(everywhere["norr"])
    db.session.commit()
    abroad = at(app, SOUTH)
    assert abroad.get(f"/logga-in/lank/{token}").status == 410
    home = at(app, NORTH)
    home.get(f"/logga-in/lank/{token}")
    assert home.submit(token).url == "/personal/inkorg"
    shared = at(app, SHARED)
    shared.sign_in(everywhere["vaster"])
    assert shared.page.url == "/personal/inkorg"


def test_a_session_holds_at_its_own_host_only(app, country, everywhere):
    home = at(app, NORTH)
    home.sign_in(everywhere["norr"])
    cookie = home.client.get_cookie("session", domain="norr.exempel.invalid")
    assert cookie
    for base, url in ((NORTH, "/personal/inkorg"), (SOUTH, "/logga-in/")):
        browser = at(app, base)
        domain = base.removeprefix("http://").partition(":")[0]
        browser.client.set_cookie("session", cookie.value, domain=domain)
        assert browser.get("/personal/inkorg").url == url


def test_each_municipality_of_a_person_has_sessions_of_its_own(app, country, everywhere):
    for slug, base in (("norr", NORTH), ("soder", SOUTH)):
        browser = at(app, base)
        browser.sign_in(everywhere[slug])
        page = browser.get("/personal/inloggningar")
        assert page.text.count("Senast använd") == 1
    people.revoke(session_of(everywhere["norr"]))
    db.session.commit()
    live = db.session.scalars(select(StaffSession).where(StaffSession.revoked_at.is_(None)))
    assert [session.staff_id for session in live] == [everywhere["soder"].id]


def session_of(staff: Staff) -> StaffSession:
    [session] = people.sessions_of(staff)
    return session


def test_a_calendar_is_read_at_its_own_host_and_at_the_shared_one(app, country, everywhere):
    token = feed.make(everywhere["norr"], shows_school=False, shows_times=False)
    db.session.commit()
    for base, opens in ((NORTH, True), (SHARED, True), (SOUTH, False)):
        page = at(app, base).send("GET", f"/kalender/{token}.ics")
        assert page.status_code == (200 if opens else 404), base


# --- pupils --------------------------------------------------------------------------------------


def test_a_code_opens_a_knock_at_its_own_host_and_at_the_shared_one(app, country, make):
    receipt = make.knock(country.schools["norr"], text="bara för norr")
    for base, opens in ((NORTH, True), (SHARED, True), (SOUTH, False)):
        browser = at(app, base)
        browser.get("/mitt/kod")
        page = browser.submit("/mitt/kod", code=receipt.code)
        assert ("bara för norr" in page.text) is opens, base
        assert page.status == (200 if opens else 422)


def test_a_device_s_cookie_from_a_host_that_has_changed_hands_shows_nothing(app, country, make):
    receipt = make.knock(country.schools["norr"], text="bara för norr")
    browser = at(app, NORTH)
    browser.get("/mitt/kod")
    browser.submit("/mitt/kod", code=receipt.code)
    country.north.host = None
    db.session.commit()
    country.south.host = "norr.exempel.invalid"
    db.session.commit()
    forget_snapshot(app)
    assert receipt.knock.id not in browser.get("/mitt").html
    assert browser.get(f"/mitt/{receipt.knock.id}").status == 404


def test_a_door_cannot_be_moved_to_another_municipality_s_host(app, country, make):
    receipt = make.knock(country.schools["norr"])
    old = at(app, NORTH)
    old.get("/mitt/kod")
    old.submit("/mitt/kod", code=receipt.code)
    old.get("/flytta")
    code = re.search(r"[a-zåäö]+ \d{4} [a-zåäö]+", old.submit("/flytta").text)
    assert code
    abroad = at(app, SOUTH)
    abroad.get("/flytta/hit")
    assert abroad.submit("/flytta/hit", code=code[0]).status == 422
    new = at(app, NORTH)  # nothing was used up
    new.get("/flytta/hit")
    assert new.submit("/flytta/hit", code=code[0]).status == 200


# --- every address -------------------------------------------------------------------------------


@dataclass
class Visit:
    """One way of asking for one address of the app, with ids that exist in the north."""

    method: str
    path: str
    endpoint: str


LAST = ("signin.out", "signin.revoke", "mine.forget", "mine.leave", "mine.withdraw")
"""What these end, the others are to have."""


def visits(app: Flask, staff: Staff) -> list[Visit]:
    """Every address in every way, with the ids of the north's only knock and of a link of one of
    its staff. What only looks comes first."""
    token = people.make_link(staff)
    db.session.commit()
    knock_id = db.session.scalars(select(Knock.id)).one()
    ids = {"slug": "ekskolan", "token": token}
    adapter = app.url_map.bind("127.0.0.1")
    found = []
    for rule in app.url_map.iter_rules():
        path = adapter.build(rule.endpoint, {n: ids.get(n, knock_id) for n in rule.arguments})
        found += [
            Visit(method, path, rule.endpoint) for method in (rule.methods or set()) - {"OPTIONS"}
        ]
    return sorted(found, key=lambda v: (v.method == "POST", v.endpoint in LAST, v.path))


def northern(app: Flask, staff: Staff, base_url: str) -> Callable[[], Browser]:
    """Makes browsers at ``base_url`` with every cookie that one in the north can have."""
    home = at(app, NORTH)
    home.get("/s/ekskolan")
    home.sign_in(staff)
    home.get("/knacka?skola=ekskolan")
    home.submit("/knacka", who="any", way="app", text="bara för norr", name="Kim Norr")
    cookies = list(home.client._cookies.values())
    assert {"session", "dorr", "skola"} <= {cookie.key for cookie in cookies}
    domain = base_url.removeprefix("http://").partition(":")[0]

    def browser() -> Browser:
        client = app.test_client()
        for cookie in cookies:
            client.set_cookie(cookie.key, cookie.value, domain=domain, path=cookie.path)
        return Browser(client, base_url=base_url)

    return browser


def test_an_unknown_host_answers_404_everywhere_and_names_nobody(app, country, everywhere):
    app.config["WTF_CSRF_ENABLED"] = False  # a token would only hide the answer
    browser = northern(app, everywhere["norr"], UNKNOWN)
    rules = access.rules(app)
    for visit in visits(app, everywhere["norr"]):
        answer = browser().send(visit.method, visit.path)
        said = f"{answer.headers}{answer.get_data(as_text=True)}"
        assert not [name for name in country.names if name in said], visit
        assert "bara för norr" not in said
        if rules[visit.endpoint].who is Who.OPERATOR:
            assert answer.status_code != 404 or visit.endpoint == "ops.metrics", visit
        else:
            assert answer.status_code == 404, visit
            assert "Set-Cookie" not in answer.headers, visit
    assert at(app, UNKNOWN).get("/finns-inte").status == 404


def test_at_another_municipality_s_host_nothing_of_the_first_is_seen(app, country, everywhere):
    app.config["WTF_CSRF_ENABLED"] = False
    rules = access.rules(app)
    needing = set()
    browser = northern(app, everywhere["norr"], SOUTH)
    for visit in visits(app, everywhere["norr"]):
        answer = browser().send(visit.method, visit.path)
        said = f"{answer.headers}{answer.get_data(as_text=True)}"
        seen = [name for name in ("Norrkommun", "Ekskolan i norr", "Kim Norr") if name in said]
        assert not seen, visit
        assert "bara för norr" not in said, visit
        if rules[visit.endpoint].who in access.NEEDS_SIGN_IN:
            needing.add(visit.endpoint)
            # Who only asks for the head is told nothing, whoever it is.
            told = (200, None) if visit.method == "HEAD" else (303, "/logga-in/")
            assert (answer.status_code, answer.location) == told, visit
    assert "inbox.case" in needing


def test_in_production_only_the_public_host_answers_where_nobody_has_an_own(
    sqlite_url: str,
) -> None:
    """Elsewhere the machine's own names do too: there one tries things out."""
    public = "https://dorr.exempel.invalid"
    answers = {}
    for environment in ("production", "development"):
        app = create_app(settings_for(sqlite_url, public_url=public, app_env=environment))
        with app.app_context():
            Make().municipality(slug=environment)
            for base in (public, "http://localhost:8000", "http://127.0.0.1:8000", "http://x.y"):
                browser = at(app, base)
                found = [browser.send("GET", path).status_code for path in ("/", "/healthz")]
                answers[environment, base.partition("//")[2].partition(":")[0]] = found
            db.session.remove()
            db.engine.dispose()
    known, unknown = [200, 200], [404, 200]
    assert answers == {
        ("production", "dorr.exempel.invalid"): known,
        ("production", "localhost"): unknown,
        ("production", "127.0.0.1"): unknown,
        ("production", "x.y"): unknown,
        ("development", "dorr.exempel.invalid"): known,
        ("development", "localhost"): known,
        ("development", "127.0.0.1"): known,
        ("development", "x.y"): unknown,
    }
