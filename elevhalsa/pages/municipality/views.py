"""The municipality's promise: hours and rungs, how it would go with them, and what is decided of
private numbers. What is saved holds for knocks that come after. And who is named to answer for the
log and for what is disclosed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.calendar import midsummer_eve
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, day_and_time
from elevhalsa.core.walls import SCHOOL_WALLS, Wall
from elevhalsa.domain.knocks import preview
from elevhalsa.domain.knocks.receivers import Hears
from elevhalsa.domain.notices import responsible as naming
from elevhalsa.domain.people import duties, staffing
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import SEATS
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import terms
from elevhalsa.domain.promise.policy import Policy, policy_of
from elevhalsa.domain.promise.rules import OFTEN, REPEATED, SELDOM
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import ResponsibleForm, TermsForm, seat_name

blueprint = Blueprint("municipality", __name__)

HOUR = timedelta(hours=1)
FRIDAY, LATE_IN_THE_DAY = 4, time(16, 20)


@blueprint.route("/kommun/loftet", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=TermsForm)
def promise() -> ResponseReturnValue:
    """One form, two buttons: to see how it would go, and to save."""
    place = me().municipality
    form = TermsForm(request.form) if request.method == "POST" else TermsForm.of(place)
    schools = [school for school in places.schools(place) if school.active]
    form.offer(schools)
    if request.method != "POST":
        return _page(form, schools, policy_of(place))
    if not form.validate():
        return _page(form, schools, None), 422
    wanted = terms.candidate(form.hours.data, form.eves.data, form.between())
    if request.form.get("gor") == "visa":
        return _page(form, schools, wanted)
    by = work.staff(me().id)
    try:
        terms.decide_private_numbers(
            place, form.private_from.data, form.private_ref.data or "", by=by
        )
        terms.change(
            place,
            hours=form.hours.data,
            eves_closed=form.eves.data,
            between=form.between(),
            by=by,
        )
    except InvalidInput as error:
        form.refuse(error)
        return _page(form, schools, wanted), 422
    flash(_("Sparat. Det gäller knackningar som kommer från och med nu."))
    return redirect(url_for(".promise"), 303)


def _page(form: TermsForm, schools: list[School], policy: Policy | None) -> str:
    """policy: of the preview; None while the form cannot say one."""
    school = next((one for one in schools if one.id == form.school.data), None)
    school = school or next(iter(schools), None)
    side = next((wall for wall in SCHOOL_WALLS if wall.value == form.side.data), Wall.MEDICAL)
    return render_template(
        "municipality/promise.html",
        form=form,
        school=school,
        previews=_previews(policy, school, side) if policy and school else [],
        late={"times": OFTEN, "often": REPEATED // HOUR, "seldom": SELDOM // HOUR},
    )


@dataclass(frozen=True)
class Shown:
    """One knock, as the page tells of it."""

    heading: str
    lines: list[tuple[str, list[str]]]
    is_nobody: bool
    due_at: datetime
    again_at: datetime


def _previews(policy: Policy, school: School, side: Wall) -> list[Shown]:
    return [
        _shown(heading, preview.preview(policy, school.municipality_id, school.id, side, moment))
        for heading, moment in _moments(clock.local(clock.now()))
    ]


def _moments(now: datetime) -> list[tuple[str, datetime]]:
    """Now, on a Friday just before the weekend, and on the last day before midsummer's eve."""
    to_friday = timedelta(days=(FRIDAY - now.weekday()) % 7)
    friday = datetime.combine(now.date() + to_friday, LATE_IN_THE_DAY, now.tzinfo)
    eve = midsummer_eve(now.year)
    if eve <= now.date():
        eve = midsummer_eve(now.year + 1)
    before = datetime.combine(eve - timedelta(days=1), LATE_IN_THE_DAY, now.tzinfo)
    return [
        (_("En knackning som kommer nu"), now),
        (_("En fredag 16.20"), friday if friday > now else friday + timedelta(days=7)),
        (_("Dagen före midsommarafton 16.20"), before),
    ]


def _shown(heading: str, seen: preview.Preview) -> Shown:
    lines = []
    for line in seen.lines:
        if line.step is None:
            what = _("%(when)s: knackningen kommer", when=day_and_time(line.at))
        elif line.step.is_late:
            what = _("%(when)s: löftets tid har gått. Öppen för fler, eleven får veta",
                     when=day_and_time(line.at))  # fmt: skip
        else:
            what = _("%(when)s: steget för %(hours)s timmar",
                     when=day_and_time(line.at), hours=line.step.rung.hours)  # fmt: skip
        told = [_told(one, as_coordinator=False) for one in line.staff]
        told += [_told(one, as_coordinator=True) for one in line.coordinators
                 if one.person.id not in {other.person.id for other in line.staff}]  # fmt: skip
        lines.append((what, _counted(told)))
    return Shown(heading, lines, seen.is_nobody, seen.due_at, seen.again_at)


def _told(one: Hears, *, as_coordinator: bool) -> tuple[datetime, str]:
    profession = None if as_coordinator else one.person.profession
    who = labels.of(profession, "with") if profession else _("samordnare")
    return one.at, who


def _counted(told: list[tuple[datetime, str]]) -> list[str]:
    """'skolsköterska (2) får veta fredag 27 november kl. 16.20', in the order of the moments; the
    coordinator last."""
    last = _("samordnare")
    return [
        _("%(who)s (%(number)s) får veta %(when)s",
          who=who, number=told.count((at, who)), when=day_and_time(at))
        for at, who in sorted(set(told), key=lambda one: (one[0], one[1] == last, one[1]))
    ]  # fmt: skip


# --- who is named to answer for what --------------------------------------------------------------


@blueprint.route("/kommun/ansvariga", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=ResponsibleForm, steps_up=True)
def responsible() -> ResponseReturnValue:
    """Who reviews the log, and who answers for what is disclosed from behind each wall."""
    people = [
        one
        for one in staffing.at_work(me().municipality_id)
        if one.works_on(clock.today()) and not one.is_partner
    ]
    form = ResponsibleForm(request.form)
    form.offer(people)
    if request.method != "POST":
        return _responsible_page(form)
    seat = next((one for one in SEATS if one.word == form.seat.data), None)
    who = next((one for one in people if one.id == form.who.data), None)
    fine = form.validate()
    if seat is None and not form.seat.errors:
        form.refuse(_("Välj ett uppdrag i listan."), "seat")
    if who is None and form.who.data:
        form.refuse(_("Välj en person i listan."), "who")
    if not fine or seat is None or form.who.errors:
        return _responsible_page(form), 422
    try:
        naming.name(me().municipality, seat, who, by=work.staff(me().id))
    except InvalidInput as error:
        form.refuse(error)
        return _responsible_page(form), 422
    flash(_said(who))
    return redirect(url_for(".responsible"), 303)


def _said(who: Staff | None) -> str:
    return _("%(who)s är utsedd.", who=who.name) if who else _("Ingen är utsedd nu.")


def _responsible_page(form: ResponsibleForm) -> str:
    return render_template(
        "municipality/responsible.html",
        form=form,
        rows=[(seat_name(held.seat), held) for held in duties.seats(me().municipality_id)],
    )
