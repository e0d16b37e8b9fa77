"""What people see: one package each, with views and forms. They never import each other."""

from flask import Flask

from . import coordinator, door, inbox, mine, ops, pwa, signin


def init_app(app: Flask) -> None:
    for package in (door, mine, signin, inbox, coordinator, pwa, ops):
        app.register_blueprint(package.blueprint)
