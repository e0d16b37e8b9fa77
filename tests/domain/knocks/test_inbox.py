"""The inbox: every knock is on exactly one page, and a full one costs as much as an empty one."""

from datetime import timedelta

import pytest

from elevhalsa.core import clock
from elevhalsa.domain.knocks import answering, queries
from elevhalsa.domain.knocks.queries import PAGE_SIZE, Tab
from elevhalsa.domain.knocks.words import Outcome, State, Triage
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db
from tests.domain.helpers import at, counted_queries, many_like

MONDAY = at("2026-11-23 09:30")
NUMBER = 120


def walk(staff, tab: Tab) -> list:
    """Every page after the other, as by pressing "visa fler"."""
    found, after, pages = [], None, 0
    while pages < 20:
        db.session.expire_all()
        page = queries.inbox(staff, tab, after=after)
        found += page.knocks
        pages += 1
        if page.next_key is None:
            assert pages == -(-len(found) // PAGE_SIZE)
            return found
        assert len(page.knocks) == PAGE_SIZE
        after = page.next_key
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("spread", ["all at once", "in pairs", "one by one"])
def test_every_waiting_knock_is_shown_once_the_nearest_date_first(make, spread):
    school = make.school()
    staff = make.counsellor(school)
    step = {"all at once": 0, "in pairs": 0.5, "one by one": 1}[spread]
    with clock.frozen(MONDAY):
        first = make.knock(school).knock
    many_like(
        first,
        NUMBER - 1,
        deadline_at=lambda n: first.deadline_at + timedelta(minutes=int(n * step)),
    )
    found = walk(staff, Tab.WAITING)
    assert len(found) == len({knock.id for knock in found}) == NUMBER
    assert [k.deadline_at for k in found] == sorted(k.deadline_at for k in found)


def test_what_is_urgent_comes_first_then_what_is_late_or_unread_then_by_date(make):
    """Nothing that is late sinks below what is only unread."""
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        first = make.knock(school).knock
    kinds = [
        {"triage": triage, "read_at": read_at, "deadline_at": MONDAY + timedelta(hours=hours)}
        for triage in (Triage.URGENT, Triage.CAN_WAIT, None)
        for read_at in (MONDAY, None)
        for hours in (-3, 2, 40)
    ]
    for kind in kinds:
        many_like(first, 4, **kind)
    db.session.delete(first)
    db.session.commit()
    with clock.frozen(MONDAY):
        found = [
            (
                knock.triage is not Triage.URGENT,
                knock.deadline_at > MONDAY and knock.triage is not Triage.URGENT,
                knock.deadline_at > MONDAY
                and knock.triage is not Triage.URGENT
                and knock.read_at is not None,
                knock.deadline_at,
            )
            for knock in walk(staff, Tab.WAITING)
        ]
    assert len(found) == 4 * len(kinds) > PAGE_SIZE
    assert found == sorted(found)


def test_every_closed_knock_is_shown_once_the_latest_first(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        first = make.knock(school).knock
        answering.take(staff, first)
        answering.close(staff, first, Outcome.TALKED, shown=first.newest)
    db.session.commit()
    many_like(first, NUMBER - 1, closed_at=lambda n: MONDAY + timedelta(minutes=n // 3))
    found = walk(staff, Tab.DONE)
    assert len(found) == len({knock.id for knock in found}) == NUMBER
    assert [k.closed_at for k in found] == sorted((k.closed_at for k in found), reverse=True)


@pytest.mark.parametrize(
    "after",
    [
        None, "", "~", "~~", "nonsense", "2026-11-23", "0~2026-11-23T09:30:00~x",
        "2026-11-23T09:30:00+01:00~x", "0~0001-01-01T00:00:00+14:00~x",
        "x~2026-11-23T09:30:00+01:00~x", "0~2026-11-23T09:30:00+01:00",
    ],
)  # fmt: skip
def test_an_unreadable_place_to_go_on_from_shows_the_first_page(make, after):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    assert queries.inbox(staff, Tab.WAITING, after=after).knocks == [knock]


def test_the_place_to_go_on_from_may_be_told_in_any_zone(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school).knock  # due 09.30 the next day, Swedish time
    db.session.commit()
    before, after = "1~2026-11-24T09:29:00+01:00~x", "1~2026-11-24T09:31:00+01:00~x"
    assert queries.inbox(staff, Tab.WAITING, after=before).knocks == [knock]
    assert queries.inbox(staff, Tab.WAITING, after=after).knocks == []


def test_the_inbox_asks_the_database_as_often_with_four_hundred_knocks_as_with_ten(make):
    school = make.school()
    staff = make.counsellor(school)
    first = make.knock(school).knock

    def queries_of_one_look() -> int:
        db.session.expire_all()
        assert staff.wall  # loaded before the counting, as by signing in
        with counted_queries() as statements:
            page = queries.inbox(staff, Tab.WAITING)
            queries.summary(staff)
            for knock in page.knocks:
                assert knock.school.name
                assert knock.taken_by is None
                assert knock.wanted_staff is None
        return len(statements)

    many_like(first, 9)
    with_ten = queries_of_one_look()
    many_like(first, 390)
    assert queries_of_one_look() <= with_ten <= 8
    assert queries.summary(staff).waiting == 400


def test_the_inbox_can_be_for_one_school(make):
    here, there = make.school(), make.school()
    staff = make.counsellor(here, there)
    at_here, at_there = make.knock(here).knock, make.knock(there).knock
    assert {s.id for s in serving.schools_of(staff, MONDAY)} == {here.id, there.id}
    assert queries.inbox(staff, Tab.WAITING, school_id=here.id).knocks == [at_here]
    assert queries.inbox(staff, Tab.WAITING, school_id=there.id).knocks == [at_there]
    assert queries.summary(staff, school_id=here.id).waiting == 1
    assert queries.summary(staff).waiting == 2


def test_counts_stop_at_a_thousand(make):
    school = make.school()
    staff = make.counsellor(school)
    many_like(make.knock(school).knock, queries.MOST_COUNTED + 4)
    assert queries.summary(staff).waiting == queries.MOST_COUNTED


def test_a_knock_moves_from_waiting_to_mine_to_done(make):
    school = make.school()
    staff, colleague = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school).knock

    def tabs(person) -> list[Tab]:
        db.session.commit()
        return [tab for tab in Tab if queries.inbox(person, tab).knocks]

    assert tabs(staff) == tabs(colleague) == [Tab.WAITING]
    answering.take(staff, knock)
    assert (tabs(staff), tabs(colleague)) == ([Tab.MINE], [Tab.OTHERS])
    answering.close(staff, knock, Outcome.MET, shown=knock.newest)
    assert tabs(staff) == tabs(colleague) == [Tab.DONE]
    assert knock.state is State.CLOSED
