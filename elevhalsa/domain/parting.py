"""A municipality leaves: all that is its own is given to it, then taken away, and its key with it.

What is left are its schools, its figures without identity and the trace, which hold no words.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, exists, func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import Sealed
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.identity.models import EidOrder
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Knock
from elevhalsa.domain.knocks.words import OPEN_STATES
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.extensions import Base, db

from . import models  # noqa: F401  (the metadata must be whole)
from .sealing import keys, whose
from .sealing.columns import open_at
from .sealing.models import WrappedKey

EXPORT_HOLDS = timedelta(days=30)
"""How old the export may be when the key is destroyed."""
STAYS = ("places", "audit", "statistics")
"""Packages whose tables hold no words of a person."""
Value = str | int | float | bool | list[Any] | dict[str, Any] | None


def export(municipality: Municipality) -> Iterator[dict[str, Value]]:
    """Every row of the municipality's, opened, table by table: ``{"table": …, column: value}``.

    Without hashes and keys, which are of no use elsewhere. Raises NotItsOwn when a text is not what
    was written there.
    """
    municipality_id = municipality.id
    for table in _own_tables():
        if table in (PushSubscription.__table__, EidOrder.__table__):
            continue  # secrets of browsers, that nobody else can use
        found = db.session.connection().execute(
            select(table)
            .where(whose.expression(table) == municipality_id)
            .execution_options(yield_per=500)
        )
        for row in found.mappings():
            yield {"table": table.name, **_opened(table, dict(row))}


def note_begun(municipality: Municipality) -> None:
    """It is about to be given: who breaks it off has seen some of it."""
    audit.record(Action.EXPORTED, municipality_id=municipality.id, reason="municipality")


def note_export(municipality: Municipality) -> None:
    """All of it has been given."""
    audit.record(Action.MUNICIPALITY_EXPORTED, municipality_id=municipality.id)


def destroy(municipality: Municipality) -> int:
    """Delete the municipality's rows and its keys, and close its schools. Returns how many rows.

    Raises as ``require_exported``.
    """
    require_exported(municipality)
    municipality_id, gone = municipality.id, 0
    for school in municipality.schools:
        school.active = False
    work.commit()  # nobody is let in to knock on what is being emptied
    _forget_devices(municipality_id)
    for table in reversed(_own_tables()):
        if not _stays(table):
            of_it = delete(table).where(whose.expression(table) == municipality_id)
            gone += db.session.connection().execute(of_it).rowcount
    db.session.expire_all()
    municipality.private_numbers_ref = None
    audit.record(Action.KEY_DESTROYED, municipality_id=municipality_id)
    db.session.flush()
    db.session.execute(delete(WrappedKey).where(WrappedKey.municipality_id == municipality_id))
    work.commit()
    keys.forget()
    return gone


def open_knocks(municipality: Municipality) -> int:
    """How many knocks are not closed yet."""
    mine = (Knock.municipality_id == municipality.id, Knock.state.in_(OPEN_STATES))
    return db.session.scalar(select(func.count()).select_from(Knock).where(*mine)) or 0


def require_exported(municipality: Municipality) -> None:
    """Raises Conflict when it has not been exported lately."""
    lately = (
        AuditEvent.municipality_id == municipality.id,
        AuditEvent.action == Action.MUNICIPALITY_EXPORTED,
        AuditEvent.at >= clock.now() - EXPORT_HOLDS,
    )
    if not db.session.scalar(select(exists().where(*lately))):
        raise Conflict(
            _("Kommunen har inte exporterats de senaste 30 dagarna. Kör municipality export först.")
        )


def _forget_devices(municipality_id: str) -> None:
    """Those that open nothing but its knocks, and so their reminders."""
    mine = select(Knock.id).where(Knock.municipality_id == municipality_id)
    here = exists().where(DeviceKnock.device_id == Device.id, DeviceKnock.knock_id.in_(mine))
    elsewhere = exists().where(
        DeviceKnock.device_id == Device.id, DeviceKnock.knock_id.not_in(mine)
    )
    ids = db.session.scalars(select(Device.id).where(here, ~elsewhere)).all()
    for table in Base.metadata.sorted_tables[::-1]:
        for column in table.columns:
            if any(key.column.table is Device.__table__ for key in column.foreign_keys):
                db.session.execute(delete(table).where(column.in_(ids)))
    db.session.execute(delete(Device).where(Device.id.in_(ids)))


def _own_tables() -> list[Table]:
    """Those with rows of a municipality, and not of its keys."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if whose.leads(table) and table is not WrappedKey.__table__
    ]


def _stays(table: Table) -> bool:
    return whose.mapper_of(table).class_.__module__.split(".")[2] in STAYS


def _opened(table: Table, row: dict[str, Any]) -> dict[str, Value]:
    mapper = whose.mapper_of(table)
    told: dict[str, Value] = {}
    for column in table.columns:
        if column.name.endswith("_hash") or column.name in ("mac", "form_print"):
            continue
        value = row[column.name]
        if isinstance(value, bytes):
            continue  # a key of somebody's device
        if isinstance(value, Sealed):
            (key,) = table.primary_key
            attribute = mapper.get_property_by_column(column).class_attribute
            value = open_at(attribute, row[key.name], value)
        told[column.name] = value.isoformat() if isinstance(value, date | datetime) else value
    return told
