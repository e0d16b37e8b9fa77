"""What several services do with rows: change them by condition, lock one before it is changed."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Delete, Update, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import make_transient_to_detached

from elevhalsa.extensions import Base, db

Row = TypeVar("Row", bound=Base)


def changed(statement: Update | Delete, values: dict[str, Any] | None = None) -> int:
    """Run it. Returns how many rows it met: of two at once that race for a row, one gets 1.

    values: of the statement's parameters, where it has any.
    """
    return int(cast(CursorResult[Any], db.session.execute(statement, values)).rowcount)


def lock(row: Base) -> None:
    """Hold one row until the transaction ends, and read it anew: what was read before the lock
    may have been changed by another since. (SQLite locks the whole file, see work.Scope.)"""
    db.session.flush()  # or a change made earlier in the transaction would be read over
    db.session.refresh(row, with_for_update=True)


def insert_once(row: Base) -> bool:
    """Insert a new row in one statement. False when a row with one of its unique values is there
    already: then nothing is written, and the transaction goes on.

    What the row points at must have been written.
    """
    written = bool(insert_each_once([row]))
    if written:  # from here on it is like any row that was read
        make_transient_to_detached(row)
        db.session.add(row)
    return written


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


def _values(row: Base) -> dict[str, Any]:
    """By the names of the table's columns, with the defaults of those that were not given."""
    values = {}
    for name, column in inspect(type(row)).columns.items():
        if name not in row.__dict__:
            setattr(row, name, _default(column))
        values[column.key] = getattr(row, name)
    return values


@cache
def _insert_once(table: Any, dialect: str) -> Any:
    # Both databases have ON CONFLICT, each with a statement of its own.
    make: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    return make(table).on_conflict_do_nothing().returning(*table.primary_key)


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg if column.default.is_scalar else column.default.arg(None)
