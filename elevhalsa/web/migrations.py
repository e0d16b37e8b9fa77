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


class Later(click.Command):
    """Stands for a group of commands that is loaded when one of them is wanted."""

    def __init__(self, load: Callable[[], click.Command]) -> None:
        super().__init__(COMMAND, short_help="Ändra databasens tabeller (Alembic).")
        self._load = load

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """What is invoked is the context's command: the real one."""
        return self._load().make_context(info_name, args, parent, **extra)


def init_app(app: Flask) -> None:
    @cache
    def load() -> Any:
        from flask_migrate import Migrate
        from flask_migrate.cli import db as commands

        Migrate(app, db, directory=str(ROOT / "migrations"))
        return app.extensions[KEY], commands

    app.extensions[KEY] = LocalProxy(lambda: load()[0])
    app.cli.add_command(Later(lambda: load()[1]))
