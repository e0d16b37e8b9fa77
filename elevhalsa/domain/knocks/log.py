"""The trace as it is read: by whoever is named to review it, by the operator, and by the pupil, who
is told who has read. Never what a knock says, nor who its pupil is.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, type_coerce

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.walls import Wall, professions_behind
from elevhalsa.domain.about import About
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.extensions import db

from .models import Knock
from .queries import avoids

LABELS = "log"
"""The group of labels in which events are told of."""
PAGE_SIZE = 50
RECEIPT = 6
"""Characters of a knock's id that tell it apart on a page and open nothing."""


@dataclass(frozen=True)
class Wanted:
    """What of the trace somebody looks for; None: all."""

    day: date | None = None
    """Swedish time."""
    staff_id: str | None = None
    action: Action | None = None
    before: int | None = None
    """Only events with a lower number: the next page."""

    @property
    def word(self) -> str:
        """By what it was looked for, for the trace."""
        named = {"day": self.day, "person": self.staff_id, "action": self.action}
        return "_".join(name for name, value in named.items() if value) or "all"


@dataclass(frozen=True)
class Line:
    event: AuditEvent
    staff: Staff | None
    to: Staff | None

    @property
    def receipt(self) -> str | None:
        return self.event.about_id[:RECEIPT] if self.event.about_id else None


def for_overseer(overseer: Staff, wanted: Wanted) -> list[Line]:
    """A page of what one may review, newest first: all of the municipality's, or what those behind
    one's own wall have done and what has happened to the knocks there. Nothing of a knock whose
    pupil avoids the overseer. That it was shown is an event itself.

    Nothing for whoever is named to nothing. One more than a page when more follows.
    """
    seats = duties.held_by(overseer)
    if not seats:
        return []
    audit.record(Action.LOG_SHOWN, reason=wanted.word, municipality_id=overseer.municipality_id)
    avoiding = select(Knock.id).where(
        Knock.municipality_id == overseer.municipality_id, avoids(overseer.id)
    )
    within = _within(overseer, seats)
    with work.beyond(work.Beyond.LOG):  # or those of whom she may not know would not be left out
        return _lines(
            AuditEvent.municipality_id == overseer.municipality_id,
            or_(AuditEvent.about_id.is_(None), AuditEvent.about_id.not_in(avoiding)),
            *within,
            *_conditions(wanted),
            limit=PAGE_SIZE + 1,
        )


def _within(overseer: Staff, seats: tuple[Seat, ...]) -> list[ColumnElement[bool]]:
    """Those with a wall of their own see no further than it, unless they oversee all."""
    if duties.holds(overseer, Duty.OVERSIGHT):
        return []
    return [or_(*(_behind(overseer.municipality_id, seat.wall) for seat in seats if seat.wall))]


def _behind(municipality_id: str, wall: Wall) -> ColumnElement[bool]:
    mine = select(Staff.id).where(
        Staff.municipality_id == municipality_id,
        Staff.profession.in_(professions_behind(wall)),
    )
    there = select(Knock.id).where(
        Knock.municipality_id == municipality_id, Knock.wall == wall
    )  # fmt: skip
    return or_(
        AuditEvent.staff_id.in_(mine),
        and_(AuditEvent.staff_id.is_(None), AuditEvent.about_id.in_(there)),
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.day:
        found += [
            AuditEvent.at >= clock.day_begins(wanted.day),
            AuditEvent.at < clock.day_begins(wanted.day + timedelta(days=1)),
        ]
    if wanted.staff_id:
        found.append(AuditEvent.staff_id == wanted.staff_id)
    if wanted.action:
        found.append(AuditEvent.action == wanted.action)
    if wanted.before:
        found.append(AuditEvent.id < wanted.before)
    return found


def _lines(*which: ColumnElement[bool], limit: int) -> list[Line]:
    query = select(AuditEvent).where(*which).order_by(AuditEvent.id.desc()).limit(limit)
    events = db.session.scalars(query).all()
    ids = {one for event in events for one in (event.staff_id, event.to_staff_id) if one}
    people = {
        one.id: one for one in db.session.scalars(select(Staff).where(Staff.id.in_(ids)))
    } if ids else {}  # fmt: skip
    return [
        Line(event, people.get(event.staff_id or ""), people.get(event.to_staff_id or ""))
        for event in events
    ]


def for_operator(
    municipality_id: str,
    *,
    knock_id: str | None = None,
    staff_id: str | None = None,
    since: date | None = None,
    most: int = PAGE_SIZE,
) -> list[Line]:
    """The newest, at most so many. That they were shown is an event itself."""
    audit.record(Action.LOG_SHOWN, municipality_id=municipality_id, reason="operator")
    which: list[ColumnElement[bool]] = [AuditEvent.municipality_id == municipality_id]
    if knock_id:
        which.append(AuditEvent.is_about(About.knock(knock_id)))
    if staff_id:
        which.append(or_(AuditEvent.staff_id == staff_id, AuditEvent.to_staff_id == staff_id))
    if since:
        which.append(AuditEvent.at >= clock.day_begins(since))
    return _lines(*which, limit=most)


TO_CALENDAR = "calendar"
"""The reason of a file that holds a time, and nothing of what was said."""
SEEN = (Action.READ, Action.EXPORTED)
"""Somebody had it in front of them, or took it out as a file."""


@dataclass(frozen=True)
class Reader:
    """One of the staff who has had a knock in front of them, or opened it, and when last."""

    staff: Staff
    at: datetime
    has_read: bool
    """False: it was opened, and no more is known: a page without scripts says nothing."""


def readers_of(knock: Knock) -> list[Reader]:
    """For its pupil: each reader once, the last first."""
    last = type_coerce(func.max(AuditEvent.at), UtcDateTime()).label("last")
    has_read = AuditEvent.action.in_(SEEN).label("has_read")
    read = (
        select(AuditEvent.staff_id, last, has_read)
        .where(
            AuditEvent.is_about(knock.about),
            AuditEvent.staff_id.is_not(None),
            AuditEvent.action.in_((*SEEN, Action.SHOWN)),
            AuditEvent.reason.is_distinct_from(TO_CALENDAR),
        )
        .group_by(AuditEvent.staff_id, has_read)
        .subquery()
    )
    query = select(Staff, read.c.last, read.c.has_read).join(read, read.c.staff_id == Staff.id)
    found: dict[str, Reader] = {}
    for staff, at, is_seen in sorted(db.session.execute(query), key=lambda row: bool(row[2])):
        found[staff.id] = Reader(staff, at, bool(is_seen))  # what was read, before what was opened
    return sorted(found.values(), key=lambda one: one.at, reverse=True)
