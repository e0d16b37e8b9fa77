"""The questions of a form, each as a form of its own: changed, moved, added, taken away."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.referrals import forms
from elevhalsa.domain.referrals.words import FormKey
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import FieldForm


@blueprint.route("/kommun/bron/formular/<which>", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=FieldForm)
def form(which: str) -> ResponseReturnValue:
    """Two buttons in each: to save, and to take the question away."""
    key = next((one for one in FormKey if one.value == which), None)
    if key is None:
        abort(404)
    if request.method != "POST":
        return _page(key)
    typed = FieldForm(request.form)
    is_to_go = request.form.get("gor") == "ta_bort" and bool(typed.key.data)
    if not is_to_go and not typed.validate():
        return _page(key, typed, 422)
    try:
        if is_to_go:
            forms.remove(me(), key, typed.key.data)
            flash(_("Frågan är borta ur formuläret. Det som redan är skickat har den kvar."))
            return redirect(url_for(".form", which=key.value), 303)
        saved = forms.put(me(), key, typed.field, typed.position.data, form_id=typed.form_id.data)
    except InvalidInput as error:
        typed.refuse(error)
        return _page(key, typed, 422)
    flash(_("Sparat. Så står det nu i formuläret."))
    return redirect(url_for(".form", which=key.value, _anchor=f"fraga-{saved}"), 303)


def _page(key: FormKey, typed: FieldForm | None = None, status: int = 200) -> Response:
    """typed: the form of one question, as it was sent; without a key, of a new one."""
    present = forms.present(me().municipality_id, key)
    rows = [
        (field, typed if typed and typed.key.data == field.key else FieldForm.of(field, place))
        for place, field in enumerate(present.fields, start=1)
    ]
    new = typed if typed and not any(one is typed for _field, one in rows) else FieldForm()
    for one in [new, *(form for _field, form in rows)]:
        one.offer()
    page = render_template("referrals/form.html", form=present, rows=rows, new=new, typed=typed)
    return make_response(page, status)
