"""Reading places: crisis lines with what is open now, breaks, reply templates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select

from elevhalsa.core import clock
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.core.walls import Wall
from elevhalsa.extensions import db

from . import hours
from .models import Break, CrisisLine, Guarantee, Municipality, ReplyTemplate, School
from .words import Need

STALE_AFTER = timedelta(days=365)
DUTY_POSITION = 2
"""The municipality's socialjour stands right after 112."""


def municipalities() -> list[Municipality]:
    rows = db.session.scalars(select(Municipality))
    return sorted(rows, key=lambda row: alphabetical(row.name))


def hold(municipality_id: str) -> None:
    """What coordinators change of one municipality's lists comes after each other until the
    transaction ends, and so does what they read of them first. No knock waits: what only points
    at the row is let by (PostgreSQL's FOR NO KEY UPDATE)."""
    db.session.flush()
    held = select(Municipality.id).where(Municipality.id == municipality_id)
    db.session.execute(held.with_for_update(key_share=True))


def municipality_by_slug(slug: str) -> Municipality:
    """Raises NotFound for a slug that no municipality has."""
    row = db.session.scalar(select(Municipality).where(Municipality.slug == slug))
    if row is None:
        raise NotFound(_("Det finns ingen kommun med kortnamnet %(slug)s.", slug=slug))
    return row


@dataclass(frozen=True)
class Terms:
    """What a municipality has decided about its promise, as its row has it (promise.policy)."""

    promise_hours: int
    eves_closed: bool
    ladder: list[dict[str, Any]] | None


@dataclass(frozen=True)
class OpenSchool:
    """As much of a school and its municipality as it takes to knock there."""

    id: str
    municipality_id: str
    municipality: Terms


_OPEN_SCHOOL = (
    select(
        School.municipality_id,
        Municipality.promise_hours,
        Municipality.eves_closed,
        Municipality.ladder,
    )
    .join(School.municipality)
    .where(School.id == bindparam("school_id"), School.active)
)


def open_school(school_id: str) -> OpenSchool | None:
    """An active school by id."""
    row = db.session.execute(_OPEN_SCHOOL, {"school_id": school_id}).first()
    return OpenSchool(school_id, row[0], Terms(*row[1:])) if row else None


def school_by_slug(municipality: Municipality, slug: str) -> School:
    """By the slug it has now, closed or not. Raises NotFound."""
    row = db.session.scalar(
        select(School).where(School.municipality_id == municipality.id, School.slug == slug)
    )
    if row is None:
        raise NotFound(_("Det finns ingen skola med kortnamnet %(slug)s.", slug=slug))
    return row


def schools(municipality: Municipality) -> list[School]:
    """All schools of a municipality by name, closed ones too."""
    rows = db.session.scalars(select(School).where(School.municipality_id == municipality.id))
    return sorted(rows, key=lambda row: alphabetical(row.name))


# --- crisis lines --------------------------------------------------------------------------------


@dataclass(frozen=True)
class CrisisLineView:
    """A crisis line at a certain moment."""

    name: str
    about: str
    phone: str | None
    sms: str | None
    url: str | None
    hours: str
    """As stored; empty when the hours are not known."""
    needs: tuple[Need, ...]
    age_from: int | None
    age_to: int | None
    urgent: bool
    position: int
    verified_on: date | None
    """None for the municipality's own socialjour."""
    source: str | None
    open_now: bool | None
    """None when the hours are not known."""
    opens_at: datetime | None
    """When it opens, while it is closed."""
    is_stale: bool
    """Nobody has checked it for more than 365 days."""


def crisis_lines(municipality_id: str | None, moment: datetime) -> tuple[CrisisLineView, ...]:
    """The national lines, the municipality's own and its socialjour; urgent ones first.

    A municipality's line takes the place of a national one of the same name.
    """
    municipality = db.session.get(Municipality, municipality_id) if municipality_id else None
    duty = (municipality.name, municipality.duty_phone or "") if municipality else ("", "")
    return lines_at(every_crisis_line(), municipality_id, moment, place=duty[0], duty=duty[1])


def every_crisis_line() -> tuple[CrisisLine, ...]:
    """All rows, of all municipalities, as values that need no database any more."""
    rows = tuple(db.session.scalars(select(CrisisLine)))
    for row in rows:
        db.session.expunge(row)
    return rows


def lines_at(
    rows: Iterable[CrisisLine],
    municipality_id: str | None,
    moment: datetime,
    *,
    place: str = "",
    duty: str = "",
) -> tuple[CrisisLineView, ...]:
    """Of these rows what is shown to a municipality's pupils (None: to anybody's), in its order.

    place, duty: the municipality's name and the phone of its socialjour; empty when it has none.
    """
    shown = [row for row in rows if row.municipality_id in (None, municipality_id)]
    national_first = sorted(shown, key=lambda row: row.municipality_id is not None)
    views = list({row.name: _view(row, moment) for row in national_first}.values())
    if duty:
        views.append(_duty(place, duty))
    return tuple(sorted(views, key=lambda v: (not v.urgent, v.position, alphabetical(v.name))))


def by_need(
    lines: Iterable[CrisisLineView],
) -> list[tuple[Need | None, list[CrisisLineView]]]:
    """What each is for, with its lines; last, under None, those that help with nothing that is
    named and are not shown before all others."""
    some = list(lines)
    needs: list[tuple[Need | None, list[CrisisLineView]]] = [
        (need, [line for line in some if need in line.needs]) for need in Need
    ]
    needs.append((None, [line for line in some if not line.needs and not line.urgent]))
    return [(need, found) for need, found in needs if found]


def _view(row: CrisisLine, moment: datetime) -> CrisisLineView:
    return CrisisLineView(
        name=row.name,
        about=row.about,
        phone=row.phone,
        sms=row.sms,
        url=row.url,
        hours=row.hours,
        needs=tuple(need for need in Need if need in row.needs.split()),
        age_from=row.age_from,
        age_to=row.age_to,
        urgent=row.urgent,
        position=row.position,
        verified_on=row.verified_on,
        source=row.source,
        open_now=_open_at(row.hours, moment),
        opens_at=_opens_at(row.hours, moment),
        is_stale=clock.local(moment).date() - row.verified_on > STALE_AFTER,
    )


def _open_at(text: str, moment: datetime) -> bool | None:
    try:
        return hours.is_open(hours.parse(text), moment)
    except ValueError:
        return None  # hours that cannot be read must not hide the number


def _opens_at(text: str, moment: datetime) -> datetime | None:
    try:
        return hours.opens_at(hours.parse(text), moment)
    except ValueError:
        return None


def _duty(place: str, phone: str) -> CrisisLineView:
    return CrisisLineView(
        name=_("Socialjouren i %(place)s", place=place),
        about=_("När det är farligt hemma och du behöver hjälp i dag. De hjälper barn och unga."),
        phone=phone,
        sms=None,
        url=None,
        hours=hours.ALWAYS,
        needs=(Need.HARMED,),
        age_from=None,
        age_to=None,
        urgent=True,
        position=DUTY_POSITION,
        verified_on=None,
        source=None,
        open_now=True,
        opens_at=None,
        is_stale=False,
    )


def stored_crisis_lines(municipality: Municipality | None) -> list[CrisisLine]:
    """The rows of one municipality, or the national ones, in the order they are shown."""
    owner = municipality.id if municipality else None
    rows = db.session.scalars(select(CrisisLine).where(CrisisLine.municipality_id == owner))
    return sorted(rows, key=lambda row: (not row.urgent, row.position, alphabetical(row.name)))


# --- guarantees ----------------------------------------------------------------------------------


def every_guarantee() -> tuple[Guarantee, ...]:
    """All rows, of all municipalities, as values that need no database any more."""
    rows = tuple(db.session.scalars(select(Guarantee).order_by(Guarantee.starts_on, Guarantee.id)))
    for row in rows:
        db.session.expunge(row)
    return rows


def guarantees_of(municipality_id: str) -> list[Guarantee]:
    """Those of a municipality and the national ones, in the order in which they begin."""
    own = or_(Guarantee.municipality_id.is_(None), Guarantee.municipality_id == municipality_id)
    rows = db.session.scalars(select(Guarantee).where(own))
    return sorted(rows, key=lambda row: (row.starts_on, alphabetical(row.name), row.id))


def stored_guarantees(municipality: Municipality | None) -> list[Guarantee]:
    """The rows of one municipality, or the national ones."""
    owner = municipality.id if municipality else None
    rows = db.session.scalars(select(Guarantee).where(Guarantee.municipality_id == owner))
    return sorted(rows, key=lambda row: (row.starts_on, alphabetical(row.name), row.id))


# --- breaks --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BreakView:
    name: str
    starts_on: date
    ends_on: date
    """The last day of the break, included."""


def current_break(school_id: str, municipality_id: str, day: date) -> BreakView | None:
    """The break that ``day`` falls in; the school's own before the municipality's."""
    return _first_break(school_id, municipality_id, Break.starts_on <= day, Break.ends_on >= day)


def _first_break(
    school_id: str, municipality_id: str, *where: ColumnElement[bool]
) -> BreakView | None:
    row = db.session.scalar(
        select(Break)
        .where(
            Break.municipality_id == municipality_id,
            or_(Break.school_id.is_(None), Break.school_id == school_id),
            *where,
        )
        .order_by(Break.starts_on, Break.school_id.is_(None), Break.id)
        .limit(1)
    )
    return BreakView(row.name, row.starts_on, row.ends_on) if row else None


def breaks(municipality: Municipality) -> list[Break]:
    """Every stored break of a municipality and its schools, oldest first."""
    rows = db.session.scalars(select(Break).where(Break.municipality_id == municipality.id))
    return sorted(rows, key=lambda row: (row.starts_on, alphabetical(row.name)))


# --- reply templates -----------------------------------------------------------------------------


def reply_templates(municipality_id: str, wall: Wall | None) -> list[ReplyTemplate]:
    """Those for one side of the wall and those for both; with None only those for both."""
    sides: ColumnElement[bool] = ReplyTemplate.wall.is_(None)
    if wall:
        sides = or_(sides, ReplyTemplate.wall == wall)
    query = select(ReplyTemplate).where(ReplyTemplate.municipality_id == municipality_id, sides)
    return sorted(db.session.scalars(query), key=lambda row: alphabetical(row.title))
