"""What is waited for begins, changes hands and ends. Nothing here commits or tells anybody."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, select, update

from elevhalsa.core import clock
from elevhalsa.domain.about import About
from elevhalsa.domain.rows import insert
from elevhalsa.extensions import db

from .models import ClimbedRung, Wait
from .words import Awaited


def begin(
    awaited: Awaited,
    about: About,
    *,
    municipality_id: str,
    due_at: datetime,
    next_rung_at: datetime | None,
    staff_id: str | None = None,
    began_at: datetime | None = None,
    guarantee_id: str | None = None,
) -> None:
    """From now on somebody waits. due_at: *senast*. staff_id: who answers for it. began_at: the
    present moment, where the caller has noted it elsewhere too."""
    insert(
        Wait(
            municipality_id=municipality_id,
            about_kind=about.kind,
            about_id=about.id,
            awaited=awaited,
            staff_id=staff_id,
            guarantee_id=guarantee_id,
            began_at=began_at or clock.now(),
            due_at=due_at,
            next_rung_at=next_rung_at,
        )
    )


def end(
    about: About, of: Collection[Awaited] = tuple(Awaited), *, at: datetime | None = None
) -> None:
    """These are not waited for any more. Ending twice is ending once. at: as in ``begin``."""
    _change(about, of, ended_at=at or clock.now(), next_rung_at=None)


def undo(about: About, at: datetime) -> None:
    """As if nothing had been done at that moment: the new attempt that became due then is not, and
    what had ended is waited for again, by the date it had."""
    mine = (Wait.about_id == about.id, Wait.about_kind == about.kind)
    begun = (Wait.awaited == Awaited.NEW_ATTEMPT, Wait.began_at == at, Wait.ended_at.is_(None))
    db.session.execute(delete(Wait).where(*mine, *begun))
    begin_again([about], at)


def begin_again(of: Collection[About], at: datetime) -> dict[About, list[Wait]]:
    """What ended at that moment is waited for again, by the date it had. Returns what is waited for
    about each, the nearest *senast* first."""
    query = select(Wait).where(*_about_any(of), Wait.ended_at == at).order_by(Wait.due_at, Wait.id)
    found: dict[About, list[Wait]] = {}
    for wait in db.session.scalars(query):
        wait.ended_at = None
        wait.next_rung_at = clock.now()  # the sweep finds when
        found.setdefault(wait.about, []).append(wait)
    db.session.flush()
    return found


def end_each(of: Collection[About], *, at: datetime) -> None:
    """Of many, as ``end`` of one."""
    db.session.execute(
        update(Wait)
        .where(*_about_any(of), Wait.ended_at.is_(None))
        .values(ended_at=at, next_rung_at=None)
    )


def _about_any(of: Collection[About]) -> tuple[ColumnElement[bool], ...]:
    ids, kinds = {one.id for one in of}, {one.kind for one in of}
    return (Wait.about_id.in_(ids), Wait.about_kind.in_(kinds))


def give(about: About, staff_id: str | None) -> None:
    """Who answers for it from now on. None: whoever may take it."""
    _change(about, tuple(Awaited), staff_id=staff_id)


def climbed_of(about: About) -> list[tuple[ClimbedRung, Wait]]:
    """The rungs that have been climbed of all that was waited for about this, in their order."""
    query = (
        select(ClimbedRung, Wait)
        .join(Wait, Wait.id == ClimbedRung.wait_id)
        .where(Wait.about_id == about.id, Wait.about_kind == about.kind)
        .order_by(ClimbedRung.at, Wait.began_at, Wait.id, ClimbedRung.hours)
    )
    return [(row, wait) for row, wait in db.session.execute(query)]


def look_again(about: About) -> None:
    """What decides when its rungs come has changed: the sweep finds anew when that is."""
    _change(about, (Awaited.FIRST_CONTACT, Awaited.ANSWER), next_rung_at=clock.now())


def _change(about: About, of: Collection[Awaited], **values: object) -> None:
    db.session.execute(
        update(Wait)
        .where(
            Wait.about_id == about.id,
            Wait.about_kind == about.kind,
            Wait.ended_at.is_(None),
            Wait.awaited.in_(of),
        )
        .values(**values)
    )


def open_about(about: About) -> Select[Wait]:
    """What is waited for about this, the nearest *senast* first."""
    return (
        select(Wait)
        .where(Wait.about_id == about.id, Wait.about_kind == about.kind, Wait.ended_at.is_(None))
        .order_by(Wait.due_at, Wait.id)
    )
