"""Which browsers may open which knocks: by code, by PIN, remembered only if the pupil says so."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_token
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, Actor
from elevhalsa.domain.rows import changed, lock
from elevhalsa.extensions import db

from .models import Device, DeviceKnock, Knock
from .rules import pin_lock_minutes
from .service import hash_code

BORROWED = timedelta(minutes=30)
"""How long a device that is not the pupil's own keeps a knock open after its last use."""
OWN = timedelta(days=365)
PIN_HOLDS = timedelta(minutes=15)
PIN_METHOD = "scrypt:16384:8:1"


def find(token: str | None) -> Device | None:
    """The device of a cookie's token, unless it has expired."""
    if not token:
        return None
    device = db.session.scalar(
        select(Device).where(Device.token_hash == keyring.keyed_hash("device", token))
    )
    return device if device and device.expires_at > clock.now() else None


def make() -> tuple[Device, str]:
    """A new device and the token for its cookie."""
    token = new_token()
    device = Device(
        token_hash=keyring.keyed_hash("device", token), expires_at=clock.now() + BORROWED
    )
    db.session.add(device)
    db.session.flush()
    return device, token


def keep_alive(device: Device) -> None:
    """Used again: the half hour, or the year, starts anew (written at most once a minute)."""
    wanted = clock.now() + (OWN if device.remembered else BORROWED)
    if wanted - device.expires_at > timedelta(minutes=1):
        device.expires_at = wanted


def remember(device: Device) -> None:
    """The pupil has said that the phone is their own."""
    device.remembered = True
    device.expires_at = clock.now() + OWN


def forget(device: Device) -> None:
    """The device no longer opens anything. The knocks themselves remain."""
    db.session.execute(delete(DeviceKnock).where(DeviceKnock.device_id == device.id))
    db.session.execute(delete(Device).where(Device.id == device.id))


def forget_expired() -> int:
    """Delete devices whose time has passed. Returns how many."""
    expired = select(Device.id).where(Device.expires_at <= clock.now())
    db.session.execute(delete(DeviceKnock).where(DeviceKnock.device_id.in_(expired)))
    return changed(delete(Device).where(Device.expires_at <= clock.now()))


def show(device: Device, knock: Knock, *, pin_given: bool) -> None:
    """Let the device open the knock from now on."""
    key = (device.id, knock.id)
    link = db.session.get(DeviceKnock, key)
    if link is None:
        try:
            with db.session.begin_nested():
                link = DeviceKnock(device_id=device.id, knock_id=knock.id)
                db.session.add(link)
        except IntegrityError:  # the same form, posted twice, was a moment faster
            link = db.session.get_one(DeviceKnock, key)
    if pin_given:
        link.pin_until = clock.now() + PIN_HOLDS
    db.session.flush()


def knocks_of(device: Device) -> list[Knock]:
    """The knocks that a device may open, newest first."""
    return list(
        db.session.scalars(
            select(Knock)
            .join(DeviceKnock, DeviceKnock.knock_id == Knock.id)
            .where(DeviceKnock.device_id == device.id)
            .order_by(Knock.knocked_at.desc())
        )
    )


def unlocked(device: Device) -> list[Knock]:
    """The knocks that a device may open without being asked for a PIN (again), newest first."""
    found = db.session.execute(
        select(Knock, DeviceKnock)
        .join(DeviceKnock, DeviceKnock.knock_id == Knock.id)
        .where(DeviceKnock.device_id == device.id)
        .order_by(Knock.knocked_at.desc())
    )
    return [knock for knock, link in found if not needs_pin(knock, link)]


def link_to(device: Device, knock_id: str) -> tuple[Knock, DeviceKnock] | None:
    found = db.session.execute(
        select(Knock, DeviceKnock)
        .join(DeviceKnock, DeviceKnock.knock_id == Knock.id)
        .where(DeviceKnock.device_id == device.id, Knock.id == knock_id)
    ).first()
    return (found[0], found[1]) if found else None


def needs_pin(knock: Knock, link: DeviceKnock) -> bool:
    """True when the PIN must be given (again) on this device."""
    if not knock.pin_hash:
        return False
    return link.pin_until is None or link.pin_until <= clock.now()


def find_by_code(typed: str) -> Knock | None:
    """The knock of a receipt code, however it is spelled. The caller limits the rate."""
    knock = db.session.scalar(select(Knock).where(Knock.code_hash == hash_code(typed)))
    if knock:
        audit.record(
            Action.OPENED_BY_CODE,
            actor=Actor.PUPIL,
            municipality_id=knock.municipality_id,
            knock_id=knock.id,
        )
    return knock


def set_pin(knock: Knock, pin: str) -> None:
    """Choose a PIN of 4 to 8 digits. Raises InvalidInput otherwise."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise InvalidInput(_("Välj 4 till 8 siffror."))
    knock.pin_hash = generate_password_hash(pin, method=PIN_METHOD)
    knock.pin_failures = 0
    knock.pin_locked_until = None


def check_pin(knock: Knock, pin: str) -> None:
    """Raises InvalidInput when the PIN is wrong or locked; the caller commits the count anyway."""
    lock(knock)  # so that many guesses at once are counted, each of them
    now = clock.now()
    if knock.pin_hash is None:
        return
    if knock.pin_locked_until and knock.pin_locked_until > now:
        raise InvalidInput(
            _("Det blev många försök. Prova igen efter kl. %(time)s.",
              time=clock_time(knock.pin_locked_until))
        )  # fmt: skip
    if check_password_hash(knock.pin_hash, pin.strip()):
        knock.pin_failures = 0
        knock.pin_locked_until = None
        return
    knock.pin_failures += 1
    minutes = pin_lock_minutes(knock.pin_failures)
    if minutes:
        knock.pin_locked_until = now + timedelta(minutes=minutes)
    raise InvalidInput(_("Siffrorna stämde inte. Prova igen."))
