"""The mail server is away for an hour: every knock is taken, it is told how long letters have
waited, and they leave when it is back, each once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.domain.notices.models import Channel, Notice, ScheduledRun
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations.queries import figures
from elevhalsa.extensions import db
from tests.conftest import app_for, settings_for
from tests.factories import Make
from tests.mailbox import open_mailbox
from tests.running import environment, eventually, free_port, running_worker

KNOCKS = 3


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    app = app_for(settings_for(postgres_url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def letters() -> list[Notice]:
    db.session.rollback()
    query = select(Notice).where(Notice.channel == Channel.EMAIL)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def an_hour_passes() -> None:
    """And the next try of each comes."""
    db.session.rollback()
    with work.unit():
        for run in db.session.scalars(select(ScheduledRun)):
            run.started_at = run.started_at and run.started_at - timedelta(hours=1)
        for letter in db.session.scalars(select(Notice).where(Notice.sent_at.is_(None))):
            letter.created_at -= timedelta(hours=1)
            letter.not_before -= timedelta(hours=1)


def test_letters_wait_for_the_mail_server_and_it_is_told(
    app: Flask, make: Make, postgres_url: str, tmp_path: Path
) -> None:
    school = make.school()
    make.counsellor(school)
    port = free_port()
    env = environment(
        DATABASE_URL=postgres_url, MAIL_URL=f"smtp://127.0.0.1:{port}",
        MAIL_FROM="fran@exempel.invalid", LETTERS_AN_HOUR="100",
    )  # fmt: skip
    with running_worker(env, tmp_path / "worker.log"):
        for _number in range(KNOCKS):
            make.knock(school)
        eventually(lambda: all(letter.error for letter in letters()), seconds=60)
        assert health.mail().health is health.Health.OK  # for a moment nobody need be woken
        assert figures().letters_waiting == KNOCKS  # though none is due just now
        an_hour_passes()
        eventually(lambda: any(letter.attempts > 1 for letter in letters()), seconds=60)
        told = health.mail()
        assert told.health is health.Health.DEGRADED
        assert "MAIL_URL" in told.line
        assert 3590 < figures().oldest_letter_seconds < 3900
        with open_mailbox(port) as mailbox:
            an_hour_passes()
            eventually(lambda: all(letter.sent_at for letter in letters()), seconds=60)
            assert len(mailbox.letters) == KNOCKS
    db.session.rollback()
    assert health.mail().health is health.Health.OK
    assert figures().letters_waiting == 0
