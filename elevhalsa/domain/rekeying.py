"""Put every encrypted column under the newest key, so that an old key can be thrown away."""

from collections.abc import Iterator

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Table, Text, bindparam, func, select, type_coerce, update

from elevhalsa import work
from elevhalsa.core.columns import EncryptedText
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.extensions import Base, db

from . import models  # noqa: F401  (the metadata must be whole)
from .operations import keys

BATCH = 200


def encrypted_columns() -> dict[Table, list[Column[str]]]:
    """Every table with encrypted columns, and which they are."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, EncryptedText)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


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


def note_keys() -> None:
    """Write down in the database which keys it is written with; done by each process that writes.

    Raises SettingError when they are others than before or, where nobody has written any down,
    when they do not fit what is stored.
    """
    if not keys.are_noted():
        for columns in encrypted_columns().values():
            for column in columns:  # reading one that does not fit raises
                db.session.scalar(select(column).where(column.is_not(None)).limit(1))
    keys.note()


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
