"""What keeps a knock from being purged, or locked, though its days are over."""

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, and_, column, exists, or_, select, table

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.retention.words import Hold
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import concern, journal
from .models import Knock

# Of a package that comes after this one: only its name is known here.
_reveals = table("reveal", column("knock_id"), column("reviewed_at"), column("told_at"))

CONDITIONS: Mapping[Hold, Callable[[], ColumnElement[bool]]] = {
    Hold.JOURNAL: journal.waits,
    Hold.FOLLOW_UP: concern.waits,
    Hold.REVEAL: lambda: exists().where(
        _reveals.c.knock_id == Knock.id,
        or_(_reveals.c.reviewed_at.is_(None), _reveals.c.told_at.is_(None)),
    ),
    Hold.LEGAL: lambda: Knock.held_since.is_not(None),
}
"""Each as a condition on a knock."""


def nothing(but: Hold | None = None) -> ColumnElement[bool]:
    """As a condition on a knock: nothing holds it, or nothing but this."""
    return and_(*(~holds() for one, holds in CONDITIONS.items() if one is not but))


def of(knock: Knock) -> set[Hold]:
    """What holds one knock, in one query."""
    columns = [holds() for holds in CONDITIONS.values()]
    found = db.session.execute(select(*columns).where(Knock.id == knock.id)).one()
    return {hold for hold, is_so in zip(CONDITIONS, found, strict=True) if is_so}


def hold(staff: Staff, knock: Knock, *, is_held: bool) -> bool:
    """It must stay because somebody has asked for it, or no longer. False when it was so."""
    lock(knock)
    if (knock.held_since is not None) is is_held:
        return False
    knock.held_since = clock.now() if is_held else None
    audit.record(
        Action.HELD,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason="on" if is_held else "off",
    )
    return True
