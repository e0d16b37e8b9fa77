"""The pupil's own digits for a knock: chosen, changed, taken away and given."""

from contextlib import suppress

from flask import Response, request
from flask.typing import ResponseReturnValue

from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import asking, pins
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.web import limits, transaction, visitor
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.forms import Form

from .blueprint import blueprint
from .forms import ChangePinForm, LockForm, PinForm, RemovePinForm, UnlockForm, WriteForm
from .page import (
    ONLY_SHOW,
    code_of,
    my_knock,
    opening,
    put_aside,
    show,
    to_knock,
    unknown,
    unlock_page,
)


@blueprint.post("/mitt/<knock_id>/siffror")
@open_to(Who.PUPIL, takes=LockForm, page="mine.knock")
@limits.guesses(limits.CODE)
def pin(knock_id: str) -> ResponseReturnValue:
    """Lock it, with the code at hand: still on the page, or typed."""
    knock = my_knock(knock_id)
    form = LockForm(request.form)
    fine = form.validate()
    if code_of(knock) is None and not asking.is_code_of(knock, form.code.data):
        form.refuse(_("Skriv koden du fick. Du behöver den för att öppna igen."), "code")
        fine = False
    if not fine:
        return show(knock, status=422, lock=form)
    try:
        pins.choose(knock, form.pin.data)
    except InvalidInput as error:
        return _refused(knock, error, "pin", lock=form)
    return _unlocked(knock)


@blueprint.post("/mitt/<knock_id>/siffror/byt")
@open_to(Who.PUPIL, takes=ChangePinForm, page="mine.knock")
@limits.guesses(limits.CODE)
def change_pin(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    form = ChangePinForm(request.form)
    if not form.validate():
        return show(knock, status=422, change_pin=form)
    try:
        pins.change(knock, form.old.data, form.pin.data)
    except InvalidInput as error:
        return _refused(knock, error, "old", change_pin=form)
    return _unlocked(knock)


@blueprint.post("/mitt/<knock_id>/siffror/bort")
@open_to(Who.PUPIL, takes=RemovePinForm, page="mine.knock")
@limits.guesses(limits.CODE)
def remove_pin(knock_id: str) -> ResponseReturnValue:
    knock = my_knock(knock_id)
    form = RemovePinForm(request.form)
    try:
        pins.remove(knock, form.current.data)
    except InvalidInput as error:
        return _refused(knock, error, "current", remove_pin=form)
    return to_knock(knock.id)


def _refused(knock: Knock, error: InvalidInput, field: str, **posted: Form) -> ResponseReturnValue:
    """The page with the form as it was ``posted``; a wrong guess is counted."""
    transaction.keep_anyway()
    (form,) = posted.values()
    form.refuse(error, field)
    return show(knock, status=422, **posted)


def _unlocked(knock: Knock) -> Response:
    """On this device the digits count as given."""
    response = to_knock(knock.id)
    visitor.open_here(response, knock, pin_given=True)
    return response


@blueprint.post("/mitt/<knock_id>/las-upp")
@open_to(Who.PUPIL, takes=UnlockForm, page="mine.knock")
@limits.guesses(limits.CODE)
def unlock(knock_id: str) -> ResponseReturnValue:
    found = opening(knock_id)
    if found is None:
        raise unknown()
    knock = found.knock
    form = PinForm(request.form)
    try:
        pins.check(knock, form.pin.data)
    except InvalidInput as error:
        transaction.keep_anyway()
        form.refuse(error, "pin")
        return unlock_page(knock, form, status=422)
    _send_or_put_aside(knock, WriteForm(request.form))
    return _unlocked(knock)


def _send_or_put_aside(knock: Knock, unsent: WriteForm) -> None:
    """What waited behind the digits. What cannot be sent stands in its form."""
    if knock.is_open and ONLY_SHOW not in request.form and unsent.validate():
        with suppress(InvalidInput):  # more than we have had time to read
            asking.write(knock, unsent.text.data, form_id=unsent.form_id.data)
            return
    put_aside(knock, unsent.text.data, unsent.form_id.data)
