"""The pupil's own knocks. A view opens only what this device has shown the code of."""

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import asking, devices
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import csrf, htmx, limiter
from elevhalsa.web import limits, respond, transaction, visitor
from elevhalsa.web.access import Who, open_to

from .forms import CodeForm, PickForm, PinForm, WriteForm
from .track import track_of, version_of

blueprint = Blueprint("mine", __name__)


class PinNeeded(Exception):
    """This device must give the PIN of a knock before it is shown."""

    def __init__(self, knock: Knock) -> None:
        super().__init__()
        self.knock = knock


@blueprint.errorhandler(PinNeeded)
def _ask_for_pin(needed: PinNeeded) -> ResponseReturnValue:
    """In the page's place; a text that was sent meanwhile is kept and sent once it is unlocked."""
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Refresh"] = "true"
        return response
    return _unlock_page(needed.knock)


def _unlock_page(row: Knock, *, status: int = 200, problem: str | None = None) -> Response:
    page = render_template(
        "mine/unlock.html", knock_id=row.id, problem=problem, typed=WriteForm(request.form)
    )
    return make_response(page, status)


def _mine(knock_id: str) -> Knock:
    """The knock, if this device may open it. Raises NotFound or PinNeeded."""
    here = visitor.device()
    found = devices.opening(here, knock_id) if here else None
    if here is None or found is None:
        raise NotFound(_("Öppna med din kod under Mina svar."))
    if found.needs_pin:
        raise PinNeeded(found.knock)
    devices.keep_alive(here)
    return found.knock


@blueprint.get("/mitt")
@open_to(Who.PUPIL)
def index() -> ResponseReturnValue:
    here = visitor.device()
    known = devices.knocks_of(here) if here else []
    return render_template("mine/index.html", knocks=known, device=here)


@blueprint.route("/mitt/kod", methods=["GET", "POST"])
@open_to(Who.PUPIL)
@limiter.limit(limits.CODE, methods=["POST"])
def code() -> ResponseReturnValue:
    form = CodeForm(request.form)
    if request.method != "POST":
        return render_template("mine/code.html", form=form)
    knock = devices.find_by_code(form.code.data)
    if knock is None:
        problem = _("Vi hittar inte den koden. Titta på varje ord och siffra en gång till.")
        return render_template("mine/code.html", form=form, problem=problem), 422
    response = _to(knock.id)
    visitor.open_here(response, knock)
    return response


@blueprint.get("/mitt/<knock_id>")
@open_to(Who.PUPIL, writes_on_get=True)
def knock(knock_id: str) -> ResponseReturnValue:
    return _show(_mine(knock_id))


def _show(
    row: Knock, *, status: int = 200, problem: str | None = None, typed: WriteForm | None = None,
    pin_problem: str | None = None,
) -> ResponseReturnValue:  # fmt: skip
    asking.saw(row)
    here = visitor.device()
    proposals = meetings.proposals_of(row)
    form_id = visitor.receipt()
    code = asking.code_of(row, form_id) if form_id else None
    track = track_of(row, proposals)
    version = version_of(row, track, proposals, code)
    if htmx and request.args.get("version") == version:
        return make_response("", 204)  # what has not changed is not drawn, or read out, again
    response = respond.page_or_fragment(
        "mine/knock.html",
        "mine/_live.html",
        knock=row,
        track=track,
        proposals=proposals,
        code=code,
        version=version,
        is_refresh=bool(htmx),
        device=here,
        has_pin=devices.has_pin(row),
        unread=reminders.unread_count(here) if here else 0,
        reminders_possible=bool(
            here and reminders.public_key() and not reminders.is_subscribed(here)
        ),
        problem=problem,
        pin_problem=pin_problem,
        typed=typed,
    )
    response.status_code = status
    return response


def _to(knock_id: str, anchor: str | None = None) -> Response:
    address = url_for("mine.knock", knock_id=knock_id, _anchor=anchor)
    return redirect(address, 303)  # type: ignore[return-value]


@blueprint.post("/mitt/<knock_id>/skriv")
@open_to(Who.PUPIL)
@limiter.limit(limits.WRITE)
def write(knock_id: str) -> ResponseReturnValue:
    row = _mine(knock_id)
    form = WriteForm(request.form)
    problem = form.problem()
    if problem:
        return _show(row, status=422, problem=problem, typed=form)
    asking.write(row, form.text.data, form_id=form.usable_form_id())
    return _to(row.id, "samtal")


@blueprint.post("/mitt/<knock_id>/ta-tillbaka")
@open_to(Who.PUPIL)
def withdraw(knock_id: str) -> ResponseReturnValue:
    row = _mine(knock_id)
    asking.withdraw(row)
    return _to(row.id)


@blueprint.post("/mitt/<knock_id>/mote")
@open_to(Who.PUPIL)
def pick(knock_id: str) -> ResponseReturnValue:
    row = _mine(knock_id)
    form = PickForm(request.form)
    if not form.slot.data:
        return _show(row, status=422, problem=_("Välj en tid, eller säg att ingen passar."))
    if form.slot.data == PickForm.NONE_FITS:
        meetings.none_fits(row, form.proposal.data)
    else:
        meetings.pick(row, form.proposal.data, form.slot.data)
    return _to(row.id, "mote")


@blueprint.post("/mitt/<knock_id>/min-mobil")
@open_to(Who.PUPIL)
def remember(knock_id: str) -> ResponseReturnValue:
    row = _mine(knock_id)
    response = _to(row.id)
    here = visitor.device()
    if here:
        visitor.remember(response, here)
    return response


@blueprint.post("/mitt/<knock_id>/siffror")
@open_to(Who.PUPIL)
def pin(knock_id: str) -> ResponseReturnValue:
    row = _mine(knock_id)
    form = PinForm(request.form)
    try:
        devices.set_pin(row, form.pin.data)
    except InvalidInput as error:
        return _show(row, status=422, pin_problem=str(error))
    response = _to(row.id)
    visitor.open_here(response, row, pin_given=True)
    return response


@blueprint.post("/mitt/<knock_id>/las-upp")
@open_to(Who.PUPIL)
@limiter.limit(limits.CODE)
def unlock(knock_id: str) -> ResponseReturnValue:
    here = visitor.device()
    found = devices.opening(here, knock_id) if here else None
    if found is None:
        raise NotFound(_("Öppna med din kod under Mina svar."))
    row = found.knock
    try:
        devices.check_pin(row, PinForm(request.form).pin.data)
    except InvalidInput as error:
        transaction.keep_anyway()
        return _unlock_page(row, status=422, problem=str(error))
    unsent = WriteForm(request.form)
    if row.is_open and unsent.problem() is None:
        asking.write(row, unsent.text.data, form_id=unsent.usable_form_id())
    response = _to(row.id)
    visitor.open_here(response, row, pin_given=True)
    return response


@blueprint.post("/mitt/glom")
@open_to(Who.PUPIL)
def forget() -> ResponseReturnValue:
    response: Response = redirect(url_for("mine.index"), 303)  # type: ignore[assignment]
    visitor.forget(response)
    return response


@blueprint.post("/lamna")
@open_to(Who.PUPIL)
@csrf.exempt  # sent by navigator.sendBeacon; all it can do is make a borrowed device forget
def leave() -> ResponseReturnValue:
    """Quick exit: the page itself has already gone elsewhere and waits for no answer."""
    response = make_response("", 204)
    here = visitor.device()
    if here and not here.remembered:
        visitor.forget(response)
    return response
