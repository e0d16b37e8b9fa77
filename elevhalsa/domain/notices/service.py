"""Post notices in the transaction of their cause; claim and settle them when they are sent."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import column, exists, or_, select, table, update
from sqlalchemy.exc import IntegrityError

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from .models import About, Channel, Kind, Notice, Subject

CLAIM_LASTS = timedelta(minutes=2)
"""Longer than a send can take (SMTP timeouts included), so that two never send at once."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
USEFUL_FOR = timedelta(days=3)

JOB = "send_notices"
"""What workers.jobs calls it."""

# Tables of packages that come after this one: only their names are known here.
_subscriptions = table("push_subscription", column("staff_id"), column("device_id"))
_devices_of_knocks = table("device_knock", column("device_id"), column("knock_id"))
_addresses = table("reminder_address", column("knock_id"))


def post(
    kind: Kind,
    receivers: Iterable[Staff],
    *,
    cause: str,
    about: About | None = None,
    channels: tuple[Channel, ...] = (Channel.APP, Channel.EMAIL, Channel.PUSH),
    useful_for: timedelta = USEFUL_FOR,
) -> None:
    """Tell staff: one row a receiver and channel. Rows with the same cause are posted only once.

    A push is only posted to those who have asked for any.
    cause: e.g. "knock:<id>:0"; at most 60 characters.
    """
    people = list(receivers)
    reminded = _with_push([staff.id for staff in people]) if Channel.PUSH in channels else set()
    until = clock.now() + useful_for
    add(
        _row(kind, channel, staff.municipality_id, f"{cause}:{staff.id}", about, until, staff.id)
        for staff in people
        for channel in channels
        if channel is not Channel.PUSH or staff.id in reminded
    )


def post_to_pupil(
    kind: Kind,
    *,
    about: About,
    municipality_id: str,
    cause: str,
    useful_until: datetime | None = None,
) -> None:
    """Tell a pupil who has asked to be reminded: on a device that opens the knock, or by an
    address given for it. Of any other nothing is noted.

    cause: as in ``post``. useful_until: three days from now when left out.
    """
    if not _is_reminded(about):
        return
    until = useful_until or clock.now() + USEFUL_FOR
    add(
        _row(kind, channel, municipality_id, f"{cause}:pupil", about, until, None)
        for channel in (Channel.APP, Channel.PUSH)
    )


def _row(
    kind: Kind,
    channel: Channel,
    municipality_id: str,
    cause: str,
    about: About | None,
    useful_until: datetime,
    staff_id: str | None,
) -> Notice:
    now = clock.now()
    return Notice(
        id=new_id(),
        municipality_id=municipality_id,
        staff_id=staff_id,
        kind=kind,
        channel=channel,
        about_kind=about.kind if about else Subject.KNOCK,
        about_id=about.id if about else None,
        cause=f"{cause}:{channel}",
        created_at=now,
        not_before=now,
        useful_until=useful_until,
        # A notice in the app is there as soon as it is written.
        sent_at=now if channel is Channel.APP else None,
    )


def _with_push(staff_ids: Collection[str]) -> set[str]:
    if not staff_ids:
        return set()
    staff_id = _subscriptions.c.staff_id
    return set(db.session.scalars(select(staff_id).where(staff_id.in_(staff_ids))))


def _is_reminded(about: About) -> bool:
    shown = _devices_of_knocks.c
    by_device = exists().where(
        shown.knock_id == about.id, shown.device_id == _subscriptions.c.device_id
    )
    by_address = exists().where(_addresses.c.knock_id == about.id)
    return bool(db.session.scalar(select(by_device | by_address)))


def add(rows: Iterable[Notice]) -> None:
    """Write rows whose cause is not known yet. A worker is woken for those that are due."""
    wanted = list(rows)
    causes = [row.cause for row in wanted]
    known = set(db.session.scalars(select(Notice.cause).where(Notice.cause.in_(causes))))
    fresh = [row for row in wanted if row.cause not in known]
    if not _insert(*fresh):  # another transaction was first with one of them
        fresh = [row for row in fresh if _insert(row)]
    now = clock.now()
    for row in fresh:
        if row.channel is not Channel.APP and row.not_before <= now:
            wake(row)


def _insert(*rows: Notice) -> bool:
    """False when the cause of one of them stands in the table already: then none is written."""
    try:
        with db.session.begin_nested():
            db.session.add_all(rows)
    except IntegrityError:
        return False
    return True


def wake(row: Notice) -> None:
    """Tell a worker of a row that is due, once the transaction has been committed."""
    work.later(JOB, row.id)


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
    if permanent or (notice.useful_until and now >= notice.useful_until):
        give_up(notice, error)
    else:
        again(notice, error, at=now + wait_before_attempt(notice.attempts + 1))


def give_up(notice: Notice, error: str) -> None:
    notice.error = error[:80]
    notice.claimed_until = None
    notice.given_up_at = clock.now()


def again(notice: Notice, error: str, *, at: datetime) -> None:
    """It did not leave; try again then."""
    notice.error = error[:80]
    notice.claimed_until = None
    notice.started_at = None
    notice.not_before = at


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


def mark_seen(staff: Staff, *, about: About | None = None) -> None:
    """All of one person's notices in the app, or those about one thing. A push that waits is then
    of no use either."""
    query = update(Notice).where(
        Notice.staff_id == staff.id,
        Notice.channel.in_((Channel.APP, Channel.PUSH)),
        Notice.seen_at.is_(None),
    )
    if about:
        query = query.where(Notice.is_about(about))
    db.session.execute(query.values(seen_at=clock.now()))


def mark_seen_by_pupil(about: About) -> None:
    """The pupil has it on a screen: no more reminders of what is there."""
    db.session.execute(
        update(Notice)
        .where(Notice.is_about(about), Notice.staff_id.is_(None), Notice.seen_at.is_(None))
        .values(seen_at=clock.now())
    )
