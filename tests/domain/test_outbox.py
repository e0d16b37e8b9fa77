"""The one loop of the outbox: a backlog leaves in one go, what is soon of no use first."""

import logging
from datetime import timedelta

import pytest

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.ports import DeliveryFailed
from elevhalsa.domain.notices import outbox, service
from elevhalsa.domain.notices.models import About, Channel, Kind, Notice
from elevhalsa.domain.notices.outbox import Outbox
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db


class Letters(outbox.Sender[str]):
    """Takes every letter, and remembers in which order."""

    def __init__(self, *, broken: str = "") -> None:
        self.broken = broken
        self.sent: list[str] = []

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.EMAIL

    def prepare(self, notice: Notice) -> str:
        if notice.cause.startswith(self.broken or "-"):
            raise RuntimeError("secret")
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


def left() -> list[str]:
    db.session.rollback()
    return outbox.waiting(1000)


def test_a_backlog_leaves_in_one_go(app, nurse: Staff) -> None:
    tell(nurse, *(f"{number}" for number in range(2 * outbox.BATCH + 1)), kind=Kind.NEW_KNOCK)
    letters = Letters()
    assert Outbox([letters]).deliver_waiting(seconds=60) == 2 * outbox.BATCH + 1
    assert left() == []


def test_nothing_is_begun_when_the_time_is_out(app, nurse: Staff) -> None:
    tell(nurse, "a", "b", kind=Kind.NEW_KNOCK)
    letters = Letters()
    assert Outbox([letters]).deliver_waiting(seconds=0) == 0
    assert letters.sent == []
    assert len(left()) == 2


def test_a_job_without_time_leaves_its_letters_to_another_job(app, nurse: Staff) -> None:
    tell(nurse, "a", "b", kind=Kind.NEW_KNOCK)
    work.waiting_jobs().clear()
    ids = outbox.waiting(2)
    assert Outbox([Letters()]).deliver_all(ids, seconds=0) == 0
    assert work.waiting_jobs() == {service.JOB: ids}


def test_what_is_soon_of_no_use_goes_before_what_has_waited_longer(app, nurse: Staff) -> None:
    now = clock.now()
    with clock.frozen(now - timedelta(minutes=5)):
        tell(nurse, "older", kind=Kind.NEW_KNOCK)
    with clock.frozen(now - timedelta(minutes=1)):
        tell(nurse, "newer", kind=Kind.NEW_KNOCK)
        tell(nurse, "link", kind=Kind.SIGN_IN_LINK)
    letters = Letters()
    Outbox([letters]).deliver_waiting(seconds=60)
    assert letters.sent == ["link", "older", "newer"]


def test_one_that_a_fault_of_ours_holds_up_keeps_no_other_waiting_and_ends_the_turn(
    app, nurse: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    tell(nurse, "broken", "whole", kind=Kind.NEW_KNOCK)
    letters = Letters(broken="broken")
    with caplog.at_level(logging.ERROR):
        assert Outbox([letters]).deliver_waiting(seconds=60) == 1
    assert letters.sent == ["whole"]
    assert len(left()) == 1
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_what_a_slow_worker_says_late_does_not_undo_what_another_has_settled(
    app, nurse: Staff
) -> None:
    """Its claim ran out while it waited for the mail server; another sent the letter."""

    class Slow(Letters):
        def send(self, ready: str) -> None:
            with clock.frozen(clock.now() + outbox.CLAIM_LASTS):
                Outbox([Letters()]).deliver_all(ids, seconds=60)
            raise DeliveryFailed("smtp 451", permanent=True)

    tell(nurse, "a", kind=Kind.NEW_KNOCK)
    ids = outbox.waiting(1)
    Outbox([Slow()]).deliver_all(ids, seconds=60)
    db.session.rollback()
    row = db.session.get_one(Notice, ids[0])
    assert row.sent_at
    assert (row.given_up_at, row.error) == (None, None)
