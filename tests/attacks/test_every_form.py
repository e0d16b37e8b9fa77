"""Every form of every page, sent by whoever stands at it and means harm: with script in each field,
with fields that it does not have, and with the ids of others."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Integer
from werkzeug.test import TestResponse

from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.extensions import db
from elevhalsa.web import access, forms, kept
from elevhalsa.web.access import Who
from tests.factories import Make
from tests.pages import every_form
from tests.pages.every_form import House, an_app, posted

from .others import ID, Others, ids_in, others
from .scenes import MARK, SCRIPT, Scene, Scenes

POSTED = posted()
RULES = access.rules(an_app())
FREE = (forms.TextField, forms.LineField)
"""Fields in which anything may be written."""
OF_ANYBODY = (Who.ANYONE, Who.VISITOR)


# --- script, lines and headers --------------------------------------------------------------------


def free_fields(endpoint: str) -> list[str]:
    form = RULES[endpoint].takes
    return [name for name, kind in kept.fields(form) if kind in FREE] if form else []


NOT_SEEN = {
    "inbox.cross": "the reason is for whoever reviews it",
    "municipality.reveals": "the note is for those behind the wall, who are nobody here",
    "mine.change": "of the ways that there are, one is kept",
}


@pytest.fixture
def silent(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing of what is sent comes into any log, and so no line of anybody's own either."""
    caplog.set_level(logging.DEBUG)
    yield
    assert MARK not in caplog.text.lower()


def pages_of(scene: Scene, answer: TestResponse) -> Iterator[TestResponse]:
    """Where it leads, and where the pupil and the staff read it."""
    house = scene.house
    yield answer
    if answer.location:
        yield scene.browser.send("GET", answer.location)
    yield scene.browser.send("GET", house.page_of(scene.endpoint))
    for endpoint in ("mine.knock", "inbox.case", "inbox.index"):
        yield house.browser(endpoint).send("GET", house.address(endpoint))


@pytest.mark.parametrize("endpoint", [one for one in POSTED if free_fields(one)])
def test_script_that_is_written_in_a_field_is_shown_as_it_was_written(scenes, silent, endpoint):
    scene = scenes.at(endpoint)
    names = [one for one in free_fields(endpoint) if one in scene.body]
    answer = scene.sends(scene.body | {name: [SCRIPT] for name in names})
    seen = "".join(page.text for page in pages_of(scene, answer))
    assert MARK in seen or not names or endpoint in NOT_SEEN, "nobody has seen it"


@pytest.mark.parametrize("endpoint", POSTED)
def test_script_that_is_sent_in_every_field_is_given_back_as_nothing_but_text(
    scenes, silent, endpoint
):
    scene = scenes.at(endpoint)
    form = RULES[endpoint].takes
    names = {*scene.body, *(kept.kinds(form) if form else ()), MARK} - {"csrf_token"}
    query = "&".join(f"{name}=%22%3E%3C{MARK}%20{MARK}%3D1%3E%0d%0a{MARK}:1" for name in names)
    action = (scene.form.action or "").partition("?")[0]
    scene.sends({name: [SCRIPT] for name in names}, to=f"{action}?{query}")


# --- mass assignment ------------------------------------------------------------------------------


def columns() -> dict[str, list[str]]:
    """Every column of every table, with what would be of use to somebody."""
    useful: dict[type, str] = {Boolean: "1", Integer: "7", Date: "2001-01-01"}
    found = {}
    for table in db.metadata.tables.values():
        for column in table.columns:
            kind = next((one for one in useful if isinstance(column.type, one)), None)
            found[column.name] = [useful[kind] if kind else new_id()]
    return found


def fields() -> set[str]:
    return {name for rule in RULES.values() if rule.takes for name in kept.kinds(rule.takes)}


@pytest.fixture(scope="module")
def more() -> dict[str, list[str]]:
    """What no form asks for by these names, or another form does."""
    typed = {name: ["1"] for name in fields()}
    return typed | columns() | {f"staff.{name}": ["1"] for name in ("active", "coordinates")}


@pytest.mark.parametrize("endpoint", POSTED)
def test_fields_that_a_form_does_not_have_change_nothing(scenes, more, endpoint):
    scene = scenes.at(endpoint)
    before = scene.house.rows()
    own = set(scene.body) | CHOICES
    form = RULES[endpoint].takes
    own |= set(kept.kinds(form)) if form else set()
    answer = scene.sends()
    usual = essence(before, scene.house.rows())
    other = scene.sends(scene.body | {k: v for k, v in more.items() if k not in own})
    assert other.status_code == answer.status_code
    assert essence(before, scene.house.rows()) == usual


CHOICES = {"skola", "kommun"}
"""Which door one stands at: of the address, whatever the form."""
RANDOM = re.compile(
    r"scrypt:[^']*|<sealed [^>]*>|(?<![\w-])[\w-]{22}(?![\w-])|[0-9a-f]{32,64}|b'[^']*'"
)


def essence(before: Any, after: dict[str, list[Any]]) -> dict[str, Counter[str]]:
    """Rows as they are, but for what is new and at random each time."""
    known = set(RANDOM.findall(repr(before)))

    def plain(row: str) -> str:
        return RANDOM.sub(lambda found: found[0] if found[0] in known else "*", row)

    return {table: Counter(map(plain, rows)) for table, rows in after.items()}


# --- ids of others --------------------------------------------------------------------------------

OWN_ALONE = {
    "attempt", "calendar_feed", "concern_report", "device", "draft", "knock", "meeting_proposal",
    "meeting_slot", "message", "passkey", "push_subscription", "sign_in_link", "staff_session",
    "standing_time", "undo", "wait", "notice",
}  # fmt: skip
"""Of the same municipality too, these are nobody else's business. (Who works there, where and when
is known to colleagues and coordinators.)"""


@pytest.fixture(scope="module")
def theirs(scenes: Scenes) -> dict[str, Others]:
    """Of others who are about; those behind the other wall at another school besides, so that there
    is no ground at all."""
    scenes.goes_back("")  # to before what was done for another form
    make = Make(after=500)
    make._home = scenes.house.make.home
    nurses = others(scenes.app, scenes.house, make, slug="granne", profession=Profession.NURSE)
    keys = {table: keys for table, keys in nurses.keys.items() if table in OWN_ALONE}
    behind = Others({one for found in keys.values() for one in found}, keys)
    make = Make(after=1000)
    abroad = others(scenes.app, scenes.house, make, every_form.with_a_break, slug="annan")
    scenes.forgets()
    return {"behind": behind, "abroad": abroad}


Sent = tuple[str, dict[str, list[str]], str]
"""Which id is another's, the form, and where it is sent if not where it leads."""


def in_a_field(scene: Scene, theirs: Others) -> Iterator[Sent]:
    """Each id that the form holds in turn."""
    tables = tables_of(scene.house)
    for name, values in scene.body.items():
        for table, other in (found for one in values for found in theirs.like(tables.get(one))):
            yield f"{name}, of {table}", scene.body | {name: [other]}, ""


def in_the_address(scene: Scene, theirs: Others) -> Iterator[Sent]:
    tables, action = tables_of(scene.house), scene.form.action or ""
    for own in ID.findall(action):
        for table, other in theirs.like(tables.get(own)):
            yield f"address, of {table}", scene.body, action.replace(own, other)


def tables_of(house: House) -> dict[str, list[str]]:
    """Primary key -> in which tables."""
    found: dict[str, list[str]] = {}
    for name, table in db.metadata.tables.items():
        keys = list(table.primary_key.columns)
        if len(keys) == 1:
            for key in db.session.scalars(db.select(keys[0])):
                found.setdefault(str(key), []).append(name)
    return found


WHERE = {"a field, abroad": (in_a_field, "abroad"), "a field, behind": (in_a_field, "behind"),
         "the address, abroad": (in_the_address, "abroad"),
         "the address, behind": (in_the_address, "behind")}  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [one if one == "a field, abroad" else pytest.param(one, marks=pytest.mark.trial)
     for one in WHERE],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", [one for one in POSTED if RULES[one].who not in OF_ANYBODY])
def test_nobody_can_put_what_is_anothers_in_a_form_of_their_own(scenes, theirs, endpoint, where):
    """Of the addresses test_who_may_do_what.py tries more."""
    scene = scenes.at(endpoint)
    look, who = WHERE[where]
    found = list(look(scene, theirs[who]))
    before = rows_of(scene.house) if found else set()
    for what, body, action in found:
        scene.sends(body, to=action)
        touched = {row for row in rows_of(scene.house) ^ before if ids_in(row) & theirs[who].ids}
        assert not touched, what


def rows_of(house: House) -> set[str]:
    tables = house.rows()
    return {f"{table} {row}" for table in tables for row in tables[table]}
