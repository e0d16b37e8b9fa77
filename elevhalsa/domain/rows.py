"""What several services do with rows: change them by condition, lock one before it is changed."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Delete, Insert, Update, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import make_transient_to_detached

from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.extensions import Base, db

from .sealing import columns

Row = TypeVar("Row", bound=Base)


def changed(statement: Update | Delete, values: dict[str, Any] | None = None) -> int:
    """Run it. Returns how many rows it met: of two at once that race for a row, one gets 1.

    values: of the statement's parameters, where it has any.
    """
    return int(cast(CursorResult[Any], db.session.execute(statement, values)).rowcount)


class Gone(NotFound):
    """It was there a moment ago, and has been deleted since."""


def lock(row: Base) -> None:
    """Hold one row until the transaction ends, and read it anew: what was read before the lock
    may have been changed by another since. (SQLite locks the whole file, see work.Scope.)

    Raises Gone when another has deleted it meanwhile.
    """
    db.session.flush()  # or a change made earlier in the transaction would be read over
    try:
        # Of its own table: what is read with it, by an outer join, PostgreSQL cannot lock.
        db.session.refresh(row, with_for_update={"of": type(row)})
    except InvalidRequestError:
        raise Gone(_("Det här togs bort nyss. Det finns inte längre hos oss.")) from None


def insert_once(row: Base) -> bool:
    """Insert a new row in one statement. False when a row with one of its unique values is there
    already: then nothing is written, and the transaction goes on.

    What the row points at must have been written.
    """
    written = bool(insert_each_once([row]))
    if written:
        _keep(row)
    return written


def insert(row: Base, *, keep: bool = False) -> None:
    """Insert a new row at once. The session would do it too, later, and takes four times as long.

    keep: somebody is going to change it, so it is put into the session. What the row points at
    must have been written.
    """
    # On the connection: the session would first write all that has been changed in it.
    db.session.connection().execute(_insert(inspect(type(row)).local_table), _values(row))
    if keep:
        _keep(row)


def insert_each_once(rows: Sequence[Row]) -> list[Row]:
    """As ``insert_once``, of new rows of one table, all in one statement. Returns those that were
    written. They are not put into the session: nobody is going to change them."""
    if not rows:
        return []
    table, dialect = inspect(type(rows[0])).local_table, db.session.get_bind().dialect.name
    found = db.session.execute(_insert_once(table, dialect), [_values(row) for row in rows])
    written = {tuple(key) for key in found}
    names = [column.key for column in table.primary_key]
    return [row for row in rows if tuple(getattr(row, name) for name in names) in written]


def _keep(row: Base) -> None:
    """From here on it is like any row that was read."""
    make_transient_to_detached(row)
    db.session.add(row)


def _values(row: Base) -> dict[str, Any]:
    """By the names of the table's columns, with the defaults of those that were not given."""
    given, values = row.__dict__, {}
    for name, key, default in _columns(type(row)):
        if name not in given:
            setattr(row, name, default())
        values[key] = given[name]
    for name in columns.names_of(type(row)):
        text = getattr(row, name)
        if text is not None:
            values[columns.column_of(type(row), name)] = columns.seal(row, name, text)
    return values


@cache
def _columns(model: type[Base]) -> tuple[tuple[str, str, Callable[[], Any]], ...]:
    """Name in Python, name in the table, default. Without a number that the database gives."""
    mapper = inspect(model)
    return tuple(
        (name, column.key, _default(column))
        for name, column in mapper.columns.items()
        if column is not mapper.local_table.autoincrement_column  # type: ignore[attr-defined]
    )


def _default(column: Any) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg) if default.is_scalar else (lambda: default.arg(None))


@cache
def _insert(table: Any) -> Insert:
    return cast(Insert, table.insert().inline())


@cache
def _insert_once(table: Any, dialect: str) -> Any:
    # Both databases have ON CONFLICT, each with a statement of its own.
    make: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    return make(table).on_conflict_do_nothing().returning(*table.primary_key)
