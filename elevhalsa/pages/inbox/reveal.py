"""To open what the pupil hides, in danger to life: the form, what was opened for whoever did, its
review by another and when the pupil is told. To open the page shows the knock, which is an event.
"""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import drafts
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.reveals import rules
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.reveals.words import Ground, Verdict
from elevhalsa.web import kept
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.forms import Form
from elevhalsa.web.reviews import ReviewForm
from elevhalsa.web.shown import note_shown
from elevhalsa.web.signed_in import me

from .actions import acting
from .blueprint import blueprint
from .case import UNUSABLE
from .forms import LATER, RevealForm, TellForm

REASON = "reveal"
"""In the trace, why the knock was shown."""
PAGE = "inbox.reveal"
FORMS: dict[str, type[Form]] = {
    "reveal": RevealForm,
    "review_reveal": ReviewForm,
    "tell_reveal": TellForm,
}
"""Those of the page, by the names of what they are sent to."""


@blueprint.route("/arende/<knock_id>/dolt", methods=["GET", "POST"])
@open_to(Who.PROFESSIONAL, takes=RevealForm, writes_on_get=True)
@acting
def reveal(knock: Knock) -> ResponseReturnValue:
    if request.method != "POST":
        return _page(knock)
    form = RevealForm(request.form)
    if not form.validate():
        return _page(knock, UNUSABLE, reveal=form)
    try:
        reveals.reveal(
            me(),
            knock,
            form.chosen(),
            Ground(form.ground.data),
            form.reason.data,
            form_id=form.form_id.data,
        )
    except (InvalidInput, Conflict) as error:
        form.refuse(str(error), getattr(error, "field", None))
        return _page(knock, error.status, reveal=form)
    return redirect(url_for(PAGE, knock_id=knock.id), 303)


@blueprint.post("/arende/<knock_id>/dolt/granska")
@open_to(Who.PROFESSIONAL, takes=ReviewForm, page=PAGE)
@acting
def review_reveal(knock: Knock) -> ResponseReturnValue:
    form = ReviewForm(request.form)
    if not form.validate():
        return _page(knock, UNUSABLE, review_reveal=form)
    try:
        reveals.review(me(), knock, form.reveal.data, Verdict(form.verdict.data), form.note.data)
    except Conflict as error:
        form.refuse(str(error))
        return _page(knock, error.status, review_reveal=form)
    flash(_("Sparat. Det är granskat."))
    return redirect(url_for(PAGE, knock_id=knock.id), 303)


@blueprint.post("/arende/<knock_id>/dolt/beratta")
@open_to(Who.PROFESSIONAL, takes=TellForm, page=PAGE)
@acting
def tell_reveal(knock: Knock) -> ResponseReturnValue:
    form = TellForm(request.form)
    if not form.validate():
        return _page(knock, UNUSABLE, tell_reveal=form)
    try:
        if form.when.data == LATER:
            reveals.wait_to_tell(me(), knock, form.reveal.data, form.day.data, form.reason.data)
        else:
            reveals.tell_now(me(), knock, form.reveal.data)
    except (InvalidInput, Conflict) as error:
        form.refuse(str(error), getattr(error, "field", None))
        return _page(knock, error.status, tell_reveal=form)
    flash(_("Sparat."))
    return redirect(url_for(PAGE, knock_id=knock.id), 303)


def _page(knock: Knock, status: int = 200, **given: Form) -> Response:
    """given: the form that was sent, by its name. What was opened is there for whoever did, and for
    a day; of several that wait to be reviewed or told, the newest has its form. What was typed in a
    form that is not there any more is given back all the same."""
    note_shown(knock, status, REASON)
    hidden, rows = reveals.hidden_of(knock), reveals.of(me(), knock)
    to_review = next((row for row in rows if reveals.may_review(me(), row)), None)
    to_tell = next((row for row in rows if row.told_at is None), None)
    stands = {
        "reveal": bool(hidden),
        "review_reveal": bool(to_review),
        "tell_reveal": bool(to_tell),
    }
    waiting = {
        name: fields
        for name, fields in drafts.of(me(), knock).items()
        if name in FORMS and name not in given
    }
    left = {name: FORMS[name](MultiDict(waiting[name])) for name in waiting if stands[name]}
    lost: list[kept.Kept | None] = [
        kept.of(f"inbox.{name}", url_for(f".{name}", knock_id=knock.id), waiting[name])
        for name in waiting
        if not stands[name]
    ]
    lost += [kept.of_request() for name in given if not stands[name]]
    shown: dict[str, Any] = {name: form() for name, form in FORMS.items()} | left | given
    shown["reveal"].offer(hidden)
    page = render_template(
        "inbox/reveal.html",
        knock=knock,
        left=left,
        lost=[one for one in lost if one and one.is_typed],
        form=shown["reveal"],
        hidden=hidden,
        rows=[(row, reveals.contents(me(), row)) for row in rows],
        open_for=rules.OPEN_FOR,
        to_review=to_review,
        to_tell=to_tell,
        review=shown["review_reveal"],
        tell=shown["tell_reveal"],
        is_late=to_review is not None and to_review.due_at <= clock.now(),
        due_at=rules.review_due(clock.now(), policy_of(knock.municipality).is_closed),
        last=rules.told_at_the_latest(clock.today()),
    )
    return make_response(page, status)
