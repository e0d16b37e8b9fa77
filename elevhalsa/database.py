"""How the engine talks to SQLite and PostgreSQL.

Behind a pooler such as PgBouncer (in transaction mode) each transaction may be on another
connection. So nothing is kept in one from one transaction to the next: nothing is prepared on the
server, and what a transaction needs is set in it. On a connection of one's own both would cost time
for nothing, and are done once.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context
from sqlalchemy import Connection, Engine, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
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
CANNOT_USE_PLAN = "0A000"
"""PostgreSQL's feature_not_supported: of what we ask only a plan whose result has changed."""
IN_TRANSACTION, IN_ERROR, DONE = 2, 3, 1
"""libpq's PQTRANS_INTRANS, PQTRANS_INERROR and PGRES_COMMAND_OK."""
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


@contextmanager
def owner_engine(settings: Settings) -> Iterator[Engine]:
    """Of the role that owns the tables, where it has an address of its own."""
    if not settings.owner_database_url:
        yield db.engine
        return
    engine = create_engine(
        settings.owner_database_url, hide_parameters=True, poolclass=NullPool,
        connect_args={"connect_timeout": POSTGRES_WAIT_SECONDS, "prepare_threshold": None},
    )  # fmt: skip
    yield engine
    engine.dispose()


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
        connection.autocommit = True  # SQLAlchemy, not the driver, says BEGIN
        if not _is_direct(connection):
            return
        connection.prepare_threshold = PREPARED_AFTER
        connection.execute(f"SET statement_timeout = '{_most_seconds()}s'")
        record.info[_SECONDS] = _most_seconds()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        level = connection.get_execution_options().get("isolation_level")
        connection.info[_HAS_TRANSACTION] = level != "AUTOCOMMIT"

    engine.dialect.do_begin = _begin_within_walls  # type: ignore[method-assign,assignment]
    engine.dialect.do_rollback = _roll_back  # type: ignore[method-assign,assignment]

    event.listen(engine, "before_cursor_execute", _follow)

    @event.listens_for(engine, "handle_error", retval=True)
    def _planned_for_other_tables(context: ExceptionContext) -> BaseException | None:
        """A release has given a column another type since a plan was made: all connections are made
        anew. To whoever asked just now the database was away, and is there at the next try."""
        error = context.original_exception
        if getattr(error, "sqlstate", None) != CANNOT_USE_PLAN:
            return None
        context.is_disconnect = True
        return OperationalError(context.statement, None, error, hide_parameters=True)

    @event.listens_for(engine, "rollback_savepoint")
    def _as_before(connection: Connection, *_others: Any) -> None:
        """What was set since the savepoint will not be any more: all is set again."""
        connection.info[_SCOPE] = None, dict.fromkeys((*WALLS, SIGNATURE))


def _follow(connection: Connection, _cursor: Any, statement: str, *_others: Any) -> None:
    """It has become known who acts, or what they have shown, since the last statement."""
    if statement.startswith("ROLLBACK") or not connection.info[_HAS_TRANSACTION]:
        return  # to a savepoint: until then no other statement is taken
    scope, (known, walls) = work.scope(), connection.info[_SCOPE]
    if known is not scope:
        wanted = walls_of(scope, clock.today())
        connection.info[_SCOPE] = scope, wanted
        changed = {name: value for name, value in wanted.items() if walls[name] != value}
        if changed:
            connection.exec_driver_sql(_set(changed))


def _begin_within_walls(connection: Any) -> None:
    """All that a transaction needs to have set, with its BEGIN, in one exchange with the server.
    It holds for the transaction and no longer, so behind a pooler nobody else has it."""
    if not connection.info[_HAS_TRANSACTION]:
        return
    driver = connection.driver_connection
    if not driver.autocommit:  # after what had none, SQLAlchemy puts it back so
        driver.autocommit = True
    scope, seconds = work.scope(), _most_seconds()
    parts = ["BEGIN"]
    if connection.info.get(_SECONDS) != seconds:
        parts.append(f"SET LOCAL statement_timeout = '{seconds}s'")
    walls = walls_of(scope, clock.today())
    known = {name: value for name, value in walls.items() if value}
    if known:
        parts.append(_set(known))
    with driver.cursor() as cursor:
        cursor.execute("; ".join(parts), prepare=False)
    connection.info[_SCOPE] = scope, walls


def _roll_back(connection: Any) -> None:
    """As the driver does, but for that it would forget what the server has planned: it cannot know
    whether a table was made in the transaction. Every page that only reads ends so, and to plan its
    statements within their policies costs more than to run them."""
    driver = connection.driver_connection
    if driver.closed or driver.info.transaction_status not in (IN_TRANSACTION, IN_ERROR):
        driver.rollback()
    elif driver.pgconn.exec_(b"ROLLBACK").status != DONE:
        driver.rollback()  # which says what is wrong


_HAS_TRANSACTION = "has_transaction"
"""False of a connection in AUTOCOMMIT, as VACUUM needs it: nobody acts there."""
_SCOPE = "scope"
"""Of which unit a connection's transaction has been told, and what."""
_PLAIN = re.compile(r"[\w,.:+/=-]*", re.ASCII)


def walls_of(scope: work.Scope, today: date) -> dict[str, str]:
    """What the policies of PostgreSQL are told of a unit (domain/operations/row_security.py): the
    setting's name -> its value. Empty is unknown, and lets nothing through."""
    return _walls_of(scope, today, keyring.derive(SIGNATURE, ""))


@lru_cache(maxsize=500)
def _walls_of(scope: work.Scope, today: date, key: bytes) -> dict[str, str]:
    """key: what says that it is we who tell."""
    if not scope.is_unit:
        return dict.fromkeys((*WALLS, SIGNATURE), "")
    actor = work.SYSTEM if scope.beyond else scope.actor
    values = (
        actor.kind,
        scope.municipality_id or scope.visits,
        actor.staff_id,
        scope.wall,
        today.isoformat(),
        ",".join(sorted(scope.shown)),
        ",".join(sorted(scope.held)),
    )
    told = [value or "" for value in values]
    signature = hmac.digest(key, SEPARATOR.join(told).encode(), "sha256").hex()
    return dict(zip((*WALLS, SIGNATURE), (*told, signature), strict=True))


SIGNATURE = "elevhalsa.signature"
"""HMAC-SHA256 of all the others (RFC 2104), in their order: whoever can only run statements cannot
say who they are."""
SEPARATOR = "|"
"""Which no value of ours has (``_PLAIN``)."""
WALLS = tuple(
    f"elevhalsa.{name}"
    for name in ("actor", "municipality", "staff", "wall", "day", "shown", "held")
)


def _set(walls: Mapping[str, str]) -> str:
    """Raises ValueError for what is no id, word or hash of ours."""
    if not all(map(_PLAIN.fullmatch, walls.values())):
        raise ValueError("not to be put into a setting")
    calls = (f"set_config('{name}', '{value}', true)" for name, value in walls.items())
    return f"SELECT {', '.join(calls)}"


def _is_direct(connection: Any) -> bool:
    """Is it PostgreSQL itself that the driver is connected to? A pooler gives the driver a number
    of its own in place of the process that serves it, which is another for each transaction."""
    (serving,) = connection.execute("SELECT pg_backend_pid()").fetchone()
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
