"""What is lost when a process is killed: nothing that somebody must be told.

Real processes: the worker, a queue server, a mail server. One thing cannot be had: a letter that
the mail server accepted in the moment before the worker died is sent again, since SMTP (RFC 5321
4.1.1.4, 6.1) has no way to ask. Both then carry the same Message-ID.
"""

import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa import create_app, work
from elevhalsa.adapters.queue import LEAVE_ALONE_SECONDS
from elevhalsa.core import clock
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.notices.models import About, Channel, Notice, ScheduledRun
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db
from tests.conftest import settings_for
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.running import environment, eventually, has_come, running_valkey, running_worker

ON_ONE_DATABASE = pytest.mark.parametrize(
    "database_url", ["postgresql", pytest.param("sqlite", marks=pytest.mark.trial)], indirect=True
)
"""What a process does by its clock, its queue or a signal is the same on both."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("q") / "valkey.sock"


@pytest.fixture
def app(database_url: str, socket_path: Path) -> Iterator[Flask]:
    """The web's side: an app that enqueues to the real queue."""
    app = create_app(settings_for(database_url, redis_url=f"unix://{socket_path}"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def env(database_url: str, socket_path: Path, mailbox: Mailbox) -> dict[str, str]:
    return environment(
        DATABASE_URL=database_url,
        REDIS_URL=f"unix://{socket_path}",
        MAIL_URL=mailbox.url,
        LETTERS_AN_HOUR="1000",
        MAIL_FROM="fran@exempel.invalid",
    )


def knock(make: Make, school_id: str) -> str:
    """A pupil knocks as over the web: commit, then the queue is told. Returns the notice's id."""
    db.session.rollback()
    with work.unit():
        row = asking.knock(db.session.get_one(School, school_id), make.asked()).knock
    return db.session.scalars(
        select(Notice.id)
        .where(Notice.is_about(About.knock(row.id)))
        .where(Notice.channel == Channel.EMAIL)
    ).one()


@pytest.fixture
def school_id(make: Make) -> str:
    """A school with one counsellor to tell."""
    school = make.school()
    make.counsellor(school)
    return school.id


def notice(notice_id: str) -> Notice:
    db.session.rollback()
    return db.session.get_one(Notice, notice_id, populate_existing=True)


def let_minutes_pass(minutes: int) -> None:
    """Move what the workers go by back in time, instead of waiting."""
    back = timedelta(minutes=minutes)
    db.session.rollback()
    with work.unit():
        for run in db.session.scalars(select(ScheduledRun)):
            run.started_at = run.started_at and run.started_at - back
        for row in db.session.scalars(select(Notice).where(Notice.sent_at.is_(None))):
            row.claimed_until = row.claimed_until and row.claimed_until - back


@ON_ONE_DATABASE
def test_a_knock_whose_job_died_with_the_queue_is_told_once(
    make: Make, school_id: str, mailbox: Mailbox, socket_path: Path, env: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    with running_valkey(socket_path) as queue:
        notice_id = knock(make, school_id)
        queue.kill()
    with (
        running_valkey(socket_path),
        running_worker(env, tmp_path / "worker.log") as worker,
    ):
        eventually(lambda: mailbox.letters)
        eventually(lambda: notice(notice_id).sent_at)
        let_minutes_pass(5)
        eventually(lambda: _begun_lately("flush_outbox"))
        assert worker.ask_to_end() == 0
    assert mailbox.attempts == 1
    assert notice(notice_id).attempts == 1


def _begun_lately(name: str) -> bool:
    db.session.rollback()
    run = db.session.get(ScheduledRun, name, populate_existing=True)
    return bool(
        run
        and run.finished_at
        and run.started_at
        and run.started_at > clock.now() - timedelta(minutes=1)
    )


@ON_ONE_DATABASE
def test_a_worker_lives_on_without_the_queue_and_finds_it_again(
    make: Make, school_id: str, mailbox: Mailbox, socket_path: Path, env: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    with running_worker(env, tmp_path / "worker.log") as worker:
        knock(make, school_id)  # before there is any queue
        eventually(lambda: _begun_lately("sweep"))
        let_minutes_pass(1)
        eventually(lambda: len(mailbox.letters) == 1)
        with running_valkey(socket_path) as queue:
            eventually(lambda: "queue reached" in worker.said(), seconds=30)
            knock(make, school_id)
            # Who found the queue gone leaves it alone for a while; then the schedule sends it.
            eventually(lambda: len(mailbox.letters) == 2, seconds=LEAVE_ALONE_SECONDS + 40)
            queue.kill()
        knock(make, school_id)  # while it is gone
        let_minutes_pass(1)
        eventually(lambda: len(mailbox.letters) == 3)
        assert worker.process.poll() is None
        assert worker.ask_to_end() == 0
        assert "Traceback" not in worker.said()
        assert len(worker.said().splitlines()) < 10


def test_a_worker_killed_while_it_sends_leaves_the_letter_to_the_next(
    make: Make, school_id: str, mailbox: Mailbox, socket_path: Path, env: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    mailbox.hold()
    with running_valkey(socket_path):
        notice_id = knock(make, school_id)
        with running_worker(env, tmp_path / "first.log") as worker:
            assert mailbox.held.wait(20)
            worker.kill()
        mailbox.release()
        assert not mailbox.letters
        let_minutes_pass(3)
        with running_worker(env, tmp_path / "second.log") as worker:
            eventually(lambda: notice(notice_id).sent_at)
            assert worker.ask_to_end() == 0
    assert mailbox.attempts == 2
    (letter,) = mailbox.letters
    assert letter["Message-ID"] == f"<{notice_id}@127.0.0.1>"


def test_two_workers_send_each_letter_once(
    make: Make, school_id: str, mailbox: Mailbox, socket_path: Path, env: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    ids = [knock(make, school_id) for _number in range(10)]  # the queue is down: all wait
    with (
        running_valkey(socket_path),
        running_worker(env, tmp_path / "one.log") as one,
        running_worker(env, tmp_path / "two.log") as two,
    ):
        ids += [knock(make, school_id) for _number in range(10)]
        eventually(lambda: all(notice(i).sent_at for i in ids), seconds=60)
        has_come(one)
        has_come(two)
        assert one.ask_to_end() == 0
        assert two.ask_to_end() == 0
    sent = [letter["Message-ID"] for letter in mailbox.letters]
    assert sorted(sent) == sorted(f"<{i}@127.0.0.1>" for i in ids)


@ON_ONE_DATABASE
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_worker_that_is_asked_to_end_does_so_at_once(
    database_url: str,
    socket_path: Path,
    env: dict[str, str],
    tmp_path: Path,
    number: str,
) -> None:
    with (
        running_valkey(socket_path),
        running_worker(env, tmp_path / "worker.log") as worker,
    ):
        eventually(lambda: "queue reached" in worker.said())
        time.sleep(0.5)
        assert worker.ask_to_end(signal.Signals[number]) == 0
        assert "Traceback" not in worker.said()
