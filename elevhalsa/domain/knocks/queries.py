"""Finding knocks. Every query for staff starts from what that person may read (domain.serving)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import defer, joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import UtcDateTime
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.policy import Policy, policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.rules import Roster
from elevhalsa.extensions import db

from .models import Avoided, Crossing, Dismissal, Knock, Transfer, Undo
from .prospect import Prospect, look
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


COLUMNS = serving.Columns(
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


def roster_between(
    school_id: str, municipality_id: str, policy: Policy, start: datetime, end: datetime
) -> Roster:
    """Who serves a school, and when, from the day of one moment to that of another."""
    first, last = (clock.local(moment).date() for moment in (start, end))
    return serving.roster(municipality_id, first, last, policy.is_closed, school_id=school_id)


def prospect_of(
    knock: Knock,
    now: datetime,
    avoided: Collection[str] | None = None,
    *,
    since: datetime | None = None,
) -> Prospect:
    """Who at its school can answer what is waited for, by its *senast*; when that has passed, by
    what would be promised now. avoided: asked for when left out. since: from when; None: now."""
    start = since or now
    policy = policy_of(knock.municipality)
    end = knock.deadline_at if knock.deadline_at > now else policy.due_at(now)
    if avoided is None:
        avoided = avoided_by([knock.id])[knock.id]
    roster = roster_between(knock.school_id, knock.municipality_id, policy, start, end)
    return look(
        roster, knock.school_id, knock.wall, knock.wanted, start=start, end=end, avoided=avoided
    )


def can_answer(knock: Knock, moment: datetime) -> set[Profession]:
    """The professions of those who are told of a knock at that moment and may take it: whom its
    pupil is told will be in touch are those whom ``serving`` names."""
    told = serving.At(moment).may_be_told(matter_of(knock))
    return {staff.profession for staff in told if staff.profession}


def avoids(staff_id: str | SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Of ``Knock``: its pupil does not want one person to know of it, as a condition. Of the knock
    of whatever query it stands in, however deep."""
    found = exists().where(Avoided.knock_id == Knock.id, Avoided.staff_id == staff_id)
    return found.correlate_except(Avoided)


@dataclass(frozen=True)
class _Reader:
    """All of one of the staff that a statement depends on, so that each is made once a day for each
    person: making the inbox's took longer than asking them."""

    id: str
    municipality_id: str
    wall: Wall | None
    day: date

    @classmethod
    def of(cls, staff: Staff) -> "_Reader":
        return cls(staff.id, staff.municipality_id, staff.wall, clock.today())


def visible_to(staff: Staff) -> ColumnElement[bool]:
    """The knocks that one person may read now, as a condition; none for whom the pupil avoids."""
    return _visible(_Reader.of(staff))


@lru_cache(maxsize=1000)
def _visible(reader: _Reader) -> ColumnElement[bool]:
    if reader.wall is None:
        return Knock.id.is_(None)
    readable = serving.may_read(reader.id, reader.municipality_id, reader.wall, COLUMNS, reader.day)
    return and_(readable, ~avoids(reader.id), Knock.locked_at.is_(None))


def get_for(staff: Staff, knock_id: str) -> Knock:
    """One knock that this person may see. Raises NotFound otherwise, without saying why."""
    knock = db.session.scalar(select(Knock).where(visible_to(staff), Knock.id == knock_id))
    if knock is None:
        raise NotFound(_("Knackningen finns inte, eller ligger bakom en sekretessgräns."))
    work.hold(knock.id)
    return knock


@dataclass(frozen=True)
class Given:
    """What the pupil wrote beside the text, of what is not decrypted for a list: only whether."""

    name: bool
    interpreter: bool


@dataclass(frozen=True)
class Page:
    """One screen of the inbox. ``next_key`` leads to the one after, None at the end."""

    knocks: list[Knock]
    given: dict[str, Given]
    """By the knock's id."""
    next_key: str | None


WITHOUT_WORDS = [
    defer(column)
    for column in (
        Knock.phone,
        Knock.email,
        Knock.safe_times,
        Knock.interpreter,
        Knock.name,
        Knock.school_class,
    )
]
"""What the pupil wrote is decrypted where somebody reads it."""
_GIVEN = (Knock.name.is_not(None), Knock.interpreter.is_not(None))
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
    few: bool = False,
) -> Page:
    """One page of a tab. ``after`` is a ``next_key``; an unreadable one means the first page.

    ended: of what is done, only what ended from the first moment and before the second.
    flood: instead of what waits by itself, what has been set aside with this number (``floods``).
    few: there is known to be about a page of it, so that all of it may be read.
    """
    key, reader = _read_key(after), _Reader.of(staff)
    if tab is not Tab.DONE:
        return _of_open(_Listing(reader, tab, school_id, flood), key, few=few)
    query = _in_tab(reader, tab, school_id).options(*_LISTED).add_columns(*_GIVEN)
    if ended:
        query = query.where(Knock.closed_at >= ended[0], Knock.closed_at < ended[1])
    if key:
        query = query.where(tuple_(Knock.closed_at, Knock.id) < _as_row(key))
    query = query.order_by(Knock.closed_at.desc(), Knock.id.desc())
    return _page(db.session.execute(query.limit(PAGE_SIZE + 1)).all(), lambda _knock: 0)


@dataclass(frozen=True)
class _Listing:
    """What is listed of what is open, and to whom."""

    reader: _Reader
    tab: Tab
    school_id: str | None
    flood: str | None


TOGETHER = ((0, 1), (2,), (3,))
"""Groups that are asked for at once: the first two are short."""
TOGETHER_OF_FEW = ((0, 1), (2, 3))


def _of_open(listing: _Listing, key: "Key | None", *, few: bool) -> Page:
    """What is urgent, then what is late, then what nobody has read, then the rest; in each the
    nearest date first. A group is asked for when those before it do not fill the page: each then
    follows an index, however many knocks there are."""
    known: dict[str, Any] = {"now": clock.now()}
    if key:
        known |= {"moment": key.moment, "knock_id": key.knock_id}
    found: list[Any] = []
    for together in TOGETHER_OF_FEW if few else TOGETHER:
        groups = tuple(number for number in together if not (key and number < key.group))
        left = PAGE_SIZE + 1 - len(found)
        if groups and left > 0:
            query = _some_of_open(listing, groups, key.group if key else None)
            found += db.session.execute(query, known | {"most": left}).all()
    group_of = {row[0].id: row.number for row in found}
    return _page(found, lambda knock: group_of[knock.id])


@lru_cache(maxsize=2000)
def _some_of_open(listing: _Listing, groups: tuple[int, ...], after_in: int | None) -> Select[Any]:
    """after_in: the group of which only what comes after a row is wanted."""
    now, most = bindparam("now", type_=UtcDateTime), bindparam("most", type_=Integer)
    row = tuple_(bindparam("moment", type_=UtcDateTime), bindparam("knock_id", type_=String))
    is_urgent, is_unread = Knock.triage == Triage.URGENT, _is_unread()
    is_not_urgent = Knock.triage.is_distinct_from(Triage.URGENT)
    is_late, is_not_late = Knock.deadline_at <= now, Knock.deadline_at > now
    conditions = (
        is_urgent,
        and_(is_not_urgent, is_late),
        and_(is_not_urgent, is_not_late, is_unread),
        and_(is_not_urgent, is_not_late, ~is_unread),
    )
    tab = _in_tab(listing.reader, listing.tab, listing.school_id, listing.flood)

    def ids(number: int) -> Select[Any]:
        some = tab.with_only_columns(Knock.id, literal(number).label("number"))
        some = some.where(conditions[number])
        if number == after_in:
            some = some.where(tuple_(Knock.deadline_at, Knock.id) > row)
        return select(some.order_by(Knock.deadline_at, Knock.id).limit(most).subquery())

    listed = union_all(*map(ids, groups)).subquery()
    return (
        select(Knock, *_GIVEN, listed.c.number)
        .join(listed, listed.c.id == Knock.id)
        .order_by(listed.c.number, Knock.deadline_at, Knock.id)
        .options(*_LISTED)
        .limit(most)
    )


def _is_unread() -> ColumnElement[bool]:
    """Nobody has read it, or the pupil has written since and waits for an answer."""
    return or_(Knock.read_at.is_(None), Knock.awaits.is_not_distinct_from(Awaited.ANSWER))


def _page(found: Sequence[Any], group_of: Callable[[Knock], int]) -> Page:
    """Of one more than is shown, if there is one."""
    shown = [row[0] for row in found[:PAGE_SIZE]]
    given = {row[0].id: Given(row[1], row[2]) for row in found}
    if len(found) <= PAGE_SIZE:
        return Page(shown, given, None)
    last = shown[-1]
    moment = (last.closed_at if not last.is_open else last.deadline_at).astimezone(UTC)
    return Page(shown, given, f"{group_of(last)}~{moment.isoformat()}~{last.id}")


def _in_tab(
    reader: _Reader, tab: Tab, school_id: str | None, flood: str | None = None
) -> Select[Knock]:
    query = select(Knock).where(_visible(reader))
    if school_id:
        query = query.where(Knock.school_id == school_id)
    if tab is Tab.WAITING:
        return query.where(Knock.state == State.WAITING, Knock.flood == flood)
    if tab is Tab.MINE:
        return query.where(Knock.state == State.TAKEN, Knock.taken_by_id == reader.id)
    if tab is Tab.OTHERS:
        return query.where(Knock.state == State.TAKEN, Knock.taken_by_id != reader.id)
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
    alike: bool
    """Something waits aside, in a flood."""
    dismissed: bool
    """Something of the municipality's was dismissed that can be taken back."""
    undoable: bool
    """This person has just done something that can be undone."""


def summary(staff: Staff, *, school_id: str | None = None) -> Summary:
    """Two counts, the nearest date, and what else there is to ask for, in one statement however
    many knocks there are."""
    figures = db.session.execute(_summary(_Reader.of(staff), school_id), {"now": clock.now()})
    waits, has, *there_is, one, other = figures.one()
    nearest = min((date for date in (one, other) if date), default=None)
    return Summary(waits, has, nearest, *map(bool, there_is))


@lru_cache(maxsize=1000)
def _summary(
    reader: _Reader, school_id: str | None
) -> Select[int, int, bool, bool, bool, datetime, datetime]:
    now = bindparam("now", type_=UtcDateTime)
    waiting = _in_tab(reader, Tab.WAITING, school_id)
    mine = _in_tab(reader, Tab.MINE, school_id).where(Knock.awaits.is_not(None))

    def count(knocks: Select[Knock]) -> ScalarSelect[int]:
        some = knocks.with_only_columns(Knock.id).limit(MOST_COUNTED)
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    def first(knocks: Select[Knock]) -> ScalarSelect[datetime]:
        by = knocks.with_only_columns(Knock.deadline_at).order_by(Knock.deadline_at, Knock.id)
        return by.limit(1).scalar_subquery()

    theirs = (Dismissal.municipality_id == reader.municipality_id, Dismissal.until > now)
    return select(
        count(waiting),
        count(mine),
        select(Knock.id).where(_visible(reader), *waits_aside()).exists(),
        exists().where(*theirs),
        exists().where(Undo.staff_id == reader.id, Undo.until > now),
        first(waiting),
        first(mine),
    )


def counts_by_school(staff: Staff) -> dict[str, tuple[int, int]]:
    """School -> how many wait there, and how many of them one has; of MOST_COUNTED in all."""
    reader = _Reader.of(staff)
    some = (
        union_all(
            *(
                select(
                    _in_tab(reader, tab, None)
                    .with_only_columns(Knock.school_id, literal(tab is Tab.MINE).label("mine"))
                    .limit(MOST_COUNTED)
                    .subquery()
                )
                for tab in (Tab.WAITING, Tab.MINE)
            )
        )
    ).subquery()
    query = select(some.c.school_id, some.c.mine, func.count()).group_by(
        some.c.school_id, some.c.mine
    )
    found: dict[str, list[int]] = {}
    for school_id, is_mine, count in db.session.execute(query):
        found.setdefault(school_id, [0, 0])[bool(is_mine)] = count
    return {school_id: (waiting, mine) for school_id, (waiting, mine) in found.items()}


def waits_aside() -> tuple[ColumnElement[bool], ...]:
    """Of ``Knock``: set aside in a flood, and nobody has taken it."""
    return (Knock.flood.is_not(None), Knock.state == State.WAITING)


def waiting_today(staff: Staff) -> tuple[int, int]:
    """Of what waits for anybody and what this person has: how many wait for something, and of how
    many the *senast* is today or has passed."""
    reader = _Reader.of(staff)
    mine = _in_tab(reader, Tab.MINE, None).where(Knock.awaits.is_not(None))
    some = union_all(
        _in_tab(reader, Tab.WAITING, None).with_only_columns(Knock.deadline_at),
        mine.with_only_columns(Knock.deadline_at),
    ).subquery()
    tomorrow = clock.moments(clock.today() + timedelta(days=1), time())[0]
    last_day = func.count().filter(some.c.deadline_at <= tomorrow)
    found = db.session.execute(select(func.count(), last_day).select_from(some)).one()
    return found[0], found[1]


def has_any(staff: Staff) -> bool:
    """Does one person have a knock that is open?"""
    return bool(db.session.scalar(select(_in_tab(_Reader.of(staff), Tab.MINE, None).exists())))


def transfers_of(knock: Knock) -> list[Transfer]:
    """When it was moved from one school to another, the oldest first."""
    query = select(Transfer).where(Transfer.knock_id == knock.id).order_by(Transfer.at)
    return list(db.session.scalars(query))


def crossings_of(knock: Knock) -> list[Crossing]:
    """When and why it was moved from one wall to another, the oldest first."""
    query = select(Crossing).where(Crossing.knock_id == knock.id).order_by(Crossing.at)
    return list(db.session.scalars(query))
