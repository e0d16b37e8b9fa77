"""The outbox's one loop: claim, prepare, commit, send, settle, commit.

A *sender* (of letters to staff, pushes to one browser, SMS instead) says only how one notice of its
channel is prepared, sent and settled; whoever puts a worker together gives the senders to the loop.
Nothing is sent inside a transaction, so a slow server holds no lock.

What holds at a crash is decided here, for all alike. Where a second message can be known
from the first (a letter, by its Message-ID) a claim that ran out is sent again. Where it cannot
(``AT_MOST_ONCE``: RFC 8030 and SMS know no such id) ``started_at`` is committed before the first
byte leaves, and a row that has it and was never settled is given up as unknown.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Table, and_, bindparam, case, delete, or_, select, update

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.ports import DeliveryFailed
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from . import service
from .models import Channel, Kind, Notice

log = logging.getLogger(__name__)

AT_MOST_ONCE = (Channel.PUSH, Channel.SMS)
CLAIM_LASTS = timedelta(minutes=2)
"""Longer than a send can take (SMTP timeouts included), so that two never send at once."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
QUIET = "quiet hours"
"""What stands for an error of a notice that waits for them to end: it is no failure."""
BUNDLED = "bundled"
"""Likewise of a letter that waits to be sent for several, and of those that it stands for."""
BATCH = 50
KEEP_SENT = timedelta(days=30)
KEEP_IN_APP = timedelta(days=180)
"""What is about a knock also goes when the knock is purged (domain.statistics)."""

Ready = TypeVar("Ready")


@dataclass(frozen=True)
class Failed:
    """A notice that did not leave, locked until the transaction ends."""

    notice: Notice
    failure: DeliveryFailed
    is_mine: bool
    """False when our claim ran out meanwhile and another worker has the notice, or had."""


class Sender(ABC, Generic[Ready]):
    """How the notices of one channel leave."""

    @abstractmethod
    def takes(self, notice: Notice) -> bool:
        """Is this notice one of this sender's? Of several the first that says so."""

    @abstractmethod
    def prepare(self, notice: Notice) -> Ready | None:
        """All that sending needs, read before the transaction ends; None when nothing is to be
        sent now, and then the row already says why (``sent``, ``again`` or ``give_up``)."""

    @abstractmethod
    def send(self, ready: Ready) -> None:
        """Outside any transaction. Raises DeliveryFailed when it did not leave."""

    def settle(self, ready: Ready, failed: Failed | None) -> None:
        """What follows, besides that a notice that left is marked so. Tried again later, unless
        a sender knows better."""
        if failed and failed.is_mine:
            try_later(failed.notice, failed.failure)


class Outbox:
    """The loop, with the senders of one process."""

    def __init__(self, senders: Sequence[Sender[Any]]) -> None:
        self._senders = senders
        self._posted: list[str] = []
        """What the present notice has become: rows that are due."""

    def deliver_all(self, notice_ids: Iterable[str], *, seconds: float) -> int:
        """Send these, and what they become, one by one. What has not been begun after ``seconds``
        (wall-clock) is left to another job. Returns how many left."""
        stop_at = time.monotonic() + seconds
        done = 0
        todo = deque(notice_ids)
        while todo and time.monotonic() < stop_at:
            done += self._deliver_or_log(todo.popleft()) is True
            # A push becomes one for each browser: no need to ask the queue for ourselves.
            todo.extend(self._posted)
        for notice_id in todo:
            service.wake(notice_id)
        return done

    def deliver_waiting(self, *, seconds: float) -> int:
        """Send what waits until nothing does, but begin none after ``seconds`` (wall-clock).
        Returns how many left."""
        stop_at = time.monotonic() + seconds
        done = 0
        stuck: set[str] = set()
        while ids := [one for one in waiting(BATCH + len(stuck)) if one not in stuck]:
            work.commit()
            for notice_id in ids:
                if time.monotonic() >= stop_at:
                    return done
                left = self._deliver_or_log(notice_id)
                done += left is True
                if left is None:
                    stuck.add(notice_id)
        return done

    def _deliver_or_log(self, notice_id: str) -> bool | None:
        """None: a fault of ours. One that fails keeps no other waiting."""
        self._posted = []
        try:
            return self._deliver(notice_id)
        except Exception as error:  # noqa: BLE001
            work.rollback()
            log.error("a notice was not sent: %s", type(error).__name__)
            return None

    def _deliver(self, notice_id: str) -> bool:
        """Send one notice if it is due and nobody else has it. True when it left.

        Safe to call any number of times, by several workers at once.
        """
        notice = claim(notice_id)
        if notice is None:
            self._commit()
            return False
        sender = next(one for one in self._senders if one.takes(notice))
        attempt = notice.attempts
        ready = self._prepare(sender, notice)
        self._commit()
        if ready is None:
            return False
        failure = None
        try:
            sender.send(ready)
        except DeliveryFailed as error:
            failure = error
        self._settle(sender, notice_id, attempt, ready, failure)
        self._commit()
        return failure is None

    def _commit(self) -> None:
        self._posted += work.waiting_jobs().pop(service.JOB, [])
        work.commit()

    def _prepare(self, sender: Sender[Ready], notice: Notice) -> Ready | None:
        if _may_have_left(notice):
            give_up(notice, "unknown", may_have_left=True)
            return None
        if notice.seen_at:
            give_up(notice, "seen")
        elif _is_too_late(notice):
            give_up(notice, "too late")
        else:
            return sender.prepare(notice)
        return None

    def _settle(
        self,
        sender: Sender[Ready],
        notice_id: str,
        attempt: int,
        ready: Ready,
        failure: DeliveryFailed | None,
    ) -> None:
        if failure is None:
            if sent(notice_id):
                sender.settle(ready, None)
            return
        notice = db.session.get(Notice, notice_id, populate_existing=True, with_for_update=True)
        if notice is None or notice.sent_at:
            return
        is_mine = notice.attempts == attempt and not notice.given_up_at
        sender.settle(ready, Failed(notice, failure, is_mine))


# --- what a row can become -----------------------------------------------------------------------


_now = bindparam("now", type_=UtcDateTime())
_WAITS = and_(
    Notice.sent_at.is_(None),
    Notice.given_up_at.is_(None),
    Notice.not_before <= _now,
    or_(Notice.claimed_until.is_(None), Notice.claimed_until <= _now),
)
_BEGINS = and_(Notice.channel.in_(AT_MOST_ONCE), Notice.started_at.is_(None))

# Made once, and of the table: to build such a statement takes as long as to run it, and so do the
# steps that the ORM takes before an UPDATE of its own.
_TABLE = cast(Table, Notice.__table__)
_WAITING = (
    select(Notice.id)
    .where(_WAITS)
    .order_by(Notice.useful_until.nulls_last(), Notice.not_before)
    .limit(bindparam("most"))
)
_CLAIM = (
    select(Notice)
    .from_statement(
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("notice_id"), _WAITS)
        .values(
            claimed_until=bindparam("until"),
            attempts=_TABLE.c.attempts + 1,
            started_at=case((_BEGINS, _now), else_=_TABLE.c.started_at),
        )
        .returning(_TABLE)
    )
    .execution_options(populate_existing=True)
)
_SENT = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("notice_id"), _TABLE.c.sent_at.is_(None))
    .values(sent_at=_now, claimed_until=None, error=None, given_up_at=None)
)


def waiting(limit: int) -> list[str]:
    """Ids of rows that are due to be sent and that nobody has claimed: first those that will soon
    be of no use, then the oldest."""
    return list(db.session.scalars(_WAITING, {"now": clock.now(), "most": limit}))


def claim(notice_id: str) -> Notice | None:
    """Take a row for sending. None when it was sent, given up, or another has it.

    The caller commits before it sends, so that a second worker sees the claim.
    """
    now = clock.now()
    values = {"notice_id": notice_id, "now": now, "until": now + CLAIM_LASTS}
    return db.session.scalars(_CLAIM, values).one_or_none()


def sent(notice_id: str) -> bool:
    """There is nothing more to do for it. False when that was known."""
    return changed(_SENT, {"notice_id": notice_id, "now": clock.now()}) == 1


def _may_have_left(notice: Notice) -> bool:
    """True when an earlier claim began to send it and nobody knows how that went."""
    claimed_at = notice.claimed_until - CLAIM_LASTS if notice.claimed_until else clock.now()
    return notice.started_at is not None and notice.started_at < claimed_at


def _is_too_late(notice: Notice) -> bool:
    return notice.useful_until is not None and notice.useful_until <= clock.now()


def try_later(notice: Notice, failure: DeliveryFailed) -> None:
    """Try again later, doubling the wait from a minute to an hour, until it is of no use."""
    now = clock.now()
    if failure.permanent or (notice.useful_until and now >= notice.useful_until):
        give_up(notice, failure.reason)
    else:
        again(notice, failure.reason, at=now + wait_before_attempt(notice.attempts + 1))


def give_up(notice: Notice, error: str, *, may_have_left: bool = False) -> None:
    """It did not leave and will not be tried again. may_have_left: nobody knows if it did."""
    notice.error = error[:80]
    notice.claimed_until = None
    notice.given_up_at = clock.now()
    if not may_have_left:
        notice.started_at = None


def again(notice: Notice, error: str, *, at: datetime) -> None:
    """It did not leave; try again then."""
    notice.error = error[:80]
    notice.claimed_until = None
    notice.started_at = None
    notice.not_before = at


def wait_before_attempt(attempt: int) -> timedelta:
    """1, 2, 4 … 60 minutes before the second, third, fourth … attempt."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 2, 10))


def forget_old() -> int:
    """Delete notices that nobody needs any more. Returns how many.

    That a pupil was told of our lateness stays until what it is about is purged, which counts it.
    """
    now = clock.now()
    over = or_(Notice.sent_at.is_not(None), Notice.given_up_at.is_not(None))
    counted_later = and_(
        Notice.kind == Kind.PROMISE_LATE, Notice.staff_id.is_(None), Notice.about_id.is_not(None)
    )
    return changed(
        delete(Notice)
        .where(
            ~counted_later,
            or_(
                and_(Notice.channel != Channel.APP, over, Notice.created_at < now - KEEP_SENT),
                and_(Notice.channel == Channel.APP, Notice.created_at < now - KEEP_IN_APP),
            ),
        )
        .execution_options(synchronize_session=False)
    )
