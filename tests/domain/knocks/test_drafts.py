"""What was typed and not sent waits a day, encrypted, for whoever typed it."""

from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain import purging
from elevhalsa.domain.knocks import answering, devices, drafts
from elevhalsa.domain.knocks.models import Draft
from elevhalsa.domain.knocks.words import State
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

MONDAY = at("2026-11-23 09:30")
FIELDS = [("form_id", "f" * 22), ("text", "Hej, jag såg att du knackade.")]


@pytest.fixture
def school(make):
    return make.school()


@pytest.fixture
def me(make, school):
    return make.counsellor(school)


@pytest.fixture
def knock(make, school):
    with clock.frozen(MONDAY):
        yield make.knock(school).knock


def test_a_text_waits_for_who_typed_it_and_nobody_else(make, school, me, knock):
    colleague = make.counsellor(school)
    assert drafts.keep(me, knock.id, "answer", FIELDS)
    assert drafts.of(me, knock) == {"answer": FIELDS}
    assert drafts.of(colleague, knock) == {}
    assert drafts.newest(me) == (knock.id, "answer")
    assert drafts.newest(colleague) is None


def test_the_last_that_was_typed_takes_the_place_of_what_was_there(me, knock):
    drafts.keep(me, knock.id, "answer", [("text", "Hej")])
    drafts.keep(me, knock.id, "answer", FIELDS)
    drafts.keep(me, knock.id, "cross", [("reason", "Akut")])
    assert drafts.of(me, knock) == {"answer": FIELDS, "cross": [("reason", "Akut")]}


def test_what_was_sent_meanwhile_is_no_draft(me, knock):
    form_id = new_id()
    answering.answer(me, knock, "Hej!", form_id=form_id)
    assert drafts.keep(me, knock.id, "answer", [("form_id", form_id), ("text", "Hej!")])
    assert drafts.of(me, knock) == {}


def test_after_a_day_it_is_gone(me, knock):
    drafts.keep(me, knock.id, "answer", FIELDS)
    with clock.frozen(MONDAY + timedelta(hours=23, minutes=59)):
        assert drafts.forget_expired() == 0
        assert drafts.of(me, knock)
    with clock.frozen(MONDAY + timedelta(hours=24)):
        assert drafts.of(me, knock) == {}
        assert drafts.forget_expired() == 1
    assert db.session.query(Draft).count() == 0


def test_it_goes_with_the_knock_and_with_the_device(make, school, me, knock):
    with clock.frozen(MONDAY):
        here, _token = devices.make()
    drafts.keep(me, knock.id, "answer", FIELDS)
    drafts.keep(here, knock.id, "write", FIELDS)
    db.session.commit()
    devices.forget(here)
    db.session.commit()
    assert db.session.query(Draft).count() == 1
    knock.state, knock.closed_at = State.WITHDRAWN, MONDAY
    db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=181)):
        assert purging.purge() == 1
    assert db.session.query(Draft).count() == 0


def test_nothing_of_it_can_be_read_in_the_database(me, knock):
    drafts.keep(me, knock.id, "answer", FIELDS)
    db.session.commit()
    assert "knackade" not in everything_stored()


def test_neither_another_municipality_nor_what_is_far_too_long_is_kept(make, me, knock):
    elsewhere = make.municipality()
    stranger = make.staff(municipality_id=elsewhere.id)
    assert not drafts.keep(stranger, knock.id, "answer", FIELDS)
    assert not drafts.keep(me, new_id(), "answer", FIELDS)
    assert not drafts.keep(me, knock.id, "answer", [("text", "x" * drafts.MOST)])
