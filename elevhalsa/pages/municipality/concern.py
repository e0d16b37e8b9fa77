"""What the municipality says in each step when staff report a concern, and where the step leads."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import concern
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import ConcernStepForm
from .views import blueprint


@blueprint.route("/kommun/oro", methods=["GET", "POST"], endpoint="concern")
@open_to(Who.COORDINATOR, takes=ConcernStepForm)
def concern_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _page()
    form = ConcernStepForm(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        concern.say(me(), form.key.data, says=form.says.data, link=form.link.data)
    except InvalidInput as error:
        form.refuse(error, "link")
        return _page(form, 422)
    flash(_("Sparat. Så står det nu när någon anmäler oro."))
    return redirect(url_for(".concern"), 303)


def _page(typed: ConcernStepForm | None = None, status: int = 200) -> Response:
    """typed: the form of one step, as it was sent."""
    rows = [
        (step, typed if typed and typed.key.data == step.key else ConcernStepForm(obj=step))
        for step in concern.steps(me().municipality_id)
    ]
    page = render_template("municipality/concern.html", rows=rows, typed=typed)
    return make_response(page, status)
