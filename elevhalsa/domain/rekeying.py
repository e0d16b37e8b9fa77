"""Put every encrypted column under the newest key, so that an old key can be thrown away."""

from collections.abc import Iterator

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Table, Text, bindparam, func, select, type_coerce, update

from elevhalsa import work
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.extensions import db

from . import models  # noqa: F401  (the metadata must be whole)
from .operations import keys
from .operations.keys import encrypted_columns

BATCH = 200


def count_rows() -> int:
    """How many rows ``reencrypt`` will go through."""
    tables = encrypted_columns()
    return sum(db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def reencrypt() -> Iterator[int]:
    """Re-encrypt batch by batch, each committed. Yields how many rows each batch had.

    Rows are locked while their batch is under way, so that what is written meanwhile is not lost.
    Running it twice does no harm. Raises SettingError when no configured key fits a row.
    """
    for table, columns in encrypted_columns().items():
        after = ""
        while rows := _batch(table, columns, after):
            after = rows[-1][0]
            _write(table, columns, rows)
            work.commit()
            yield len(rows)
    keys.forget_older()


def _batch(table: Table, columns: list[Column[str]], after: str) -> list[tuple[str, ...]]:
    (key,) = table.primary_key
    raw = [type_coerce(column, Text) for column in columns]
    query = select(key, *raw).where(key > after).order_by(key).limit(BATCH).with_for_update()
    return [tuple(row) for row in db.session.execute(query)]


def _write(table: Table, columns: list[Column[str]], rows: list[tuple[str, ...]]) -> None:
    (key,) = table.primary_key
    fresh: list[dict[str, str | None]] = []
    for row in rows:
        values: dict[str, str | None] = {"row_key": row[0]}
        for column, token in zip(columns, row[1:], strict=True):
            values[f"new_{column.name}"] = _rotate(table, token)
        fresh.append(values)
    new = {column: bindparam(f"new_{column.name}", type_=Text) for column in columns}
    db.session.connection().execute(
        update(table).where(key == bindparam("row_key")).values(new), fresh
    )


def _rotate(table: Table, token: str | None) -> str | None:
    try:
        return None if token is None else keyring.rotate(token)
    except InvalidToken as error:
        raise SettingError(
            _("ENCRYPTION_KEYS: ingen nyckel passar en rad i %(table)s. Lägg till den gamla "
              "nyckeln sist och kör igen.", table=table.name)
        ) from error  # fmt: skip
