"""What somebody had taken who no longer works here goes back to the others. The sweep's worker sees
to it every minute; the queue takes no part.
"""

import logging
from datetime import timedelta

from sqlalchemy import exists, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import without_words
from elevhalsa.core.i18n import alphabetical
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import ladder, moves, queries
from .models import Knock
from .words import State

log = logging.getLogger(__name__)

SOON = timedelta(days=14)


def let_go(staff: Staff) -> int:
    """All that one person has waits again, by the dates that it had, and those who may take it are
    told. Returns how many knocks."""
    mine = select(Knock).where(Knock.taken_by_id == staff.id, Knock.state == State.TAKEN)
    return sum(_give_back(knock) for knock in db.session.scalars(mine).all())


def return_what_was_left() -> int:
    """As ``let_go``, of everybody whose account has ended; each knock is committed, and one that
    fails keeps no other back. Doing it twice does no harm. Returns how many knocks."""
    ids = db.session.scalars(
        select(Knock.id)
        .join(Knock.taken_by)
        .where(Knock.state == State.TAKEN, ~Staff.works_on(clock.today()))
        .order_by(Knock.deadline_at)
    ).all()
    work.commit()
    done = 0
    for knock_id in ids:
        try:
            done += _give_back(db.session.get_one(Knock, knock_id))
            work.commit()
        except Exception as error:  # noqa: BLE001  (one that fails hides no other)
            work.rollback()
            log.error("one knock could not be given back: %s", without_words(error))
    return done


def _give_back(knock: Knock) -> bool:
    lock(knock)
    holder = knock.taken_by
    if holder is None or knock.state is not State.TAKEN:
        return False
    moves.wait_again(knock)
    audit.record(
        Action.RELEASED,
        municipality_id=knock.municipality_id,
        staff_id=holder.id,
        about=knock.about,
    )
    cause = f"released:{clock.now().timestamp():.0f}"
    ladder.tell_of_new(knock, cause=cause, besides=holder)
    return True


def soon_leaving_with_knocks(coordinator: Staff) -> list[Staff]:
    """Whose account ends within SOON while they have something open, by date and name. What the
    coordinator must not know of does not count."""
    today = clock.today()
    has_open = exists().where(
        Knock.taken_by_id == Staff.id,
        Knock.state == State.TAKEN,
        ~queries.avoids(coordinator.id),
    )
    query = select(Staff).where(
        Staff.municipality_id == coordinator.municipality_id,
        Staff.works_on(today),
        Staff.ends_on <= today + SOON,
        has_open,
    )
    with work.beyond(work.Beyond.COUNTS):
        found = db.session.scalars(query).all()
    return sorted(found, key=lambda staff: (staff.ends_on or today, alphabetical(staff.name)))
