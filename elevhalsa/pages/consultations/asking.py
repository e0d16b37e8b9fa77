"""To ask for a talk, by the school's own address; to see what became of it. Nobody signs in, and no
page has a field for a name."""

from contextlib import suppress
from typing import cast

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import SCHOOL_PROFESSIONS
from elevhalsa.domain.consultations import links, queries, rules, service, spotting
from elevhalsa.domain.consultations.models import Consultation, ConsultationLink
from elevhalsa.domain.consultations.spotting import Found
from elevhalsa.domain.people.directory import MunicipalityView, SchoolView
from elevhalsa.extensions import limiter
from elevhalsa.web import kept, leaving, limits, tenant
from elevhalsa.web.access import Who, open_to

from .blueprint import blueprint
from .forms import AskForm, CodeForm

COOKIE_SECONDS = 30 * 24 * 3600
MOST_TOKENS = 8
GONE = 410
UNUSABLE = 422


# --- to ask --------------------------------------------------------------------------------------


@blueprint.route("/rad/l/<token>", methods=["GET", "POST"])
@open_to(Who.VISITOR, takes=AskForm)
@limiter.limit(limits.WRITE, methods=["POST"])
def ask(token: str) -> ResponseReturnValue:
    """The address is the right to it: of the school's staff, who have it on paper."""
    link = links.link_of(token)
    if link is None or not tenant.is_at_home(link.municipality_id):
        abort(404)
    school = _school_of(link)
    if link.ended_at or school is None:
        return _ended(link)
    form = AskForm(request.form if request.method == "POST" else None)
    form.offer([one for one in school.professions if one in SCHOOL_PROFESSIONS])
    if request.method != "POST":
        return _form(link, school, form)
    if not form.validate():
        return _form(link, school, form, UNUSABLE)
    asked = form.asked()
    typed = "\n".join(filter(None, (asked.text, asked.call_when)))
    found = spotting.look(typed, [school.name, school.municipality.name, school.town or ""])
    if spotting.unseen(found, form.sure.data or ""):
        form.refuse(_("Titta på det du skrev en gång till."), "text")
        return _form(link, school, form, UNUSABLE, found)
    try:
        receipt = service.ask(link.school, asked)
    except service.FormReused as error:
        form.refuse(str(error))
        return _form(link, school, form, error.status)
    response = _to(receipt.row)
    _keep(response, receipt.token)
    return response


def _school_of(link: ConsultationLink) -> SchoolView | None:
    """None: it has closed."""
    place = tenant.place(link.municipality_id)
    schools = place.schools if place else []
    return next((one for one in schools if one.id == link.school_id), None)


def _form(
    link: ConsultationLink,
    school: SchoolView,
    form: AskForm,
    status: int = 200,
    found: list[Found] | None = None,
) -> Response:
    """found: what the text seems to hold, to be changed or sent all the same."""
    policy = queries.policy_of(link.school.municipality)
    page = render_template(
        "consultations/ask.html",
        form=form,
        school=school,
        place=school.municipality,
        due_at=rules.due(clock.now(), policy.hours, policy.is_closed),
        found=found or [],
        marks=spotting.marks_of(found or []),
    )
    return make_response(page, status)


def _ended(link: ConsultationLink) -> ResponseReturnValue:
    place = tenant.place(link.municipality_id)
    page = render_template(
        "consultations/ended.html",
        school_name=link.school.name,
        is_open=_school_of(link) is not None,
        place=place,
        kept=kept.of_request(),  # of a form that was open meanwhile
    )
    return page, GONE


# --- what became of it ---------------------------------------------------------------------------


@blueprint.route("/rad/", methods=["GET", "POST"])
@open_to(Who.ASKER, takes=CodeForm)
@limits.guesses(limits.CODE)
def index() -> ResponseReturnValue:
    """What this browser has asked, and a code from another."""
    form = CodeForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _index(form)
    row = service.open_by_code(form.code.data) if form.validate() else None
    if row and tenant.is_at_home(row.municipality_id):
        response = _to(row)
        _keep(response, service.token_of(row.id))
        return response
    if not form.errors:
        form.refuse(
            _("Vi hittar inte den koden. Titta på varje ord och siffra en gång till."), "code"
        )
    return _index(form, UNUSABLE)


def _index(form: CodeForm, status: int = 200) -> Response:
    return make_response(
        render_template("consultations/index.html", form=form, rows=_mine(), place=_place()), status
    )


@blueprint.get("/rad/svar/<consultation_id>")
@open_to(Who.ASKER)
def answer(consultation_id: str) -> ResponseReturnValue:
    row = _my(consultation_id)
    waits = queries.waits_of(row)
    return render_template(
        "consultations/answer.html",
        row=row,
        place=tenant.place(row.municipality_id),
        code=service.code_of(row.id),
        again_at=next((wait.again_at for wait in waits if wait.again_at), None),
        is_late=row.contacted_at is None and row.is_open and row.due_at <= clock.now(),
        kept_until=rules.kept_until(row.asked_at),
        may_withdraw=rules.may_withdraw(row.state),
    )


@blueprint.post("/rad/svar/<consultation_id>/ta-tillbaka")
@open_to(Who.ASKER, page="consultations.answer")
def withdraw(consultation_id: str) -> ResponseReturnValue:
    row = _my(consultation_id)
    with suppress(Conflict):  # it has ended by itself meanwhile, as the page says
        service.withdraw(row)
    return _to(row)


@blueprint.post("/rad/glom")
@open_to(Who.ASKER, page="consultations.index")
def forget() -> ResponseReturnValue:
    """This browser opens nothing of it any more."""
    response = cast(Response, redirect(url_for(".index"), 303))
    settings = _settings()
    leaving.set_mark(response)  # what was here before is another's
    response.delete_cookie(
        leaving.ASKED.cookie(settings), path=leaving.ASKED.path, secure=settings.is_secure,
        httponly=True, samesite="Lax",
    )  # fmt: skip
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/rad/oro")
@open_to(Who.VISITOR)
def concern() -> ResponseReturnValue:
    """Whoever suspects that a child fares ill reports it: what the law says and where, the same
    words as elevhälsan has. Nothing is asked and nothing is kept."""
    place = tenant.chosen_municipality(request.args.get("kommun")) or _place()
    steps = service.concern_steps(place.id) if place else []
    return render_template("consultations/concern.html", place=place, steps=steps)


def _my(consultation_id: str) -> Consultation:
    """Raises NotFound for what this browser may not open."""
    for row in _mine():
        if row.id == consultation_id:
            return row
    raise NotFound(_("Det finns ingen sådan fråga här."))


def _mine() -> list[Consultation]:
    shown = request.cookies.get(leaving.ASKED.cookie(_settings()), "")
    tokens = [one for one in shown.split(".") if one][:MOST_TOKENS]
    found = service.find_by_tokens(tokens) if tokens else []
    return [row for row in found if tenant.is_at_home(row.municipality_id)]


def _place() -> MunicipalityView | None:
    rows = _mine()
    return tenant.place(rows[0].municipality_id) if rows else tenant.municipality()


def _to(row: Consultation) -> Response:
    return redirect(url_for(".answer", consultation_id=row.id), 303)  # type: ignore[return-value]


def _keep(response: Response, token: str) -> None:
    settings = _settings()
    name = leaving.ASKED.cookie(settings)
    shown = [token, *(one for one in request.cookies.get(name, "").split(".") if one != token)]
    response.set_cookie(
        name, ".".join(filter(None, shown[:MOST_TOKENS])), max_age=COOKIE_SECONDS,
        secure=settings.is_secure, httponly=True, samesite="Lax", path=leaving.ASKED.path,
    )  # fmt: skip


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
