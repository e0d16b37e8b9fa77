"""The pupil's own digits for a knock, asked for besides the code.

Whoever finds the code of a locked knock gains nothing: changing and taking away ask for the digits
themselves, and wrong ones are counted. Nothing here commits; who calls ``check`` commits the count
of a wrong one too.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, clock_time, day_and_time
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import Gone, lock
from elevhalsa.extensions import db

from . import moves
from .models import DeviceKnock, Knock, Pin
from .rules import is_pin, pin_lock_minutes

METHOD = "scrypt:16384:8:1"
KEYED = "$keyed"
"""Ends a hash whose digits went through HASH_KEY first: without the key a copy of the database
gives no digits away. Those of before have none, and get it when they are next given."""


def has(knock: Knock) -> bool:
    return db.session.get(Pin, knock.id) is not None


def choose(knock: Knock, digits: str) -> None:
    """Lock a knock that has no digits yet. The same digits again change nothing.

    Raises InvalidInput unless they are 4 to 8, and for other digits than those that lock it.
    """
    _require_usable(digits)
    lock(knock)  # two taps at once: one after the other
    if has(knock):
        check(knock, digits)
        return
    db.session.add(Pin(knock_id=knock.id, digits_hash=_hash(knock, digits)))
    _ask_everywhere(knock)
    knock.unlocked_at = None
    _record(Action.PIN_CHOSEN, knock)


def change(knock: Knock, old: str, digits: str) -> None:
    """Raises InvalidInput when the old ones are wrong or locked, or the new ones not 4 to 8."""
    _require_usable(digits)
    check(knock, old)
    pin = db.session.get(Pin, knock.id)
    if pin is None:
        raise InvalidInput(_("Den här är inte låst längre. Ladda om sidan."))
    pin.digits_hash = _hash(knock, digits)
    _ask_everywhere(knock)
    _record(Action.PIN_CHOSEN, knock)


def remove(knock: Knock, old: str) -> None:
    """Raises InvalidInput when the digits are wrong or locked. Removing twice is removing once."""
    check(knock, old)
    if _take_away(knock):
        _record(Action.PIN_REMOVED, knock)


def reset(staff: Staff, knock: Knock) -> None:
    """The pupil has forgotten the digits and stands before whoever has the knock, who takes them
    away. The pupil sees that it was done. Raises Conflict when the knock is not this person's."""
    lock(knock)
    moves.require_held(knock, staff)
    if _take_away(knock):
        knock.unlocked_at = clock.now()
        audit.record(
            Action.PIN_RESET,
            by=work.staff(staff.id),
            municipality_id=knock.municipality_id,
            about=knock.about,
        )


def check(knock: Knock, digits: str) -> None:
    """Raises InvalidInput when the digits are wrong or locked. Of many guesses at once each is
    counted, and none is hashed while the lock holds."""
    pin = db.session.get(Pin, knock.id)
    if pin is None:
        return
    try:
        lock(pin)
    except Gone:
        return  # taken away by staff, or with the knock, which whoever changes it locks too
    now = clock.now()
    if pin.locked_until and pin.locked_until > now:
        raise InvalidInput(_locked(pin.locked_until, now))
    given = digits.strip()
    if not is_pin(given) or not _fits(pin, given):
        pin.failures += 1
        minutes = pin_lock_minutes(pin.failures)
        pin.locked_until = now + timedelta(minutes=minutes) if minutes else None
        raise InvalidInput(_("Siffrorna stämde inte. Prova igen."))
    pin.failures = 0
    pin.locked_until = None
    if not pin.digits_hash.endswith(KEYED):
        pin.digits_hash = _hash(knock, given)


def _locked(until: datetime, now: datetime) -> str:
    if clock.local(until).date() == clock.local(now).date():
        return _("Det blev många försök. Prova igen efter kl. %(time)s.", time=clock_time(until))
    return _("Det blev många försök. Prova igen efter %(when)s.", when=day_and_time(until))


def _require_usable(digits: str) -> None:
    if not is_pin(digits):
        raise InvalidInput(_("Välj 4 till 8 siffror."), "pin")


def _hash(knock: Knock, digits: str) -> str:
    return generate_password_hash(_keyed(knock.id, digits), method=METHOD) + KEYED


def _fits(pin: Pin, digits: str) -> bool:
    known = pin.digits_hash
    if known.endswith(KEYED):
        return check_password_hash(known.removesuffix(KEYED), _keyed(pin.knock_id, digits))
    return check_password_hash(known, digits)


def _keyed(knock_id: str, digits: str) -> str:
    return keyring.keyed_hash("pin", f"{knock_id} {digits}")


def _ask_everywhere(knock: Knock) -> None:
    """No device that had the knock open before new digits were chosen has given them."""
    given = (DeviceKnock.knock_id == knock.id, DeviceKnock.pin_until.is_not(None))
    for link in db.session.scalars(select(DeviceKnock).where(*given).with_for_update()):
        if link.is_ours:
            link.pin_until = None
            link.sign()
    db.session.flush()


def _take_away(knock: Knock) -> bool:
    pin = db.session.get(Pin, knock.id)
    if pin is None:
        return False
    db.session.delete(pin)
    db.session.flush()
    return True


def _record(action: Action, knock: Knock) -> None:
    audit.record(action, by=work.PUPIL, municipality_id=knock.municipality_id, about=knock.about)
