"""Who is signed in: Flask-Login over our own server-side sessions, so that one can be revoked."""

from dataclasses import dataclass
from functools import partial

from flask import Flask, session
from flask_login import UserMixin, current_user, login_user, logout_user

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.words import Kind
from elevhalsa.domain.people import accounts, passkeys, staffing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import htmx, login_manager

from . import leaving, tenant, transaction


@dataclass
class SignedIn(UserMixin):
    """What ``current_user`` is. Its id in the cookie is the session's random token."""

    token: str
    session: StaffSession
    staff: Staff

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    # Flask-Login's own protection would store a hash of the IP address and user agent.
    login_manager.session_protection = None
    login_manager.user_loader(_load)


def _load(token: str) -> SignedIn | None:
    session = people.live_session(token)
    if session is None or not tenant.is_at_home(session.staff.municipality_id):
        return None
    # A page that refreshes itself on a desk that somebody has left is not use.
    if people.needs_seen(session) and not htmx:
        transaction.afterwards("session", partial(people.seen, session.id))
    staff = session.staff
    work.act_as(work.staff(staff.id), municipality_id=staff.municipality_id, wall=staff.wall)
    return SignedIn(token, session, staff)


def me() -> Staff:
    """The signed-in person. Only for endpoints that the access table guards."""
    staff: Staff = current_user.staff
    return staff


def start(token: str) -> None:
    """Sign in with the token of a session that was just begun (``people.begin``), by whichever way.
    Nothing is kept of what this browser had before."""
    if current_user.is_authenticated:
        end()
    leaving.clear_session()
    user = _load(token)
    if user is None:
        raise RuntimeError("the session was just made")
    login_user(user)


def is_gone() -> bool:
    """True when somebody was signed in here, and no longer is."""
    return "_user_id" in session and not current_user.is_authenticated


def shut_out(staff: Staff, *, by: work.Actor) -> None:
    """End all of one person's sessions, keys and accounts at once, and tell them. A link lets them
    in again.

    Raises Conflict of whoever acts: their own they end on their own page.
    """
    if by.staff_id == staff.id:
        raise Conflict(_("Dina egna avslutar du under Inloggningar."))
    staffing.revoke(staff, by=by)
    passkeys.remove_all(staff, by=by)
    accounts.remove_all(staff, by=by)
    reminders.remove_staff(staff)
    notices.post(Kind.KEYS_REVOKED, [staff], cause=f"shut-out:{new_id()}")


def end() -> None:
    reminders.remove_session(current_user.session)
    people.revoke(current_user.session)
    logout_user()
