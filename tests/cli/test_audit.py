"""The log's seals, from the terminal and from the worker."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditChain, AuditEvent, AuditSeal
from elevhalsa.domain.knocks import answering
from elevhalsa.domain.operations import health, trace
from elevhalsa.domain.operations.health import Health
from elevhalsa.extensions import db
from tests.domain.helpers import at
from workers import jobs

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def later():
    """Minutes after noon."""
    return lambda minutes: clock.frozen(MONDAY + timedelta(minutes=minutes))


@pytest.fixture
def sealed(make, later) -> str:
    """Two knocks, in two seals. Gives the slug of the place."""
    school = make.school()
    for minute in (0, 30):
        with later(minute):
            make.knock(school)
        with later(minute + 5):
            jobs.seal_log()
    return make.home.slug


@pytest.fixture
def tampers(owner):
    """As somebody who owns the database can. Returns of which row."""

    def change() -> int:
        number = db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)).first()
        db.session.rollback()
        owner(
            "DROP TRIGGER audit_event_no_update"
            if db.engine.dialect.name == "sqlite"
            else "ALTER TABLE audit_event DISABLE TRIGGER USER"
        )
        owner(f"UPDATE audit_event SET staff_id = 'x' WHERE id = {number}")
        return number

    return change


def test_verify_says_that_all_is_whole_and_what_to_write_down(run, sealed):
    said = run("audit", "verify").output
    mark = db.session.scalars(select(AuditSeal.mark).where(AuditSeal.number == 2)).one()
    assert f"{sealed}: 4 rader i 2 sigill, 0 rader väntar på sitt." in said
    assert f"Sista sigillet: 2:{mark[:16]}" in said
    run("audit", "verify", "--municipality", sealed, "--noted", f"2:{mark[:16]}")
    said = run("audit", "verify", "--noted", f"3:{mark[:16]}", exit=1).output
    assert "FEL" in said
    assert "slutet stämmer inte vid sigill 3" in said
    run("audit", "verify", "--noted", "tre", exit=2)


def test_verify_names_the_row_that_was_touched_and_ends_with_a_fault(run, sealed, tampers):
    number = tampers()
    said = run("audit", "verify", exit=1).output
    assert f"FEL  {sealed}  rad {number} är ändrad" in said


def test_each_night_the_worker_checks_in_pieces_and_the_operator_is_told(
    sealed, later, monkeypatch, caplog, tampers
):
    monkeypatch.setattr(trace, "SEALS_AT_A_TIME", 1)
    with later(60), caplog.at_level(logging.INFO):
        jobs.check_log()
    head = db.session.scalars(select(AuditSeal.mark).where(AuditSeal.number == 2)).one()
    assert f"audit {sealed}: seal 2 {head}" in caplog.text
    assert health.trace_seals().health is Health.OK
    number = tampers()
    with later(120):
        jobs.check_log()
    assert health.trace_seals().health is Health.OK, "it was checked an hour ago"
    with later(60 + 21 * 60):
        jobs.check_log()
    assert f"audit {sealed}: changed {number}" in caplog.text
    db.session.rollback()
    told = health.trace_seals()
    assert told.health is Health.DEGRADED
    assert "audit verify" in told.line
    assert db.session.scalars(select(AuditChain.next_number)).all() == [1]


def test_what_a_municipality_has_decided_to_keep_no_longer_goes_and_the_rest_is_whole(
    run, sealed, later
):
    before = len(db.session.scalars(select(AuditEvent.id)).all())
    db.session.rollback()  # nothing is read while it tidies: it would wait for the reader
    with later(60 * 24 * 400):
        jobs.tidy()
        assert len(db.session.scalars(select(AuditEvent.id)).all()) >= before
        db.session.rollback()
        said = ("--reference", "EX 1", "--decided-on", "2026-01-01", "--decided-by", "Nämnden")
        here = ("--municipality", sealed, *said)
        run("retention", "decide", "log", "--days", "100", *here, exit=1)
        run("retention", "decide", "log", "--days", "365", *here)
        jobs.tidy()
    db.session.rollback()
    left = db.session.scalars(select(AuditEvent.action)).all()
    assert "log_purged" in left
    assert "knocked" not in left
    run("audit", "verify")


def test_show_tells_who_did_what_and_not_what_anybody_wrote_and_is_an_event(run, make):
    school = make.school()
    staff = make.counsellor(school)
    knock, other = (make.knock(school, text="hemligt").knock for _one in range(2))
    answering.read(staff, knock)
    db.session.commit()
    said = run("audit", "show", "--knock", knock.id).output
    assert "hemligt" not in said
    assert "knocked" in said
    assert f"{staff.name}  read" in said
    assert other.id not in said
    said = run("audit", "show", "--staff", staff.email, "--since", str(clock.today())).output
    assert "knocked" not in said
    assert "read" in said
    shown = select(AuditEvent.reason).where(AuditEvent.action == Action.LOG_SHOWN)
    assert db.session.scalars(shown).all() == ["operator"] * 2
