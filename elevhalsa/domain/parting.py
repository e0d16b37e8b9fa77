"""A municipality leaves: all that is its own is given to it, then taken away, and its key with it.

What is left are its schools, its figures without identity and the trace, which hold no words.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, delete, exists, func, select, type_coerce

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.columns import Sealed
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import Conflict, NotItsOwn, SettingError
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.identity.models import EidOrder, OidcRequest
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Draft, Knock
from elevhalsa.domain.knocks.words import OPEN_STATES
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.reminders.models import PushSubscription
from elevhalsa.extensions import Base, db

from . import models  # noqa: F401  (the metadata must be whole)
from .sealing import keys, whose
from .sealing.columns import encrypted_columns, open_at
from .sealing.models import WrappedKey

EXPORT_HOLDS = timedelta(days=30)
"""How old the export may be when the key is destroyed."""
STAYS = ("places", "audit", "statistics")
"""Packages whose tables hold no words of a person."""
OF_BROWSERS: tuple[Any, ...] = (
    PushSubscription.__table__, EidOrder.__table__, OidcRequest.__table__,
)  # fmt: skip
"""Hold secrets of browsers, that nobody else can use: not given."""
UNREADABLE = "unreadable"
"""In the file, the names of a row's columns whose text does not open."""
Value = str | int | float | bool | list[Any] | dict[str, Any] | None


class Words:
    """What stood in the rows that were given, as one mark: whatever order they come in, the same
    rows give the same, and a text more, less or changed another."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, table: Table, row: Iterable[Any]) -> None:
        """row: its key, and its texts as they are stored."""
        said = "\0".join([table.name, *(str(value) for value in row)])
        self._sum += int.from_bytes(hashlib.sha256(said.encode()).digest())

    @property
    def mark(self) -> str:
        """40 characters at most, for the trace. Leads back to nothing."""
        return f"words_{keyring.keyed_hash('municipality-export', str(self._sum))[:32]}"


class Export:
    """One export of a municipality. Go through ``rows`` to its end before the rest is asked for."""

    def __init__(self, municipality: Municipality) -> None:
        self._municipality_id = municipality.id
        self._words = Words()
        self.unreadable = 0
        """How many texts did not open; the file says which."""

    def rows(self) -> Iterator[dict[str, Value]]:
        """Every row of the municipality's, opened, table by table: ``{"table": …, column: value}``,
        without hashes and keys, which are of no use elsewhere."""
        watched = _with_words()
        for table in _own_tables():
            if table in OF_BROWSERS:
                continue
            found = db.session.connection().execute(
                select(table).where(_of(table, self._municipality_id)),
                execution_options={"yield_per": 500},
            )
            for row in found.mappings():
                if table in watched:
                    key, *texts = watched[table]
                    stored = [row[one.name] for one in texts]
                    tokens = (one.token if isinstance(one, Sealed) else one for one in stored)
                    self._words.add(table, [row[key.name], *tokens])
                yield {"table": table.name, **self._opened(table, dict(row))}

    def _opened(self, table: Table, row: dict[str, Any]) -> dict[str, Value]:
        told: dict[str, Value] = {}
        lost: list[str] = []
        for column in table.columns:
            if column.name.endswith("_hash") or column.name in ("mac", "form_print"):
                continue
            value = row[column.name]
            if isinstance(value, bytes):
                continue  # a key of somebody's device
            if isinstance(value, Sealed):
                try:
                    value = _open(table, column, row, value)
                except (NotItsOwn, SettingError):
                    value = None
                    lost.append(column.name)
            told[column.name] = value.isoformat() if isinstance(value, date | datetime) else value
        self.unreadable += len(lost)
        return told | {UNREADABLE: lost} if lost else told

    def note(self) -> None:
        """All of it has been given."""
        audit.record(
            Action.MUNICIPALITY_EXPORTED,
            municipality_id=self._municipality_id,
            reason=self._words.mark,
        )


def note_begun(municipality: Municipality) -> None:
    """It is about to be given: who breaks it off has seen some of it."""
    audit.record(Action.EXPORTED, municipality_id=municipality.id, reason="municipality")


def destroy(municipality: Municipality) -> int:
    """Delete the municipality's rows and its keys, and close its schools. Returns how many rows.

    Raises as ``require_exported``; and Conflict, with all of it still there, when what was deleted
    is not what had been given: somebody has written since.
    """
    given = require_exported(municipality)
    municipality_id, gone, words = municipality.id, 0, Words()
    for school in municipality.schools:
        school.active = False
    work.commit()  # nobody is let in to knock on what is being emptied
    _forget_devices(municipality_id)
    watched = _with_words()
    for table in reversed(_own_tables()):
        if _stays(table):
            continue
        of_it = delete(table).where(_of(table, municipality_id))
        if table in watched:
            key, *texts = watched[table]
            stored = [type_coerce(one, Text) for one in texts]
            for row in db.session.connection().execute(of_it.returning(key, *stored)):
                words.add(table, row)
                gone += 1
        else:
            gone += db.session.connection().execute(of_it).rowcount
    if words.mark != given:
        work.rollback()
        raise Conflict(
            _("Något har skrivits eller ändrats sedan kommunen exporterades. Ingenting är "
              "borttaget, men skolorna är stängda. Kör municipality export igen.")
        )  # fmt: skip
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


def require_exported(municipality: Municipality) -> str:
    """The mark of what the last export gave (``Words``). Raises Conflict when there was none
    lately."""
    last = (
        select(AuditEvent.reason)
        .where(
            AuditEvent.municipality_id == municipality.id,
            AuditEvent.action == Action.MUNICIPALITY_EXPORTED,
            AuditEvent.at >= clock.now() - EXPORT_HOLDS,
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    mark = db.session.scalar(last)
    if mark is None:
        raise Conflict(
            _("Kommunen har inte exporterats de senaste 30 dagarna. Kör municipality export först.")
        )
    return mark


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


def _of(table: Table, municipality_id: str) -> ColumnElement[bool]:
    return whose.expression(table) == municipality_id


def _with_words() -> dict[Table, list[Any]]:
    """The tables that are given and then deleted and hold what somebody wrote: key and texts. What
    is typed and not sent (``Draft``) comes and goes by itself."""
    without: tuple[Any, ...] = (*OF_BROWSERS, Draft.__table__)
    return {
        table: [*table.primary_key, *columns]
        for table, columns in encrypted_columns().items()
        if whose.leads(table) and table not in without and not _stays(table)
    }


def _open(table: Table, column: Any, row: dict[str, Any], value: Sealed) -> str | None:
    (key,) = table.primary_key
    attribute = whose.mapper_of(table).get_property_by_column(column).class_attribute
    return open_at(attribute, row[key.name], value)
