"""The sweep: finds everything that is waited for and whose next rung is due. Commits a rung at a
time, so that one that fails keeps none of the others from being seen."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.domain.about import Subject
from elevhalsa.extensions import db

from .models import Wait

log = logging.getLogger(__name__)

BATCH = 200

Climb = Callable[[str, datetime], bool]
"""Does what is due for a wait of an id. True when something was done; safe to call twice. It locks
what the wait is about, and passes by what another has locked."""


def due(
    kinds: Collection[Subject] = tuple(Subject),
    limit: int = BATCH,
    *,
    besides: frozenset[str] = frozenset(),
) -> list[tuple[str, Subject]]:
    """Ids of the waits that are due and what they are about, the longest waiting first.

    kinds: of what may be looked at; a newer release may have left others in the table.
    """
    query = (
        select(Wait.id, Wait.about_kind)
        .where(Wait.next_rung_at <= clock.now(), Wait.about_kind.in_(kinds))
        .order_by(Wait.next_rung_at)
        .limit(limit + len(besides))
    )
    found = db.session.execute(query)
    return [(wait_id, kind) for wait_id, kind in found if wait_id not in besides][:limit]


def sweep(climbers: Mapping[Subject, Climb]) -> int:
    """Climb every rung that is due, each committed by itself. Returns how many.

    climbers: who climbs for which kind of subject. Two sweeps at once do no harm: a row is locked
    while its rung is climbed, and notices have a unique cause.
    """
    done = 0
    failed: set[str] = set()
    while found := due(climbers, besides=frozenset(failed)):
        work.commit()
        for wait_id, kind in found:
            try:
                if not climbers[kind](wait_id, clock.now()):
                    failed.add(wait_id)  # another has it, or nothing was due after all
                    work.rollback()
                    continue
                work.commit()
                done += 1
            except Exception as error:  # noqa: BLE001  (one that fails hides no other)
                work.rollback()
                failed.add(wait_id)
                log.error("sweep failed for one %s: %s", kind, without_words(error))
    return done
