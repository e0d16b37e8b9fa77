"""How the engine talks to SQLite and PostgreSQL."""

from typing import Any

from flask import Flask
from sqlalchemy import Connection, event

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.extensions import db

SQLITE_WAIT_SECONDS = 10
POSTGRES_WAIT_SECONDS = 5


def flask_config(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"hide_parameters": True}
    if settings.database_url.startswith("postgresql"):
        options |= {"pool_pre_ping": True, "pool_size": 4, "max_overflow": 4, "pool_recycle": 1800}
        options |= {"connect_args": {"connect_timeout": POSTGRES_WAIT_SECONDS}}
    else:
        options |= {"connect_args": {"timeout": SQLITE_WAIT_SECONDS}}
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": options,
    }


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if work.scope().writes else "BEGIN")
