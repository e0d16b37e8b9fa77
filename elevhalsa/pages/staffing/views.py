"""What one of the staff says of their own week: places and absence."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.serving import service as serving
from elevhalsa.web import rostering
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.rostering import AbsenceForm, HoursForm, PlaceForm
from elevhalsa.web.signed_in import me

from .forms import UNSAID, GenderForm

blueprint = Blueprint("staffing", __name__, url_prefix="/personal")


@blueprint.route("/schema", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=PlaceForm)
def schedule() -> ResponseReturnValue:
    form = PlaceForm(request.form)
    form.offer(me())
    if request.method != "POST":
        return _schedule(form)
    if not rostering.add_places(me(), me(), form):
        return _schedule(form), 422
    flash(_("Schemat är sparat."))
    return redirect(url_for(".schedule"), 303)


def _schedule(form: PlaceForm) -> str:
    return render_template(
        "staffing/schedule.html",
        form=form,
        rows=rostering.rows_of(me()),
        usual=rostering.usual_hours(),
        weekdays=rostering.weekdays(),
        is_away=rostering.is_away_today(serving.absences_of(me())),
        gender=GenderForm(data={"gender": me().gender or UNSAID}),
    )


@blueprint.post("/schema/kon")
@open_to(Who.PROFESSIONAL, takes=GenderForm, page="staffing.schedule")
def gender() -> ResponseReturnValue:
    form = GenderForm(request.form)
    people.say_gender(me(), next((word for word in Gender if word == form.gender.data), None))
    flash(_("Det är sparat."))
    return redirect(url_for(".schedule"), 303)


@blueprint.route("/schema/<place_id>", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=HoursForm)
def place(place_id: str) -> ResponseReturnValue:
    row = serving.place_of(me(), place_id)
    form = HoursForm(request.form) if request.method == "POST" else rostering.hours_of(row)
    if request.method == "POST" and rostering.change_place(me(), me(), row, form):
        flash(_("Schemat är sparat."))
        return redirect(url_for(".schedule"), 303)
    page = render_template("staffing/place.html", form=form, row=rostering.row_of(row))
    return page, 422 if form.errors else 200


@blueprint.post("/schema/<place_id>/ta-bort")
@open_to(Who.PROFESSIONAL, page="staffing.place")
def remove_place(place_id: str) -> ResponseReturnValue:
    serving.remove_place(me(), me(), serving.place_of(me(), place_id))
    flash(_("Raden är borttagen ur schemat."))
    return redirect(url_for(".schedule"), 303)


@blueprint.route("/franvaro", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=AbsenceForm)
def absence() -> ResponseReturnValue:
    form = AbsenceForm(request.form)
    if request.method != "POST":
        return _absence(form)
    if not rostering.be_away(me(), me(), form):
        return _absence(form), 422
    flash(_("Frånvaron är sparad."))
    return redirect(url_for(".absence"), 303)


def _absence(form: AbsenceForm) -> str:
    absences = serving.absences_of(me())
    return render_template(
        "staffing/absence.html",
        form=form,
        absences=absences,
        is_away=rostering.is_away_today(absences),
        meetings=len(meetings.while_away(me())),
    )


@blueprint.post("/franvaro/<absence_id>/ta-tillbaka")
@open_to(Who.PROFESSIONAL, page="staffing.absence")
def come_back(absence_id: str) -> ResponseReturnValue:
    serving.come_back(me(), me(), serving.absence_of(me(), absence_id))
    flash(_("Frånvaron är borttagen."))
    return redirect(url_for(".absence"), 303)
