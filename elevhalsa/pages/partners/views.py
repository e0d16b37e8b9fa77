"""A coordinator adds, changes and closes organisations; who leads one sees its people. What its
people answer is read by none of them here."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import labels
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.people import organisations
from elevhalsa.domain.places import areas
from elevhalsa.domain.places.models import Organisation
from elevhalsa.domain.places.words import PROFESSIONS_AT
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import ChangeForm, OrganisationForm

blueprint = Blueprint("partners", __name__)


@blueprint.get("/partner/")
@open_to(Who.LEADER)
def index() -> ResponseReturnValue:
    """The organisation that one leads."""
    organisation = me().organisation
    if organisation is None:  # the rule has seen to it
        raise Conflict(_("Du hör inte till någon organisation."))
    return render_template("partners/index.html", organisation=organisation, **_about(organisation))


def _about(organisation: Organisation) -> dict[str, object]:
    professions = PROFESSIONS_AT[organisation.kind]
    known = areas.every(organisation.municipality_id)
    return {
        "people": organisations.people_of(organisation),
        "laws": [(labels.of(one), known[one.wall]) for one in professions],
    }


@blueprint.route("/kommun/partner", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=OrganisationForm)
def listed() -> ResponseReturnValue:
    form = OrganisationForm(request.form)
    form.offer()
    if request.method != "POST":
        return _listed(form)
    fine, kind = form.validate(), form.chosen
    if kind is None and not form.kind.errors:
        form.refuse(_("Välj ett slag i listan."), "kind")
    if not fine or kind is None:
        return _listed(form), 422
    name, contact = form.name.data or "", form.contact.data or None
    try:
        row = organisations.add(work.staff(me().id), me().municipality, name, kind, contact=contact)
    except Conflict as error:
        form.refuse(str(error), "name")
        return _listed(form), 422
    flash(_("Organisationen är tillagd."))
    return redirect(url_for(".organisation", organisation_id=row.id), 303)


def _listed(form: OrganisationForm) -> str:
    return render_template(
        "partners/organisations.html",
        form=form,
        organisations=organisations.every(me().municipality_id),
    )


@blueprint.route("/kommun/partner/<organisation_id>", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=ChangeForm)
def organisation(organisation_id: str) -> ResponseReturnValue:
    row = organisations.get(me().municipality_id, organisation_id)
    if request.method != "POST":
        return _one(row, ChangeForm(data={"contact": row.contact, "is_closed": not row.active}))
    form = ChangeForm(request.form)
    if not form.validate():
        return _one(row, form), 422
    try:
        organisations.change(
            work.staff(me().id), row,
            contact=form.contact.data or None, active=not form.is_closed.data,
        )  # fmt: skip
    except InvalidInput as error:
        form.refuse(error)
        return _one(row, form), 422
    flash(_("Sparat."))
    return redirect(url_for(".organisation", organisation_id=row.id), 303)


def _one(row: Organisation, form: ChangeForm) -> str:
    return render_template("partners/organisation.html", organisation=row, form=form, **_about(row))
