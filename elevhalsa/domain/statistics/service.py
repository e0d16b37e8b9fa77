"""Purging: when a knock's days are over its content goes and a row of figures remains."""

import logging

from sqlalchemy import delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, Actor
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices.models import About, Notice
from elevhalsa.domain.promise.rules import counted_hours
from elevhalsa.extensions import db

from .models import KnockFigure

log = logging.getLogger(__name__)

BATCH = 200


def purge() -> int:
    """Replace every knock whose time is up by figures, each committed. Returns how many.

    One that fails is left for the next time and keeps no other from being purged.
    """
    done = 0
    failed: set[str] = set()
    while ids := _due(failed):
        for knock_id in ids:
            try:
                row = db.session.get(Knock, knock_id, with_for_update=True)
                if row:
                    _purge_one(row)
                work.commit()
                done += row is not None
            except Exception:
                work.rollback()
                failed.add(knock_id)
                log.exception("purge failed for one knock")
    return done


def _due(besides: set[str]) -> list[str]:
    query = (
        select(Knock.id)
        .where(Knock.purge_at <= clock.now())
        .order_by(Knock.purge_at)
        .limit(BATCH + len(besides))
    )
    return [knock_id for knock_id in db.session.scalars(query) if knock_id not in besides]


def _purge_one(row: Knock) -> None:
    is_closed = closed_days(eves_closed=row.municipality.eves_closed)
    db.session.add(
        KnockFigure(
            municipality_id=row.municipality_id,
            school_id=row.school_id,
            month=clock.local(row.knocked_at).date().replace(day=1),
            wall=row.wall,
            way=row.way,
            kept=row.kept_at is not None and row.kept_at <= row.due_at,
            reached=row.reached_at is not None,
            hours_to_contact=(
                counted_hours(row.knocked_at, row.kept_at, is_closed=is_closed)
                if row.kept_at
                else None
            ),
            outcome=row.outcome,
        )
    )
    audit.record(
        Action.PURGED, actor=Actor.SYSTEM, municipality_id=row.municipality_id, knock_id=row.id
    )
    db.session.execute(delete(Notice).where(Notice.is_about(About.knock(row.id))))
    db.session.execute(delete(Knock).where(Knock.id == row.id))
    db.session.expunge(row)
