"""What staff do with a knock. Every action is a form that is posted, then a way onwards.

A form that cannot be used comes back with what was typed and 422. When a colleague was first, the
page shows how things stand now, with 409, and a text that was not sent is kept on it. So it is
when the pupil has written meanwhile, of all that ends, answers or passes on (``forms.Seeing``).
"""

from collections.abc import Callable
from functools import partial, wraps

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as WerkzeugResponse

from elevhalsa import work
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import (
    answering,
    drafts,
    journal,
    log,
    passing,
    pins,
    presence,
    queries,
    thread,
    transferring,
    undoing,
)
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Outcome, TakeOverReason, Triage
from elevhalsa.domain.meetings import queries as meetings_now
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.places import queries as places
from elevhalsa.extensions import htmx
from elevhalsa.web import calendar, kept, looking, transaction
from elevhalsa.web import drafts as typing
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.forms import Form
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .case import FORMS, UNUSABLE, case_page
from .forms import (
    NO_TRIAGE,
    AnswerForm,
    AttemptForm,
    CancelMeetingForm,
    CloseForm,
    CrossForm,
    HandOverForm,
    NoAnswerForm,
    ProposeForm,
    ProtectForm,
    TakeOverForm,
    TransferForm,
    TriageForm,
)

CASE = "inbox.case"
View = Callable[[Knock], ResponseReturnValue]
BESIDE_TEXTS = frozenset(
    {
        "read", "here", "take", "release", "triage", "take_over", "step_aside", "unlock", "protect",
        "cancel_meeting", "danger", "concern", "followed_up",
        "journal", "extract", "reveal", "review_reveal", "tell_reveal",
    }
)  # fmt: skip
"""What may be done although the pupil has written meanwhile: who waits for an answer waits on."""


def acting(view: View) -> Callable[..., ResponseReturnValue]:
    """Find the knock that I may see; show the present state when somebody else was first."""

    @wraps(view)
    def wrapper(knock_id: str) -> ResponseReturnValue:
        knock = queries.get_for(me(), knock_id)
        had = looking.seen()
        if had:
            answering.read(me(), knock, had)
        try:
            answer = view(knock)
        except thread.NewText as error:
            return _past_a_text(knock, view.__name__, error)
        except Conflict as error:
            return _overtaken(knock_id, error)
        if isinstance(answer, WerkzeugResponse) and answer.status_code == 303:
            drafts.drop(me(), knock_id, view.__name__)
        return answer

    return wrapper


@blueprint.post("/utkast")
@open_to(Who.PROFESSIONAL, page="inbox.index")
def draft() -> ResponseReturnValue:
    """What is being typed, put aside while it is (static/js/cover.js). After the session's end it
    is ``web.errors`` that does."""
    if not typing.keep(me()):
        raise NotFound(_("Det gick inte att spara utkastet."))
    return "", 204


def _overtaken(knock_id: str, error: Conflict) -> ResponseReturnValue:
    try:
        knock = queries.get_for(me(), knock_id)
    except NotFound:  # it is behind the other wall now: say who, show nothing
        raise error from None
    # A service raises before it changes anything, so what is kept is only that it was read.
    transaction.keep_anyway()
    return case_page(knock, status=error.status, error=str(error), refused=kept.of_request())


def _back_to(knock: Knock, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".case", knock_id=knock.id), 303)


def _to_inbox(said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".index"), 303)


def _again(knock: Knock, opened: str, form: Form) -> ResponseReturnValue:
    """The page with a form as it was typed, unfolded, and what is wrong with it."""
    form.anchor = f"form-{opened}"
    return case_page(knock, status=UNUSABLE, opened=opened, **{opened: form})


def _past_a_text(knock: Knock, opened: str, error: thread.NewText) -> ResponseReturnValue:
    """The page with the text that came meanwhile, and the form as it was sent. Nothing was changed:
    what is kept is that the page before was read."""
    form = FORMS[opened](request.form)
    form.refuse(str(error))
    form.anchor = f"form-{opened}"
    transaction.keep_anyway()
    return case_page(knock, status=error.status, opened=opened, **{opened: form})


@blueprint.post("/arende/<knock_id>/last")
@open_to(Who.PROFESSIONAL, page=CASE)
@acting
def read(knock: Knock) -> ResponseReturnValue:
    """The page is in front of somebody (``acting`` notes it): a script says so, or who reads
    without one."""
    if not htmx:
        return redirect(url_for(".case", knock_id=knock.id), 303)
    presence.note(me(), knock)
    response = make_response("", 204)
    response.headers["X-Unread"] = str(notices.unseen_count(me()))
    return response


@blueprint.post("/arende/<knock_id>/framme")
@open_to(Who.PROFESSIONAL, page=CASE)
def here(knock_id: str) -> ResponseReturnValue:
    """It still is, says a script; the answer is which colleagues have it open too, or nothing when
    they are those that the page shows."""
    knock = queries.get_for(me(), knock_id)
    if not htmx:
        return redirect(url_for(".case", knock_id=knock_id), 303)
    presence.note(me(), knock)
    others = presence.others(me(), knock)
    if request.form.get("visar", "").split() == [staff.id for staff in others]:
        return "", 204
    return render_template("inbox/_others_here.html", knock=knock, others_here=others)


@blueprint.post("/arende/<knock_id>/ta-emot")
@open_to(Who.PROFESSIONAL, page=CASE)
@acting
def take(knock: Knock) -> ResponseReturnValue:
    answering.take(me(), knock)
    return _back_to(knock, _("Du har tagit emot knackningen."))


@blueprint.post("/arende/<knock_id>/lamna-tillbaka")
@open_to(Who.PROFESSIONAL, page=CASE)
@acting
def release(knock: Knock) -> ResponseReturnValue:
    answering.release(me(), knock)
    return _to_inbox(_("Knackningen väntar igen. Tiden är densamma."))


@blueprint.post("/arende/<knock_id>/svara")
@open_to(Who.PROFESSIONAL, takes=AnswerForm, page=CASE)
@acting
def answer(knock: Knock) -> ResponseReturnValue:
    """Send the text; or, with the other button, put a template's text in and send nothing."""
    form = AnswerForm(request.form)
    if "fyll-i" in request.form:
        return _with_template(knock, form)
    if not form.validate():
        return _again(knock, "answer", form)
    answering.answer(me(), knock, form.text.data, form_id=form.form_id.data, shown=form.shown.data)
    return _back_to(knock, _("Svaret är skickat."))


def _with_template(knock: Knock, form: AnswerForm) -> ResponseReturnValue:
    """The template's text after what was already typed."""
    known = places.reply_templates(knock.municipality_id, me().wall)
    bodies = [template.body for template in known if template.id == form.template.data]
    form.text.data = "\n\n".join(text for text in (form.text.data, *bodies) if text)
    return case_page(knock, opened="answer", answer=form)


@blueprint.post("/arende/<knock_id>/inget-svar")
@open_to(Who.PROFESSIONAL, takes=NoAnswerForm, page=CASE)
@acting
def no_answer(knock: Knock) -> ResponseReturnValue:
    form = NoAnswerForm(request.form)
    answering.needs_no_answer(me(), knock, shown=form.shown.data)
    return _back_to(knock, _("Noterat: inget svar behövs."))


@blueprint.post("/arende/<knock_id>/kontakt")
@open_to(Who.PROFESSIONAL, takes=AttemptForm, page=CASE)
@acting
def attempt(knock: Knock) -> ResponseReturnValue:
    form = AttemptForm(request.form)
    if not form.validate():
        return _again(knock, "attempt", form)
    answering.log_attempt(me(), knock, AttemptKind(form.kind.data), shown=form.shown.data)
    return _back_to(knock, _("Försöket är noterat. Du kan ångra i fem minuter."))


@blueprint.post("/arende/<knock_id>/markering")
@open_to(Who.PROFESSIONAL, takes=TriageForm, page=CASE)
@acting
def triage(knock: Knock) -> ResponseReturnValue:
    form = TriageForm(request.form)
    if not form.validate():
        return _again(knock, "triage", form)
    word = form.triage.data
    answering.triage(me(), knock, None if word == NO_TRIAGE else Triage(word))
    return _back_to(knock, _("Markeringen är sparad. Löftets tid är densamma."))


@blueprint.post("/arende/<knock_id>/lamna-over")
@open_to(Who.PROFESSIONAL, takes=HandOverForm, page=CASE)
@acting
def hand_over(knock: Knock) -> ResponseReturnValue:
    form = HandOverForm(request.form)
    colleagues = passing.colleagues(me(), knock)
    to = next((c.staff for c in colleagues if c.staff.id == form.to.data), None)
    if not form.validate() or to is None:
        if not form.errors:
            form.refuse(_("Välj en kollega i listan."), "to")
        return _again(knock, "hand_over", form)
    passing.hand_over(me(), knock, to, shown=form.shown.data, note=form.note.data)
    return _to_inbox(
        _("Knackningen är överlämnad till %(who)s. Du kan ångra i fem minuter.", who=to.name)
    )


@blueprint.post("/arende/<knock_id>/ta-over")
@open_to(Who.PROFESSIONAL, takes=TakeOverForm, page=CASE)
@acting
def take_over(knock: Knock) -> ResponseReturnValue:
    form = TakeOverForm(request.form)
    if not form.validate():
        return _again(knock, "take_over", form)
    passing.take_over(me(), knock, TakeOverReason(form.reason.data))
    return _back_to(knock, _("Du har tagit över knackningen. Kollegan får veta det."))


@blueprint.post("/arende/<knock_id>/jag-kanner-eleven")
@open_to(Who.PROFESSIONAL, page=CASE)
@acting
def step_aside(knock: Knock) -> ResponseReturnValue:
    passing.step_aside(me(), knock)
    return _to_inbox(_("Tack. Någon annan tar hand om knackningen. Du ser den inte längre."))


@blueprint.post("/angra/<undo_id>")
@open_to(Who.PROFESSIONAL, page="inbox.index")
def undo(undo_id: str) -> ResponseReturnValue:
    """What I did a moment ago; the knock may not be mine to see until it is undone."""
    try:
        knock = undoing.undo(me(), undo_id)
    except Conflict as error:
        return _to_inbox(str(error))
    return _back_to(knock, _("Ångrat. Allt är som det var."))


@blueprint.post("/arende/<knock_id>/over-gransen")
@open_to(Who.PROFESSIONAL, takes=CrossForm, page=CASE, steps_up=True)
@acting
def cross(knock: Knock) -> ResponseReturnValue:
    form = CrossForm(request.form)
    asks = me().keeps_records and journal.is_due(knock)
    if not form.validate_with(asks_journal=asks):
        return _again(knock, "cross", form)
    try:
        answering.cross_wall(
            me(),
            knock,
            form.side(knock.wall),
            consent=form.consent.data,
            reason=form.reason.data,
            shown=form.shown.data,
        )
    except InvalidInput as error:
        form.refuse(error, "reason")
        return _again(knock, "cross", form)
    if asks:
        journal.note(me(), knock, Journal(form.recorded.data))
    return _to_inbox(_("Knackningen är flyttad till den andra delen av elevhälsan."))


@blueprint.post("/arende/<knock_id>/flytta-till-skola")
@open_to(Who.PROFESSIONAL, takes=TransferForm, page=CASE)
@acting
def transfer(knock: Knock) -> ResponseReturnValue:
    form = TransferForm(request.form)
    schools = transferring.schools_for(knock)
    to = next((school for school in schools if school.id == form.school.data), None)
    if not form.validate() or to is None:
        if not form.errors:
            form.refuse(_("Välj en skola i listan."), "school")
        return _again(knock, "transfer", form)
    transferring.transfer(me(), knock, to, keeps=form.keeps.data, shown=form.shown.data)
    said = _("Knackningen är flyttad till %(school)s. Tiden är densamma.", school=to.name)
    return _back_to(knock, said) if knock.taken_by_id else _to_inbox(said)


@blueprint.post("/arende/<knock_id>/skyddade-uppgifter")
@open_to(Who.PROFESSIONAL, takes=ProtectForm, page=CASE)
@acting
def protect(knock: Knock) -> ResponseReturnValue:
    form = ProtectForm(request.form)
    answering.protect(me(), knock, is_protected=form.is_protected.data)
    if form.is_protected.data:
        return _back_to(knock, _("Märkt: skyddade uppgifter."))
    return _back_to(knock, _("Märkningen är borttagen."))


@blueprint.post("/arende/<knock_id>/foresla-tider")
@open_to(Who.PROFESSIONAL, takes=ProposeForm, page=CASE)
@acting
def propose(knock: Knock) -> ResponseReturnValue:
    form = ProposeForm(request.form)
    if not form.validate():
        return _again(knock, "propose", form)
    try:
        meetings.propose(me(), knock, form.offers, yes_to=form.yes_to.data, shown=form.shown.data)
    except meetings.OddTimes as error:
        form.ask(error)
        return _again(knock, "propose", form)
    except InvalidInput as error:
        form.refuse(error)
        return _again(knock, "propose", form)
    return _back_to(knock, _("Förslaget är skickat."))


@blueprint.post("/arende/<knock_id>/stall-in")
@open_to(Who.PROFESSIONAL, takes=CancelMeetingForm, page=CASE)
@acting
def cancel_meeting(knock: Knock) -> ResponseReturnValue:
    form = CancelMeetingForm(request.form)
    if not form.validate():
        return _again(knock, "cancel_meeting", form)
    try:
        meetings.call_off(
            me(), knock, form.proposal.data, text=form.text.data, form_id=form.form_id.data
        )
    except NotFound as error:
        form.refuse(str(error))
        return _again(knock, "cancel_meeting", form)
    return _back_to(knock, _("Mötet är inställt. Eleven får veta det."))


@blueprint.get("/arende/<knock_id>/mote.ics", endpoint="calendar")
@open_to(Who.PROFESSIONAL)
def to_calendar(knock_id: str) -> ResponseReturnValue:
    """A time and no more, so it is no access to what was said; but it leaves the app."""
    knock = queries.get_for(me(), knock_id)
    entry = meetings_now.entry_of(knock)
    transaction.afterwards(
        "exported",
        partial(
            audit.record, Action.EXPORTED, by=work.staff(me().id), about=knock.about,
            municipality_id=knock.municipality_id, reason=log.TO_CALENDAR,
        ),
    )  # fmt: skip
    return calendar.answer(entry)


@blueprint.post("/arende/<knock_id>/ta-bort-siffror")
@open_to(Who.PROFESSIONAL, page=CASE)
@acting
def unlock(knock: Knock) -> ResponseReturnValue:
    """The pupil has forgotten the digits and is here."""
    pins.reset(me(), knock)
    return _back_to(knock, _("Elevens siffror är borttagna. Nu räcker koden."))


@blueprint.post("/arende/<knock_id>/avsluta")
@open_to(Who.PROFESSIONAL, takes=CloseForm, page=CASE)
@acting
def close(knock: Knock) -> ResponseReturnValue:
    form = CloseForm(request.form)
    asks = me().keeps_records
    if not form.validate_with(asks_journal=asks):
        return _again(knock, "close", form)
    answering.close(me(), knock, Outcome(form.outcome.data), shown=form.shown.data)
    if asks:
        journal.note(me(), knock, Journal(form.journal.data))
    return _to_inbox(_("Knackningen är avslutad. Du kan ångra i fem minuter."))
