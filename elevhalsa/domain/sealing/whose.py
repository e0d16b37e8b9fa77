"""Which municipality a row is of: what its own column says, or what it points at.

Found in the tables' own foreign keys, so that a table which is added needs no word here.
"""

from functools import cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Table, func, inspect, literal, select
from sqlalchemy.orm import Mapper

from elevhalsa.extensions import Base, db

NOBODY = ""
"""Of no municipality: a pupil's device may open knocks of several."""


@cache
def mapper_of(table: Table) -> Mapper[Any]:
    return next(one for one in Base.registry.mappers if one.local_table is table)


def of(row: Base, *, ask: bool) -> str | None:
    """The municipality of a row, from what is in the session.

    ask: where that does not tell, the database is asked; else None is returned.
    """
    given = row.__dict__
    own, ways = _plan(type(row))
    identity = cast(Any, inspect(row)).identity
    needed = own or (ways[0][0] if ways else None)
    if ask and identity and needed and needed not in given:
        return _stored(type(row), identity[0])  # what it says has expired
    if own is not None:
        return cast(str | None, given.get(own))
    for name, parent in ways:
        value = given.get(name)
        if value is None:
            continue
        there = db.session().identity_map.get((parent, (value,), None))
        found = of(there, ask=False) if there is not None else None
        if found is not None or not ask:
            return found
        return _stored(parent, value)
    return NOBODY


def _stored(model: type[Base], row_id: str) -> str | None:
    """The municipality of a row, from the database."""
    table = cast(Any, model).__table__
    (key,) = table.primary_key
    query = select(expression(table)).where(key == row_id)
    return cast(str | None, db.session.connection().scalar(query))


@cache
def _plan(model: type[Base]) -> tuple[str | None, tuple[tuple[str, type[Base]], ...]]:
    """The attribute that says it outright, or those that lead there, each with whose key it is."""
    mapper = cast(Mapper[Any], inspect(model))
    table = cast(Table, mapper.local_table)
    ways = tuple(
        (mapper.get_property_by_column(column).key, mapper_of(parent).class_)
        for column, parent in _ways(table)
    )
    return _own(table), ways


@cache
def expression(table: Table) -> ColumnElement[str]:
    """The same, of a row of a query that reads from ``table``."""
    own = _own(table)
    if own is not None:
        return cast(ColumnElement[str], table.c[_column(table, own)])
    found = []
    for column, parent in _ways(table):
        (key,) = parent.primary_key
        inner = select(expression(parent)).where(key == column).correlate(table)
        found.append(inner.scalar_subquery())
    return func.coalesce(*found, literal(NOBODY))


def _own(table: Table) -> str | None:
    """The attribute that says it outright."""
    if table.name == "municipality":
        return "id"
    return "municipality_id" if "municipality_id" in table.c else None


def _column(table: Table, attribute: str) -> str:
    return mapper_of(table).columns[attribute].key


@cache
def _ways(table: Table) -> tuple[tuple[Column[Any], Table], ...]:
    """The columns that lead to rows of a municipality: one that is always filled in by itself, else
    all, of which the first that is filled in tells."""
    ways = [
        (column, key.column.table)
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is not table and leads(key.column.table)
    ]
    sure = [way for way in ways if not way[0].nullable]
    return tuple(sure[:1] or ways)


def leads(table: Table) -> bool:
    """Is a row of it of a municipality, or can it be?"""
    return _own(table) is not None or bool(_ways(table))
