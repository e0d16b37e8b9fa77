"""What the municipality says of secrecy, guardians and consent at each age."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.knocks import ages
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import AgeTextForm
from .views import blueprint


@blueprint.route("/kommun/aldrar", methods=["GET", "POST"], endpoint="ages")
@open_to(Who.COORDINATOR, takes=AgeTextForm)
def ages_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _page()
    form = AgeTextForm(request.form)
    if not form.validate():
        return _page(form, 422)
    ages.say(me(), form.key.data, form.says.data)
    flash(_("Sparat. Så står det nu."))
    return redirect(url_for(".ages"), 303)


def _page(typed: AgeTextForm | None = None, status: int = 200) -> Response:
    """typed: the form of one text, as it was sent."""
    rows = [
        (one, typed if typed and typed.key.data == one.key else AgeTextForm(obj=one))
        for one in ages.every(me().municipality_id)
    ]
    page = render_template("municipality/ages.html", rows=rows, typed=typed, ages=len(AgeBand))
    return make_response(page, status)
