"""A private feed of one's own meetings for a calendar program. Who has its address sees times:
never whom a meeting is with or what it is about. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_token
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.tidy import has_left
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.rows import changed
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import queries, rules, standing
from .models import CalendarFeed
from .rules import Span

BEHIND, AHEAD = timedelta(days=31), timedelta(days=180)


def of(staff: Staff) -> CalendarFeed | None:
    return db.session.get(CalendarFeed, staff.id)


def make(staff: Staff, *, shows_school: bool, shows_times: bool) -> str:
    """A new address; one of before leads nowhere from now on. Returns its key, which is shown once
    and kept by nobody."""
    token = new_token()
    _remove(staff)
    db.session.add(
        CalendarFeed(
            staff_id=staff.id,
            token_hash=_hash(token),
            created_at=clock.now(),
            shows_school=shows_school,
            shows_times=shows_times,
        )
    )
    db.session.flush()
    audit.record(Action.FEED_MADE, municipality_id=staff.municipality_id)
    return token


def revoke(staff: Staff) -> None:
    """The address leads nowhere from now on. Twice is once."""
    if of(staff):
        _remove(staff)
        audit.record(Action.FEED_REVOKED, municipality_id=staff.municipality_id)


def _remove(staff: Staff) -> None:
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.staff_id == staff.id))


def forget_left() -> int:
    """Those of who has left lead nowhere any more. Returns how many."""
    left = select(Staff.id).where(has_left())
    return changed(
        delete(CalendarFeed)
        .where(CalendarFeed.staff_id.in_(left))
        .execution_options(synchronize_session=False)
    )


def find(token: str) -> CalendarFeed | None:
    """Of somebody who works here today."""
    hashed = _hash(token)
    work.show(hashed)
    found = db.session.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.token_hash == hashed)
        .options(joinedload(CalendarFeed.staff))
    )
    return found if found and found.staff.works_on(clock.today()) else None


def _hash(token: str) -> str:
    return keyring.keyed_hash("calendar-feed", token)


@dataclass(frozen=True)
class Event:
    """One row of the feed."""

    uid: str
    span: Span
    changed_at: datetime
    school: str | None
    """None: not told."""
    is_free: bool
    """A standing time, not a meeting: others may still ask for that time."""


def events_of(feed: CalendarFeed) -> list[Event]:
    """The last month's, and those of the coming half year."""
    staff = feed.staff
    work.act_as(work.staff(staff.id), municipality_id=staff.municipality_id, wall=staff.wall)
    now = clock.now()
    found = [
        Event(
            slot.proposal.meeting_id or slot.proposal_id,
            slot.span,
            slot.proposal.answered_at or slot.proposal.created_at,
            slot.proposal.knock.school.name if feed.shows_school else None,
            is_free=False,
        )
        for slot in queries.agreed_of(feed.staff, now - BEHIND, now + AHEAD)
    ]
    return found + (_standing(feed, now) if feed.shows_times else [])


def _standing(feed: CalendarFeed, now: datetime) -> list[Event]:
    """As far ahead as they can be booked, on the days on which there is somebody to meet."""
    staff = feed.staff
    first, last = clock.local(now).date(), clock.local(now + rules.BOOKABLE).date()
    is_closed = policy_of(staff.municipality).is_closed
    person = serving.person_of(staff, first, last)
    found = []
    for time in standing.of(staff):
        is_there = standing.IsThere(person, time, is_closed)
        for day in rules.days(first, last):
            spans = list(filter(is_there, time.weekly.on(day)))
            if not spans:
                continue
            length = spans[-1].ends_at - spans[0].starts_at
            found.append(
                Event(
                    f"{time.id}-{day:%Y%m%d}",
                    Span(spans[0].starts_at, int(length.total_seconds()) // 60),
                    feed.created_at,
                    time.school.name if feed.shows_school else None,
                    is_free=True,
                )
            )
    return found
