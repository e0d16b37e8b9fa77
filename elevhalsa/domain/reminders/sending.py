"""Sends pushes, and what goes out when they do not help: an SMS or a letter without content.

A push to somebody becomes a row for each of their browsers (``_expand``). Each of those is
claimed, committed, sent, settled and committed, as letters are (``notices.sending``), but for one
thing: before the first byte leaves, ``started_at`` is committed on the row, and a row that has it
and was never settled is **never sent again**. RFC 8030 has no way to ask whether a message was
taken, so what a worker left behind when it died is settled as unknown. What saves the pupil then
is the message that goes out instead: it was posted together with the pushes, waits for some
hours, and is dropped when the pupil has looked by then. Messages over SMS, which cannot be asked
about either, are sent by the same rule.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from random import SystemRandom
from typing import Protocol

from sqlalchemy import ColumnElement, exists, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.ports import DeliveryFailed, Mailer, PushAnswer, PushMessage, PushSender, Texter
from elevhalsa.core.vapid import to_base64url, vapid
from elevhalsa.domain.knocks.models import DeviceKnock, Knock, Pin
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.meetings.models import Proposal, Slot
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.notices import sending as letters
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import About, Channel, Kind, Notice
from elevhalsa.extensions import db

from . import rules, service, texts
from .models import PushSubscription, ReminderAddress
from .rules import Verdict

log = logging.getLogger(__name__)

REFUSED = "push_refused"
"""Name of the row that tells when a push service last refused our keys or headers."""

_chance = SystemRandom()


class Outside(Protocol):
    """What messages leave by."""

    @property
    def mailer(self) -> Mailer: ...
    @property
    def pusher(self) -> PushSender: ...
    @property
    def texter(self) -> Texter: ...


@dataclass(frozen=True)
class Setup:
    """Settings that sending needs."""

    public_url: str
    neutral_sender: str | None
    """Whom letters to pupils come from; None without mail."""
    fallback_after: timedelta
    """How long a push may lie unseen (wall-clock)."""


def deliver(notice_id: str, outside: Outside, setup: Setup) -> bool:
    """Send one notice of any channel if it is due and nobody else has it. True when it left.

    Safe to call any number of times, by several workers at once.
    """
    found = db.session.execute(
        select(Notice.channel, Notice.staff_id, Notice.subscription_id).where(
            Notice.id == notice_id
        )
    ).first()
    if found is None:
        return False
    channel, staff_id, subscription_id = found
    if channel is Channel.PUSH:
        if subscription_id is None:
            _expand(notice_id, setup)
            work.commit()
            return False
        return _deliver_push(notice_id, outside.pusher)
    if staff_id is None:
        return _deliver_instead(notice_id, outside, setup)
    return letters.deliver(notice_id, outside.mailer, public_url=setup.public_url)


# --- from one push to a row for each browser -----------------------------------------------------


def _expand(notice_id: str, setup: Setup) -> None:
    """One row for each browser that wants it, at once or when its quiet hours are over; to a
    pupil also the message that goes out instead. All in the caller's transaction."""
    notice = notices.claim(notice_id)
    if notice is None:
        return
    if notice.seen_at or _is_too_late(notice):
        notices.give_up(notice, "seen" if notice.seen_at else "too late")
        return
    now = clock.now()
    live = _live(notice)
    wanted = [browser for browser in live if notice.kind in browser.kinds]
    latest = now
    for browser in wanted:
        at = _when(browser, notice)
        if at:
            latest = max(latest, at)
            notices.add([_child(notice, Channel.PUSH, at, browser.id, browser.id)])
    notices.sent(notice)
    # A pupil who has turned the kind off everywhere is not written to either.
    if notice.staff_id is None and (wanted or not live):
        _post_instead(notice, latest + setup.fallback_after if wanted else now)


def _live(notice: Notice) -> list[PushSubscription]:
    """The receiver's browsers that can be reached."""
    if not vapid.is_on:
        return []
    query = select(PushSubscription)
    if notice.staff_id:
        query = query.where(PushSubscription.staff_id == notice.staff_id)
    else:
        query = query.where(_is_reached_by(notice.about_id))
    return [row for row in db.session.scalars(query.order_by(PushSubscription.id)) if _lives(row)]


def _is_reached_by(knock_id: str | None) -> ColumnElement[bool]:
    """Browsers of devices that open a knock. Where it has a PIN, those on which it was given."""
    return exists().where(
        DeviceKnock.device_id == PushSubscription.device_id,
        DeviceKnock.knock_id == knock_id,
        or_(
            ~exists().where(Pin.knock_id == DeviceKnock.knock_id),
            DeviceKnock.pin_until.is_not(None),
        ),
    )


def _lives(browser: PushSubscription) -> bool:
    """False when it may not be reminded any more, has gone, or its key has been thrown away."""
    if browser.gone_at or vapid.by_id(browser.vapid_key_id) is None:
        return False
    if browser.device:
        return browser.device.expires_at > clock.now()
    ended = browser.staff_session and browser.staff_session.revoked_at
    return bool(browser.staff and browser.staff.active and not ended)


def _when(browser: PushSubscription, notice: Notice) -> datetime | None:
    return rules.send_at(
        clock.now(),
        quiet=(browser.quiet_from, browser.quiet_to),
        is_loud=notice.kind in browser.loud_kinds,
        useful_until=notice.useful_until,
    )


def _child(
    parent: Notice, channel: Channel, at: datetime, suffix: str, subscription_id: str | None = None
) -> Notice:
    return Notice(
        id=new_id(),
        municipality_id=parent.municipality_id,
        staff_id=parent.staff_id,
        subscription_id=subscription_id,
        parent_id=parent.id,
        kind=parent.kind,
        channel=channel,
        about_kind=parent.about_kind,
        about_id=parent.about_id,
        cause=f"{parent.cause}:{suffix}",
        created_at=clock.now(),
        not_before=at,
        useful_until=parent.useful_until,
    )


def _post_instead(notice: Notice, wanted_at: datetime) -> None:
    address = _address_of(notice)
    if address is None:
        return
    at = _when_instead(notice, wanted_at)
    if at:
        channel = Channel.SMS if address.phone else Channel.EMAIL
        notices.add([_child(notice, channel, at, "instead")])


def _when_instead(notice: Notice, wanted_at: datetime) -> datetime | None:
    """By the quiet hours of the browser that was last in use, gone or not: they are the pupil's."""
    query = select(PushSubscription).where(_is_reached_by(notice.about_id))
    latest = query.order_by(PushSubscription.checked_at.desc()).limit(1)
    browser = db.session.scalars(latest).first()
    return rules.send_at(
        wanted_at,
        quiet=(browser.quiet_from, browser.quiet_to) if browser else rules.PUPIL_QUIET,
        is_loud=bool(browser and notice.kind in browser.loud_kinds),
        useful_until=notice.useful_until,
    )


# --- a push to one browser -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Push:
    """All that sending needs, read before the transaction ends."""

    notice_id: str
    attempt: int
    host: str
    message: PushMessage


def _deliver_push(notice_id: str, pusher: PushSender) -> bool:
    ready = _prepare_push(notice_id)
    work.commit()
    if ready is None:
        return False
    answer = failure = None
    try:
        answer = pusher.send(ready.message)
    except DeliveryFailed as error:
        failure = error
    _settle_push(ready, answer, failure)
    work.commit()
    return answer is not None and rules.verdict(answer.status) is Verdict.ACCEPTED


def _prepare_push(notice_id: str) -> _Push | None:
    notice = notices.claim(notice_id)
    if notice is None:
        return None
    browser = db.session.get(PushSubscription, notice.subscription_id)
    if browser is None:
        return None
    at, line = _when(browser, notice), _line(notice)
    if notice.started_at:
        notices.give_up(notice, "unknown")
    elif notice.seen_at:
        notices.give_up(notice, "seen")
    elif not _lives(browser) or notice.kind not in browser.kinds:
        _failed_for_good(notice, "not wanted any more")
    elif line is None:
        notices.give_up(notice, "not so any more")
    elif at is None or _is_too_late(notice):
        _failed_for_good(notice, "too late")
    elif at > clock.now():
        notices.again(notice, "quiet hours", at=at)
    else:
        notice.started_at = clock.now()
        return _Push(notice.id, notice.attempts, browser.host, _message(notice, browser, line))
    return None


def _message(notice: Notice, browser: PushSubscription, line: str) -> PushMessage:
    about = f"{notice.kind} {notice.about_id}"
    if browser.device:
        path = f"/mitt/{notice.about_id}"
        unread = service.unread_count(browser.device)
    elif browser.staff:
        path = "/personal/inkorg" if browser.staff.is_professional else "/samordnare"
        unread = notices.unseen_count(browser.staff)
    topic = keyring.derive("push-topic", f"{browser.id} {about}")[:24]
    return PushMessage(
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        key_id=browser.vapid_key_id,
        payload=rules.payload(
            title=texts.title(),
            body=line,
            navigate=browser.origin + path,
            tag=keyring.keyed_hash("push-tag", about)[:16],
            unread=unread,
        ),
        ttl=rules.ttl_seconds(notice.kind, clock.now(), notice.useful_until),
        urgency=rules.urgency(notice.kind),
        topic=to_base64url(topic),
    )


def _line(notice: Notice) -> str | None:
    """What to say; None when it is not so any more."""
    if notice.staff_id:
        return texts.to_staff(notice.kind)
    knock = db.session.get(Knock, notice.about_id) if notice.about_id else None
    if knock is None or knock.state is State.WITHDRAWN:
        return None
    if notice.kind is not Kind.MEETING_SOON:
        return texts.to_pupil(notice.kind)
    # Of use until the meeting begins, so that is when it begins.
    still_agreed = exists().where(
        Slot.picked,
        Slot.starts_at == notice.useful_until,
        Slot.proposal_id == Proposal.id,
        Proposal.knock_id == knock.id,
    )
    if not db.session.scalar(select(still_agreed)):
        return None
    return texts.to_pupil(notice.kind, starts_at=notice.useful_until)


def _settle_push(ready: _Push, answer: PushAnswer | None, failure: DeliveryFailed | None) -> None:
    notice = db.session.get(Notice, ready.notice_id, populate_existing=True, with_for_update=True)
    if notice is None or notice.sent_at:
        return
    verdict = rules.verdict(answer.status) if answer else Verdict.AGAIN
    code = f"push {answer.status}" if answer else f"push {failure.reason if failure else ''}"
    if verdict is Verdict.ACCEPTED:
        notices.sent(notice)
        notice.given_up_at = None
        browser = db.session.get(PushSubscription, notice.subscription_id)
        if browser:
            browser.last_ok_at = clock.now()
    elif verdict is Verdict.GONE:
        _gone(notice)
    elif notice.attempts != ready.attempt or notice.given_up_at:
        return  # our claim ran out and another has settled it
    elif verdict is Verdict.REFUSED:
        schedule.finish(REFUSED)
        log.error("%s by %s: check VAPID_KEYS and VAPID_SUBJECT", code, ready.host)
        _failed_for_good(notice, f"{code} refused")
    elif verdict is Verdict.TOO_BIG or (failure and failure.permanent):
        log.error("%s by %s: given up", code, ready.host)
        _failed_for_good(notice, code)
    else:
        now = clock.now()
        asked = rules.retry_after(answer.retry_after, now) if answer else None
        at = now + rules.wait_before(notice.attempts, _chance.random(), asked)
        if notice.useful_until and at >= notice.useful_until:
            _failed_for_good(notice, code)
        else:
            notices.again(notice, code, at=at)


def _gone(notice: Notice) -> None:
    """The browser has taken its subscription back."""
    parent_id = notice.parent_id
    browser = db.session.get(PushSubscription, notice.subscription_id)
    db.session.expunge(notice)
    if browser:
        service.forget_gone(browser)
    _hurry_instead(parent_id)


def _failed_for_good(notice: Notice, code: str) -> None:
    notices.give_up(notice, code)
    db.session.flush()
    _hurry_instead(notice.parent_id)


def _hurry_instead(parent_id: str | None) -> None:
    """When no browser has it or may still get it, the message that goes out instead need not
    wait."""
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
        at = _when_instead(row, clock.now())
        if at and at < row.not_before:
            row.not_before = at
            notices.wake(row)


# --- what goes out instead -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Instead:
    """All that sending needs, read before the transaction ends."""

    notice_id: str
    attempt: int
    channel: Channel
    to: str
    line: str


def _deliver_instead(notice_id: str, outside: Outside, setup: Setup) -> bool:
    ready = _prepare_instead(notice_id)
    work.commit()
    if ready is None:
        return False
    failure = None
    try:
        if ready.channel is Channel.SMS:
            outside.texter.send(to=international(ready.to), text=texts.instead(ready.line))
        else:
            _mail(ready, outside.mailer, setup)
    except DeliveryFailed as error:
        failure = error
    _settle_instead(ready, failure)
    work.commit()
    return failure is None


def _mail(ready: _Instead, mailer: Mailer, setup: Setup) -> None:
    domain = parseaddr(setup.neutral_sender or "")[1].rpartition("@")[2] or "localhost"
    mailer.send(
        to=ready.to,
        subject=ready.line.rstrip("."),
        text=texts.instead(ready.line) + "\n",
        message_id=f"<{ready.notice_id}@{domain}>",
        sender=setup.neutral_sender,
    )


def _prepare_instead(notice_id: str) -> _Instead | None:
    notice = notices.claim(notice_id)
    if notice is None:
        return None
    address = _address_of(notice)
    is_sms = notice.channel is Channel.SMS
    to = (address.phone if is_sms else address.email) if address else None
    line = _line(notice)
    at = _when_instead(notice, clock.now())
    if notice.started_at:
        notices.give_up(notice, "unknown")
    elif notice.seen_at:
        notices.give_up(notice, "seen")
    elif to is None or line is None:
        notices.give_up(notice, "not wanted any more")
    elif at is None or _is_too_late(notice):
        notices.give_up(notice, "too late")
    elif at > clock.now():
        notices.again(notice, "quiet hours", at=at)
    else:
        notice.started_at = clock.now() if is_sms else None
        return _Instead(notice.id, notice.attempts, notice.channel, to, line)
    return None


def _settle_instead(ready: _Instead, failure: DeliveryFailed | None) -> None:
    notice = db.session.get(Notice, ready.notice_id, populate_existing=True, with_for_update=True)
    if notice is None or notice.sent_at:
        return
    if failure is None:
        notices.sent(notice)
        notice.given_up_at = None
    elif notice.attempts != ready.attempt or notice.given_up_at:
        return
    elif failure.permanent and ready.channel is Channel.SMS and _has_email(notice):
        notice.channel = Channel.EMAIL
        notices.again(notice, failure.reason, at=clock.now())
        notices.wake(notice)
    else:
        notices.failed(notice, failure.reason, permanent=failure.permanent)


def _has_email(notice: Notice) -> bool:
    address = _address_of(notice)
    return bool(address and address.email)


def _address_of(notice: Notice) -> ReminderAddress | None:
    return service.address_of(notice.about_id) if notice.about_id else None


def international(number: str) -> str:
    """'070…' as '+4670…' (ITU-T E.164); a number with a country code stays."""
    if number.startswith("+"):
        return number
    return "+" + number[2:] if number.startswith("00") else "+46" + number.removeprefix("0")


def _is_too_late(notice: Notice) -> bool:
    return notice.useful_until is not None and notice.useful_until <= clock.now()


# --- meetings that begin soon --------------------------------------------------------------------


def remind_of_meetings() -> int:
    """Post a reminder of every picked meeting that begins tomorrow, from SOON_FROM on; earlier in
    the day of those today that nobody was reminded of yesterday. Returns how many were looked at.

    Safe to call any number of times: a meeting has one cause.
    """
    now = clock.now()
    today = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    is_time = clock.local(now).time() >= rules.SOON_FROM
    query = (
        select(Slot.id, Slot.starts_at, Knock)
        .join(Proposal, Proposal.id == Slot.proposal_id)
        .join(Knock, Knock.id == Proposal.knock_id)
        .where(
            Slot.picked,
            Slot.starts_at >= (tomorrow if is_time else now),
            Slot.starts_at < (tomorrow + timedelta(days=1) if is_time else tomorrow),
            Knock.state != State.WITHDRAWN,
        )
    )
    if not is_time:
        query = query.where(Proposal.answered_at < today)
    found = db.session.execute(query).all()
    for slot_id, starts_at, knock in found:
        notices.post_to_pupil(
            Kind.MEETING_SOON,
            about=About.knock(knock.id),
            municipality_id=knock.municipality_id,
            cause=f"soon:{slot_id}",
            useful_until=starts_at,
        )
    work.commit()
    return len(found)
