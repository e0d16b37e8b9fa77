"""A knock at the wrong school is moved with its clock, and who may know of it is asked anew."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotAllowed, NotFound
from elevhalsa.core.walls import Profession
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, queries, transferring
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.queries import Tab
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.statistics import queries as statistics
from elevhalsa.domain.statistics.models import KnockFigure
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind
from tests.domain.helpers import at, sweep

MONDAY = at("2026-11-23 09:30")
LATER = at("2026-11-23 11:00")
DUE = at("2026-11-24 09:30")


class Town:
    """Two schools with people behind both walls, one who serves both, and another municipality."""

    def __init__(self, make) -> None:
        self.make = make
        self.school, self.other = make.school(), make.school()
        self.mine = make.counsellor(self.school)
        self.colleague = make.counsellor(self.school)
        self.both = make.counsellor(self.school, self.other)
        self.there = make.counsellor(self.other)
        self.nurse, self.nurse_there = make.nurse(self.school), make.nurse(self.other)
        self.coordinator = make.coordinator()
        self.abroad = make.school(municipality_id=make.municipality().id)
        self.closed = make.school(active=False)
        self.everybody = [self.mine, self.colleague, self.both, self.there, self.nurse,
                          self.nurse_there]  # fmt: skip

    def knock(self, **asked) -> Knock:
        with clock.frozen(MONDAY):
            return self.make.knock(self.school, **{"text": "hej"} | asked).knock

    def taken(self, **asked) -> Knock:
        knock = self.knock(**asked)
        with clock.frozen(MONDAY):
            answering.take(self.mine, knock)
            db.session.commit()
        return knock

    def moved(self, knock: Knock, **how) -> Knock:
        with clock.frozen(LATER):
            transferring.transfer(self.mine, knock, self.other, shown=knock.newest, **how)
            db.session.commit()
        return knock


@pytest.fixture
def town(make):
    return Town(make)


def may_read(staff: Staff, knock: Knock) -> bool:
    try:
        return queries.get_for(staff, knock.id) is knock
    except NotFound:
        return False


def told(cause: str = "transferred") -> set[str | None]:
    return set(db.session.scalars(select(Notice.staff_id).where(Notice.cause.contains(cause))))


def dates(knock: Knock) -> tuple[object, ...]:
    waits = db.session.scalars(select(Wait).where(Wait.about_id == knock.id).order_by(Wait.id))
    return (
        knock.knocked_at, knock.due_at, knock.deadline_at, knock.awaits,
        [(w.id, w.awaited, w.began_at, w.due_at, w.rung_hours) for w in waits],
    )  # fmt: skip


@given(
    wanted=st.sampled_from([None, Profession.COUNSELLOR, Profession.NURSE]),
    avoided=st.sets(st.integers(1, 5)),
    is_taken=st.booleans(),
    keeps=st.booleans(),
    by_pupil=st.booleans(),
)
@settings(
    max_examples=settings.default.max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_the_clock_follows_and_who_may_know_is_asked_anew(
    town, wanted, avoided, is_taken, keeps, by_pupil
):
    shunned = {town.everybody[number].id for number in avoided}
    with db.session.begin_nested() as undo, clock.frozen(MONDAY):
        asked = town.make.asked(wanted=wanted, avoid_staff_ids=tuple(shunned), text="hej")
        knock = asking.knock(town.school, asked).knock
        mover = town.nurse if wanted is Profession.NURSE else town.mine
        if mover.id in shunned:
            undo.rollback()
            return
        if is_taken:
            answering.take(mover, knock)
        was = dates(knock)
    with clock.frozen(LATER):
        if by_pupil and not is_taken:
            transferring.transfer_own(knock, town.other)
        else:
            transferring.transfer(mover, knock, town.other, keeps=keeps, shown=knock.newest)
        db.session.flush()
        assert dates(knock) == was
        assert knock.school_id == town.other.id
        has_it = is_taken and keeps
        assert knock.taken_by_id == (mover.id if has_it else None)
        serving = [town.both, town.there, town.nurse_there]
        may = {
            staff.id
            for staff in serving
            if staff.id not in shunned and knock.wall in (None, staff.wall)
        }
        new = told(f"{knock.id}:transferred") - {town.coordinator.id}
        if has_it:
            assert new == set()
        elif may:
            assert new == may
            assert knock.opened_wide_at is None
        else:
            assert knock.opened_wide_at is not None
        for staff in town.everybody:
            is_wide = knock.opened_wide_at is not None
            behind = staff.id not in shunned and knock.wall in (None, staff.wall)
            has = knock.taken_by_id == staff.id
            reads = behind and (staff.id in may or is_wide or has)
            assert may_read(staff, knock) is reads
        assert not shunned & new
    db.session.rollback()


def test_it_is_in_the_audit_from_where_and_to_where_by_whom(town):
    knock = town.moved(town.taken())
    with clock.frozen(LATER + timedelta(minutes=1)):
        transferring.transfer_own(knock, town.school)
        db.session.commit()
    events = list(
        db.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.action == Action.TRANSFERRED)
            .order_by(AuditEvent.id)
        )
    )
    there, back = town.other.id, town.school.id
    assert [
        (e.actor, e.staff_id, e.about_id, e.from_school_id, e.to_school_id) for e in events
    ] == [
        (ActorKind.STAFF, town.mine.id, knock.id, back, there),
        (ActorKind.PUPIL, None, knock.id, there, back),
    ]


def test_who_waits_there_goes_up_the_ladder_by_the_same_clock(town):
    knock = town.moved(town.knock())
    with clock.frozen(DUE):
        sweep()
        db.session.refresh(knock)
    assert knock.opened_wide_at == DUE
    late = select(Notice.staff_id).where(Notice.created_at == DUE, Notice.staff_id.is_not(None))
    assert {town.there.id, town.mine.id, town.coordinator.id} <= set(db.session.scalars(late))


def test_that_nobody_was_there_is_not_said_of_the_school_it_comes_to(town):
    only = town.make.staff(Profession.PSYCHOLOGIST, [town.other])
    alone = town.make.school()
    with clock.frozen(MONDAY):
        knock = town.make.knock(alone, wanted=Profession.PSYCHOLOGIST).knock
        assert knock.opened_wide_at is not None
        transferring.transfer(only, knock, town.other, shown=knock.newest)
    assert knock.opened_wide_at is None
    assert told() == {only.id, town.both.id, town.there.id}


def test_what_is_late_stays_open_to_all(town):
    knock = town.knock()
    with clock.frozen(DUE):
        sweep()
        db.session.refresh(knock)
        transferring.transfer(town.mine, knock, town.other, shown=knock.newest)
    assert knock.opened_wide_at == DUE


def test_to_those_who_may_no_longer_read_it_it_is_nothing_new(town):
    knock = town.moved(town.knock(wanted=None))
    unseen = select(Notice.staff_id).where(
        Notice.seen_at.is_(None), Notice.channel == Channel.APP, Notice.about_id == knock.id
    )
    assert set(db.session.scalars(unseen)) == {town.both.id, town.there.id, town.nurse_there.id}


@pytest.mark.parametrize("where", ["abroad", "closed", "school"])
def test_it_goes_only_to_another_open_school_of_the_municipality(town, where):
    knock = town.taken()
    to: School = getattr(town, where)
    assert to not in transferring.schools_for(knock)
    with pytest.raises(NotAllowed):
        transferring.transfer(town.mine, knock, to, shown=knock.newest)
    assert knock.school_id == town.school.id


def test_what_a_colleague_has_or_what_has_ended_is_not_moved(town):
    knock = town.taken()
    with pytest.raises(Conflict, match="tog emot"):
        transferring.transfer(town.colleague, knock, town.other, shown=knock.newest)
    with pytest.raises(Conflict, match="redan tagit emot"):
        transferring.transfer_own(knock, town.other)
    answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)
    for move in (
        lambda: transferring.transfer(town.mine, knock, town.other, shown=knock.newest),
        lambda: transferring.transfer_own(knock, town.other),
    ):
        with pytest.raises(Conflict, match="avslutad"):
            move()


def test_the_same_form_again_is_the_same_knock_after_it_has_moved(town):
    asked = town.make.asked(text="hej")
    first = asking.knock(town.school, asked)
    transferring.transfer_own(first.knock, town.other)
    again = asking.knock(town.school, asked)
    assert (again.knock.id, again.code, again.is_new) == (first.knock.id, first.code, False)
    with pytest.raises(asking.FormReused):
        asking.knock(town.school, town.make.asked(form_id=asked.form_id, text="annat"))


def test_it_is_counted_once_at_the_school_where_it_is(town):
    knock = town.moved(town.taken())
    with clock.frozen(DUE + timedelta(hours=1)):
        counted = {
            one.school.id: (one.open, one.late, one.knocks_30_days)
            for one in statistics.school_figures(town.coordinator)
        }
        assert counted[town.school.id] == (0, 0, 0)
        assert counted[town.other.id] == (1, 1, 1)
        answering.answer(town.there, knock, "hej", form_id=new_id())
        answering.close(town.there, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    assert knock.purge_at
    with clock.frozen(knock.purge_at):
        assert purging.purge() == 1
    [figure] = db.session.scalars(select(KnockFigure))
    assert (figure.school_id, figure.late) == (town.other.id, True)


def test_whom_the_pupil_avoids_at_the_other_school_is_told_nothing(town):
    knock = town.knock(avoid_staff_ids=(town.there.id,))
    town.moved(knock)
    assert told() == {town.both.id}
    assert not may_read(town.there, knock)
    assert db.session.scalars(select(Avoided.staff_id)).all() == [town.there.id]
    assert knock.state is State.WAITING


@pytest.mark.parametrize("by_pupil", [True, False])
def test_one_of_many_alike_stands_by_itself_when_it_has_moved(town, by_pupil):
    knock = town.knock()
    knock.flood = "f" * 22
    if by_pupil:
        transferring.transfer_own(knock, town.other)
    else:
        transferring.transfer(town.mine, knock, town.other, shown=knock.newest)
    assert knock.flood is None
    assert told() == {town.both.id, town.there.id}
    assert queries.inbox(town.there, Tab.WAITING).knocks == [knock]
