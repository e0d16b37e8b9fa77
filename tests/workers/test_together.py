"""Several workers on one database: each thing is done once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.domain.notices import schedule as turns
from elevhalsa.domain.notices.models import Channel, Notice, ScheduledRun
from elevhalsa.extensions import db
from tests.domain.knocks.waits import AT_LAST
from tests.factories import Make
from tests.mailbox import Mailbox
from workers import jobs, schedule

WORKERS = 6
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at_once(app: Flask, work: Callable[[], None]) -> None:
    """The same work in several threads, each with a context of its own, begun together."""
    begin = threading.Barrier(WORKERS)

    def one() -> None:
        with app.app_context():
            begin.wait(10)
            work()

    threads = [threading.Thread(target=one, daemon=True) for _number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_workers_at_once_send_a_letter_once(app: Flask, make: Make, mailbox: Mailbox) -> None:
    school = make.school()
    make.counsellor(school)
    make.knock(school)
    notice_id = db.session.scalars(select(Notice.id).where(Notice.channel == Channel.EMAIL)).one()
    db.session.commit()
    at_once(app, lambda: jobs.send_notice(notice_id))
    assert mailbox.attempts == 1
    assert len(mailbox.letters) == 1


def test_workers_at_once_take_a_turn_once(app: Flask) -> None:
    taken: list[str] = []
    turn = schedule.Turn("thing", timedelta(minutes=1), lambda: taken.append("thing"))

    def look() -> None:
        schedule.take_turns((turn,))

    for round_number in (1, 2):
        at_once(app, look)
        assert len(taken) == round_number
        db.session.execute(
            db.update(ScheduledRun).values(started_at=clock.now() - timedelta(minutes=1))
        )
        db.session.commit()


def test_what_is_shared_is_joined_until_it_is_done(app: Flask) -> None:
    """And what a worker had begun that died is taken up by the next that looks."""
    begun: list[str] = []
    shared = schedule.Turn("thing", timedelta(minutes=1), lambda: begun.append(""), is_shared=True)
    alone = schedule.Turn("other", timedelta(minutes=1), lambda: begun.append(""))
    assert schedule.take_turns((shared, alone)) == ["thing", "other"]
    assert schedule.take_turns((shared, alone)) == ["thing"]
    turns.finish("thing")
    db.session.commit()
    assert schedule.take_turns((shared, alone)) == []
    assert len(begun) == 3


def test_workers_that_sweep_at_once_tell_nobody_twice(app: Flask, make: Make) -> None:
    make.home.ladder = AT_LAST
    school = make.school()
    make.counsellor(school)
    make.coordinator()
    with clock.frozen(NOON):
        for _number in range(5):
            make.knock(school)

    def sweep() -> None:
        with clock.frozen(NOON + timedelta(days=1, minutes=1)):
            jobs.sweep()

    before = db.session.query(Notice).count()
    db.session.commit()
    at_once(app, sweep)
    db.session.rollback()
    # Of each knock: the counsellor and the coordinator, in the app and by letter.
    assert db.session.query(Notice).count() - before == 5 * 2 * 2


def test_a_turn_comes_back_when_its_time_has_passed(app: Flask) -> None:
    every = timedelta(minutes=1)
    with clock.frozen(NOON):
        assert turns.begin("thing", every)
        assert not turns.begin("thing", every)
    with clock.frozen(NOON + timedelta(seconds=59)):
        assert not turns.begin("thing", every)
    with clock.frozen(NOON + timedelta(seconds=61)):
        assert turns.begin("thing", every)


def test_a_clock_that_was_set_back_does_not_stop_the_schedule(app: Flask) -> None:
    with clock.frozen(NOON + timedelta(days=300)):
        assert turns.begin("thing", timedelta(minutes=1))
    with clock.frozen(NOON):
        assert turns.begin("thing", timedelta(minutes=1))


def test_all_that_recurs_is_done_at_the_first_look(app: Flask, mailbox: Mailbox) -> None:
    assert schedule.take_turns() == [turn.name for turn in schedule.TURNS]
    assert all(turns.last_finished(turn.name) for turn in schedule.TURNS)
    assert schedule.take_turns() == []


def test_a_job_that_fails_keeps_no_other_from_its_turn(app: Flask) -> None:
    done: list[str] = []

    def fail() -> None:
        with jobs.job("broken"):
            raise RuntimeError("secret")

    minute = timedelta(minutes=1)
    schedule.take_turns(
        (
            schedule.Turn("broken", minute, fail),
            schedule.Turn("whole", minute, lambda: done.append("whole")),
        )
    )
    assert done == ["whole"]
