"""A coordinator's figures and signals, asked of the live knocks: masked before they leave here, and
never which knock it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.i18n import alphabetical
from elevhalsa.core.walls import SCHOOL_WALLS
from elevhalsa.domain.knocks import guarantees
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES, State
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.notices.words import Audience, Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db

from .rules import Shown, shown, shown_sum

RECENT = timedelta(days=30)
MOST_READ, MOST_SHOWN = 200, 10
"""Of what a coordinator has been told: so many notices are looked at, so many lines shown."""


@dataclass(frozen=True)
class SchoolFigures:
    """Counts of one school as they are: not for a page."""

    school: School
    open: int
    late: int
    knocks_30_days: int
    kept_30_days: int


@dataclass(frozen=True)
class Row:
    """What a coordinator sees of one school or of all. What is open and late right now is told as
    it is: somebody must see to it today, and a number of waiting knocks says nothing of who."""

    name: str | None
    """None for the sum of all schools."""
    slug: str | None
    open: int
    late: int
    recent: Shown


def overview(coordinator: Staff) -> tuple[list[Row], Row]:
    """One row a school of the coordinator's municipality, and their sum."""
    schools = school_figures(coordinator)
    recent = [(one.knocks_30_days, one.kept_30_days) for one in schools]
    rows = [
        Row(one.school.name, one.school.slug, one.open, one.late, shown(*part))
        for one, part in zip(schools, recent, strict=True)
    ]
    total = Row(
        None,
        None,
        sum(one.open for one in schools),
        sum(one.late for one in schools),
        shown_sum(recent),
    )
    return rows, total


def school_figures(coordinator: Staff) -> list[SchoolFigures]:
    """One row a school of the coordinator's municipality, two queries in all. What a pupil does not
    want the coordinator to know of is not counted, nor what stands with another authority."""
    now = clock.now()
    is_open = Knock.state.in_(OPEN_STATES)
    recent = and_(
        Knock.due_at >= now - RECENT,
        Knock.due_at < now,
        Knock.state != State.WITHDRAWN,
        ~Knock.was_dismissed,
    )
    counted = (
        select(
            Knock.school_id,
            func.count().filter(is_open).label("open"),
            func.count().filter(Knock.is_late(now)).label("late"),
            func.count().filter(recent).label("recent"),
            func.count().filter(and_(recent, Knock.was_kept)).label("kept"),
        )
        .where(
            Knock.municipality_id == coordinator.municipality_id,
            or_(Knock.wall.is_(None), Knock.wall.in_(SCHOOL_WALLS)),
            ~knocks.avoids(coordinator.id),
        )
        .group_by(Knock.school_id)
    )
    with work.beyond(work.Beyond.COUNTS):
        counts = {row.school_id: row for row in db.session.execute(counted)}
    rows = db.session.scalars(
        select(School).where(School.municipality_id == coordinator.municipality_id)
    )
    schools = sorted(rows, key=lambda school: alphabetical(school.name))
    return [
        SchoolFigures(school, row.open, row.late, row.recent, row.kept)
        if (row := counts.get(school.id))
        else SchoolFigures(school, 0, 0, 0, 0)
        for school in schools
    ]


@dataclass(frozen=True)
class GuaranteeFigures:
    """Of one guarantee: how many wait by it, how many of them too long, and how it was kept."""

    open: int
    late: int
    recent: Shown


def guarantee_figures(coordinator: Staff) -> dict[str, GuaranteeFigures]:
    """By the guarantee's id, of the coordinator's municipality."""
    now = clock.now()
    waits = Wait.ended_at.is_(None)
    recent = and_(
        Wait.due_at >= now - RECENT,
        Wait.due_at < now,
        Knock.state != State.WITHDRAWN,
        ~Knock.was_dismissed,
    )
    query = (
        select(
            Wait.guarantee_id,
            func.count().filter(waits),
            func.count().filter(and_(waits, Wait.due_at < now)),
            func.count().filter(recent),
            func.count().filter(and_(recent, guarantees.WAS_KEPT)),
        )
        .join(Knock, Knock.id == Wait.about_id)
        .where(
            Knock.municipality_id == coordinator.municipality_id,
            Wait.awaited == Awaited.GUARANTEE,
            ~knocks.avoids(coordinator.id),
        )
        .group_by(Wait.guarantee_id)
    )
    with work.beyond(work.Beyond.COUNTS):
        found = db.session.execute(query).all()
    return {
        guarantee_id: GuaranteeFigures(open_, late, shown(of, kept))
        for guarantee_id, open_, late, of, kept in found
        if guarantee_id
    }


@dataclass(frozen=True)
class Signal:
    """What a coordinator has been told of one school; what is alike is one."""

    kind: Kind
    school: str | None
    """None when what it was about has been purged."""
    slug: str | None
    still_waits: bool
    count: int
    at: datetime
    """When it was last told."""


def signals(coordinator: Staff) -> list[Signal]:
    """Newest first: of which school, and whether somebody there still waits."""
    told = notices.for_staff(coordinator, limit=MOST_READ, only_as=Audience.COORDINATOR)
    query = (
        select(Knock.id, School.name, School.slug, Knock.awaits.is_not(None))
        .join(School, School.id == Knock.school_id)
        .where(
            Knock.municipality_id == coordinator.municipality_id,
            Knock.id.in_({notice.about_id for notice in told if notice.about_id}),
        )
    )
    with work.beyond(work.Beyond.COUNTS):
        now = {
            knock_id: (school, slug, bool(waits))
            for knock_id, school, slug, waits in db.session.execute(query)
        }
    alike: dict[tuple[Kind, tuple[str | None, str | None, bool]], list[Notice]] = {}
    for notice in told:
        state = now.get(notice.about_id or "", (None, None, False))
        alike.setdefault((notice.kind, state), []).append(notice)
    found = [
        Signal(kind, *state, len(rows), rows[0].created_at) for (kind, state), rows in alike.items()
    ]
    return found[:MOST_SHOWN]
