"""The week by place: where one is on which day, the meetings, and at each school the knocks with
the offers that fit. As in the list, nothing here that a pupil wrote."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from elevhalsa.core import clock
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.knocks import queries
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.queries import Given, Tab
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.meetings import queries as meetings
from elevhalsa.domain.meetings.models import Slot
from elevhalsa.domain.meetings.rules import Span, days, first_free
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving import rules as roster
from elevhalsa.domain.serving.service import time_at
from elevhalsa.web.access import Who, open_to
from elevhalsa.web.signed_in import me

from .blueprint import blueprint
from .forms import Opening
from .texts import Clock, clock_of, marks_of, meeting_marks, state_of, title_of

MEETING, CALL = 30, 20
"""Minutes that are offered."""
SOON, NOW = timedelta(minutes=30), timedelta(minutes=5)
"""From when on, from now: to meet, to call."""
BY_PHONE = (Way.CALL, Way.SMS)


@dataclass(frozen=True)
class Offer:
    """One tap leads to the form, filled in."""

    text: str
    address: str


@dataclass(frozen=True)
class Row:
    """One knock, in words."""

    id: str
    title: str
    clock: Clock
    state: str
    marks: list[str]
    offers: list[Offer]


@dataclass
class AtSchool:
    """A school on a day, or without one."""

    id: str
    name: str
    hours: list[str] = field(default_factory=list)
    waiting: int = 0
    mine: int = 0
    rows: list[Row] = field(default_factory=list)
    stands_on: date | None = None
    """The day that the knocks of this school stand at, if not this one."""


@dataclass
class Day:
    day: date
    is_closed: bool
    is_away: bool
    schools: list[AtSchool]
    meetings: list[Slot]


@blueprint.get("/vecka")
@open_to(Who.PROFESSIONAL)
def week() -> ResponseReturnValue:
    """This one, or that of the day in the address."""
    monday = _monday(request.args.get("fran"))
    today = clock.today()
    shown = _Week(me(), monday)
    is_now = monday <= today <= monday + timedelta(days=6)
    return render_template(
        "inbox/week.html",
        number=monday.isocalendar().week,
        days=[day for day in shown.days if not is_now or day.day >= today],
        passed=[day for day in shown.days if is_now and day.day < today],
        without_day=shown.without_day,
        has_places=bool(shown.person.stays),
        today=today,
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        is_now=is_now,
    )


def _monday(said: str | None) -> date:
    """Of the week of a day; of this one for what is none, or far away."""
    today = clock.today()
    try:
        day = date.fromisoformat(said or "")
    except ValueError:
        day = today
    if abs(day - today) > timedelta(days=366):
        day = today
    return day - timedelta(days=day.weekday())


class _Week:
    """Asks the database the same few things, however many schools and knocks there are."""

    def __init__(self, staff: Staff, monday: date) -> None:
        sunday = monday + timedelta(days=6)
        first, last = clock.day_begins(monday), clock.day_begins(sunday + timedelta(days=1))
        self.staff, self.now, self.today = staff, clock.now(), clock.today()
        self.is_closed = policy_of(staff.municipality).is_closed
        self.person = serving.person_of(staff, min(monday, self.today), sunday)
        self.names = {school.id: school.name for school in serving.schools_of(staff, self.now)}
        self.counts = queries.counts_by_school(staff)
        self.busy = meetings.busy(staff, None, self.now, last).all
        slots = meetings.agreed_of(staff, first, last)
        self.days = [self._day(day, slots) for day in days(monday, sunday)]
        self.days = [one for one in self.days if one.day.weekday() < 5 or one.meetings]
        self.without_day: list[AtSchool] = []
        if sunday >= self.today:
            self._lay_out(sunday)

    def _day(self, day: date, slots: Sequence[Slot]) -> Day:
        by_school: dict[str, AtSchool] = {}
        for stay in roster.stays_on(self.person, day, self.is_closed):
            school = by_school.setdefault(stay.school_id, self._school(stay.school_id))
            school.hours.append(f"{time_at(stay.starts_at)}–{time_at(stay.ends_at)}")
        return Day(
            day,
            self.is_closed(day),
            any(day in away for away in self.person.away),
            list(by_school.values()),
            [slot for slot in slots if clock.local(slot.starts_at).date() == day],
        )

    def _school(self, school_id: str) -> AtSchool:
        waiting, mine = self.counts.get(school_id, (0, 0))
        return AtSchool(school_id, self.names.get(school_id, ""), waiting=waiting, mine=mine)

    def _lay_out(self, sunday: date) -> None:
        """Each knock stands at the first day there with time left to meet, in whichever week that
        is; in this one below, when there is none."""
        first_days = self._first_days(sunday)
        is_now = sunday - self.today < timedelta(days=7)
        found: dict[tuple[str, date], AtSchool] = {}
        for day in self.days:
            for school in day.schools:
                first = first_days.get(school.id)
                school.stands_on = first if first != day.day else None
                found[school.id, day.day] = school
        pages = [queries.inbox(self.staff, tab) for tab in (Tab.WAITING, Tab.MINE)]
        knocks = [knock for page in pages for knock in page.knocks]
        given = pages[0].given | pages[1].given
        met = meetings.last_agreed([knock.id for knock in knocks])
        without: dict[str, AtSchool] = {}
        for knock in knocks:
            on = first_days.get(knock.school_id)
            if on:
                stands = found.get((knock.school_id, on))
            elif is_now:
                stands = without.setdefault(knock.school_id, self._school(knock.school_id))
            else:
                stands = None
            if stands:
                stands.name = knock.school.name
                stands.rows.append(self._row(knock, on, met.get(knock.id), given[knock.id]))
        self.without_day = list(without.values())

    def _first_days(self, sunday: date) -> dict[str, date]:
        """School -> when one is there next with time left to meet."""
        enough = self.now + SOON + timedelta(minutes=MEETING)
        found: dict[str, date] = {}
        for day in days(self.today, sunday):
            for stay in roster.stays_on(self.person, day, self.is_closed):
                if roster.span_of(stay, day).ends_at >= enough:
                    found.setdefault(stay.school_id, day)
        return found

    def _row(self, knock: Knock, on: date | None, meeting: Span | None, given: Given) -> Row:
        will_meet = meeting is not None and meeting.ends_at > self.now
        return Row(
            id=knock.id,
            title=title_of(knock, given),
            clock=clock_of(knock, self.now),
            state=state_of(knock, self.staff),
            marks=[*marks_of(knock, self.staff, given), *meeting_marks(meeting, self.now)],
            offers=[] if will_meet else self._offers(knock, on),
        )

    def _offers(self, knock: Knock, on: date | None) -> list[Offer]:
        """That day there, a walk after that, a call today to whom the pupil's way is by phone."""
        there = [] if on is None else [
            roster.span_of(stay, on)
            for stay in roster.stays_on(self.person, on, self.is_closed)
            if stay.school_id == knock.school_id
        ]  # fmt: skip
        meets = first_free(there, MEETING, after=self.now + SOON, busy=self.busy)
        walks = meets and first_free(there, MEETING, after=meets.ends_at, busy=self.busy)
        hours = roster.hours_on(self.person, self.today, self.is_closed)
        calls = first_free(hours, CALL, after=self.now + NOW, busy=self.busy)
        found = [
            (meets, MeetingWay.ROOM, _("Ses %(time)s")),
            (walks, MeetingWay.WALK, _("Promenad %(time)s")),
        ]
        if knock.way in BY_PHONE:
            found.insert(0, (calls, MeetingWay.PHONE, _("Ring i dag %(time)s")))
        return [_offer(knock, span, way, text) for span, way, text in found if span]


def _offer(knock: Knock, span: Span, way: MeetingWay, text: str) -> Offer:
    opening = Opening(way, span.starts_at, span.minutes)
    address = url_for(".case", knock_id=knock.id, tid=str(opening), _anchor="form-propose")
    return Offer(text % {"time": clock_time(span.starts_at)}, address)
