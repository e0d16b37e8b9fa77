"""Signing in with a one-time link, and a person's own sessions.

A page here never tells whether an address belongs to anyone.
"""

import re

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.i18n import _
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff, hash_email
from elevhalsa.extensions import limiter
from elevhalsa.web import drafts, leaving, limits, signed_in, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.leaving import Out
from elevhalsa.web.signed_in import me

from .forms import EmailForm, RevokeForm

blueprint = Blueprint("signin", __name__)

LINKS_PER_ADDRESS = "5 per 15 minutes; 20 per day"
"""Letters that anybody can make us send to one person."""


def _address_key() -> str:
    """Whose counter: a keyed hash of the address that was typed, whether it is known or not."""
    return hash_email(EmailForm(request.form).email.data)


def _home(staff: Staff) -> str:
    """Who is both comes to the inbox first: there somebody waits."""
    return url_for("inbox.index" if staff.is_professional else "coordinator.index")


@blueprint.route("/logga-in/", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=EmailForm)
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@limiter.limit(LINKS_PER_ADDRESS, key_func=_address_key, methods=["POST"])
def index() -> ResponseReturnValue:
    """Ask for a link. The answer is the same whether the address is known or not."""
    if current_user.is_authenticated:
        return redirect(_home(me()), 303)
    form = EmailForm(request.form)
    if request.method == "POST":
        if form.validate():
            _send_link(form.email.data or "")
            return redirect(url_for(".index", skickad="1"), 303)
        return render_template("signin/index.html", form=form, has_mail=_has_mail()), 422
    sent = "skickad" in request.args
    waits = "vantar" in request.args
    return render_template(
        "signin/index.html", form=form, has_mail=_has_mail(), sent=sent, waits=waits
    )


def _has_mail() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.mail_url is not None


def _send_link(email: str) -> None:
    """At a shared host one for each municipality that the person works in; each says which."""
    here = tenant.here()
    minute = re.sub(r"\D", "", clock.now().isoformat(timespec="minutes"))[:12]
    notices.post(
        Kind.SIGN_IN_LINK,
        people.find_by_email(email, here.id if here else None),
        cause=f"sign-in:{minute}",
    )


@blueprint.route("/logga-in/lank/<token>", methods=["GET", "POST"])
@open_to(Who.VISITOR)
@limits.guesses(limits.LINK)
def link(token: str) -> ResponseReturnValue:
    """GET shows a button only: programs that look through mail open links, but press no buttons."""
    if request.method == "POST":
        return _redeem(token)
    if not _holds(token):
        return _used_up()
    return _secret_page(render_template("signin/link.html", token=token))


def _holds(token: str) -> bool:
    """True for a link that can be used at this host: not at another municipality's own."""
    found = people.find_link(token)
    return found is not None and tenant.is_at_home(found.staff.municipality_id)


def _redeem(token: str) -> ResponseReturnValue:
    """Use the link up and begin a new session; nothing of an earlier one is kept."""
    session_token = people.redeem(token) if _holds(token) else None
    if session_token is None:
        return _used_up()
    if current_user.is_authenticated:
        signed_in.end()
    leaving.clear_session()
    signed_in.start(session_token)
    left = drafts.page_of_newest(me())  # a text that waits where it was being written
    return redirect(left or _home(me()), 303)


def _used_up() -> Response:
    return _secret_page(render_template("signin/used_up.html", has_mail=_has_mail()), 410)


def _secret_page(html: str, status: int = 200) -> Response:
    """The address is a key, so it is told to nobody. Not 'no-referrer': then the form would come
    with no Referer at all, which the CSRF check over https refuses."""
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@blueprint.post("/logga-in/ut")
@open_to(Who.SIGNED_IN, page="signin.index")
def out() -> ResponseReturnValue:
    signed_in.end()
    leaving.clear_session()
    settings: Settings = current_app.config["SETTINGS"]
    response: Response = redirect(url_for(".index"), 303)  # type: ignore[assignment]
    leaving.leave(response, Out.SIGN_OUT, settings)
    return response


@blueprint.get("/personal/inloggningar")
@open_to(Who.SIGNED_IN)
def sessions() -> ResponseReturnValue:
    return render_template(
        "signin/sessions.html",
        sessions=people.sessions_of(me()),
        current=current_user.session,
        idle_minutes=int(people.IDLE_LIMIT.total_seconds() // 60),
        most_hours=int(people.ABSOLUTE_LIMIT.total_seconds() // 3600),
    )


@blueprint.post("/personal/inloggningar/avsluta")
@open_to(Who.SIGNED_IN, takes=RevokeForm, page="signin.sessions")
def revoke() -> ResponseReturnValue:
    """End one of my sessions, or all but this one."""
    form = RevokeForm(request.form)
    wanted = form.session.data or ""
    here: str = current_user.session.id
    if wanted == here:
        return out()
    mine = people.sessions_of(me())
    ended = [s for s in mine if s.id == wanted or (wanted == form.OTHERS and s.id != here)]
    for one in ended:
        people.revoke(one)
    if ended:
        flash(_("Inloggningen är avslutad.") if len(ended) == 1 else _("De är avslutade."))
    return redirect(url_for(".sessions"), 303)
