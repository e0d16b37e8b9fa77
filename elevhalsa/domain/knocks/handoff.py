"""Flytta min dörr: what one device may open is carried to another, once and within minutes.

The same secret is shown in two shapes: a token for a QR code, and a code short enough to be said
aloud, which stands up to guessing because it lives so briefly and guesses are limited. Both follow
from the row's random id and the hash key, so they can be shown again but are stored nowhere.
"""

import base64
import math
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from elevhalsa import work
from elevhalsa.core import clock, codes
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.rows import changed, lock
from elevhalsa.extensions import db

from . import devices
from .models import Device, DeviceKnock, Handoff, Knock

LIVES = timedelta(minutes=10)
LEAST_BITS = 30
TOKEN_BYTES = 16

if 2 * math.log2(len(codes.WORDS)) + math.log2(10_000) < LEAST_BITS:
    raise RuntimeError("code_words.txt: too few words for a code of two")


@dataclass(frozen=True)
class Secrets:
    """What the old device shows. Never stored, never logged."""

    code: str
    """'björk 4827 måne'"""
    token: str
    """128 bits, 22 url-safe characters."""


def secrets_of(row: Handoff) -> Secrets:
    """What opens it; the same every time."""
    return _secrets(row.id)


def _secrets(row_id: str) -> Secrets:
    number = int.from_bytes(keyring.derive("handoff-spoken", row_id), "big")
    number, digits = divmod(number, 10_000)
    number, first = divmod(number, len(codes.WORDS))
    second = number % len(codes.WORDS)
    code = codes.SEPARATOR.join((codes.WORDS[first], f"{digits:04}", codes.WORDS[second]))
    token = base64.urlsafe_b64encode(keyring.derive("handoff-link", row_id)[:TOKEN_BYTES])
    return Secrets(code, token.decode().rstrip("="))


def _hash_code(typed: str) -> str:
    return keyring.keyed_hash("handoff-code", codes.normalise(typed))


def _hash_token(token: str) -> str:
    return keyring.keyed_hash("handoff-token", token.strip())


def make(device: Device, *, forget: bool) -> Handoff:
    """A code for everything this device may open, in the place of one it had before.

    forget: the device opens nothing any more once the code has been used.
    Raises NotFound when there is nothing to carry.
    """
    lock(device)  # two taps at once: one after the other
    if not devices.knocks_of(device):
        raise NotFound(_("Den här mobilen minns inget att flytta."))
    devices.keep_alive(device)
    db.session.execute(delete(Handoff).where(Handoff.device_id == device.id))
    row_id = new_id()
    shown = _secrets(row_id)
    row = Handoff(
        id=row_id,
        device_id=device.id,
        code_hash=_hash_code(shown.code),
        token_hash=_hash_token(shown.token),
        forget=forget,
        expires_at=clock.now() + LIVES,
    )
    db.session.add(row)
    db.session.flush()
    return row


def of(device: Device) -> Handoff | None:
    """The device's latest: waiting, used or run out."""
    return db.session.scalar(select(Handoff).where(Handoff.device_id == device.id))


def waits(row: Handoff) -> bool:
    """True while somebody may still use it."""
    return row.used_at is None and row.expires_at > clock.now()


def use(here: Device | None, *, code: str = "", token: str = "") -> list[Knock]:
    """Use up a code or a token. Returns the knocks that the new device may open from now on.

    here: the device that asks, if it is known already. The caller shows it the knocks, and limits
    the rate. A knock with a PIN still asks for it on the new device.
    Raises InvalidInput when there is no such code, it has been used or has run out, or it was made
    on the device that asks. Of two that use it at once, one gets it.
    """
    if here:
        own = of(here)
        if own and (own.code_hash == _hash_code(code) or own.token_hash == _hash_token(token)):
            raise InvalidInput(_("Koden är gjord här. Öppna den på din andra mobil."))
    hashes = _hash_code(code), _hash_token(token)
    work.show(*hashes)
    given = or_(Handoff.code_hash == hashes[0], Handoff.token_hash == hashes[1])
    row = db.session.scalar(select(Handoff).where(given))
    knocks = _take(row) if row else []
    if not knocks:
        raise InvalidInput(_("Koden stämmer inte, eller så är den för gammal. Prova igen."))
    return knocks


def _take(row: Handoff) -> list[Knock]:
    now = clock.now()
    still_waits = (Handoff.id == row.id, Handoff.used_at.is_(None), Handoff.expires_at > now)
    if not changed(update(Handoff).where(*still_waits).values(used_at=now)):
        return []
    old = db.session.get_one(Device, row.device_id)
    knocks = devices.knocks_of(old)
    for knock in knocks:
        work.hold(knock.id)  # the old device may forget it before the new one has it
        audit.record(
            Action.MOVED,
            by=work.PUPIL,
            municipality_id=knock.municipality_id,
            about=knock.about,
        )
    if row.forget:
        _empty(old)
    return knocks


def _empty(device: Device) -> None:
    """It opens nothing any more, but is known for a while yet so that it can say what happened."""
    db.session.execute(delete(DeviceKnock).where(DeviceKnock.device_id == device.id))
    device.remembered = False
    device.expires_at = clock.now() + devices.BORROWED


def forget_expired() -> int:
    """Delete codes whose time has passed, used or not. Returns how many."""
    return changed(delete(Handoff).where(Handoff.expires_at <= clock.now()))
