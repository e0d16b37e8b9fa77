"""How the engine talks to SQLite and PostgreSQL.

Behind a pooler such as PgBouncer (in transaction mode) each transaction may be on another
connection. So nothing is kept in one from one transaction to the next: nothing is prepared on the
server, and what a transaction needs is set in it. On a connection of one's own both would cost time
for nothing, and are done once.
"""

from typing import Any

from flask import Flask, has_request_context
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.extensions import db

AWAY = (OperationalError, InterfaceError, NoConnectionLeft)
"""What is raised when the database is locked, or does not answer: nobody's fault, and soon over."""
SQLITE_WAIT_SECONDS = 10
POSTGRES_WAIT_SECONDS = 5
NET_IS_GONE = {
    "keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}  # fmt: skip
"""When a connection whose other end no longer answers is given up: libpq's, seconds and at last
milliseconds. By itself Linux waits for hours."""
PAGE_SECONDS = 10
"""How long one statement of a page may take on PostgreSQL, waiting for locks included: longer than
any should, and shorter than somebody with a phone in the hand waits."""
WORK_SECONDS = 60
"""As above, of what nobody waits for."""
PREPARED_AFTER = 5
"""How often a statement is run before the server keeps its plan; psycopg's own."""
_SECONDS = "statement_seconds"

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON")
"""The last: what is deleted is written over in the file (https://sqlite.org/pragma.html)."""


def flask_config(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"hide_parameters": True}
    if settings.database_url.startswith("postgresql"):
        options |= {"pool_pre_ping": True, "pool_size": 4, "max_overflow": 4, "pool_recycle": 1800}
        options |= {"connect_args": {"connect_timeout": POSTGRES_WAIT_SECONDS}}
        options["connect_args"] |= NET_IS_GONE | {"prepare_threshold": None}
    else:
        options |= {"connect_args": {"timeout": SQLITE_WAIT_SECONDS}}
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": options,
    }


def leave_nothing_behind() -> bool:
    """Have what was deleted go from SQLite's write-ahead log too, which holds pages as they were.

    False when somebody reads or writes just now, so that it has to be done again. Not within a
    transaction. On PostgreSQL nothing is done: SECURITY.md says what remains there.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    connection = db.engine.raw_connection()
    try:
        (is_busy, _pages, _done) = (
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        )
    finally:
        connection.close()
    return not is_busy


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        _sqlite(engine)
    else:
        _postgresql(engine)


def _postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        if not _is_direct(connection):
            return
        connection.prepare_threshold = PREPARED_AFTER
        connection.execute(f"SET statement_timeout = '{_most_seconds()}s'")
        connection.commit()
        record.info[_SECONDS] = _most_seconds()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        seconds = _most_seconds()
        if connection.info.get(_SECONDS) != seconds:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")


def _is_direct(connection: Any) -> bool:
    """Is it PostgreSQL itself that the driver is connected to? A pooler gives the driver a number
    of its own in place of the process that serves it, which is another for each transaction."""
    (serving,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    connection.rollback()
    return bool(serving == connection.info.backend_pid)


def _most_seconds() -> int:
    return PAGE_SECONDS if has_request_context() else WORK_SECONDS


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if work.scope().writes else "BEGIN")
