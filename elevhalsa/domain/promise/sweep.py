"""The sweep: finds everything that is waited for and whose next rung is due. Commits some
rungs at a time, so that a crash leaves little to be done again, and none of it done in part.

Several workers share a sweep: each takes the next share that no other holds (``SKIP LOCKED``).
"""

import logging
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.domain.about import Subject
from elevhalsa.extensions import db

from .models import Wait

log = logging.getLogger(__name__)

TOGETHER = 50
"""Rungs that are climbed in one transaction: what they are about is locked for so long."""

Climb = Callable[[Collection[str], datetime], Collection[str]]
"""Does what is due for waits of these ids. Returns those for which something was done; safe to call
twice. It locks what the waits are about, and passes by what another has locked."""


@dataclass(frozen=True)
class Due:
    """A wait whose next rung is due. They are taken in this order: by moment, then by id."""

    rung_at: datetime
    wait_id: str
    kind: Subject


def due(
    kinds: Collection[Subject] = tuple(Subject),
    limit: int = TOGETHER,
    *,
    after: Due | None = None,
) -> list[Due]:
    """What is due and held by no other, the longest waiting first. Locked until the transaction
    ends.

    kinds: of what may be looked at; a newer release may have left others in the table.
    after: what has been looked at already, with all that comes before it.
    """
    query = (
        select(Wait.next_rung_at, Wait.id, Wait.about_kind)
        .where(Wait.next_rung_at <= clock.now(), Wait.about_kind.in_(kinds))
        .order_by(Wait.next_rung_at, Wait.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if after:
        # The first is said by itself for the index, which knows no ids.
        query = query.where(
            Wait.next_rung_at >= after.rung_at,
            tuple_(Wait.next_rung_at, Wait.id) > (after.rung_at, after.wait_id),
        )
    return [Due(at, wait_id, kind) for at, wait_id, kind in db.session.execute(query) if at]


def sweep(climbers: Mapping[Subject, Climb], *, seconds: float = math.inf) -> int:
    """Climb every rung that is due. Returns how many.

    climbers: who climbs for which kind of subject. seconds: no more is begun after them. Any number
    of sweeps at once do no harm: a row is locked while its rung is climbed, and notices have a
    unique cause.
    """
    done, stop_at = 0, time.monotonic() + seconds
    while climbed := _once_through(climbers, stop_at):
        done += climbed  # of some the next rung may be due as well
    return done


def _once_through(climbers: Mapping[Subject, Climb], stop_at: float) -> int:
    """Past what cannot be climbed now: it hides nothing that comes after it."""
    done = 0
    last: Due | None = None
    while time.monotonic() < stop_at and (share := due(climbers, after=last)):
        last = share[-1]
        for kind in dict.fromkeys(one.kind for one in share):
            ids = [one.wait_id for one in share if one.kind is kind]
            done += _climb(climbers[kind], kind, ids)
    work.commit()
    return done


def _climb(climb: Climb, kind: Subject, ids: Sequence[str]) -> int:
    """In one transaction; when that fails, each half in one of its own, so that one that fails is
    at last alone and hides no other. Returns how many were climbed."""
    try:
        climbed = climb(ids, clock.now())
        work.commit()
        return len(climbed)
    except Exception as error:  # noqa: BLE001
        work.rollback()
        if len(ids) == 1:
            log.error("sweep failed for one %s: %s", kind, without_words(error))
            return 0
    middle = len(ids) // 2
    return _climb(climb, kind, ids[:middle]) + _climb(climb, kind, ids[middle:])
