"""The meetings of days when one is away: those pupils are told in one tap."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.domain.meetings import service as meetings
from elevhalsa.web import rostering
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import CannotComeForm


@blueprint.get("/personal/franvaro/moten")
@open_to(Who.PROFESSIONAL)
def absent() -> ResponseReturnValue:
    slots = meetings.while_away(me())
    form = CannotComeForm(data={"meetings": [slot.proposal_id for slot in slots]})
    return render_template("week/absent.html", slots=slots, form=form)


@blueprint.post("/personal/franvaro/moten")
@open_to(Who.PROFESSIONAL, takes=CannotComeForm)
def cannot_come() -> ResponseReturnValue:
    """Those that were on the page and are still agreed."""
    count = meetings.cannot_come(me(), me(), CannotComeForm(request.form).meetings.data)
    flash(rostering.called_off(count))
    return redirect(url_for(".absent"), 303)
