"""Fara för liv: what to do now, in order; what is known of the pupil, to be read aloud on the
phone; and a note of what was done. To open it shows the knock, which is an event.
"""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain.knocks import danger, drafts
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Measure
from elevhalsa.domain.meetings.queries import known_number
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.queries import DUTY_POSITION
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.extensions import htmx
from elevhalsa.web import looking
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.shown import note_shown
from elevhalsa.web.signed_in import me

from .actions import acting
from .blueprint import blueprint
from .case import UNUSABLE
from .forms import DangerForm, phone_digits

DRAFT = "danger"
"""The form's name, and the word in the audit for why the knock was shown."""


@blueprint.route("/arende/<knock_id>/fara-for-liv", methods=["GET", "POST"], endpoint="danger")
@open_to(Who.PROFESSIONAL, takes=DangerForm, writes_on_get=True)
@acting
def danger_page(knock: Knock) -> ResponseReturnValue:
    """The page; htmx asks for what is known, and gets it when that has changed."""
    if request.method == "POST":
        return _note(knock)
    if not htmx or "HX-History-Restore-Request" in request.headers:
        left = drafts.of(me(), knock).get(DRAFT)
        return _page(knock, DangerForm(MultiDict(left) if left else None), is_left=bool(left))
    known = _known(knock)
    if request.args.get("version") == known["version"]:
        return make_response("", 204)
    note_shown(knock, reason=DRAFT)
    return make_response(render_template("inbox/_known.html", **known))


def _note(knock: Knock) -> ResponseReturnValue:
    form = DangerForm(request.form)
    if not form.validate():
        return _page(knock, form, status=UNUSABLE)
    try:
        told = danger.note(
            me(),
            knock,
            [Measure(word) for word in form.measures.data],
            form.text.data,
            done_at=form.done_at,
            tells=form.tells.data,
            form_id=form.form_id.data,
        )
    except InvalidInput as error:
        form.refuse(error, "text")
        return _page(knock, form, status=UNUSABLE)
    drafts.drop(me(), knock.id, DRAFT)
    flash(_said(told) if form.tells.data else _("Noteringen är sparad."))
    return redirect(url_for(".danger", knock_id=knock.id), 303)


def _said(told: int) -> str:
    if not told:
        return _("Noteringen är sparad. Ingen kollega arbetar just nu: ring någon.")
    return ngettext(
        "Noteringen är sparad. %(num)s kollega får veta det nu.",
        "Noteringen är sparad. %(num)s kollegor får veta det nu.",
        told,
    )


def _page(knock: Knock, form: DangerForm, *, status: int = 200, is_left: bool = False) -> Response:
    """is_left: the form is as it was left, and has not been sent."""
    note_shown(knock, status, DRAFT)
    known = _known(knock)
    lines = places.crisis_lines(knock.municipality_id, clock.now())
    page = render_template(
        "inbox/danger.html",
        form=form,
        is_left=is_left,
        notes=danger.notes_of(knock),
        grounds=danger.grounds(me().wall),
        duty_phone=knock.municipality.duty_phone,
        to_pupil=[line for line in lines if line.urgent and line.position > DUTY_POSITION],
        **known,
    )
    return make_response(page, status)


def _known(knock: Knock) -> dict[str, Any]:
    """What can change while the page is open, and a version that tells whether it has."""
    number = known_number(knock)
    facts = [knock.newest, danger.last_seen(knock), knock.contact_changed_at, number]
    facts += [knock.name, knock.identity.name if knock.identity else None]
    return {
        "knock": knock,
        "number": number,
        "digits": phone_digits(number or ""),
        "texts": danger.latest_texts(knock),
        "last_seen": danger.last_seen(knock),
        "hides": bool(reveals.hidden_of(knock)),
        "seen": looking.Seen.now(knock),
        "version": keyring.keyed_hash("page-version", " ".join(map(str, facts)))[:16],
    }
