"""Which browsers may open which knocks: by code, by PIN, remembered only if the pupil says so."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, delete, exists, func, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_token
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.rows import changed, insert, insert_each_once
from elevhalsa.extensions import db

from .asking import hash_code
from .models import Device, DeviceKnock, Knock, Message, Pin
from .words import Author, State

log = logging.getLogger(__name__)

BORROWED = timedelta(minutes=30)
"""How long a device that is not the pupil's own keeps a knock open after its last use."""
OWN = timedelta(days=365)
EMPTY = timedelta(days=30)
"""How long a device of the pupil's own that opens nothing is kept after its last use: its reminders
have nothing to tell of."""
PIN_HOLDS = timedelta(minutes=15)


def find(token: str | None) -> Device | None:
    """The device of a cookie's token, unless it has expired."""
    if not token:
        return None
    hashed = _hash(token)
    work.show(hashed)
    device = db.session.scalar(select(Device).where(Device.token_hash == hashed))
    return device if device and device.expires_at > clock.now() else None


def make() -> tuple[Device, str]:
    """A new device and the token for its cookie."""
    token = new_token()
    device = Device(token_hash=_hash(token), expires_at=clock.now() + BORROWED)
    work.show(device.token_hash)
    insert(device, keep=True)
    return device, token


def _hash(token: str) -> str:
    return keyring.keyed_hash("device", token)


def needs_noting(device: Device) -> bool:
    """False when its use was noted less than a minute ago."""
    return _lasts_until(device) - device.expires_at > timedelta(minutes=1)


def keep_alive(device: Device) -> None:
    """Used again: the half hour, or the year, starts anew (written at most once a minute)."""
    if needs_noting(device):
        device.expires_at = _lasts_until(device)


def _lasts_until(device: Device) -> datetime:
    return clock.now() + (OWN if device.remembered else BORROWED)


def used(device_id: str) -> None:
    """As ``keep_alive``, of one that may be gone by now."""
    device = db.session.get(Device, device_id)
    if device:
        keep_alive(device)


def remember(device: Device) -> None:
    """The pupil has said that the phone is their own."""
    device.remembered = True
    device.expires_at = clock.now() + OWN


def forget(device: Device) -> None:
    """The device no longer opens anything. The knocks themselves remain."""
    db.session.execute(delete(DeviceKnock).where(DeviceKnock.device_id == device.id))
    db.session.execute(delete(Device).where(Device.id == device.id))


def forget_expired() -> int:
    """Delete devices whose time has passed, and those that open nothing any more. Returns how
    many."""
    now = clock.now()
    expired = select(Device.id).where(Device.expires_at <= now)
    db.session.execute(delete(DeviceKnock).where(DeviceKnock.device_id.in_(expired)))
    is_empty = and_(
        Device.remembered,
        Device.expires_at <= now + OWN - EMPTY,
        ~exists().where(DeviceKnock.device_id == Device.id),
    )
    return changed(delete(Device).where(or_(Device.expires_at <= now, is_empty)))


def others(device: Device | None, knock: Knock) -> int:
    """How many devices besides this one open a knock now."""
    query = (
        select(func.count())
        .select_from(DeviceKnock)
        .join(Device, Device.id == DeviceKnock.device_id)
        .where(DeviceKnock.knock_id == knock.id, Device.expires_at > clock.now())
    )
    if device:
        query = query.where(Device.id != device.id)
    return db.session.scalar(query) or 0


def close_elsewhere(device: Device, knock: Knock) -> int:
    """No other device opens the knock any more, until the code is shown on it again. Returns how
    many did."""
    gone = changed(
        delete(DeviceKnock).where(
            DeviceKnock.knock_id == knock.id, DeviceKnock.device_id != device.id
        )
    )
    if gone:
        audit.record(
            Action.CLOSED_ELSEWHERE,
            by=work.PUPIL,
            municipality_id=knock.municipality_id,
            about=knock.about,
        )
    return gone


def show(device: Device, knock: Knock, *, pin_given: bool) -> None:
    """Let the device open the knock from now on."""
    until = clock.now() + PIN_HOLDS if pin_given else None
    link = DeviceKnock(device_id=device.id, knock_id=knock.id, pin_until=until)
    link.sign()
    if insert_each_once([link]):
        return
    known = db.session.get_one(
        DeviceKnock, (device.id, knock.id), with_for_update=True, populate_existing=True
    )
    if until or not known.is_ours:
        known.pin_until = until
        known.sign()
        db.session.flush()


def knocks_of(device: Device) -> list[Knock]:
    """The knocks that a device may open, newest first."""
    return [opening.knock for opening in openings(device)]


def answered_since(device: Device) -> int:
    """How many open knocks of a device staff have written in since its pupil last looked. What is
    locked tells nothing, this neither."""
    return (
        db.session.scalar(
            select(func.count(Knock.id.distinct()))
            .join(Message, Message.knock_id == Knock.id)
            .where(
                Knock.id.in_([knock.id for knock in unlocked(device)]),
                Knock.state.in_((State.WAITING, State.TAKEN)),
                Message.author == Author.STAFF,
                Message.seen_at.is_(None),
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Opening:
    """A knock that a device may open, and whether it has a PIN."""

    knock: Knock
    link: DeviceKnock
    has_pin: bool

    @property
    def needs_pin(self) -> bool:
        """True when the PIN must be given (again) on this device."""
        if not self.has_pin:
            return False
        return self.link.pin_until is None or self.link.pin_until <= clock.now()


def _openings(device: Device) -> Select[Knock, DeviceKnock, str | None]:
    return (
        select(Knock, DeviceKnock, Pin.knock_id)
        .join(DeviceKnock, DeviceKnock.knock_id == Knock.id)
        .outerjoin(Pin, Pin.knock_id == Knock.id)
        .where(DeviceKnock.device_id == device.id)
        .order_by(Knock.knocked_at.desc())
    )


def openings(device: Device) -> list[Opening]:
    """The knocks that a device may open, once the PIN is given where that is needed; the newest
    first."""
    return _ours(_openings(device))


def _ours(query: Select[Knock, DeviceKnock, str | None]) -> list[Opening]:
    """Without those that somebody else has written."""
    found = [
        Opening(knock, link, pin is not None) for knock, link, pin in db.session.execute(query)
    ]
    ours = [one for one in found if one.link.is_ours]
    if len(ours) < len(found):
        log.error("%s links of a device to a knock are not ours", len(found) - len(ours))
    return ours


def unlocked(device: Device) -> list[Knock]:
    """The knocks that a device may open without being asked for a PIN (again), newest first."""
    return [opening.knock for opening in openings(device) if not opening.needs_pin]


def opening(device: Device, knock_id: str) -> Opening | None:
    """The knock, if the device may open it (once the PIN is given, where that is needed)."""
    return next(iter(_ours(_openings(device).where(Knock.id == knock_id))), None)


def find_by_code(typed: str) -> Knock | None:
    """The knock of a receipt code, however it is spelled. The caller limits the rate."""
    hashed = hash_code(typed)
    work.show(hashed)
    knock = db.session.scalar(select(Knock).where(Knock.code_hash == hashed))
    if knock:
        audit.record(
            Action.OPENED_BY_CODE,
            by=work.PUPIL,
            municipality_id=knock.municipality_id,
            about=knock.about,
        )
    return knock
