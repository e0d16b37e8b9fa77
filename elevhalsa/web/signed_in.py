"""Who is signed in: Flask-Login over our own server-side sessions, so that one can be revoked."""

from dataclasses import dataclass

from flask import Flask
from flask_login import UserMixin, current_user, login_user, logout_user

from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, StaffSession
from elevhalsa.extensions import login_manager


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
    return SignedIn(token, session, session.staff) if session else None


def me() -> Staff:
    """The signed-in person. Only for endpoints that the access table guards."""
    staff: Staff = current_user.staff
    return staff


def start(token: str) -> None:
    """Sign in with the token that ``people.redeem`` gave."""
    user = _load(token)
    if user is None:
        raise RuntimeError("the session was just made")
    login_user(user)


def end() -> None:
    people.revoke(current_user.session)
    logout_user()
