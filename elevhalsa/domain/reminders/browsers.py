"""Which browsers of a receiver can be reached, and when they may sound. Reads only."""

from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import joinedload

from elevhalsa.core import clock
from elevhalsa.core.vapid import vapid
from elevhalsa.domain.knocks.models import DeviceKnock, Pin
from elevhalsa.domain.notices.models import Notice
from elevhalsa.extensions import db

from . import rules
from .models import PushSubscription

_OF_PUPIL = joinedload(PushSubscription.device)
_OF_STAFF = (joinedload(PushSubscription.staff), joinedload(PushSubscription.staff_session))

# Browsers of devices that open a knock. Where it has a PIN, those on which it was given.
_REACHED = exists().where(
    DeviceKnock.device_id == PushSubscription.device_id,
    DeviceKnock.knock_id == bindparam("knock_id"),
    or_(~exists().where(Pin.knock_id == DeviceKnock.knock_id), DeviceKnock.pin_until.is_not(None)),
)

# Made once: to build such a statement takes as long as to run it.
_BY_ID = select(PushSubscription).where(PushSubscription.id == bindparam("browser_id"))
_BY_ID_OF_PUPIL, _BY_ID_OF_STAFF = _BY_ID.options(_OF_PUPIL), _BY_ID.options(*_OF_STAFF)
_BY_KNOCK = select(PushSubscription).where(_REACHED)
_OF_KNOCK = _BY_KNOCK.options(_OF_PUPIL).order_by(PushSubscription.id)
_LAST_OF_KNOCK = _BY_KNOCK.order_by(PushSubscription.checked_at.desc()).limit(1)
_OF_ONE_OF_THE_STAFF = (
    select(PushSubscription)
    .where(PushSubscription.staff_id == bindparam("staff_id"))
    .options(*_OF_STAFF)
    .order_by(PushSubscription.id)
)


def one(notice: Notice) -> PushSubscription | None:
    """The browser of a push, with its owner."""
    query = _BY_ID_OF_STAFF if notice.staff_id else _BY_ID_OF_PUPIL
    return db.session.scalars(query, {"browser_id": notice.subscription_id}).one_or_none()


def live(notice: Notice) -> list[PushSubscription]:
    """The receiver's browsers that can be reached, with their owners."""
    if not vapid.is_on:
        return []
    query = _OF_ONE_OF_THE_STAFF if notice.staff_id else _OF_KNOCK
    values = {"staff_id": notice.staff_id} if notice.staff_id else {"knock_id": notice.about_id}
    return [browser for browser in db.session.scalars(query, values).all() if lives(browser)]


def last_in_use(knock_id: str | None) -> PushSubscription | None:
    """That of a pupil, gone or not: what was chosen there holds for messages too."""
    return db.session.scalars(_LAST_OF_KNOCK, {"knock_id": knock_id}).first()


def lives(browser: PushSubscription) -> bool:
    """False when it may not be reminded any more, has gone, or its key has been thrown away."""
    if browser.gone_at or vapid.by_id(browser.vapid_key_id) is None:
        return False
    if browser.device:
        return browser.device.expires_at > clock.now()
    ended = browser.staff_session and browser.staff_session.revoked_at
    return bool(browser.staff and browser.staff.works_on(clock.today()) and not ended)


def when(browser: PushSubscription, notice: Notice) -> datetime | None:
    """When it may sound; None when it would then be of no use."""
    return rules.send_at(
        clock.now(),
        quiet=(browser.quiet_from, browser.quiet_to),
        is_loud=notice.kind in browser.loud_kinds,
        useful_until=notice.useful_until,
    )
