"""The sweep: finds everything that is waited for and whose next rung is due. Commits some
rungs at a time, so that a crash leaves little to be done again, and none of it done in part.

Several workers share a sweep: each takes the next share that no other holds (``SKIP LOCKED``).
"""

import logging
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

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


def due(
    kinds: Collection[Subject] = tuple(Subject),
    limit: int = TOGETHER,
    *,
    besides: Collection[str] = (),
) -> list[tuple[str, Subject]]:
    """Ids of the waits that are due and held by no other, the longest waiting first, and what they
    are about. Locked until the transaction ends.

    kinds: of what may be looked at; a newer release may have left others in the table.
    """
    query = (
        select(Wait.id, Wait.about_kind)
        .where(Wait.next_rung_at <= clock.now(), Wait.about_kind.in_(kinds))
        .order_by(Wait.next_rung_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if besides:
        query = query.where(Wait.id.not_in(besides))
    return [(wait_id, kind) for wait_id, kind in db.session.execute(query)]


def sweep(climbers: Mapping[Subject, Climb], *, seconds: float = math.inf) -> int:
    """Climb every rung that is due. Returns how many.

    climbers: who climbs for which kind of subject. seconds: no more is begun after them. Any number
    of sweeps at once do no harm: a row is locked while its rung is climbed, and notices have a
    unique cause.
    """
    done, stop_at = 0, time.monotonic() + seconds
    failed: set[str] = set()
    while time.monotonic() < stop_at and (share := due(climbers, besides=failed)):
        for kind in dict.fromkeys(about for _wait_id, about in share):
            ids = [wait_id for wait_id, about in share if about is kind]
            climbed = _climb(climbers[kind], kind, ids)
            failed.update(set(ids) - climbed)  # another has it, or nothing was due after all
            done += len(climbed)
    work.commit()
    return done


def _climb(climb: Climb, kind: Subject, ids: Sequence[str]) -> set[str]:
    """In one transaction; when that fails, each half in one of its own, so that one that fails is
    at last alone and hides no other. Returns those that were climbed."""
    try:
        climbed = climb(ids, clock.now())
        work.commit()
        return set(climbed)
    except Exception as error:  # noqa: BLE001
        work.rollback()
        if len(ids) == 1:
            log.error("sweep failed for one %s: %s", kind, without_words(error))
            return set()
    middle = len(ids) // 2
    return _climb(climb, kind, ids[:middle]) | _climb(climb, kind, ids[middle:])
