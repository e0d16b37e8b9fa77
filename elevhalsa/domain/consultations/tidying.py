"""What is taken away when its time is up."""

import logging
from datetime import datetime

from sqlalchemy import or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.promise import service as waits
from elevhalsa.extensions import db

from . import moves, rules
from .models import Consultation, ConsultationText
from .words import State

log = logging.getLogger(__name__)

BATCH = 200


def tidy() -> int:
    """Take away the texts that have had their days, and the numbers of what ended so long ago; what
    was answered and nobody has closed is closed with them. Each batch committed. Returns how many
    texts and numbers. Safe to call any number of times."""
    done = 0
    while gone := _tidy_some(clock.now() - rules.TEXT_KEPT):
        done += gone
        work.commit()
    work.commit()
    return done


def _tidy_some(before: datetime) -> int:
    try:
        return _take_texts(before) + _take_numbers(before) + _close_old(before)
    except Exception as error:  # noqa: BLE001  (the next round tries again)
        work.rollback()
        log.error("tidying consultations failed: %s", without_words(error))
        return 0


def _take_texts(before: datetime) -> int:
    rows = db.session.scalars(
        select(ConsultationText)
        .where(ConsultationText.at <= before, ConsultationText.text.is_not(None))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.text = None
    db.session.flush()
    return len(rows)


def _take_numbers(before: datetime) -> int:
    rows = db.session.scalars(
        select(Consultation)
        .where(
            Consultation.closed_at <= before,
            or_(Consultation.phone.is_not(None), Consultation.call_when.is_not(None)),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.phone = row.call_when = None
    db.session.flush()
    return len(rows)


def _close_old(before: datetime) -> int:
    """Whoever asked has been answered, and no day is set for more."""
    rows = db.session.scalars(
        select(Consultation)
        .where(
            Consultation.state == State.TAKEN,
            Consultation.contacted_at <= before,
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state, row.closed_at = State.CLOSED, clock.now()
        waits.end(row.about)
        moves.record(Action.CLOSED, row, by=work.SYSTEM, reason="by_itself")
    db.session.flush()
    return len(rows)
