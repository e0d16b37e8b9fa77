"""Who may open which page. Each view says it itself (``open_to``); a view that does not stops the
start, as does one that no address leads to, or one that can only be posted to and names no page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from inspect import unwrap
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, Response, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.core.errors import ElevhalsaError, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.disclosure import queries as disclosures
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff

from . import https, looking, passkeys, same_origin, tenant

if TYPE_CHECKING:
    from .forms import Form


class Who(Enum):
    ANYONE = "anyone"
    """Public: may be indexed, holds nothing personal."""
    PUPIL = "pupil"
    """No sign-in, but personal: the view opens only what this device has shown the code of."""
    VISITOR = "visitor"
    """No sign-in and nothing to show yet: signing in itself."""
    ASKER = "asker"
    """No sign-in, but personal: who works at a school, and has shown what opens what they asked."""
    SIGNED_IN = "signed_in"
    PROFESSIONAL = "professional"
    COORDINATOR = "coordinator"
    LEADER = "leader"
    """Coordinates an organisation beside the schools: its people and what comes to it."""
    OVERSEER = "overseer"
    """Named to review the log: of the municipality, or of what is behind one wall."""
    DISCLOSER = "discloser"
    """Named to answer for what is disclosed from behind her own wall."""
    OPERATOR = "operator"
    """The platform: probes and figures. The view checks the token where one is needed."""


@dataclass(frozen=True)
class Rule:
    who: Who
    writes_on_get: bool = False
    """Showing the page is itself an event of the audit, so a GET writes too: that and no more."""
    without_database: bool = False
    """Shown although the database is away."""
    takes: "type[Form] | None" = None
    """The form that is posted here: tells which of its fields may be given back (``kept``)."""
    page: str | None = None
    """The endpoint of the page that the form stands on; whoever opens the address comes there."""
    from_anywhere: bool = False
    """The view itself looks whether a post came from a page of ours, or it does no harm."""
    steps_up: bool = False
    """Whoever has a key (``passkeys``) must have confirmed with it just now: to post, or to look
    where there is nothing but to look."""
    before_key: bool = False
    """Opens although the municipality requires a key and none has been shown yet."""


class SignInNeeded(ElevhalsaError):
    """Nobody is signed in, or not any more."""

    status = 401


class ConfirmationNeeded(ElevhalsaError):
    """It is not certain that it is still the same person who is signed in."""

    status = 403


class KeyNeeded(ElevhalsaError):
    """The municipality requires a key, and the person has none yet."""

    status = 403


View = TypeVar("View", bound=Callable[..., Any])
marked: list[Callable[..., Any]] = []
MARK = "elevhalsa_open_to"
_RULES = "elevhalsa_access"


def open_to(
    who: Who,
    *,
    writes_on_get: bool = False,
    without_database: bool = False,
    takes: "type[Form] | None" = None,
    page: str | None = None,
    from_anywhere: bool = False,
    steps_up: bool = False,
    before_key: bool = False,
) -> Callable[[View], View]:
    """Say at a view who may open it. Stands below its address: ``@open_to(Who.PUPIL)``.

    The rest is as in ``Rule``. What can only be posted to must name its ``page``.
    """
    rule = Rule(
        who, writes_on_get, without_database, takes, page, from_anywhere, steps_up, before_key
    )

    def mark(view: View) -> View:
        setattr(view, MARK, rule)
        marked.append(view)
        return view

    return mark


def rules(app: Flask) -> dict[str, Rule]:
    """Endpoint -> who may open it, for every address of the app."""
    found: dict[str, Rule] = app.extensions[_RULES]
    return found


NEEDS_SIGN_IN = (
    Who.SIGNED_IN, Who.PROFESSIONAL, Who.COORDINATOR, Who.LEADER, Who.OVERSEER, Who.DISCLOSER,
)  # fmt: skip


def is_personal(endpoint: str | None) -> bool:
    """True for pages that search engines must leave alone."""
    return endpoint is None or rules(current_app)[endpoint].who is not Who.ANYONE


def rule_of(endpoint: str | None) -> Rule | None:
    """None where no address leads."""
    return rules(current_app)[endpoint] if endpoint else None


def writes_on_get(endpoint: str | None) -> bool:
    return endpoint is not None and rules(current_app)[endpoint].writes_on_get


def init_app(app: Flask) -> None:
    """Gather what the views say and guard every endpoint.

    Raises RuntimeError when one says nothing, or says it and has no address.
    """
    views = app.view_functions
    dumb = sorted(endpoint for endpoint, view in views.items() if not hasattr(view, MARK))
    if dumb:
        raise RuntimeError(f"who may open these? Say it with @open_to: {', '.join(dumb)}")
    reached = {unwrap(view) for view in views.values()}
    astray = sorted(f"{view.__module__}.{view.__name__}" for view in marked
                    if unwrap(view) not in reached)  # fmt: skip
    if astray:
        raise RuntimeError(f"no address leads to: {', '.join(astray)}")
    app.extensions[_RULES] = {name: getattr(view, MARK) for name, view in views.items()}
    homeless = sorted(
        endpoint
        for endpoint in posted_only(app)
        if rules(app)[endpoint].page not in {rule.endpoint for rule in app.url_map.iter_rules()}
    )
    if homeless:
        raise RuntimeError(f"on which page is the form? Say it with page=: {', '.join(homeless)}")
    app.before_request(_came_right)
    app.before_request(_only_looks)
    app.before_request(_may_open)


def posted_only(app: Flask) -> set[str]:
    """The endpoints whose addresses nobody can look at."""
    routes = list(app.url_map.iter_rules())
    seen = {rule.rule for rule in routes if "GET" in (rule.methods or ())}
    return {rule.endpoint for rule in routes if rule.rule not in seen}


def _came_right() -> ResponseReturnValue | None:
    """To a host of ours, over https, while there is a database to answer from."""
    if request.endpoint is None:
        if not tenant.is_known_host():
            abort(404)
        return None  # Flask answers 404 or 405
    if "\0" in request.path or b"%00" in request.query_string:
        abort(404)
    rule = rules(current_app)[request.endpoint]
    if rule.who is Who.OPERATOR:
        return None  # a probe may ask at any host, over plain http
    if not tenant.is_known_host():
        abort(404)
    if https.is_missing():
        return redirect(https.address(), 308)  # a POST is sent again, whole
    if not (rule.without_database or tenant.is_open()):
        abort(503)
    return None


def _only_looks() -> Response | None:
    """Asked before anybody is known: who only looks is nobody."""
    rule = rule_of(request.endpoint)
    if rule is None:
        return None
    return looking.answer(personal=rule.who not in (Who.ANYONE, Who.OPERATOR))


def _may_open() -> None:
    """From a page of ours, by somebody who may."""
    if request.endpoint is None:
        return
    rule = rules(current_app)[request.endpoint]
    if request.method == "POST" and not rule.from_anywhere:
        same_origin.check()
    if _has_nul():
        raise InvalidInput(_("Ett tecken i texten går inte att läsa. Vi har tagit bort det."))
    if rule.who not in NEEDS_SIGN_IN:
        return
    if not current_user.is_authenticated:
        raise SignInNeeded(_("Du är inte inloggad längre."))
    if not _may(current_user.staff, rule.who):
        abort(403)
    _check_key(rule)


def _check_key(rule: Rule) -> None:
    """Raises where a key has to be shown, or made, first."""
    if current_user.session.needs_key and not rule.before_key:
        if passkeys.keys_of(current_user.staff):
            raise ConfirmationNeeded(_("Bekräfta att det är du"))
        raise KeyNeeded(_("Kommunen kräver att du loggar in med en nyckel. Gör en nu."))
    if _steps_up(rule) and passkeys.must_confirm(current_user.session):
        raise ConfirmationNeeded(_("Bekräfta att det är du"))


def _steps_up(rule: Rule) -> bool:
    """A page that has a form of its own may be looked at; an export that is only looked at may
    not, nor what is behind a wall at a school where she does not work."""
    takes_posts = "POST" in (request.url_rule.methods or ()) if request.url_rule else False
    is_more = request.method == "POST" or not takes_posts or rule.who is Who.DISCLOSER
    return rule.steps_up and is_more


def _may(staff: Staff, who: Who) -> bool:
    if who is Who.PROFESSIONAL:
        return staff.is_professional
    if who is Who.OVERSEER:
        return bool(duties.held_by(staff))
    if who is Who.DISCLOSER:
        return disclosures.answers_for(staff)
    if who is Who.LEADER:
        return staff.leads and staff.is_partner
    return who is not Who.COORDINATOR or (staff.coordinates and not staff.is_partner)


KNOCKING = ("door.knock", "door.knock_known")


def _has_nul() -> bool:
    """True for a form with a NUL character, which no key of ours has and which PostgreSQL refuses
    to look up. What a person writes is encrypted first, so it may hold any."""
    if request.method != "POST" or request.endpoint in KNOCKING:
        return False
    ids = (value for name, value in request.form.items() if name != "text")
    return any("\0" in value for value in ids)
