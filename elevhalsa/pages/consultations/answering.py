"""The queue of talks that somebody at a school asks for, and one of them, to elevhälsan. To show
one is an event."""

from functools import partial

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.consultations import queries, rules, service
from elevhalsa.domain.consultations.models import Consultation
from elevhalsa.domain.consultations.words import State
from elevhalsa.web import transaction
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import AnswerForm, NoteForm

UNUSABLE = 422


@blueprint.get("/personal/rad/")
@open_to(Who.PROFESSIONAL)
def queue() -> ResponseReturnValue:
    return render_template(
        "consultations/queue.html",
        queue=queries.queue_of(me()),
        moment=clock.now(),
        place=me().municipality,
    )


@blueprint.get("/personal/rad/<consultation_id>")
@open_to(Who.PROFESSIONAL, writes_on_get=True)
def case(consultation_id: str) -> ResponseReturnValue:
    return _page(queries.get_for(me(), consultation_id))


@blueprint.post("/personal/rad/<consultation_id>/ta-emot")
@open_to(Who.PROFESSIONAL, page="consultations.case")
def take(consultation_id: str) -> ResponseReturnValue:
    service.take(me(), queries.get_for(me(), consultation_id))
    return _to(consultation_id)


@blueprint.post("/personal/rad/<consultation_id>/ta-over")
@open_to(Who.PROFESSIONAL, page="consultations.case")
def take_over(consultation_id: str) -> ResponseReturnValue:
    service.take_over(me(), queries.get_for(me(), consultation_id))
    return _to(consultation_id)


@blueprint.post("/personal/rad/<consultation_id>/lamna")
@open_to(Who.PROFESSIONAL, page="consultations.case")
def release(consultation_id: str) -> ResponseReturnValue:
    service.release(me(), queries.get_for(me(), consultation_id))
    flash(_("Du har lämnat tillbaka den. Den väntar på någon annan."))
    return redirect(url_for(".queue"), 303)


@blueprint.post("/personal/rad/<consultation_id>/svara")
@open_to(Who.PROFESSIONAL, takes=AnswerForm, page="consultations.case")
def reply(consultation_id: str) -> ResponseReturnValue:
    row, form = queries.get_for(me(), consultation_id), AnswerForm(request.form)
    if not form.validate():
        return _page(row, UNUSABLE, answer=form)
    service.answer(me(), row, form.text.data, form_id=form.form_id.data)
    flash(_("Svaret är skickat. Den som frågade ser det med sin kod."))
    return _to(consultation_id)


@blueprint.post("/personal/rad/<consultation_id>/notera")
@open_to(Who.PROFESSIONAL, takes=NoteForm, page="consultations.case")
def note(consultation_id: str) -> ResponseReturnValue:
    row, form = queries.get_for(me(), consultation_id), NoteForm(request.form)
    if not form.validate():
        return _page(row, UNUSABLE, note=form)
    try:
        service.note(
            me(), row, form.said, minutes=form.minutes.data, again_on=form.again_on.data or None
        )
    except InvalidInput as error:
        form.refuse(error)
        return _page(row, UNUSABLE, note=form)
    if row.is_open:
        flash(_("Sparat. Du påminns den dagen."))
        return _to(consultation_id)
    flash(_("Avslutat."))
    return redirect(url_for(".queue"), 303)


def _to(consultation_id: str) -> ResponseReturnValue:
    return redirect(url_for(".case", consultation_id=consultation_id), 303)


def _page(
    row: Consultation,
    status: int = 200,
    *,
    answer: AnswerForm | None = None,
    note: NoteForm | None = None,
) -> Response:
    _note_shown(row, status)
    is_mine = row.taken_by_id == me().id
    waits = queries.waits_of(row)
    page = render_template(
        "consultations/case.html",
        row=row,
        answer=answer or AnswerForm(),
        note=note or NoteForm(),
        is_mine=is_mine and rules.may_answer(row.state),
        may_take=rules.may_take(row.state),
        may_take_over=not is_mine and rules.may_answer(row.state),
        may_release=is_mine
        and rules.may_release(row.state, has_contact=row.contacted_at is not None),
        is_late=bool(waits) and waits[0].due_at <= clock.now(),
        due_at=waits[0].due_at if waits else None,
        again_at=waits[0].again_at if waits else None,
        follows_up=row.state is State.FOLLOW_UP,
        place=row.municipality,
    )
    return make_response(page, status)


def _note_shown(row: Consultation, status: int) -> None:
    """Also when the page is an answer to a post that changed nothing, whose transaction is
    undone."""
    staff = me()
    if status < UNUSABLE:
        service.show(staff, row)
        return
    acts = partial(
        work.act_as, work.staff(staff.id), municipality_id=staff.municipality_id, wall=staff.wall
    )
    row_id = row.id  # afterwards it is read again, which the database's walls must let her

    def seen() -> None:
        acts()
        work.hold(row_id)
        service.show(staff, row)

    transaction.afterwards("shown", seen)
