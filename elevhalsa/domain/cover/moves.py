"""What somebody had goes along with the baton, and comes back. The worker sees to it every minute,
as the rules say it stands then; the queue takes no part. Each knock is moved in a transaction of
its own, after it has been locked and looked at again: to do it twice does nothing more.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import and_, exists, literal, null, or_, select
from sqlalchemy.orm import aliased

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import without_words
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import moves, passing
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.queries import avoided_by
from elevhalsa.domain.knocks.words import OPEN_STATES, How, State
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.domain.serving.words import Standing
from elevhalsa.extensions import db

from . import queries
from .models import Carried
from .rules import Baton, Fate, Held, fate

log = logging.getLogger(__name__)

GIVERS_AT_ONCE = 200


@dataclass(frozen=True)
class Move:
    """Something to be done with one knock."""

    giver_id: str
    knock_id: str
    fate: Fate
    to_id: str | None
    by: datetime
    """The nearest date of the knock."""


def carry_and_return() -> int:
    """End what is over, and move every knock that belongs elsewhere now, the nearest date first.
    One that fails keeps no other back. Returns how many were moved."""
    for row_id in _over():
        apart(partial(_end, row_id))
    apart(_tell_of_covers_who_are_away)
    givers = _givers()
    todo = [
        move
        for start in range(0, len(givers), GIVERS_AT_ONCE)
        for move in _due(givers[start : start + GIVERS_AT_ONCE])
    ]
    work.commit()
    in_order = sorted(todo, key=lambda move: (move.by, move.knock_id))
    return sum(apart(partial(_carry, move.giver_id, move.knock_id)) for move in in_order)


def settle(giver: Staff) -> None:
    """As ``carry_and_return``, of what one person has or had, in the transaction that there is."""
    db.session.flush()
    with work.beyond(work.Beyond.BATON):
        for move in sorted(_due([giver.id]), key=lambda move: (move.by, move.knock_id)):
            _carry(giver.id, move.knock_id)
        db.session.flush()


def apart(act: Callable[[], bool]) -> bool:
    """In a transaction of its own. False when nothing was done, or it failed."""
    try:
        done = act()
        work.commit()
        return done
    except Exception as error:  # noqa: BLE001  (one that fails hides no other)
        work.rollback()
        log.error("one step of a baton failed: %s", without_words(error))
        return False


# --- what is over --------------------------------------------------------------------------------


def _over() -> list[str]:
    today = clock.today()
    absent, cover = aliased(Staff), aliased(Staff)
    found = (
        select(Cover.id)
        .join(absent, Cover.absent_id == absent.id)
        .join(cover, Cover.cover_id == cover.id)
        .where(
            Cover.ended_at.is_(None),
            # Whoever leaves a post can be covered for in it, until it is another's.
            or_(Cover.ends_on < today, ~absent.active, ~cover.works_on(today)),
        )
        .order_by(Cover.ends_on, Cover.id)
    )
    return list(db.session.scalars(found))


def _end(row_id: str) -> bool:
    row = db.session.get_one(Cover, row_id)
    lock(row)
    if row.ended_at:
        return False
    held = row.accepted_at is not None
    end(row, Standing.OVER if row.ends_on < clock.today() else Standing.CANNOT)
    note(row, by=work.SYSTEM)
    if held and row.ended_as is Standing.CANNOT:
        tell_of_loss(row, cause=f"cover lost:{row.baton_id or row.id}:{row.cover_id}")
    return True


def end(row: Cover, standing: Standing) -> None:
    """It does not hold any more. The caller holds the row (``lock``)."""
    row.ended_at, row.ended_as = clock.now(), standing


def note(row: Cover, *, by: work.Actor) -> None:
    """An event: how it stands now."""
    other = row.absent_id if by.staff_id == row.cover_id else row.cover_id
    audit.record(
        Action.COVER_CHANGED,
        by=by,
        municipality_id=row.absent.municipality_id,
        staff_id=None if by.staff_id else row.absent_id,
        to_staff_id=other,
        reason=row.standing,
    )


def tell_of_loss(row: Cover, *, cause: str) -> None:
    """Whoever is away, and the coordinators, know that the cover does not answer."""
    told = [row.absent] if row.absent.works_on(clock.today()) else []
    coordinators = serving.At(clock.now()).coordinators_of(row.absent.municipality_id)
    others = [one for one in coordinators if one.id != row.absent_id]
    notices.post(Kind.COVER_LOST, told, cause=cause)
    notices.post(Kind.COVER_LOST, others, cause=cause, told_as=Audience.COORDINATOR)


def _tell_of_covers_who_are_away() -> bool:
    """What they had waits for the others on those days."""
    today = clock.today()
    found = db.session.execute(
        select(Cover, Absence.id)
        .join(Absence, Absence.staff_id == Cover.cover_id)
        .where(_holds(today), Absence.starts_on <= today, Absence.ends_on >= today)
    )
    for row, absence_id in found.all():
        tell_of_loss(row, cause=f"cover away:{absence_id}:{row.absent_id}")
    return True


def _holds(day: date) -> Any:
    return and_(
        Cover.accepted_at.is_not(None),
        Cover.ended_at.is_(None),
        Cover.starts_on <= day,
        Cover.ends_on >= day,
    )


# --- what goes along -----------------------------------------------------------------------------


def _givers() -> list[str]:
    """Those who have a baton that holds, and those who are to have something back."""
    holding = select(Cover.absent_id).where(_holds(clock.today()))
    gone = select(Carried.giver_id).where(Carried.went_at.is_not(None), Carried.back_at.is_(None))
    return sorted(set(db.session.scalars(holding.union(gone))))


@dataclass(frozen=True)
class _Giver:
    wall: Wall | None
    works: bool
    is_away: bool
    batons: tuple[Baton, ...]


def _due(giver_ids: Collection[str], knock_id: str | None = None) -> list[Move]:
    """What is to be done with the knocks that these had or have; knock_id: with that one only."""
    givers = _who(giver_ids)
    rows = list(_gone(giver_ids, knock_id))
    known = {(row.giver_id, row.id) for row in rows}
    rows += [
        row for row in _held(givers, knock_id) if (row.giver_id, row.id) not in known
    ]  # fmt: skip
    avoided = avoided_by({row.id for row in rows})
    found = []
    for row in rows:
        held = Held(row.school_id, row.taken_by_id, avoided[row.id], row.went, row.to_id)
        what, to_id = _fate(held, row, givers[row.giver_id])
        if what is not Fate.STAYS:
            found.append(Move(row.giver_id, row.id, what, to_id, row.deadline_at))
    return found


def _fate(held: Held, row: Any, giver: _Giver) -> tuple[Fate, str | None]:
    is_open = row.state in OPEN_STATES
    if row.wall is not giver.wall:  # it has been moved over the wall since
        return (Fate.IS_ANOTHERS if held.went else Fate.STAYS), None
    is_here = giver.works and not giver.is_away
    what, to_id = fate(held, row.giver_id, giver.batons, giver_is_here=is_here)
    if what in (Fate.GOES, Fate.WAITS) and not is_open:
        what = Fate.STAYS
    if what is Fate.STAYS and held.went and not giver.works:
        what = Fate.IS_ANOTHERS  # nobody is to have it back
    return what, to_id


def _who(giver_ids: Collection[str]) -> dict[str, _Giver]:
    today = clock.today()
    away = exists().where(
        Absence.staff_id == Staff.id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    rows = db.session.execute(
        select(Cover.absent_id, Cover.school_id, Staff.id, Staff.profession, away)
        .join(Staff, Cover.cover_id == Staff.id)
        .where(Cover.absent_id.in_(giver_ids), _holds(today), Staff.works_on(today))
        .order_by(Cover.accepted_at, Cover.id)
    ).all()
    people = db.session.execute(
        select(Staff.id, Staff.profession, Staff.works_on(today), away).where(
            Staff.id.in_(giver_ids)
        )
    )
    found = {}
    for giver_id, profession, works, is_away in people:
        wall = profession.wall if profession else None
        batons = tuple(
            Baton(cover_id, school_id, bool(theirs and theirs.wall is wall and not cover_away))
            for absent_id, school_id, cover_id, theirs, cover_away in rows
            if absent_id == giver_id
        )
        found[giver_id] = _Giver(wall, bool(works), bool(is_away), batons)
    return found


_OF_A_KNOCK = (Knock.id, Knock.taken_by_id, Knock.wall, Knock.state, Knock.deadline_at)


def _gone(giver_ids: Collection[str], knock_id: str | None) -> Iterator[Any]:
    query = (
        select(
            Carried.giver_id,
            Carried.school_id,
            Carried.to_id,
            Carried.went_at.is_not(None).label("went"),
            *_OF_A_KNOCK,
        )
        .join(Knock, Carried.knock_id == Knock.id)
        .where(
            Carried.giver_id.in_(giver_ids), Carried.went_at.is_not(None), Carried.back_at.is_(None)
        )
    )
    if knock_id:
        query = query.where(Knock.id == knock_id)
    yield from db.session.execute(query)


def _held(givers: dict[str, _Giver], knock_id: str | None) -> Iterator[Any]:
    """What those have now who have handed over a baton that holds, but for what they cover."""
    handed = [giver_id for giver_id, giver in givers.items() if giver.batons]
    query = select(
        Knock.taken_by_id.label("giver_id"),
        Knock.school_id,
        literal(False).label("went"),
        null().label("to_id"),
        *_OF_A_KNOCK,
    ).where(Knock.taken_by_id.in_(handed), Knock.state == State.TAKEN, ~queries.IS_COVERED)
    if knock_id:
        query = query.where(Knock.id == knock_id)
    yield from db.session.execute(query)


def _carry(giver_id: str, knock_id: str) -> bool:
    """Look again, under lock, at what is to be done with one knock, and do it."""
    knock = db.session.get(Knock, knock_id)
    if knock is None:
        return False
    lock(knock)
    found = _due([giver_id], knock_id)
    if not found:
        return False
    move, giver = found[0], db.session.get_one(Staff, giver_id)
    row = _row(knock, giver)
    if move.fate is Fate.IS_ANOTHERS:
        row.back_at = clock.now()
    elif move.fate is Fate.COMES_BACK:
        _come_back(knock, giver, row)
    else:
        to = db.session.get_one(Staff, move.to_id) if move.to_id else None
        note = row.note if to else None
        if not passing.carry(knock, How.COVERED, to, covered=giver, note=note):
            return False
        row.to_id, row.went_at = move.to_id, row.went_at or clock.now()
        if to:
            notices.post(Kind.COVER_BEGINS, [to], cause=f"cover begins:{giver.id}:{clock.today()}")
    return True


def _come_back(knock: Knock, giver: Staff, row: Carried) -> None:
    if not knock.is_open:
        moves.give_ended(knock, giver)
    elif knock.taken_by_id != giver.id and not passing.carry(knock, How.CAME_BACK, giver):
        return
    row.back_at = clock.now()
    notices.post(Kind.COVER_BACK, [giver], cause=f"cover back:{giver.id}:{clock.today()}")


def _row(knock: Knock, giver: Staff) -> Carried:
    """The one of this time, with its note if there is one."""
    insert_once(
        Carried(id=new_id(), knock_id=knock.id, giver_id=giver.id, school_id=knock.school_id)
    )
    query = select(Carried).where(Carried.knock_id == knock.id, *queries.is_open_of(giver.id))
    return db.session.scalars(query).one()
