"""What every test may use: a migrated database of its own, on SQLite and on PostgreSQL.

A test that asks for ``app`` (or anything built on it) runs twice in a trial, once a database, and
daily on one of them (``sampled``). Each test gets a migrated database without rows, so nothing
leaks from one to the next.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text
from werkzeug.test import TestResponse

from elevhalsa import create_app, work
from elevhalsa.config import Settings
from elevhalsa.domain.operations import keys
from elevhalsa.extensions import db

from . import any_hour, compiled, postgres, sampled
from .factories import Make

DAILY_EXAMPLES = 50
TRIAL_TIMES = 10
"""How many times as many examples of each property ``make trial`` has."""
for _profile, _times in (("daily", 1), ("trial", TRIAL_TIMES)):
    hypothesis_settings.register_profile(
        _profile,
        max_examples=_times * DAILY_EXAMPLES,
        deadline=None,  # how long it takes is for the bench to say
    )

pytest_plugins = ["tests.bankid", "tests.oidc", "pytester"]

KEYS: dict[str, Any] = {
    "secret_key": "only-for-tests-" * 3,
    "hash_key": "only-for-tests-too-" * 3,
    "encryption_keys": ["b25seS1mb3ItdGVzdHMtMzItYnl0ZXMtbG9uZy1rZXk="],
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--trial", action="store_true", help="also what is marked ``trial``, and many examples"
    )


def pytest_configure(config: pytest.Config) -> None:
    hypothesis_settings.load_profile("trial" if config.getoption("trial") else "daily")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("trial"):
        return
    daily = [item for item in items if not item.get_closest_marker("trial")]
    left = {*items} - {*daily} | {*sampled.left(daily)}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def pytest_collection_finish() -> None:
    """What has been loaded stays: no collector of garbage need look through it again and again."""
    gc.freeze()


def settings_for(database_url: str, **others: Any) -> Settings:
    """Settings of a test, whatever the environment says."""
    values: dict[str, Any] = (
        KEYS | {"app_env": "test", "database_url": database_url, "redis_url": None} | others
    )
    return Settings(**values)


any_hour.begin()
work.outside = work.Scope(writes=False)
"""What a test does itself, outside any request, is the system's: it sees everything."""

_templates, _statements = compiled.Templates(), compiled.Statements()
compiled.Addresses()
compiled.Assets()


def app_for(settings: Settings) -> Flask:
    """An app of a test's own, which shares nothing with others but what was compiled."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        _statements.share(db.engine)
        if db.engine.dialect.name == "postgresql":
            postgres.keep_connections(db.engine)
    return app


@pytest.fixture(autouse=True)
def _nobody_acts_any_more() -> None:
    """What a test before has said of who acts is of no unit."""
    work.end()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what all xdist workers of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of the tests' own. Yields its address, to be completed with a database."""
    with postgres.server() as address:
        yield address


def _migrate(database_url: str) -> None:
    """As on a deployment with roles of their own for the owner, the web and the worker, where a
    process has written down which keys it has: else each app would read one of every text."""
    roles: dict[str, str] = {}
    if not database_url.startswith("sqlite"):
        roles["owner_database_url"] = database_url
        roles["worker_database_url"] = postgres.as_role(database_url, postgres.WORKER)
        database_url = postgres.as_role(database_url, postgres.WEB)
    app = create_app(settings_for(database_url, **roles))
    with app.app_context():
        flask_migrate.upgrade()
        with work.unit():
            keys.note()
            db.session.commit()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Iterator[postgres.Databases]:
    databases = postgres.Databases(postgres_server, _migrate)
    yield databases
    databases.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "test.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_databases: postgres.Databases) -> Iterator[str]:
    with postgres_databases.lent() as address:
        yield address


def a_database(request: pytest.FixtureRequest) -> str:
    """A fresh one of the kind that is the fixture's parameter."""
    url: str
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_url")
    else:
        url = postgres.as_role(request.getfixturevalue("postgres_url"), postgres.WEB)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of PostgreSQL in the web's own role, which passes no wall."""
    return a_database(request)


@pytest.fixture
def owner(database_url: str) -> Callable[[str], None]:
    """Runs a statement as whoever owns the tables."""

    def run(statement: str) -> None:
        engine = create_engine(postgres.as_owner(database_url))
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    return run


class Reader(FlaskClient):
    """Reads each answer to its end, as a browser does, so that the file behind it is let go of.
    Who was signed in at the request before is not known from the test's context."""

    def open(self, *arguments: Any, buffered: bool = True, **values: Any) -> TestResponse:
        if has_app_context():
            g.pop("_login_user", None)  # Flask-Login's name for it
        return super().open(*arguments, buffered=buffered, **values)


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """The app on a fresh, migrated database, with its context pushed."""
    worker = postgres.as_role(database_url, postgres.WORKER)
    app = app_for(settings_for(database_url, worker_database_url=worker))
    app.test_client_class = Reader
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def make(app: Flask) -> Make:
    """Makes a municipality, schools, staff and knocks."""
    return Make()
