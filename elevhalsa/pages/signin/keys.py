"""Keys: signing in with one, confirming with one, and looking after one's own.

What a key answers is brought by a script (static/js/passkeys.js), which first asks for a question
that is good for a few minutes, once, in this browser.
"""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import passkeys
from elevhalsa.domain.people.passkeys import Asker, KeyRefused, Use
from elevhalsa.web import drafts, limits, signed_in, tenant, transaction
from elevhalsa.web import passkeys as here
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import KeyForm, KeyNameForm, NewKeyForm
from .views import home, sessions_page, sign_in_page

OK_NO_CONTENT = 204


def _asker(*, signed_in: bool) -> Asker:
    """Raises NotFound where no key opens."""
    found = here.asker(current_user.session if signed_in else None)
    if found is None:
        raise NotFound(_("Här går det inte att använda en nyckel."))
    return found


def _question(options: str) -> Response:
    return Response(options, mimetype="application/json")


def _refuse(form: KeyForm | NewKeyForm, error: InvalidInput) -> None:
    form.refuse(error)
    if isinstance(error, KeyRefused) and error.noted:
        transaction.keep_anyway()


# --- signing in ----------------------------------------------------------------------------------


@blueprint.get("/logga-in/nyckel/fraga")
@open_to(Who.VISITOR)
def key_question() -> ResponseReturnValue:
    """Of anybody: which key answers, and whose it is, is for the browser to find."""
    return _question(passkeys.ask(Use.SIGN_IN, _asker(signed_in=False)))


@blueprint.post("/logga-in/nyckel")
@open_to(Who.VISITOR, takes=KeyForm, page="signin.index")
@limits.guesses(limits.LINK)
def key() -> ResponseReturnValue:
    """Sign in with a key; nothing of an earlier session is kept."""
    form = KeyForm(request.form)
    if not form.validate():
        return sign_in_page(), 422
    try:
        token = passkeys.sign_in(_asker(signed_in=False), form.credential.data, tenant.hosts_of)
    except KeyRefused as error:
        _refuse(form, error)
        return sign_in_page(), 422
    signed_in.start(token)
    return redirect(drafts.page_of_newest(me()) or home(me()), 303)


# --- confirming ----------------------------------------------------------------------------------


@blueprint.get("/personal/inloggningar/bekrafta/fraga")
@open_to(Who.SIGNED_IN, before_key=True)
def confirm_question() -> ResponseReturnValue:
    return _question(passkeys.ask(Use.CONFIRM, _asker(signed_in=True), me()))


@blueprint.post("/personal/inloggningar/bekrafta")
@open_to(Who.SIGNED_IN, takes=KeyForm, page="signin.sessions", before_key=True)
@limits.guesses(limits.LINK)
def confirm() -> ResponseReturnValue:
    """A script posts it from the page that asks (signin/confirm.html) and stays there."""
    form = KeyForm(request.form)
    if not form.validate():
        return "", 422
    try:
        passkeys.confirm(current_user.session, _asker(signed_in=True), form.credential.data)
    except KeyRefused as error:
        _refuse(form, error)
        return "", 422
    return "", OK_NO_CONTENT


# --- one's own -----------------------------------------------------------------------------------


@blueprint.get("/personal/inloggningar/nyckel")
@open_to(Who.SIGNED_IN, steps_up=True, before_key=True)
def new_key() -> ResponseReturnValue:
    """How a key is made. Who has one confirms with it first: an unattended screen makes none."""
    name = "" if here.keys_of(me()) else _("Min nyckel")
    return _new_key_page(NewKeyForm(data={"name": name}))


def _new_key_page(form: NewKeyForm) -> str:
    return render_template(
        "signin/new_key.html",
        form=form,
        can=here.asker(current_user.session) is not None,
        elsewhere=here.elsewhere(me()),
        required=current_user.session.needs_key,
        home=home(me()),
    )


@blueprint.get("/personal/inloggningar/nyckel/fraga")
@open_to(Who.SIGNED_IN, steps_up=True, before_key=True)
def new_key_question() -> ResponseReturnValue:
    return _question(passkeys.ask_new(me(), _asker(signed_in=True), rp_name=_("Elevhälsa online")))


@blueprint.post("/personal/inloggningar/nyckel")
@open_to(Who.SIGNED_IN, takes=NewKeyForm, before_key=True)
@limits.guesses(limits.LINK)
def add_key() -> ResponseReturnValue:
    """The question that is answered was only given to who had confirmed."""
    form = NewKeyForm(request.form)
    if not form.validate():
        return _new_key_page(form), 422
    session = current_user.session
    try:
        made = passkeys.add(
            session, _asker(signed_in=True), form.credential.data, name=form.name.data
        )
    except InvalidInput as error:
        _refuse(form, error)
        return _new_key_page(form), 422
    notices.post(Kind.KEY_ADDED, [me()], cause=f"key:{made.id}")
    flash(_("Nyckeln är klar. Nu loggar du in med den."))
    return redirect(url_for(".sessions"), 303)


@blueprint.post("/personal/inloggningar/nyckel/<key_id>/namn")
@open_to(Who.SIGNED_IN, takes=KeyNameForm, page="signin.sessions")
def rename_key(key_id: str) -> ResponseReturnValue:
    found, form = passkeys.of(me(), key_id), KeyNameForm(request.form)
    if not form.validate():
        return sessions_page(renamed=(found, form)), 422
    passkeys.rename(found, form.name.data)
    flash(_("Namnet är sparat."))
    return redirect(url_for(".sessions"), 303)


@blueprint.post("/personal/inloggningar/nyckel/<key_id>/ta-bort")
@open_to(Who.SIGNED_IN, page="signin.sessions", steps_up=True)
def remove_key(key_id: str) -> ResponseReturnValue:
    passkeys.remove(passkeys.of(me(), key_id))
    flash(_("Nyckeln är borttagen."))
    return redirect(url_for(".sessions"), 303)
