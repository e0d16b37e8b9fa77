"""Who covers for whom, and which knocks go along."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.core.walls import professions_behind
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Attempt, Knock
from elevhalsa.domain.knocks.words import AttemptKind, State
from elevhalsa.domain.people.models import Assignment, Staff
from elevhalsa.domain.serving.models import Cover
from elevhalsa.domain.serving.words import Standing
from elevhalsa.extensions import db

from .models import Carried

TOLD_FOR = timedelta(days=30)
"""How long what happened meanwhile is shown to whoever came back."""


@dataclass(frozen=True)
class Asked:
    """One colleague who was asked to answer instead of another, in one act."""

    baton_id: str
    absent: Staff
    cover: Staff
    schools: tuple[str, ...]
    """Names; none: all that the absent one has."""
    first: date
    last: date
    standing: Standing
    rows: tuple[Cover, ...]

    @property
    def is_live(self) -> bool:
        """It holds, will hold, or waits for an answer."""
        return self.standing in (Standing.ASKED, Standing.ACCEPTED)

    @property
    def has_begun(self) -> bool:
        return self.first <= clock.today()


def given_by(staff: Staff) -> list[Asked]:
    """Whom one person has handed the baton to, and how they stand, until the days are over."""
    return _asked(Cover.absent_id == staff.id, Cover.ends_on >= clock.today())


def asked_of(staff: Staff) -> list[Asked]:
    """What one person is asked to cover, covers or will."""
    live = and_(Cover.ended_at.is_(None), Cover.ends_on >= clock.today())
    return _asked(Cover.cover_id == staff.id, live)


def of_municipality(municipality_id: str) -> list[Asked]:
    """All that hold, will or wait for an answer, the first one first."""
    here = select(Staff.id).where(Staff.municipality_id == municipality_id)
    live = and_(Cover.ended_at.is_(None), Cover.ends_on >= clock.today())
    return _asked(Cover.absent_id.in_(here), live)


def one_given(giver: Staff, baton_id: str, cover_id: str) -> Asked:
    """Raises NotFound for what that person has not handed over."""
    return _one(_asked(Cover.absent_id == giver.id, Cover.cover_id == cover_id,
                       Cover.baton_id == baton_id))  # fmt: skip


def one_asked(cover: Staff, baton_id: str) -> Asked:
    """Raises NotFound for what that person was not asked."""
    return _one(_asked(Cover.cover_id == cover.id, Cover.baton_id == baton_id))


def _one(found: Sequence[Asked]) -> Asked:
    if not found:
        raise NotFound(_("Batongen finns inte längre."))
    return found[0]


def _asked(*where: ColumnElement[bool]) -> list[Asked]:
    query = select(Cover).where(Cover.baton_id.is_not(None), *where)
    groups: dict[tuple[str, str], list[Cover]] = {}
    for row in db.session.scalars(query.order_by(Cover.starts_on, Cover.id)):
        groups.setdefault((row.baton_id or "", row.cover_id), []).append(row)
    return [
        Asked(
            baton_id,
            rows[0].absent,
            rows[0].cover,
            tuple(sorted((row.school.name for row in rows if row.school), key=alphabetical)),
            rows[0].starts_on,
            rows[0].ends_on,
            rows[0].standing,
            tuple(rows),
        )
        for (baton_id, _cover_id), rows in groups.items()
    ]


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be asked."""

    staff: Staff
    is_near: bool
    """Serves one of the same schools."""


def colleagues(giver: Staff) -> list[Colleague]:
    """Everybody behind the giver's own wall in the municipality: those who are near first, by
    name."""
    if giver.wall is None:
        return []
    found = db.session.scalars(
        select(Staff).where(
            Staff.municipality_id == giver.municipality_id,
            Staff.works_on(clock.today()),
            Staff.profession.in_(professions_behind(giver.wall)),
            Staff.id != giver.id,
        )
    )
    mine = select(Assignment.school_id).where(Assignment.staff_id == giver.id)
    near = set(
        db.session.scalars(
            select(Assignment.staff_id).where(Assignment.school_id.in_(mine)).distinct()
        )
    )
    some = [Colleague(one, one.id in near) for one in found]
    return sorted(some, key=lambda one: (not one.is_near, alphabetical(one.staff.name)))


# --- what goes along -----------------------------------------------------------------------------

_went = aliased(Carried)
IS_COVERED = exists().where(
    _went.knock_id == Knock.id,
    _went.to_id == Knock.taken_by_id,
    _went.went_at.is_not(None),
    _went.back_at.is_(None),
)
"""Of a knock: whoever has it covers for another, to whom it comes back."""


def that_go_along(giver: Staff) -> list[tuple[Knock, str | None]]:
    """What one person has that is open, with the note for the cover; the nearest date first."""
    query = (
        select(Knock, Carried)
        .outerjoin(Carried, and_(Carried.knock_id == Knock.id, *is_open_of(giver.id)))
        .where(
            Knock.taken_by_id == giver.id,
            Knock.state == State.TAKEN,
            ~IS_COVERED,
            knocks.visible_to(giver),
        )
        .order_by(Knock.deadline_at, Knock.id)
    )
    return [(knock, row.note if row else None) for knock, row in db.session.execute(query)]


def is_open_of(giver_id: str) -> tuple[ColumnElement[bool], ...]:
    """Of ``Carried``: not back yet, whether it has gone or not."""
    return Carried.giver_id == giver_id, Carried.back_at.is_(None)


@dataclass(frozen=True)
class Happened:
    """What was done with a knock between its going and its coming back."""

    knock: Knock
    done: list[tuple[AttemptKind, Staff, datetime]]


def what_happened(giver: Staff) -> list[Happened]:
    """Of what has come back within TOLD_FOR and may still be read, the latest first. What another
    has taken over meanwhile is among it."""
    rows = db.session.execute(
        select(Carried, Knock)
        .join(Knock, Carried.knock_id == Knock.id)
        .where(
            Carried.giver_id == giver.id,
            Carried.went_at.is_not(None),
            Carried.back_at > clock.now() - TOLD_FOR,
            knocks.visible_to(giver),
        )
        .order_by(Carried.back_at.desc(), Knock.deadline_at, Knock.id)
    ).all()
    attempts = _attempts_on([knock.id for _row, knock in rows])
    return [
        Happened(
            knock,
            [
                (one.kind, one.staff, one.at)
                for one in attempts.get(knock.id, [])
                if row.went_at and row.back_at and row.went_at <= one.at <= row.back_at
            ],
        )
        for row, knock in rows
    ]


def _attempts_on(knock_ids: Collection[str]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    query = select(Attempt).where(Attempt.knock_id.in_(knock_ids)).order_by(Attempt.at)
    for one in db.session.scalars(query):
        found.setdefault(one.knock_id, []).append(one)
    return found
