"""Purging: when a knock's days are over, figures remain and nothing else."""

from datetime import UTC, date, timedelta

import pytest
from sqlalchemy import inspect, select, text

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, devices, journal, pins
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Outcome, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.purging import purge
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.statistics.models import KnockFigure
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")
TUESDAY = at("2026-11-24 08:30")
ID = Knock.__table__.c.id
ITS_DAYS_ARE_OVER = TUESDAY.astimezone(UTC) + timedelta(days=180)


def run() -> int:
    return purge()


@pytest.fixture
def whole_story(make) -> Knock:
    """A knock with something in every table that can hold something of it; closed on Tuesday."""
    school = make.school()
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    avoided = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(
            school, text="hej", way=Way.CALL, phone="0701740605", avoid_staff_ids=(avoided.id,)
        ).knock
        answering.read(counsellor, knock)
        answering.take(counsellor, knock)
        answering.cross_wall(
            counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
        )
        device, _token = devices.make()
        devices.show(device, knock, pin_given=False)
        pins.choose(knock, "4711")
        reminders.set_fallback(knock, phone="0701740605", email=None)
    with clock.frozen(TUESDAY):
        answering.answer(nurse, knock, "hej", form_id=new_id())
        answering.log_attempt(nurse, knock, AttemptKind.TALKED)
        offer = Offer(TUESDAY + timedelta(days=1), 30, MeetingWay.ROOM, "rum 7")
        meetings.propose(nurse, knock, [offer])
        answering.close(nurse, knock, Outcome.TALKED, shown=knock.newest)
        journal.note(nurse, knock, Journal.RECORDED)
        db.session.commit()
    return knock


def test_whatever_points_at_a_knock_goes_with_it():
    keys = [key for table in db.metadata.tables.values() for key in table.foreign_keys]
    of_knocks = {key.parent.table.name: key.ondelete for key in keys if key.column is ID}
    assert len(of_knocks) >= 8
    assert set(of_knocks.values()) == {"CASCADE"}


def test_before_its_days_are_over_it_stays(whole_story):
    with clock.frozen(ITS_DAYS_ARE_OVER - timedelta(minutes=1)):
        assert run() == 0
    assert db.session.get(Knock, whole_story.id)


def test_only_figures_and_the_trace_without_content_remain(whole_story):
    knock_id, form_hash = whole_story.id, whole_story.form_hash
    with clock.frozen(ITS_DAYS_ARE_OVER):
        assert run() == 1
        assert run() == 0
    left = {
        name: rows
        for name in inspect(db.engine).get_table_names()
        if (rows := db.session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())
    }
    assert set(left) - {"schema_mark", "key_mark"} == {
        "alembic_version", "assignment", "audit_event", "data_key", "device", "knock_figure",
        "municipality", "retention_decision", "retention_run", "school", "school_address", "staff",
    }  # fmt: skip
    figure = db.session.scalars(select(KnockFigure)).one()
    assert (figure.first_day, figure.last_day) == (date(2026, 11, 23), date(2026, 11, 29))
    assert (figure.wall, figure.way, figure.outcome) == (Wall.MEDICAL, Way.CALL, Outcome.TALKED)
    assert (figure.kept, figure.reached, figure.hours_to_contact) == (True, True, 23.0)
    assert (figure.late, figure.told, figure.opened_wide, figure.in_break) == (False,) * 4
    assert (figure.wanted, figure.answered_by) == (Profession.COUNSELLOR, Profession.NURSE)
    columns = {column.key for column in inspect(KnockFigure).column_attrs}
    assert columns == {
        "id", "municipality_id", "school_id", "first_day", "last_day", "in_break", "wanted",
        "answered_by", "wall", "way", "kept", "late", "told", "guarantees_kept", "opened_wide",
        "reached",
        "hours_to_contact", "outcome",
    }  # fmt: skip
    stored = everything_stored()
    assert form_hash not in stored
    purged = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.PURGED))
    assert [event.about_id for event in purged] == [knock_id]


def test_a_withdrawn_knock_is_purged_after_the_municipalitys_own_days(make):
    home = make.municipality(retention_days=30)
    school = make.school(municipality_id=home.id)
    with clock.frozen(MONDAY):
        asking.withdraw(make.knock(school, text="hej").knock, shown=None)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=30)):
        assert run() == 1
    figure = db.session.scalars(select(KnockFigure)).one()
    assert (figure.kept, figure.reached, figure.hours_to_contact) == (False, False, None)


def test_an_open_knock_is_never_purged(make):
    with clock.frozen(MONDAY):
        make.knock(make.school())
    with clock.frozen(MONDAY + timedelta(days=3000)):
        assert run() == 0


def test_two_purges_at_once_leave_one_row_of_figures_a_knock(app, make):
    school = make.school()
    with clock.frozen(MONDAY):
        for _ in range(5):
            asking.withdraw(make.knock(school).knock, shown=None)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=200)):
        done = together(app, lambda _meet: run(), lambda _meet: run())
    assert sum(done) == 5  # type: ignore[arg-type]
    assert len(db.session.scalars(select(KnockFigure)).all()) == 5


def test_one_knock_that_cannot_be_purged_keeps_no_other(make, caplog):
    school = make.school()
    with clock.frozen(MONDAY):
        rows = [make.knock(school).knock for _ in range(3)]
        for row in rows:
            asking.withdraw(row, shown=row.newest)
        db.session.commit()
    broken = db.session.execute(
        text("UPDATE knock SET way = 'unknown' WHERE id = :id"), {"id": rows[0].id}
    )
    assert broken.rowcount == 1  # type: ignore[attr-defined]
    db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=200)):
        assert run() == 2
    assert "purge failed for one knock" in caplog.text
    assert db.session.execute(text("SELECT count(*) FROM knock")).scalar_one() == 1
