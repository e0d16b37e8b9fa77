"""A worker that is killed while it sends a push: the next one does not send it again.

Real processes: two workers one after the other, a queue server, a push service that decrypts.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa import create_app, work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.vapid import new_key
from elevhalsa.domain.knocks import answering, devices
from elevhalsa.domain.notices.models import Notice, ScheduledRun
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests.conftest import settings_for
from tests.factories import Make
from tests.push_service import PushService, open_push_service
from tests.running import environment, eventually, has_come, running_valkey, running_worker
from tests.sms_gateway import Gateway, open_gateway

SUBJECT = "mailto:drift@exempel.invalid"

pytestmark = pytest.mark.parametrize(
    "database_url", ["postgresql", pytest.param("sqlite", marks=pytest.mark.trial)], indirect=True
)
"""How a claim is taken and kept on either is tried in ``tests/domain/test_outbox``."""


@pytest.fixture
def push() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as gateway:
        yield gateway


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("q") / "valkey.sock"


@pytest.fixture
def key() -> str:
    return new_key()


@pytest.fixture
def app(database_url: str, socket_path: Path, push: PushService, key: str) -> Iterator[Flask]:
    """The web's side: it enqueues to the real queue."""
    app = create_app(
        settings_for(
            database_url,
            redis_url=f"unix://{socket_path}",
            vapid_keys=[key],
            vapid_subject=SUBJECT,
            push_services=[push.origin],
        )
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def env(
    database_url: str, socket_path: Path, push: PushService, gateway: Gateway, key: str
) -> dict[str, str]:
    return environment(
        DATABASE_URL=database_url,
        REDIS_URL=f"unix://{socket_path}",
        VAPID_KEYS=key,
        VAPID_SUBJECT=SUBJECT,
        PUSH_SERVICES=push.origin,
        SMS_URL=gateway.url,
    )


def answer_somebody_who_is_reminded(make: Make, push: PushService) -> None:
    school = make.school()
    counsellor = make.counsellor(school)
    row = make.knock(school).knock
    reminders.set_fallback(row, phone="0701740605", email=None)
    device, _token = devices.make()
    devices.remember(device)
    devices.show(device, row, pin_given=False)
    key_id, public = reminders.public_key() or ("", "")
    browser = push.subscribe(public)
    subscription = reminders.subscribe(
        device,
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        key_id=key_id,
        origin="https://elevhalsa.exempel.invalid",
    )
    reminders.set_quiet(subscription, None, None)
    db.session.commit()
    with work.unit():
        answering.answer(counsellor, row, "hej", form_id=new_id())


def the_push() -> Notice | None:
    db.session.rollback()
    return db.session.scalar(select(Notice).where(Notice.subscription_id.is_not(None)))


def let_minutes_pass(minutes: int) -> None:
    """Move what the workers go by back in time, instead of waiting."""
    back = timedelta(minutes=minutes)
    db.session.rollback()
    with work.unit():
        for run in db.session.scalars(select(ScheduledRun)):
            run.started_at = run.started_at and run.started_at - back
        for row in db.session.scalars(select(Notice).where(Notice.sent_at.is_(None))):
            row.claimed_until = row.claimed_until and row.claimed_until - back


def test_a_push_that_a_killed_worker_may_have_sent_is_not_sent_again(
    make: Make, push: PushService, socket_path: Path, env: dict[str, str], tmp_path: Path
) -> None:
    push.hold()
    with running_valkey(socket_path):
        with running_worker(env, tmp_path / "first.log") as worker:
            answer_somebody_who_is_reminded(make, push)
            assert push.held.wait(30), "the push service has it and has not answered"
            worker.kill()
        push.release()
        row = the_push()
        assert row
        assert row.started_at
        assert not row.sent_at
        let_minutes_pass(3)
        with running_worker(env, tmp_path / "second.log") as worker:
            eventually(lambda: (the_push() or row).given_up_at, seconds=40)
            assert worker.ask_to_end() == 0
        assert "Traceback" not in worker.said()
    settled = the_push()
    assert settled
    assert settled.error == "unknown"
    assert push.attempts == 1


def test_a_worker_that_lives_sends_it_once(
    make: Make, push: PushService, gateway: Gateway, socket_path: Path, env: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    with (
        running_valkey(socket_path),
        running_worker(env, tmp_path / "one.log") as one,
        running_worker(env, tmp_path / "two.log") as two,
    ):
        answer_somebody_who_is_reminded(make, push)
        eventually(lambda: (row := the_push()) and row.sent_at, seconds=40)
        let_minutes_pass(3)
        has_come(one)
        has_come(two)
        assert one.ask_to_end() == 0
        assert two.ask_to_end() == 0
    assert push.faults == []
    assert [one.notification["body"] for one in push.accepted] == ["Du har ett svar"]
    assert gateway.said == [], "it has not been silent for long enough"
