"""Skyddade uppgifter: a name stands on the opened knock, and on no other page of staff's."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome, Way
from elevhalsa.domain.people import duties
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import Base, db
from elevhalsa.web import access
from elevhalsa.web.access import Who
from elevhalsa.work import OPERATOR
from tests.domain.helpers import at, everything_stored

from .browser import Browser

MONDAY = at("2026-11-23 09:30")
NAME = "Zebulon Hemligsson"
SHOWS_IT = {("inbox.case", False), ("inbox.danger", False), ("inbox.danger", True)}
"""And whether it is the part that htmx refreshes."""


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def school(make):
    school = make.school(slug="norrskogen")
    make.school()
    make.nurse(school)
    return school


@pytest.fixture
def me(make, school):
    return make.staff(Profession.COUNSELLOR, [school], coordinates=True)


@pytest.fixture
def staff(app, me) -> Browser:
    browser = Browser(app.test_client())
    browser.arrives_as(me)
    return browser


def knock_of(make, school, **asked) -> Knock:
    values = {"name": NAME, "school_class": "8 Z", "is_protected": True, "text": "hej"}
    return make.knock(school, **values | asked).knock


# --- every page of staff's ------------------------------------------------------------------------


def values_for(rule: Rule, known: dict[str, list[str]]) -> list[dict[str, str]]:
    """What may stand in an address: the ids of the rows that it is about, or of all rows."""
    if not rule.arguments:
        return [{}]
    name, *more = sorted(rule.arguments)
    every = sorted({value for values in known.values() for value in values})
    found = known.get(name) or every
    others = {other: (known.get(other) or every)[0] for other in more}
    return [{name: value, **others} for value in found]


def ids_in_the_database() -> dict[str, list[str]]:
    found = {}
    for table in Base.metadata.sorted_tables:
        if "id" in table.columns and table.name != "audit_event":
            rows = db.session.execute(select(table.c.id)).scalars()
            found[f"{table.name}_id"] = [str(row) for row in rows]
    return found


def test_the_name_is_on_no_page_of_staffs_but_the_opened_knock(app: Flask, staff, me, make, school):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    waiting, mine, meeting, done = (
        knock_of(make, school, **asked)
        for asked in ({}, {"way": Way.CALL, "phone": "0701740605"}, {"way": Way.MEET}, {})
    )
    for knock in (mine, meeting, done):
        answering.take(me, knock)
    answering.close(me, done, Outcome.MET, shown=done.newest)
    db.session.commit()
    duties.name(make.home, Seat(Duty.DISCLOSURE, Wall.PSYCHOSOCIAL), me, by=OPERATOR)
    known = ids_in_the_database() | {
        "slug": [school.slug], "token": [people.make_link(me)],
        "knock_id": [knock.id for knock in (waiting, mine, meeting, done)],
    }  # fmt: skip
    db.session.commit()
    rules = access.rules(app)
    asked, shown = 0, 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rules[rule.endpoint].who is Who.PUPIL:
            continue
        for values in values_for(rule, known):
            path = app.url_map.bind("localhost").build(rule.endpoint, values)
            queries = [""]
            if rule.endpoint == "inbox.index":
                queries = [f"?flik={tab}&skola=norrskogen" for tab in
                           ("vantar", "mina", "andras", "klara")]  # fmt: skip
            for query in queries:
                for headers in ({}, {"HX-Request": "true"}):
                    answer = staff.send("GET", f"{path}{query}", headers=headers)
                    text = answer.get_data().decode("utf-8", "replace")
                    asked += 1
                    if (rule.endpoint, bool(headers)) in SHOWS_IT and answer.status_code == 200:
                        shown += 1
                        assert text.count(NAME) == 1
                        titles = re.findall("<title>(.*?)</title>", text, re.DOTALL)
                        assert "Hemligsson" not in str(titles)
                        assert "Namnet står bara här." in text
                    else:
                        said = f"{text} {answer.headers}"
                        assert "Hemligsson" not in said, (rule.endpoint, query)
                        assert "Zebulon" not in said, (rule.endpoint, query)
    assert shown == 4 * len(SHOWS_IT)
    assert asked > 60
    events = select(AuditEvent.id).where(AuditEvent.action == Action.SHOWN)
    assert len(db.session.scalars(events).all()) >= shown
    assert "Hemligsson" not in everything_stored()  # no notice, figure or event holds it


def test_the_list_tells_that_it_is_so_before_it_is_opened(staff, make, school):
    knock_of(make, school)
    assert "Skyddade uppgifter" in staff.get("/personal/inkorg").text


# --- by the pupil --------------------------------------------------------------------------------


def only_knock() -> Knock:
    db.session.rollback()
    return db.session.scalars(select(Knock)).one()


@pytest.mark.parametrize(
    ("fields", "protected"),
    [
        ({"way": "app", "name": NAME, "protected": "1"}, True),
        ({"way": "app", "protected": "1"}, False),
        ({"way": "app", "name": NAME}, False),
        ({"way": "meet", "meet_name": NAME, "meet_class": "8 Z", "meet_protected": "1"}, True),
        ({"way": "meet", "meet_name": NAME, "meet_class": "8 Z", "protected": "1"}, True),
        ({"way": "app", "name": NAME, "meet_protected": "1"}, False),
    ],
)
def test_the_pupil_says_it_with_the_name_and_only_then(client, school, me, fields, protected):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    pupil.submit("/knacka", {"who": "counsellor", **fields})
    assert only_knock().is_protected is protected


def test_who_changes_how_to_be_met_keeps_it(client, school, me):
    pupil = Browser(client)
    pupil.get("/knacka?skola=norrskogen")
    fields = {"meet_name": NAME, "meet_class": "8 Z", "meet_protected": "1"}
    pupil.submit("/knacka", {"who": "counsellor", "way": "meet", **fields})
    pupil.get(f"/mitt/{only_knock().id}/andra")
    assert pupil.page.form("/andra").data["meet_protected"] == ["1"]
    pupil.submit("/andra", way="app")
    assert only_knock().is_protected


def test_a_form_of_before_sent_again_is_the_same_knock(make):
    asked = make.asked(text="hej")
    assert "protected" not in asked.said()
    assert "is_protected" in make.asked(is_protected=True).said()


# --- by staff ------------------------------------------------------------------------------------


def test_staff_mark_it_and_take_the_mark_away_and_both_are_events(staff, make, school, me):
    knock = knock_of(make, school, is_protected=False)
    staff.get(f"/personal/arende/{knock.id}")
    page = staff.submit("/skyddade-uppgifter", is_protected="1")
    assert "Märkt: skyddade uppgifter." in page.text
    assert only_knock().is_protected
    page = staff.submit("/skyddade-uppgifter", is_protected=[])
    assert "Märkningen är borttagen." in page.text
    assert not only_knock().is_protected
    reasons = select(AuditEvent.reason).where(AuditEvent.action == Action.PROTECTED)
    assert db.session.scalars(reasons.order_by(AuditEvent.id)).all() == ["on", "off"]
