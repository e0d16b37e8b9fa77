"""What is waited for begins, changes hands and ends. Nothing here commits or tells anybody."""

from datetime import datetime

from sqlalchemy import Select, select, update

from elevhalsa.core import clock
from elevhalsa.domain.about import About
from elevhalsa.domain.rows import insert
from elevhalsa.extensions import db

from .models import Wait
from .words import Awaited


def begin(
    awaited: Awaited,
    about: About,
    *,
    municipality_id: str,
    due_at: datetime,
    next_rung_at: datetime | None,
    staff_id: str | None = None,
) -> None:
    """From now on somebody waits. due_at: *senast*. staff_id: who answers for it."""
    insert(
        Wait(
            municipality_id=municipality_id,
            about_kind=about.kind,
            about_id=about.id,
            awaited=awaited,
            staff_id=staff_id,
            began_at=clock.now(),
            due_at=due_at,
            next_rung_at=next_rung_at,
        )
    )


def end(about: About) -> None:
    """Nothing about this is waited for any more. Ending twice is ending once."""
    _change(about, ended_at=clock.now(), next_rung_at=None)


def give(about: About, staff_id: str | None) -> None:
    """Who answers for it from now on. None: whoever may take it."""
    _change(about, staff_id=staff_id)


def _change(about: About, **values: object) -> None:
    db.session.execute(
        update(Wait)
        .where(Wait.about_id == about.id, Wait.about_kind == about.kind, Wait.ended_at.is_(None))
        .values(**values)
    )


def open_about(about: About) -> Select[Wait]:
    """What is waited for about this, the nearest *senast* first."""
    return (
        select(Wait)
        .where(Wait.about_id == about.id, Wait.about_kind == about.kind, Wait.ended_at.is_(None))
        .order_by(Wait.due_at, Wait.id)
    )
