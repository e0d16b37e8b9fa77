"""The standing times that one of the staff has set for pupils to book."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.models import StandingTime
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.service import time_at
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import TimeForm

UNUSABLE = 422


@blueprint.route("/personal/tider", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=TimeForm)
def times() -> ResponseReturnValue:
    form = TimeForm(request.form)
    if request.method == "POST":
        return _put(form, None)
    return _page(form, None)


@blueprint.route("/personal/tider/<standing_id>", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=TimeForm)
def one_time(standing_id: str) -> ResponseReturnValue:
    """To change one of them."""
    row = standing.one_of(me(), standing_id)
    if request.method == "POST":
        return _put(TimeForm(request.form), row)
    return _page(TimeForm.of(row), row)


@blueprint.post("/personal/tider/<standing_id>/ta-bort")
@open_to(Who.PROFESSIONAL, page="week.one_time")
def remove_time(standing_id: str) -> ResponseReturnValue:
    standing.remove(standing.one_of(me(), standing_id))
    return _to_times(_("Tiden är borttagen. Möten som redan är bokade står kvar."))


def _put(form: TimeForm, row: StandingTime | None) -> ResponseReturnValue:
    if not form.validate():
        return _page(form, row, status=UNUSABLE)
    try:
        row = standing.put(me(), form.wanted(), row)
    except InvalidInput as error:
        form.refuse(error)
        return _page(form, row, status=UNUSABLE)
    if row.id in standing.never_there(me()):
        return _to_times(_("Tiden är sparad, men du är inte där då enligt ditt schema."))
    return _to_times(_("Tiden är sparad. Elever kan boka den nu."))


def _page(form: TimeForm, row: StandingTime | None, *, status: int = 200) -> ResponseReturnValue:
    form.offer(serving.schools_of(me(), clock.now()))
    page = render_template(
        "week/times.html",
        form=form,
        changed=row,
        times=standing.of(me()),
        time_at=time_at,
        never_there=standing.never_there(me()),
        opened=row is not None or bool(form.errors),
    )
    return make_response(page, status)


def _to_times(said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".times"), 303)
