"""The catalogue of what the municipality offers, each offer, and how long each step may take."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.referrals import catalogue, forms
from elevhalsa.domain.referrals.models import Offer
from elevhalsa.domain.referrals.rules import senast
from elevhalsa.domain.referrals.words import OPEN, Assessment, Documented, FormKey, State
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import HoursForm, OfferForm


@blueprint.get("/kommun/bron", endpoint="catalogue")
@open_to(Who.COORDINATOR)
def catalogue_page() -> str:
    """All of it: what is offered, the forms, how long each step may take."""
    place = me().municipality_id
    return render_template(
        "referrals/catalogue.html",
        offers=catalogue.offers(place),
        forms=[forms.present(place, key) for key in FormKey],
        steps=_steps(),
    )


def _steps() -> list[tuple[State, int, object]]:
    """Each step with its counted hours, and its *senast* were it to begin now."""
    hours, now = catalogue.hours(me().municipality_id), clock.now()
    is_closed = policy_of(me().municipality).is_closed
    return [(state, hours[state], senast(state, now, hours, is_closed=is_closed)) for state in OPEN]


@blueprint.route("/kommun/bron/nytt", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=OfferForm)
def new_offer() -> ResponseReturnValue:
    if request.method != "POST":
        return _offer_page(OfferForm(data={"active": True}), None)
    return _saved(None)


@blueprint.route("/kommun/bron/erbjudande/<offer_id>", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=OfferForm)
def offer(offer_id: str) -> ResponseReturnValue:
    row = catalogue.offer(me(), offer_id)
    return _saved(row) if request.method == "POST" else _offer_page(OfferForm.of(row), row)


def _saved(row: Offer | None) -> ResponseReturnValue:
    form = OfferForm(request.form)
    if not form.validate():
        return _offer_page(form, row, 422)
    try:
        catalogue.put(
            me(), row,
            name=form.name.data, about=form.about.data,
            age_from=form.age_from.data, age_to=form.age_to.data,
            assessment=Assessment(form.assessment.data),
            documented=Documented(form.documented.data),
            decision=form.decision.data, decided_on=form.decided_on.data,
            form=FormKey(form.form.data), receiver=form.receiver.data or "",
            active=bool(form.active.data), form_id=form.form_id.data,
        )  # fmt: skip
    except InvalidInput as error:
        form.refuse(error)
        return _offer_page(form, row, 422)
    flash(_("Sparat. Så står det nu i katalogen."))
    return redirect(url_for(".catalogue"), 303)


def _offer_page(form: OfferForm, row: Offer | None, status: int = 200) -> Response:
    form.offer(catalogue.receivers(me()))
    page = render_template("referrals/offer.html", form=form, offer=row)
    return make_response(page, status)


@blueprint.route("/kommun/bron/tider", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=HoursForm)
def hours() -> ResponseReturnValue:
    if request.method != "POST":
        return _hours_page(HoursForm.of(catalogue.hours(me().municipality_id)))
    form = HoursForm(request.form)
    if not form.validate():
        return _hours_page(form, 422)
    if catalogue.decide_hours(me(), form.hours):
        flash(_("Sparat. Det gäller steg som börjar från och med nu."))
    else:
        flash(_("Inget var ändrat."))
    return redirect(url_for(".catalogue"), 303)


def _hours_page(form: HoursForm, status: int = 200) -> Response:
    return make_response(render_template("referrals/hours.html", form=form), status)
