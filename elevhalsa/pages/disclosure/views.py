"""Who answers for what is disclosed; and for whoever does behind her wall, the weighing of it: what
would be given is shown as it would be given, and only that is then given, as a file that is not
kept here.
"""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask import redirect as lead_to
from flask.typing import ResponseReturnValue

from elevhalsa.core import pdf
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.disclosure import law, queries, service
from elevhalsa.domain.disclosure.law import Sort
from elevhalsa.domain.disclosure.parts import parts_of
from elevhalsa.domain.disclosure.service import Drawn
from elevhalsa.domain.disclosure.words import Asker, Outcome
from elevhalsa.domain.knocks import holds
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.people import duties, staffing
from elevhalsa.domain.retention.words import Hold
from elevhalsa.web import limits, respond
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.shown import note_shown
from elevhalsa.web.signed_in import me

from .forms import HELD, SEES, CodeForm, HoldForm, WeighForm

blueprint = Blueprint("disclosure", __name__, url_prefix="/personal")

UNUSABLE = 422
PDF, TEXT = "pdf", "text"


@blueprint.get("/vem-svarar")
@open_to(Who.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Who is named to what; where nobody is, to whom one turns."""
    return _index(CodeForm())


def _index(form: CodeForm, status: int = 200) -> Response:
    staff = me()
    page = render_template(
        "disclosure/index.html",
        form=form,
        seats=duties.seats(staff.municipality_id),
        mine=duties.held_by(staff),
        me=staff,
        discloses=queries.answers_for(staff),
        coordinators=[one for one in staffing.at_work(staff.municipality_id) if one.coordinates],
    )
    return make_response(page, status)


@blueprint.post("/utlamnande")
@open_to(Who.DISCLOSER, takes=CodeForm, page="disclosure.index", steps_up=True)
@limits.guesses(limits.CODE)
def find() -> ResponseReturnValue:
    """By the code that the pupil has given, and by nothing else."""
    form = CodeForm(request.form)
    if not form.validate():
        return _index(form, UNUSABLE)
    knock_id = service.find_by_code(me(), form.code.data)
    if knock_id is None:
        form.refuse(_("Ingen knackning som du svarar för har den koden."), "code")
        return _index(form, UNUSABLE)
    return lead_to(url_for(".ask", knock_id=knock_id), 303)


@blueprint.get("/utlamnande/<knock_id>")
@open_to(Who.DISCLOSER, steps_up=True)
def ask(knock_id: str) -> ResponseReturnValue:
    """Who asks? Nothing of the knock stands here yet."""
    knock = queries.get_for(me(), knock_id)
    return render_template(
        "disclosure/ask.html",
        knock=knock,
        askers=list(Asker),
        earlier=queries.of(knock),
        is_held=Hold.LEGAL in holds.of(knock),
        held_word=HELD,
    )


@blueprint.post("/behall/<knock_id>")
@open_to(Who.DISCLOSER, takes=HoldForm, page="disclosure.ask", steps_up=True)
def hold(knock_id: str) -> ResponseReturnValue:
    """What somebody has asked for is not purged until it has been decided."""
    knock = queries.get_for(me(), knock_id)
    holds.hold(me(), knock, is_held=HoldForm(request.form).held.data == HELD)
    return lead_to(url_for(".ask", knock_id=knock_id), 303)


@blueprint.route("/utlamnande/<knock_id>/<asker>", methods=["GET", "POST"])
@open_to(Who.DISCLOSER, takes=WeighForm, writes_on_get=True, steps_up=True)
def weigh(knock_id: str, asker: str) -> ResponseReturnValue:
    page = _Page(queries.get_for(me(), knock_id), _asker(asker), WeighForm(request.form))
    form, who = page.form, page.asker
    if request.method != "POST":
        form.begin(page.parts, who)
        return page.shown()
    fine = form.validate()
    wish = form.wish(page.parts, who)
    try:
        drawn = service.draw(me(), page.parts, wish)
    except InvalidInput as error:
        form.refuse(error)
        return page.shown(status=UNUSABLE)
    asked, looked_at = request.form.get("gor"), form.drawn.data
    form.drawn.data = drawn.mark
    if asked not in (PDF, TEXT) or not fine:
        return page.shown(drawn, status=200 if fine else UNUSABLE)
    try:
        if looked_at != drawn.mark:
            raise InvalidInput(_("Det har ändrats sedan du förhandsgranskade. Titta en gång till."))
        if who is not Asker.PUPIL and not form.pupil_sees.data:
            raise InvalidInput(_("Välj om eleven får se det på sin sida."), "pupil_sees")
        service.require_weighed(me(), wish, drawn.outcome)
        answer = _file(drawn, asked)
    except InvalidInput as error:
        form.refuse(error)
        return page.shown(drawn, status=UNUSABLE)
    sees = who is Asker.PUPIL or form.pupil_sees.data == SEES
    service.decide(me(), page.knock, wish, drawn, pupil_sees=sees, form_id=form.form_id.data)
    return answer


class _Page:
    """The page on which something is weighed."""

    def __init__(self, knock: Knock, asker: Asker, form: WeighForm) -> None:
        self.knock, self.asker, self.form = knock, asker, form
        self.parts = parts_of(knock, form.form_id.data)
        self._lines = law.of(me(), asker)
        form.offer(self._lines[Sort.GROUND], self._lines[Sort.SECRECY])

    def shown(self, drawn: Drawn | None = None, status: int = 200) -> Response:
        """drawn: what would be given; None while nobody has asked, or it cannot be said."""
        note_shown(self.knock, status, service.REASON)
        page = render_template(
            "disclosure/weigh.html",
            knock=self.knock,
            asker=self.asker,
            form=self.form,
            parts=self.parts,
            grounds=self._lines[Sort.GROUND],
            questions=self._lines[Sort.QUESTION],
            drawn=drawn,
        )
        return make_response(page, status)


def _asker(said: str) -> Asker:
    found = next((one for one in Asker if one == said), None)
    if found is None:
        raise NotFound(_("Sidan finns inte."))
    return found


def _file(drawn: Drawn, kind: str) -> Response:
    name = "beslut" if drawn.outcome is Outcome.REFUSED else "utlamnande"
    if kind == PDF:
        made = pdf.document(drawn.title, [(one.heading, one.lines) for one in drawn.sections])
        return respond.attachment(made, "application/pdf", f"{name}.pdf")
    return respond.attachment(drawn.as_text().encode(), "text/plain; charset=utf-8", f"{name}.txt")
