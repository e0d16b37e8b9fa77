"""Alembic for ``flask db``, loaded when it is asked for: neither the web nor the worker is."""

from functools import cache
from typing import Any

from flask import Flask
from werkzeug.local import LocalProxy

from elevhalsa.config import ROOT
from elevhalsa.extensions import db

KEY = "migrate"
"""Where Flask-Migrate looks."""


def init_app(app: Flask) -> None:
    @cache
    def load() -> Any:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(ROOT / "migrations"))
        return app.extensions[KEY]

    app.extensions[KEY] = LocalProxy(load)
