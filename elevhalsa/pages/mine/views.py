"""The pupil's own knocks. A view opens only what this device has shown the code of."""

from functools import partial

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import asking, devices, drafts, pins, thread
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import htmx, limiter
from elevhalsa.web import kept, limits, looking, respond, signed_in, tenant, transaction, visitor
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.contact import ContactForm
from elevhalsa.web.leaving import Out

from .forms import (
    ChangePinForm,
    CodeForm,
    LockForm,
    PickForm,
    PinForm,
    RemovePinForm,
    UnlockForm,
    WithdrawForm,
    WriteForm,
)
from .track import next_of, thread_of, track_of, version_of

blueprint = Blueprint("mine", __name__)

ONLY_SHOW = "visa"
"""The field of a text that its page brought by itself: it is not to be sent yet."""


class PinNeeded(Exception):
    """This device must give the PIN of a knock before it is shown."""

    def __init__(self, knock: Knock) -> None:
        super().__init__()
        self.knock = knock


class CodeNeeded(Exception):
    """A text came from a device that has forgotten what it was about, or never knew."""


@blueprint.errorhandler(CodeNeeded)
def _ask_for_code(_needed: CodeNeeded) -> ResponseReturnValue:
    """The text goes along, and stands in its form once the code has opened the thread."""
    return render_template("mine/code.html", form=CodeForm(request.form)), NotFound.status


@blueprint.errorhandler(PinNeeded)
def _ask_for_pin(needed: PinNeeded) -> ResponseReturnValue:
    """In the page's place; a text that was sent meanwhile is kept and sent once it is unlocked. A
    page that refreshes itself is told, so that it can bring what was typed (static/js/refresh.js).
    """
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Trigger"] = "locked"
        return response
    return _unlock_page(needed.knock)


def _unlock_page(knock: Knock, pin: PinForm | None = None, *, status: int = 200) -> Response:
    page = render_template(
        "mine/unlock.html", knock_id=knock.id, form=pin or PinForm(), unsent=WriteForm(request.form)
    )
    return make_response(page, status)


def _opening(knock_id: str) -> devices.Opening | None:
    """What this device may open, at the host where it may."""
    here = visitor.device()
    found = devices.opening(here, knock_id) if here else None
    return found if found and tenant.is_at_home(found.knock.municipality_id) else None


def _unknown() -> Exception:
    """What to raise for a knock that this device does not open."""
    typed = kept.of_request()
    if typed and typed.texts:
        return CodeNeeded()
    return NotFound(_("Öppna med din kod under Mina svar."))


def _mine(knock_id: str) -> Knock:
    """The knock, if this device may open it. Raises NotFound or PinNeeded."""
    here = visitor.device()
    found = _opening(knock_id)
    if here is None or found is None:
        raise _unknown()
    if found.needs_pin:
        raise PinNeeded(found.knock)
    if not htmx or "anvands" in request.args:  # a page that refreshes itself is no use of it
        transaction.afterwards("device", partial(devices.used, here.id))
    had = looking.seen()
    if had:
        asking.saw(found.knock, had)
    return found.knock


@blueprint.get("/mitt")
@open_to(Who.PUPIL)
def index() -> ResponseReturnValue:
    here = visitor.device()
    known = [
        found
        for found in (devices.openings(here) if here else ())
        if tenant.is_at_home(found.knock.municipality_id)
    ]
    rows = [
        (one, None if one.needs_pin else next_of(one.knock, meetings.proposals_of(one.knock)))
        for one in known
    ]
    return render_template("mine/index.html", rows=rows, device=here)


@blueprint.route("/mitt/kod", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=CodeForm)
@limits.guesses(limits.CODE)
def code() -> ResponseReturnValue:
    form = CodeForm(request.form)
    if request.method != "POST":
        return render_template("mine/code.html", form=form)
    knock = devices.find_by_code(form.code.data) if form.validate() else None
    if form.errors:
        return render_template("mine/code.html", form=form), 422
    if knock is None or not tenant.is_at_home(knock.municipality_id):
        form.refuse(
            _("Vi hittar inte den koden. Titta på varje ord och siffra en gång till."), "code"
        )
        return render_template("mine/code.html", form=form), 422
    response = _to(knock.id)
    visitor.open_here(response, knock)
    # A new form: the post that was refused is one of before the device forgot (web/leaving.py).
    _put_aside(knock, form.text.data, new_id())
    return response


def _put_aside(knock: Knock, text: str, form_id: str) -> None:
    """Let a text that was not sent stand in its form when the page comes."""
    here = visitor.device()
    if here and text:
        drafts.keep(here, knock.id, "write", [("form_id", form_id), ("text", text)])


@blueprint.get("/mitt/<knock_id>")
@open_to(Who.PUPIL)
def knock(knock_id: str) -> ResponseReturnValue:
    return _show(_mine(knock_id))


def _show(
    knock: Knock,
    *,
    status: int = 200,
    write: WriteForm | None = None,
    pick: PickForm | None = None,
    lock: LockForm | None = None,
    change_pin: ChangePinForm | None = None,
    remove_pin: RemovePinForm | None = None,
    withdraw: WithdrawForm | None = None,
) -> ResponseReturnValue:
    """The page, with the forms as they were posted."""
    here = visitor.device()
    left = drafts.of(here, knock).get("write") if here and not write else None
    proposals = meetings.proposals_of(knock)
    code = _code_of(knock)
    track = track_of(knock, proposals)
    version = version_of(knock, track, proposals, code)
    if htmx and request.args.get("version") == version:
        return make_response("", 204)  # what has not changed is not drawn, or read out, again
    response = respond.page_or_fragment(
        "mine/knock.html",
        "mine/_live.html",
        knock=knock,
        track=track,
        proposals=proposals,
        thread=thread_of(knock),
        code=code,
        version=version,
        is_refresh=bool(htmx),
        seen=looking.Seen.now(knock),
        device=here,
        has_pin=pins.has(knock),
        unread=reminders.unread_count(here) if here else 0,
        reminders_possible=bool(
            here and reminders.public_key() and not reminders.is_subscribed(here)
        ),
        write=write or WriteForm(MultiDict(left) if left else None),
        is_left=bool(left),
        pick=pick or PickForm(),
        lock=lock or LockForm(),
        change_pin=change_pin or ChangePinForm(),
        remove_pin=remove_pin or RemovePinForm(),
        withdraw=withdraw or WithdrawForm(),
    )
    response.status_code = status
    return response


def _code_of(knock: Knock) -> str | None:
    """The receipt code, as long as this browser shows it."""
    return next(filter(None, (asking.code_of(knock, one) for one in visitor.receipts())), None)


@blueprint.post("/mitt/<knock_id>/sedd")
@open_to(Who.PUPIL, page="mine.knock")
def seen(knock_id: str) -> ResponseReturnValue:
    """The page is in front of somebody (``_mine`` notes it): a script says so, or who reads
    without one."""
    knock = _mine(knock_id)
    if not htmx:
        return _to(knock.id)
    response = make_response("", 204)
    here = visitor.device()
    response.headers["X-Unread"] = str(reminders.unread_count(here) if here else 0)
    return response


def _to(knock_id: str, anchor: str | None = None) -> Response:
    address = url_for("mine.knock", knock_id=knock_id, _anchor=anchor)
    return redirect(address, 303)  # type: ignore[return-value]


@blueprint.post("/mitt/<knock_id>/skriv")
@open_to(Who.PUPIL, takes=WriteForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def write(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    form = WriteForm(request.form)
    if ONLY_SHOW in request.form:
        _put_aside(knock, form.text.data, form.form_id.data)
        return _to(knock.id, "skriv")
    if not form.validate():
        return _show(knock, status=422, write=form)
    asking.write(knock, form.text.data, form_id=form.form_id.data)
    here = visitor.device()
    if here:
        drafts.drop(here, knock.id, "write")
    return _to(knock.id, "samtal")


@blueprint.route("/mitt/<knock_id>/andra", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=ContactForm)
def change(knock_id: str) -> ResponseReturnValue:
    """Another way, number, address or time to be reached."""
    knock = _mine(knock_id)
    if not knock.is_open:
        return _to(knock.id)
    if request.method != "POST":
        return render_template("mine/change.html", knock=knock, form=ContactForm.of(knock))
    form = ContactForm(request.form)
    if not form.validate():
        return render_template("mine/change.html", knock=knock, form=form), 422
    asking.change_contact(knock, form.contact())
    return _to(knock.id, "sa-har")


@blueprint.post("/mitt/<knock_id>/ta-tillbaka")
@open_to(Who.PUPIL, takes=WithdrawForm, page="mine.knock")
def withdraw(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    form = WithdrawForm(request.form)
    try:
        asking.withdraw(knock, shown=form.shown.data)
    except thread.NewText as error:
        form.refuse(str(error))
        return _show(knock, status=error.status, withdraw=form)
    return _to(knock.id)


@blueprint.post("/mitt/<knock_id>/mote")
@open_to(Who.PUPIL, takes=PickForm, page="mine.knock")
def pick(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    form = PickForm(request.form)
    if not form.validate():
        return _show(knock, status=422, pick=form)
    try:
        if form.slot.data == PickForm.NONE_FITS:
            meetings.none_fits(knock, form.proposal.data)
        else:
            meetings.pick(knock, form.proposal.data, form.slot.data)
    except Conflict as error:
        form.refuse(str(error))
        # Nothing was changed, so what is kept is that the new times have been shown.
        transaction.keep_anyway()
        return _show(knock, status=error.status, pick=form)
    return _to(knock.id, "mote")


@blueprint.post("/mitt/<knock_id>/min-mobil")
@open_to(Who.PUPIL, page="mine.knock")
def remember(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    response = _to(knock.id)
    here = visitor.device()
    if here:
        visitor.remember(response, here)
    return response


@blueprint.post("/mitt/<knock_id>/siffror")
@open_to(Who.PUPIL, takes=LockForm, page="mine.knock")
@limits.guesses(limits.CODE)
def pin(knock_id: str) -> ResponseReturnValue:
    """Lock it, with the code at hand: still on the page, or typed."""
    knock = _mine(knock_id)
    form = LockForm(request.form)
    fine = form.validate()
    if _code_of(knock) is None and not asking.is_code_of(knock, form.code.data):
        form.refuse(_("Skriv koden du fick. Du behöver den för att öppna igen."), "code")
        fine = False
    if not fine:
        return _show(knock, status=422, lock=form)
    try:
        pins.choose(knock, form.pin.data)
    except InvalidInput as error:
        transaction.keep_anyway()
        form.refuse(error, "pin")
        return _show(knock, status=422, lock=form)
    return _unlocked(knock)


@blueprint.post("/mitt/<knock_id>/siffror/byt")
@open_to(Who.PUPIL, takes=ChangePinForm, page="mine.knock")
@limits.guesses(limits.CODE)
def change_pin(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    form = ChangePinForm(request.form)
    if not form.validate():
        return _show(knock, status=422, change_pin=form)
    try:
        pins.change(knock, form.old.data, form.pin.data)
    except InvalidInput as error:
        transaction.keep_anyway()  # a wrong guess is counted
        form.refuse(error, "old")
        return _show(knock, status=422, change_pin=form)
    return _unlocked(knock)


@blueprint.post("/mitt/<knock_id>/siffror/bort")
@open_to(Who.PUPIL, takes=RemovePinForm, page="mine.knock")
@limits.guesses(limits.CODE)
def remove_pin(knock_id: str) -> ResponseReturnValue:
    knock = _mine(knock_id)
    form = RemovePinForm(request.form)
    try:
        pins.remove(knock, form.current.data)
    except InvalidInput as error:
        transaction.keep_anyway()
        form.refuse(error, "current")
        return _show(knock, status=422, remove_pin=form)
    return _to(knock.id)


def _unlocked(knock: Knock) -> Response:
    """On this device the digits count as given."""
    response = _to(knock.id)
    visitor.open_here(response, knock, pin_given=True)
    return response


@blueprint.post("/mitt/<knock_id>/las-upp")
@open_to(Who.PUPIL, takes=UnlockForm, page="mine.knock")
@limits.guesses(limits.CODE)
def unlock(knock_id: str) -> ResponseReturnValue:
    found = _opening(knock_id)
    if found is None:
        raise _unknown()
    knock = found.knock
    form = PinForm(request.form)
    try:
        pins.check(knock, form.pin.data)
    except InvalidInput as error:
        transaction.keep_anyway()
        form.refuse(error, "pin")
        return _unlock_page(knock, form, status=422)
    unsent = WriteForm(request.form)
    sends = knock.is_open and ONLY_SHOW not in request.form and unsent.validate()
    if sends:
        asking.write(knock, unsent.text.data, form_id=unsent.form_id.data)
    else:
        _put_aside(knock, unsent.text.data, unsent.form_id.data)
    return _unlocked(knock)


@blueprint.post("/mitt/glom")
@open_to(Who.PUPIL, page="mine.index")
def forget() -> ResponseReturnValue:
    return _forgotten(Out.FORGET)


@blueprint.post("/mitt/rensa")
@open_to(Who.PUPIL, page="mine.index")
def clear() -> ResponseReturnValue:
    """Everything that a browser keeps of ours, public pages and reminders included."""
    return _forgotten(Out.CLEAR)


def _forgotten(out: Out) -> Response:
    response = _to_index()
    visitor.forget(response, out)
    return response


@blueprint.post("/lamna")
@open_to(Who.PUPIL, page="door.index", from_anywhere=True)
def leave() -> ResponseReturnValue:
    """Quick exit: the page itself has already gone elsewhere and waits for no answer. Sent by
    navigator.sendBeacon or a link's ping; all it can do is make a borrowed device forget."""
    response = make_response("", 204)
    visitor.forget(response, Out.LEAVE)
    return response


@blueprint.post("/mitt/visa")
@open_to(Who.PUPIL, page="mine.index")
def again() -> ResponseReturnValue:
    """After a quick exit from a phone of one's own: show what is here."""
    response = _to_index()
    visitor.show_again(response)
    return response


def _to_index() -> Response:
    return redirect(url_for("mine.index"), 303)  # type: ignore[return-value]


@blueprint.get("/kvar")
@open_to(Who.PUPIL)
def still_here() -> ResponseReturnValue:
    """May a page that comes back out of the history still be shown? Asked by static/js/leaving.js
    as htmx asks, so that it is no use of anything; nothing of the browser changes."""
    return jsonify(
        gone=visitor.is_gone() or signed_in.is_gone(),
        device=visitor.device() is not None,
        staff=bool(current_user.is_authenticated),
    )
