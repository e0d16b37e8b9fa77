"""What the municipality says to whoever is asked to agree, version by version, and what it says of
the paragraphs that they are asked by.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.consents import law, texts
from elevhalsa.domain.consents.words import Reader
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import ConsentLawForm, ConsentTextForm
from .views import blueprint


@blueprint.route("/kommun/samtycken", methods=["GET", "POST"], endpoint="consents")
@open_to(Who.COORDINATOR, takes=ConsentTextForm, steps_up=True)
def consents_page() -> ResponseReturnValue:
    """One form for each reader, two buttons: to see how it would look, and to publish."""
    if request.method != "POST":
        return _page()
    form = ConsentTextForm(request.form)
    reader = next((one for one in Reader if one.value == form.reader.data), None)
    if not form.validate() or reader is None:
        return _page(form, 422)
    if request.form.get("gor") == "visa":
        return _page(form, preview=texts.paragraphs(form.body.data))
    try:
        is_new = texts.publish(me(), reader, form.body.data)
    except InvalidInput as error:
        form.refuse(error)
        return _page(form, 422)
    if is_new:
        flash(_("Publicerat. Den som frågas från och med nu läser det här."))
    else:
        flash(_("Så står det redan. Inget är ändrat."))
    return redirect(url_for(".consents"), 303)


@blueprint.route("/kommun/samtycken/lag", methods=["GET", "POST"], endpoint="consent_law")
@open_to(Who.COORDINATOR, takes=ConsentLawForm, steps_up=True)
def law_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _law_page()
    form = ConsentLawForm(request.form)
    if not form.validate():
        return _law_page(form, 422)
    law.say(me(), form.key.data, form.says.data)
    flash(_("Sparat. Så står det nu."))
    return redirect(url_for(".consent_law"), 303)


def _page(
    typed: ConsentTextForm | None = None, status: int = 200, *, preview: list[str] | None = None
) -> Response:
    """typed: the form of one text, as it was sent."""
    place = me().municipality_id
    rows = [
        (
            one,
            typed
            if typed and typed.reader.data == one.value
            else ConsentTextForm(data={"reader": one.value, "body": texts.present(place, one)}),
            [(row, texts.paragraphs(row.body)) for row in texts.versions(place, one)],
        )
        for one in Reader
    ]
    page = render_template("municipality/consents.html", rows=rows, typed=typed, preview=preview)
    return make_response(page, status)


def _law_page(typed: ConsentLawForm | None = None, status: int = 200) -> Response:
    """typed: the form of one text, as it was sent."""
    rows = [
        (one, typed if typed and typed.key.data == one.key else ConsentLawForm(obj=one))
        for one in law.every(me().municipality_id).values()
    ]
    page = render_template("municipality/consent_law.html", rows=rows, typed=typed)
    return make_response(page, status)
