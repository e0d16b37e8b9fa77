"""A coordinator's figures, asked of the live knocks and masked before they leave here."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, func, select

from elevhalsa.core import clock
from elevhalsa.core.i18n import alphabetical
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES, State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.extensions import db

from .rules import Shown, shown, shown_sum

RECENT = timedelta(days=30)


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
    open: int
    late: int
    recent: Shown


def overview(coordinator: Staff) -> tuple[list[Row], Row]:
    """One row a school of the coordinator's municipality, and their sum."""
    schools = school_figures(coordinator)
    recent = [(one.knocks_30_days, one.kept_30_days) for one in schools]
    rows = [
        Row(one.school.name, one.open, one.late, shown(*part))
        for one, part in zip(schools, recent, strict=True)
    ]
    total = Row(
        None,
        sum(one.open for one in schools),
        sum(one.late for one in schools),
        shown_sum(recent),
    )
    return rows, total


def school_figures(coordinator: Staff) -> list[SchoolFigures]:
    """One row a school of the coordinator's municipality, two queries in all. What a pupil does not
    want the coordinator to know of is not counted."""
    now = clock.now()
    is_open = Knock.state.in_(OPEN_STATES)
    recent = and_(Knock.due_at >= now - RECENT, Knock.due_at < now, Knock.state != State.WITHDRAWN)
    counts = {
        row.school_id: row
        for row in db.session.execute(
            select(
                Knock.school_id,
                func.count().filter(is_open).label("open"),
                func.count().filter(Knock.is_late(now)).label("late"),
                func.count().filter(recent).label("recent"),
                func.count().filter(and_(recent, Knock.was_kept)).label("kept"),
            )
            .where(
                Knock.municipality_id == coordinator.municipality_id,
                ~knocks.avoids(coordinator.id),
            )
            .group_by(Knock.school_id)
        )
    }
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
