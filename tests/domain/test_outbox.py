"""The one loop of the outbox: a backlog leaves as fast as it can be taken, what is nearest its
senast first."""

import logging
import threading
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import DataError, OperationalError

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.ports import DeliveryFailed
from elevhalsa.domain.notices import outbox, rules, service, ways
from elevhalsa.domain.notices.models import About, Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.domain.helpers import an_outbox

MANY = 60
SECRET = "vad någon skrev"


class Letters(outbox.Sender[str]):
    """Takes every letter, and remembers in which order."""

    def __init__(self, *, broken: str = "", error: Exception | None = None) -> None:
        self.broken, self.error = broken, error or RuntimeError(SECRET)
        self.sent: list[str] = []

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.EMAIL

    def prepare(self, notice: Notice) -> str:
        if notice.cause.startswith(self.broken or "-"):
            raise self.error
        return notice.cause.partition(":")[0]

    def send(self, ready: str) -> None:
        self.sent.append(ready)


@pytest.fixture
def nurse(make) -> Staff:
    return make.nurse(make.school())


def tell(nurse: Staff, *causes: str, kind: Kind = Kind.WITHDRAWN) -> None:
    for cause in causes:
        service.post(kind, [nurse], cause=cause, about=About.knock(cause))
    db.session.commit()


def letters() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)))


def left() -> int:
    return sum(not row.sent_at and not row.given_up_at for row in letters())


def test_a_backlog_leaves_in_one_go(app, nurse: Staff) -> None:
    tell(nurse, *(f"{number}" for number in range(MANY)), kind=Kind.NEW_KNOCK)
    sender = Letters()
    assert an_outbox(app, sender).deliver_waiting(seconds=60) == MANY
    assert sorted(sender.sent) == sorted(f"{number}" for number in range(MANY))
    assert left() == 0


def test_nothing_is_begun_when_the_time_is_out(app, nurse: Staff) -> None:
    tell(nurse, "a", "b", kind=Kind.NEW_KNOCK)
    sender = Letters()
    assert an_outbox(app, sender).deliver_waiting(seconds=0) == 0
    assert sender.sent == []
    assert left() == 2


@settings(
    max_examples=settings.default.max_examples // 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.none() | st.integers(-50, 50), min_size=2, max_size=8))
def test_the_nearest_senast_leaves_first_whatever_was_posted_first(
    app, nurse: Staff, hours: list[int | None]
) -> None:
    """What has none goes as if it was due when it was posted: a link to sign in with."""
    db.session.execute(delete(Notice))
    now = clock.now()
    due = {
        f"{number}": now if hour is None else now + timedelta(hours=hour)
        for number, hour in enumerate(hours)
    }
    for (cause, moment), hour in zip(due.items(), hours, strict=True):
        with clock.frozen(now):
            post(nurse, cause, due_at=None if hour is None else moment)
    sender = Letters()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "AT_ONCE", 1)
        an_outbox(app, sender).deliver_waiting(seconds=60)
    assert [due[cause] for cause in sender.sent] == sorted(due.values())


def post(nurse: Staff, cause: str, kind: Kind = Kind.NEW_KNOCK, **values) -> None:
    service.post(kind, [nurse], cause=cause, about=About.knock(cause), **values)
    db.session.commit()


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), DataError("SELECT", {}, Exception(SECRET))], ids=type
)
def test_one_that_a_fault_of_ours_holds_up_keeps_no_other_waiting_and_is_put_off(
    app, nurse: Staff, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    tell(nurse, "broken", "whole", kind=Kind.NEW_KNOCK)
    sender = Letters(broken="broken", error=error)
    with caplog.at_level(logging.ERROR):
        assert an_outbox(app, sender).deliver_waiting(seconds=60) == 1
    assert sender.sent == ["whole"]
    (broken,) = (row for row in letters() if not row.sent_at)
    assert broken.error == outbox.FAULT
    assert broken.not_before > clock.now()
    assert type(error).__name__ in caplog.text
    assert SECRET not in caplog.text


def test_what_a_slow_worker_says_late_does_not_undo_what_another_has_settled(
    app, nurse: Staff
) -> None:
    """Its claim ran out while it waited for the mail server; another sent the letter."""

    class Slow(Letters):
        def send(self, ready: str) -> None:
            with clock.frozen(clock.now() + outbox.CLAIM_LASTS):
                an_outbox(app, Letters()).deliver_waiting(seconds=60)
            raise DeliveryFailed("smtp 451", permanent=True)

    tell(nurse, "a", kind=Kind.SIGN_IN_LINK)
    an_outbox(app, Slow()).deliver_waiting(seconds=60)
    (row,) = letters()
    assert row.sent_at
    assert (row.given_up_at, row.error) == (None, None)


class Pushes(Letters):
    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.PUSH


class Held(Letters):
    """A server that answers no letter until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.under_way = threading.Semaphore(0)

    def send(self, ready: str) -> None:
        self.under_way.release()
        self.let_go.wait(20)
        super().send(ready)


def test_a_mail_server_that_is_slow_holds_up_no_push(app, nurse: Staff) -> None:
    tell(nurse, *(f"{number}" for number in range(10)), kind=Kind.NEW_KNOCK)
    sender, pushes = Held(), Pushes()
    box = an_outbox(app, sender, pushes)
    assert box.deliver_waiting(seconds=0.3) == 0  # and what is under way goes on
    for row in letters()[:3]:
        row.channel, row.claimed_until = Channel.PUSH, None
    db.session.commit()
    began = time.monotonic()
    box.deliver_waiting(seconds=2)
    assert len(pushes.sent) == 3
    assert time.monotonic() - began < 2.5
    sender.let_go.set()
    box.end(10)
    assert len(sender.sent) <= rules.AT_ONCE


def test_what_is_being_sent_is_kept_claimed_however_slow_the_server(
    app, nurse: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other worker sends it."""
    monkeypatch.setattr(ways, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(outbox, "CLAIM_LASTS", timedelta(seconds=0.6))
    tell(nurse, "a", kind=Kind.NEW_KNOCK)
    sender, other = Held(), Letters()
    box = an_outbox(app, sender)
    box.deliver_waiting(seconds=1.2)
    an_outbox(app, other).deliver_waiting(seconds=1)
    assert other.sent == []
    sender.let_go.set()
    box.end(10)
    assert left() == 0
    assert sender.sent == ["a"]


class Away(Letters):
    """A server that is not reached until it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False
        self.asked = 0

    def send(self, ready: str) -> None:
        self.asked += 1
        if not self.is_there:
            raise DeliveryFailed("ConnectionRefusedError", permanent=False, away=True)
        super().send(ready)


def test_a_server_that_is_away_is_not_asked_by_every_letter_and_then_all_leaves(
    app, nurse: Staff
) -> None:
    now = clock.now()
    for number in range(MANY):
        at_any_hour = Kind.SIGN_IN_LINK
        post(nurse, f"{number}", at_any_hour, due_at=now + timedelta(minutes=number))
    sender = Away()
    box = an_outbox(app, sender)
    box.deliver_waiting(seconds=60)
    box.deliver_waiting(seconds=60)
    assert sender.asked <= rules.AT_ONCE + 2
    sender.is_there = True
    with clock.frozen(now + outbox.LONGEST_WAIT_FOR_A_SERVER + timedelta(seconds=5)):
        assert box.deliver_waiting(seconds=60) == MANY, "what was tried waits a minute at most"


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_sent_is_written_down_though_the_database_broke_off_meanwhile(
    app, nurse: Staff, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """Else the letter would be sent again. Not for ever: then it is another's."""
    monkeypatch.setattr(outbox, "SETTLE_PAUSES", (0.01, 0.01))
    breaks = iter([True, False] if is_there else [True, True, True])
    whole = outbox.sent

    def broken(notice_id: str) -> bool:
        if next(breaks, False):
            raise OperationalError("UPDATE", {}, Exception("gone"))
        return whole(notice_id)

    monkeypatch.setattr(outbox, "sent", broken)
    tell(nurse, "a", kind=Kind.NEW_KNOCK)
    sender = Letters()
    an_outbox(app, sender).deliver_waiting(seconds=60)
    assert sender.sent == ["a"]
    assert left() == (0 if is_there else 1)


def test_several_workers_share_what_waits_and_send_each_once(app, nurse: Staff) -> None:
    tell(nurse, *(f"{number}" for number in range(MANY)), kind=Kind.NEW_KNOCK)

    class Slowly(Letters):
        def send(self, ready: str) -> None:
            time.sleep(0.005)
            super().send(ready)

    senders = [Slowly() for _worker in range(3)]

    def deliver(sender: Letters) -> None:
        with app.app_context(), work.unit():
            an_outbox(app, sender).deliver_waiting(seconds=60)

    workers = [threading.Thread(target=deliver, args=(sender,)) for sender in senders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sent = [cause for sender in senders for cause in sender.sent]
    assert sorted(sent) == sorted(map(str, range(MANY)))
    assert min(len(sender.sent) for sender in senders) > MANY / 10, "none did it all"
