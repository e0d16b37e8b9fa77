"""The inbox and what one has been told. The list never holds a pupil's text, name or number."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _, by_when, duration, month_of_year, ngettext
from elevhalsa.core.ports import Page
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import floods, queries, undoing, unrecorded
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.queries import MOST_COUNTED, PAGE_SIZE, Given, Summary, Tab
from elevhalsa.domain.knocks.words import State, Triage
from elevhalsa.domain.meetings import queries as meetings
from elevhalsa.domain.meetings.rules import Span
from elevhalsa.domain.notices import kinds
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving import queries as serving
from elevhalsa.web import transaction
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.respond import page_or_fragment
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import DismissForm
from .texts import (
    Clock,
    Tone,
    clock_of,
    handled_of,
    is_unanswered,
    marks_of,
    meeting_marks,
    state_of,
    title_of,
)

TABS = {"vantar": Tab.WAITING, "mina": Tab.MINE, "andras": Tab.OTHERS, "klara": Tab.DONE}
MONTHS = 13
"""How far back what is done can be looked for by its month."""


@dataclass(frozen=True)
class Row:
    """One knock in the list, in words."""

    id: str
    school: str
    knocked_at: object
    clock: Clock
    title: str
    state: str
    marks: list[str]
    can_take: bool
    needs_word: bool
    is_unread: bool
    """Nobody has read it, or the pupil has written since."""
    is_urgent: bool


@dataclass(frozen=True)
class Figure:
    text: str
    tone: Tone | None = None
    exact: str | None = None


@blueprint.get("/inkorg")
@open_to(Who.PROFESSIONAL)
def index() -> ResponseReturnValue:
    """One page of a tab; htmx fetches the same list again while somebody looks at it."""
    staff = me()
    schools = serving.schools_of(staff, clock.now())
    school = _chosen(schools)
    tab_word = request.args.get("flik", "")
    tab_word = tab_word if tab_word in TABS else "vantar"
    after = request.args.get("efter")
    months = _months(clock.now()) if TABS[tab_word] is Tab.DONE else []
    month = next((word for word, _name in months if word == request.args.get("manad")), None)
    if month:
        transaction.afterwards(
            "searched",
            partial(
                audit.record, Action.SEARCHED, by=work.staff(staff.id),
                municipality_id=staff.municipality_id, reason="month",
            ),
        )  # fmt: skip
    summary = queries.summary(staff, school_id=school.id if school else None)
    page = queries.inbox(
        staff,
        TABS[tab_word],
        school_id=school.id if school else None,
        after=after,
        ended=_month(month) if month else None,
        few=TABS[tab_word] is Tab.WAITING and summary.waiting <= PAGE_SIZE,
    )
    known = [knock.id for knock in page.knocks
             if knock.is_open and (knock.staff_wrote_at or knock.taken_by_id)]  # fmt: skip
    met = meetings.last_agreed(known) if known else {}
    return page_or_fragment(
        "inbox/index.html",
        "inbox/_list.html",
        tab=tab_word,
        schools=schools,
        school=school,
        after=after,
        months=months,
        month=month,
        rows=[_row(knock, staff, page.given[knock.id], met.get(knock.id)) for knock in page.knocks],
        next_key=page.next_key,
        waiting=_count(summary.waiting),
        mine=_count(summary.mine),
        nearest=_nearest(summary),
        unrecorded=unrecorded.count(staff) if TABS[tab_word] is Tab.DONE and not after else 0,
        undoable=undoing.open_to(staff) if summary.undoable else [],
        alike=floods.groups(staff, school_id=school.id if school else None)
        if summary.alike and TABS[tab_word] is Tab.WAITING
        else [],
        dismissed=floods.dismissed(staff)
        if summary.dismissed and TABS[tab_word] is Tab.WAITING
        else [],
    )


@blueprint.get("/liknande/<number>")
@open_to(Who.PROFESSIONAL)
def alike(number: str) -> ResponseReturnValue:
    """What was set aside together, as far as I may read it."""
    return _alike(number)


def _alike(number: str, *, status: int = 200, error: str | None = None) -> ResponseReturnValue:
    staff = me()
    after = request.args.get("efter")
    page = queries.inbox(staff, Tab.WAITING, flood=number, after=after)
    group = next((one for one in floods.groups(staff) if one.number == number), None)
    return make_response(
        render_template(
            "inbox/alike.html",
            number=number,
            count=group.count if group else 0,
            newest=floods.newest(staff, number),
            rows=[_row(knock, staff, page.given[knock.id]) for knock in page.knocks],
            after=after,
            next_key=page.next_key,
            error=error,
        ),
        status,
    )


@blueprint.post("/liknande/<number>/ta-bort")
@open_to(Who.PROFESSIONAL, takes=DismissForm, page="inbox.alike")
def dismiss(number: str) -> ResponseReturnValue:
    form = DismissForm(request.form)
    try:
        count = floods.dismiss(me(), number, newest=form.newest.data)
    except Conflict as error:
        return _alike(number, status=error.status, error=str(error))
    flash(
        ngettext(
            "%(num)s knackning är borttagen ur inkorgen. Du kan ta tillbaka den i sju dagar.",
            "%(num)s knackningar är borttagna ur inkorgen. Du kan ta tillbaka dem i sju dagar.",
            count,
        )
    )
    return redirect(url_for(".index"), 303)


@blueprint.post("/liknande/<dismissal_id>/tillbaka")
@open_to(Who.PROFESSIONAL, page="inbox.index")
def take_back(dismissal_id: str) -> ResponseReturnValue:
    count = floods.take_back(me(), dismissal_id)
    flash(
        ngettext(
            "%(num)s knackning väntar igen. Tiden är densamma.",
            "%(num)s knackningar väntar igen. Tiden är densamma.",
            count,
        )
    )
    return redirect(url_for(".index"), 303)


def _months(now: datetime) -> list[tuple[str, str]]:
    """The last year's months, newest first: as an address says them, and as one reads them."""
    today = clock.local(now)
    found = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(MONTHS)]
    return [
        (f"{year}-{month + 1:02}", month_of_year(date(year, month + 1, 1))) for year, month in found
    ]


def _month(word: str) -> tuple[datetime, datetime]:
    """Its first moment, and that of the next."""
    year, month = map(int, word.split("-"))
    after, first = divmod(month, 12)
    return (
        datetime(year, month, 1, tzinfo=clock.STOCKHOLM),
        datetime(year + after, first + 1, 1, tzinfo=clock.STOCKHOLM),
    )


def _chosen(schools: list[School]) -> School | None:
    slug = request.args.get("skola")
    return next((school for school in schools if school.slug == slug), None)


def _row(knock: Knock, staff: Staff, given: Given, meeting: Span | None = None) -> Row:
    is_mine = knock.taken_by_id == staff.id and knock.is_open
    is_anothers = knock.is_open and knock.taken_by_id is not None and not is_mine
    return Row(
        id=knock.id,
        school=knock.school.name,
        knocked_at=knock.knocked_at,
        clock=clock_of(knock, clock.now()),
        title=title_of(knock, given),
        state=handled_of(knock, staff) if is_anothers else state_of(knock, staff),
        marks=[*marks_of(knock, staff, given), *meeting_marks(meeting, clock.now())],
        can_take=knock.state is State.WAITING,
        needs_word=is_mine and (is_unanswered(knock) or not knock.kept_at),
        is_unread=knock.is_open and (knock.read_at is None or (is_mine and is_unanswered(knock))),
        is_urgent=knock.triage is Triage.URGENT,
    )


def _count(number: int) -> str:
    return f"{number}+" if number >= MOST_COUNTED else str(number)


def _nearest(summary: Summary) -> Figure:
    if summary.nearest is None:
        return Figure(_("inget väntar"))
    left = summary.nearest - clock.now()
    exact = by_when(summary.nearest)
    if left.total_seconds() <= 0:
        return Figure(_("%(time)s sen", time=duration(left)), Tone.LATE, exact)
    return Figure(duration(left), None, exact)


@blueprint.get("/notiser", endpoint="notices")
@open_to(Who.PROFESSIONAL)
def told() -> ResponseReturnValue:
    """What I have been told, newest first."""
    return render_template(
        "inbox/notices.html",
        notices=notices.for_staff(me()),
        of_cover=kinds.leading_to(Page.COVER),
        of_unrecorded=kinds.leading_to(Page.UNRECORDED),
    )


@blueprint.post("/notiser/sedda")
@open_to(Who.PROFESSIONAL, page="inbox.notices")
def seen() -> ResponseReturnValue:
    notices.mark_seen(me())
    return redirect(url_for(".notices"), 303)
