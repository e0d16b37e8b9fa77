"""Post notices in the transaction of their cause, and mark what has been seen. What becomes of a
posted row is the outbox's (``outbox``)."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Date,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
    update,
)

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people.models import Reach, Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.rows import insert_each_once
from elevhalsa.extensions import db

from . import kinds
from .kinds import KINDS
from .models import About, Channel, Kind, Notice, Subject
from .words import Audience

JOB = "send_notices"
"""What workers.jobs calls it."""

# Tables of packages that come after this one: only their names are known here.
_subscriptions = table("push_subscription", column("staff_id"), column("device_id"))
_devices_of_knocks = table("device_knock", column("device_id"), column("knock_id"))
_addresses = table("reminder_address", column("knock_id"))

_ids: BindParameter[str] = bindparam("ids", expanding=True)
_REMINDED = union_all(
    select(_devices_of_knocks.c.knock_id)
    .join(_subscriptions, _subscriptions.c.device_id == _devices_of_knocks.c.device_id)
    .where(_devices_of_knocks.c.knock_id.in_(_ids)),
    select(_addresses.c.knock_id).where(_addresses.c.knock_id.in_(_ids)),
)
_IS_UNSEEN = and_(
    Notice.seen_at.is_(None),
    or_(Notice.channel.in_((Channel.APP, Channel.PUSH)), Notice.sent_at.is_(None)),
)
"""What has been seen in the app need not be sent either."""
_staff_ids: BindParameter[str] = bindparam("staff_ids", expanding=True)
_WAYS = union_all(
    select(_subscriptions.c.staff_id, literal("pushed to")).where(
        _subscriptions.c.staff_id.in_(_staff_ids)
    ),
    select(Reach.staff_id, literal("no push")).where(
        Reach.staff_id.in_(_staff_ids), ~Reach.by_push
    ),
    select(Reach.staff_id, literal("no letter")).where(
        Reach.staff_id.in_(_staff_ids), ~Reach.by_email
    ),
    select(Reach.staff_id, literal("sms"))
    .join(Staff, Staff.id == Reach.staff_id)
    .join(Municipality, Municipality.id == Staff.municipality_id)
    .where(
        Reach.staff_id.in_(_staff_ids),
        Reach.phone.is_not(None),
        Municipality.private_numbers_from <= bindparam("day", type_=Date),
    ),
)
"""How each of the staff has chosen to be told, and may be."""


@dataclass(frozen=True)
class Receiver:
    """As much of one of the staff as it takes to tell them."""

    id: str
    municipality_id: str
    is_professional: bool


@dataclass(frozen=True)
class ToStaff:
    """Staff who are to be told of something, in one row a receiver and channel that the kind has
    words for (``kinds``). A push is only posted to those who have asked for any."""

    kind: Kind
    receivers: Sequence[Staff | Receiver]
    cause: str
    """E.g. "knock:<id>:0"; at most 60 characters. Rows with the same cause are posted once."""
    about: About | None = None
    told_as: Audience | None = None
    """COORDINATOR for those who are told because they coordinate, whatever else they are."""
    not_before: datetime | None = None
    """What is sent waits in the outbox until then, and can be taken back (``take_back``); in the
    app it is told at once."""
    due_at: datetime | None = None
    """*Senast* of what it is about: of what waits to be sent, the nearest leaves first."""
    figures: str | None = None
    """Of a kind that counts: as ``Notice`` has them."""


@dataclass(frozen=True)
class ToPupil:
    """A pupil who has asked to be reminded: on a device that opens the knock, or by an address
    given for it. Of any other nothing is noted."""

    kind: Kind
    about: About
    municipality_id: str
    cause: str
    """As in ``ToStaff``."""
    useful_until: datetime | None = None
    """None: as long as is usual for the kind."""
    due_at: datetime | None = None
    """As in ``ToStaff``."""


Told = ToStaff | ToPupil


def post(
    kind: Kind,
    receivers: Sequence[Staff | Receiver],
    *,
    cause: str,
    about: About | None = None,
    told_as: Audience | None = None,
    not_before: datetime | None = None,
    due_at: datetime | None = None,
) -> None:
    """Tell staff, see ``ToStaff``."""
    post_all([ToStaff(kind, receivers, cause, about, told_as, not_before, due_at)])


def post_to_pupil(
    kind: Kind,
    *,
    about: About,
    municipality_id: str,
    cause: str,
    useful_until: datetime | None = None,
    due_at: datetime | None = None,
) -> None:
    """Tell a pupil, see ``ToPupil``."""
    post_all([ToPupil(kind, about, municipality_id, cause, useful_until, due_at)])


def post_all(told: Collection[Told]) -> None:
    """Tell them all, in as many statements as it takes to tell one."""
    to_staff = [(one, _channels(one)) for one in told if isinstance(one, ToStaff)]
    to_pupils = [one for one in told if isinstance(one, ToPupil)]
    ways = _ways_of(
        {
            staff_id
            for _one, channels in to_staff
            for staff_id, some in channels.items()
            if set(some) - {Channel.APP}
        }
    )
    reminded = _reminded(to_pupils)
    rows = [
        _row(
            one.kind,
            channel,
            staff.municipality_id,
            f"{one.cause}:{staff.id}",
            one.about,
            None,
            one.due_at,
            staff_id=staff.id,
            told_as=one.told_as,
            not_before=one.not_before,
            figures=one.figures,
        )
        for one, channels in to_staff
        for staff in one.receivers
        for channel in _chosen(one.kind, channels[staff.id], ways.get(staff.id, set()))
    ]
    rows += [
        _row(
            one.kind,
            channel,
            one.municipality_id,
            f"{one.cause}:pupil",
            one.about,
            one.useful_until,
            one.due_at,
        )
        for one in to_pupils
        if one.about in reminded
        for channel in kinds.telling(one.kind, Audience.PUPIL).channels
    ]
    add(rows)


def _channels(told: ToStaff) -> dict[str, tuple[Channel, ...]]:
    """By whom of the staff."""
    return {
        staff.id: kinds.telling(told.kind, told.told_as or kinds.audience_of(staff)).channels
        for staff in told.receivers
    }


def waiting_for(kind: Kind, municipality_id: str) -> set[str]:
    """Ids of the staff whom something of a kind is still to be sent to."""
    query = select(Notice.staff_id).where(
        Notice.municipality_id == municipality_id,
        Notice.kind == kind,
        Notice.sent_at.is_(None),
        Notice.given_up_at.is_(None),
    )
    return {one for one in db.session.scalars(query) if one}


def _row(
    kind: Kind,
    channel: Channel,
    municipality_id: str,
    cause: str,
    about: About | None,
    useful_until: datetime | None,
    due_at: datetime | None,
    *,
    staff_id: str | None = None,
    told_as: Audience | None = None,
    not_before: datetime | None = None,
    figures: str | None = None,
) -> Notice:
    now = clock.now()
    return Notice(
        id=new_id(),
        municipality_id=municipality_id,
        staff_id=staff_id,
        told_as=told_as,
        kind=kind,
        channel=channel,
        figures=figures,
        about_kind=about.kind if about else Subject.KNOCK,
        about_id=about.id if about else None,
        cause=f"{cause}:{channel}",
        created_at=now,
        not_before=not_before or now,
        due_at=due_at or not_before or now,
        useful_until=useful_until or (not_before or now) + KINDS[kind].useful_for,
        # A notice in the app is there as soon as it is written.
        sent_at=now if channel is Channel.APP else None,
    )


def _chosen(kind: Kind, channels: Sequence[Channel], ways: Collection[str]) -> list[Channel]:
    """Of the channels that a kind has words for, those that one person has chosen. What was asked
    for at this moment, or has to be kept, comes whatever was chosen."""
    found: list[Channel] = [one for one in channels if one is not Channel.PUSH]
    if "no letter" in ways and not (KINDS[kind].at_any_hour or KINDS[kind].by_duty):
        found = [channel for channel in found if channel is not Channel.EMAIL]
    if Channel.PUSH in channels:
        found += [Channel.PUSH] if "pushed to" in ways and "no push" not in ways else []
        found += [Channel.SMS] if "sms" in ways else []
    return found


def _ways_of(staff_ids: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if staff_ids:
        known = {"staff_ids": list(staff_ids), "day": clock.today()}
        for staff_id, way in db.session.execute(_WAYS, known):
            found.setdefault(staff_id, set()).add(way)
    return found


def _reminded(told: Collection[ToPupil]) -> set[About]:
    """What has a device that opens it and takes pushes, or an address."""
    if not told:
        return set()
    found = set(db.session.scalars(_REMINDED, {"ids": [one.about.id for one in told]}))
    return {one.about for one in told if one.about.id in found}


def add(rows: Iterable[Notice]) -> None:
    """Write rows whose cause is not known yet, in one statement: of two transactions that tell
    the same at once, the second waits for the first. A worker is woken for those that are due."""
    wanted = {row.cause: row for row in rows}
    db.session.flush()  # of what the rows point at
    now = clock.now()
    # In one order, so that two that post the same causes do not wait for each other.
    for row in insert_each_once([row for _cause, row in sorted(wanted.items())]):
        if row.channel is not Channel.APP and row.not_before <= now:
            wake(row.id)


def take_back(cause: str, receiver: Staff) -> bool:
    """What was posted to one of the staff with this cause is not told: what has not left does not
    leave. True when something has left, or may have: then it is to be corrected."""
    mine = Notice.cause.in_([f"{cause}:{receiver.id}:{channel}" for channel in Channel])
    untouched = and_(
        Notice.sent_at.is_(None), Notice.started_at.is_(None), Notice.claimed_until.is_(None)
    )
    db.session.execute(
        update(Notice)
        .where(mine, untouched, Notice.channel != Channel.APP)
        .values(given_up_at=clock.now(), error="undone")
    )
    left = exists().where(mine, Notice.channel != Channel.APP, Notice.given_up_at.is_(None))
    has_left = bool(db.session.scalar(select(left)))
    if not has_left:
        db.session.execute(delete(Notice).where(mine, Notice.channel == Channel.APP))
    return has_left


def wake(notice_id: str) -> None:
    """Tell a worker of a row that is due, once the transaction has been committed."""
    work.later(JOB, notice_id)


def for_staff(staff: Staff, *, limit: int = 50, only_as: Audience | None = None) -> list[Notice]:
    """What one person has been told in the app, newest first.

    only_as: leaves out what somebody who is professional and coordinator was told as the other.
    """
    query = select(Notice).where(Notice.staff_id == staff.id, Notice.channel == Channel.APP)
    if only_as and only_as is not kinds.audience_of(staff):
        query = query.where(Notice.told_as == only_as)
    return list(
        db.session.scalars(query.order_by(Notice.created_at.desc(), Notice.id).limit(limit))
    )


def told_of_new(about: About) -> dict[str, int]:
    """How many were told when it came, by profession or "coordinator"."""
    query = (
        select(Notice.told_as, Staff.profession, func.count())
        .join(Staff, Staff.id == Notice.staff_id)
        .where(
            Notice.is_about(about),
            Notice.kind == Kind.NEW_KNOCK,
            Notice.channel == Channel.APP,
            Notice.cause.like("%:0:%"),
        )
        .group_by(Notice.told_as, Staff.profession)
    )
    found: Counter[str] = Counter()
    for told_as, profession, number in db.session.execute(query):
        as_professional = profession if told_as is not Audience.COORDINATOR else None
        found[as_professional.value if as_professional else Audience.COORDINATOR.value] += number
    return dict(found)


def unseen_count(staff: Staff, *, at_most: int = 99) -> int:
    rows = db.session.scalars(
        select(Notice.id)
        .where(Notice.staff_id == staff.id, Notice.channel == Channel.APP, Notice.seen_at.is_(None))
        .limit(at_most)
    )
    return len(rows.all())


def mark_seen(staff: Staff, *, about: About | None = None, until: datetime | None = None) -> None:
    """All of one person's notices in the app, or those about one thing. What waits to be sent is
    then of no use either. until: only what had been posted by then."""
    query = update(Notice).where(Notice.staff_id == staff.id, _IS_UNSEEN)
    if about:
        query = query.where(Notice.is_about(about))
    if until:
        query = query.where(Notice.created_at <= until)
    db.session.execute(query.values(seen_at=clock.now()))


def no_longer_for_others(about: About, *, besides: Collection[str]) -> None:
    """What staff were told of it in the app, and have not seen, is nothing new to them any more: it
    leads to what they may no longer see. Coordinators, who are told of counts, keep it.

    besides: ids of those who may see it.
    """
    db.session.execute(
        update(Notice)
        .where(
            Notice.is_about(about),
            Notice.staff_id.is_not(None),
            Notice.staff_id.not_in(besides),
            Notice.told_as.is_distinct_from(Audience.COORDINATOR),
            _IS_UNSEEN,
        )
        .values(seen_at=clock.now())
    )


def mark_seen_by_pupil(about: About, *, until: datetime | None = None) -> None:
    """The pupil has it on a screen: no more reminders of what is there. until: as above."""
    query = update(Notice).where(
        Notice.is_about(about), Notice.staff_id.is_(None), Notice.seen_at.is_(None)
    )
    if until:
        query = query.where(Notice.created_at <= until)
    db.session.execute(query.values(seen_at=clock.now()))
