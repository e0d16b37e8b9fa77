"""What the municipality says when somebody asks to have something disclosed: what is weighed, and
how one appeals, to whom.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.i18n import _
from elevhalsa.domain.disclosure import law
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import DisclosureTextForm
from .views import blueprint


@blueprint.route("/kommun/utlamnande", methods=["GET", "POST"], endpoint="disclosure")
@open_to(Who.COORDINATOR, takes=DisclosureTextForm, steps_up=True)
def disclosure_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _page()
    form = DisclosureTextForm(request.form)
    if not form.validate():
        return _page(form, 422)
    law.say(me(), form.key.data, form.says.data)
    flash(_("Sparat. Så står det nu."))
    return redirect(url_for(".disclosure"), 303)


def _page(typed: DisclosureTextForm | None = None, status: int = 200) -> Response:
    """typed: the form of one text, as it was sent."""
    rows = [
        (one, typed if typed and typed.key.data == one.key else DisclosureTextForm(obj=one))
        for one in law.every(me().municipality_id)
    ]
    page = render_template("municipality/disclosure.html", rows=rows, typed=typed)
    return make_response(page, status)
