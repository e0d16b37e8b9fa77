"""The page of one knock. To show it is an event; that it was read is said by the page itself, when
somebody has it in front of them."""

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import NotFound
from elevhalsa.domain.knocks import (
    ages,
    answering,
    concern,
    danger,
    drafts,
    journal,
    passing,
    pins,
    presence,
    queries,
    transferring,
    undoing,
)
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.queries import Given
from elevhalsa.domain.knocks.rules import WAY_OF_ATTEMPT
from elevhalsa.domain.knocks.words import Author, State, Way
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings import standing
from elevhalsa.domain.meetings.models import Proposal
from elevhalsa.domain.meetings.queries import Meetings, clashes
from elevhalsa.domain.meetings.words import MOST_SLOTS
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import ReplyTemplate
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.retention.queries import keeping
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.extensions import htmx
from elevhalsa.web import clocks, kept, looking
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.forms import Form
from elevhalsa.web.shown import note_shown
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import (
    NO_TRIAGE,
    AnswerForm,
    AttemptForm,
    CancelMeetingForm,
    CloseForm,
    CrossForm,
    HandOverForm,
    JournalForm,
    NoAnswerForm,
    Opening,
    ProposeForm,
    ProtectForm,
    Seeing,
    TakeOverForm,
    TransferForm,
    TriageForm,
    phone_digits,
    proposal_of,
)
from .steps import ladder_of
from .texts import arrivals_of, clock_of, crossing, handled_of, marks_of, news_of, title_of

UNUSABLE = 422
FORMS: dict[str, type[Form]] = {
    "answer": AnswerForm,
    "attempt": AttemptForm,
    "triage": TriageForm,
    "hand_over": HandOverForm,
    "cross": CrossForm,
    "no_answer": NoAnswerForm,
    "take_over": TakeOverForm,
    "propose": ProposeForm,
    "transfer": TransferForm,
    "protect": ProtectForm,
    "cancel_meeting": CancelMeetingForm,
    "close": CloseForm,
}
"""The forms of the page; an action and its form have the same name."""
SEEING = [name for name, form in FORMS.items() if issubclass(form, Seeing)]
"""Those that are not sent past a text; each stands on the page as ``send-<name>``."""


@blueprint.get("/arende/<knock_id>")
@open_to(Who.PROFESSIONAL, writes_on_get=True)
def case(knock_id: str) -> ResponseReturnValue:
    """The whole page; or, when htmx asks, the part that the pupil can change."""
    if htmx and "HX-History-Restore-Request" not in request.headers:
        return _refresh(knock_id)
    knock = queries.get_for(me(), knock_id)
    return case_page(knock, **_filled_in(knock))


def _filled_in(knock: Knock) -> dict[str, Any]:
    """The proposal of the address, or of one's own free times (``tider``), unless there is one that
    was being written."""
    openings = [one for said in request.args.getlist("tid") if (one := Opening.read(said))]
    if "tider" in request.args:
        openings += [
            Opening(free.standing.way, free.span.starts_at, free.span.minutes, free.standing.place)
            for free in standing.free_for(knock)
            if free.standing.staff_id == me().id
        ]
    if not openings or "propose" in drafts.of(me(), knock):
        return {}
    places = {one.way: one.place for one in standing.of(me()) if one.school_id == knock.school_id}
    return {"opened": "propose", "propose": proposal_of(openings[:MOST_SLOTS], places)}


def _refresh(knock_id: str) -> Response:
    """The thread if it has changed since the page's version, else 204: what has not changed is
    not read out again by a screen reader."""
    try:
        knock = queries.get_for(me(), knock_id)
    except NotFound:  # it has been moved behind the wall: the page must not stay on the screen
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url_for(".index")
        return response
    context = _live(knock)
    if request.args.get("version") == context["version"]:
        return make_response("", 204)
    answering.show(me(), knock)
    return make_response(render_template("inbox/_live.html", **context))


def _live(knock: Knock) -> dict[str, Any]:
    """What can change while the page is open, and a version that tells whether it has."""
    proposals = meetings.proposals_of(knock)
    now = Meetings.of(proposals, clock.now())
    slot = now.agreed.picked if now.agreed and _is_mine(knock) else None
    return {
        "knock": knock,
        "me": me(),
        "news": news_of(knock, me()),
        "proposals": [(one, one.stands(clock.now()).value) for one in proposals],
        "meetings": now,
        "clashes": slot is not None and clashes(me(), knock, slot.span),
        "seen": looking.Seen.now(knock),
        "seeing": SEEING if knock.state is State.WAITING or _is_mine(knock) else [],
        "version": _version(knock, proposals),
    }


def _is_mine(knock: Knock) -> bool:
    return knock.is_open and knock.taken_by_id == me().id


def _version(knock: Knock, proposals: list[Proposal]) -> str:
    facts = [knock.state, knock.taken_by_id, knock.awaits, knock.contact_changed_at]
    facts += [
        f"{m.id} {m.author is Author.STAFF and m.seen_at is not None}" for m in knock.messages
    ]
    now = clock.now()
    facts += [f"{p.id} {p.stands(now)} {p.move_asked_at} {p.phone_to_call}" for p in proposals]
    return keyring.keyed_hash("page-version", " ".join(map(str, facts)))[:16]


def _templates(knock: Knock) -> list[ReplyTemplate]:
    return places.reply_templates(knock.municipality_id, me().wall)


def _left(drafts: dict[str, list[tuple[str, str]]]) -> dict[str, Form]:
    """The forms of the page as they were left, by their names."""
    return {
        name: FORMS[name](MultiDict(fields)) for name, fields in drafts.items() if name in FORMS
    }


def _kept(knock: Knock, drafts: dict[str, list[tuple[str, str]]]) -> kept.Kept | None:
    """What was typed here when it can no longer be sent from here: the first of it."""
    for name, fields in drafts.items():
        address = url_for(f".{name}", knock_id=knock.id)
        return kept.of(f"{blueprint.name}.{name}", address, fields)
    return None


def _age_texts(knock: Knock) -> list[ages.Text]:
    """What holds of guardians at its pupil's age, where that is known."""
    if knock.age_band is None:
        return []
    return ages.texts(knock.municipality_id, knock.age_band, ages.Reader.STAFF, me().wall)


def case_page(knock: Knock, *, status: int = 200, **given: Any) -> Response:
    """The page, whose showing is an event, with forms as they stand (``given``: form name -> the
    form that was posted) and ``error``, ``refused`` or ``form_id`` to show."""
    note_shown(knock, status)
    now = clock.now()
    staff = me()
    is_mine = _is_mine(knock)
    can_begin = knock.state is State.WAITING
    can_act = is_mine or can_begin
    colleagues = passing.colleagues(staff, knock) if is_mine else []
    schools = transferring.schools_for(knock) if can_act else []
    free = passing.free_from(knock, now) if knock.is_open and not can_act else None
    waiting = drafts.of(staff, knock)
    left = _left(waiting) if can_act else {}
    context = {
        "answer": AnswerForm(),
        "attempt": AttemptForm(),
        "triage": TriageForm(data={"triage": knock.triage.value if knock.triage else NO_TRIAGE}),
        "hand_over": HandOverForm(),
        "cross": CrossForm(),
        "crossing": crossing(knock),
        "no_answer": NoAnswerForm(),
        "take_over": TakeOverForm(),
        "propose": ProposeForm(),
        "transfer": TransferForm(),
        "protect": ProtectForm(data={"is_protected": knock.is_protected}),
        "cancel_meeting": CancelMeetingForm(),
        "close": CloseForm(),
        "journal": JournalForm(),
        "opened": None,
        "error": None,
        "refused": None if can_act else _kept(knock, waiting),
        "drafts": [name for name in left if name not in given],
        **left,
    } | given
    others = clocks.others(knock)
    context["answer"].offer(_templates(knock) if can_act else [])
    context["hand_over"].offer(colleagues, knock)
    context["transfer"].offer(schools)
    given_by_pupil = Given(knock.name is not None, knock.interpreter is not None)
    page = render_template(
        "inbox/case.html",
        title=title_of(knock, given_by_pupil),
        clock=clock_of(knock, now),
        marks=marks_of(knock, staff, given_by_pupil),
        handled=handled_of(knock, staff),
        is_mine=is_mine,
        awaits_answer=knock.awaits is Awaited.ANSWER,
        can_take=can_begin,
        can_act=can_act,
        colleagues=colleagues,
        as_wished=passing.as_wished(staff, knock),
        schools=schools,
        free_from=free,
        can_take_over=free is not None and free <= now,
        arrivals=arrivals_of(knock, staff),
        undoable=[one for one in undoing.open_to(staff) if one.knock_id == knock.id],
        chosen_kinds=[kind for kind, way in WAY_OF_ATTEMPT.items() if way is knock.way],
        answers_in_app=knock.way is Way.APP,
        has_pin=is_mine and pins.has(knock),
        has_times=can_act and standing.has_any(staff, knock.school_id),
        other_clocks=others,
        danger_notes=danger.notes_of(knock),
        danger_left="danger" in waiting,
        reveal_rows=reveals.of(staff, knock),
        concern_reports=concern.reports_of(knock),
        ticked=concern.ticked,
        journal_mark=journal.of(knock),
        journal_due=journal.is_due(knock),
        may_note=journal.may_note(staff, knock),
        asks_journal=staff.keeps_records,
        keeping=keeping(knock.municipality_id),
        digits=phone_digits(knock.phone or ""),
        age_texts=_age_texts(knock),
        ladder=ladder_of(knock, others),
        others_here=presence.others(staff, knock) if knock.is_open else [],
        **_live(knock),
        **context,
    )
    return make_response(page, status)
