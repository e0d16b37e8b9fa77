"""Accounts at providers of OpenID Connect: signing in with one, and looking after one's own.

Signing in and tying an account come back to the same address, which the provider knows. Which it
was is in what this browser began.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.core import labels
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.core.oidc import Audience, Provider, providers
from elevhalsa.domain.identity import oidc
from elevhalsa.domain.identity.words import OidcTold
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import accounts
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import limiter
from elevhalsa.web import drafts, identified, led, limits, signed_in, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .views import home, offered_here, sessions_page, sign_in_page

_BEGUN = "konto"
"""In the session's cookie: the token of what this browser began."""


def _begun() -> oidc.Begun | None:
    found = oidc.find(session.get(_BEGUN))
    return found if found and found.row.school_id is None else None


def _lead(provider: Provider, session_id: str | None) -> ResponseReturnValue:
    """Raises oidc.Refused."""
    wanted = oidc.Wanted(
        provider, led.way_back(".account_answered", provider), staff_session_id=session_id
    )
    there = oidc.start(identified.oidc_api(), wanted)
    session[_BEGUN] = there.token
    return led.page(render_template("signin/led.html", provider=provider, address=there.address))


@blueprint.post("/logga-in/konto/<key>")
@open_to(Who.VISITOR, page="signin.index")
@limiter.limit(limits.SIGN_IN)
def account(key: str) -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(home(me()), 303)
    provider = next((one for one in offered_here() if one.key == key), None)
    if provider is None:
        abort(404)
    try:
        return _lead(provider, None)
    except oidc.Refused as refused:
        return sign_in_page(told=labels.of(refused.told)), HTTPStatus.SERVICE_UNAVAILABLE


@blueprint.post("/personal/inloggningar/konto/<key>")
@open_to(Who.SIGNED_IN, page="signin.sessions", steps_up=True)
def tie(key: str) -> ResponseReturnValue:
    provider = providers.get(key, Audience.STAFF)
    if provider is None or not provider.is_at(me().municipality.slug):
        abort(404)
    try:
        return _lead(provider, current_user.session.id)
    except oidc.Refused as refused:
        return sessions_page(told=labels.of(refused.told)), HTTPStatus.SERVICE_UNAVAILABLE


@blueprint.route("/logga-in/konto/<key>/svar", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=led.AnswerForm)
def account_answered(key: str) -> ResponseReturnValue:
    """Back again. The address is a key, good once and in this browser."""
    provider = providers.get(key, Audience.STAFF)
    if provider is None:
        abort(404)
    form, begun = led.answered(), _begun()
    if begun is None or not begun.is_answered_by(form.state.data) or begun.row.provider != key:
        return _nothing_waits()
    if request.method == "POST":
        session.pop(_BEGUN)
        return _finish(begun, provider, form.answer())
    return led.page(render_template("signin/answered.html", provider=provider, form=form))


def _finish(begun: oidc.Begun, provider: Provider, answer: oidc.Answer) -> ResponseReturnValue:
    ties = begun.row.staff_session_id
    if ties is None:
        return _sign_in(begun, provider, answer)
    if not current_user.is_authenticated or current_user.session.id != ties:
        oidc.leave(begun)
        return _nothing_waits()
    return _tie(begun, provider, answer)


def _claims(begun: oidc.Begun, provider: Provider, answer: oidc.Answer) -> Mapping[str, Any]:
    here = led.way_back(".account_answered", provider)
    return oidc.finish(identified.oidc_api(), begun, provider, answer, here)


def _sign_in(begun: oidc.Begun, provider: Provider, answer: oidc.Answer) -> ResponseReturnValue:
    """Nothing of an earlier session is kept."""
    reached = [one.id for one in tenant.reached_here()]
    try:
        token = accounts.sign_in(provider, _claims(begun, provider, answer), reached)
    except oidc.Refused as refused:
        return sign_in_page(told=labels.of(refused.told)), HTTPStatus.CONFLICT
    except accounts.Unknown as error:
        page = sign_in_page(told=str(error), unknown=provider)
        return page, HTTPStatus.CONFLICT
    signed_in.start(token)
    return redirect(drafts.page_of_newest(me()) or home(me()), 303)


def _tie(begun: oidc.Begun, provider: Provider, answer: oidc.Answer) -> ResponseReturnValue:
    try:
        claims = _claims(begun, provider, answer)
        lock(current_user.session)  # what the provider took its time to say may be too late
        if current_user.session.revoked_at:
            raise Conflict(_("Du är inte inloggad längre."))
        made = accounts.tie(me(), provider, claims)
    except oidc.Refused as refused:
        return sessions_page(told=labels.of(refused.told)), HTTPStatus.CONFLICT
    except Conflict as error:
        return sessions_page(told=str(error)), HTTPStatus.CONFLICT
    notices.post(Kind.ACCOUNT_TIED, [me()], cause=f"account:{made.id}")
    flash(_("Klart. Nu kan du logga in med %(provider)s.", provider=provider.name))
    return redirect(url_for(".sessions"), 303)


def _nothing_waits() -> ResponseReturnValue:
    """Used already, begun in another browser, or long ago."""
    if current_user.is_authenticated:
        return redirect(url_for(".sessions"), 303)
    told = labels.of(OidcTold.OTHER_BROWSER)
    return led.page(sign_in_page(told=told), HTTPStatus.CONFLICT)


@blueprint.post("/personal/inloggningar/konto/<account_id>/ta-bort")
@open_to(Who.SIGNED_IN, page="signin.sessions", steps_up=True)
def untie(account_id: str) -> ResponseReturnValue:
    accounts.remove(me(), account_id)
    flash(_("Kontot är borttaget. Det öppnar inget här längre."))
    return redirect(url_for(".sessions"), 303)
