"""What somebody waits for is a row: it begins, changes hands and ends; a thing may have many."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.knocks import answering, asking, passing
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Way
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise import sweep
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")


def open_of(about: About) -> list[Wait]:
    db.session.flush()
    return list(db.session.scalars(waits.open_about(about)))


@pytest.fixture
def knock(make):
    with clock.frozen(MONDAY):
        school = make.school()
        make.counsellor(school)
        return make.knock(school, way=Way.CALL, phone="0701740605").knock


def test_a_knock_may_be_waited_for_in_several_ways_and_the_nearest_comes_first(knock):
    with clock.frozen(MONDAY):
        for hours in (48, 2):
            waits.begin(
                Awaited.NEW_ATTEMPT,
                knock.about,
                municipality_id=knock.municipality_id,
                due_at=MONDAY + timedelta(hours=hours),
                next_rung_at=MONDAY + timedelta(hours=hours),
            )
        found = open_of(knock.about)
    assert [wait.due_at - MONDAY for wait in found] == [
        timedelta(hours=hours) for hours in (2, 24, 48)
    ]
    with clock.frozen(MONDAY + timedelta(hours=3)):
        climbed = []  # type: ignore[var-annotated]
        done = sweep.sweep({Subject.KNOCK: lambda ids, _now: climb(ids, climbed)})
    assert (done, climbed) == (1, [found[0].id])


def climb(wait_ids: Collection[str], climbed: list[str]) -> Collection[str]:
    climbed.extend(wait_ids)
    for wait_id in wait_ids:
        db.session.get_one(Wait, wait_id).next_rung_at = None
    return wait_ids


def test_who_answers_for_it_is_whoever_has_the_knock(knock, make):
    staff = make.counsellor(knock.school)
    colleague = make.counsellor(knock.school)
    holders = []
    for step in (
        lambda: answering.take(staff, knock),
        lambda: passing.hand_over(staff, knock, colleague, shown=knock.newest),
        lambda: answering.release(colleague, knock),
    ):
        step()
        [wait] = open_of(knock.about)
        db.session.refresh(wait)
        holders.append(wait.staff_id)
    assert holders == [staff.id, colleague.id, None]


def test_each_thing_that_is_waited_for_has_its_own_date(knock, make):
    staff = make.counsellor(knock.school)
    [first] = open_of(knock.about)
    assert (first.awaited, first.due_at, first.began_at) == (
        Awaited.FIRST_CONTACT, knock.due_at, MONDAY
    )  # fmt: skip
    later = at("2026-11-23 13:00")
    with clock.frozen(later):
        answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
        [second] = open_of(knock.about)
    assert (second.awaited, second.due_at) == (Awaited.NEW_ATTEMPT, at("2026-11-24 13:00"))
    assert (second.staff_id, knock.deadline_at) == (staff.id, second.due_at)
    db.session.refresh(first)
    assert (first.ended_at, first.next_rung_at) == (later, None)
    answering.log_attempt(staff, knock, AttemptKind.TALKED)
    assert open_of(knock.about) == []
    assert not knock.retry_due


@pytest.mark.parametrize("end", ["closed", "withdrawn"])
def test_nothing_is_waited_for_when_it_has_ended(knock, make, end):
    staff = make.counsellor(knock.school)
    answering.take(staff, knock)
    if end == "closed":
        answering.close(staff, knock, Outcome.MET, shown=knock.newest)
    else:
        asking.withdraw(knock, shown=knock.newest)
    assert open_of(knock.about) == []
    assert db.session.scalars(select(Wait.next_rung_at)).all() == [None]
    assert knock.awaits is None
