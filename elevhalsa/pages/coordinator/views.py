"""A coordinator's pages: how the promise is kept, school by school, what has been told of which
school, and who works here until when. Counts, never content.

Nothing here leads to a knock; what may be told of a count is decided in domain/statistics.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import departures
from elevhalsa.domain.operations.queries import LATELY_SECONDS, guessed_seconds_ago
from elevhalsa.domain.people import staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.statistics import queries
from elevhalsa.domain.statistics.rules import FEWEST_SHOWN, Shown, Telling
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import LastDayForm

blueprint = Blueprint("coordinator", __name__)


@blueprint.get("/samordnare/")
@open_to(Who.COORDINATOR)
def index() -> ResponseReturnValue:
    rows, total = queries.overview(me())
    return render_template(
        "coordinator/index.html",
        rows=rows,
        total=total,
        knocks=knocks,
        kept=kept,
        fewest=FEWEST_SHOWN,
        leaving=departures.soon_leaving_with_knocks(me()),
        guessed=(guessed_seconds_ago() or LATELY_SECONDS) < LATELY_SECONDS,
        signals=queries.signals(me()),
    )


@blueprint.route("/samordnare/personal", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=LastDayForm)
def staff() -> ResponseReturnValue:
    """Who works here, and the last day of whoever is leaving."""
    people = staffing.at_work(me().municipality_id)
    form = LastDayForm(request.form)
    form.offer(people)
    if request.method != "POST":
        return _staff_page(form, people)
    who = next((one for one in people if one.id == form.who.data), None)
    fine = form.validate()
    if who is None and not form.who.errors:
        form.refuse(_("Välj en person i listan."), "who")
    if not fine or who is None:
        return _staff_page(form, people), 422
    try:
        staffing.end_on(who, form.day.data, by=work.staff(me().id))
    except InvalidInput as error:
        form.refuse(str(error), "day")
        return _staff_page(form, people), 422
    if who.ends_on:
        flash(_("Sista dagen för %(who)s är %(day)s.", who=who.name, day=who.ends_on))
    else:
        flash(_("%(who)s arbetar här tills vidare.", who=who.name))
    return redirect(url_for(".staff"), 303)


def _staff_page(form: LastDayForm, people: list[Staff]) -> str:
    return render_template("coordinator/staff.html", form=form, people=people, today=clock.today())


def knocks(figures: Shown) -> str:
    """'8', 'minst 8', 'färre än 5' or 'visas inte'."""
    if figures.telling is Telling.FEW:
        return _("färre än %(number)s", number=FEWEST_SHOWN)
    if figures.telling is Telling.HIDDEN:
        return _("visas inte")
    if figures.telling is Telling.AT_LEAST:
        return _("minst %(number)s", number=figures.knocks)
    return str(figures.knocks)


def kept(figures: Shown) -> str:
    """'98 %', 'visas inte', or '–' of nothing."""
    if figures.telling is Telling.FEW:
        return _("visas inte")
    if figures.percent_kept is None:
        return "–"
    return _("%(share)s %%", share=figures.percent_kept)
