"""Finding knocks. Every query for staff starts from what that person may read (domain.serving)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import defer, joinedload

from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from .models import Avoided, Crossing, Knock, Transfer
from .words import State, Triage

PAGE_SIZE = 25
MOST_COUNTED = 1000
"""Counts stop here, so that a full inbox costs no more than a busy one."""


class Tab(StrEnum):
    WAITING = "waiting"
    MINE = "mine"
    OTHERS = "others"
    """What a colleague has."""
    DONE = "done"


_COLUMNS = serving.Columns(
    municipality_id=Knock.municipality_id,
    school_id=Knock.school_id,
    wall=Knock.wall,
    opened_wide_at=Knock.opened_wide_at,
    taken_by_id=Knock.taken_by_id,
)


def avoided_by(knock_ids: Collection[str]) -> dict[str, set[str]]:
    """Knock -> ids of the staff whom its pupil does not want to know of it."""
    query = select(Avoided.knock_id, Avoided.staff_id).where(Avoided.knock_id.in_(knock_ids))
    found: dict[str, set[str]] = {knock_id: set() for knock_id in knock_ids}
    for knock_id, staff_id in db.session.execute(query):
        found[knock_id].add(staff_id)
    return found


def matter_of(knock: Knock, avoided: Collection[str] | None = None) -> serving.Matter:
    """A knock, as what ``serving`` is asked about. avoided: asked for when left out."""
    return serving.Matter(
        municipality_id=knock.municipality_id,
        school_id=knock.school_id,
        wall=knock.wall,
        is_open_wide=knock.opened_wide_at is not None,
        avoided=avoided_by([knock.id])[knock.id] if avoided is None else avoided,
    )


def can_answer(knock: Knock, moment: datetime) -> set[Profession]:
    """The professions of those who are told of a knock at that moment and may take it: whom its
    pupil is told will be in touch are those whom ``serving`` names."""
    told = serving.At(moment).may_be_told(matter_of(knock))
    return {staff.profession for staff in told if staff.profession}


def avoids(staff_id: str) -> ColumnElement[bool]:
    """Of ``Knock``: its pupil does not want one person to know of it, as a condition."""
    return exists().where(Avoided.knock_id == Knock.id, Avoided.staff_id == staff_id)


def visible_to(staff: Staff) -> ColumnElement[bool]:
    """The knocks that one person may read now, as a condition; none for whom the pupil avoids."""
    if staff.wall is None:
        return Knock.id.is_(None)
    day = clock.today()
    return _visible(staff.id, staff.municipality_id, staff.wall, day)


@lru_cache(maxsize=1000)
def _visible(staff_id: str, municipality_id: str, wall: Wall, day: date) -> ColumnElement[bool]:
    """Made once a day for each person: the inbox asks for it five times a page."""
    readable = serving.may_read(staff_id, municipality_id, wall, _COLUMNS, day)
    return and_(readable, ~avoids(staff_id))


def get_for(staff: Staff, knock_id: str) -> Knock:
    """One knock that this person may see. Raises NotFound otherwise, without saying why."""
    knock = db.session.scalar(select(Knock).where(visible_to(staff), Knock.id == knock_id))
    if knock is None:
        raise NotFound(_("Knackningen finns inte, eller ligger bakom en sekretessgräns."))
    return knock


@dataclass(frozen=True)
class Page:
    """One screen of the inbox. ``next_key`` leads to the one after, None at the end."""

    knocks: list[Knock]
    anonymous: frozenset[str]
    """The ids of those that were left without a name."""
    next_key: str | None


WITHOUT_WORDS = [
    defer(column)
    for column in (Knock.phone, Knock.email, Knock.safe_times, Knock.name, Knock.school_class)
]
"""What the pupil wrote is decrypted where somebody reads it."""
_LISTED = (
    *WITHOUT_WORDS,
    joinedload(Knock.school).load_only(School.name),
    joinedload(Knock.taken_by).load_only(Staff.name),
    joinedload(Knock.wanted_staff).load_only(Staff.name),
)


def inbox(
    staff: Staff,
    tab: Tab,
    *,
    school_id: str | None = None,
    after: str | None = None,
    ended: tuple[datetime, datetime] | None = None,
    flood: str | None = None,
) -> Page:
    """One page of a tab. ``after`` is a ``next_key``; an unreadable one means the first page.

    ended: of what is done, only what ended from the first moment and before the second.
    flood: instead of what waits by itself, what has been set aside with this number (``floods``).
    """
    query = (
        _in_tab(staff, tab, school_id, flood).options(*_LISTED).add_columns(Knock.name.is_(None))
    )
    key = _read_key(after)
    if tab is not Tab.DONE:
        return _of_open(query, key)
    if ended:
        query = query.where(Knock.closed_at >= ended[0], Knock.closed_at < ended[1])
    if key:
        query = query.where(tuple_(Knock.closed_at, Knock.id) < _as_row(key))
    query = query.order_by(Knock.closed_at.desc(), Knock.id.desc())
    return _page(db.session.execute(query.limit(PAGE_SIZE + 1)).all(), lambda _knock: 0)


def _of_open(query: Select[Any], key: "Key | None") -> Page:
    """What is urgent, then what is late, then what nobody has read, then the rest; in each the
    nearest date first. A group is asked for when those before it do not fill the page: each then
    follows an index, however many knocks there are."""
    now, is_unread = clock.now(), _is_unread()
    is_not_urgent = Knock.triage.is_distinct_from(Triage.URGENT)
    is_late, is_not_late = Knock.deadline_at <= now, Knock.deadline_at > now
    groups = (
        Knock.triage == Triage.URGENT,
        and_(is_not_urgent, is_late),
        and_(is_not_urgent, is_not_late, is_unread),
        and_(is_not_urgent, is_not_late, ~is_unread),
    )
    found: list[Any] = []
    group_of: dict[str, int] = {}
    for number, group in enumerate(groups):
        if len(found) > PAGE_SIZE or (key and number < key.group):
            continue
        some = query.where(group).order_by(Knock.deadline_at, Knock.id)
        if key and number == key.group:
            some = some.where(tuple_(Knock.deadline_at, Knock.id) > _as_row(key))
        rows = db.session.execute(some.limit(PAGE_SIZE + 1 - len(found))).all()
        group_of |= {knock.id: number for knock, _nameless in rows}
        found += rows
    return _page(found, lambda knock: group_of[knock.id])


def _is_unread() -> ColumnElement[bool]:
    """Nobody has read it, or the pupil has written since and waits for an answer."""
    return or_(Knock.read_at.is_(None), Knock.awaits.is_not_distinct_from(Awaited.ANSWER))


def _page(found: Sequence[Any], group_of: Callable[[Knock], int]) -> Page:
    """Of one more than is shown, if there is one."""
    shown = [knock for knock, _nameless in found[:PAGE_SIZE]]
    anonymous = frozenset(knock.id for knock, nameless in found if nameless)
    if len(found) <= PAGE_SIZE:
        return Page(shown, anonymous, None)
    last = shown[-1]
    moment = (last.closed_at if not last.is_open else last.deadline_at).astimezone(UTC)
    return Page(shown, anonymous, f"{group_of(last)}~{moment.isoformat()}~{last.id}")


def _in_tab(
    staff: Staff, tab: Tab, school_id: str | None, flood: str | None = None
) -> Select[Knock]:
    query = select(Knock).where(visible_to(staff))
    if school_id:
        query = query.where(Knock.school_id == school_id)
    if tab is Tab.WAITING:
        return query.where(Knock.state == State.WAITING, Knock.flood == flood)
    if tab is Tab.MINE:
        return query.where(Knock.state == State.TAKEN, Knock.taken_by_id == staff.id)
    if tab is Tab.OTHERS:
        return query.where(Knock.state == State.TAKEN, Knock.taken_by_id != staff.id)
    return query.where(Knock.state.in_((State.CLOSED, State.WITHDRAWN)))


@dataclass(frozen=True)
class Key:
    """The last row of a page."""

    group: int
    moment: datetime
    knock_id: str


def _as_row(key: Key) -> ColumnElement[Any]:
    """A key as SQL, with the types of the columns that it is compared with."""
    return tuple_(literal(key.moment, UtcDateTime), literal(key.knock_id, String))


def _read_key(after: str | None) -> Key | None:
    try:
        group, moment, knock_id = (after or "").split("~")
        read = datetime.fromisoformat(moment)
        return Key(int(group), read.astimezone(UTC), knock_id) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Summary:
    """The figures above the inbox. Counts stop at MOST_COUNTED."""

    waiting: int
    mine: int
    """Of mine, those whose pupil waits for something."""
    nearest: datetime | None
    """Of both."""


def summary(staff: Staff, *, school_id: str | None = None) -> Summary:
    """Two counts and the nearest date, in one statement however many knocks there are."""

    waiting = _in_tab(staff, Tab.WAITING, school_id)
    mine = _in_tab(staff, Tab.MINE, school_id).where(Knock.awaits.is_not(None))

    def count(knocks: Select[Knock]) -> ScalarSelect[int]:
        some = knocks.with_only_columns(Knock.id).limit(MOST_COUNTED)
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    def first(knocks: Select[Knock]) -> ScalarSelect[datetime]:
        by = knocks.with_only_columns(Knock.deadline_at).order_by(Knock.deadline_at, Knock.id)
        return by.limit(1).scalar_subquery()

    figures = select(count(waiting), count(mine), first(waiting), first(mine))
    waits, has, *dates = db.session.execute(figures).one()
    return Summary(waits, has, min((date for date in dates if date), default=None))


def has_any(staff: Staff) -> bool:
    """Does one person have a knock that is open?"""
    return bool(db.session.scalar(select(_in_tab(staff, Tab.MINE, None).exists())))


def transfers_of(knock: Knock) -> list[Transfer]:
    """When it was moved from one school to another, the oldest first."""
    query = select(Transfer).where(Transfer.knock_id == knock.id).order_by(Transfer.at)
    return list(db.session.scalars(query))


def crossings_of(knock: Knock) -> list[Crossing]:
    """When and why it was moved from one wall to another, the oldest first."""
    query = select(Crossing).where(Crossing.knock_id == knock.id).order_by(Crossing.at)
    return list(db.session.scalars(query))
