"""Oro för eleven: the checklist of a report to the social services, and that one was made. To open
it shows what is known of earlier ones, which is an event.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import concern, queries
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import PupilTold, ReportedBy
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.shown import note_shown
from elevhalsa.web.signed_in import me

from .actions import acting
from .blueprint import blueprint
from .case import UNUSABLE
from .forms import ADULT, ConcernForm


@blueprint.route("/arende/<knock_id>/oro", methods=["GET", "POST"], endpoint="concern")
@open_to(Who.PROFESSIONAL, takes=ConcernForm, writes_on_get=True)
@acting
def concern_page(knock: Knock) -> ResponseReturnValue:
    if request.method == "POST":
        return _report(knock)
    return _page(knock, ConcernForm.begun(knock.age_band))


def _report(knock: Knock) -> ResponseReturnValue:
    form = ConcernForm(request.form)
    if not form.validate():
        return _page(knock, form, UNUSABLE)
    try:
        concern.report(
            me(),
            knock,
            is_adult=form.age.data == ADULT,
            ticked=form.steps.data,
            way=ReportedBy(form.way.data),
            reported_on=form.reported_on.data,
            reference=form.reference.data,
            told=PupilTold(form.told.data),
            follow_up_on=form.follow_up_on.data,
            form_id=form.form_id.data,
        )
    except InvalidInput as error:
        form.refuse(error, error.field or "follow_up_on")
        return _page(knock, form, UNUSABLE)
    flash(_("Sparat. Du får veta när det är dags att följa upp."))
    return redirect(url_for(".concern", knock_id=knock.id), 303)


@blueprint.post("/arende/<knock_id>/oro/<report_id>/uppfoljd")
@open_to(Who.PROFESSIONAL, page="inbox.concern")
def followed_up(knock_id: str, report_id: str) -> ResponseReturnValue:
    concern.follow_up(me(), queries.get_for(me(), knock_id), report_id)
    flash(_("Uppföljd. Ingen påminns mer om den."))
    return redirect(url_for(".concern", knock_id=knock_id), 303)


def _page(knock: Knock, form: ConcernForm, status: int = 200) -> Response:
    note_shown(knock, status, "concern")
    steps = concern.steps(knock.municipality_id, me().wall)
    form.offer(steps)
    page = render_template(
        "inbox/concern.html",
        knock=knock,
        form=form,
        young=[step for step in steps if not step.for_adult],
        adult=[step for step in steps if step.for_adult],
        reports=concern.reports_of(knock),
        ticked=concern.ticked,
        duty_phone=knock.municipality.duty_phone,
    )
    return make_response(page, status)
