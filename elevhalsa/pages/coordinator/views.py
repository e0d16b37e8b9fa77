"""A coordinator's pages: how the promise is kept, school by school, what has been told of which
school, who works here until when, where and when they are away, and the breaks. Counts, never
content.

Nothing here leads to a knock; what may be told of a count is decided in domain/statistics.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.cover import queries as batons
from elevhalsa.domain.cover import service as covering
from elevhalsa.domain.cover.queries import Asked
from elevhalsa.domain.knocks import departures
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.operations.queries import LATELY_SECONDS, guessed_seconds_ago
from elevhalsa.domain.people import accounts, duties, staffing
from elevhalsa.domain.people import queries as people
from elevhalsa.domain.people import service as sessions
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service as placing
from elevhalsa.domain.retention.queries import keeping
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.statistics import queries
from elevhalsa.domain.statistics.rules import FEWEST_SHOWN, Shown, Telling
from elevhalsa.web import batons as handing
from elevhalsa.web import rostering, signed_in
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.batons import ExtendForm, HandForm, TakeBackForm
from elevhalsa.web.rostering import AbsenceForm, HoursForm, PlaceForm
from elevhalsa.web.signed_in import me

from .forms import BreakForm, LastDayForm

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
        has_decision=keeping(me().municipality_id).has_decision,
        unnamed=any(held.staff is None for held in duties.seats(me().municipality_id)),
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
    return render_template(
        "coordinator/staff.html",
        form=form,
        people=people,
        today=clock.today(),
        batons=batons.of_municipality(me().municipality_id),
    )


# --- where somebody is, and when away -------------------------------------------------------------


def _person(staff_id: str) -> Staff:
    """One of the municipality's staff. Raises NotFound for anybody else."""
    for one in staffing.at_work(me().municipality_id):
        if one.id == staff_id:
            return one
    raise NotFound(_("Personen finns inte i listan längre."))


@blueprint.get("/samordnare/personal/<staff_id>")
@open_to(Who.COORDINATOR)
def person(staff_id: str) -> ResponseReturnValue:
    return _person_page(_person(staff_id))


def _person_page(
    who: Staff,
    *,
    place: PlaceForm | None = None,
    absence: AbsenceForm | None = None,
    hand: HandForm | None = None,
    sent: tuple[Asked, ExtendForm] | None = None,
) -> str:
    absences = serving.absences_of(who)
    place, hand = place or PlaceForm(), hand or HandForm()
    place.offer(who)
    hand.offer(who)
    return render_template(
        "coordinator/person.html",
        person=who,
        place=place,
        absence=absence or AbsenceForm(),
        hand=hand,
        given=handing.with_forms(batons.given_by(who), sent),
        back=TakeBackForm(),
        rows=rostering.rows_of(who),
        usual=rostering.usual_hours(),
        weekdays=rostering.weekdays(),
        absences=absences,
        is_away=rostering.is_away_today(absences),
        meetings=meetings.count_while_away(me(), who),
        keys=len(people.keys_of(who)),
        accounts=len(accounts.of(who)),
        sessions=len(sessions.sessions_of(who)),
        is_me=who.id == me().id,
    )


@blueprint.post("/samordnare/personal/<staff_id>/schema")
@open_to(Who.COORDINATOR, takes=PlaceForm, page="coordinator.person")
def add_place(staff_id: str) -> ResponseReturnValue:
    who, form = _person(staff_id), PlaceForm(request.form)
    form.offer(who)
    if not rostering.add_places(me(), who, form):
        return _person_page(who, place=form), 422
    return _to_person(who, _("Schemat är sparat."))


@blueprint.route("/samordnare/personal/<staff_id>/schema/<place_id>", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=HoursForm)
def place(staff_id: str, place_id: str) -> ResponseReturnValue:
    who = _person(staff_id)
    row = serving.place_of(who, place_id)
    form = HoursForm(request.form) if request.method == "POST" else rostering.hours_of(row)
    if request.method == "POST" and rostering.change_place(me(), who, row, form):
        return _to_person(who, _("Schemat är sparat."))
    page = render_template(
        "coordinator/place.html", form=form, row=rostering.row_of(row), person=who
    )
    return page, 422 if form.errors else 200


@blueprint.post("/samordnare/personal/<staff_id>/schema/<place_id>/ta-bort")
@open_to(Who.COORDINATOR, page="coordinator.place")
def remove_place(staff_id: str, place_id: str) -> ResponseReturnValue:
    who = _person(staff_id)
    serving.remove_place(me(), who, serving.place_of(who, place_id))
    return _to_person(who, _("Raden är borttagen ur schemat."))


@blueprint.post("/samordnare/personal/<staff_id>/franvaro")
@open_to(Who.COORDINATOR, takes=AbsenceForm, page="coordinator.person")
def absence(staff_id: str) -> ResponseReturnValue:
    who, form = _person(staff_id), AbsenceForm(request.form)
    if not rostering.be_away(me(), who, form):
        return _person_page(who, absence=form), 422
    return _to_person(who, _("Frånvaron är sparad."))


@blueprint.post("/samordnare/personal/<staff_id>/franvaro/<absence_id>/ta-tillbaka")
@open_to(Who.COORDINATOR, page="coordinator.person")
def come_back(staff_id: str, absence_id: str) -> ResponseReturnValue:
    who = _person(staff_id)
    serving.come_back(me(), who, serving.absence_of(who, absence_id))
    return _to_person(who, _("Frånvaron är borttagen."))


@blueprint.post("/samordnare/personal/<staff_id>/franvaro/moten")
@open_to(Who.COORDINATOR, page="coordinator.person")
def cannot_come(staff_id: str) -> ResponseReturnValue:
    """The meetings of days when somebody is away, who may be too ill to say so. A number is all
    that is known of them here."""
    who = _person(staff_id)
    return _to_person(who, rostering.called_off(meetings.cannot_come(me(), who)))


@blueprint.post("/samordnare/personal/<staff_id>/ersattare")
@open_to(Who.COORDINATOR, takes=HandForm, page="coordinator.person")
def cover(staff_id: str) -> ResponseReturnValue:
    """Ask colleagues to answer instead of somebody."""
    who, form = _person(staff_id), HandForm(request.form)
    if not handing.hand_over(me(), who, form):
        return _person_page(who, hand=form), 422
    return _to_person(who, _("Frågan är skickad. Batongen gäller när någon har sagt ja."))


@blueprint.post("/samordnare/personal/<staff_id>/ersattare/<baton_id>/<cover_id>/ta-tillbaka")
@open_to(Who.COORDINATOR, takes=TakeBackForm, page="coordinator.person")
def take_back(staff_id: str, baton_id: str, cover_id: str) -> ResponseReturnValue:
    who, form = _person(staff_id), TakeBackForm(request.form)
    covering.take_back(me(), who, baton_id, cover_id, is_here=form.here.data)
    return _to_person(who, _("Batongen är tillbakatagen."))


@blueprint.post("/samordnare/personal/<staff_id>/ersattare/<baton_id>/<cover_id>/forlang")
@open_to(Who.COORDINATOR, takes=ExtendForm, page="coordinator.person")
def extend(staff_id: str, baton_id: str, cover_id: str) -> ResponseReturnValue:
    who, form = _person(staff_id), ExtendForm(request.form)
    asked = batons.one_given(who, baton_id, cover_id)
    if not handing.extend(me(), who, asked, form):
        return _person_page(who, sent=(asked, form)), 422
    return _to_person(who, _("Frågan om fler dagar är skickad."))


@blueprint.post("/samordnare/personal/<staff_id>/avsluta-inloggningar")
@open_to(Who.COORDINATOR, page="coordinator.person", steps_up=True)
def shut_out(staff_id: str) -> ResponseReturnValue:
    """End somebody's sessions and keys, when a phone is lost or a key is."""
    who = _person(staff_id)
    signed_in.shut_out(who, by=work.staff(me().id))
    return _to_person(who, _("Inloggningar och nycklar är avslutade. Ett brev går till personen."))


def _to_person(who: Staff, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".person", staff_id=who.id), 303)


# --- breaks --------------------------------------------------------------------------------------


@blueprint.route("/samordnare/lov", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=BreakForm)
def breaks() -> ResponseReturnValue:
    """The breaks that last or are to come, of one school or of all."""
    schools = [school for school in places.schools(me().municipality) if school.active]
    form = BreakForm(request.form)
    form.offer(schools)
    if request.method != "POST":
        return _breaks_page(form)
    school = next((one for one in schools if one.id == form.school.data), None)
    fine = form.validate()
    if form.school.data and school is None:
        form.refuse(_("Välj en skola i listan."), "school")
    if not fine or form.school.errors:
        return _breaks_page(form), 422
    try:
        placing.put_break(
            me().municipality, school, form.name.data, form.starts_on.data, form.ends_on.data,
            by=work.staff(me().id),
        )  # fmt: skip
    except InvalidInput as error:
        form.refuse(error)
        return _breaks_page(form), 422
    flash(_("Lovet är sparat."))
    return redirect(url_for(".breaks"), 303)


def _breaks_page(form: BreakForm) -> str:
    today = clock.today()
    names = {school.id: school.name for school in places.schools(me().municipality)}
    rows = [
        (row, names[row.school_id] if row.school_id else None)
        for row in places.breaks(me().municipality)
        if row.ends_on >= today
    ]
    return render_template("coordinator/breaks.html", form=form, rows=rows)


@blueprint.post("/samordnare/lov/<break_id>/ta-bort")
@open_to(Who.COORDINATOR, page="coordinator.breaks")
def remove_break(break_id: str) -> ResponseReturnValue:
    rows = {row.id: row for row in places.breaks(me().municipality)}
    placing.remove(rows.get(break_id), by=work.staff(me().id))
    flash(_("Lovet är borttaget."))
    return redirect(url_for(".breaks"), 303)


@blueprint.get("/samordnare/garantier")
@open_to(Who.COORDINATOR)
def guarantees() -> ResponseReturnValue:
    """The other clocks, with where each stands. They are read in by the operator (cli)."""
    rows = places.guarantees_of(me().municipality_id)
    figures = queries.guarantee_figures(me()) if rows else {}
    return render_template("coordinator/guarantees.html", rows=rows, figures=figures, kept=kept)


# --- words for a count ---------------------------------------------------------------------------


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
