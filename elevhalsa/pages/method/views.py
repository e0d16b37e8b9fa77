"""A coordinator writes the words and the steps of the local way; everybody signed in reads them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.method import glossary, steps
from elevhalsa.domain.method.rules import Way
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .forms import ChosenForm, MoveForm, StepForm, WordForm

blueprint = Blueprint("method", __name__)


@blueprint.get("/personal/arbetssatt")
@open_to(Who.SIGNED_IN)
def read() -> ResponseReturnValue:
    here = me().municipality_id
    return render_template("method/read.html", words=glossary.every(here), steps=steps.every(here))


@blueprint.get("/samordnare/arbetssatt")
@open_to(Who.COORDINATOR)
def index() -> ResponseReturnValue:
    here = me().municipality_id
    return render_template("method/index.html", words=glossary.every(here), steps=steps.every(here))


@blueprint.route("/samordnare/arbetssatt/ordlista", methods=["GET", "POST"])
@open_to(Who.COORDINATOR, takes=WordForm)
def words() -> ResponseReturnValue:
    if request.method != "POST":
        return _words()
    form = WordForm(request.form)
    if not form.validate():
        return _words(form), 422
    try:
        glossary.say(
            me(), form.key.data or None, word=form.word.data, school=form.by_school.data,
            social=form.social.data, care=form.care.data, we_say=form.we_say.data,
        )  # fmt: skip
    except Conflict as error:
        form.refuse(str(error), "word")
        return _words(form), 422
    except InvalidInput as error:
        form.refuse(error)
        return _words(form), 422
    flash(_("Sparat. Så står det nu."))
    return redirect(url_for(".words"), 303)


def _words(typed: WordForm | None = None) -> str:
    """typed: the form of one word, as it was sent."""
    found = glossary.every(me().municipality_id)
    rows = [
        (
            one,
            typed
            if typed and typed.key.data == one.key
            else WordForm(obj=one, by_school=one.school),
        )
        for one in found
    ]
    known = any(form is typed for _one, form in rows)
    new = typed if typed and not known else WordForm()
    return render_template("method/words.html", rows=rows, new=new, typed=typed)


@blueprint.post("/samordnare/arbetssatt/ordlista/ta-bort")
@open_to(Who.COORDINATOR, takes=ChosenForm, page="method.words")
def remove_word() -> ResponseReturnValue:
    glossary.remove(me(), ChosenForm(request.form).key.data)
    flash(_("Ordet är borttaget."))
    return redirect(url_for(".words"), 303)


@blueprint.route("/samordnare/arbetssatt/steg", methods=["GET", "POST"], endpoint="steps")
@open_to(Who.COORDINATOR, takes=StepForm)
def steps_page() -> ResponseReturnValue:
    if request.method != "POST":
        return _steps()
    form = StepForm(request.form)
    if not form.validate():
        return _steps(form), 422
    try:
        steps.say(
            me(), form.key.data or None,
            what=form.what.data, who=form.by_whom.data, by_when=form.by_when.data,
            form_id=form.form_id.data,
        )  # fmt: skip
    except InvalidInput as error:
        form.refuse(error)
        return _steps(form), 422
    flash(_("Sparat. Så står det nu."))
    return redirect(url_for(".steps"), 303)


def _steps(typed: StepForm | None = None) -> str:
    """typed: the form of one step, as it was sent."""
    rows = [
        (
            one,
            typed
            if typed and typed.key.data == one.id
            else StepForm(
                data={"key": one.id, "what": one.what, "by_whom": one.who, "by_when": one.by_when}
            ),
        )
        for one in steps.every(me().municipality_id)
    ]
    known = any(form is typed for _one, form in rows)
    new = typed if typed and not known else StepForm()
    return render_template("method/steps.html", rows=rows, new=new, typed=typed, way=Way)


@blueprint.post("/samordnare/arbetssatt/steg/flytta")
@open_to(Who.COORDINATOR, takes=MoveForm, page="method.steps")
def move_step() -> ResponseReturnValue:
    form = MoveForm(request.form)
    way = next((one for one in Way if one.value == form.way.data), None)
    if way is None:
        raise InvalidInput(_("Välj upp eller ner."))
    steps.move(me(), form.key.data, way)
    return redirect(url_for(".steps", _anchor=f"steg-{form.key.data}"), 303)


@blueprint.post("/samordnare/arbetssatt/steg/ta-bort")
@open_to(Who.COORDINATOR, takes=ChosenForm, page="method.steps")
def remove_step() -> ResponseReturnValue:
    steps.remove(me(), ChosenForm(request.form).key.data)
    flash(_("Steget är borttaget."))
    return redirect(url_for(".steps"), 303)
