"""Flytta min dörr: a code and a QR code on the old device, fetched on the new one.

The QR code's address holds its token after ``#``, which no browser sends to a server: it is in no
log and in no Referer. Opening an address uses nothing up, only a press on the button does: a
preview, or a browser inside a QR reader whose cookies are soon gone, must not take the one chance.
"""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from elevhalsa.config import Settings
from elevhalsa.core import qr
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import devices, handoff
from elevhalsa.domain.knocks.models import Device, Handoff
from elevhalsa.extensions import htmx, limiter
from elevhalsa.web import limits, respond, tenant, visitor
from elevhalsa.web.access import Who, open_to

from .forms import MakeForm, ReceiveForm

blueprint = Blueprint("move", __name__)

WRONG = 422


@blueprint.get("/flytta")
@open_to(Who.PUPIL)
def index() -> ResponseReturnValue:
    here = visitor.device()
    row = handoff.of(here) if here else None
    waits = row is not None and handoff.waits(row)
    version = _version(row, waits=waits)
    if htmx and request.args.get("version") == version:
        return make_response("", 204)  # what has not changed is not drawn, or read out, again
    return respond.page_or_fragment(
        "move/index.html",
        "move/_live.html",
        form=MakeForm(data={"forget": not (here and here.remembered)}),
        has_knocks=bool(here and devices.knocks_of(here)),
        handoff=row,
        waits=waits,
        code=handoff.secrets_of(row).code if row and waits else None,
        receive_address=f"{request.host}{url_for('move.receive')}",
        version=version,
        is_refresh=bool(htmx),
    )


def _version(row: Handoff | None, *, waits: bool) -> str:
    """Changes when something on the old device's page does; tells nothing of the code."""
    facts = (row.id, waits, row.used_at is None) if row else None
    return keyring.keyed_hash("page-version", repr(facts))[:16]


@blueprint.post("/flytta")
@open_to(Who.PUPIL, takes=MakeForm)
@limiter.limit(limits.WRITE)
def make() -> ResponseReturnValue:
    handoff.make(_known(), forget=MakeForm(request.form).forget.data)
    return redirect(url_for("move.index"), 303)


def _known() -> Device:
    """This device. Raises NotFound when it is not known."""
    here = visitor.device()
    if here is None:
        raise NotFound(_("Den här mobilen minns inget att flytta."))
    return here


@blueprint.get("/flytta/bild.svg")
@open_to(Who.PUPIL)
def picture() -> ResponseReturnValue:
    """The QR code of the device that asks."""
    here = _known()
    row = handoff.of(here)
    if row is None or not handoff.waits(row):
        raise NotFound(_("Koden gäller inte längre. Gör en ny."))
    address = f"{_origin()}{url_for('move.receive')}#{handoff.secrets_of(row).token}"
    return Response(qr.svg(address), mimetype="image/svg+xml")


def _origin() -> str:
    """Where this device is now: a device belongs to one host."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{urlsplit(settings.public_url).scheme}://{request.host}"


@blueprint.route("/flytta/hit", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=ReceiveForm)
@limits.guesses(limits.CODE)
def receive() -> ResponseReturnValue:
    form = ReceiveForm(request.form)
    if request.method != "POST":
        return render_template("move/receive.html", form=form)
    if not form.validate():
        return _try_again(form)
    try:
        knocks = handoff.use(visitor.device(), code=form.code.data, token=form.token.data)
    except InvalidInput as error:
        form.refuse(error, "code")
        return _try_again(form)
    if not all(tenant.is_at_home(knock.municipality_id) for knock in knocks):
        form.refuse(_("Koden är gjord för en annan adress. Öppna den adressen här."), "code")
        return _try_again(form)
    response: Response = redirect(url_for("move.done"), 303)  # type: ignore[assignment]
    for knock in knocks:
        visitor.open_here(response, knock)
    return response


def _try_again(form: ReceiveForm) -> ResponseReturnValue:
    form.token.data = ""  # a QR code that failed must not speak against the code typed next
    return render_template("move/receive.html", form=form), WRONG


@blueprint.get("/flytta/klart")
@open_to(Who.PUPIL)
def done() -> ResponseReturnValue:
    here = visitor.device()
    knocks = devices.knocks_of(here) if here else []
    return render_template("move/done.html", device=here, knocks=knocks)


@blueprint.post("/flytta/min-mobil")
@open_to(Who.PUPIL, page="move.done")
def remember() -> ResponseReturnValue:
    response: Response = redirect(url_for("move.done"), 303)  # type: ignore[assignment]
    visitor.remember(response, _known())
    return response
