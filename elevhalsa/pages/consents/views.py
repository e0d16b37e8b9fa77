"""Samtycke: what a guardian is asked, on her own phone. Behind a link, which says nothing, and a
code that came another way. Never tells of anything but what she is asked, nor that there is more.
"""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.consents import queries, service, texts
from elevhalsa.domain.consents.models import Consent
from elevhalsa.domain.consents.words import Given, Role, State
from elevhalsa.extensions import limiter
from elevhalsa.web import leaving, limits, tenant, transaction
from elevhalsa.web.access import Who, open_to

from . import opened
from .forms import AnswerForm, CodeForm, Said

blueprint = Blueprint("consents", __name__)

WRONG = 422


@blueprint.route("/samtycke/<token>", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=CodeForm)
@limits.guesses(limits.CODE)
def door(token: str) -> ResponseReturnValue:
    """Asks for the code, and shows what it opens."""
    consent = _behind(token)
    if request.method != "POST":
        if opened.is_open(consent):
            return _page(consent, token, AnswerForm(data={"answer": _meant()}))
        return _asks_for_code(CodeForm(), token)
    form = CodeForm(request.form)
    if form.validate() and not service.is_right(consent, form.told_code.data):
        transaction.keep_anyway()  # it counts
        form.refuse(_("Koden stämmer inte. Titta på den en gång till."), "told_code")
    if form.errors:
        return _asks_for_code(form, token, _meant()), WRONG
    opened.begin(consent)
    return _back(token, _meant())


@blueprint.post("/samtycke/<token>/svar")
@open_to(Who.VISITOR, takes=AnswerForm, page="consents.door")
@limiter.limit(limits.WRITE)
def answer(token: str) -> ResponseReturnValue:
    form = AnswerForm(request.form)
    consent = _behind(token)
    if not opened.is_open(consent):
        code = CodeForm()
        code.refuse(_("Skriv koden en gång till. Ditt svar är kvar."), "told_code")
        return _asks_for_code(code, token, form.answer.data), WRONG
    if not form.validate():
        return make_response(_page(consent, token, form), WRONG)
    said = Said(form.answer.data)
    if said is Said.YES:
        service.give(consent, Given.LINK)
    elif said is Said.NO:
        service.refuse(consent, Given.LINK)
    else:
        service.call_me(consent)
    return _back(token)


@blueprint.post("/samtycke/<token>/ta-tillbaka")
@open_to(Who.VISITOR, page="consents.door")
@limiter.limit(limits.WRITE)
def take_back(token: str) -> ResponseReturnValue:
    consent = _behind(token)
    if opened.is_open(consent):
        service.take_back(consent)
    return _back(token)


@blueprint.post("/samtycke/<token>/stang")
@open_to(Who.VISITOR, page="consents.door")
def close(token: str) -> ResponseReturnValue:
    """Whoever has the phone next is asked for the code."""
    opened.close()
    response = make_response(_back(token))
    leaving.set_mark(response)  # what the browser keeps of before shows nothing any more
    return response


def _back(token: str, meant: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("consents.door", token=token, svar=meant), 303)


def _asks_for_code(form: CodeForm, token: str, meant: str | None = None) -> str:
    """meant: what was about to be answered, to be shown again once the code is right."""
    return render_template("consents/code.html", form=form, token=token, meant=meant)


def _meant() -> str | None:
    said = request.args.get("svar")
    return said if said in {*Said} else None


def _behind(token: str) -> Consent:
    """Raises NotFound when the link leads nowhere, or to a municipality that is not here."""
    consent = service.behind(token)
    if not tenant.is_at_home(consent.municipality_id):
        raise NotFound(_("Länken gäller inte längre. Be den som frågade om en ny."))
    by = work.PUPIL if consent.role is Role.CHILD else work.GUARDIAN
    work.act_as(by, municipality_id=consent.municipality_id, wall=None)
    return consent


def _page(consent: Consent, token: str, form: AnswerForm) -> str:
    return render_template(
        "consents/asked.html",
        consent=consent,
        basis=consent.basis,
        token=token,
        form=form,
        says=texts.paragraphs(consent.text.body) if consent.text else [],
        lines=service.shown_to(consent),
        shared=queries.shared_by(consent.basis),
        is_asked=consent.state is State.ASKED,
        is_given=consent.state is State.GIVEN,
    )
