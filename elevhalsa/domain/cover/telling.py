"""The coordinators are told of days ahead on which nobody behind a wall answers at a school.

Once of each day and step (``gaps.STEPS``): what they have been told is a row of its own, written
with the notice. Of days that are as they should be, by the word of one of them, nobody is told.
Whatever was found late is told at once, and what is mended is forgotten, so that it is told anew if
it breaks. No queue is needed: every turn looks at all there is.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import without_words
from elevhalsa.core.walls import SCHOOL_WALLS, Wall
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.words import Audience, Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.rows import insert_each_once
from elevhalsa.domain.serving import gaps, queries
from elevhalsa.domain.serving.gaps import Bits, Horizon
from elevhalsa.domain.serving.models import GapAccepted, GapTold
from elevhalsa.domain.serving.queries import At
from elevhalsa.extensions import db

from .ahead import Ahead, look

log = logging.getLogger(__name__)

Told = dict[tuple[str, Wall, int], list[GapTold]]
"""By school, wall and step."""
Empty = dict[tuple[str, Wall], Bits]
"""Of each school and wall the days on which nobody is home."""


def tell_of_gaps() -> int:
    """Look at every municipality. Returns in how many somebody is told of something."""
    ids = list(db.session.scalars(select(Municipality.id).order_by(Municipality.id)))
    work.commit()
    told = 0
    for municipality_id in ids:
        try:
            told += tell_of_gaps_in(db.session.get_one(Municipality, municipality_id))
            work.commit()
        except Exception as error:  # noqa: BLE001  (one that fails hides no other)
            work.rollback()
            log.error("no look ahead in one municipality: %s", without_words(error))
    return told


def tell_of_gaps_in(municipality: Municipality) -> bool:
    """True when the coordinators are told of days that they have not been told of. Safe to call any
    number of times, by several at once: of two who write the same row, one tells."""
    coordinators = At(clock.now()).coordinators_of(municipality.id)
    if not coordinators:
        return False
    ahead = look(municipality)
    empty = _empty(ahead, municipality.id)
    change = _change(ahead, empty, _told(municipality.id), _at_work(ahead, coordinators))
    if change.gone:
        db.session.execute(delete(GapTold).where(GapTold.id.in_(change.gone)))
    lapsed = [
        one.id
        for one in ahead.accepted
        if not gaps.most_are(ahead.days_of(one), empty.get((one.school_id, one.wall), 0))
    ]
    if lapsed:
        db.session.execute(delete(GapAccepted).where(GapAccepted.id.in_(lapsed)))
    insert_each_once(change.kept)
    news = insert_each_once(change.new)
    if news:
        cause = f"gaps:{min(row.id for row in news)}"
        notices.post(Kind.NOBODY_HOME, coordinators, cause=cause, told_as=Audience.COORDINATOR)
    return bool(news)


def _empty(ahead: Ahead, municipality_id: str) -> Empty:
    """A school that has no post at all is empty behind every wall."""
    found = {(school_id, wall): days for school_id, wall, days in ahead.outlook.empty_behind()}
    for school_id in queries.unstaffed(municipality_id):
        found.update({(school_id, wall): ahead.outlook.horizon.all for wall in SCHOOL_WALLS})
    return found


def _told(municipality_id: str) -> Told:
    found: Told = defaultdict(list)
    query = select(GapTold).join(School, School.id == GapTold.school_id)
    for row in db.session.scalars(query.where(School.municipality_id == municipality_id)):
        found[row.school_id, row.wall, row.step].append(row)
    return found


def _at_work(ahead: Ahead, coordinators: Sequence[Staff]) -> list[date]:
    """The days ahead on which some of them works."""
    days = 0
    for one in coordinators:
        days |= ahead.outlook.at_work.get(one.id, 0)
    return ahead.outlook.horizon.dates(days)


@dataclass
class _Change:
    """What becomes of the rows."""

    gone: list[str] = field(default_factory=list)
    kept: list[GapTold] = field(default_factory=list)
    """What is left of some that are gone."""
    new: list[GapTold] = field(default_factory=list)


def _change(ahead: Ahead, empty_days: Empty, told: Told, works: Sequence[date]) -> _Change:
    horizon, change = ahead.outlook.horizon, _Change()
    for (school_id, wall), empty in empty_days.items():
        known: Bits = ahead.accepted_behind(school_id, wall)
        for step in sorted(gaps.STEPS):
            rows = told.pop((school_id, wall, step), [])
            before = _days_of(rows, horizon)
            known |= before  # who has been told two days ahead need not be told a week ahead
            new = 0
            for run in horizon.runs(empty & ~known):
                if gaps.step_due(horizon.ends(run)[0], horizon.first, works) == step:
                    new |= run
            change.gone += [row.id for row in rows if _has_passed(row, horizon)]
            if before & ~empty:
                change.gone += [row.id for row in rows]
                change.kept += _rows(school_id, wall, step, before & empty, horizon)
            change.new += _rows(school_id, wall, step, new, horizon)
    change.gone += [row.id for rows in told.values() for row in rows]
    return change


def _has_passed(row: GapTold, horizon: Horizon) -> bool:
    return row.last_on is not None and row.last_on < horizon.first


def _days_of(rows: Sequence[GapTold], horizon: Horizon) -> Bits:
    found = 0
    for row in rows:
        found |= horizon.within(row.first_on, row.last_on)
    return found


def _rows(school_id: str, wall: Wall, step: int, days: Bits, horizon: Horizon) -> list[GapTold]:
    found = []
    for run in horizon.runs(days):
        first, last = horizon.ends(run)
        found.append(
            GapTold(
                id=new_id(),
                school_id=school_id,
                wall=wall,
                step=step,
                first_on=first,
                last_on=None if horizon.goes_on(run) else last,
            )
        )
    return found
