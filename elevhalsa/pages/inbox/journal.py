"""What belongs in the record system is taken out as a file, and noted as recorded."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import pdf
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import journal, queries
from elevhalsa.domain.knocks import unrecorded as waiting
from elevhalsa.domain.knocks.words import Journal
from elevhalsa.web import respond
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .actions import CASE
from .blueprint import blueprint
from .case import UNUSABLE, case_page
from .forms import ExtractForm, JournalForm


@blueprint.post("/arende/<knock_id>/journal", endpoint="journal")
@open_to(Who.PROFESSIONAL, takes=JournalForm, page=CASE)
def note(knock_id: str) -> ResponseReturnValue:
    knock, form = queries.get_for(me(), knock_id), JournalForm(request.form)
    if not form.validate():
        return case_page(knock, journal=form, status=UNUSABLE)
    journal.note(me(), knock, Journal(form.journal.data))
    flash(_("Sparat."))
    return redirect(url_for(CASE, knock_id=knock_id), 303)


@blueprint.get("/journalfora")
@open_to(Who.PROFESSIONAL)
def unrecorded() -> ResponseReturnValue:
    """What has ended and waits for a word on the record, to be opened one by one."""
    rows = waiting.of(me())
    return render_template("inbox/unrecorded.html", rows=rows, is_full=len(rows) == waiting.SHOWN)


@blueprint.post("/arende/<knock_id>/journalutdrag")
@open_to(Who.PROFESSIONAL, takes=ExtractForm, page=CASE, steps_up=True)
def extract(knock_id: str) -> ResponseReturnValue:
    """A file; its name says nothing of whom it is about."""
    knock = queries.get_for(me(), knock_id)
    made = journal.extract(me(), knock)
    if ExtractForm(request.form).form.data == "pdf":
        try:
            body = pdf.document(made.title, [(one.heading, one.lines) for one in made.sections])
        except InvalidInput as error:
            return case_page(knock, error=str(error), status=UNUSABLE)
        return respond.attachment(body, "application/pdf", "utdrag.pdf")
    return respond.attachment(made.as_text().encode(), "text/plain; charset=utf-8", "utdrag.txt")
