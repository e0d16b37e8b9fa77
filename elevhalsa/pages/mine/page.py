"""The page of a pupil's own knock. Nothing of a knock is shown, or done with it, on a device that
has not shown its code, and its digits where it has any."""

from functools import partial

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.knocks import asking, devices, drafts, pins
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import State
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.queries import Meetings, known_number, proposals_of
from elevhalsa.domain.places.queries import CrisisLineView
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.retention.queries import keeping
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.domain.rows import Gone
from elevhalsa.extensions import htmx
from elevhalsa.web import clocks, kept, looking, respond, tenant, transaction, visitor
from elevhalsa.web.access import Who, open_to

from .blueprint import blueprint
from .forms import (
    AnotherTimeForm,
    BookForm,
    CancelForm,
    ChangePinForm,
    CodeForm,
    LockForm,
    NoneFitsForm,
    PickForm,
    PinForm,
    RemovePinForm,
    WithdrawForm,
    WriteForm,
)
from .track import disclosed_of, readers_of, thread_of, track_of, version_of

ONLY_SHOW = "visa"
"""The field of a text that its page brought by itself: it is not to be sent yet."""
SENDS = ("mine.write", "mine.unlock")
"""Where a text that waits for the digits is a message, to be sent once they are given."""


class PinNeeded(Exception):
    """This device must give the PIN of a knock before it is shown."""

    def __init__(self, knock: Knock) -> None:
        super().__init__()
        self.knock = knock


class CodeNeeded(Exception):
    """A text came from a device that has forgotten what it was about, or never knew."""


@blueprint.errorhandler(CodeNeeded)
def _ask_for_code(_needed: CodeNeeded) -> ResponseReturnValue:
    """The text goes along, and stands in its form once the code has opened the thread."""
    return code_page(CodeForm(request.form), status=NotFound.status)


def code_page(form: CodeForm, *, status: int = 200) -> Response:
    """Where the code is typed. A text that waits behind it can go on as a new knock instead."""
    page = render_template("mine/code.html", form=form, school=tenant.remembered_school())
    return make_response(page, status)


@blueprint.errorhandler(Gone)
def _say_that_it_is_gone(gone: Gone) -> ResponseReturnValue:
    """It was purged while somebody wrote to it: the text can go on as a new knock."""
    found = kept.of_request()
    texts = [("text", value) for _name, value in found.texts] if found else []
    page = render_template("mine/gone.html", texts=texts, school=tenant.remembered_school())
    return make_response(page, gone.status)


@blueprint.errorhandler(PinNeeded)
def _ask_for_pin(needed: PinNeeded) -> ResponseReturnValue:
    """In the page's place; a text that was sent meanwhile is kept and sent once it is unlocked. A
    page that refreshes itself is told, so that it can bring what was typed (static/js/refresh.js).
    """
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Trigger"] = "locked"
        return response
    return unlock_page(needed.knock)


def unlock_page(knock: Knock, pin: PinForm | None = None, *, status: int = 200) -> Response:
    """What was written with something else, such as a meeting, is shown then and not sent alone."""
    page = render_template(
        "mine/unlock.html",
        knock_id=knock.id,
        form=pin or PinForm(),
        unsent=WriteForm(request.form),
        only_show=ONLY_SHOW in request.form or request.endpoint not in SENDS,
    )
    return make_response(page, status)


def opening(knock_id: str) -> devices.Opening | None:
    """What this device may open, at the host where it may."""
    here = visitor.device()
    found = devices.opening(here, knock_id) if here else None
    return found if found and tenant.is_at_home(found.knock.municipality_id) else None


def unknown() -> Exception:
    """What to raise for a knock that this device does not open."""
    typed = kept.of_request()
    if typed and typed.texts:
        return CodeNeeded()
    return NotFound(_("Öppna med din kod under Mina svar."))


def my_knock(knock_id: str) -> Knock:
    """The knock, if this device may open it. Raises NotFound or PinNeeded."""
    here = visitor.device()
    found = opening(knock_id)
    if here is None or found is None:
        raise unknown()
    if found.needs_pin:
        raise PinNeeded(found.knock)
    is_use = not htmx or "anvands" in request.args  # a page that refreshes itself is none
    if is_use and devices.needs_noting(here):
        transaction.afterwards("device", partial(devices.used, here.id))
    had = looking.seen()
    if had:
        asking.saw(found.knock, had)
    return found.knock


@blueprint.get("/mitt/<knock_id>")
@open_to(Who.PUPIL)
def knock(knock_id: str) -> ResponseReturnValue:
    return show(my_knock(knock_id))


def show(
    knock: Knock,
    *,
    status: int = 200,
    write: WriteForm | None = None,
    pick: PickForm | None = None,
    none_fits: NoneFitsForm | None = None,
    another_time: AnotherTimeForm | None = None,
    cancel: CancelForm | None = None,
    book: BookForm | None = None,
    lock: LockForm | None = None,
    change_pin: ChangePinForm | None = None,
    remove_pin: RemovePinForm | None = None,
    withdraw: WithdrawForm | None = None,
) -> ResponseReturnValue:
    """The page, with the forms as they were posted."""
    here = visitor.device()
    left = drafts.of(here, knock).get("write") if here and not write else None
    proposals = proposals_of(knock)
    now = Meetings.of(proposals, clock.now())
    code = code_of(knock)
    track = track_of(knock, now)
    bookable = standing.next_of(standing.free_for(knock))
    opened = reveals.told(knock)
    version = version_of(knock, track, proposals, code, can_book=bool(bookable), opened=opened)
    if htmx and request.args.get("version") == version:
        return make_response("", 204)  # what has not changed is not drawn, or read out, again
    response = respond.page_or_fragment(
        "mine/knock.html",
        "mine/_live.html",
        knock=knock,
        track=track,
        other_clocks=clocks.others(knock),
        opened=opened,
        meetings=now,
        number=known_number(knock) if now.can_pick or bookable else None,
        thread=thread_of(knock),
        code=code,
        version=version,
        lines=_to_call(knock),
        is_refresh=bool(htmx),
        readers=[] if htmx else readers_of(knock),
        disclosed=[] if htmx else disclosed_of(knock),
        seen=looking.Seen.now(knock),
        device=here,
        lost_login="utan" in request.args,
        is_closed_elsewhere="stangt" in request.args,
        can_change_school=knock.state is State.WAITING and _is_one_of_several(knock),
        has_pin=pins.has(knock),
        others=0 if htmx else devices.others(here, knock),
        keeping=None if knock.is_open else keeping(knock.municipality_id),
        unread=reminders.unread_count(here) if here else 0,
        reminders_possible=bool(
            here and reminders.public_key() and not reminders.is_subscribed(here)
        ),
        write=write or WriteForm(MultiDict(left) if left else None),
        is_left=bool(left),
        pick=pick or PickForm(),
        none_fits=none_fits or NoneFitsForm(),
        another_time=another_time or AnotherTimeForm(),
        cancel=cancel or CancelForm(),
        book=book or BookForm(),
        bookable=bookable,
        lock=lock or LockForm(),
        change_pin=change_pin or ChangePinForm(),
        remove_pin=remove_pin or RemovePinForm(),
        withdraw=withdraw or WithdrawForm(),
    )
    response.status_code = status
    return response


def _is_one_of_several(knock: Knock) -> bool:
    """Has its municipality another school that is open?"""
    place = tenant.place(knock.municipality_id)
    return place is not None and any(school.id != knock.school_id for school in place.schools)


def _to_call(knock: Knock) -> list[CrisisLineView]:
    """Whom its pupil can call meanwhile."""
    place = tenant.place(knock.municipality_id)
    lines = tenant.directory().crisis_lines(place, clock.now())
    return [line for line in lines if line.urgent and line.phone]


def code_of(knock: Knock) -> str | None:
    """The receipt code, as long as this browser shows it."""
    return next(filter(None, (asking.code_of(knock, one) for one in visitor.receipts())), None)


def put_aside(knock: Knock, text: str, form_id: str) -> None:
    """Let a text that was not sent stand in its form when the page comes."""
    here = visitor.device()
    if here and text:
        drafts.keep(here, knock.id, "write", [("form_id", form_id), ("text", text)])


def to_knock(knock_id: str, anchor: str | None = None) -> Response:
    address = url_for("mine.knock", knock_id=knock_id, _anchor=anchor)
    return redirect(address, 303)  # type: ignore[return-value]
