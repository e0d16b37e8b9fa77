"""``flask --app app walls …``: row-level security in PostgreSQL, put up and taken down."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection

from elevhalsa.config import Settings
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.database import owner_engine
from elevhalsa.domain.operations import row_security

from .running import reads


@click.group("walls")
def command() -> None:
    """Murarna i PostgreSQL (row-level security): kommun och sekretessområde."""


@command.command("up")
@with_appcontext
@reads
def up() -> None:
    """Sätt upp dem, och gör de roller som saknas.

    Kör det när den här versionen är den enda som är igång: en äldre säger inte vem den är, och
    ser ingenting. Kan köras igen. Sedan följer de med i varje db upgrade.
    """
    with _owner() as (connection, settings):
        row_security.put_up(connection, settings)
    click.echo(_("Murarna står. Se efter vad som saknas med flask --app app check."))


@command.command("down")
@with_appcontext
@reads
def down() -> None:
    """Ta ned dem. Frågorna är då hela muren."""
    with _owner() as (connection, _settings):
        row_security.take_down(connection)
    click.echo(_("Murarna är nedtagna."))


@contextmanager
def _owner() -> Iterator[tuple[Connection, Settings]]:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.database_url.startswith("sqlite"):
        raise Conflict(_("Databasen är SQLite, som inte har några sådana murar."))
    with owner_engine(settings) as engine, engine.begin() as connection:
        # Whoever waits for a table keeps all who come after it waiting.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")
        yield connection, settings
