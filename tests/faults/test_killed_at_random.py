"""Workers, web, queue and database are killed at random moments while pupils knock.

Afterwards every receipt that was shown has its knock, everybody who was to be told was, by the
servers' own account of what came, no push came twice, and no letter but one that a killed worker,
or one whose database was killed, had in its hands. Soon after the last kill nothing waits.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.vapid import new_key, to_base64url
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import outbox, rules
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Reason
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests import postgres
from tests.conftest import app_for, settings_for
from tests.factories import Make
from tests.mailbox import Mailbox, open_mailbox
from tests.push_service import PushService, open_push_service
from tests.running import eventually, free_port

from .conftest import Say
from .house import House, a_house, in_a_workers_hands, let_claims_run_out
from .phones import Phone, Receipt, all_open

KEY = new_key()
SUBJECT = "mailto:drift@exempel.invalid"
LETTER_SECONDS = 0.02
PHONES = 4
MOST_OPENED = 100
"""Of the receipts, whose codes are tried afterwards."""
GONE_WITHIN_SECONDS = 60.0
"""After the last kill nothing waits any more."""


@dataclass(frozen=True)
class Size:
    knocks: int
    late: int
    """Knocks of ten days ago, whose whole ladder is due when the killing begins."""
    kills: int
    pause: tuple[float, float]
    """Seconds between two kills: at least and at most."""
    is_whole: bool
    """Back ends of the database are killed too, and what waits is waited for, claims included."""

    def __str__(self) -> str:
        return f"{self.knocks} knocks"


SMALL = Size(knocks=12, late=3, kills=3, pause=(0.1, 0.5), is_whole=False)
WHOLE = Size(knocks=1000, late=60, kills=60, pause=(0.3, 3.0), is_whole=True)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        box.seconds = LETTER_SECONDS
        yield box


@pytest.fixture
def push() -> Iterator[PushService]:
    with open_push_service() as service:
        yield service


def the_app(address: str, push: PushService) -> Flask:
    return app_for(
        settings_for(address, vapid_keys=[KEY], vapid_subject=SUBJECT, push_services=[push.origin])
    )


@pytest.fixture
def own_postgres() -> Iterator[str]:
    """A server that only this test has: a back end that is killed takes all others with it."""
    with postgres.server() as address:
        postgres.execute(address, "CREATE DATABASE killed")
        # As it comes: a commit that was answered outlives the process that answered.
        postgres.execute(address, "ALTER DATABASE killed SET synchronous_commit = on")
        yield address.replace("/postgres?", "/killed?")


@dataclass
class Killer:
    """Kills and starts again, and remembers what may have been sent and not written down."""

    house: House
    chance: random.Random
    kill_back_ends: bool
    kills: Counter[str] = field(default_factory=Counter)
    may_repeat: Counter[str] = field(default_factory=Counter)
    """By notice: how often it was in the hands of what was killed."""

    def kills_one(self) -> None:
        names = [*self.house.workers, *self.house.workers, "web", "one of the web", "queue",
                 "a connection", "a connection", *["a back end"] * self.kill_back_ends]  # fmt: skip
        name = self.chance.choice(names)
        self.kills[name] += 1
        if name in ("a connection", "a back end"):
            self._kills_of_the_database(name)
        elif name == "one of the web":
            self.house.kill_one_web_process()
        else:
            self.house.kill(name)
            if name in self.house.workers:
                self._note()
            time.sleep(self.chance.uniform(0, 1))
            self.house.start(name)

    def _kills_of_the_database(self, name: str) -> None:
        """Of a connection: ended, or its process killed. Then all are, and PostgreSQL recovers."""
        query = text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid"
        )
        self._note()
        pids = list(db.session.scalars(query))
        if not pids:
            return
        pid = self.chance.choice(pids)
        if name == "a connection":
            db.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            db.session.rollback()
            return
        db.session.rollback()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        eventually(self._note, seconds=30)

    def ends_the_wait(self) -> None:
        """What dead workers had in their hands is free at once, not in half a minute."""
        for name in self.house.workers:
            self.house.kill(name)
        self._note()
        let_claims_run_out()
        for name in self.house.workers:
            self.house.start(name)

    def _note(self) -> bool:
        with suppress(DBAPIError):
            self.may_repeat.update(notice_id for notice_id, _attempt in in_a_workers_hands())
            return True
        db.session.remove()
        return False


def knocking(url: str, network: int, slug: str, count: int) -> list[Receipt]:
    with Phone(url, network, is_patient=True) as phone:
        return [phone.knocks(slug) for _number in range(count)]


@pytest.mark.parametrize("size", [SMALL, pytest.param(WHOLE, marks=pytest.mark.trial)], ids=str)
def test_nothing_is_lost_and_no_push_comes_twice(
    request: pytest.FixtureRequest, mailbox: Mailbox, push: PushService, size: Size,
    tmp_path_factory: pytest.TempPathFactory, say: Say,
) -> None:  # fmt: skip
    address = request.getfixturevalue("own_postgres" if size.is_whole else "postgres_url")
    app = the_app(address, push)
    with app.app_context():
        flask_migrate.upgrade()
        try:
            knocked_and_killed(address, mailbox, push, tmp_path_factory.mktemp("k"), say, size)
        finally:
            db.session.remove()
            db.engine.dispose()


def some_staff(make: Make, push: PushService) -> tuple[School, list[str]]:
    """A school, and who is told of its knocks: by letter, one of them by push too."""
    school = make.school()
    told = [make.counsellor(school), make.counsellor(school)]
    key_id, public = reminders.public_key() or ("", "")
    browser = push.subscribe(public)
    reminders.subscribe(
        told[0], endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth,
        key_id=key_id, origin="https://elevhalsa.exempel.invalid",
    )  # fmt: skip
    db.session.commit()
    return school, [staff.id for staff in told]


def knocked_and_killed(
    database_url: str, mailbox: Mailbox, push: PushService, folder: Path, say: Say, size: Size
) -> None:
    seed = int(os.environ.get("KILLS_SEED") or (time.time() if size.is_whole else 1))
    say(f"KILLS_SEED={seed} does it again")
    make = Make()
    school, told = some_staff(make, push)
    told_late, slug = {*told, make.coordinator().id}, school.slug
    with clock.frozen(clock.now() - timedelta(days=10)):
        late = {make.knock(school).knock.id for _number in range(size.late)}
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = {"VAPID_KEYS": KEY, "VAPID_SUBJECT": SUBJECT, "PUSH_SERVICES": push.origin}
    with a_house(database_url, mailbox, folder, port, workers=2, **keys) as house:
        killer = Killer(house, random.Random(seed), size.is_whole)  # noqa: S311
        with ThreadPoolExecutor(PHONES) as pool:
            phones = [
                pool.submit(knocking, url, 40 + number, slug, size.knocks // PHONES)
                for number in range(PHONES)
            ]
            while killer.kills.total() < size.kills or (
                size.is_whole and not all(one.done() for one in phones)
            ):
                time.sleep(killer.chance.uniform(*size.pause))
                killer.kills_one()
                if killer.kills.total() % 10 == 0:
                    say(f"{killer.kills.total()} kills, {waiting()} wait")
            if not size.is_whole:
                killer.ends_the_wait()
            last_kill, left = time.monotonic(), waiting()
            receipts = [receipt for one in phones for receipt in one.result()]
        eventually(lambda: not waiting(), seconds=4 * GONE_WITHIN_SECONDS)
        gone_after = time.monotonic() - last_kill
        say(f"{len(receipts)} receipts; kills: {dict(killer.kills)}; {left} waited after the last, "
            f"none after {gone_after:.0f} s")  # fmt: skip
        eventually(house.is_open, seconds=60)
        assert all_open(url, 60, receipts[:: 1 + len(receipts) // MOST_OPENED])
    assert gone_after <= GONE_WITHIN_SECONDS
    db.session.rollback()
    new = set(db.session.scalars(select(Knock.id))) - late
    assert new == {receipt.knock_id for receipt in receipts}
    assert len(new) == len(receipts), "a knock that was sent again is one knock"
    each_was_told(Kind.NEW_KNOCK, new, set(told))
    each_was_told(Kind.PROMISE_LATE, late, told_late)
    died = sum(killer.kills[name] for name in house.workers)
    what_came(mailbox, push, killer.may_repeat, died, say)


def waiting() -> int:
    """Rungs and notices that are due."""
    try:
        db.session.rollback()
        now = clock.now()
        rungs = select(func.count()).where(Wait.next_rung_at <= now)
        notices = select(func.count()).where(
            Notice.sent_at.is_(None),
            Notice.given_up_at.is_(None),
            Notice.not_before <= now,
        )
        return (db.session.scalar(rungs) or 0) + (db.session.scalar(notices) or 0)
    except DBAPIError:
        db.session.remove()
        return -1


def each_was_told(kind: Kind, knocks: set[str], told: set[str]) -> None:
    """By letter, and of no rung twice: a cause is ``<what>:<rung>:<receiver>:<channel>``."""
    rows = db.session.execute(
        select(Notice.about_id, Notice.staff_id, Notice.cause).where(
            Notice.kind == kind,
            Notice.about_id.in_(knocks),
            Notice.channel == Channel.EMAIL,
            Notice.staff_id.is_not(None),
            Notice.sent_at.is_not(None),
        )
    ).all()
    assert {(about, person) for about, person, _cause in rows} == {
        (knock, person) for knock in knocks for person in told
    }
    assert len({cause for _about, _person, cause in rows}) == len(rows)


def what_came(
    mailbox: Mailbox, push: PushService, may_repeat: Counter[str], died: int, say: Say
) -> None:
    """The servers' own account against ours. died: how often a worker was killed."""
    letters = Counter(one["Message-ID"].strip("<>").partition("@")[0] for one in mailbox.letters)
    mine = db.session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).all()
    assert {one.id for one in mine if one.sent_at} <= set(letters), "what has left has come"
    for one in mine:
        assert one.sent_at or rules.reason_of(one.error or "") in (None, Reason.TOO_LATE)
    assert {one: n for one, n in letters.items() if n > 1 + may_repeat[one]} == {}
    pushes = Counter(one.headers["topic"] for one in push.accepted)
    rows = db.session.scalars(select(Notice).where(Notice.subscription_id.is_not(None))).all()
    assert all(one.sent_at or one.given_up_at for one in rows)
    may_have_left = [one for one in rows if one.sent_at or one.error == outbox.UNKNOWN]
    assert not pushes - Counter(map(topic_of, may_have_left)), "a push came twice"
    assert not Counter(topic_of(one) for one in rows if one.sent_at) - pushes
    assert len(push.faults) <= died, "what a worker had half sent when it died"
    say(f"{letters.total()} letters, {letters.total() - len(letters)} of them a second time; "
        f"{pushes.total()} pushes, {sum(not one.sent_at for one in may_have_left)} that nobody "
        "knows of")  # fmt: skip


def topic_of(notice: Notice) -> str:
    """What the push service knows a message by: of one kind about one thing."""
    what = f"{notice.subscription_id} {notice.kind} {notice.about_id}"
    return to_base64url(keyring.derive("push-topic", what)[:24])
