"""What happens behind a wall changes nothing that anybody else can fetch: no page, search, export,
calendar or figure of theirs is another afterwards, to the letter. (Who may open and send what:
tests/web/test_who_may_do_what.py. Every query: tests/domain/knocks/test_walls.py.)"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.cover import service as covering
from elevhalsa.domain.knocks import asking, queries
from elevhalsa.domain.knocks.models import Avoided
from elevhalsa.domain.meetings import feed
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from elevhalsa.web import access
from tests import postgres
from tests.conftest import app_for, settings_for
from tests.domain.helpers import propose
from tests.factories import Make
from tests.pages import every_form
from tests.pages.browser import Browser
from tests.pages.every_form import SETTINGS, House, an_app

from .conftest import MONDAY
from .scenes import Guarded

TEXT = "Det som bara kuratorn får läsa"
RULES = access.rules(an_app())
SEARCHED = {"inbox.index", "inbox.notices", "inbox.week", "inbox.case", "municipality.log",
            "coordinator.gaps", "week.absent"}  # fmt: skip
QUERIES = ("?flik=mina", "?flik=alla", "?flik=avslutade", "?manad=2026-11", "?alla=1",
           "?fran=2026-11-23", "?dag=2026-11-23&vem={staff}", "?efter={knock}", "?skola={school}",
           "?fore=999999", "?tider=1&tid=2026-11-25T10:00")  # fmt: skip
NEW = re.compile(r'"challenge": "[^"]*"|name="(?:csrf_token|sedd|form_id)" value="[^"]*"')
"""Another each time."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.trial)])
def database_url(request: pytest.FixtureRequest) -> str:
    """``make test`` has the queries alone; the policies of PostgreSQL besides are trial."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return postgres.as_role(request.getfixturevalue("postgres_url"), postgres.WEB)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    app = app_for(settings_for(database_url, **SETTINGS))
    app.test_client_class = Guarded
    with app.app_context(), clock.frozen(MONDAY):
        house = House(app, Make(), text=TEXT)
        house.comes_to("inbox.case")
        yield house
        db.session.remove()
        db.engine.dispose()


def what_happens(house: House) -> None:
    """Nearly all that can happen to a knock that somebody has taken."""
    for step in (
        every_form.written_after_an_answer,
        every_form.attempted,
        every_form.reported,
        every_form.to_be_unlocked,
        every_form.with_a_code_from_elsewhere,
    ):
        step(house)
        db.session.commit()
    offer = Offer(clock.now() + timedelta(days=2), 30, MeetingWay.WALK, TEXT)
    propose(house.me, house.knock, [offer])
    asking.write(house.knock, TEXT, form_id=new_id())
    db.session.commit()


def behind_the_other_wall(house: House) -> Staff:
    return house.make.nurse(house.school)


def at_another_school(house: House) -> Staff:
    return house.make.counsellor(house.make.school())


def avoided_by_the_pupil(house: House) -> Staff:
    found = house.make.counsellor(house.school)
    db.session.add(Avoided(knock_id=house.knock.id, staff_id=found.id))
    db.session.commit()
    return found


def of_another_municipality(house: House) -> Staff:
    """With ids and names from here in her queries."""
    there = house.make.municipality(slug="annan", host=None)
    school = house.make.school(municipality_id=there.id)
    return house.make.staff(
        Profession.COUNSELLOR, [school], municipality_id=there.id, coordinates=True
    )


def covering_behind_the_other_wall(house: House) -> Staff:
    """Of one who has handed all over, too."""
    giver, cover = house.make.nurse(house.school), house.make.nurse(house.make.school())
    every_form.handed_over(house, giver, cover)
    covering.accept(cover, batons.given_by(giver)[0].baton_id)
    db.session.commit()
    return cover


WHO = (
    behind_the_other_wall,
    at_another_school,
    avoided_by_the_pupil,
    covering_behind_the_other_wall,
)
OTHERS = {one.__name__: one for one in WHO}
TRIED = [
    pytest.param(who, marks=() if who == "behind_the_other_wall" else pytest.mark.trial)
    for who in OTHERS
]


def sees(house: House, browser: Browser, calendar: str) -> dict[str, str]:
    """All that can be fetched."""
    known = {"knock": house.knock.id, "staff": house.me.id, "school": house.school.slug}
    found = {}
    routes = house.app.url_map.bind("localhost")
    for rule in house.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and RULES[rule.endpoint].who in access.NEEDS_SIGN_IN:
            values = {name: house.values.get(name, "x") for name in rule.arguments}
            for query in ("", *(QUERIES if rule.endpoint in SEARCHED else ())):
                address = routes.build(rule.endpoint, values) + query.format(**known)
                found[address] = NEW.sub("", browser.send("GET", address).text)
    found["calendar"] = browser.send("GET", f"/kalender/{calendar}.ics").text
    return found


@pytest.mark.parametrize("who", TRIED)
def test_nothing_that_others_can_fetch_tells_what_happens_behind_a_wall(house, who):
    staff = OTHERS[who](house)
    browser = Browser(house.app.test_client())
    browser.arrives_as(staff)
    calendar = feed.make(staff, shows_school=True, shows_times=True)
    db.session.commit()
    before = sees(house, browser, calendar)
    what_happens(house)
    assert queries.get_for(house.me, house.knock.id)
    after = sees(house, browser, calendar)
    assert [address for address in before if before[address] != after[address]] == []
    assert not [address for address, page in after.items() if TEXT in page]
