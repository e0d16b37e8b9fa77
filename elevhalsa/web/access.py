"""One table says who may open which endpoint. What is not in it cannot be opened at all.

The factory refuses to start when an endpoint is missing here or a row here leads nowhere.
"""

from dataclasses import dataclass
from enum import Enum

from flask import Flask, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.domain.people.models import Role
from elevhalsa.extensions import htmx


class Who(Enum):
    ANYONE = "anyone"
    """Public: may be indexed, holds nothing personal."""
    PUPIL = "pupil"
    """No sign-in, but personal: the view opens only what this device has shown the code of."""
    VISITOR = "visitor"
    """No sign-in and nothing to show yet: signing in itself."""
    SIGNED_IN = "signed_in"
    PROFESSIONAL = "professional"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"
    """The platform: probes and figures. The view checks the token where one is needed."""


@dataclass(frozen=True)
class Rule:
    who: Who
    writes_on_get: bool = False
    """Showing the page is itself an event (that it was read), so a GET writes too."""


ACCESS: dict[str, Rule] = {
    "door.index": Rule(Who.ANYONE),
    "door.school": Rule(Who.ANYONE),
    "door.knock": Rule(Who.ANYONE),
    "door.help_now": Rule(Who.ANYONE),
    "door.how_it_works": Rule(Who.ANYONE),
    "door.privacy": Rule(Who.ANYONE),
    "door.accessibility": Rule(Who.ANYONE),
    "door.robots": Rule(Who.ANYONE),
    "door.sitemap": Rule(Who.ANYONE),
    "mine.index": Rule(Who.PUPIL),
    "mine.code": Rule(Who.PUPIL),
    "mine.knock": Rule(Who.PUPIL, writes_on_get=True),
    "mine.write": Rule(Who.PUPIL),
    "mine.withdraw": Rule(Who.PUPIL),
    "mine.remember": Rule(Who.PUPIL),
    "mine.pin": Rule(Who.PUPIL),
    "mine.unlock": Rule(Who.PUPIL),
    "mine.pick": Rule(Who.PUPIL),
    "mine.forget": Rule(Who.PUPIL),
    "mine.leave": Rule(Who.PUPIL),
    "move.index": Rule(Who.PUPIL),
    "move.make": Rule(Who.PUPIL),
    "move.picture": Rule(Who.PUPIL),
    "move.receive": Rule(Who.PUPIL),
    "move.done": Rule(Who.PUPIL),
    "move.remember": Rule(Who.PUPIL),
    "pwa.manifest": Rule(Who.ANYONE),
    "pwa.worker": Rule(Who.ANYONE),
    "pwa.offline": Rule(Who.ANYONE),
    "pwa.install": Rule(Who.ANYONE),
    "pwa.discreet": Rule(Who.ANYONE),
    "pwa.token": Rule(Who.VISITOR),
    "signin.index": Rule(Who.VISITOR),
    "signin.link": Rule(Who.VISITOR),
    "signin.out": Rule(Who.SIGNED_IN),
    "signin.sessions": Rule(Who.SIGNED_IN),
    "signin.revoke": Rule(Who.SIGNED_IN),
    "inbox.index": Rule(Who.PROFESSIONAL),
    "inbox.case": Rule(Who.PROFESSIONAL, writes_on_get=True),
    "inbox.take": Rule(Who.PROFESSIONAL),
    "inbox.release": Rule(Who.PROFESSIONAL),
    "inbox.answer": Rule(Who.PROFESSIONAL),
    "inbox.attempt": Rule(Who.PROFESSIONAL),
    "inbox.triage": Rule(Who.PROFESSIONAL),
    "inbox.hand_over": Rule(Who.PROFESSIONAL),
    "inbox.cross": Rule(Who.PROFESSIONAL),
    "inbox.propose": Rule(Who.PROFESSIONAL),
    "inbox.close": Rule(Who.PROFESSIONAL),
    "inbox.notices": Rule(Who.PROFESSIONAL),
    "inbox.seen": Rule(Who.PROFESSIONAL),
    "coordinator.index": Rule(Who.COORDINATOR),
    "shortcuts.index": Rule(Who.COORDINATOR),
    "shortcuts.profile": Rule(Who.COORDINATOR),
    "shortcuts.chromeos": Rule(Who.COORDINATOR),
    "shortcuts.edge": Rule(Who.COORDINATOR),
    "shortcuts.poster": Rule(Who.COORDINATOR),
    "shortcuts.cards": Rule(Who.COORDINATOR),
    "push.index": Rule(Who.PUPIL),
    "push.subscribe": Rule(Who.PUPIL),
    "push.check": Rule(Who.PUPIL),
    "push.settings": Rule(Who.PUPIL),
    "push.remove": Rule(Who.PUPIL),
    "push.fallback": Rule(Who.PUPIL),
    "push.staff": Rule(Who.SIGNED_IN),
    "push.staff_subscribe": Rule(Who.SIGNED_IN),
    "push.staff_check": Rule(Who.SIGNED_IN),
    "push.staff_settings": Rule(Who.SIGNED_IN),
    "push.staff_remove": Rule(Who.SIGNED_IN),
    "ops.healthz": Rule(Who.OPERATOR),
    "ops.readyz": Rule(Who.OPERATOR),
    "ops.metrics": Rule(Who.OPERATOR),
}

ROLE_OF = {Who.PROFESSIONAL: Role.PROFESSIONAL, Who.COORDINATOR: Role.COORDINATOR}
NEEDS_SIGN_IN = (Who.SIGNED_IN, Who.PROFESSIONAL, Who.COORDINATOR)


def is_personal(endpoint: str | None) -> bool:
    """True for pages that search engines must leave alone."""
    return endpoint is None or ACCESS[endpoint].who is not Who.ANYONE


def writes_on_get(endpoint: str | None) -> bool:
    return endpoint in ACCESS and ACCESS[endpoint].writes_on_get


def init_app(app: Flask) -> None:
    """Guard every endpoint. Raises RuntimeError when the table and the addresses differ."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    if endpoints != set(ACCESS):
        astray = ", ".join(sorted(endpoints ^ set(ACCESS)))
        raise RuntimeError(f"web/access.py and the addresses disagree about: {astray}")
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # Flask answers 404 or 405
    if _has_nul():
        abort(404)
    who = ACCESS[request.endpoint].who
    if who not in NEEDS_SIGN_IN:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if who in ROLE_OF and current_user.staff.role is not ROLE_OF[who]:
        abort(403)
    return None


def _has_nul() -> bool:
    """True for an address or field with a NUL character, which no key of ours has and which
    PostgreSQL refuses to look up. What a person writes is encrypted first, so it may hold any."""
    if "\0" in request.path or b"%00" in request.query_string:
        return True
    if request.method != "POST" or request.endpoint == "door.knock":
        return False
    ids = (value for name, value in request.form.items() if name != "text")
    return any("\0" in value for value in ids)


def _to_sign_in() -> ResponseReturnValue:
    address = url_for("signin.index")
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Redirect"] = address
        return response
    return redirect(address, 303)
