"""From the choice of e-ID to a form with one's name in it. A GET shows; only a POST asks BankID."""

from datetime import timedelta
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import qr
from elevhalsa.core.bankid import bankid as settings
from elevhalsa.core.crypto import keyring
from elevhalsa.core.ports import EidAsker, EidFailed
from elevhalsa.domain.identity import orders, rules, service
from elevhalsa.domain.identity.models import EidOrder
from elevhalsa.domain.identity.words import App, OidcTold, State, Told
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people.directory import SchoolView
from elevhalsa.extensions import htmx, limiter
from elevhalsa.web import identified, leaving, limits, tenant, visitor
from elevhalsa.web.access import Who, open_to

from .blueprint import blueprint
from .browsers import Browser
from .forms import ConfirmForm, HearForm, SchoolForm, StartForm

STOP_POLLING = 286
"""htmx asks no more."""
MINUTES = rules.LOGIN // timedelta(minutes=1)


def _browser() -> Browser:
    return Browser.of(request.user_agent.string)


def _asker() -> EidAsker:
    """What BankID is told of the browser, to judge the risk by."""
    agent = request.user_agent.string or "-"
    return EidAsker(
        address=request.remote_addr or "",
        user_agent=agent,
        domain=request.host.partition(":")[0],
        mark=keyring.keyed_hash("eid-browser", f"{leaving.mark()} {agent}")[:32],
    )


def school_of(slug: str | None) -> SchoolView | None:
    """The one that a form names, or that the browser remembers."""
    found = tenant.door(slug or "")
    return found if isinstance(found, SchoolView) else tenant.remembered_school()


def school_by_id(school_id: str | None) -> SchoolView | None:
    """One of those that are reached here."""
    every = (school for place in tenant.reached_here() for school in place.schools)
    return next((one for one in every if one.id == school_id), None)


@blueprint.route("/logga-in/bankid", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=StartForm)
@limiter.limit(limits.EID, methods=["POST"])
def bankid() -> ResponseReturnValue:
    """With BankID here, or on another device? Or without."""
    form = StartForm(request.form)
    school = school_of(form.skola.data or request.args.get("skola"))
    if school is None:
        return redirect(url_for("door.index"), 303)
    if request.method == "POST" and settings.is_on:
        return _begin(school, form)
    return choice(school)


def choice(
    school: SchoolView,
    told: Told | OidcTold | None = None,
    form: StartForm | None = None,
    status: int = 200,
) -> Response:
    """Every way to log in there, and the way without."""
    page = render_template(
        "eid/bankid.html",
        school=school,
        told=told,
        form=form or StartForm(),
        identity=identified.identity_at(school),
        is_phone=_browser().is_phone,
    )
    return make_response(page, status)


def _begin(school: SchoolView, form: StartForm) -> ResponseReturnValue:
    if not form.validate():
        return choice(school, form=form, status=422)
    app = App(form.app.data)

    def way_back(nonce: str) -> str | None:
        address = url_for("eid.wait", svar=nonce, _external=True)
        return _browser().way_back(address, installed=form.installed.data == "1")

    wanted = orders.Wanted(
        school.municipality.id, school.id, app, way_back if app is App.HERE else None
    )
    try:
        token = orders.start(identified.api(), _asker(), wanted)
    except EidFailed as error:
        return choice(school, rules.refused(error.code), status=HTTPStatus.SERVICE_UNAVAILABLE)
    response = redirect(url_for(".wait"), 303)
    identified.give(response, token)  # type: ignore[arg-type]
    return response


@blueprint.route("/logga-in/bankid/vantar", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=HearForm)
def wait() -> ResponseReturnValue:
    """How it goes. GET by htmx draws the QR code of this second."""
    form = HearForm(request.form)
    order = identified.order()
    draws = htmx and request.method != "POST"
    if order is None:  # what asks how it goes leads on; the picture never overtakes it
        return ("", STOP_POLLING) if draws else _nothing_waits()
    if request.method == "POST":
        return _hear(order, form)
    if draws:
        text = orders.qr_text(order)
        return (_picture(text), 200) if text else ("", STOP_POLLING)
    return _page_of(order)


def _picture(text: str) -> str:
    return qr.svg(text, level="l")


def _nothing_waits() -> ResponseReturnValue:
    """Fetched by another page of this browser, begun in another, or long ago."""
    if identified.identity():
        return _go(url_for(".confirm", skola=request.values.get("skola")))
    if request.values.get("svar"):
        return _page_of(None, told=Told.OTHER_BROWSER, status=HTTPStatus.CONFLICT)
    # Another page may just have been given the login, too late for the cookie of this post.
    return _go(url_for(".wait" if request.method == "POST" else ".bankid"))


def _go(address: str) -> Response:
    """To another page, whether htmx asked for a part of this one or not."""
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Redirect"] = address
        return response
    return redirect(address, 303)  # type: ignore[return-value]


def _page_of(
    order: EidOrder | None, *, told: Told | None = None, asked: bool = False, status: int = 200
) -> Response:
    """asked: somebody has pressed a button to see how it goes: the page stands still."""
    text = orders.qr_text(order) if order else None
    start = None
    if order and order.start_token and order.app is App.HERE:
        start = _browser().start(settings.app, order.start_token)
    page = render_template(
        "eid/wait.html",
        order=order,
        state=order.state if order else State.FAILED,
        told=told or (order.told if order else Told.EXPIRED),
        school=school_by_id(order.school_id) if order else tenant.remembered_school(),
        start=start,
        picture=_picture(text) if text and not asked else None,
        asked=asked,
        svar=request.values.get("svar", ""),
    )
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "strict-origin"  # the address may hold the nonce
    return response


def _hear(order: EidOrder, form: HearForm) -> ResponseReturnValue:
    heard = orders.hear(identified.api(), _asker(), order)
    if heard is None:
        return _nothing_waits()
    fetched = orders.fetch(heard, form.svar.data) if heard.state is State.DONE else None
    if fetched:
        school = school_by_id(heard.school_id)
        response = _go(url_for(".confirm", skola=school.slug if school else None))
        identified.give(response, fetched.token)
        return response
    if not htmx:
        return _page_of(heard, asked=True)
    if heard.state in (State.FAILED, State.LEFT):
        return _go(url_for(".wait"))
    if form.told.data == heard.told:
        return Response(status=204)  # what has not changed is not read out again
    return make_response(render_template("eid/_told.html", told=heard.told, state=heard.state))


@blueprint.post("/logga-in/bankid/avbryt")
@open_to(Who.VISITOR, page="eid.wait")
def cancel() -> ResponseReturnValue:
    """By the button, or by a page that somebody leaves."""
    identified.leave_order()
    return redirect(url_for(".wait"), 303)


@blueprint.route("/logga-in/klart", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=ConfirmForm)
def confirm() -> ResponseReturnValue:
    """What we got, before any of it is used. The same page for every provider."""
    form = ConfirmForm(request.form)
    school = school_of(form.skola.data or request.args.get("skola"))
    identity = identified.identity_at(school) if school else None
    if identity is None or school is None:
        return redirect(url_for(".bankid", skola=school.slug if school else None), 303)
    if request.method == "POST":
        service.confirm(identity, hides=form.hide.data == "1")
        return redirect(url_for("door.knock_known", skola=school.slug), 303)
    return render_template(
        "eid/confirm.html",
        identity=identity,
        school=school,
        minutes=MINUTES,
        open_here=_open_here(),
    )


def _open_here() -> list[Knock]:
    """Those that this browser has open, in which its pupil has not said who they are: a login by
    itself opens none."""
    here = visitor.device()
    found = devices.unlocked(here) if here else []
    return [
        one
        for one in found
        if one.is_open and one.login is None and tenant.is_at_home(one.municipality_id)
    ]


@blueprint.post("/logga-in/avsluta")
@open_to(Who.VISITOR, takes=SchoolForm, page="eid.bankid")
def out() -> ResponseReturnValue:
    """Nothing of the login can be seen here any more."""
    school = school_of(SchoolForm(request.form).skola.data)
    address = url_for("door.school", slug=school.slug) if school else url_for("door.index")
    response: Response = redirect(address, 303)  # type: ignore[assignment]
    identified.log_out(response)
    return response
