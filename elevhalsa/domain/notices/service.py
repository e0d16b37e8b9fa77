"""Post notices in the transaction of their cause; claim and settle them when they are sent."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import or_, select, update

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from .models import Channel, Kind, Notice

CLAIM_LASTS = timedelta(minutes=2)
"""Longer than a send can take (SMTP timeouts included), so that two never send at once."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
USEFUL_FOR = timedelta(days=3)

_POSTED = "posted_notices"


def post(
    kind: Kind,
    receivers: Iterable[Staff],
    *,
    cause: str,
    knock_id: str | None = None,
    channels: tuple[Channel, ...] = (Channel.APP, Channel.EMAIL),
    useful_for: timedelta = USEFUL_FOR,
) -> None:
    """Add one row a receiver and channel. Rows with the same cause are posted only once.

    cause: e.g. "knock:<id>:0"; at most 60 characters.
    """
    now = clock.now()
    rows = [
        Notice(
            id=new_id(),
            municipality_id=staff.municipality_id,
            staff_id=staff.id,
            kind=kind,
            channel=channel,
            knock_id=knock_id,
            cause=f"{cause}:{staff.id}:{channel}",
            created_at=now,
            not_before=now,
            useful_until=now + useful_for,
            # A notice in the app is there as soon as it is written.
            sent_at=now if channel is Channel.APP else None,
        )
        for staff in receivers
        for channel in channels
    ]
    known = set(
        db.session.scalars(select(Notice.cause).where(Notice.cause.in_([r.cause for r in rows])))
    )
    fresh = [row for row in rows if row.cause not in known]
    db.session.add_all(fresh)
    posted = db.session().info.setdefault(_POSTED, [])
    posted += [row.id for row in fresh if row.channel is not Channel.APP]


def take_posted() -> list[str]:
    """Ids of rows posted in this session since the last call: those to wake a worker for."""
    ids: list[str] = db.session().info.pop(_POSTED, [])
    return ids


def waiting(limit: int) -> list[str]:
    """Ids of rows that are due to be sent and that nobody has claimed, oldest first."""
    now = clock.now()
    return list(
        db.session.scalars(
            select(Notice.id)
            .where(
                Notice.sent_at.is_(None),
                Notice.given_up_at.is_(None),
                Notice.not_before <= now,
                or_(Notice.claimed_until.is_(None), Notice.claimed_until <= now),
            )
            .order_by(Notice.not_before)
            .limit(limit)
        )
    )


def claim(notice_id: str) -> Notice | None:
    """Take a row for sending. None when it was sent, given up, or another has it.

    The caller commits before it sends, so that a second worker sees the claim.
    """
    now = clock.now()
    claimed = changed(
        update(Notice)
        .where(
            Notice.id == notice_id,
            Notice.sent_at.is_(None),
            Notice.given_up_at.is_(None),
            Notice.not_before <= now,
            or_(Notice.claimed_until.is_(None), Notice.claimed_until <= now),
        )
        .values(claimed_until=now + CLAIM_LASTS, attempts=Notice.attempts + 1)
    )
    if claimed != 1:
        return None
    return db.session.get(Notice, notice_id, populate_existing=True)


def sent(notice: Notice) -> None:
    notice.sent_at = clock.now()
    notice.claimed_until = None
    notice.error = None


def failed(notice: Notice, error: str, *, permanent: bool) -> None:
    """Try again later, doubling the wait from a minute to an hour, until it is of no use."""
    now = clock.now()
    notice.error = error[:80]
    notice.claimed_until = None
    if permanent or (notice.useful_until and now >= notice.useful_until):
        notice.given_up_at = now
    else:
        notice.not_before = now + wait_before_attempt(notice.attempts + 1)


def wait_before_attempt(attempt: int) -> timedelta:
    """1, 2, 4 … 60 minutes before the second, third, fourth … attempt."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 2, 10))


def for_staff(staff: Staff, *, limit: int = 50) -> list[Notice]:
    """What one person has been told in the app, newest first."""
    return list(
        db.session.scalars(
            select(Notice)
            .where(Notice.staff_id == staff.id, Notice.channel == Channel.APP)
            .order_by(Notice.created_at.desc(), Notice.id)
            .limit(limit)
        )
    )


def unseen_count(staff: Staff, *, at_most: int = 99) -> int:
    rows = db.session.scalars(
        select(Notice.id)
        .where(Notice.staff_id == staff.id, Notice.channel == Channel.APP, Notice.seen_at.is_(None))
        .limit(at_most)
    )
    return len(rows.all())


def mark_seen(staff: Staff, *, knock_id: str | None = None) -> None:
    """All of one person's notices in the app, or those about one knock."""
    query = update(Notice).where(
        Notice.staff_id == staff.id, Notice.channel == Channel.APP, Notice.seen_at.is_(None)
    )
    if knock_id:
        query = query.where(Notice.knock_id == knock_id)
    db.session.execute(query.values(seen_at=clock.now()))
