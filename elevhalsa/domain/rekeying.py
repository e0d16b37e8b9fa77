"""Seal anew what is under an older key: a municipality's that is retired, or one of ENCRYPTION_KEYS
itself, with which the release before wrote.

A batch at a time, each committed. What is left is seen on the rows themselves, so whoever comes
next goes on where somebody was interrupted, and two at once do no harm.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Text,
    bindparam,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import KEY_ID_LENGTH, OLDER, Place, key_id_of, keyring, not_its_own
from elevhalsa.core.errors import NotItsOwn, SettingError
from elevhalsa.extensions import db

from . import models  # noqa: F401  (the metadata must be whole)
from .operations import keys as marks
from .sealing import keys, whose
from .sealing.columns import encrypted_columns
from .sealing.models import WrappedKey

BATCH = 200
SETTLED = timedelta(hours=1)
"""After so long no process writes with a key that has been retired (``keys.FRESH_SECONDS``), and
none of the release before is left."""
PAUSE_SECONDS = 0.02
"""Between two batches in the background, so that whoever waits for the database comes first."""


@dataclass(frozen=True)
class Batch:
    rows: int
    rewritten: int
    """Those of them that are under an older key no more."""
    astray: int
    """How many texts of it are not what was written there. They are left as they are."""


def rotate(municipality_id: str) -> bool:
    """Retire a municipality's key: new text is sealed with another from now on, and ``rewrite``
    does the rest. False when a change before has not come to its end: that one goes on."""
    if count_left(municipality_id):
        return False
    now = clock.now()
    db.session.execute(
        update(WrappedKey)
        .where(WrappedKey.current_of == municipality_id)
        .values(current_of=None, retired_at=now)
    )
    keys.make(municipality_id)
    work.commit()
    keys.forget()
    return True


def rewrap() -> int:
    """Wrap the municipalities' keys with the newest of ENCRYPTION_KEYS; no text is written anew.
    Returns how many. Raises SettingError when one cannot be opened."""
    newest, done = keyring.encryption_marks[0], 0
    for row in db.session.scalars(select(WrappedKey).with_for_update()):
        if row.wrapped_by == newest:
            continue
        try:
            secret = keyring.unwrap(row.wrapped, row.wrapped_by, row.id, row.municipality_id)
        except SettingError as error:
            raise SettingError(keys.cannot_be_opened()) from error
        row.wrapped = keyring.wrap(secret, row.id, row.municipality_id)
        row.wrapped_by = newest
        done += 1
    return done


def owners() -> list[str]:
    """The municipalities that have a key, and the one for what is of none."""
    query = select(WrappedKey.municipality_id).where(WrappedKey.current_of.is_not(None))
    return list(db.session.scalars(query.order_by(WrappedKey.municipality_id)))


def is_due() -> bool:
    """Is there an older key, and so perhaps something under it?"""
    return bool(_retired(None)) or marks.is_older_left()


def count_left(municipality_id: str | None = None) -> int:
    """How many rows are to be sealed anew: all, or those under one municipality's retired keys."""
    retired = _retired(municipality_id)
    if not retired and municipality_id is not None:
        return 0
    return _count_under(retired, and_older=municipality_id is None)


def _count_under(retired: list[str], *, and_older: bool) -> int:
    return sum(
        db.session.scalar(
            select(func.count())
            .select_from(table)
            .where(_is_old(columns, retired, and_older=and_older))
        )
        or 0
        for table, columns in encrypted_columns().items()
    )


def rewrite() -> Iterator[Batch]:
    """Seal anew whatever is under an older key. Raises SettingError when a key is missing."""
    retired = _retired(None)
    for table, columns in encrypted_columns().items():
        after = ""
        while rows := _batch(table, columns, retired, after):
            after = rows[-1][0]
            astray, left = _write(table, columns, rows)
            work.commit()
            yield Batch(len(rows), len(rows) - left, astray)


def rewrite_some(seconds: float) -> int:
    """As much as there is time for, and throw away the keys that nothing is under any more. Returns
    how many texts are not what was written there."""
    stop_at = time.monotonic() + seconds
    astray = rows = 0
    for batch in rewrite():
        astray, rows = astray + batch.astray, rows + batch.rewritten
        if time.monotonic() >= stop_at:
            return astray
        time.sleep(PAUSE_SECONDS)
    if not rows:
        _settle()
    return astray


def _settle() -> None:
    """Nobody writes with an older key any more, and what can be is under none: those go that
    nothing is under. One text that does not open keeps its own municipality's, and no other's."""
    before = clock.now() - SETTLED
    first = db.session.scalar(select(func.min(WrappedKey.created_at)))
    if (first is None or first < before) and not _count_under([], and_older=True):
        marks.forget_older()
    retired = db.session.scalars(select(WrappedKey.id).where(WrappedKey.retired_at < before)).all()
    done = [key_id for key_id in retired if not _count_under([key_id], and_older=False)]
    db.session.execute(delete(WrappedKey).where(WrappedKey.id.in_(done)))
    work.commit()
    keys.forget()


def _retired(municipality_id: str | None) -> list[str]:
    query = select(WrappedKey.id).where(WrappedKey.retired_at.is_not(None))
    if municipality_id is not None:
        query = query.where(WrappedKey.municipality_id == municipality_id)
    return list(db.session.scalars(query))


def _is_old(
    columns: list[Column[Any]], retired: list[str], *, and_older: bool = True
) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = []
    for column in columns:
        token = type_coerce(column, Text)
        found.append(func.substr(token, 2, KEY_ID_LENGTH).in_(retired))
        if and_older:
            found.append(token.like(f"{OLDER}%"))
    return or_(*found)


def _batch(
    table: Table, columns: list[Column[Any]], retired: list[str], after: str
) -> list[tuple[Any, ...]]:
    """Primary key, municipality, tokens. Held until the commit: what is written meanwhile waits."""
    (key,) = table.primary_key
    tokens = [type_coerce(column, Text) for column in columns]
    query = (
        select(key, whose.expression(table), *tokens)
        .where(_is_old(columns, retired), key > after)
        .order_by(key)
        .limit(BATCH)
        .with_for_update(of=table)
    )
    return [tuple(row) for row in db.session.execute(query)]


def _write(
    table: Table, columns: list[Column[Any]], rows: list[tuple[Any, ...]]
) -> tuple[int, int]:
    """How many texts are not what was written there, and in how many rows such stand."""
    (key,) = table.primary_key
    fresh: list[dict[str, str | None]] = []
    astray = left = 0
    for row_id, municipality_id, *tokens in rows:
        values: dict[str, str | None] = {"row_key": row_id}
        before = astray
        for column, token in zip(columns, tokens, strict=True):
            place = Place(table.name, column.name, row_id)
            values[f"new_{column.name}"] = token
            try:
                if token is not None:
                    values[f"new_{column.name}"] = _sealed_anew(token, place, municipality_id)
            except NotItsOwn:
                astray += 1
        left += astray > before
        fresh.append(values)
    new = {column: bindparam(f"new_{column.name}", type_=Text) for column in columns}
    db.session.connection().execute(
        update(table).where(key == bindparam("row_key")).values(new), fresh
    )
    return astray, left


def _sealed_anew(token: str, place: Place, municipality_id: str) -> str:
    now = keys.current(municipality_id)
    key_id = key_id_of(token)
    if key_id == now.id:
        return token
    if key_id is None:
        return now.seal(keyring.read_older(token), place)
    key = keys.find(key_id)
    if key is None or key.municipality_id != municipality_id:
        raise not_its_own(place)
    return now.seal(key.open(token, place), place)
