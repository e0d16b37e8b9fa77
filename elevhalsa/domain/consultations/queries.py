"""Finding consultations. Who acts, or the municipality, comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import rules
from .models import Consultation, ConsultationLink, ConsultationTerms
from .words import OPEN, Outcome, State

COLUMNS = serving.Columns(
    Consultation.municipality_id,
    Consultation.school_id,
    Consultation.wall,
    Consultation.opened_wide_at,
    Consultation.taken_by_id,
)
DONE_SHOWN = 30
COUNTED = timedelta(days=90)
FEWEST = 5
"""Of fewer no share is told."""


def hours_of(municipality: Municipality) -> int:
    own = db.session.get(ConsultationTerms, municipality.id)
    return own.hours if own else rules.USUAL_HOURS


def policy_of(municipality: Municipality) -> Policy:
    """The promise of consultations, by the municipality's own calendar."""
    return Policy(hours_of(municipality), municipality.eves_closed, None)


def visible_to(staff: Staff) -> ColumnElement[bool]:
    """Those at the schools that she serves, behind her wall or none; what is late, in all of the
    municipality; what she has."""
    if staff.wall is None:
        return false()
    return serving.may_read(staff.id, staff.municipality_id, staff.wall, COLUMNS, clock.today())


@dataclass(frozen=True)
class Queue:
    """What one of the staff sees, the nearest *senast* first."""

    waiting: list[Consultation]
    mine: list[Consultation]
    others: list[Consultation]
    done: list[Consultation]
    """The newest."""


def queue_of(staff: Staff) -> Queue:
    query = (
        select(Consultation)
        .where(visible_to(staff))
        .options(
            joinedload(Consultation.school),
            joinedload(Consultation.taken_by),
            defer(Consultation.phone),
            defer(Consultation.call_when),
        )
    )
    still = db.session.scalars(
        query.where(Consultation.state.in_(OPEN)).order_by(Consultation.due_at, Consultation.id)
    ).all()
    ended = db.session.scalars(
        query.where(Consultation.state.not_in(OPEN))
        .order_by(Consultation.closed_at.desc(), Consultation.id)
        .limit(DONE_SHOWN)
    ).all()
    return Queue(
        waiting=[one for one in still if one.state is State.WAITING],
        mine=[one for one in still if one.taken_by_id == staff.id],
        others=[one for one in still if one.taken_by_id not in (None, staff.id)],
        done=list(ended),
    )


def get_for(staff: Staff, consultation_id: str) -> Consultation:
    """Raises NotFound, whatever the reason."""
    found = db.session.scalar(
        select(Consultation)
        .where(Consultation.id == consultation_id, visible_to(staff))
        .options(selectinload(Consultation.texts))
    )
    if found is None:
        raise NotFound(_("Det finns ingen sådan fråga här."))
    return found


def waits_of(row: Consultation) -> list[Wait]:
    """What is waited for, the nearest *senast* first."""
    return list(db.session.scalars(open_about(row.about)))


# --- the address ---------------------------------------------------------------------------------


def links_of(municipality: Municipality) -> dict[str, ConsultationLink]:
    """School -> its address of now."""
    found = db.session.scalars(
        select(ConsultationLink).where(
            ConsultationLink.municipality_id == municipality.id,
            ConsultationLink.ended_at.is_(None),
        )
    )
    return {link.school_id: link for link in found}


def schools_of(municipality: Municipality) -> list[School]:
    """Those that are open, by name."""
    rows = db.session.scalars(
        select(School).where(School.municipality_id == municipality.id, School.active)
    )
    return sorted(rows, key=lambda school: alphabetical(school.name))


# --- counts --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """Of a municipality, for its coordinator: numbers alone."""

    waiting: int
    late: int
    asked: int
    """In ``COUNTED``."""
    in_time: int | None
    """Percent of those that are answered or late; None: too few to be told."""
    short: int | None
    """Percent of those that were talked about that took no more than ``rules.SHORT`` minutes."""


def counts(municipality: Municipality) -> Counts:
    now = clock.now()
    with work.beyond(work.Beyond.COUNTS):
        waiting, late = db.session.execute(
            select(
                func.count(), func.count().filter(Consultation.due_at <= now)
            ).where(
                Consultation.municipality_id == municipality.id,
                Consultation.state.in_(OPEN),
                Consultation.contacted_at.is_(None),
            )
        ).one()  # fmt: skip
        rows = db.session.execute(
            select(
                Consultation.asked_at, Consultation.due_at, Consultation.contacted_at,
                Consultation.closed_at, Consultation.minutes, Consultation.outcome,
            ).where(
                Consultation.municipality_id == municipality.id,
                Consultation.asked_at > now - COUNTED,
                Consultation.state != State.WITHDRAWN,
            )
        ).all()  # fmt: skip
    judged = [
        (one.due_at, tried)
        for one in rows
        if (tried := one.contacted_at or one.closed_at) or one.due_at <= now
    ]
    talked = [one.minutes for one in rows if one.minutes and one.outcome is not Outcome.NOT_REACHED]
    return Counts(
        waiting=waiting,
        late=late,
        asked=len(rows),
        in_time=_share([rules.is_kept(due_at, tried, now) for due_at, tried in judged]),
        short=_share([minutes <= rules.SHORT for minutes in talked]),
    )


def _share(some: Sequence[bool]) -> int | None:
    return round(100 * sum(some) / len(some)) if len(some) >= FEWEST else None
