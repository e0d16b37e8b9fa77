"""Which agreement this browser has shown the code of: for half an hour, until somebody closes it or
leaves. Kept in the session's cookie as an id that tells nothing."""

from flask import session

from elevhalsa.core import clock
from elevhalsa.domain.consents.models import Consent
from elevhalsa.web import leaving

SECONDS = 30 * 60
_OPENED = "samtycke"


def begin(consent: Consent) -> None:
    """The code was right."""
    session[_OPENED] = [consent.id, int(clock.now().timestamp()), leaving.mark()]


def is_open(consent: Consent) -> bool:
    found = session.get(_OPENED)
    if not isinstance(found, list) or len(found) != 3 or leaving.has_left():
        return False
    row_id, since, mark = found
    is_fresh = 0 <= clock.now().timestamp() - since < SECONDS
    return bool(row_id == consent.id and is_fresh and mark == leaving.mark())


def close() -> None:
    session.pop(_OPENED, None)
