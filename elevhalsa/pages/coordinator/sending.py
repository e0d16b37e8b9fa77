"""What was to be sent and was not, and when the promises were last watched. Counts alone."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import clock
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain.notices import unsent as notices
from elevhalsa.domain.operations import health, queries
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import RetryForm
from .views import blueprint


@blueprint.get("/samordnare/utskick")
@open_to(Who.COORDINATOR)
def unsent() -> ResponseReturnValue:
    lines = notices.lines(me())
    waiting, seconds = queries.waiting_in(me().municipality_id)
    return render_template(
        "coordinator/unsent.html",
        lines=lines,
        total=sum(line.count for line in lines),
        can_be_retried=sum(line.can_be_retried for line in lines),
        waiting=waiting,
        waits_since=clock.ago(seconds),
        swept_at=queries.swept_at(),
        is_watched=not health.is_old(queries.swept_seconds_ago()),
        by_web=not health.is_old(queries.swept_by_web_seconds_ago()),
    )


@blueprint.post("/samordnare/utskick/igen")
@open_to(Who.COORDINATOR, takes=RetryForm, page="coordinator.unsent")
def retry() -> ResponseReturnValue:
    form = RetryForm(request.form)
    number = notices.retry(me(), form.which.data or None)
    if number:
        flash(ngettext("Ett försöks igen nu.", "%(num)s försöks igen nu.", number))
    else:
        flash(_("Det finns inget kvar att försöka med där."))
    return redirect(url_for(".unsent"), 303)
