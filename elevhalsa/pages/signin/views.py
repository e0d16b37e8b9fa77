"""Signing in with a one-time link, and a person's own sessions, keys and accounts.

A page here never tells whether an address belongs to anyone.
"""

import re

from flask import (
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
from elevhalsa.core.oidc import Audience, Provider, providers
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import accounts, duties, queries
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Passkey, Staff, StaffAccount, hash_email
from elevhalsa.extensions import limiter
from elevhalsa.web import drafts, leaving, limits, passkeys, signed_in, tenant
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.leaving import Out
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import EmailForm, KeyNameForm, RevokeForm

LINKS_PER_ADDRESS = "5 per 15 minutes; 20 per day"
"""Letters that anybody can make us send to one person."""


def _address_key() -> str:
    """Whose counter: a keyed hash of the address that was typed, whether it is known or not."""
    return hash_email(EmailForm(request.form).email.data)


def home(staff: Staff) -> str:
    """Who is both comes to the inbox first: there somebody waits."""
    if staff.is_professional or staff.coordinates:
        return url_for("inbox.index" if staff.is_professional else "coordinator.index")
    if staff.leads:
        return url_for("partners.index")
    return url_for("municipality.log" if duties.held_by(staff) else ".sessions")


@blueprint.route("/logga-in/", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=EmailForm)
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@limiter.limit(LINKS_PER_ADDRESS, key_func=_address_key, methods=["POST"])
def index() -> ResponseReturnValue:
    """Ask for a link. The answer is the same whether the address is known or not."""
    if current_user.is_authenticated:
        return redirect(home(me()), 303)
    form = EmailForm(request.form)
    if request.method == "POST":
        if form.validate():
            _send_link(form.email.data or "")
            return redirect(url_for(".index", skickad="1"), 303)
        return sign_in_page(form), 422
    return sign_in_page(form)


def offered_here() -> list[Provider]:
    """With whom staff of any municipality that is reached here may sign in."""
    found = [providers.at(place.slug, Audience.STAFF) for place in tenant.reached_here()]
    return [one for one in providers.all if any(one in offered for offered in found)]


def sign_in_page(
    form: EmailForm | None = None, *, told: str | None = None, unknown: Provider | None = None
) -> str:
    """Every way to sign in that there is here. told: why an account did not let somebody in;
    unknown: with whom the account is, when it is nobody's here."""
    return render_template(
        "signin/index.html",
        told=told,
        unknown=unknown,
        providers=offered_here(),
        form=form or EmailForm(),
        has_mail=_has_mail(),
        has_keys=passkeys.asker() is not None,
        elsewhere=passkeys.elsewhere(None),
        sent="skickad" in request.args,
        waits="vantar" in request.args,
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
    staff = _whose(token)
    if staff is None:
        return _used_up()
    if passkeys.keys_of(staff):
        return _with_key(staff)
    return _secret_page(render_template("signin/link.html", token=token))


def _whose(token: str) -> Staff | None:
    """Whose a link is that can be used at this host: not at another municipality's own."""
    found = people.find_link(token)
    here = found is not None and tenant.is_at_home(found.staff.municipality_id)
    return found.staff if found and here else None


def _with_key(staff: Staff, status: int = 200) -> Response:
    """A mailed link of somebody who has a key opens nothing by itself."""
    page = render_template(
        "signin/with_key.html",
        has_keys=passkeys.asker() is not None,
        elsewhere=passkeys.elsewhere(staff),
    )
    return _secret_page(page, status)


def _redeem(token: str) -> ResponseReturnValue:
    """Use the link up and begin a new session; nothing of an earlier one is kept."""
    staff = _whose(token)
    if staff is None:
        return _used_up()
    if passkeys.keys_of(staff):
        return _with_key(staff, 403)
    session_token = people.redeem(token, at=tenant.hosts_of(staff.municipality))
    if session_token is None:
        return _used_up()
    signed_in.start(session_token)
    # A text that waits is worth more than an offer.
    left = drafts.page_of_newest(me())
    if current_user.session.needs_key or (not left and _is_to_be_offered_a_key()):
        return redirect(url_for(".new_key"), 303)
    return redirect(left or home(me()), 303)


def _is_to_be_offered_a_key() -> bool:
    """Once, where one can be made."""
    if me().key_offered or passkeys.asker(current_user.session) is None:
        return False
    people.note_key_offered(me())
    return True


def _used_up() -> Response:
    return _secret_page(render_template("signin/used_up.html", has_mail=_has_mail()), 410)


def _secret_page(html: str, status: int = 200) -> Response:
    """The address is a key, so it is told to nobody. Not 'no-referrer': then the form would come
    with no Referer at all, which the CSRF check over https refuses."""
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@blueprint.post("/logga-in/ut")
@open_to(Who.SIGNED_IN, page="signin.index", before_key=True)
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
    return sessions_page()


def sessions_page(
    renamed: tuple[Passkey, KeyNameForm] | None = None, *, told: str | None = None
) -> str:
    """Keys, accounts and sessions of whoever is signed in. renamed: a key whose new name was
    refused. told: why no account was tied."""
    keys = []
    open_here = {one.id for one in passkeys.keys_of(me())}
    for one in queries.keys_of(me()):
        form = KeyNameForm(data={"name": one.name})
        if renamed and renamed[0].id == one.id:
            form = renamed[1]
        keys.append((one, form, one.id in open_here))
    tied = accounts.of(me())
    known = {one.key: one.name for one in providers.all}
    return render_template(
        "signin/sessions.html",
        told=told,
        accounts=[(one, known.get(one.provider)) for one in tied],
        to_tie=_to_tie(tied),
        keys=keys,
        elsewhere=passkeys.elsewhere(me()),
        can=passkeys.asker(current_user.session) is not None,
        sessions=people.sessions_of(me()),
        current=current_user.session,
        idle_minutes=int(people.IDLE_LIMIT.total_seconds() // 60),
        most_hours=int(people.ABSOLUTE_LIMIT.total_seconds() // 3600),
    )


def _to_tie(tied: list[StaffAccount]) -> list[Provider]:
    """With whom whoever is signed in has no account yet."""
    has = {one.provider for one in tied}
    offered = providers.at(me().municipality.slug, Audience.STAFF)
    return [one for one in offered if one.key not in has]


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
