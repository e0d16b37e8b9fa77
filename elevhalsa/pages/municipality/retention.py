"""What the municipality has decided on how long what is kept is kept, what is due, and the purge.
Numbers alone: never content, and never what a pupil keeps from whoever asks."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain import purging
from elevhalsa.domain.retention import kinds, queries, service
from elevhalsa.domain.retention.queries import Keeping
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.extensions import htmx
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import EndDecisionForm, RetentionForm
from .views import blueprint


@blueprint.route("/kommun/gallring", methods=["GET", "POST"], endpoint="retention")
@open_to(Who.COORDINATOR, takes=RetentionForm, steps_up=True)
def retention_page() -> ResponseReturnValue:
    """One form, two buttons: to see what a decision would do, and to enter it."""
    form = RetentionForm(request.form)
    form.offer()
    if request.method != "POST":
        return _page(form)
    if not form.validate():
        return _page(form, 422)
    kind, days = RecordKind(form.kind.data), form.days.data
    if request.form.get("gor") == "visa":
        return _page(form, previewed=days if kind is RecordKind.KNOCK else None)
    try:
        service.decide(
            me().municipality, kind, days=days, reference=form.reference.data,
            decided_on=form.decided_on.data, decided_by=form.decided_by.data,
            note=form.note.data, by=work.staff(me().id),
        )  # fmt: skip
    except InvalidInput as error:
        form.refuse(error)
        return _page(form, 422)
    flash(_("Beslutet är infört. Det gäller från och med nu."))
    return redirect(url_for(".retention"), 303)


def _page(form: RetentionForm, status: int = 200, previewed: int | None = None) -> Response:
    """previewed: the days of a decision that is only looked at."""
    place = me().municipality
    counts = purging.counts(place, me())
    context = {
        "counts": counts,
        "runs": queries.runs(place),
        "is_going": bool(queries.unfinished(place.id)),
        # A count of what is gone holds what its pupil kept from her too.
        "says_how_many": not me().is_professional,
    }
    if htmx:
        return make_response(render_template("municipality/_runs.html", **context))
    preview = None
    if previewed is not None:
        would = purging.counts(place, me(), Keeping(previewed, has_decision=True)).due
        preview = ngettext(
            "Med det beslutet gallras %(num)s knackning, inom en timme. Det går inte att ångra.",
            "Med det beslutet gallras %(num)s knackningar, inom en timme. Det går inte att ångra.",
            would,
        )
    page = render_template(
        "municipality/retention.html",
        form=form,
        preview=preview,
        keeping=queries.keeping(place.id),
        decided=[
            (kinds.kept_as(kind), kind, queries.decision(place.id, kind)) for kind in RecordKind
        ],
        history=[row for row in queries.history(place.id) if row.until],
        kinds=kinds.all_kinds(),
        **context,
    )
    return make_response(page, status)


@blueprint.post("/kommun/gallring/avsluta")
@open_to(Who.COORDINATOR, takes=EndDecisionForm, page="municipality.retention", steps_up=True)
def end_decision() -> ResponseReturnValue:
    """Nothing is purged any more until another is entered."""
    form = EndDecisionForm(request.form)
    kind = next((one for one in RecordKind if one.value == form.kind.data), None)
    if kind and service.end(me().municipality, kind, by=work.staff(me().id)):
        flash(_("Beslutet är avslutat. Inget gallras förrän ett nytt är infört."))
    else:
        flash(_("Det finns inget beslut att avsluta."))
    return redirect(url_for(".retention"), 303)


@blueprint.post("/kommun/gallring/kor")
@open_to(Who.COORDINATOR, page="municipality.retention", steps_up=True)
def run_retention() -> ResponseReturnValue:
    """Now rather than within the hour."""
    service.ask(me())
    flash(_("Gallringen börjar nu. Här nedanför står vad den gör."))
    return redirect(url_for(".retention", _anchor="gallringar"), 303)
