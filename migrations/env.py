"""Runs migrations on the app's own database, SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection

from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.extensions import db


def plain_type(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our column types as the plain ones they store, so that a migration needs no code."""
    if kind == "type":
        if isinstance(item, UtcDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(item, EncryptedText):
            return "sa.Text()"
        if isinstance(item, Word):
            return "sa.String(length=40)"
    return False


LEAVING = {("staff", "role")}
"""Columns that only the release before still reads. The next migration may take them away."""


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """False for what ``flask db check`` shall not miss in the models."""
    return not (kind == "column" and reflected and (item.table.name, name) in LEAVING)


@contextmanager
def one_transaction(connection: Connection) -> Iterator[None]:
    """Committed at the end. On SQLite most changes make a table anew, and with foreign keys on,
    dropping the old one would take along the rows that point at it. There they are off meanwhile
    and checked before the commit (https://www.sqlite.org/lang_altertable.html, 7)."""
    if connection.dialect.name != "sqlite":
        yield
        connection.commit()
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # does nothing once a transaction has begun
    try:
        yield
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if astray:
            raise RuntimeError(f"rows that point nowhere in {sorted({row[0] for row in astray})}")
        connection.commit()
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


with db.engine.connect() as connection, one_transaction(connection):
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=plain_type,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_object=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
