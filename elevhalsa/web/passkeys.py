"""Keys of staff as pages meet them: at which host they open, in which browser, and who must confirm
with one. What a key is and how it answers: ``domain/people/passkeys``."""

from ipaddress import ip_address

from flask import current_app, request, session

from elevhalsa.config import Settings
from elevhalsa.core.crypto import new_token
from elevhalsa.domain.people import passkeys, queries
from elevhalsa.domain.people.models import Passkey, Staff, StaffSession
from elevhalsa.domain.people.passkeys import Asker
from elevhalsa.domain.places import rules

from . import tenant

CONFIRMED_MINUTES = int(passkeys.CONFIRMED_FOR.total_seconds() // 60)
_BROWSER = "browser"
"""In the cookie of a visitor who may sign in with a key."""


def asker(of: StaffSession | None = None) -> Asker | None:
    """Who asks here: of whoever is signed in, or of a visitor. None where no key opens: at a host
    that has no name, or that is not the one of the person's municipality."""
    host = rules.hostname(request.host)
    if _is_number(host) or (of and host not in tenant.hosts_of(of.staff.municipality)):
        return None
    if of is None and _BROWSER not in session:
        session[_BROWSER] = new_token()
    origin = tenant.address(tenant.here())
    if rules.hostname(origin.partition("://")[2]) != host:  # localhost, on a machine of one's own
        origin = request.host_url.rstrip("/")
    return Asker(host, origin, of.id if of else session[_BROWSER])


def _is_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def keys_of(staff: Staff) -> list[Passkey]:
    """Those that open something today."""
    return queries.keys_of(staff, tenant.hosts_of(staff.municipality))


def must_confirm(of: StaffSession) -> bool:
    """True of somebody who has a key and has not confirmed with it just now."""
    return not passkeys.is_confirmed(of) and bool(keys_of(of.staff))


def elsewhere(staff: Staff | None) -> str | None:
    """The address where keys open, of the person's or a visitor's, when that is not here."""
    host = rules.hostname(request.host)
    if staff and host not in tenant.hosts_of(staff.municipality):
        return tenant.address(tenant.place(staff.municipality_id))
    settings: Settings = current_app.config["SETTINGS"]
    if _is_number(host) and not settings.is_production:  # as ``make run`` has it
        return request.host_url.replace(host, "localhost", 1).rstrip("/")
    return None
