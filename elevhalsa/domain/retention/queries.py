"""What is decided, and what past runs did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.extensions import db

from .models import RetentionDecision, RetentionRun
from .words import RecordKind

RUNS_SHOWN = 20


@dataclass(frozen=True)
class Keeping:
    """How a municipality keeps its knocks now: what a page says, and a run does."""

    days: int
    """Wall-clock, from when one ended."""
    has_decision: bool
    """Then they are purged; otherwise locked."""

    def until(self, ended_at: datetime) -> datetime:
        return ended_at + timedelta(days=self.days)


def keeping(municipality_id: str) -> Keeping:
    """Of knocks."""
    stands = exists().where(
        RetentionDecision.municipality_id == Municipality.id,
        RetentionDecision.kind == RecordKind.KNOCK,
        RetentionDecision.until.is_(None),
    )
    query = select(Municipality.retention_days, stands).where(Municipality.id == municipality_id)
    return Keeping(*db.session.execute(query).one())


def decision(municipality_id: str, kind: RecordKind) -> RetentionDecision | None:
    """The one that stands."""
    return db.session.scalars(
        select(RetentionDecision).where(
            RetentionDecision.municipality_id == municipality_id,
            RetentionDecision.kind == kind,
            RetentionDecision.until.is_(None),
        )
    ).first()


def history(municipality_id: str) -> list[RetentionDecision]:
    """All that was ever entered, the newest first."""
    query = select(RetentionDecision).where(RetentionDecision.municipality_id == municipality_id)
    return list(db.session.scalars(query.order_by(RetentionDecision.since.desc())))


def runs(municipality: Municipality) -> Sequence[RetentionRun]:
    """The newest first."""
    return db.session.scalars(
        select(RetentionRun)
        .where(RetentionRun.municipality_id == municipality.id)
        .options(joinedload(RetentionRun.staff))
        .order_by(RetentionRun.began_at.desc(), RetentionRun.id)
        .limit(RUNS_SHOWN)
    ).all()


def unfinished(municipality_id: str | None = None) -> list[RetentionRun]:
    """Runs that were asked for or broken off, the oldest first; of one municipality or of all."""
    query = select(RetentionRun).where(RetentionRun.ended_at.is_(None))
    if municipality_id:
        query = query.where(RetentionRun.municipality_id == municipality_id)
    return list(db.session.scalars(query.order_by(RetentionRun.began_at)))


def places_without(kind: RecordKind) -> int:
    """How many municipalities with a school have no decision that stands."""
    decided = select(RetentionDecision.municipality_id).where(
        RetentionDecision.kind == kind, RetentionDecision.until.is_(None)
    )
    query = select(func.count(School.municipality_id.distinct())).where(
        School.active, School.municipality_id.not_in(decided)
    )
    return db.session.scalar(query) or 0
