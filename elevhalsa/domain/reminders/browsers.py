"""Which browsers of a receiver can be reached, and when they may sound. Reads only."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from elevhalsa.core import clock
from elevhalsa.core.vapid import vapid
from elevhalsa.domain.knocks.models import DeviceKnock, Pin
from elevhalsa.domain.notices.models import Notice
from elevhalsa.extensions import db

from . import rules
from .models import PushSubscription

_OF_PUPIL = (joinedload(PushSubscription.device),)
_OF_STAFF = (joinedload(PushSubscription.staff), joinedload(PushSubscription.staff_session))


def one(notice: Notice) -> PushSubscription | None:
    """The browser of a push, with its owner, in one statement."""
    owner = _OF_STAFF if notice.staff_id else _OF_PUPIL
    query = select(PushSubscription).where(PushSubscription.id == notice.subscription_id)
    return db.session.scalars(query.options(*owner)).one_or_none()


def live(notice: Notice) -> Iterator[PushSubscription]:
    """The receiver's browsers that can be reached."""
    if not vapid.is_on:
        return
    query = select(PushSubscription).order_by(PushSubscription.id)
    if notice.staff_id:
        query = query.where(PushSubscription.staff_id == notice.staff_id).options(*_OF_STAFF)
    else:
        query = query.where(_reached_by(notice.about_id)).options(*_OF_PUPIL)
    for browser in db.session.scalars(query).all():
        if lives(browser):
            yield browser


def last_in_use(knock_id: str | None) -> PushSubscription | None:
    """That of a pupil, gone or not: what was chosen there holds for messages too."""
    query = select(PushSubscription).where(_reached_by(knock_id))
    latest = query.order_by(PushSubscription.checked_at.desc()).limit(1)
    return db.session.scalars(latest).first()


def _reached_by(knock_id: str | None) -> ColumnElement[bool]:
    """Browsers of devices that open a knock. Where it has a PIN, those on which it was given."""
    return exists().where(
        DeviceKnock.device_id == PushSubscription.device_id,
        DeviceKnock.knock_id == knock_id,
        or_(
            ~exists().where(Pin.knock_id == DeviceKnock.knock_id),
            DeviceKnock.pin_until.is_not(None),
        ),
    )


def lives(browser: PushSubscription) -> bool:
    """False when it may not be reminded any more, has gone, or its key has been thrown away."""
    if browser.gone_at or vapid.by_id(browser.vapid_key_id) is None:
        return False
    if browser.device:
        return browser.device.expires_at > clock.now()
    ended = browser.staff_session and browser.staff_session.revoked_at
    return bool(browser.staff and browser.staff.active and not ended)


def when(browser: PushSubscription, notice: Notice) -> datetime | None:
    """When it may sound; None when it would then be of no use."""
    return rules.send_at(
        clock.now(),
        quiet=(browser.quiet_from, browser.quiet_to),
        is_loud=notice.kind in browser.loud_kinds,
        useful_until=notice.useful_until,
    )
