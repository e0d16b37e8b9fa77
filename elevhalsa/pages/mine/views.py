"""The pupil's own knocks. A view opens only what this device has shown the code of."""

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.knocks import asking, devices, drafts, thread, transferring
from elevhalsa.domain.knocks import known as saying
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.meetings.queries import meetings_of
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import htmx, limiter
from elevhalsa.web import identified, limits, signed_in, tenant, visitor
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.contact import ContactForm
from elevhalsa.web.leaving import Out

from .blueprint import blueprint
from .forms import CodeForm, KnownForm, SchoolForm, WithdrawForm, WriteForm
from .page import ONLY_SHOW, code_page, my_knock, put_aside, show, to_knock
from .track import next_of


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
        (one, None if one.needs_pin else next_of(one.knock, meetings_of(one.knock)))
        for one in known
    ]
    return render_template("mine/index.html", rows=rows, device=here)


@blueprint.route("/mitt/kod", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=CodeForm)
@limits.guesses(limits.CODE)
def code() -> ResponseReturnValue:
    form = CodeForm(request.form)
    if request.method != "POST":
        return code_page(form)
    knock = devices.find_by_code(form.code.data) if form.validate() else None
    if form.errors:
        return code_page(form, status=422)
    if knock is None or not tenant.is_at_home(knock.municipality_id):
        form.refuse(
            _("Vi hittar inte den koden. Titta på varje ord och siffra en gång till."), "code"
        )
        return code_page(form, status=422)
    response = to_knock(knock.id)
    visitor.open_here(response, knock)
    # A new form: the post that was refused is one of before the device forgot (web/leaving.py).
    put_aside(knock, form.text.data, new_id())
    return response


@blueprint.post("/mitt/<knock_id>/sedd")
@open_to(Who.PUPIL, page="mine.knock")
def seen(knock_id: str) -> ResponseReturnValue:
    """The page is in front of somebody (``my_knock`` notes it): a script says so, or who reads
    without one."""
    knock = my_knock(knock_id)
    if not htmx:
        return to_knock(knock.id)
    response = make_response("", 204)
    here = visitor.device()
    response.headers["X-Unread"] = str(reminders.unread_count(here) if here else 0)
    return response


@blueprint.post("/mitt/<knock_id>/skriv")
@open_to(Who.PUPIL, takes=WriteForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def write(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    form = WriteForm(request.form)
    if ONLY_SHOW in request.form:
        put_aside(knock, form.text.data, form.form_id.data)
        return to_knock(knock.id, "skriv")
    if not form.validate():
        return show(knock, status=422, write=form)
    try:
        asking.write(knock, form.text.data, form_id=form.form_id.data)
    except InvalidInput as error:
        form.refuse(error, "text")
        return show(knock, status=error.status, write=form)
    here = visitor.device()
    if here:
        drafts.drop(here, knock.id, "write")
    return to_knock(knock.id, "samtal")


@blueprint.route("/mitt/<knock_id>/andra", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=ContactForm)
def change(knock_id: str) -> ResponseReturnValue:
    """Another way, number, address or time to be reached."""
    knock = my_knock(knock_id)
    if request.method != "POST":
        if not knock.is_open:
            return to_knock(knock.id)
        return render_template("mine/change.html", knock=knock, form=ContactForm.of(knock))
    form = ContactForm(request.form, sms_countries=knock.municipality.sms_countries.split())
    if not form.validate():
        return render_template("mine/change.html", knock=knock, form=form), 422
    asking.change_contact(knock, form.contact())
    return to_knock(knock.id, "sa-har")


@blueprint.route("/mitt/<knock_id>/vem-jag-ar", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=KnownForm)
@limiter.limit(limits.WRITE, methods=["POST"])
def known(knock_id: str) -> ResponseReturnValue:
    """The pupil says who they are: what will be told is shown first. Only where the thread is open
    already: a login opens none."""
    knock = my_knock(knock_id)
    form = KnownForm(request.form)
    if request.method != "POST":
        return _known_page(knock, KnownForm(data={"school_class": knock.school_class}))
    login = _login_for(knock)
    if not form.validate():
        return _known_page(knock, form, status=422)
    if form.is_by_eid and login is None:
        form.refuse(_("Du är inte inloggad längre. Logga in en gång till."))
        return _known_page(knock, form, status=Conflict.status)
    is_shown = not form.is_by_eid or (login and form.login.data == login.id)
    if form.sure.data != "1" or not is_shown:
        return _known_page(knock, form, asks=True)
    try:
        if form.is_by_eid:
            saying.say_by_eid(knock, identified.identity())
        else:
            saying.say_name(knock, form.name.data, form.school_class.data)
    except Conflict as error:
        form.refuse(str(error))
        return _known_page(knock, form, status=error.status)
    response = to_knock(knock.id, "vem")
    if form.is_by_eid and identified.identity():
        identified.log_out(response)
    return response


def _login_for(knock: Knock) -> Identity | None:
    """Whose name an e-ID would tell: of whoever is logged in here, or was when they knocked."""
    return identified.identity() or knock.login


def _known_page(
    knock: Knock, form: KnownForm, *, asks: bool = False, status: int = 200
) -> Response:
    """asks: what will be told is shown, to be confirmed."""
    school = knock.school
    page = render_template(
        "mine/known.html",
        knock=knock,
        form=form,
        asks=asks,
        login=_login_for(knock),
        is_known=saying.is_known(knock),
        slug=school.slug,
    )
    return make_response(page, status)


@blueprint.post("/mitt/<knock_id>/gom-igen")
@open_to(Who.PUPIL, page="mine.known")
def hide(knock_id: str) -> ResponseReturnValue:
    """Nobody sees from now on who it is."""
    knock = my_knock(knock_id)
    saying.hide(knock)
    return to_knock(knock.id, "vem")


@blueprint.route("/mitt/<knock_id>/skola", methods=["GET", "POST"])
@open_to(Who.PUPIL, takes=SchoolForm)
@limiter.limit(limits.WRITE, methods=["POST"])
def school(knock_id: str) -> ResponseReturnValue:
    """The pupil goes to another school than the one where it waits."""
    knock = my_knock(knock_id)
    schools = transferring.schools_for(knock)
    form = SchoolForm(request.form)
    form.offer(schools)
    if request.method != "POST":
        if knock.state is not State.WAITING or not schools:
            return to_knock(knock.id)
        return render_template("mine/school.html", knock=knock, form=form)
    to = form.chosen() if form.validate() else None
    if to is None:
        return render_template("mine/school.html", knock=knock, form=form), 422
    try:
        transferring.transfer_own(knock, to)
    except Conflict as error:
        form.refuse(str(error), "to")
        return render_template("mine/school.html", knock=knock, form=form), error.status
    return to_knock(knock.id)


@blueprint.post("/mitt/<knock_id>/ta-tillbaka")
@open_to(Who.PUPIL, takes=WithdrawForm, page="mine.knock")
def withdraw(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    form = WithdrawForm(request.form)
    try:
        asking.withdraw(knock, shown=form.shown.data)
    except thread.NewText as error:
        form.refuse(str(error))
        return show(knock, status=error.status, withdraw=form)
    return to_knock(knock.id)


@blueprint.post("/mitt/<knock_id>/min-mobil")
@open_to(Who.PUPIL, page="mine.knock")
def remember(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    response = to_knock(knock.id)
    here = visitor.device()
    if here:
        visitor.remember(response, here)
    return response


@blueprint.post("/mitt/<knock_id>/stang-andra")
@open_to(Who.PUPIL, page="mine.knock")
def close_elsewhere(knock_id: str) -> ResponseReturnValue:
    """A phone that was lost or lent opens it no more."""
    knock = my_knock(knock_id)
    here = visitor.device()
    if here:
        devices.close_elsewhere(here, knock)
    return redirect(url_for("mine.knock", knock_id=knock.id, stangt=1), 303)


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
        login=identified.identity() is not None,
        staff=bool(current_user.is_authenticated),
    )
