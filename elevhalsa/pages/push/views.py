"""Reminders: one set of views for a pupil's device, one for staff, over the same few functions.

A browser is only asked for leave after a tap (static/js/push.js); nothing here asks by itself.
"""

from flask import (
    Blueprint,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import devices
from elevhalsa.domain.knocks.models import Device, Knock
from elevhalsa.domain.people import reaching
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.reminders.service import Owner, Standing
from elevhalsa.extensions import limiter
from elevhalsa.web import limits, rostering, tenant, visitor
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import Browsers, FallbackForm, ReachForm, SettingsForm

blueprint = Blueprint("push", __name__)


def _device() -> Device:
    """Raises NotFound for a browser that has not knocked or given a code."""
    here = visitor.device()
    if here is None:
        raise NotFound(_("Öppna med din kod under Mina svar."))
    return here


def _page(
    owner: Owner | None,
    *,
    status: int = 200,
    typed: SettingsForm | None = None,
    typed_of: str | None = None,
    fallback: FallbackForm | None = None,
    reach: ReachForm | None = None,
) -> ResponseReturnValue:
    """The page, with the forms as they were posted: settings of one subscription, or fallback."""
    is_staff = owner is not None and not isinstance(owner, Device)
    template = "push/staff.html" if is_staff else "push/index.html"
    key = reminders.public_key()
    return make_response(
        render_template(
            template,
            key=key,
            owner=owner,
            browsers=[
                (row, typed if typed and row.id == typed_of else SettingsForm.of(row))
                for row in (reminders.list_for(owner) if owner else [])
            ],
            kinds=reminders.kinds_for(owner) if owner else (),
            fallback=fallback or _fallback(owner),
            **(_of_staff(owner, reach) if isinstance(owner, Staff) else {}),
        ),
        status,
    )


def _of_staff(staff: Staff, typed: ReachForm | None) -> dict[str, object]:
    return {
        "reach": typed or ReachForm.of(reaching.of(staff)),
        "may_use_private_number": reaching.may_use_private_number(staff.municipality),
        "sums_up": staff.is_professional,
        "usual": rostering.usual_hours(),
    }


def _fallback(owner: Owner | None) -> FallbackForm | None:
    """What was saved, for a pupil with an open knock."""
    knocks = _open_here(owner) if isinstance(owner, Device) else []
    if not knocks:
        return None
    return FallbackForm(obj=reminders.address_of(knocks[0].id))


def _open_here(here: Device) -> list[Knock]:
    """The knocks whose address for a message this device may see and change; first the one that
    has any. A knock behind a PIN is opened before."""
    knocks = [
        knock
        for knock in devices.unlocked(here)
        if knock.is_open and tenant.is_at_home(knock.municipality_id)
    ]
    return sorted(knocks, key=lambda knock: reminders.address_of(knock.id) is None)


def _changed(owner: Owner, subscription_id: str, back: str) -> ResponseReturnValue:
    row = reminders.find(owner, subscription_id)
    form = SettingsForm(request.form)
    if form.validate():
        try:
            reminders.set_quiet(row, *form.quiet_hours())
        except InvalidInput as error:
            form.refuse(error, "quiet_from")
    if form.errors:
        return _page(owner, status=422, typed=form, typed_of=row.id)
    reminders.set_kinds(row, form.kinds.data or [], form.loud.data or [])
    return redirect(url_for(back), 303)


def _removed(owner: Owner, subscription_id: str, back: str) -> ResponseReturnValue:
    reminders.remove(reminders.find(owner, subscription_id))
    return redirect(url_for(back), 303)


def _standing(owner: Owner | None) -> ResponseReturnValue:
    """How the subscription that the browser has stands here, and the key for a new one."""
    data = request.get_json(silent=True)
    told = data if isinstance(data, dict) else {}
    endpoint, before = (
        word if isinstance(word, str) else None
        for word in (told.get("endpoint"), told.get("before"))
    )
    key = reminders.public_key()
    if owner is None or key is None:
        return jsonify(state=Standing.UNWANTED)
    session = None if isinstance(owner, Device) else current_user.session
    state = reminders.check(owner, endpoint, before=before, session=session)
    return jsonify(state=state, key_id=key[0], key=key[1])


# --- a pupil's device ----------------------------------------------------------------------------


@blueprint.get("/push/")
@open_to(Who.PUPIL)
def index() -> ResponseReturnValue:
    return _page(visitor.device())


@blueprint.post("/push/prenumerera")
@open_to(Who.PUPIL, page="push.index")
@limiter.limit(limits.WRITE)
def subscribe() -> ResponseReturnValue:
    """Whoever wants to be reminded here says that the phone is their own."""
    here = _device()
    asked = Browsers.read(request.get_json(silent=True))
    response = make_response(jsonify(ok=True), 201)
    visitor.remember(response, here)
    reminders.subscribe(
        here,
        endpoint=asked.endpoint,
        p256dh=asked.p256dh,
        auth=asked.auth,
        key_id=asked.key_id,
        before=asked.before,
        origin=request.host_url.rstrip("/"),
    )
    return response


@blueprint.post("/push/kolla")
@open_to(Who.PUPIL, page="push.index")
@limiter.limit(limits.WRITE)
def check() -> ResponseReturnValue:
    return _standing(visitor.device())


@blueprint.post("/push/<subscription_id>/val")
@open_to(Who.PUPIL, takes=SettingsForm, page="push.index")
def settings(subscription_id: str) -> ResponseReturnValue:
    return _changed(_device(), subscription_id, "push.index")


@blueprint.post("/push/<subscription_id>/ta-bort")
@open_to(Who.PUPIL, page="push.index")
def remove(subscription_id: str) -> ResponseReturnValue:
    return _removed(_device(), subscription_id, "push.index")


@blueprint.post("/push/annars")
@open_to(Who.PUPIL, takes=FallbackForm, page="push.index")
@limiter.limit(limits.WRITE)
def fallback() -> ResponseReturnValue:
    """Where a message goes when the reminder does not get through, for every open knock here."""
    here = _device()
    form = FallbackForm(request.form)
    if not form.validate():
        return _page(here, status=422, fallback=form)
    try:
        for knock in _open_here(here):
            reminders.set_fallback(knock, phone=form.phone.data, email=form.email.data)
    except InvalidInput as error:
        form.refuse(error)
        return _page(here, status=422, fallback=form)
    return redirect(url_for("push.index"), 303)


# --- staff ---------------------------------------------------------------------------------------


@blueprint.get("/personal/paminnelser")
@open_to(Who.SIGNED_IN)
def staff() -> ResponseReturnValue:
    return _page(me())


@blueprint.post("/personal/paminnelser/besked")
@open_to(Who.SIGNED_IN, takes=ReachForm, page="push.staff")
def staff_reach() -> ResponseReturnValue:
    """How this person is told, whatever browser it is."""
    form = ReachForm(request.form)
    if form.validate():
        try:
            reaching.choose(
                me(),
                by_email=form.by_email.data,
                by_push=form.by_push.data,
                phone=form.phone.data,
                summary_at=form.summary_at.data if form.summary.data else None,
            )
        except InvalidInput as error:
            form.refuse(error, "phone")
    if form.errors:
        return _page(me(), status=422, reach=form)
    flash(_("Sparat."))
    return redirect(url_for("push.staff"), 303)


@blueprint.post("/personal/paminnelser/prenumerera")
@open_to(Who.SIGNED_IN, page="push.staff")
@limiter.limit(limits.WRITE)
def staff_subscribe() -> ResponseReturnValue:
    asked = Browsers.read(request.get_json(silent=True))
    reminders.subscribe(
        me(),
        endpoint=asked.endpoint,
        p256dh=asked.p256dh,
        auth=asked.auth,
        key_id=asked.key_id,
        before=asked.before,
        origin=request.host_url.rstrip("/"),
        session=current_user.session,
    )
    return make_response(jsonify(ok=True), 201)


@blueprint.post("/personal/paminnelser/kolla")
@open_to(Who.SIGNED_IN, page="push.staff")
@limiter.limit(limits.WRITE)
def staff_check() -> ResponseReturnValue:
    return _standing(me())


@blueprint.post("/personal/paminnelser/<subscription_id>/val")
@open_to(Who.SIGNED_IN, takes=SettingsForm, page="push.staff")
def staff_settings(subscription_id: str) -> ResponseReturnValue:
    return _changed(me(), subscription_id, "push.staff")


@blueprint.post("/personal/paminnelser/<subscription_id>/ta-bort")
@open_to(Who.SIGNED_IN, page="push.staff")
def staff_remove(subscription_id: str) -> ResponseReturnValue:
    return _removed(me(), subscription_id, "push.staff")
