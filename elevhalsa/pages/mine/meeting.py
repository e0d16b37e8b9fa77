"""What a pupil says of a meeting: which time, none, another, or that it is off."""

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.queries import entry_of, known_number, meetings_of
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.extensions import limiter
from elevhalsa.web import calendar, limits, transaction
from elevhalsa.web.access import Who, open_to

from .blueprint import blueprint
from .forms import (
    AboutMeetingForm,
    AnotherTimeForm,
    BookForm,
    CancelForm,
    NoneFitsForm,
    PickForm,
    WriteForm,
)
from .page import my_knock, show, to_knock

UNUSABLE = 422


@blueprint.post("/mitt/<knock_id>/mote")
@open_to(Who.PUPIL, takes=PickForm, page="mine.knock")
def pick(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    form = PickForm(request.form)
    offered = meetings_of(knock).offered
    if offered and not known_number(knock):
        form.by_phone = [slot.id for slot in offered.slots if slot.way is MeetingWay.PHONE]
    if not form.validate():
        return show(knock, status=UNUSABLE, pick=form)
    try:
        if form.slot.data == PickForm.NONE_FITS:
            meetings.none_fits(knock, form.proposal.data)
        else:
            meetings.pick(knock, form.proposal.data, form.slot.data, phone=form.phone.data)
    except (Conflict, NotFound, InvalidInput) as error:
        return show(knock, status=_refused(form, error), pick=form)
    return to_knock(knock.id, "mote")


def _refused(form: PickForm | AboutMeetingForm, error: Conflict | NotFound | InvalidInput) -> int:
    """Notes it at the form, and gives the page's status."""
    form.refuse(str(error), getattr(error, "field", None))
    if not isinstance(error, Conflict):
        return UNUSABLE
    # Nothing was changed, so what is kept is that the new times have been shown.
    transaction.keep_anyway()
    return error.status


@blueprint.post("/mitt/<knock_id>/mote/boka")
@open_to(Who.PUPIL, takes=BookForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def book(knock_id: str) -> ResponseReturnValue:
    """One of the standing times. Who was not first is shown those that are left."""
    knock = my_knock(knock_id)
    form = BookForm(request.form)
    if not known_number(knock):
        form.by_phone = [one.key for one in standing.free_for(knock, form.time.data or "")
                         if one.standing.way is MeetingWay.PHONE]  # fmt: skip
    if not form.validate():
        return show(knock, status=UNUSABLE, book=form)
    try:
        meetings.book(knock, form.time.data, phone=form.number.data)
    except InvalidInput as error:
        form.refuse(str(error), "number")
        return show(knock, status=UNUSABLE, book=form)
    except Conflict as error:
        form.refuse(str(error), "time")
        transaction.keep_anyway()  # that the page has been shown
        return show(knock, status=error.status, book=form)
    return to_knock(knock.id, "mote")


def _about_meeting(
    knock_id: str, name: str, form: AboutMeetingForm, verb: Callable[..., None]
) -> ResponseReturnValue:
    """Do what a form of the page asks for; a text that its form is no longer there for stands in
    the thread's."""
    knock = my_knock(knock_id)
    status = UNUSABLE
    if form.validate():
        try:
            verb(knock, form.proposal.data, text=form.text.data, form_id=form.form_id.data)
            return to_knock(knock.id, "mote")
        except (Conflict, NotFound, InvalidInput) as error:
            status = _refused(form, error)
    now = meetings_of(knock)
    of = now.offered if name == "none_fits" else now.agreed
    write = None
    if of is None or of.id != form.proposal.data:
        form.form_errors += form.text.errors
        form.text.errors = ()
        write = WriteForm(request.form) if form.text.data else None
    return show(knock, status=status, write=write, **{name: form})


@blueprint.post("/mitt/<knock_id>/mote/ingen-passar")
@open_to(Who.PUPIL, takes=NoneFitsForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def none_fits(knock_id: str) -> ResponseReturnValue:
    return _about_meeting(knock_id, "none_fits", NoneFitsForm(request.form), meetings.none_fits)


@blueprint.post("/mitt/<knock_id>/mote/annan-tid")
@open_to(Who.PUPIL, takes=AnotherTimeForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def another_time(knock_id: str) -> ResponseReturnValue:
    form = AnotherTimeForm(request.form)
    return _about_meeting(knock_id, "another_time", form, meetings.ask_to_move)


@blueprint.post("/mitt/<knock_id>/mote/avboka")
@open_to(Who.PUPIL, takes=CancelForm, page="mine.knock")
@limiter.limit(limits.WRITE)
def cancel(knock_id: str) -> ResponseReturnValue:
    return _about_meeting(knock_id, "cancel", CancelForm(request.form), meetings.cancel)


@blueprint.get("/mitt/<knock_id>/mote.ics", endpoint="calendar")
@open_to(Who.PUPIL)
def to_calendar(knock_id: str) -> ResponseReturnValue:
    return calendar.answer(entry_of(my_knock(knock_id)))
