"""Who is named is told, so is who was, and who reviews the log; the seal leaves by letter."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import AuditSeal
from elevhalsa.domain.notices import responsible
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Reach
from elevhalsa.domain.people.rules import SEATS, Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db
from tests.domain.helpers import at
from tests.factories import Make
from tests.mailbox import Mailbox
from workers import jobs, schedule

MONDAY = at("2026-11-23 09:30")
OVERSIGHT = Seat(Duty.OVERSIGHT)


def told(kind: Kind) -> list[str | None]:
    """Who, by letter and in the app."""
    db.session.rollback()
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.EMAIL)
    return list(db.session.scalars(query.order_by(Notice.created_at)))


@pytest.mark.parametrize("seat", SEATS)
def test_who_is_named_or_no_longer_is_told_and_who_reviews_the_log_hears_of_it(
    make: Make, mailbox: Mailbox, seat: Seat
) -> None:
    place, school = make.home, make.school()
    people = {Wall.MEDICAL: make.nurse, Wall.PSYCHOSOCIAL: make.counsellor}
    make_one = (lambda: people[seat.wall](school)) if seat.wall else make.coordinator
    first, second, overseer = make_one(), make_one(), make.coordinator()
    if seat.wall:
        responsible.name(place, OVERSIGHT, overseer, by=work.OPERATOR)
    named = [overseer.id] if seat.wall else []
    with clock.frozen(MONDAY):
        for number, one in enumerate((first, first, second, None)):
            with clock.frozen(MONDAY + timedelta(minutes=number)):
                responsible.name(place, seat, one, by=work.OPERATOR)
                db.session.commit()
        assert sorted(told(Kind.DUTY_NAMED)) == sorted([*named, first.id, second.id])
        assert told(Kind.DUTY_ENDED) == [first.id, second.id]
        assert told(Kind.DUTY_CHANGED) == [overseer.id] * (3 if seat.wall else 0)
        jobs.flush_outbox()
    for letter in mailbox.letters:
        assert "/personal/vem-svarar" in letter.get_content()
        for name in (first.name, second.name, place.name):
            assert name not in letter.as_string()


@pytest.fixture
def sealed(make: Make) -> None:
    with clock.frozen(MONDAY - timedelta(minutes=9)):
        make.knock(make.school())
    with clock.frozen(MONDAY - timedelta(minutes=5)):
        jobs.seal_log()


def test_each_week_the_overseer_is_sent_the_newest_seal_which_verify_takes_as_the_letter_says_it(
    app: Flask, make: Make, mailbox: Mailbox, sealed: None, owner: Callable[[str], None]
) -> None:
    assert "send_seals" in [turn.name for turn in schedule.TURNS]
    overseer = make.coordinator()
    responsible.name(make.home, OVERSIGHT, overseer, by=work.OPERATOR)
    db.session.add(Reach(staff_id=overseer.id, by_email=False))
    make.staff(None, municipality_id=make.municipality().id)  # of whom nobody is named there
    db.session.commit()
    with clock.frozen(MONDAY):
        jobs.send_seals()
        jobs.send_seals()
        jobs.flush_outbox()
        letters = [one for one in mailbox.letters if "sigill" in one["Subject"]]
        assert len(letters) == 1, "once a week, though she has chosen no letters"
        found = re.search(r"--seal (\S+)", letters[0].get_content().replace("\n", " "))
        assert found
        command = ["audit", "verify", "--municipality", make.home.slug, "--seal", found[1]]
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
        mark = db.session.scalars(select(AuditSeal.mark).order_by(AuditSeal.number)).all()[-1]
        assert found[1].rstrip(".").endswith(mark[:16])
        db.session.rollback()
    with clock.frozen(MONDAY + timedelta(days=7)):
        jobs.send_seals()
    assert len(told(Kind.LOG_SEAL)) == 2
    # Whoever owns the database writes the chain anew.
    owner("UPDATE audit_seal SET mark = 'x' || substr(mark, 2)")
    owner("UPDATE audit_chain SET mark = 'x' || substr(mark, 2)")
    db.session.remove()
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 1
    assert "slutet stämmer inte" in result.output
