"""The outbox's one loop: claim, prepare, commit, send, settle, commit.

What waits leaves by its channel, the nearest *senast* first, several at a time. Each process takes
the next row that no other holds (``SKIP LOCKED``), so that all share what waits and none takes
turns for all; SQLite has one writer, and one after the other they do the same.

A *sender* (of letters to staff, pushes to one browser, SMS instead) says only how one notice of its
channel is prepared, sent and settled; whoever puts a worker together gives the senders to the loop.
Nothing is sent inside a transaction, so a slow server holds no lock. A claim is short, and is
renewed for as long as the process lives (``ways.Hands``): what a dead one held is soon another's.

What holds at a crash is decided here, for all alike. Where a second message can be known
from the first (a letter, by its Message-ID) a claim that ran out is sent again. Where it cannot
(``AT_MOST_ONCE``: RFC 8030 and SMS know no such id) ``started_at`` is committed before the first
byte leaves, and a row that has it and was never settled is given up as unknown.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    literal,
    or_,
    select,
    union_all,
    update,
)

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime, Word
from elevhalsa.core.errors import without_words
from elevhalsa.core.ports import DeliveryFailed
from elevhalsa.database import AWAY as DATABASE_AWAY
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.rows import changed
from elevhalsa.domain.serving.hours import OnDuty
from elevhalsa.extensions import db

from . import rules, service
from .kinds import KINDS
from .models import Channel, Kind, Notice
from .ways import Hands, Way

log = logging.getLogger(__name__)

AT_MOST_ONCE = (Channel.PUSH, Channel.SMS)
UNKNOWN = "unknown"
"""What stands for an error where nobody knows if it left: never sent again."""
SENT_BY: tuple[Channel, ...] = (Channel.PUSH, Channel.SMS, Channel.EMAIL)
CLAIM_LASTS = timedelta(seconds=30)
"""Several times as long as it takes a living process to say that it still has it, so that two never
send at once."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WAIT_FOR_A_SERVER = timedelta(minutes=1)
"""Of what was tried while its server was away: that is no fault of the message's."""
SETTLE_PAUSES = (0.2, 1.0, 3.0, 10.0)
"""Seconds between the tries to write down what became of something that was sent."""
QUIET = "quiet hours"
"""What stands for an error of a notice that waits for them to end: it is no failure."""
OFF_DUTY = "off duty"
"""Likewise of one to staff that waits until they are at work."""
BUNDLED = "bundled"
"""Likewise of a letter that waits to be sent for several, and of those that it stands for."""
AWAY = "server away"
"""Its server is known to be away, and was not asked."""
FAULT = "fault"
"""A fault of ours kept it from being sent."""
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

    is_one_server = True
    """Is all that it sends taken by one server? When that is away nothing else is tried."""

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


class _Went(Enum):
    NOTHING_WAITS = auto()
    LEFT = auto()
    REFUSED = auto()
    """The server said why."""
    AWAY = auto()
    """It was not reached, or takes nothing now."""
    NOT_ASKED = auto()
    """The notice is not to be sent now, or a fault of ours keeps it."""


class _Lane:
    """A thread that sends one notice of a channel after another."""

    def __init__(self) -> None:
        self.taken = 0
        self.left = 0
        self.ended_by: BaseException | None = None
        self.thread: threading.Thread | None = None

    def begin(self, run: Callable[["_Lane"], None]) -> None:
        context = copy_context()
        self.thread = threading.Thread(
            target=context.run, args=(self._run, run), name="outbox", daemon=True
        )
        self.thread.start()

    def _run(self, run: Callable[["_Lane"], None]) -> None:
        try:
            run(self)
        except Exception as error:  # noqa: BLE001  (others go on, and what waits is found again)
            log.error("sending was broken off: %s", without_words(error))
        except BaseException as error:  # noqa: BLE001  (told by who waits for us)
            self.ended_by = error


class Outbox:
    """The loop, with the senders of one process. Kept for as long as the process: it knows which
    servers are away, and what is under way."""

    def __init__(
        self, senders: Sequence[Sender[Any]], unit: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """unit: opens a unit of work in a thread that has none."""
        self._senders = senders
        self._unit = unit
        self._on_duty = OnDuty()
        self._ways = {channel: Way() for channel in SENT_BY}
        self._hands = Hands(self._renew)
        self._is_ending = False

    def deliver_waiting(self, *, seconds: float) -> int:
        """Send what waits until nothing does, but begin none after ``seconds`` (wall-clock), and
        wait no longer for what is under way. Returns how many left."""
        stop_at = time.monotonic() + seconds
        left = 0
        while time.monotonic() < stop_at and not self._is_ending:
            lanes = self._open_lanes(stop_at)
            for lane in lanes:
                if lane.thread:
                    lane.thread.join(max(0.0, stop_at - time.monotonic()))
                if lane.ended_by:
                    raise lane.ended_by
            left += sum(lane.left for lane in lanes)
            if not any(lane.taken for lane in lanes):
                break
        return left

    def end(self, seconds: float) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._is_ending = True
        until = time.monotonic() + seconds
        for way in self._ways.values():
            way.rest(max(0.0, until - time.monotonic()))

    def _open_lanes(self, stop_at: float) -> list[_Lane]:
        """As many as there is something to send for, and room."""
        now = {"now": clock.now(), "most": rules.AT_ONCE}
        due = list(db.session.scalars(_DUE, now))
        work.commit()
        lanes = []
        for channel in due:
            way = self._ways[channel]
            if way.is_open and way.open_lane():
                lanes.append(_Lane())
                lanes[-1].begin(partial(self._send_all, channel=channel, stop_at=stop_at))
        return lanes

    def _send_all(self, lane: _Lane, channel: Channel, stop_at: float) -> None:
        way = self._ways[channel]
        try:
            with self._unit():
                while time.monotonic() < stop_at and not self._is_ending and way.begin(stop_at):
                    went = _Went.NOT_ASKED
                    try:
                        went = self._send_next(channel)
                    finally:
                        way.end(_ANSWERED.get(went))
                    if went is _Went.NOTHING_WAITS and way.may_close():
                        break
                    lane.taken += went is not _Went.NOTHING_WAITS
                    lane.left += went is _Went.LEFT
        finally:
            way.close_lane()

    def _send_next(self, channel: Channel) -> _Went:
        """Send the one whose *senast* is nearest, if any waits. Safe to call any number of times,
        by several workers at once: a row is one worker's alone."""
        notice = claim_next(channel)
        if notice is None:
            work.commit()
            return _Went.NOTHING_WAITS
        notice_id, attempt = notice.id, notice.attempts
        sender = next(one for one in self._senders if one.takes(notice))
        try:
            ready = self._prepare(sender, notice)
            # What it has become is found by the lanes that are open: no need to ask the queue.
            work.waiting_jobs().pop(service.JOB, None)
            work.commit()
        except DATABASE_AWAY:  # the database, not this notice
            work.rollback()
            raise
        except Exception as error:  # noqa: BLE001  (one that fails keeps no other waiting)
            work.rollback()
            log.error("a notice was not prepared: %s", without_words(error))
            _put_off(notice_id)
            return _Went.NOT_ASKED
        if ready is None:
            return _Went.NOT_ASKED
        self._hands.hold(notice_id)
        try:
            failure = _failure_of(sender, ready, channel)
            self._settle_at_last(sender, notice_id, attempt, ready, failure)
        finally:
            self._hands.let_go(notice_id)
        if failure is None:
            return _Went.LEFT
        return _Went.AWAY if failure.away and sender.is_one_server else _Went.REFUSED

    def _prepare(self, sender: Sender[Ready], notice: Notice) -> Ready | None:
        if _may_have_left(notice):
            give_up(notice, UNKNOWN, may_have_left=True)
            return None
        if notice.seen_at:
            give_up(notice, "seen")
        elif _is_too_late(notice):
            give_up(notice, "too late")
        elif self._may_be_told_now(notice):
            return sender.prepare(notice)
        return None

    def _may_be_told_now(self, notice: Notice) -> bool:
        """False of staff who are not at work: then it waits until they are, and is not sent at all
        when nobody waits any more."""
        described = KINDS[notice.kind]
        if notice.staff_id is None or described.at_any_hour:
            return True
        at, now = self._on_duty.next_moment(notice.municipality_id, notice.staff_id), clock.now()
        if at is None:
            give_up(notice, "away")
        elif at > now:
            again(notice, BUNDLED if notice.error == BUNDLED else OFF_DUTY, at=at)
            notice.useful_until = at + described.useful_for
        elif described.while_waiting and _has_waited(notice) and not _is_waited_for(notice):
            give_up(notice, "not so any more")
        else:
            return True
        return False

    def _settle_at_last(
        self,
        sender: Sender[Ready],
        notice_id: str,
        attempt: int,
        ready: Ready,
        failure: DeliveryFailed | None,
    ) -> None:
        """Whatever befalls the database meanwhile: else a letter would be sent again."""
        for pause in (*SETTLE_PAUSES, None):
            try:
                self._settle(sender, notice_id, attempt, ready, failure)
                work.commit()
            except DATABASE_AWAY:
                work.rollback()
                if pause is None:
                    raise
                time.sleep(pause)
            except BaseException:
                work.rollback()
                raise
            else:
                return

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

    def _renew(self, notice_ids: Sequence[str]) -> None:
        with self._unit():
            now = clock.now()
            values = {"ids": list(notice_ids), "now": now, "until": now + CLAIM_LASTS}
            db.session.execute(_RENEW, values)


_ANSWERED = {_Went.LEFT: True, _Went.REFUSED: True, _Went.AWAY: False}


def _failure_of(sender: Sender[Ready], ready: Ready, channel: Channel) -> DeliveryFailed | None:
    """Send it. None: it left.

    Raises what a fault of ours raises where nobody then knows if it left: it stays claimed, and is
    given up as unknown.
    """
    try:
        sender.send(ready)
    except DeliveryFailed as failure:
        return failure
    except Exception as error:
        if channel in AT_MOST_ONCE:
            raise
        log.error("a notice was not sent: %s", without_words(error))
        return DeliveryFailed(FAULT, permanent=False)
    return None


def _put_off(notice_id: str) -> None:
    """A fault of ours kept it from being sent: others go first."""
    notice = claim(notice_id)
    if notice:
        try_later(notice, DeliveryFailed(FAULT, permanent=False))
    work.commit()


# --- what a row can become -----------------------------------------------------------------------


_now = bindparam("now", type_=UtcDateTime())
_until = bindparam("until", type_=UtcDateTime())


def _waits(columns: Any) -> ColumnElement[bool]:
    return and_(
        columns.sent_at.is_(None),
        columns.given_up_at.is_(None),
        columns.not_before <= _now,
        or_(columns.claimed_until.is_(None), columns.claimed_until <= _now),
    )


# Made once, and of the table: to build such a statement takes as long as to run it, and so do the
# steps that the ORM takes before an UPDATE of its own.
_TABLE = cast(Table, Notice.__table__)
_OTHERS: FromClause = _TABLE.alias("others")


def _next_of(channel: ColumnElement[Any], most: ColumnElement[int]) -> Select[str]:
    """Ids of what waits on a channel, in the order in which it is to leave."""
    columns = _OTHERS.c
    return (
        select(columns.id)
        .where(columns.channel == channel, _waits(columns))
        .order_by(columns.due_at, columns.not_before)
        .limit(most)
    )


def _claiming(which: ColumnElement[bool]) -> Any:
    begins = and_(_TABLE.c.channel.in_(AT_MOST_ONCE), _TABLE.c.started_at.is_(None))
    return (
        select(Notice)
        .from_statement(
            update(_TABLE)
            .where(which)
            .values(
                claimed_until=_until,
                attempts=_TABLE.c.attempts + 1,
                started_at=case((begins, _now), else_=_TABLE.c.started_at),
            )
            .returning(_TABLE)
        )
        .execution_options(populate_existing=True)
    )


_channel = bindparam("of_channel", type_=Word(Channel))
_NEXT = _next_of(_channel, literal(1)).with_for_update(skip_locked=True)
_CLAIM_NEXT = _claiming(_TABLE.c.id == _NEXT.scalar_subquery())
_CLAIM = _claiming(and_(_TABLE.c.id == bindparam("notice_id"), _waits(_TABLE.c)))
_RENEW = (
    update(_TABLE)
    .where(
        _TABLE.c.id.in_(bindparam("ids", expanding=True)),
        _TABLE.c.claimed_until > _now,
        _TABLE.c.sent_at.is_(None),
    )
    .values(claimed_until=_until)
)
_SENT = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("notice_id"), _TABLE.c.sent_at.is_(None))
    .values(sent_at=_now, claimed_until=None, error=None, given_up_at=None)
)


def _due(channel: Channel) -> Select[Any]:
    some = _next_of(literal(channel, Word(Channel)), bindparam("most", type_=Integer())).subquery()
    return select(literal(channel, Word(Channel)).label("channel")).select_from(some)


_DUE = union_all(*map(_due, SENT_BY))
"""The channel of each of the first that wait on it."""


def claim_next(channel: Channel) -> Notice | None:
    """Take the row that is to leave next, of those that no other takes at this moment. None when
    nothing waits.

    The caller commits before it sends, so that a second worker sees the claim.
    """
    now = clock.now()
    values = {"of_channel": channel, "now": now, "until": now + CLAIM_LASTS}
    found: Notice | None = db.session.scalars(_CLAIM_NEXT, values).one_or_none()
    return found


def claim(notice_id: str) -> Notice | None:
    """As ``claim_next``, of a certain row. None when it was sent, given up, or another has it."""
    now = clock.now()
    values = {"notice_id": notice_id, "now": now, "until": now + CLAIM_LASTS}
    found: Notice | None = db.session.scalars(_CLAIM, values).one_or_none()
    return found


def sent(notice_id: str) -> bool:
    """There is nothing more to do for it. False when that was known."""
    return changed(_SENT, {"notice_id": notice_id, "now": clock.now()}) == 1


def _may_have_left(notice: Notice) -> bool:
    """True when an earlier claim began to send it and nobody knows how that went."""
    claimed_at = notice.claimed_until - CLAIM_LASTS if notice.claimed_until else clock.now()
    return notice.started_at is not None and notice.started_at < claimed_at


def _has_waited(notice: Notice) -> bool:
    """It was not to be sent as soon as it was posted."""
    return notice.not_before > notice.created_at


def _is_waited_for(notice: Notice) -> bool:
    """Of what is about nothing, nobody knows."""
    if notice.about is None:
        return True
    return db.session.scalar(select(open_about(notice.about).exists())) is True


def _is_too_late(notice: Notice) -> bool:
    return notice.useful_until is not None and notice.useful_until <= clock.now()


def try_later(notice: Notice, failure: DeliveryFailed) -> None:
    """Try again later, doubling the wait from a minute to an hour, until it is of no use. What its
    server was away for waits no longer than a minute."""
    now = clock.now()
    wait = wait_before_attempt(notice.attempts + 1)
    if failure.away:
        wait = min(wait, LONGEST_WAIT_FOR_A_SERVER)
    if failure.permanent or (notice.useful_until and now >= notice.useful_until):
        give_up(notice, failure.reason)
    else:
        again(notice, failure.reason, at=now + wait)


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
