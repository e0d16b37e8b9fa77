"""Sends what waits in the outbox: claim, commit, send, settle, commit. Here: letters to staff.

Nothing is sent inside a transaction, so a slow mail server holds no lock. A crash between the
mail server's "accepted" and our commit can send a letter again when the claim has run out; both
then carry the same Message-ID, by which a mailbox can drop the second.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import and_, delete, or_

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.ports import DeliveryFailed, Mailer
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from . import letters, service
from .models import Channel, Kind, Notice

log = logging.getLogger(__name__)

BATCH = 50
KEEP_LETTERS = timedelta(days=30)
KEEP_IN_APP = timedelta(days=180)
"""A knock's notices also go when the knock is purged (domain.statistics)."""


@dataclass(frozen=True)
class _Ready:
    """All that sending needs, read before the transaction ends."""

    notice_id: str
    attempt: int
    to: str
    letter: letters.Letter


def message_id(notice_id: str, public_url: str) -> str:
    """RFC 5322 3.6.4. The same at every attempt."""
    return f"<{notice_id}@{urlsplit(public_url).hostname}>"


def deliver(notice_id: str, mailer: Mailer, *, public_url: str) -> bool:
    """Send one notice if it is due and nobody else has it. True when a letter was accepted.

    Safe to call any number of times, by several workers at once.
    """
    ready = _prepare(notice_id, public_url)
    work.commit()
    if ready is None:
        return False
    failure = None
    try:
        mailer.send(
            to=ready.to,
            subject=ready.letter.subject,
            text=ready.letter.text,
            message_id=message_id(notice_id, public_url),
        )
    except DeliveryFailed as error:
        failure = error
    _settle(ready, failure)
    work.commit()
    return failure is None


def deliver_waiting(deliver_one: Callable[[str], bool], *, seconds: float) -> int:
    """Send what waits, oldest first, and start nothing new after ``seconds`` (wall-clock).

    deliver_one: sends the notice of an id, True when it left. Returns how many did.
    """
    stop_at = time.monotonic() + seconds
    done = 0
    ids = service.waiting(BATCH)
    work.commit()
    for notice_id in ids:
        if time.monotonic() >= stop_at:
            break
        try:
            done += deliver_one(notice_id)
        except Exception as error:  # noqa: BLE001  (one that fails keeps no other waiting)
            work.rollback()
            log.error("a notice was not sent: %s", type(error).__name__)
    return done


def _prepare(notice_id: str, public_url: str) -> _Ready | None:
    notice = service.claim(notice_id)
    if notice is None:
        return None
    receiver = db.session.get(Staff, notice.staff_id) if notice.staff_id else None
    if receiver is None or not receiver.active:
        service.failed(notice, "receiver inactive", permanent=True)
        return None
    if notice.useful_until and notice.useful_until <= clock.now():
        service.failed(notice, "too late", permanent=True)
        return None
    if notice.kind is Kind.SIGN_IN_LINK:
        # Made now, so that no row ever holds a token that signs somebody in.
        token = people.make_link(receiver, by=work.SYSTEM)
        letter = letters.sign_in(token, public_url)
    else:
        letter = letters.about(notice, receiver, public_url)
    return _Ready(notice.id, notice.attempts, receiver.email, letter)


def _settle(ready: _Ready, failure: DeliveryFailed | None) -> None:
    notice = db.session.get(Notice, ready.notice_id, populate_existing=True, with_for_update=True)
    if notice is None or notice.sent_at:
        return
    if failure is None:
        service.sent(notice)
    elif notice.attempts == ready.attempt:  # else our claim ran out and another tries now
        service.failed(notice, failure.reason, permanent=failure.permanent)


def forget_old() -> int:
    """Delete notices that nobody needs any more. Returns how many."""
    now = clock.now()
    over = or_(Notice.sent_at.is_not(None), Notice.given_up_at.is_not(None))
    return changed(
        delete(Notice)
        .where(
            or_(
                and_(Notice.channel != Channel.APP, over, Notice.created_at < now - KEEP_LETTERS),
                and_(Notice.channel == Channel.APP, Notice.created_at < now - KEEP_IN_APP),
            )
        )
        .execution_options(synchronize_session=False)
    )
