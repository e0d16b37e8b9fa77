"""The sweep: finds every knock for which something is due. Commits a knock at a time, so that one
that fails keeps none of the others from being seen."""

import logging

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.extensions import db

from .ladder import climb
from .models import Knock

log = logging.getLogger(__name__)

BATCH = 200


def due_ids(limit: int = BATCH, *, besides: frozenset[str] = frozenset()) -> list[str]:
    """Ids of the knocks that are due, the longest waiting first."""
    query = (
        select(Knock.id)
        .where(Knock.next_rung_at <= clock.now())
        .order_by(Knock.next_rung_at)
        .limit(limit + len(besides))
    )
    return [i for i in db.session.scalars(query) if i not in besides][:limit]


def sweep() -> int:
    """Climb every ladder that is due, each knock committed by itself. Returns how many.

    Two sweeps at once do no harm: a row is locked while its rung is climbed, and notices have a
    unique cause.
    """
    done = 0
    failed: set[str] = set()
    while ids := due_ids(besides=frozenset(failed)):
        for knock_id in ids:
            try:
                row = db.session.get(Knock, knock_id, with_for_update={"skip_locked": True})
                if row is None or not climb(row, clock.now()):
                    failed.add(knock_id)  # another has it, or nothing was due after all
                    work.rollback()
                    continue
                work.commit()
                done += 1
            except Exception:
                work.rollback()
                failed.add(knock_id)
                log.exception("sweep failed for one knock")
    return done
