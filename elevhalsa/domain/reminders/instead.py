"""What goes out when pushes do not help: an SMS or a letter without content, to an address that the
pupil gave for it.

It is posted together with the pushes, waits for some hours, and is dropped when the pupil has
looked by then. Of an SMS it cannot be asked whether it was taken: see ``outbox.AT_MOST_ONCE``.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from sqlalchemy import exists, func, select

from elevhalsa.core import clock, phones
from elevhalsa.core.ports import Outside
from elevhalsa.domain.notices import outbox, schedule
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import browsers, lines, rules, service
from .children import child
from .models import ReminderAddress

log = logging.getLogger(__name__)

SMS_STOPPED = "sms_stopped"
"""Noted when a cap on SMS is reached (``notices.schedule``), for whoever runs the service."""


@dataclass(frozen=True)
class Message:
    """All that sending needs, read before the transaction ends."""

    notice_id: str
    to: str
    line: str


class Texts(outbox.Sender[Message]):
    """SMS to pupils."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.SMS and notice.staff_id is None

    def prepare(self, notice: Notice) -> Message | None:
        address = _address(notice)
        if address and address.phone and (why := _stopped(notice, address, address.phone)):
            _by_letter(notice, address, why)
            return None
        return _prepare(notice, address.phone if address else None)

    def send(self, ready: Message) -> None:
        self._outside.texter.send(to=phones.international(ready.to), text=lines.instead(ready.line))

    def settle(self, ready: Message, failed: outbox.Failed | None) -> None:
        """A letter goes where an SMS cannot."""
        if failed is None or not failed.is_mine:
            return
        address = _address(failed.notice)
        if failed.failure.permanent and address:
            _by_letter(failed.notice, address, failed.failure.reason)
        else:
            super().settle(ready, failed)


def _by_letter(notice: Notice, address: ReminderAddress, why: str) -> None:
    """Where no SMS goes, a letter does, if there is an address for it."""
    if address.email:
        notice.channel = Channel.EMAIL
        outbox.again(notice, why, at=clock.now())
        notices.wake(notice.id)
    else:
        outbox.give_up(notice, why)


def _stopped(notice: Notice, address: ReminderAddress, number: str) -> str | None:
    """Why no SMS goes to this number now; None: it may. That a cap is reached is told to the
    coordinators once a day, and to whoever runs the service."""
    # Held, so that of two that are counted at once the second counts the first.
    held = {"key_share": True}
    place = db.session.get_one(Municipality, notice.municipality_id, with_for_update=held)
    if not phones.may_get_sms(number, place.sms_countries.split()):
        return "sms country"
    address.phone_hash = address.phone_hash or service.hash_phone(number)
    db.session.flush()
    left = (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.channel == Channel.SMS,
            Notice.started_at > clock.now() - rules.SMS_WITHIN,
            Notice.id != notice.id,
        )
    )
    to_number = left.join(ReminderAddress, ReminderAddress.knock_id == Notice.about_id).where(
        ReminderAddress.phone_hash == address.phone_hash
    )
    if not rules.sms_stopped(
        to_number=db.session.scalar(to_number) or 0,
        of_municipality=db.session.scalar(left.where(Notice.municipality_id == place.id)) or 0,
        most=place.sms_a_day,
    ):
        return None
    log.warning("a cap on SMS is reached")
    schedule.finish(SMS_STOPPED)
    coordinators = serving.At(clock.now()).coordinators_of(place.id)
    cause = f"sms:{place.id}:{clock.today()}"
    notices.post(Kind.SMS_STOPPED, coordinators, cause=cause, told_as=Audience.COORDINATOR)
    return "sms cap"


class Letters(outbox.Sender[Message]):
    """E-mail to pupils, from a sender whose name tells nothing."""

    def __init__(self, outside: Outside, sender: str | None) -> None:
        """sender: whom they come from; None without mail."""
        self._outside = outside
        self._sender = sender

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.EMAIL and notice.staff_id is None

    def prepare(self, notice: Notice) -> Message | None:
        address = _address(notice)
        return _prepare(notice, address.email if address else None)

    def send(self, ready: Message) -> None:
        domain = parseaddr(self._sender or "")[1].rpartition("@")[2] or "localhost"
        self._outside.mailer.send(
            to=ready.to,
            subject=ready.line.rstrip("."),
            text=lines.instead(ready.line) + "\n",
            message_id=f"<{ready.notice_id}@{domain}>",
            sender=self._sender,
        )


def _prepare(notice: Notice, to: str | None) -> Message | None:
    line = lines.to_pupil(notice)
    at = _when(notice, clock.now())
    if to is None or line is None:
        outbox.give_up(notice, "not wanted any more")
    elif at is None:
        outbox.give_up(notice, "too late")
    elif at > clock.now():
        outbox.again(notice, outbox.QUIET, at=at)
    else:
        return Message(notice.id, to, line)
    return None


def post(notice: Notice, wanted_at: datetime) -> None:
    """Beside the pushes of a notice to a pupil: the message that goes out then, if the pupil has
    given an address for it."""
    address = _address(notice)
    if address is None:
        return
    at = _when(notice, wanted_at)
    if at:
        channel = Channel.SMS if address.phone else Channel.EMAIL
        notices.add([child(notice, channel, at, "instead")])


def hurry(parent_id: str | None) -> None:
    """When no browser has it or may still get it, the message need not wait."""
    db.session.flush()
    family = (Notice.parent_id == parent_id, Notice.given_up_at.is_(None))
    hope = exists().where(*family, Notice.channel == Channel.PUSH)
    if parent_id is None or db.session.scalar(select(hope)):
        return
    query = select(Notice).where(
        *family,
        Notice.channel != Channel.PUSH,
        Notice.sent_at.is_(None),
        Notice.claimed_until.is_(None),
    )
    for row in db.session.scalars(query):
        at = _when(row, clock.now())
        if at and at < row.not_before:
            row.not_before = at
            notices.wake(row.id)


def _when(notice: Notice, wanted_at: datetime) -> datetime | None:
    """By the quiet hours of the browser that was last in use: they are the pupil's."""
    browser = browsers.last_in_use(notice.about_id)
    return rules.send_at(
        wanted_at,
        quiet=(browser.quiet_from, browser.quiet_to) if browser else rules.PUPIL_QUIET,
        is_loud=bool(browser and notice.kind in browser.loud_kinds),
        useful_until=notice.useful_until,
    )


def _address(notice: Notice) -> ReminderAddress | None:
    return service.address_of(notice.about_id) if notice.about_id else None
