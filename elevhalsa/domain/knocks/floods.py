"""Many alike at once: taken in as any other, with the same promise, but set aside in the inbox so
that the one among them who needs somebody is seen. Nothing here commits.

The number on a row says that knocks came in the same flood, and nothing of where from: which place
has which number is known to the limiter's store alone, for an hour (``web.floods``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import changed
from elevhalsa.domain.sealing.columns import open_at
from elevhalsa.extensions import db

from . import alike, ladder, moves, queries
from .alike import Traits
from .models import Device, DeviceKnock, Dismissal, Knock, Message
from .rules import Asked
from .words import State

FLOODED = "flooded"
"""Noted when a flood begins (``notices.schedule``), for whoever runs the service."""
TAKEN_BACK_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Flood:
    """Where a knock comes from, or where it goes to, there is one."""

    number: str
    lately: Sequence[str]
    """Ids of the knocks that came before it in the flood, the newest last."""
    begins: bool
    """With this knock: those before it are set aside too."""


_HERE, _THERE, _EARLIER = aliased(DeviceKnock), aliased(DeviceKnock), aliased(Knock)
"""Made once: to make them is a third of what all that a knock in a flood asks for costs."""
_SAID = (
    select(Knock.id, Knock.phone, Knock.email, Message.id, Message.text)
    .outerjoin(Message, and_(Message.knock_id == Knock.id, Message.form_hash == Knock.form_hash))
    .order_by(Knock.knocked_at, Knock.id)
)

# --- what comes in -------------------------------------------------------------------------------


def number_for(asked: Asked, flood: Flood | None, device: Device | None) -> str | None:
    """Of the flood that a knock is set aside with; None when it stands by itself.

    device: the browser that it comes from, if it has been here before.
    """
    if flood is None:
        return None
    is_known = device is not None and _knew_us(device)
    one = Traits.of(asked.text, asked.phone or asked.email, is_known=is_known)
    others = _traits(flood.lately[-alike.COMPARED :])
    return None if alike.stands_out(one, list(others.values())) else flood.number


def gather(flood: Flood) -> None:
    """Set aside those that came before it was known to be a flood, but for what staff have read or
    taken, what its pupil has written to since, and what differs."""
    traits = _traits(flood.lately)
    ids = list(traits)
    alike_ones = [
        one
        for number, one in enumerate(ids)
        if not alike.stands_out(traits[one], [traits[id] for id in _around(ids, number)])
    ]
    set_aside = (
        update(Knock)
        .where(
            Knock.id.in_(alike_ones),
            Knock.flood.is_(None),
            Knock.state == State.WAITING,
            Knock.awaits == Awaited.FIRST_CONTACT,
            Knock.read_at.is_(None),
            Knock.contact_changed_at.is_(None),
            or_(Knock.pupil_wrote_at.is_(None), Knock.pupil_wrote_at == Knock.knocked_at),
        )
        .values(flood=flood.number)
        .execution_options(synchronize_session=False)
    )
    with work.beyond(work.Beyond.FLOOD):
        db.session.execute(set_aside)


def _around(ids: Sequence[str], number: int) -> list[str]:
    """As many as are compared of those that came nearest to one of them."""
    start = max(0, min(number - alike.COMPARED // 2, len(ids) - alike.COMPARED - 1))
    return [one for one in ids[start : start + alike.COMPARED + 1] if one != ids[number]]


def _traits(knock_ids: Collection[str]) -> dict[str, Traits]:
    """Of those that are there, in the order of their coming."""
    query = _SAID.where(Knock.id.in_(knock_ids))
    with work.beyond(work.Beyond.FLOOD):
        found = db.session.execute(query.add_columns(_opened_by_who_knew_us())).all()
    return {
        id: Traits.of(
            open_at(Message.text, message_id, text),
            open_at(Knock.phone, id, phone) or open_at(Knock.email, id, email),
            is_known=bool(knew),
        )
        for id, phone, email, message_id, text, knew in found
    }


def _knew_us(device: Device) -> bool:
    query = select(DeviceKnock).join(Knock, Knock.id == DeviceKnock.knock_id)
    found = query.where(DeviceKnock.device_id == device.id, _is_earlier(Knock))
    return bool(db.session.scalar(select(found.exists())))


def _opened_by_who_knew_us() -> ColumnElement[bool]:
    """Of ``Knock``: a browser that opens it opens an earlier one too."""
    return exists().where(
        _HERE.knock_id == Knock.id,
        _THERE.device_id == _HERE.device_id,
        _EARLIER.id == _THERE.knock_id,
        _is_earlier(_EARLIER),
    )


def _is_earlier(knock: type[Knock]) -> ColumnElement[bool]:
    """Than any flood that goes on, and in none itself."""
    return and_(knock.knocked_at < clock.now() - alike.LONGEST, knock.flood.is_(None))


def stand_alone(knock: Knock) -> None:
    """Its pupil has done something more with it: from now on it is like any other, and those who
    were told of the flood are told of it."""
    if knock.flood is None:
        return
    knock.flood = None
    if knock.state is State.WAITING and knock.awaits is Awaited.FIRST_CONTACT:
        ladder.tell_of_new(knock, cause="0")


# --- what staff see and do -----------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """What one of the staff may read of a flood, and nothing of the rest."""

    number: str
    count: int
    nearest: datetime
    """*Senast* of the first of them."""


def groups(staff: Staff, *, school_id: str | None = None) -> list[Group]:
    """What is set aside and waits, the nearest in time first."""
    query = (
        select(Knock.flood, func.count(), func.min(Knock.deadline_at, type_=Knock.deadline_at.type))
        .where(queries.visible_to(staff), *queries.waits_aside())
        .group_by(Knock.flood)
        .order_by(func.min(Knock.deadline_at), Knock.flood)
    )
    if school_id:
        query = query.where(Knock.school_id == school_id)
    found = db.session.execute(query)
    return [Group(flood or "", count, nearest) for flood, count, nearest in found]


def newest(staff: Staff, number: str) -> str | None:
    """The id of the last that this person may read and that waits; None when there is none."""
    query = (
        select(Knock.id)
        .where(queries.visible_to(staff), *queries.waits_aside(), Knock.flood == number)
        .order_by(Knock.knocked_at.desc(), Knock.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def dismiss(staff: Staff, number: str, *, newest: str) -> int:
    """Take what this person may read of a flood out of the inbox, as far as ``newest``, the id of
    the last that was on the page. Returns how many.

    Each is closed as any other is: its pupil can write again, and then it is open. Raises Conflict
    when none is left.
    """
    last = db.session.get(Knock, newest)
    knocks = list(
        db.session.scalars(
            select(Knock)
            .where(queries.visible_to(staff), *queries.waits_aside(), Knock.flood == number)
            .where(Knock.knocked_at <= (last.knocked_at if last else clock.now()))
            .order_by(Knock.id)
            .options(*queries.WITHOUT_WORDS)
            .with_for_update(of=Knock)
            .execution_options(populate_existing=True)
        )
    )
    if not knocks or last is None or last.flood != number:
        raise Conflict(_("De ligger inte kvar i inkorgen."))
    now = clock.now()
    moves.dismiss(knocks, at=now)
    db.session.add(
        Dismissal(
            municipality_id=staff.municipality_id,
            flood=number,
            staff_id=staff.id,
            at=now,
            until=now + TAKEN_BACK_WITHIN,
        )
    )
    _record(Action.DISMISSED, staff, knocks)
    return len(knocks)


@dataclass(frozen=True)
class Dismissed:
    """What can be taken back, and how many of it one person may read."""

    row: Dismissal
    count: int


def dismissed(staff: Staff) -> list[Dismissed]:
    """What somebody has dismissed and can still be taken back, newest first."""
    found = db.session.execute(
        select(Dismissal, func.count())
        .join(Knock, _is_in(Dismissal))
        .where(Dismissal.until > clock.now(), queries.visible_to(staff))
        .group_by(Dismissal.id)
        .order_by(Dismissal.at.desc(), Dismissal.id)
    )
    return [Dismissed(row, count) for row, count in found]


def take_back(staff: Staff, dismissal_id: str) -> int:
    """As if they had not been dismissed: those that this person may read wait again, by the dates
    that they had. What its pupil has opened meanwhile stays as it is. Returns how many.

    Raises NotFound when there is nothing, or the days have passed.
    """
    knocks = list(
        db.session.scalars(
            select(Knock)
            .join(Dismissal, _is_in(Dismissal))
            .where(Dismissal.id == dismissal_id, Dismissal.until > clock.now())
            .where(queries.visible_to(staff))
            .order_by(Knock.id)
            .options(*queries.WITHOUT_WORDS)
            .with_for_update(of=Knock)
            .execution_options(populate_existing=True)
        )
    )
    if not knocks:
        raise NotFound(_("Det går inte att ta tillbaka."))
    moves.undo_dismiss(knocks)
    _record(Action.DISMISSAL_UNDONE, staff, knocks)
    return len(knocks)


def _is_in(dismissal: type[Dismissal]) -> ColumnElement[bool]:
    """Of ``Knock``: it was dismissed then, and nothing has happened with it since."""
    return and_(
        Knock.flood == dismissal.flood,
        Knock.municipality_id == dismissal.municipality_id,
        Knock.state == State.CLOSED,
        Knock.closed_at == dismissal.at,
    )


def _record(action: Action, staff: Staff, knocks: Sequence[Knock]) -> None:
    for knock in knocks:
        audit.record(
            action,
            by=work.staff(staff.id),
            municipality_id=knock.municipality_id,
            about=knock.about,
        )


def forget_expired() -> int:
    """Delete what cannot be taken back any more. Returns how many."""
    return changed(delete(Dismissal).where(Dismissal.until <= clock.now()))
