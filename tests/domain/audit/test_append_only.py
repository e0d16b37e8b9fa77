"""The trace only grows, and holds no content."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent, AuditPurge
from elevhalsa.domain.knocks import answering, asking, passing
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Triage, Way
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind

pytestmark = pytest.mark.both


@pytest.fixture
def event(make) -> AuditEvent:
    make.knock(make.school())
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.KNOCKED)).one()


def test_an_event_cannot_be_changed_through_the_orm(event):
    event.reason = "another"
    with pytest.raises(RuntimeError, match="append-only"):
        db.session.flush()
    db.session.rollback()


def test_an_event_cannot_be_deleted_through_the_orm(event):
    db.session.delete(event)
    with pytest.raises(RuntimeError, match="append-only"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET reason = 'another'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
    ],
)
def test_an_event_cannot_be_changed_by_sql_either(event, owner, statement):
    if statement.startswith("TRUNCATE") and db.engine.dialect.name == "sqlite":
        return  # SQLite has no such statement
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        db.session.execute(text(statement))
    db.session.rollback()
    with pytest.raises(DBAPIError, match="append-only"):
        owner(statement)
    assert db.session.scalars(select(AuditEvent.reason)).all() == [None] * 2


def test_only_what_a_marked_purge_covers_may_be_deleted(event):
    now = clock.now()
    for offset, reach in ((timedelta(0), event.id), (timedelta(hours=1), event.id - 1)):
        db.session.add(
            AuditPurge(chain=event.municipality_id, number=1000 + reach, before=event.at + offset,
                       reach=reach, purged_at=now, mark="")
        )  # fmt: skip
        db.session.flush()
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(text(f"DELETE FROM audit_event WHERE id = {event.id}"))
    with clock.frozen(now + timedelta(minutes=5)):
        sealing.seal(event.municipality_id)
        assert sealing.purge(event.municipality_id, now + timedelta(minutes=5)) == 2
    refused = pytest.raises(DBAPIError, match=r"append-only|permission denied")
    with refused, db.session.begin_nested():
        db.session.execute(text("UPDATE audit_event SET reason = 'another'"))


def test_events_have_no_column_that_could_hold_content():
    widths = {
        column.name: getattr(column.type, "length", None) or column.type.__class__.__name__
        for column in inspect(AuditEvent).columns
    }
    assert widths == {
        "id": "BigInteger", "at": "UtcDateTime", "municipality_id": 22, "actor": 40,
        "staff_id": 22, "action": 40, "about_kind": 40, "knock_id": 22, "to_staff_id": 22,
        "from_school_id": 22, "to_school_id": 22, "reason": 40,
    }  # fmt: skip


def test_what_was_done_is_told_in_words_of_ours_only(make):
    school = make.school()
    staff, colleague = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school, way=Way.CALL, phone="0701740605", text="hemligt", name="Kim").knock
    answering.read(staff, knock)
    answering.triage(staff, knock, Triage.URGENT)
    answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
    answering.answer(staff, knock, "hemligt svar", form_id=new_id())
    asking.write(knock, "hemligt igen", form_id=new_id())
    passing.hand_over(staff, knock, colleague, shown=knock.newest)
    answering.close(colleague, knock, Outcome.TALKED, shown=knock.newest)
    db.session.commit()
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(e.action, e.actor, e.staff_id, e.reason) for e in events] == [
        (Action.KNOCKED, ActorKind.PUPIL, None, None),
        (Action.READ, ActorKind.STAFF, staff.id, None),
        (Action.TRIAGED, ActorKind.STAFF, staff.id, "urgent"),
        (Action.TAKEN, ActorKind.STAFF, staff.id, None),
        (Action.ATTEMPTED, ActorKind.STAFF, staff.id, "called_no_answer"),
        (Action.ANSWERED, ActorKind.STAFF, staff.id, None),
        (Action.PUPIL_WROTE, ActorKind.PUPIL, None, None),
        (Action.HANDED_OVER, ActorKind.STAFF, staff.id, None),
        (Action.CLOSED, ActorKind.STAFF, colleague.id, "talked"),
    ]
    assert {(e.about_id, e.municipality_id) for e in events} == {(knock.id, make.home.id)}
    assert all(clock.now() - e.at < timedelta(minutes=1) for e in events)


def test_a_hand_over_says_to_whom(make):
    school = make.school()
    staff, colleague = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    passing.hand_over(staff, knock, colleague, shown=knock.newest)
    db.session.flush()
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.to_staff_id for event in events] == [None, None, colleague.id]
    assert events[-1].staff_id == staff.id


def test_who_acts_is_read_from_the_unit_of_work_where_nobody_says_another(make):
    school = make.school()
    nurse = make.nurse(school)
    with work.unit(work.staff(nurse.id), municipality_id=make.home.id):
        audit.record(Action.IMPORTED)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.IMPORTED)).one()
    assert (event.actor, event.staff_id) == (ActorKind.STAFF, nurse.id)
    assert event.municipality_id == make.home.id
