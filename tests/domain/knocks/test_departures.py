"""An account ends on a date: then nobody is let in by it, told by it or shown by it, and what it
had taken waits for the others."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, departures, ladder, passing, queries
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.people import directory, staffing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep
from workers import jobs

MONDAY = at("2026-11-23 09:30")
DUE = at("2026-11-24 09:30")
LAST_MINUTE = at("2026-11-23 23:59")
MIDNIGHT = at("2026-11-24 00:00")
DAY = timedelta(days=1)


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        mine = make.counsellor(school)
        colleague = make.counsellor(school)
        coordinator = make.coordinator()

        def taken(self, **asked) -> Knock:
            with clock.frozen(MONDAY):
                knock = make.knock(self.school, **{"text": "hej"} | asked).knock
                answering.take(self.mine, knock)
                db.session.commit()
            return knock

        def leaves(self, staff: Staff) -> None:
            """The account ends with Monday."""
            with clock.frozen(MONDAY):
                staffing.end_on(staff, MONDAY.date())
                db.session.commit()

    return Town()


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("days", [None, -1, 0, 1])
def test_who_works_here_is_the_same_in_python_and_in_a_query(make, active, days):
    today = MONDAY.date()
    ends_on = None if days is None else today + timedelta(days=days)
    staff = make.staff(active=active, ends_on=ends_on)
    found = db.session.scalar(select(Staff.works_on(today)).where(Staff.id == staff.id))
    assert bool(found) is staff.works_on(today) is (active and days != -1)


def test_through_the_last_day_one_is_let_in_and_not_a_minute_longer(town):
    with clock.frozen(LAST_MINUTE):
        session, unused = (people.make_link(town.mine) for _ in range(2))
        session = people.redeem(session)
    town.leaves(town.mine)
    with clock.frozen(LAST_MINUTE):
        assert people.live_session(session)
        assert people.find_link(unused)
        assert people.find_by_email(town.mine.email, None) == [town.mine]
    with clock.frozen(MIDNIGHT):
        assert people.live_session(session) is None
        assert people.lately(session) is None
        assert people.find_link(unused) is None
        assert people.find_by_email(town.mine.email, None) == []


def test_after_it_one_is_told_of_nothing_given_nothing_and_shown_to_nobody(town, make):
    coordinator = make.coordinator()
    town.leaves(town.mine)
    town.leaves(coordinator)
    with clock.frozen(MONDAY):
        knock = make.knock(town.school).knock
    matter = queries.matter_of(knock)
    for moment, here in ((LAST_MINUTE, True), (MIDNIGHT, False)):
        who = serving.At(moment)
        with clock.frozen(moment):
            shown = directory.load().municipalities[0].schools[0].people
        given = {one.staff.id for one in serving.may_be_given(matter, town.colleague, moment)}
        assert (town.mine in who.may_be_told(matter)) is here
        assert (coordinator in who.coordinators(matter)) is here
        assert (town.mine.id in given) is here
        assert (town.mine.id in {person.id for person in shown}) is here
        assert serving.may_have_again(matter, town.mine, moment) is here


def test_what_they_had_waits_for_the_others_by_the_same_date_without_the_queue(town):
    knock = town.taken()
    town.leaves(town.mine)
    with clock.frozen(LAST_MINUTE):
        jobs.return_what_was_left()
        db.session.rollback()
        assert knock.taken_by_id == town.mine.id
        db.session.rollback()
    with clock.frozen(MIDNIGHT):
        jobs.return_what_was_left()
        jobs.return_what_was_left()
    db.session.rollback()
    assert (knock.state, knock.taken_by_id, knock.deadline_at) == (State.WAITING, None, DUE)
    [wait] = db.session.scalars(open_about(knock.about))
    assert wait.staff_id is None
    assert wait.next_rung_at is not None
    told = select(Notice.staff_id).where(Notice.cause.contains("released"))
    assert set(db.session.scalars(told)) == {town.colleague.id}
    released = select(AuditEvent).where(AuditEvent.action == Action.RELEASED)
    [event] = db.session.scalars(released)
    assert (event.actor, event.staff_id) == (work.ActorKind.SYSTEM, town.mine.id)


def test_one_that_nobody_waited_in_waits_for_somebody_and_the_ladder_goes_on(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        answering.answer(town.mine, knock, "hej", form_id=new_id())
        db.session.commit()
    assert knock.awaits is None
    town.leaves(town.mine)
    with clock.frozen(MIDNIGHT):
        departures.return_what_was_left()
    assert (knock.state, knock.awaits) == (State.WAITING, Awaited.ANSWER)
    with clock.frozen(knock.deadline_at):
        sweep()
        db.session.refresh(knock)
        assert knock.opened_wide_at is not None
    assert town.mine.id not in set(
        db.session.scalars(select(Notice.staff_id).where(Notice.created_at >= MIDNIGHT))
    )


def test_one_that_cannot_be_given_back_keeps_no_other_from_it(town, monkeypatch):
    broken, fine = town.taken(), town.taken()
    town.leaves(town.mine)
    tell = ladder.tell_of_new

    def breaks(knock, **how):
        if knock.id == broken.id:
            raise RuntimeError
        tell(knock, **how)

    monkeypatch.setattr(ladder, "tell_of_new", breaks)
    with clock.frozen(MIDNIGHT):
        assert departures.return_what_was_left() == 1
    assert (broken.state, fine.state) == (State.TAKEN, State.WAITING)


def test_a_closed_one_that_is_opened_again_goes_to_those_who_are_left(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    town.leaves(town.mine)
    with clock.frozen(MIDNIGHT):
        departures.return_what_was_left()
        assert knock.state is State.CLOSED
        asking.write(knock, "en sak till", form_id=new_id())
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)


def test_a_later_day_undoes_it_and_is_in_the_audit(town):
    town.leaves(town.mine)
    with clock.frozen(MIDNIGHT):
        assert people.find_by_email(town.mine.email, None) == []
        by = work.staff(town.coordinator.id)
        staffing.end_on(town.mine, MIDNIGHT.date() + DAY, by=by)
        assert people.find_by_email(town.mine.email, None) == [town.mine]
        staffing.end_on(town.mine, None, by=by)
        assert town.mine.works_on(MIDNIGHT.date() + 900 * DAY)
        with pytest.raises(InvalidInput):
            staffing.end_on(town.mine, MONDAY.date())
    events = list(
        db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.ACCOUNT_ENDS))
    )
    assert [(e.staff_id, e.to_staff_id) for e in events] == [
        (town.mine.id, None),
        (town.coordinator.id, town.mine.id),
        (town.coordinator.id, town.mine.id),
    ]
    town.mine.active = False
    with pytest.raises(Conflict):
        staffing.end_on(town.mine, None)


def test_the_coordinator_is_warned_two_weeks_before_while_they_have_something_open(town, make):
    knock = town.taken()
    with clock.frozen(MONDAY):
        staffing.end_on(town.mine, MONDAY.date() + 15 * DAY)
        assert departures.soon_leaving_with_knocks(town.coordinator) == []
    with clock.frozen(MONDAY + DAY):
        assert departures.soon_leaving_with_knocks(town.coordinator) == [town.mine]
        abroad = make.staff(None, municipality_id=make.municipality().id)
        assert departures.soon_leaving_with_knocks(abroad) == []
        passing.hand_over(town.mine, knock, town.colleague, shown=knock.newest)
        assert departures.soon_leaving_with_knocks(town.coordinator) == []


def test_of_one_whom_the_pupil_avoids_the_coordinator_is_told_nothing(town, make):
    avoided = make.staff(Profession.NURSE, [town.school], coordinates=True)
    town.taken(avoid_staff_ids=(avoided.id,))
    with clock.frozen(MONDAY):
        staffing.end_on(town.mine, MONDAY.date() + DAY)
        assert departures.soon_leaving_with_knocks(avoided) == []
        assert departures.soon_leaving_with_knocks(town.coordinator) == [town.mine]
