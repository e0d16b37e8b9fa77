"""What one of the staff says of their own week: places, absence, and who answers instead."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.cover import service as covering
from elevhalsa.domain.cover.queries import Asked
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.serving import service as serving
from elevhalsa.web import batons as handing
from elevhalsa.web import rostering
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.batons import ExtendForm, HandForm, TakeBackForm
from elevhalsa.web.rostering import AbsenceForm, HoursForm, PlaceForm
from elevhalsa.web.signed_in import me

from .forms import UNSAID, GenderForm, NoteForm

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


@blueprint.post("/kon")
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
        meetings=meetings.count_while_away(me(), me()),
    )


@blueprint.post("/franvaro/<absence_id>/ta-tillbaka")
@open_to(Who.PROFESSIONAL, page="staffing.absence")
def come_back(absence_id: str) -> ResponseReturnValue:
    serving.come_back(me(), me(), serving.absence_of(me(), absence_id))
    flash(_("Frånvaron är borttagen."))
    return redirect(url_for(".absence"), 303)


# --- the baton -----------------------------------------------------------------------------------


@blueprint.route("/ersattare", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=HandForm)
def cover() -> ResponseReturnValue:
    if request.method != "POST":
        return _cover()
    form = HandForm(request.form)
    if not handing.hand_over(me(), me(), form):
        return _cover(form), 422
    flash(_("Frågan är skickad. Batongen gäller när någon har sagt ja."))
    return redirect(url_for(".cover"), 303)


def _cover(form: HandForm | None = None, *, sent: tuple[Asked, ExtendForm] | None = None) -> str:
    form = form or HandForm()
    form.offer(me())
    return render_template(
        "staffing/cover.html",
        form=form,
        asked=batons.asked_of(me()),
        given=handing.with_forms(batons.given_by(me()), sent),
        back=TakeBackForm(),
        along=batons.that_go_along(me()),
        happened=batons.what_happened(me()),
        me_id=me().id,
    )


@blueprint.post("/ersattare/<baton_id>/ja")
@open_to(Who.PROFESSIONAL, page="staffing.cover")
def accept(baton_id: str) -> ResponseReturnValue:
    covering.accept(me(), baton_id)
    flash(_("Tack. Du svarar i stället de dagarna."))
    return redirect(url_for(".cover"), 303)


@blueprint.post("/ersattare/<baton_id>/nej")
@open_to(Who.PROFESSIONAL, page="staffing.cover")
def decline(baton_id: str) -> ResponseReturnValue:
    covering.decline(me(), baton_id)
    flash(_("Noterat. Den som frågade får veta det."))
    return redirect(url_for(".cover"), 303)


@blueprint.post("/ersattare/<baton_id>/<cover_id>/ta-tillbaka")
@open_to(Who.PROFESSIONAL, takes=TakeBackForm, page="staffing.cover")
def take_back(baton_id: str, cover_id: str) -> ResponseReturnValue:
    form = TakeBackForm(request.form)
    covering.take_back(me(), me(), baton_id, cover_id, is_here=form.here.data)
    flash(_("Batongen är tillbakatagen."))
    return redirect(url_for(".cover"), 303)


@blueprint.post("/ersattare/<baton_id>/<cover_id>/forlang")
@open_to(Who.PROFESSIONAL, takes=ExtendForm, page="staffing.cover")
def extend(baton_id: str, cover_id: str) -> ResponseReturnValue:
    form, asked = ExtendForm(request.form), batons.one_given(me(), baton_id, cover_id)
    if not handing.extend(me(), me(), asked, form):
        return _cover(sent=(asked, form)), 422
    flash(_("Frågan om fler dagar är skickad."))
    return redirect(url_for(".cover"), 303)


@blueprint.route("/ersattare/knackning/<knock_id>", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=NoteForm)
def note(knock_id: str) -> ResponseReturnValue:
    """What the cover is to know of one knock of mine."""
    knock = knocks.get_for(me(), knock_id)
    form = NoteForm(request.form)
    if request.method != "POST":
        form.text.data = covering.note_of(me(), knock)
    elif form.validate():
        covering.write_note(me(), knock, form.text.data)
        flash(_("Anteckningen är sparad."))
        return redirect(url_for(".cover"), 303)
    page = render_template("staffing/note.html", form=form, knock=knock)
    return page, 422 if form.errors else 200
