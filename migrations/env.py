"""Runs migrations on the app's own database, SQLite or PostgreSQL."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import (
    DBAPIError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from elevhalsa.config import Settings
from elevhalsa.core.columns import EncryptedText, UtcDateTime, Word
from elevhalsa.database import owner_engine
from elevhalsa.domain.operations import health, row_security
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
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        connection.exec_driver_sql("SET LOCAL elevhalsa.actor = 'operator'")
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


def note_oldest_code(connection: Connection) -> None:
    """Write down in the database which code can work with its tables as they are now: none older
    than the last ``oldest_code`` that a migration has said (docs/decisions/0028)."""
    if not inspect(connection).has_table("schema_mark"):
        return
    here = context.get_context().get_current_revision()
    past = [script.module for script in context.script.walk_revisions("base", here or "base")]
    oldest = max(module.oldest_code for module in past if hasattr(module, "oldest_code"))
    connection.execute(text("DELETE FROM schema_mark"))
    connection.execute(
        text("INSERT INTO schema_mark (id, oldest_code) VALUES (1, :oldest)"), {"oldest": oldest}
    )


def migrate(*, without_walls: bool = False) -> None:
    """without_walls: what the policies read is changed, so they are taken down meanwhile."""
    settings: Settings = current_app.config["SETTINGS"]
    with (
        owner_engine(settings) as engine,
        engine.connect() as connection,
        one_transaction(connection),
    ):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=plain_type,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            include_object=is_ours,
        )
        before, stood = context.get_context().get_current_revision(), False
        if connection.dialect.name == "postgresql":
            stood = row_security.do_stand(connection)
            if without_walls:
                row_security.take_down(connection)
        with context.begin_transaction():
            context.run_migrations()
            note_oldest_code(connection)
            if connection.dialect.name == "postgresql":
                see_to_walls(connection, settings, stood=stood or before is None)


def see_to_walls(connection: Connection, settings: Settings, *, stood: bool) -> None:
    """They stand as this code has them, where they stood before or no other code can be running
    yet. What is older than this code's newest migration may be for code that knows of none."""
    here = context.get_context().get_current_revision()
    if here != context.script.get_current_head():
        row_security.take_down(connection)
    elif stood:
        row_security.put_up(connection, settings)


LOCK_SECONDS = 3
"""A change of a table that waits for somebody holds up all who come after it: pupils too."""
PAUSES = (1, 2, 4, 8, 15)
"""Seconds between the tries. After the last all is as it was, and somebody is told."""


def is_locked(error: OperationalError) -> bool:
    """PostgreSQL's lock_not_available or deadlock_detected, or SQLite's SQLITE_BUSY."""
    state = getattr(error.orig, "sqlstate", None)
    return state in ("55P03", "40P01") or "database is locked" in str(error)


def is_in_a_policy(error: DBAPIError) -> bool:
    """PostgreSQL's dependent_objects_still_exist, or feature_not_supported: what a policy reads
    cannot be taken away, nor get another type."""
    return getattr(error.orig, "sqlstate", None) in ("2BP01", "0A000")


def with_patience() -> None:
    """Raises RuntimeError, of which ``flask db`` makes one line."""
    without_walls = False
    for pause in (*PAUSES, None):
        try:
            migrate(without_walls=without_walls)
        except (InternalError, NotSupportedError, ProgrammingError) as error:
            if without_walls or not is_in_a_policy(error):
                raise
            without_walls = True
            continue
        except OperationalError as error:
            if not is_locked(error):
                raise RuntimeError(f"Databasen {health.database().line}") from error
            if pause is None:
                raise RuntimeError(
                    "Tabellerna är upptagna av någon som inte släpper dem, så ingenting är ändrat. "
                    "Se efter vad som pågår (pg_stat_activity) och kör igen."
                ) from None
        else:
            return
        time.sleep(pause)


with_patience()
