"""That something hidden was opened in danger to life, for whoever oversees: who and when, and if it
was reviewed. Never of whom, what it said or why. Reviewed here when nobody behind the wall can.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.words import Verdict
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.reviews import ReviewForm
from elevhalsa.web.signed_in import me

from .views import blueprint


@blueprint.route("/kommun/oppnat", methods=["GET", "POST"], endpoint="reveals")
@open_to(Who.OVERSEER, takes=ReviewForm, writes_on_get=True)
def reveals_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _page(ReviewForm())
    form = ReviewForm(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        reveals.review_as_overseer(
            me(), form.reveal.data, Verdict(form.verdict.data), form.note.data
        )
    except Conflict as error:
        form.refuse(str(error))
        return _page(form, error.status)
    flash(_("Sparat. Det är granskat."))
    return redirect(url_for(".reveals"), 303)


def _page(form: ReviewForm, status: int = 200) -> Response:
    rows = reveals.for_overseer(me())
    to_review = next((row for row in rows if row.may_review), None)
    page = render_template("municipality/reveals.html", rows=rows, to_review=to_review, review=form)
    return make_response(page, status)
