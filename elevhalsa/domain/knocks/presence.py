"""Who has a knock's page in front of them just now, so that two colleagues do not answer at once.

Told only to those who may read the knock from behind the same wall. It is no event of the audit,
and is forgotten within minutes.
"""

from datetime import timedelta

from sqlalchemy import delete, exists, select, update

from elevhalsa.core import clock
from elevhalsa.core.walls import professions_behind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed, insert_once
from elevhalsa.extensions import db

from .models import Avoided, Knock, Presence

LASTS = timedelta(minutes=2)
"""After the page was last said to be in front of somebody."""
RENEWED = timedelta(seconds=40)
"""It is written down anew no more often than this, however often the page says so."""


def note(staff: Staff, knock: Knock) -> None:
    """``staff`` has the page in front of them."""
    now = clock.now()
    mine = (Presence.knock_id == knock.id, Presence.staff_id == staff.id)
    known = db.session.scalar(select(Presence.at).where(*mine))
    if known is None:
        insert_once(Presence(knock_id=knock.id, staff_id=staff.id, at=now))
    elif now - known >= RENEWED:
        db.session.execute(update(Presence).where(*mine).values(at=now))


def others(staff: Staff, knock: Knock) -> list[Staff]:
    """The colleagues who have it open too, whoever came first first."""
    avoided = exists().where(Avoided.knock_id == knock.id, Avoided.staff_id == Staff.id)
    return list(
        db.session.scalars(
            select(Staff)
            .join(Presence, Presence.staff_id == Staff.id)
            .where(
                Presence.knock_id == knock.id,
                Presence.at > clock.now() - LASTS,
                Staff.id != staff.id,
                Staff.works_on(clock.today()),
                Staff.profession.in_(professions_behind(staff.wall)),
                ~avoided,
            )
            .order_by(Presence.at, Staff.id)
        )
    )


def forget_old() -> int:
    """Delete what is over. Returns how many."""
    return changed(delete(Presence).where(Presence.at <= clock.now() - LASTS))
