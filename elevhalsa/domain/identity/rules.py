"""Rules of e-ID. Pure: no database, no Flask, no clock."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .words import AgeBand, App, Told

LIVES = timedelta(minutes=10)
"""How long an order's row is looked at. BankID itself gives it up after three minutes."""
BETWEEN = timedelta(seconds=2)
"""At least so long from one collect of an order to the next, whoever asks."""
LEASE = timedelta(seconds=15)
"""Longer than an answer may take: meanwhile nobody else asks about the same order."""
MOST_RENEWALS = 5
"""QR codes that nobody read within their 30 seconds, before one must press again."""
LOGIN = timedelta(minutes=30)
"""How long a login lasts. It is not made longer by use."""

ADDED_TO_DAY = 60
"""What a samordningsnummer has more (folkbokföringslagen 1991:481; SFS 2022:1697)."""
PENDING: Mapping[str, Told] = {
    "outstandingTransaction": Told.OUTSTANDING,
    "noClient": Told.OUTSTANDING,
    "started": Told.STARTED,
    "userMrtd": Told.ID_DOCUMENT,
    "userCallConfirm": Told.CALL,
    "userSign": Told.SIGN,
    "processing": Told.PROCESSING,
}
"""BankID's hint codes of an order that is pending."""
FAILURES: Mapping[str, Told] = {
    "expiredTransaction": Told.EXPIRED,
    "certificateErr": Told.CERTIFICATE,
    "userCancel": Told.STOPPED,
    "cancelled": Told.TWICE,
    "startFailed": Told.NO_APP,
    "userDeclinedCall": Told.DECLINED,
    "notSupportedByUserApp": Told.OLD_APP,
    "transactionRiskBlocked": Told.BLOCKED,
}
"""Those of one that has failed."""
ERRORS: Mapping[str, Told] = {
    "alreadyInProgress": Told.ALREADY,
    "invalidParameters": Told.OURS,
    "unauthorized": Told.OURS,
    "notFound": Told.EXPIRED,
    "methodNotAllowed": Told.OURS,
    "requestTimeout": Told.BUSY,
    "unsupportedMediaType": Told.OURS,
    "tooManyRequests": Told.BUSY,
    "internalError": Told.BUSY,
    "maintenance": Told.CLOSED,
    "away": Told.BUSY,
    "full": Told.BUSY,
}
"""What a call can be refused with; the last two are ours: not answered, and not asked, since others
of this process ask."""
PASSES = frozenset({Told.BUSY, Told.CLOSED})
"""Refusals that say nothing of the order: it is asked about again."""
UNDER_WAY = frozenset({*PENDING.values(), Told.PENDING})
HIGH = "high"


@dataclass(frozen=True)
class Said:
    """What a provider said of somebody: no more is ever kept."""

    provider: str
    """Its key, e.g. 'bankid'."""
    provider_name: str
    """What it is called on a screen."""
    subject: str
    """What it knows them by for ever: a personal identity number, or issuer and subject."""
    name: str
    number: str | None = None
    """A personal identity number, 12 digits."""
    age_band: AgeBand | None = None
    school_class: str | None = None


def pending(hint: str | None) -> Told:
    """A hint code of an order that is pending."""
    return PENDING.get(hint or "", Told.PENDING)


def failed(hint: str | None) -> Told:
    """A hint code of one that has failed."""
    return FAILURES.get(hint or "", Told.FAILED)


def refused(code: str) -> Told:
    """An error code of a call that would begin an order."""
    return ERRORS.get(code, Told.FAILED)


def unheard(code: str, last_told: Told) -> Told:
    """An error code of one that asked about it: such an order there is no more, or nobody could be
    asked and what it was told last still holds."""
    if code == "full":
        return last_told
    return Told.EXPIRED if code == "invalidParameters" else refused(code)


def is_renewed(told: Told, app: App, renewals: int) -> bool:
    """A QR code that nobody read in its time gets a successor."""
    return told is Told.NO_APP and app is App.ELSEWHERE and renewals < MOST_RENEWALS


def qr_text(token: str, secret: str, began_at: datetime, now: datetime) -> str:
    """What a QR code of this second says (BankID, "Animated QR code")."""
    second = str(max(0, int((now - began_at).total_seconds())))
    code = hmac.new(secret.encode(), second.encode(), hashlib.sha256).hexdigest()
    return f"bankid.{token}.{second}.{code}"


def born_on(number: str) -> date:
    """The day in a personal identity number or a samordningsnummer. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{12}", number):
        raise ValueError("not twelve digits")
    day = int(number[6:8])
    return date(int(number[:4]), int(number[4:6]), day - ADDED_TO_DAY if day > 31 else day)


def age_band(born: date, today: date) -> AgeBand:
    """By whole years: one is a year older on the birthday itself."""
    return band_of(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def band_of(years: int) -> AgeBand:
    if years < 12:
        return AgeBand.UNDER_12
    if years < 15:
        return AgeBand.FROM_12
    return AgeBand.FROM_15 if years < 18 else AgeBand.ADULT


def are_apart(one: str, other: str) -> bool:
    """Two places as ``core.addresses.place`` writes them, hashed: is what asks somewhere else than
    what began? One by IPv4 and one by IPv6 cannot be compared."""
    return one[0] == other[0] and not hmac.compare_digest(one, other)
