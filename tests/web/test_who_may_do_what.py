"""Every address × everybody who has no business there × every method, from the app's own maps.

A stranger sends what the person whose page it is would send, valid to the last field, with that
person's ids. Nothing of anybody else's changes, nothing of theirs is shown, and the answer is the
one that ids of nothing get.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

import pytest
from flask import template_rendered
from werkzeug.test import TestResponse

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession, Wall
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.models import Avoided
from elevhalsa.domain.people import duties
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from elevhalsa.web import access, leaving
from elevhalsa.web.access import Who
from elevhalsa.work import OPERATOR
from tests.conftest import Reader, a_database, app_for, settings_for
from tests.domain.helpers import at
from tests.factories import Make
from tests.pages.browser import Browser
from tests.pages.every_form import HERE, SETTINGS, House, an_app, posted

MONDAY = at("2026-11-23 09:30")
LEAD_ON = {"GET", "HEAD"}
"""Where only a form leads, whoever comes otherwise is led to its page."""
REFUSED = {404, 405}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
TEXT = "Det som bara kuratorn får läsa"
KEYS_THEMSELVES = {
    "mine.code": "the code is what opens it, from any browser",
    "move.receive": "as above",
    "consultations.index": "as above",
}
"""What is sent is itself the right to it."""
POSTED = posted()
TRACES = {"audit_event", "staff_session", "device", "oidc_request"}
"""Where whoever asks leaves traces of their own."""


def guarded() -> list[str]:
    """The endpoints of pages that are somebody's."""
    rules = access.rules(an_app())
    public = (Who.ANYONE, Who.OPERATOR, Who.VISITOR)
    return sorted(
        name
        for name, rule in rules.items()
        if rule.who not in public and name not in KEYS_THEMSELVES
    )


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.trial), "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL the web's role passes no wall, whatever a view forgets."""
    return a_database(request)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    app = app_for(settings_for(database_url, **SETTINGS))
    app.test_client_class = Reader
    with app.app_context(), clock.frozen(MONDAY):
        yield House(app, Make(), text=TEXT)
        db.session.remove()
        db.engine.dispose()


NO_IDS = {"key", "which"}
"""Parts of addresses that stand on a page for everybody: with whom one may log in, which form."""


@dataclass
class Stranger:
    who: str
    browser: Browser
    ids: tuple[str, ...] = ()
    """What is theirs: rows that speak of it may come and go."""

    def sends(self, method: str, address: str, body: dict[str, list[str]]) -> TestResponse:
        data = body if method in ("POST", "PUT", "PATCH") else None
        return self.browser.send(method, address, data=data, headers=HERE)


class Town:
    """Everybody who might try."""

    def __init__(self, house: House, endpoint: str) -> None:
        self.house, make = house, house.make
        rule = access.rules(house.app)[endpoint]
        arguments = next(house.app.url_map.iter_rules(endpoint)).arguments
        shared = arguments & {"knock_id", "number", "dismissal_id", "consultation_id"}
        elsewhere = make.municipality(slug="annan", host=None)
        school = make.school(municipality_id=elsewhere.id)
        self.strangers = [Stranger("nobody", self._browser()), self._another_pupil(make)]
        if rule.who is Who.PUPIL:
            self._add("who has it", house.me)
        else:
            if rule.who is not Who.ASKER:
                self.strangers.append(Stranger("the pupil", house.pupil))
            both = make.staff(
                Profession.COUNSELLOR, [school], municipality_id=elsewhere.id, coordinates=True
            )
            self._add("counsellor who coordinates abroad", both)
            self._add("coordinator abroad", make.staff(None, municipality_id=elsewhere.id))
            ended = make.counsellor(house.school)
            self._add("counsellor whose account has ended", ended)
            ended.active = False
            db.session.commit()
        if rule.who is not Who.COORDINATOR and rule.who is not Who.PUPIL:
            self._add("coordinator", make.coordinator())
        if rule.who is not Who.PUPIL:
            self._add("nurse", make.nurse(house.school))
            self._add("counsellor of another school", make.counsellor(make.school()))
            self._of_organisations(make, endpoint)
            self._named(make, rule.who, arguments)
            here = make.counsellor(house.school)
            if "knock_id" in arguments:
                db.session.add(Avoided(knock_id=house.knock.id, staff_id=here.id))
                db.session.commit()
            if "knock_id" in arguments or not shared:
                self._add("counsellor here, avoided by the pupil of a knock", here)

    def _of_organisations(self, make: Make, endpoint: str) -> None:
        """Who leads one, and one with a profession at the same school: over all pages of each."""
        others = [one for one in Profession if one not in SCHOOL_PROFESSIONS]
        profession = others[crc32(endpoint.encode()) % len(others)]
        here = make.staff(profession, [self.house.school], leads=True)
        self._add(f"{profession} who leads an organisation", here)
        self._add("who leads another organisation", make.leader(make.organisation()))

    def _named(self, make: Make, who: Who, arguments: set[str]) -> None:
        """Who reviews the log of all of it, and who answers for what is disclosed from behind the
        other wall."""
        place = self.house.school.municipality
        if who not in (Who.OVERSEER, Who.COORDINATOR):
            overseer = make.coordinator()
            duties.name(place, Seat(Duty.OVERSIGHT), overseer, by=OPERATOR)
            self._add("who oversees", overseer)
        if who not in (Who.OVERSEER, Who.DISCLOSER) or "knock_id" in arguments:
            is_medical = self.house.me.wall is Wall.MEDICAL
            beyond = make.counsellor(make.school()) if is_medical else make.nurse(make.school())
            duties.name(place, Seat(Duty.DISCLOSURE, beyond.wall), beyond, by=OPERATOR)
            self._add("who discloses from behind the other wall", beyond)

    def _browser(self) -> Browser:
        return Browser(self.house.app.test_client())

    def _add(self, who: str, staff: Staff) -> None:
        """Signed in, without the pages of it."""
        browser = self._browser()
        token = people.redeem(people.make_link(staff))
        db.session.commit()
        with browser.client.session_transaction() as session:
            session["_user_id"] = token
        is_abroad = staff.municipality_id != self.house.make.home.id
        ids = (staff.id, staff.municipality_id) if is_abroad else (staff.id,)
        self.strangers.append(Stranger(who, browser, ids))

    def _another_pupil(self, make: Make) -> Stranger:
        browser = self._browser()
        receipt = make.knock(make.school())
        here, token = devices.make()
        devices.show(here, receipt.knock, pin_given=False)
        db.session.commit()
        browser.client.set_cookie(leaving.DEVICE.name, token)
        return Stranger("another pupil", browser, (here.id, receipt.knock.id))


def rows_of(house: House) -> set[str]:
    """Every row that is not a trace of having asked, with its table."""
    tables = house.rows()
    return {f"{table} {row}" for table in tables.keys() - TRACES for row in tables[table]}


def body_of(house: House, endpoint: str) -> dict[str, list[str]]:
    """What the person whose page it is would send."""
    if endpoint not in POSTED:
        return {}
    page = house.browser(endpoint).get(house.page_of(endpoint))
    return house.fills_in(page.form(house.address(endpoint)))


def taken(house: House, endpoint: str) -> set[str]:
    """The methods that its rules take."""
    rules = house.app.url_map.iter_rules(endpoint)
    return {method for rule in rules for method in rule.methods or ()}


def ids_in(rows: Iterable[str]) -> set[str]:
    return {found for row in rows for found in re.findall(r"(?<![\w-])[\w-]{22}(?![\w-])", row)}


def astray(strangers: list[Stranger], before: set[str], after: set[str]) -> set[str]:
    """Of the rows that have come or gone those that speak neither of what is a stranger's nor of
    what has come with it."""
    old, rows = ids_in(before), before ^ after
    known = {one for stranger in strangers for one in stranger.ids}
    while mine := {row for row in rows if known & ids_in([row])}:
        known |= ids_in(mine) - old
        rows -= mine
    return rows


@pytest.mark.parametrize("endpoint", guarded())
def test_nobody_else_comes_at_it_by_any_method(house, endpoint):
    house.comes_to(endpoint)
    body = body_of(house, endpoint)
    strangers = Town(house, endpoint).strangers
    arguments = next(house.app.url_map.iter_rules(endpoint)).arguments - NO_IDS
    real = house.address(endpoint)
    unreal = house.address(endpoint, **dict.fromkeys(arguments, new_id()))
    before = rows_of(house)
    for stranger in strangers:
        for method in sorted(taken(house, endpoint)):
            where = f"{stranger.who}: {method} {endpoint}"
            answer = stranger.sends(method, real, body)
            assert answer.status_code < 500, where
            assert TEXT not in answer.get_data(as_text=True), where
            if arguments and method in ("GET", "POST"):
                other = stranger.sends(method, unreal, body)
                assert answer.status_code == other.status_code, f"{where} tells that it is there"
    assert not astray(strangers, before, rows_of(house))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_method_that_no_view_takes_comes_to_no_view(house):
    """Whoever asks: nothing looks at who that is."""
    strangers = Town(house, "inbox.case").strangers
    before = rows_of(house)
    seen, urls = [], house.app.url_map.bind("localhost")
    with template_rendered.connected_to(lambda *_, template, **__: seen.append(template.name)):
        for number, endpoint in enumerate(guarded()):
            arguments = next(house.app.url_map.iter_rules(endpoint)).arguments
            address = house.address(endpoint, **dict.fromkeys(arguments, new_id()))
            at_it = urls.allowed_methods(address)  # by this view or by another
            for method in sorted({*METHODS} - LEAD_ON - {*at_it}):
                stranger = strangers[number % len(strangers)]
                answer = stranger.sends(method, address, {"text": [TEXT]})
                assert answer.status_code in REFUSED, f"{stranger.who}: {method} {endpoint}"
                assert TEXT not in answer.get_data(as_text=True)
    assert set(seen) == {"errors/error.html"}
    assert rows_of(house) == before
