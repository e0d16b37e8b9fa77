"""Every ``EncryptedText`` of every table: sealed when a row is written, opened when asked for.

A text is bound to its table, column and row, and to its municipality by the key. One that has been
moved, or is of another municipality than its row or the present unit, is refused.
"""

from functools import cache
from typing import Any, cast

from sqlalchemy import Column, Table, event, inspect
from sqlalchemy.orm import InstrumentedAttribute, Mapper, QueryableAttribute

from elevhalsa import work
from elevhalsa.core.columns import EncryptedText, Sealed
from elevhalsa.core.crypto import Place, key_id_of, keyring, not_its_own
from elevhalsa.core.errors import NotItsOwn
from elevhalsa.extensions import Base

from . import keys, whose


class OpenedWhenAsked(InstrumentedAttribute[Any]):
    """An encrypted column's attribute: the row keeps what is stored until somebody reads it."""

    __slots__ = ()
    inherit_cache = True

    def __get__(self, instance: Any, owner: Any) -> Any:
        value = super().__get__(instance, owner)
        if type(value) is Sealed:
            value = instance.__dict__[self.key] = _opened(instance, self.key, value)
        return value


@event.listens_for(Base, "attribute_instrument", propagate=True)
def _instrument(_model: type[Base], _name: str, attribute: QueryableAttribute[Any]) -> None:
    columns = getattr(attribute.property, "columns", ())
    if columns and isinstance(columns[0].type, EncryptedText):
        attribute.__class__ = OpenedWhenAsked


def encrypted_columns() -> dict[Table, list[Column[Any]]]:
    """Every table with encrypted columns, and which they are."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, EncryptedText)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


@cache
def names_of(model: type[Base]) -> tuple[str, ...]:
    """Of its encrypted attributes."""
    mapper = cast(Mapper[Any], inspect(model))
    return tuple(
        name for name, column in mapper.columns.items() if isinstance(column.type, EncryptedText)
    )


# --- written -------------------------------------------------------------------------------------


def seal(row: Base, name: str, text: str) -> Sealed:
    """A text as it is stored in a row that has its primary key and points at its own.

    Raises LookupError when what it points at cannot be seen: it must not be sealed as nobody's.
    """
    municipality_id = whose.of(row, ask=True)
    if municipality_id is None:
        raise LookupError(f"whose {type(row).__name__} is it?")
    key = keys.current(municipality_id)
    return Sealed(key.seal(text, _place(row, name)), text)


@event.listens_for(Base, "before_insert", propagate=True)
def _insert(mapper: Mapper[Any], _connection: Any, row: Base) -> None:
    names = names_of(type(row))
    if names:
        _give_id(mapper, row)
        _seal(row, names)


@event.listens_for(Base, "before_update", propagate=True)
def _update(_mapper: Mapper[Any], _connection: Any, row: Base) -> None:
    names = names_of(type(row))
    if names:
        before = cast(Any, inspect(row)).committed_state
        _seal(row, tuple(name for name in names if name in before and not _is_same(row, name)))


def _is_same(row: Base, name: str) -> bool:
    """Was it given what it said already? Then what is stored stays as it is."""
    before, now = cast(Any, inspect(row)).committed_state[name], row.__dict__.get(name)
    if not isinstance(before, Sealed):
        return bool(before == now)  # it had been read
    try:
        is_same = _opened(row, name, before) == now
    except NotItsOwn:
        return False
    if is_same:
        row.__dict__[name] = before
    return is_same


def _seal(row: Base, names: tuple[str, ...]) -> None:
    given = row.__dict__
    for name in names:
        text = given.get(name)
        if isinstance(text, str):
            given[name] = seal(row, name, text)


def _give_id(mapper: Mapper[Any], row: Base) -> None:
    """Now rather than as the statement is made."""
    for column in mapper.primary_key:
        name = mapper.get_property_by_column(column).key
        if row.__dict__.get(name) is None and column.default is not None:
            setattr(row, name, cast(Any, column.default).arg(None))


# --- read ----------------------------------------------------------------------------------------


def open_at(column: Any, row_id: str, found: Sealed | None) -> str | None:
    """What a query of an encrypted column alone has given: ``open_at(Message.text, id, text)``.

    Raises NotItsOwn as any reading does.
    """
    if found is None:
        return None
    model = column.class_
    place = Place(cast(Any, model).__tablename__, column_of(model, column.key), row_id)
    return _open(found, place, None)


def _opened(row: Base, name: str, found: Sealed) -> str:
    if found.plain is not None:
        return found.plain
    return _open(found, _place(row, name), row)


def _open(found: Sealed, place: Place, row: Base | None) -> str:
    key_id = key_id_of(found.token)
    if key_id is None:
        return keyring.read_older(found.token)
    key = keys.find(key_id)
    if key is None:
        raise not_its_own(place)
    if key.municipality_id != whose.NOBODY:
        here = (whose.of(row, ask=False) if row is not None else None, work.scope().municipality_id)
        if any(one is not None and one != key.municipality_id for one in here):
            raise not_its_own(place)
    return key.open(found.token, place)


def _place(row: Base, name: str) -> Place:
    model = type(row)
    key = [row.__dict__.get(one) for one in _key_names(model)]
    if None in key:  # it has expired
        key = list(cast(Any, inspect(row)).identity)
    table = cast(Any, model).__tablename__
    return Place(table, column_of(model, name), " ".join(map(str, key)))


@cache
def _key_names(model: type[Base]) -> tuple[str, ...]:
    mapper = cast(Mapper[Any], inspect(model))
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


@cache
def column_of(model: type[Base], name: str) -> str:
    return cast(Mapper[Any], inspect(model)).columns[name].name
