"""``flask db``. Alembic is loaded when it is asked for: the web and the worker never do."""

from collections.abc import Callable
from functools import cache
from typing import Any

import click
from flask import Flask
from werkzeug.local import LocalProxy

from elevhalsa.config import ROOT
from elevhalsa.extensions import db

KEY = "migrate"
"""Where Flask-Migrate looks for itself."""
COMMAND = "db"


class Later(click.Group):
    """Stands for a group of commands that is loaded when one of them is wanted."""

    def __init__(self, load: Callable[[], click.Group]) -> None:
        super().__init__(COMMAND, short_help="Ändra databasens tabeller (Alembic).")
        self._load = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._load().list_commands(ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return self._load().get_command(ctx, name)


def init_app(app: Flask) -> None:
    @cache
    def load() -> Any:
        from flask_migrate import Migrate
        from flask_migrate.cli import db as commands

        Migrate(app, db, directory=str(ROOT / "migrations"))
        return app.extensions[KEY], commands

    app.extensions[KEY] = LocalProxy(lambda: load()[0])
    app.cli.add_command(Later(lambda: load()[1]))
